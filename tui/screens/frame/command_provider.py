"""The command palette: every command of the screen, with its key and what it does in the same row."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Final

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.screens.frame.keys import ScreenKey, keys_of
from tui.text.cells import cells_of, padded

_MOST_CELLS: Final = 112
"""The cells of the palette in a wide terminal, as the style sheet has them."""
_AROUND_CELLS: Final = 9
"""The cells beside a row: margin and frame of the palette, the row's own margin, and the scrollbar."""
_GAP: Final = 2
_LEAST_WORDS_CELLS: Final = 20
_TOLD_SCORE: Final = 0.01
"""The score of a command whose description has what is searched for: it comes after every command named so."""


class CommandProvider(Provider):
    """Offers the commands that make sense now on the screen below the palette, the main ones first.

    First come those that the footer shows, in its order, then the others of the screen, those of the app and those of
    its panes, and last the keys that only move.
    """

    async def discover(self) -> Hits:
        offered = self._offered()
        for key in offered:
            yield DiscoveryHit(self._row(key, Content(key.name), offered), key.run, key.name)

    async def search(self, query: str) -> Hits:
        matcher, offered = self.matcher(query), self._offered()
        for key in offered:
            score = matcher.match(key.name)
            if score > 0:
                yield Hit(score, self._row(key, matcher.highlight(key.name), offered), key.run, key.name)
            elif query.casefold() in key.tooltip.casefold():
                yield Hit(_TOLD_SCORE, self._row(key, Content(key.name), offered), key.run, key.name)

    def _offered(self) -> list[ScreenKey]:
        # The second key of a pair, such as left and right, has no tooltip: the first one stands for both.
        offered = (key for key in keys_of(self.app, self.screen) if key.offered and key.tooltip)
        return sorted(offered, key=lambda key: (key.moves, not key.shown))

    def _row(self, key: ScreenKey, name: Content, offered: Sequence[ScreenKey]) -> Content:
        """Write key, name and what it does in columns; letters of the name may be marked as those searched for."""
        key_cells = max(cells_of(other.key) for other in offered) + _GAP
        name_cells = max(cells_of(other.name) for other in offered) + _GAP
        lead = key_cells + name_cells
        room = max(_LEAST_WORDS_CELLS, min(self.app.size.width, _MOST_CELLS) - _AROUND_CELLS - lead)
        first, *rest = textwrap.wrap(key.tooltip, room)
        return Content.assemble(
            (padded(key.key, key_cells), "$primary"),
            name.stylize_before("bold"),
            " " * (name_cells - cells_of(key.name)),
            ("\n".join([first, *(" " * lead + line for line in rest)]), "$foreground-muted"),
        )
