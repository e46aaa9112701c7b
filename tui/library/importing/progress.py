"""How far a program of a conversion is, by what it writes."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final

_HOW_FAR: Final = re.compile(rb"layers?[ .]\d+|token \d+ of \d+(?: of the original)?|\d+%(?=\|)")
"""Layers, tokens, and the share that a bar of tqdm has."""
_LAYER: Final = re.compile(r"layers?[ .]")
_TAIL_BYTES: Final = 2048


class HowFar:
    """Follows the files that a program writes into; the latest word of progress counts, whichever file has it."""

    def __init__(self, *files: Path) -> None:
        self._sizes = dict.fromkeys(files, 0)
        self._words = ""

    def words(self) -> str:
        """The last words of progress, such as ``layer 5`` or ``45 %``; empty before the first. Raises OSError."""
        for file, before in self._sizes.items():
            with file.open("rb") as opened:
                size = self._sizes[file] = opened.seek(0, os.SEEK_END)
                opened.seek(max(before, size - _TAIL_BYTES))
                written = _HOW_FAR.findall(opened.read())
            if written:
                self._words = _LAYER.sub("layer ", written[-1].decode()).replace("%", " %")
        return self._words
