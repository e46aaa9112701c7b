"""Sizes as people write them."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"mb": 10**6, "gb": 10**9, "mib": 2**20, "gib": 2**30}
_SIZE: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[mg]i?b)", re.IGNORECASE)


def bytes_in(text: str) -> int | None:
    """``500mb``, ``1.5 GiB``; ``None`` for anything else."""
    match = _SIZE.fullmatch(text.strip())
    return None if match is None else round(float(match["number"]) * _UNITS[match["unit"].lower()])
