"""Hides keys in the answer of a model while it comes in pieces."""

from __future__ import annotations

from typing import Final

import msgspec

from tui.engines.contract import Piece
from tui.text import secrets

_MOST_PIECES: Final = 256
"""So many pieces are held back at most, in case that a model says nothing but beginnings of a key."""
_TAIL: Final = 64


class SecretStream:
    """Holds back pieces that may be the beginning of a key until it is clear. Each keeps its own time of arrival."""

    def __init__(self) -> None:
        self._held: list[Piece] = []
        self._tail = ""

    def feed(self, piece: Piece) -> list[Piece]:
        """Take a piece, and give those that can hold no part of a key that goes on after them."""
        if not secrets.knows_any():
            return [piece]
        self._held.append(piece)
        self._tail = (self._tail + secrets.folded_text(piece.text))[-_TAIL:]
        if len(self._held) < _MOST_PIECES and secrets.may_go_on(self._tail):
            return []
        return self.rest()

    def rest(self) -> list[Piece]:
        """Give what is held back; a key in several pieces is hidden in the first one, and the others become empty."""
        held, self._held = self._held, []
        whole = "".join(piece.text for piece in held)
        hidden = secrets.without_secrets(whole)
        if hidden == whole:
            return held
        return [msgspec.structs.replace(piece, text="" if number else hidden) for number, piece in enumerate(held)]
