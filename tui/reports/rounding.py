"""How exact the numbers of a file are."""

from __future__ import annotations

from typing import Final, overload

_DECIMALS: Final = 6


@overload
def rounded(value: float) -> float: ...
@overload
def rounded(value: float | None) -> float | None: ...


def rounded(value: float | None) -> float | None:
    """Round a number to a millionth of its unit; ``None`` stays if it is not known."""
    return None if value is None else round(value, _DECIMALS)
