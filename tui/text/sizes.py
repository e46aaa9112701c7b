"""This module parses sizes, shares and lists of numbers as people write them."""

from __future__ import annotations

import re
from typing import Final

_SHARE: Final = re.compile(r"(?P<number>\d{1,12}(?:\.\d{1,12})?)\s*%?", re.ASCII)
_DIGITS: Final = 12
_UNITS: Final = {"mb": 10**6, "gb": 10**9, "mib": 2**20, "gib": 2**30}
_SIZE: Final = re.compile(r"(?P<number>\d{1,12}(?:\.\d{1,12})?)\s*(?P<unit>[mg]i?b)", re.IGNORECASE | re.ASCII)


def bytes_in(text: str) -> int | None:
    """Parse a size such as ``500mb`` or ``1.5 GiB`` to bytes, or return ``None`` for any other text."""
    match = _SIZE.fullmatch(text.strip())
    return None if match is None else round(float(match["number"]) * _UNITS[match["unit"].lower()])


def share_in(text: str) -> float | None:
    """Parse per cent such as ``5%`` or ``5`` to a share of 1, or return ``None`` for any other text."""
    match = _SHARE.fullmatch(text.strip())
    return None if match is None else float(match["number"]) / 100


def numbers_in(text: str, most: int) -> tuple[int, ...] | None:
    """Parse a list such as ``128, 512,2048`` to sorted distinct numbers from 1 to ``most``; else return ``None``."""
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and len(part) <= _DIGITS for part in parts):
        return None
    numbers = sorted({int(part) for part in parts})
    return tuple(numbers) if 1 <= numbers[0] <= numbers[-1] <= most else None
