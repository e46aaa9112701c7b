"""The keys that work on a screen: its own, the app's and those of its panes. Help and palette are made from them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from textual import actions
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode
from textual.screen import Screen
from textual.widget import Widget

from tui.screens.frame.commands import CommandOwner
from tui.screens.frame.meanings import MOVING_KEYS


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One line of the help: a key or a name, and what it means."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ScreenKey:
    """A key that works on a screen, with what it does there."""

    key: str
    """The key as people write it; empty if a command has none."""
    name: str
    tooltip: str
    """What the key does; empty for the second key of a pair, because the line of the first key names both."""
    app: App[Any]
    owner: DOMNode
    """The screen, the app or the pane that declares the key."""
    action: str
    """Textual's notation of the action that the key runs on its owner."""
    shown: bool = False
    """Whether the footer shows the key."""
    moves: bool = False
    """Whether the key only moves, scrolls or turns what has the focus."""

    @property
    def offered(self) -> bool:
        """Whether the key is shown now; a greyed key counts as shown."""
        _, name, parameters = actions.parse(self.action)
        return self.owner.check_action(name, parameters) is not False

    async def run(self) -> None:
        """Do what the key does. If it is the key of a pane, the pane gets the focus first, where its keys work."""
        if isinstance(self.owner, Widget) and self.owner.screen is not self.owner and not self.owner.has_focus_within:
            inner = (widget for widget in self.owner.walk_children(Widget) if widget.focusable)
            self.owner.screen.set_focus(next(inner, self.owner))
        await self.app.run_action(self.action, self.owner)


def keys_of(app: App[Any], screen: Screen[Any]) -> list[ScreenKey]:
    """List the keys of the screen, then those of the app that the screen does not use itself, then those of its panes.

    A command that several of them have is listed once. Keys of a widget that have no tooltip, such as those
    that move a cursor, are left out.
    """
    own = list(_declared(app, screen))
    taken = {key for binding in _bindings_of(screen) for key in binding.key.split(",") if key}
    of_app = [_key(app, app, binding) for binding in _bindings_of(app) if binding.key not in taken]
    named = {(binding.key, binding.description) for binding in _bindings_of(screen)}
    panes: dict[type[Widget], Widget] = {}
    for widget in screen.walk_children(Widget):
        panes.setdefault(type(widget), widget)
    of_panes: list[ScreenKey] = []
    for pane in panes.values():
        for binding in _bindings_of(pane):
            if (binding.key, binding.description) not in named:
                named.add((binding.key, binding.description))
                of_panes.append(_key(app, pane, binding))
    return [*own, *of_app, *of_panes]


def help_entries_of(keys: Iterable[ScreenKey]) -> list[HelpEntry]:
    """Make the lines of the help on these keys."""
    return [HelpEntry(key.key, key.tooltip) for key in keys if key.key and key.tooltip]


def _declared(app: App[Any], node: DOMNode) -> Iterator[ScreenKey]:
    yield from (_key(app, node, binding) for binding in _bindings_of(node))


def _bindings_of(node: DOMNode) -> list[Binding]:
    if isinstance(node, CommandOwner) and node.COMMAND_TABLE:
        return [command.binding for command in node.COMMAND_TABLE]
    return [binding for binding in type(node).BINDINGS if isinstance(binding, Binding) and binding.tooltip]


def _key(app: App[Any], node: DOMNode, binding: Binding) -> ScreenKey:
    moves = bool(binding.key) and MOVING_KEYS.issuperset(binding.key.split(","))
    written = _written(app, binding)
    return ScreenKey(written, binding.description, binding.tooltip, app, node, binding.action, binding.show, moves)


def _written(app: App[Any], binding: Binding) -> str:
    first = binding.key.partition(",")[0]
    if binding.key_display or first in ("", "enter"):
        return binding.key_display or first
    return app.get_key_display(replace(binding, key=first))
