"""The dialog that asks with which earlier run the latest is compared, and the two ways to the comparison."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from textual import on, work
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.panes.widgets.choice import PlainList
from tui.records import Purpose, RunRecord
from tui.screens.comparison.screen import CompareScreen
from tui.screens.frame.dialog import Dialog
from tui.store.errors import HistoryError
from tui.text import units
from tui.text.cells import printable
from tui.text.times import local_start_time
from tui.workspace.session import Session
from tui.workspace.stored_runs import latest_benchmarks, load_runs

_NONE_YET: Final = (
    "There is no earlier benchmark to compare with: b measures the selected models, and the next one compares with it."
)


def choose_and_compare(app: App[Any], session: Session) -> None:
    """Ask with which earlier run the latest is compared, and show the comparison."""

    def show(runs: tuple[RunRecord, ...] | None) -> None:
        if runs is not None:
            app.push_screen(CompareScreen(runs, session.workspace.history_file))

    app.push_screen(RunChooser(session), show)


async def compare_stored(app: App[Any], history_file: Path, run_ids: Sequence[str]) -> None:
    """Show these runs of the history side by side; the others are compared with the oldest."""
    try:
        runs = await asyncio.to_thread(load_runs, history_file, run_ids)
    except HistoryError as error:
        app.notify(f"{error}.", severity="error", markup=False)
        return
    app.push_screen(CompareScreen(tuple(sorted(runs, key=lambda run: run.started_at)), history_file))


class RunChooser(Dialog[tuple[RunRecord, ...]]):
    """A list of earlier benchmarks; the result is the chosen run and the latest one, with their samples."""

    DEFAULT_CSS = """
    RunChooser {
        PlainList {
            max-height: 16;
            margin-top: 1;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        .about { margin-top: 1; color: $text-muted; }
        .error { margin-top: 1; }
    }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._file = session.workspace.history_file
        newest = session.results
        self._latest = newest if newest is not None and newest.plan.purpose is Purpose.BENCHMARK else None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Compare with an earlier run"
            box.border_subtitle = "enter compares · escape cancels"
            yield Static("", classes="about", markup=False)
            yield PlainList(compact=True, markup=False)
            yield Static("Reading the history.", classes="error -hint", markup=False)

    def on_mount(self) -> None:
        self._list()

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _list(self) -> None:
        try:
            benchmarks = await asyncio.to_thread(latest_benchmarks, self._file)
        except HistoryError as error:
            self.show_message(f"{error}.")
            return
        if self._latest is None and benchmarks:
            self._latest = benchmarks[0]
        latest = self._latest
        earlier = [run for run in benchmarks if latest is None or run.run_id != latest.run_id]
        if latest is None or not earlier:
            self.show_message(_NONE_YET, hint=True)
            return
        self.query_one(".about", Static).update(f"The latest run, {_name_and_time(latest)}, is held against:")
        options = self.query_one(OptionList)
        options.set_options(Option(_row(run), id=run.run_id) for run in earlier)
        options.action_first()
        options.focus()
        self.show_message("", hint=True)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self._load(event.option_id)

    @work(group="load", exclusive=True, exit_on_error=False)
    async def _load(self, run_id: str) -> None:
        latest, file = self._latest, self._file
        if latest is None or file is None:
            return
        # The latest run of this session has its samples; a run from the list has none yet.
        missing = (run_id,) if latest.samples else (run_id, latest.run_id)
        try:
            runs = await asyncio.to_thread(load_runs, file, missing)
        except HistoryError as error:
            self.show_message(f"{error}.")
            return
        self.dismiss((*runs, latest) if latest.samples else runs)


def _name_and_time(run: RunRecord) -> str:
    began = local_start_time(run.started_at)
    return f"{printable(run.name)}, {began}" if run.name else began


def _row(run: RunRecord) -> Content:
    count = run.plan.method.launches
    launches = f"{units.count(count)} launch{'es' if count != 1 else ''}"
    name = f"{printable(run.name)}  " if run.name else ""
    models = ", ".join(printable(model.key) for model in run.plan.models)
    return Content.assemble(
        f"{local_start_time(run.started_at)}  {name}", (f"{launches}, {models}", "$foreground-muted")
    )
