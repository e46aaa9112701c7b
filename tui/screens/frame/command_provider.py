"""The command palette: every command and key of the screen by its name, with the key beside it."""

from __future__ import annotations

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from tui.screens.frame.keys import ScreenKey, keys_of


class CommandProvider(Provider):
    """Offers the commands that make sense now on the screen below the palette, in the order of their names."""

    async def discover(self) -> Hits:
        for key in self._offered():
            yield DiscoveryHit(_title(key, Content(key.name)), key.run, key.name, key.tooltip or None)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for key in self._offered():
            score = matcher.match(key.name)
            if score > 0:
                yield Hit(score, _title(key, matcher.highlight(key.name)), key.run, key.name, key.tooltip or None)

    def _offered(self) -> list[ScreenKey]:
        # The second key of a pair, such as left and right, has no tooltip: the first one stands for both.
        offered = (key for key in keys_of(self.app, self.screen) if key.offered and key.tooltip)
        return sorted(offered, key=lambda key: key.name)


def _title(key: ScreenKey, name: Content) -> Content:
    """Put the key beside the name, in which the letters that match the search may be marked."""
    return Content.assemble(name, "  ", (key.key, "$text-muted")) if key.key else name
