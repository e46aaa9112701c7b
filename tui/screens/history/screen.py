"""The history: every run that is kept, to browse, name, tag, pin, delete, open and take away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from textual import on, work
from textual.timer import Timer

from tui.panes.history.detail import RunDetail
from tui.panes.history.pane import RunsPane
from tui.panes.widgets.line_table import LineTable
from tui.records import RunEntry, RunRecord, RunState
from tui.screens.frame.about import About
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.list_frame import ListFrame
from tui.screens.history.commands import COMMANDS, open_run
from tui.screens.history.summaries import READ_SHARE, RunSummaries
from tui.store.errors import HistoryError
from tui.store.runs import Runs, parse_filter
from tui.workspace.archive import Archive, OpenedRun, RunListing

LOOK_EVERY_S: Final = 1.0
"""The pause between two looks for what another process has written."""
_DESCRIBE_AFTER_S: Final = 0.15
_FILTER_HELP: Final = (
    HelpEntry(
        "Filter",
        "Several words must all be found in a run's id, name, tags, models, prompt set, question, note, status or date",
    ),
    HelpEntry("#nightly", "A tag"),
    HelpEntry(">2026-11-01", "Begun on this day or later; < for this day or earlier; a month or a year will do"),
    HelpEntry("interrupted", "A status: running, done, stopped, interrupted"),
)


_ABOUT: Final = About(
    title="History",
    words=(
        "Every question and benchmark of this machine, the newest first. Enter opens one with all its numbers; mark "
        "two with space, and d compares them. Press / and type to find runs."
    ),
    parts=(
        HelpEntry("Began", "By the clock of this machine, in the zone that the heading names"),
        HelpEntry(
            "What",
            "The name that you gave the run; else the question, or the prompts of a benchmark and its rounds "
            "(“deterministic × 20” is 20 rounds of the prompt set deterministic)",
        ),
        HelpEntry("Models", "+2 means that two more models were asked; the details name all"),
        HelpEntry(
            "Status",
            "running, done, stopped (by you), interrupted (its program ended too early; R goes on), or how many "
            "requests failed",
        ),
        HelpEntry("● ★", "Marked for a comparison; pinned, so that it is not deleted"),
    ),
    numbers=("TTFT", "decode rate", "p50"),
    topic="history",
)


class HistoryScreen(ListFrame[RunsPane, RunDetail]):
    """Lists the runs of the history, and follows what this process and others write into it."""

    COMMAND_TABLE = COMMANDS
    ABOUT = _ABOUT
    BESIDE_COLUMNS = 130
    SPARED = ("sort", "machines", "note", "tags", "pin", "filter", "export", "name", "judge")
    DEFAULT_CSS = """
    HistoryScreen {
        &.-below .detail { height: 13; } &.-brief .detail { display: block; height: 5; }
        &.-brief.-detail .detail { height: 1fr; }
    }
    """

    def __init__(
        self,
        file: Path,
        *,
        compare: Callable[[Sequence[str]], None] | None = None,
        resume: Callable[[str], None] | None = None,
        judge: Callable[[Sequence[str]], None] | None = None,
        reopen: Callable[[str], None] | None = None,
        choose: Callable[[RunRecord], None] | None = None,
    ) -> None:
        """``compare`` and ``judge`` take the ids of the marked runs, ``resume`` and ``reopen`` that of a benchmark or a
        conversation to go on with, ``choose`` a run to rank. A key whose function is missing is hidden."""
        super().__init__(RunsPane(), RunDetail())
        self.compare, self.resume, self.judge, self.reopen, self.choose = compare, resume, judge, reopen, choose
        self.file = file
        self._archive, self._listing = Archive(file), RunListing()
        self._summaries = RunSummaries(self._archive)
        self._deleted: list[str] = []
        """The runs that a person has deleted. They are not listed, and are deleted for good when the screen closes."""
        self._describing: Timer | None = None

    def on_mount(self) -> None:
        self.list_runs()
        self._follow()

    async def on_unmount(self) -> None:
        """Delete for good the runs that a person has deleted, whether the screen is left or the app is quit."""
        try:
            if self._deleted:
                await self._archive.change(lambda runs: runs.delete(tuple(self._deleted)))
        except HistoryError as error:
            self.app.notify(f"{error}.", severity="warning", markup=False)
        finally:
            await self._archive.close()

    def help_entries(self) -> list[HelpEntry]:
        return [*super().help_entries(), *_FILTER_HELP]

    @property
    def entries(self) -> Sequence[RunEntry]:
        """The runs that are listed."""
        return self._listing.entries

    @property
    def has_deleted(self) -> bool:
        """Whether a deleted run can be brought back."""
        return bool(self._deleted)

    def delete_run(self, run_id: str) -> None:
        """Take a run out of the list, until it is brought back or the screen closes."""
        self._deleted.append(run_id)
        self.pane.unmark(run_id)
        self.notify("Deleted: u brings it back, until the history is left.")
        self.list_runs()

    def undelete_run(self) -> None:
        """Bring back the run that was deleted last."""
        if self._deleted:
            self._deleted.pop()
            self.list_runs()

    async def read_run(self, entry: RunEntry) -> OpenedRun | None:
        """Read a run with its samples; if the history refuses, show its reason and give ``None``."""
        try:
            return await self._archive.open_run(entry.run_id)
        except HistoryError as error:
            self.refuse(f"{error}.")
            return None

    @work(group="change", exit_on_error=False)
    async def change_runs(self, change: Callable[[Runs], None]) -> None:
        """Change what is stored about runs, and list them again; if the history refuses, show its reason."""
        try:
            await self._archive.change(change)
        except HistoryError as error:
            self.refuse(f"{error}.")
        else:
            self.list_runs()

    @on(RunsPane.QueryChanged)
    @work(group="list", exclusive=True, exit_on_error=False)
    async def list_runs(self) -> None:
        """Read the list of runs, and show it."""
        await self._read_list()

    async def _read_list(self) -> None:
        pane, chosen = self.pane, parse_filter(self.pane.filter_line.text)
        query = replace(chosen, without=tuple(self._deleted), order=pane.order, ascending=pane.ascending)
        try:
            self._listing = await self._archive.listing(query)
        except HistoryError as error:
            pane.show_message(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            pane.show(self._listing.entries, self._listing.total)
        self._describe_soon()

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self) -> None:
        """Look for what others have written until the screen closes, with pauses that keep the share of time small."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            began_s = time.monotonic()
            try:
                has_changed = await self._archive.has_changed()
            except HistoryError:
                # The list shows why the file cannot be read, and somebody may repair the file meanwhile.
                has_changed = True
            if has_changed or any(entry.status is RunState.RUNNING for entry in self.entries):
                await self._read_list()
                await asyncio.sleep((time.monotonic() - began_s) / READ_SHARE)

    @on(LineTable.DoubleClicked)
    def _open_clicked(self) -> None:
        open_run(self)

    @on(LineTable.Highlighted)
    def _describe_soon(self) -> None:
        entry = self.pane.highlighted
        self.detail.show(entry, self._summaries.rows_of(entry))
        # The numbers follow a moment later, so that no run is read while the cursor only passes it.
        if self._describing is not None:
            self._describing.stop()
        self._describing = self.set_timer(_DESCRIBE_AFTER_S, partial(self._describe, entry))
        self.refresh_changed_keys()

    @work(group="describe", exclusive=True, exit_on_error=False)
    async def _describe(self, entry: RunEntry | None) -> None:
        """Add the numbers of the models to the details of a run."""
        rows = await self._summaries.read(entry) if entry is not None else None
        if rows is not None and self.pane.highlighted == entry:
            self.detail.show(entry, rows)
