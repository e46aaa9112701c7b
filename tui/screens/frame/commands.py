"""Commands: what the app and a screen can be asked to do, each declared once, as a row of a table.

The keys, the footer, the command palette, the help and the table of keys in the README are derived from these tables.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from textual.binding import Binding
from textual.dom import DOMNode

Owner = TypeVar("Owner", bound=DOMNode)


def always(_owner: DOMNode) -> bool:
    """The condition of a command that makes sense at any time."""
    return True


@dataclass(frozen=True, slots=True)
class Command(Generic[Owner]):
    """One command of the app or of a screen, which is its owner."""

    id: str
    """Unique among the commands of its owner."""
    key: str
    """A key by Textual's name, several separated by commas; empty for a command that only the palette has."""
    name: str
    """Its name in the palette and, if it is shown there, in the footer."""
    tooltip: str
    """One line on what it does. The second command of a pair (such as left after right) has none: the help names
    both keys in one line, by the ``key_display`` of the first."""
    run: Callable[[Owner], object]
    """Does it. If the result is a coroutine, it is awaited."""
    enabled: Callable[[Owner], bool | None] = always
    """Whether it makes sense now. Otherwise its key does nothing: of ``False`` it is hidden, of ``None`` greyed."""
    show: bool = False
    """Whether the footer names it."""
    key_display: str | None = None
    """How its key is written, if Textual's own way is not meant."""

    @property
    def binding(self) -> Binding:
        """The key of the command, as Textual knows it."""
        return Binding(
            self.key,
            action_of(self.id),
            self.name,
            show=self.show,
            key_display=self.key_display,
            tooltip=self.tooltip,
            id=self.id,
        )


def action_of(command_id: str) -> str:
    """The action, in Textual's notation, that runs the command of this identifier."""
    return f"command({command_id!r})"


class CommandOwner(DOMNode):
    """The app or a screen with a table of commands: its keys are those of the table."""

    COMMAND_TABLE: ClassVar[Sequence[Command[Any]]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        if "COMMAND_TABLE" in cls.__dict__:
            keys = (command.binding for command in cls.COMMAND_TABLE if command.key)
            cls.BINDINGS = [*keys, *cls.__dict__.get("BINDINGS", ())]
        super().__init_subclass__(**options)

    def command(self, command_id: str) -> Command[Any]:
        """The command of this identifier."""
        return next(command for command in self.COMMAND_TABLE if command.id == command_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Ask the command whether it makes sense now."""
        if action == "command":
            return self.command(str(parameters[0])).enabled(self)
        return super().check_action(action, parameters)

    async def action_command(self, command_id: str) -> None:
        """Run the command of this identifier."""
        result = self.command(command_id).run(self)
        if inspect.isawaitable(result):
            await result
