"""The screen of one plan on many machines, whose runs are in the history."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from textual import work
from textual.app import ComposeResult

from tui.panes.fleet.pane import FleetPane
from tui.records.fleet.results import Fleet
from tui.reports.fleet.markdown import markdown_text
from tui.reports.fleet.view import fleet_view
from tui.reports.json.reading import NotARun
from tui.screens.dialogs.export import MarkdownExport
from tui.screens.frame.about import About
from tui.screens.frame.commands import Command
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.sub_screen import HELP, SubScreen, leave_command
from tui.store.errors import HistoryError
from tui.text.tables import counted
from tui.workspace.fleet.stored import fleet_in_history

_COMMANDS: Final[tuple[Command[FleetScreen], ...]] = (
    Command(
        "export",
        "e",
        "Export",
        "Write the report on all machines as Markdown",
        lambda screen: screen.ask_for_export(),
        lambda screen: screen.fleet is not None,
        show=True,
        why_not=lambda _: "The runs are still being merged.",
    ),
    leave_command("Back to the history"),
    HELP,
)


_ABOUT: Final = About(
    title="One plan on many machines",
    words=(
        "What the same benchmark gave on every machine whose run is in this history: first the answer in a sentence, "
        "then what differs between the machines, then a table for each model. benchtop history import takes runs in."
    ),
    parts=(
        HelpEntry("(low to high)", "95 % interval: where the true value probably lies"),
        HelpEntry("TTFT / model", "How many times the TTFT of that model on the same machine; below 1 is faster"),
    ),
    numbers=("TTFT", "decode rate", "E2E", "load", "peak RSS"),
    topic="fleet",
)


class FleetScreen(SubScreen):
    """Shows what the plan of one run gave on every machine; the runs are merged in a thread."""

    COMMAND_TABLE = _COMMANDS
    ABOUT = _ABOUT

    def __init__(self, file: Path, run_id: str) -> None:
        """``file`` is the history that has the run, and those of the other machines."""
        super().__init__()
        self._file, self._run_id = file, run_id
        self.fleet: Fleet | None = None
        self.pane = FleetPane()

    def compose(self) -> ComposeResult:
        yield self.top
        yield self.pane
        yield self.footer

    def on_mount(self) -> None:
        self.pane.query_one("#fleet-scroll").focus()
        self._merge()

    def ask_for_export(self) -> None:
        """Ask where to write the report, and write it as Markdown."""
        fleet = self.fleet
        if fleet is not None:
            self.app.push_screen(MarkdownExport("machines", lambda: markdown_text(fleet)))

    @work(group="merge", exclusive=True, exit_on_error=False)
    async def _merge(self) -> None:
        try:
            self.fleet = await asyncio.to_thread(fleet_in_history, self._file, self._run_id)
        except (HistoryError, NotARun) as error:
            self.app.notify(f"{str(error).rstrip('.')}.", severity="error", markup=False)
            return
        self.top.show_status(counted(len(self.fleet.machines), "machine"))
        self.pane.show(fleet_view(self.fleet))
        self.refresh_bindings()
