"""A footer that leaves out the least important keys if the terminal is too narrow for all."""

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

_ROOM_FOR_ALL: Final = 110
"""Columns from which the keys are spaced apart."""
_MARGINS: Final = 2
_COMPACT_CELLS, _APART_CELLS, _PALETTE_CELLS = 2, 3, 2
"""The cells that a key takes besides its letters in either form, and the additional cells of the palette's key."""


_ALWAYS: Final = frozenset({"escape", "question_mark", "q"})
"""The keys that leave a screen and open its help."""


class ShortFooter(Footer):
    """A footer of as many keys as fit; the keys that are left out still work, and are listed in the help.

    It is our own since Textual's footer scrolls keys out of sight, and builds all of them anew with every change
    of the focus.
    """

    app = getters.app(any_app)

    def __init__(self, spared: Sequence[str] = ("quit",)) -> None:
        """``spared`` are the actions that may be left out, the least important first."""
        super().__init__()
        self._spared = spared
        self._room = 0
        self._made_from: tuple[object, ...] = ()

    def adapt_to_width(self, columns: int) -> None:
        """Choose the form for a terminal of so many columns."""
        self.set_room_for_all(columns >= _ROOM_FOR_ALL)

    def set_room_for_all(self, for_all: bool) -> None:
        """Choose the wide form with room for every key, or the compact one."""
        self.compact = not for_all
        # Commands without a key are reached by the mouse through the palette.
        self.show_command_palette = True

    async def recompose(self) -> None:
        """Replace only the keys that differ: Textual calls this with every change of the focus."""
        if not self.is_attached:
            return
        sources = self._sources()
        if sources == self._made_from:
            return
        self._made_from = sources
        shown = [key for key in self.children if isinstance(key, FooterKey)]
        wanted = [key for key in self.compose() if isinstance(key, FooterKey)]
        first = _common_start(shown, wanted)
        last = _common_start(shown[first:][::-1], wanted[first:][::-1])
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
        # A terminal that is narrower still keeps the ways out, and the first of the other keys.
        others = [key for key in keys if isinstance(key, FooterKey) and key.key not in _ALWAYS and not _is_palette(key)]
        while others and sum(map(self._cells, keys)) > self._room:
            keys.remove(others.pop())
        yield from keys

    def _cells(self, key: Widget) -> int:
        text: str = getattr(key, "key_display", "") + getattr(key, "description", "")
        spacing = _COMPACT_CELLS if self.compact else _APART_CELLS
        return cells_of(text) + spacing + (_PALETTE_CELLS if _is_palette(key) else 0)

    def _sources(self) -> tuple[object, ...]:
        """Return everything that the keys are made from; as long as it is equal, the keys need not be built again."""
        active = self.screen.active_bindings.values()
        keys = [(key.binding, key.enabled, key.tooltip) for key in active if key.binding.show]
        return self._bindings_ready, self.compact, self.show_command_palette, self.app.size.width, keys


def _is_palette(key: Widget) -> bool:
    return key.has_class("-command-palette")


def _common_start(shown: Sequence[FooterKey], wanted: Sequence[FooterKey]) -> int:
    """Return how many keys at the beginning of both lists look the same."""
    pairs = takewhile(lambda pair: _look_of(pair[0]) == _look_of(pair[1]), zip(shown, wanted, strict=False))
    return sum(1 for _ in pairs)


def _look_of(key: FooterKey) -> tuple[object, ...]:
    """Return everything that makes a key look as it does."""
    marks = [key.has_class(name) for name in ("-disabled", "-command-palette")]
    return key.key, key.key_display, key.description, key.action, key.tooltip, *marks
