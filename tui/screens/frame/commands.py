"""Commands: whatever a key of the app or of a screen does is declared once, as a row of a table.

The keys, the footer, the command palette, the help and the table of keys in the guide are derived from these tables.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Protocol, TypeVar, cast

from textual import events
from textual.binding import Binding
from textual.dom import DOMNode

if TYPE_CHECKING:
    _Node = DOMNode
else:
    # Textual takes the style rules of the first base that is a node, and must find those of App and Screen there.
    _Node = object

Owner = TypeVar("Owner", bound=DOMNode, contravariant=True)
"""Contravariant: a command of every screen is a command of one kind of screen, too."""


def always(_owner: DOMNode) -> bool:
    """Return true: the condition of a command that makes sense at any time."""
    return True


@dataclass(frozen=True, slots=True)
class Command(Generic[Owner]):
    """One command of its owner, which is the app or a screen."""

    id: str
    """The identifier, unique among the commands of the owner."""
    key: str
    """Textual's name of the key, or several names separated by commas; empty if only the palette has the command."""
    name: str
    """The name in the palette and, if ``show`` is set, in the footer."""
    tooltip: str
    """One line on what the command does. The second command of a pair (such as left and right) has none, because the
    help names both keys in the line of the first, by its ``key_display``."""
    run: Callable[[Owner], object]
    """The function that does it. If it returns a coroutine, that is awaited."""
    enabled: Callable[[Owner], bool | None] = always
    """Tells whether the command makes sense now. Otherwise its key is hidden (``False``) or greyed (``None``)."""
    show: bool = False
    """Whether the footer shows the command."""
    key_display: str | None = None
    """How the key is written, if not in Textual's own way."""
    moves_focus: bool = False
    """The command moves the focus. It is done before the next key is read, so that keys typed right after it go to
    where the focus has moved; while a person types text, its key is text."""

    why_not: Callable[[Owner], str] | None = None
    """Returns in a sentence why the command makes no sense now; it is shown if the key is pressed all the same."""

    @property
    def binding(self) -> Binding:
        """The key of the command as a binding of Textual."""
        return Binding(
            self.key,
            action_of(self.id),
            self.name,
            show=self.show,
            key_display=self.key_display,
            tooltip=self.tooltip,
            id=self.id,
            priority=self.moves_focus,
        )


def action_of(command_id: str) -> str:
    """Return Textual's notation of the action that runs the command of this identifier."""
    return f"command({command_id!r})"


class _Notifier(Protocol):
    """What the app and every screen can do: show a notification."""

    def notify(self, message: str, *, markup: bool = True) -> None: ...


def _takes_text(focused: object) -> bool:
    """Whether this widget is one to type in. The class of one that is not imported yet is not waited for."""
    return any(base.__name__ in ("Input", "TextArea") for base in type(focused).__mro__)


def _say_why_not(owner: CommandOwner, event: events.Key) -> None:
    """Say why the command of a key makes no sense now, rather than do nothing."""
    for command in owner.COMMAND_TABLE:
        if event.key in command.key.split(",") and command.why_not is not None and not command.enabled(owner):
            cast("_Notifier", owner).notify(command.why_not(owner), markup=False)


class CommandOwner(_Node):
    """The base of the app and of screens: their keys are those of their table of commands."""

    COMMAND_TABLE: ClassVar[Sequence[Command[Any]]] = ()
    on_key = _say_why_not

    def __init_subclass__(cls, **options: Any) -> None:
        if "COMMAND_TABLE" in cls.__dict__:
            keys = (command.binding for command in cls.COMMAND_TABLE if command.key)
            cls.BINDINGS = [*keys, *cls.__dict__.get("BINDINGS", ())]
        super().__init_subclass__(**options)

    def command(self, command_id: str) -> Command[Any]:
        """Return the command of this identifier."""
        return next(command for command in self.COMMAND_TABLE if command.id == command_id)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer a command's key only if the command makes sense now."""
        if action == "command":
            command = self.command(str(parameters[0]))
            if command.moves_focus and _takes_text(getattr(self, "focused", None)):
                return False
            return command.enabled(self)
        return super().check_action(action, parameters)

    async def action_command(self, command_id: str) -> None:
        """Run the command of this identifier."""
        result = self.command(command_id).run(self)
        if inspect.isawaitable(result):
            await result
