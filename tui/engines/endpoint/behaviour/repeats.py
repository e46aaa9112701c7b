"""Finds what is new in each piece of an answer, of which some servers send again what they have sent.

Some send the whole text so far with every piece, and others once more at the end. Only the endpoint's child imports it.
"""

from __future__ import annotations

from typing import Final

LEAST_SIGNS: Final = 16
"""A shorter text at the end may be what the model has written twice."""


class RepeatedText:
    """Takes the pieces of an answer as they come, and gives what each adds to the text."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._signs = 0
        self._held = ""
        """The second piece, if it begins with the first: only the third shows whether each repeats those before it."""
        self._grows = False
        """Whether each piece has been the whole text so far."""

    def new_in(self, piece: str, *, final: bool) -> str | None:
        """What a piece adds; empty while that is not known, and ``None`` if it only repeats the text.

        ``final`` is whether the piece stands where an answer ends.
        """
        if self._grows:
            return self._grown(piece)
        if self._held:
            return self._after_held(piece)
        if len(self._parts) == 1 and len(piece) > self._signs and piece.startswith(self._parts[0]):
            self._held = piece
            return ""
        if final and len(self._parts) > 1 and self._is_whole_text(piece):
            return None
        return self._added(piece)

    def rest(self) -> str:
        """The piece that was held back to the end."""
        held, self._held = self._held, ""
        return held

    def _grown(self, piece: str) -> str | None:
        whole = self._parts[0]
        if not piece.startswith(whole):
            self._grows = False
            return self._added(piece)
        self._parts, self._signs = [piece], len(piece)
        return piece[len(whole) :] or None

    def _after_held(self, piece: str) -> str:
        held = self.rest()
        if len(piece) > len(held) and piece.startswith(held):
            first = self._signs
            self._grows, self._parts, self._signs = True, [piece], len(piece)
            return piece[first:]
        return self._added(held) + self._added(piece)

    def _is_whole_text(self, piece: str) -> bool:
        return len(piece) == self._signs >= LEAST_SIGNS and piece == "".join(self._parts)

    def _added(self, piece: str) -> str:
        self._parts.append(piece)
        self._signs += len(piece)
        return piece
