"""A footer that names the keys which matter most where there is no room for all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import Final

from textual import getters
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

from tui.panes.widgets.app_type import any_app
from tui.text.cells import cells_of

_ROOM_FOR_ALL: Final = 134
"""Columns from which keys stand apart, and the palette's is named too."""
_MARGINS: Final = 2
_COMPACT_CELLS, _APART_CELLS, _PALETTE_CELLS = 2, 3, 2
"""What a key takes besides its letters, and the palette's more than others."""


class ShortFooter(Footer):
    """Leaves actions to the help where they have no room; their keys work all the same."""

    app = getters.app(any_app)

    def __init__(self, spared: Sequence[str] = ("quit",)) -> None:
        """``spared`` are the actions that can be done without, the first of them first."""
        super().__init__()
        self._spared = spared
        self._room = 0
        self._made: tuple[object, ...] = ()

    def adapt_to_width(self, columns: int) -> None:
        """Take the form that there is room for."""
        self.set_room_for_all(columns >= _ROOM_FOR_ALL)

    def set_room_for_all(self, for_all: bool) -> None:
        """Take the form for a terminal with room for every key, or without."""
        self.compact = not for_all
        self.show_command_palette = for_all

    async def recompose(self) -> None:
        """Make only those keys anew that differ: this is asked for with every change of the focus."""
        if not self.is_attached:
            return
        now = self._wanted()
        if now == self._made:
            return
        self._made = now
        shown = [key for key in self.children if isinstance(key, FooterKey)]
        wanted = [key for key in self.compose() if isinstance(key, FooterKey)]
        first = _alike(shown, wanted)
        last = _alike(shown[first:][::-1], wanted[first:][::-1])
        async with self.batch():
            await self.remove_children(shown[first : len(shown) - last])
            await self.mount_all(wanted[first : len(wanted) - last], before=first if last else None)

    def on_resize(self) -> None:
        if self._room != self.app.size.width - _MARGINS:
            self.refresh(recompose=True)

    def compose(self) -> ComposeResult:
        keys = list(super().compose())
        self._room = self.app.size.width - _MARGINS
        for action in self._spared:
            if sum(map(self._cells, keys)) <= self._room:
                break
            keys = [key for key in keys if getattr(key, "action", "") != action]
        yield from keys

    def _cells(self, key: Widget) -> int:
        words: str = getattr(key, "key_display", "") + getattr(key, "description", "")
        more = _COMPACT_CELLS if self.compact else _APART_CELLS
        return cells_of(words) + more + (_PALETTE_CELLS if key.has_class("-command-palette") else 0)

    def _wanted(self) -> tuple[object, ...]:
        """All that the keys are made from."""
        active = self.screen.active_bindings.values()
        keys = [(each.binding, each.enabled, each.tooltip) for each in active if each.binding.show]
        return self._bindings_ready, self.compact, self.show_command_palette, self.app.size.width, keys


def _alike(shown: Sequence[FooterKey], wanted: Sequence[FooterKey]) -> int:
    """How many keys both begin with."""
    pairs = takewhile(lambda pair: _face(pair[0]) == _face(pair[1]), zip(shown, wanted, strict=False))
    return sum(1 for _ in pairs)


def _face(key: FooterKey) -> tuple[object, ...]:
    """All that a key is made from."""
    marks = [key.has_class(name) for name in ("-disabled", "-command-palette")]
    return key.key, key.key_display, key.description, key.action, key.tooltip, *marks
