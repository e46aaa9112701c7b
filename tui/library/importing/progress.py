"""How far a program of a conversion is, by what it writes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_HOW_FAR: Final = re.compile(
    r"Reading layer (?P<layer>\d+)"
    r"|quantiz[^\r\n]*?/layers\.(?P<quantized>\d+)"
    r"|(?P<token>token \d+ of \d+(?: of the original)?)"
    r"|de-quantizing[^|\r\n]*?(?P<read>\d+)%\|"
    r"|Saving[^|\r\n]*?(?P<saved>\d+)%\|"
)
"""Layers, tokens, and the bars of the two steps that have no other count: bars of short steps would go to and fro."""
_WORDS: Final = {
    "layer": "layer {}",
    "quantized": "layer {} quantized",
    "token": "{}",
    "read": "{} % read",
    "saved": "{} % saved",
}
_TAIL_BYTES: Final = 2048


class HowFar:
    """Follows the files that a program writes into; the latest word of progress counts, whichever file has it."""

    def __init__(self, *files: Path) -> None:
        self._sizes = dict.fromkeys(files, 0)
        self._words = ""

    def words(self) -> str:
        """The last words of progress, such as ``layer 5`` or ``45 % saved``; empty before the first. Raises OSError."""
        for file, before in self._sizes.items():
            with file.open("rb") as opened:
                size = self._sizes[file] = opened.seek(0, os.SEEK_END)
                opened.seek(max(before, size - _TAIL_BYTES))
                written = opened.read().decode("utf-8", "replace")
            for match in _HOW_FAR.finditer(written):
                kind = match.lastgroup or "token"
                self._words = _WORDS[kind].format(match[kind])
        return self._words
