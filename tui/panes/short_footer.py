"""A footer that names the keys which matter most where there is no room for all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from textual.app import ComposeResult
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

_ROOM_FOR_ALL: Final = 134
"""Columns from which every key has room."""


class ShortFooter(Footer):
    """Leaves some actions to the help where the terminal is narrow; their keys work all the same."""

    def __init__(self, left_out: Sequence[str]) -> None:
        super().__init__()
        self._left_out = left_out
        self._made: tuple[object, ...] = ()

    def fit(self, columns: int) -> None:
        """Take the form that there is room for."""
        self.fit_room(columns >= _ROOM_FOR_ALL)

    def fit_room(self, for_all: bool) -> None:
        """Take the form for a terminal with room for every key, or without."""
        self.compact = not for_all
        self.show_command_palette = for_all

    async def recompose(self) -> None:
        """Make only those keys anew that differ: this is asked for with every change of the focus."""
        now = self._wanted()
        if now == self._made or not self.is_attached:
            return
        self._made = now
        shown = [key for key in self.children if isinstance(key, FooterKey)]
        wanted = [key for key in self.compose() if isinstance(key, FooterKey)]
        first = _alike(shown, wanted)
        last = _alike(shown[first:][::-1], wanted[first:][::-1])
        async with self.batch():
            await self.remove_children(shown[first : len(shown) - last])
            await self.mount_all(wanted[first : len(wanted) - last], before=first if last else None)

    def compose(self) -> ComposeResult:
        for key in super().compose():
            if not self.compact or getattr(key, "action", "") not in self._left_out:
                yield key

    def _wanted(self) -> tuple[object, ...]:
        """All that the keys are made from."""
        active = self.screen.active_bindings.values()
        keys = [(each.binding, each.enabled, each.tooltip) for each in active if each.binding.show]
        return self._bindings_ready, self.compact, self.show_command_palette, keys


def _alike(shown: Sequence[FooterKey], wanted: Sequence[FooterKey]) -> int:
    """How many keys both begin with."""
    pairs = takewhile(lambda pair: _face(pair[0]) == _face(pair[1]), zip(shown, wanted, strict=False))
    return sum(1 for _ in pairs)


def _face(key: FooterKey) -> tuple[object, ...]:
    """All that a key is made from."""
    marks = [key.has_class(name) for name in ("-disabled", "-command-palette")]
    return key.key, key.key_display, key.description, key.action, key.tooltip, *marks
