"""The screen of the machines of a fleet: one question on several of them, side by side and live."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content

from tui import workspace as services
from tui.bench.events import ModelDied, Notice
from tui.panes.fleet.machines import MachinesPane
from tui.panes.fleet.model_choice import ModelChoice
from tui.panes.prompt.line import PromptLine
from tui.panes.streams.pane import StreamsPane
from tui.records import Model
from tui.screens import dialogs
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.text.cells import printable
from tui.workspace.fleet.machines import MOST_ASKED, MachineDesk, NoFleet, column_of, machine_desk
from tui.workspace.workspace import Workspace

_LOOK_EVERY_S: Final = 1.0
_TRY_EVERY_S: Final = 3.0
_WIDE: Final = 110
"""Columns from which the lists stand beside the answers, and not above them."""
_FIRST_STEPS: Final = (
    "A fleet lets one model answer on several machines at once:\n\n"
    "1. here: benchtop fleet create --bind ADDRESS\n"
    "2. copy join.json, which it writes, to each machine\n"
    "3. there: benchtop fleet join join.json\n\n"
    "Machines that join are listed on this screen.\n? tells more."
)
_OPENS: Final = "benchtop fleet create opens it"
_CONNECTING: Final = "Connecting to the fleet …"
_NO_MACHINE: Final = (
    "The fleet is open, and no machine has joined yet.\n\n"
    "Copy join.json, which benchtop fleet create has written, to a machine,\n"
    "and run there: benchtop fleet join join.json"
)
_NONE_SELECTED: Final = "No machine is selected that can be asked.\nspace selects the highlighted one."


def _is_asking(screen: MachinesScreen) -> bool:
    return screen.is_asking


def _can_ask(screen: MachinesScreen) -> bool:
    return screen.is_connected


_COMMANDS: Final[tuple[Command[MachinesScreen], ...]] = (
    Command(
        "run",
        "r",
        "Run",
        "Ask the model on the selected machines side by side",
        lambda screen: screen.ask(),
        _can_ask,
        show=True,
        why_not=lambda screen: screen.why_closed,
    ),
    Command(
        "stop",
        "s",
        "Stop",
        "Stop the answers on all machines; what has arrived stays",
        lambda screen: screen.stop(),
        enabled=_is_asking,
        show=True,
        why_not=lambda _: "Nothing is running.",
    ),
    Command(
        "prompt",
        "p,slash",
        "Prompt",
        "Type a question; enter sends it, escape leaves it",
        lambda screen: screen.prompt_line.take_focus(),
        _can_ask,
        show=True,
        moves_focus=True,
        why_not=lambda screen: screen.why_closed,
    ),
    Command(
        "copy",
        "C",
        "Copy",
        "Copy the answer of the focused column",
        lambda screen: screen.copy(),
        lambda screen: screen.has_answer,
        show=True,
        why_not=lambda _: "There is no answer to copy yet.",
    ),
    Command(
        "together",
        "L",
        "Scroll together",
        "Scroll all answers together, or each alone",
        lambda screen: screen.toggle_together(),
    ),
    leave_command(),
    HELP,
)


_ABOUT: Final = About(
    title="Machines",
    words=(
        "One question to one model on several machines of your fleet, side by side and live. Each machine runs the "
        "model itself and takes its own times; nothing of the network is in them."
    ),
    parts=(
        HelpEntry("● ○ ·", "Selected for the next question; not selected; cannot be asked now, and below is why"),
        HelpEntry("Model", "The highlighted one is asked, on each machine its own copy"),
    ),
    numbers=("TTFT", "cold TTFT", "decode rate", "tokens", "peak RSS"),
    topic="fleet",
)


class MachinesScreen(SubScreen):
    """Follows the fleet while it is shown; a question that is being answered is stopped when it is left."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    MachinesScreen {
        #fleet-body { height: 1fr; layout: vertical; }
        #fleet-lists { height: 9; layout: horizontal; }
        ModelChoice, MachinesPane, StreamsPane {
            border: round $border-blurred;
            border-title-color: $foreground;
            border-title-style: bold;
            border-subtitle-color: $text-muted;
            padding: 0 1;
            width: 1fr;
            height: 1fr;
        }
        ModelChoice:focus-within, MachinesPane:focus-within, StreamsPane:focus-within {
            border: round $border;
            border-title-color: $primary;
        }
        #machine-detail { max-height: 2; }
        &.-closed #fleet-lists, &.-closed PromptLine { display: none; }
        &.-wide #machine-detail { max-height: 5; }
        &.-wide #fleet-body { layout: horizontal; }
        &.-wide #fleet-lists { layout: vertical; width: 42; height: 1fr; }
    }
    """

    def __init__(self, workspace: Workspace, chosen: Model | None, prompt: str) -> None:
        """``chosen`` is the model that is asked unless another one is chosen, and ``prompt`` the question."""
        super().__init__()
        self._workspace, self._prompt = workspace, prompt
        self._desk: MachineDesk | None = None
        self.why_closed = _CONNECTING
        """Why no machine can be asked while there is no connection to the fleet, and what to do."""
        self.models = ModelChoice(workspace.models, chosen)
        self.machines = MachinesPane(MOST_ASKED)
        self.streams = StreamsPane()
        self.prompt_line = PromptLine()

    def compose(self) -> ComposeResult:
        yield self.top
        with Container(id="fleet-body"):
            with Vertical(id="fleet-lists"):
                yield self.machines
                yield self.models
            yield self.streams
        yield self.prompt_line
        yield self.footer
        yield self.prompt_line.keys

    def on_mount(self) -> None:
        self.streams.border_title = "Answers"
        self.streams.show_hint(Content(_CONNECTING))
        self.prompt_line.set_defaults(services.default_settings(self._workspace))
        self.prompt_line.text = self._prompt
        self._show_closed("", _CONNECTING)
        self.top.show_status("connecting to the fleet")
        self._follow_fleet()

    def on_resize(self, event: events.Resize) -> None:
        self.set_class(event.size.width >= _WIDE, "-wide")

    @property
    def is_connected(self) -> bool:
        """Whether the fleet is open and this screen is connected to it."""
        return self._desk is not None

    @property
    def has_answer(self) -> bool:
        """Whether the focused column has an answer, or the only one."""
        return bool(self.streams.current_answer())

    @property
    def is_asking(self) -> bool:
        """Whether a question is being answered."""
        return self._desk is not None and self._desk.is_asking

    @on(PromptLine.Submitted)
    def _ask_typed(self, event: PromptLine.Submitted) -> None:
        self.ask(event.text)

    def ask(self, typed: str | None = None) -> None:
        """Ask the question on the selected machines; if something is missing, the user is told how to give it."""
        text = self.prompt_line.text if typed is None else typed
        model, machines = self.models.chosen, self.machines.chosen
        if self._desk is None:
            self.notify(self.why_closed, markup=False)
        elif self._desk.is_asking:
            self.notify("A question is running: s stops it.")
        elif not text:
            self.notify("There is no question yet: type one.")
            self.prompt_line.take_focus()
        elif model is None:
            self.notify("There is no model to ask.")
        elif not machines:
            self.notify("No machine is selected that can be asked: space selects one.")
        else:
            self._answer(self._desk, model, text, machines)

    def stop(self) -> None:
        """Stop the answers on all machines."""
        if self._desk is not None and self._desk.is_asking:
            self._desk.stop()
            self.top.show_status("stopping")

    def copy(self) -> None:
        """Put the answer of the focused column on the clipboard of the terminal."""
        answer = self.streams.current_answer()
        if not answer:
            self.notify("There is no answer to copy yet.")
            return
        self.app.copy_to_clipboard(answer)
        self.notify(f"The answer ({len(answer.split())} words) is on the clipboard.")

    def toggle_together(self) -> None:
        """Scroll all answers together, or each alone."""
        together = self.streams.toggle_together()
        self.notify("The answers scroll together." if together else "Each answer scrolls alone.")

    @on(PromptLine.Closed)
    def _leave_prompt(self) -> None:
        self.machines.query_one("MachineList").focus()

    @on(PromptLine.FileWanted)
    def _take_file_as_prompt(self) -> None:
        def take(text: str | None) -> None:
            if text is not None:
                self.prompt_line.text = text
            self.prompt_line.take_focus()

        self.app.push_screen(dialogs.PromptFileDialog(), take)

    @work(group="fleet", exclusive=True, exit_on_error=False)
    async def _follow_fleet(self) -> None:
        """Stay connected to the fleet, and show who is here; one that is not open is tried again and again."""
        while True:
            try:
                async with machine_desk(self._workspace) as self._desk:
                    while self._desk.is_open:
                        self._show_machines(self._desk)
                        await asyncio.sleep(_LOOK_EVERY_S)
                self.why_closed = "The fleet was closed on this machine; benchtop fleet create opens it."
            except NoFleet as error:
                self.why_closed = str(error)
            finally:
                self._desk = None
            problem = self.why_closed
            self._show_closed("No fleet is open.", problem)
            steps = Content("" if _OPENS in problem else "\n\n") + _FIRST_STEPS
            self.streams.show_hint(Content(problem) + (Content("") if _OPENS in problem else steps), as_list=True)
            self.top.show_status("no fleet")
            self.refresh_bindings()
            await asyncio.sleep(_TRY_EVERY_S)

    def _show_closed(self, sentence: str, advice: str) -> None:
        """Show no lists and no prompt while no machine can be asked, unless there are answers to read."""
        self.machines.show_problem(sentence, advice)
        self.set_class(not self.has_answer, "-closed")

    def _show_machines(self, desk: MachineDesk) -> None:
        if self.has_class("-closed"):
            self.remove_class("-closed")
            self.machines.query_one("MachineList").focus()
            self.refresh_bindings()
        machines = desk.machines
        here = sum(not machine.why_not or machine.state == "at work" for machine in machines)
        if not desk.is_asking:
            self.machines.show(machines)
            self.streams.show_hint(Content(self._hint(bool(machines))))
            self.top.show_status(f"{here} of {len(machines)} machines here")

    def _hint(self, any_machine: bool) -> str:
        """Say what the next key does; it is seen until the first question is asked."""
        count, model = len(self.machines.chosen), self.models.chosen
        if not any_machine:
            return _NO_MACHINE
        if not count or model is None:
            return _NONE_SELECTED
        where = "on the selected machine" if count == 1 else f"on the {count} selected machines"
        first = f"Press r to ask {printable(model.key)} {where}:"
        return f"{first}\n“{printable(self.prompt_line.text)}”\n\nEach machine answers and takes its times itself."

    @work(group="ask", exclusive=True, exit_on_error=False)
    async def _answer(self, desk: MachineDesk, model: Model, text: str, machines: tuple[str, ...]) -> None:
        columns = [column_of(machine, model) for machine in machines]
        self.streams.prepare(columns)
        self.streams.border_title = f"Answers of {model.key}"
        self.top.show_status("answering")
        answering = desk.ask(model, text, self.prompt_line.settings, machines)
        async with aclosing(answering) as happening:
            self.refresh_bindings()
            async for event in happening:
                self.streams.show(event)
                match event:
                    case Notice(text=words):
                        self.notify(words, severity="warning", markup=False)
                    case ModelDied(key=key, cause=cause):
                        self.notify(str(cause), title=key, severity="warning", markup=False)
                    case _:
                        pass
        if self._desk is desk:
            self._show_machines(desk)
        self.refresh_bindings()
