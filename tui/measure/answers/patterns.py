"""Regular expressions whose time grows with the text and no faster, whatever the pattern.

Python's own engine goes back and tries again, so that ``(a+)+$`` on forty letters takes hours, and a limit of time
would make the result depend on the machine. RE2 cannot do that, and refuses what would need it: references to groups
and looking around.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, Protocol

_RE2: Final[Any] = import_module("re2")
"""The module brings no types."""
_MOST_BYTES: Final = 1 << 20
"""Of memory for one compiled pattern: what is written out beyond this is refused."""


class BadPattern(ValueError):
    """The pattern cannot be used; the message says why, without a full stop."""


class Pattern(Protocol):
    """A pattern that is looked for anywhere in a text, whatever the case of its letters."""

    def search(self, text: str) -> object | None: ...


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """The pattern in RE2's notation, ready to be looked for. Raises BadPattern."""
    options = _RE2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MOST_BYTES
    try:
        pattern: Pattern = _RE2.compile(source, options)
    except (_RE2.error, UnicodeEncodeError) as error:
        reason = error.args[0]
        raise BadPattern(reason.decode(errors="replace") if isinstance(reason, bytes) else "it is no text") from None
    return pattern


def matches_any(sources: Iterable[str], text: str) -> bool:
    """Whether any of these patterns matches somewhere in the text."""
    plain = text.encode(errors="replace").decode()
    return any(compile_pattern(source).search(plain) for source in sources)
