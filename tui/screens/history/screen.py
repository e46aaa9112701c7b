"""The history: every run that is kept, to browse, name, tag, pin, delete, open and take away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from textual import on, work
from textual.binding import Binding, BindingType
from textual.timer import Timer

from tui.panes.history.columns import local_time, run_title
from tui.panes.history.detail import RunDetail
from tui.panes.history.pane import RunsPane
from tui.panes.widgets.line_table import LineTable
from tui.records import ModelSummary, RunEntry, RunState
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.list_frame import ListFrame
from tui.store.errors import HistoryError
from tui.store.runs import Runs, wanted
from tui.text import units
from tui.text.cells import printable
from tui.workspace.archive import Archive, RunListing

LOOK_EVERY_S: Final = 1.0
LOOK_SHARE: Final = 0.02
"""How often to look for what others have written, and the most of the time that looking may take: something may be
measured meanwhile.
"""
_DESCRIBE_AFTER_S: Final = 0.15
_READ_AT_ONCE: Final = 5000
"""Samples up to which a run is read only because the cursor is on it."""
_HELP: Final = (
    ("Filter", "Several words must all be found in a run's id, name, tags, models, prompt set, note, status or date"),
    ("#nightly", "A tag"),
    (">2026-11-01", "Begun on this day or later; < for this day or earlier; a month or a year will do"),
    ("interrupted", "A status: running, done, stopped, interrupted"),
)


class _Described(NamedTuple):
    """The numbers of a run, and the state of it that they are of."""

    entry: RunEntry
    rows: tuple[ModelSummary, ...]


class HistoryScreen(ListFrame[RunsPane, RunDetail]):
    """Asks the archive for what the keys say, and follows what is written meanwhile."""

    BESIDE_COLUMNS = 130
    SPARED = ("sort_next", "note", "tags", "quit", "filter", "pin", "export", "name")
    DEFAULT_CSS = """
    HistoryScreen {
        &.-below .detail { height: 17; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "Open", tooltip="Open the run: table, machine, failures, prompts", id="history-open"),
        Binding("slash", "filter", "Filter", key_display="/", tooltip="Narrow the list", id="history-filter"),
        Binding("space", "mark", "Mark", tooltip="Mark the run for a comparison, or no longer", id="history-mark"),
        Binding("c", "compare", "Compare", tooltip="Compare the marked runs", id="history-compare"),
        Binding(
            "j",
            "judge",
            "Judge",
            tooltip="Let a model judge the answers of the run, or of the marked ones",
            id="history-judge",
        ),
        Binding("r", "resume", "Resume", tooltip="Go on with the interrupted run", id="history-resume"),
        Binding("n", "name", "Name", tooltip="Name the run", id="history-name"),
        Binding("t", "tags", "Tags", tooltip="Change the tags of the run", id="history-tags"),
        Binding("w", "note", "Note", tooltip="Write a note on the run", id="history-note"),
        Binding("p", "pin", "Pin", tooltip="Pin the run, so that it is not deleted, or unpin it", id="history-pin"),
        Binding("e", "export", "Export", tooltip="Write the run as Markdown, CSV or JSON", id="history-export"),
        Binding("x", "delete", "Delete", tooltip="Delete the run; u brings it back", id="history-delete"),
        Binding("u", "undo", "Undo", tooltip="Bring back the run that was deleted last", id="history-undo"),
        Binding("d", "details", "Details", tooltip="Show the details, or the list", id="history-details"),
        Binding("o", "sort_next", "Sort", tooltip="Sort by the next column", id="history-sort"),
        Binding("O", "sort_turn", "Turn", tooltip="Turn the order of the list", show=False, id="history-turn"),
        Binding("escape,h", "leave", "Back", key_display="esc", tooltip="Back to the workbench", id="history-leave"),
        Binding("question_mark", "help", "Help", key_display="?", tooltip="Every key", id="history-help"),
    ]

    def __init__(
        self,
        file: Path,
        *,
        compare: Callable[[Sequence[str]], None] | None = None,
        resume: Callable[[str], None] | None = None,
        judge: Callable[[Sequence[str]], None] | None = None,
    ) -> None:
        """``compare`` and ``judge`` are given the ids of the marked runs, ``resume`` that of an interrupted one; a key
        without its function is not there.
        """
        super().__init__(RunsPane(), RunDetail())
        self._archive = Archive(file)
        self._compare, self._resume, self._judge = compare, resume, judge
        self._listing = RunListing()
        self._deleted: list[str] = []
        """Runs that are gone from the list, and go for good when this screen does."""
        self._known: dict[str, _Described] = {}
        self._rest_until_s = 0.0
        """Until then a run that goes on is not read again."""
        self._describing: Timer | None = None
        self._offered: tuple[object, ...] = ()

    def on_mount(self) -> None:
        self._list()
        self._follow()

    async def on_unmount(self) -> None:
        """Leaving and quitting alike delete for good what was deleted."""
        deleted = tuple(self._deleted)
        try:
            if deleted:
                await self._archive.change(lambda runs: runs.delete(deleted))
        except HistoryError as error:
            self.app.notify(f"{error}.", severity="warning", markup=False)
        finally:
            await self._archive.close()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now are greyed; those whose work is not there are hidden."""
        entry = self.pane.highlighted
        match action:
            case "open" | "name" | "tags" | "note" | "pin" | "export" | "delete":
                return True if entry is not None else None
            case "mark":
                return (True if entry is not None else None) if self._compare is not None else False
            case "compare":
                return (True if len(self.pane.marked) > 1 else None) if self._compare is not None else False
            case "judge":
                return (True if entry is not None else None) if self._judge is not None else False
            case "resume":
                return self._resume is not None and entry is not None and entry.status is RunState.INTERRUPTED
            case "undo":
                return bool(self._deleted)
            case _:
                return super().check_action(action, parameters)

    def action_mark(self) -> None:
        """Mark the run for a comparison."""
        self.pane.toggle_mark()
        self.refresh_bindings()

    def action_compare(self) -> None:
        """Hand the marked runs over."""
        if self._compare is not None:
            self._compare(self.pane.marked)

    def action_judge(self) -> None:
        """Hand the marked runs over, or the highlighted one."""
        if self._judge is not None and (entry := self.pane.highlighted) is not None:
            self._judge(self.pane.marked or (entry.run_id,))

    def action_resume(self) -> None:
        """Hand the interrupted run over."""
        entry = self.pane.highlighted
        if self._resume is not None and entry is not None:
            self._resume(entry.run_id)

    def action_open(self) -> None:
        """Open the run."""
        entry = self.pane.highlighted
        if entry is not None:
            self._open(entry)

    def action_export(self) -> None:
        """Ask where to write the run, and write it."""
        entry = self.pane.highlighted
        if entry is not None:
            self._export(entry)

    def action_name(self) -> None:
        """Ask for a name."""
        self._ask("Name the run", "Name", lambda entry: entry.name, "An empty name takes it away.", Runs.rename)

    def action_note(self) -> None:
        """Ask for a note."""
        self._ask("A note on the run", "Note", lambda entry: entry.note, "Stands in the list's search.", Runs.annotate)

    def action_tags(self) -> None:
        """Ask for the tags, all of them."""

        def change(runs: Runs, run_id: str, text: str) -> None:
            entry = next(each for each in self._listing.entries if each.run_id == run_id)
            runs.tag([run_id], add=text.replace(",", " ").split(), remove=entry.tags)

        self._ask("Tags of the run", "Tags", lambda entry: " ".join(entry.tags), "With spaces between them.", change)

    def action_pin(self) -> None:
        """Pin the run, or unpin it."""
        entry = self.pane.highlighted
        if entry is not None:
            self._change(partial(Runs.pin, run_ids=[entry.run_id], pinned=not entry.pinned))

    def action_delete(self) -> None:
        """Ask, and delete."""
        entry = self.pane.highlighted
        if entry is None:
            return
        if entry.pinned or entry.status is RunState.RUNNING:
            why = "is pinned: p unpins it" if entry.pinned else "is still running: stop it"
            self.refuse(f"{printable(run_title(entry))} {why}, then it can be deleted.")
            return

        from tui.screens.dialogs.question import ConfirmDialog

        def answer(sure: bool | None) -> None:
            if sure:
                self._deleted.append(entry.run_id)
                self.pane.unmark(entry.run_id)
                self.notify("Deleted: u brings it back, until the history is left.")
                self._list()

        began = local_time(entry.started_at)
        words = f"{printable(run_title(entry))}, {began}, with {units.count(entry.samples)} samples?"
        self.app.push_screen(ConfirmDialog("Delete the run", words, yes="Delete", no="Keep it"), answer)

    def action_undo(self) -> None:
        """Bring back what was deleted last."""
        if self._deleted:
            self._deleted.pop()
            self._list()

    def help_entries(self) -> list[HelpEntry]:
        return [*super().help_entries(), *(HelpEntry(*each) for each in _HELP)]

    def _ask(
        self,
        title: str,
        label: str,
        text_of: Callable[[RunEntry], str],
        hint: str,
        change: Callable[[Runs, str, str], None],
    ) -> None:
        """Ask for one line on the highlighted run, and have it kept."""
        entry = self.pane.highlighted
        if entry is None:
            return

        from tui.screens.dialogs.line_dialog import LineDialog

        def keep(text: str | None) -> None:
            if text is None or text == text_of(entry):
                return

            def enter(runs: Runs) -> None:
                change(runs, entry.run_id, text)

            self._change(enter)

        self.app.push_screen(LineDialog(title, label, text_of(entry), hint), keep)

    @work(group="change", exit_on_error=False)
    async def _change(self, do: Callable[[Runs], None]) -> None:
        if await self._tried(self._archive.change(do)):
            self._list()

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _open(self, entry: RunEntry) -> None:
        from tui.screens.history.run_screen import RunScreen

        async def show() -> None:
            self.app.push_screen(RunScreen(entry, await self._archive.open_run(entry.run_id)))

        await self._tried(show())

    @work(group="open", exclusive=True, exit_on_error=False)
    async def _export(self, entry: RunEntry) -> None:
        from tui.screens.dialogs.export import ExportDialog

        async def show() -> None:
            opened = await self._archive.open_run(entry.run_id)
            self.app.push_screen(ExportDialog(opened.run, opened.file))

        await self._tried(show())

    async def _tried(self, work_to_do: Coroutine[Any, Any, None]) -> bool:
        """Whether it was done; where the history refuses, its reason is shown."""
        try:
            await work_to_do
        except HistoryError as error:
            self.refuse(f"{error}.")
            return False
        return True

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _list(self) -> None:
        await self._ask_for_list()

    async def _ask_for_list(self) -> None:
        pane = self.pane
        asked = replace(
            wanted(pane.filter_line.text), without=tuple(self._deleted), order=pane.order, ascending=pane.ascending
        )
        try:
            self._listing = await self._archive.listing(asked)
        except HistoryError as error:
            pane.show_message(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        else:
            pane.show(self._listing.entries, self._listing.total)
        self._describe_soon()

    @work(group="follow", exclusive=True, exit_on_error=False)
    async def _follow(self) -> None:
        """Look now and then whether somebody has written, until the screen is left."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            began_s = time.monotonic()
            running = any(entry.status is RunState.RUNNING for entry in self._listing.entries)
            try:
                changed = await self._archive.has_changed()
            except HistoryError:
                # The list says why it cannot be read, and the file may be put in order.
                changed = True
            if changed or running:
                await self._ask_for_list()
                await asyncio.sleep((time.monotonic() - began_s) / LOOK_SHARE)

    @on(RunsPane.QueryChanged)
    def _ask_anew(self) -> None:
        self._list()

    @on(LineTable.DoubleClicked)
    def _open_clicked(self) -> None:
        self.action_open()

    @on(LineTable.Highlighted)
    def _describe_soon(self) -> None:
        entry = self.pane.highlighted
        known = self._known.get(entry.run_id) if entry is not None else None
        self.detail.show(entry, known.rows if known is not None else ())
        # A moment later, so that no run is read on the way through the list.
        if self._describing is not None:
            self._describing.stop()
        self._describing = self.set_timer(_DESCRIBE_AFTER_S, partial(self._describe, entry))
        self._offer()

    @work(group="describe", exclusive=True, exit_on_error=False)
    async def _describe(self, entry: RunEntry | None) -> None:
        """Add the numbers of the models, which come from the samples."""
        if entry is None or entry.samples > _READ_AT_ONCE:
            return
        known, began_s = self._known.get(entry.run_id), time.monotonic()
        if known is not None and known.entry == entry:
            return
        if known is not None and entry.status is RunState.RUNNING and began_s < self._rest_until_s:
            return
        try:
            opened = await self._archive.open_run(entry.run_id)
        except HistoryError:
            # Opening it says why; the list can go on without.
            return
        now_s = time.monotonic()
        self._rest_until_s = now_s + (now_s - began_s) / LOOK_SHARE
        self._known[entry.run_id] = _Described(entry, opened.rows)
        if self.pane.highlighted == entry:
            self.detail.show(entry, opened.rows)

    def _offer(self) -> None:
        """Bring the keys in line where that makes a difference."""
        actions = [binding.action for binding in HistoryScreen.BINDINGS if isinstance(binding, Binding)]
        offered = tuple(self.check_action(action, ()) for action in actions)
        if offered != self._offered:
            self._offered = offered
            self.refresh_bindings()
