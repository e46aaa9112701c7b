"""Makes records of plain values, in any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar, overload

import msgspec

_Made = TypeVar("_Made")
DecodingHook = Callable[[type, Any], Any] | None
_first = threading.RLock()
_known: set[object] = set()


@overload
def convert(values: Any, kind: type[_Made], *, from_attributes: bool = ..., dec_hook: DecodingHook = ...) -> _Made: ...
@overload
def convert(values: Any, kind: Any, *, from_attributes: bool = ..., dec_hook: DecodingHook = ...) -> Any: ...


def convert(values: Any, kind: Any, *, from_attributes: bool = False, dec_hook: DecodingHook = None) -> Any:
    """Return the record of this kind that the values make; see ``msgspec.convert``.

    msgspec 0.22 learns the fields of a class when it first meets it, and a second thread that meets the class meanwhile
    reads what is not complete and crashes the process. So the first conversion to each kind is done by one thread.

    Raises:
        msgspec.ValidationError: the values do not fit.
    """
    if kind in _known:
        return msgspec.convert(values, kind, from_attributes=from_attributes, dec_hook=dec_hook)
    with _first:
        try:
            made = msgspec.convert(values, kind, from_attributes=from_attributes, dec_hook=dec_hook)
        except msgspec.ValidationError:
            # What does not fit has been compared with the fields, which are therefore known.
            _known.add(kind)
            raise
        _known.add(kind)
        return made
