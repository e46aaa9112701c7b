"""Regular expressions whose running time is linear in the length of the text, whatever the pattern.

Python's own engine backtracks: ``(a+)+$`` on forty letters takes hours, and a time limit would make the result depend
on the machine. RE2 does not backtrack, and refuses the patterns that need it: back-references and look-around.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, Protocol

_RE2: Final[Any] = import_module("re2")
"""RE2 is imported by its name, because the module has no type annotations."""
_MAX_PATTERN_BYTES: Final = 1 << 20
"""The memory that one compiled pattern may take; a larger pattern is refused."""


class BadPattern(ValueError):
    """A pattern that RE2 refuses; the message is the reason, without a full stop."""


class Pattern(Protocol):
    """A compiled pattern, which is searched for anywhere in a text and ignores case."""

    def search(self, text: str) -> object | None: ...


@lru_cache(maxsize=256)
def compile_pattern(source: str) -> Pattern:
    """Compile a pattern in RE2's notation.

    Raises:
        BadPattern: RE2 refuses the pattern.
    """
    options = _RE2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_PATTERN_BYTES
    try:
        pattern: Pattern = _RE2.compile(source, options)
    except (_RE2.error, UnicodeEncodeError) as error:
        reason = error.args[0]
        raise BadPattern(reason.decode(errors="replace") if isinstance(reason, bytes) else "it is no text") from None
    return pattern


def matches_any(sources: Iterable[str], text: str) -> bool:
    """Tell whether any of these patterns matches somewhere in the text.

    Raises:
        BadPattern: RE2 refuses one of the patterns.
    """
    plain = text.encode(errors="replace").decode()
    return any(compile_pattern(source).search(plain) for source in sources)
