"""The keys that work on a screen, its own, the app's and its panes': the help and the palette are made of them."""

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


@dataclass(frozen=True, slots=True)
class HelpEntry:
    """One line of the help: a key or a name, and what it means."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ScreenKey:
    """A key that works on a screen, and what it does there."""

    key: str
    """The key as people write it; empty if a command has none."""
    name: str
    tooltip: str
    """What the key does. The second key of a pair has none: the line of the first one names both."""
    app: App[Any]
    owner: DOMNode
    """The screen, the app or the pane that declares the key."""
    action: str
    """The action that the key runs on its owner, in Textual's notation."""

    @property
    def offered(self) -> bool:
        """Whether the key is there now, if only greyed."""
        _, name, parameters = actions.parse(self.action)
        return self.owner.check_action(name, parameters) is not False

    async def run(self) -> None:
        """Do what the key does. A pane whose key it is gets the focus first, as its key works only there."""
        owner = self.owner
        if isinstance(owner, Widget) and owner is not self.app.screen and not owner.has_focus_within:
            inner = next((widget for widget in owner.walk_children(Widget) if widget.focusable), owner)
            self.app.screen.set_focus(inner)
        await self.app.run_action(self.action, owner)


def keys_of(app: App[Any], screen: Screen[Any]) -> list[ScreenKey]:
    """Every key of the screen; then those of the app that mean nothing else on this screen; then those of its panes.

    Keys of widgets that only move a cursor have no tooltip and are not listed.
    """
    own = list(_declared(app, screen))
    taken = {key for binding in _bindings_of(screen) for key in binding.key.split(",")}
    of_app = [_key(app, app, binding) for binding in _bindings_of(app) if binding.key not in taken]
    panes: dict[type[Widget], Widget] = {}
    for widget in screen.walk_children(Widget):
        panes.setdefault(type(widget), widget)
    of_panes = [key for pane in panes.values() for key in _declared(app, pane)]
    return [*own, *of_app, *of_panes]


def help_entries_of(keys: Iterable[ScreenKey]) -> list[HelpEntry]:
    """The lines of the help on these keys."""
    return [HelpEntry(key.key, key.tooltip) for key in keys if key.key and key.tooltip]


def _declared(app: App[Any], node: DOMNode) -> Iterator[ScreenKey]:
    yield from (_key(app, node, binding) for binding in _bindings_of(node))


def _bindings_of(node: DOMNode) -> list[Binding]:
    if isinstance(node, CommandOwner) and node.COMMAND_TABLE:
        return [command.binding for command in node.COMMAND_TABLE]
    return [binding for binding in type(node).BINDINGS if isinstance(binding, Binding) and binding.tooltip]


def _key(app: App[Any], node: DOMNode, binding: Binding) -> ScreenKey:
    return ScreenKey(_written(app, binding), binding.description, binding.tooltip, app, node, binding.action)


def _written(app: App[Any], binding: Binding) -> str:
    first = binding.key.partition(",")[0]
    if binding.key_display or first in ("", "enter"):
        return binding.key_display or first
    return app.get_key_display(replace(binding, key=first))
