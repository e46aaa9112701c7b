"""The dialog that asks with which other run the latest is compared, and the two ways to the comparison."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual import on, work
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.lazy import lazy_module
from tui.panes.widgets.choice import PlainList
from tui.records import ModelSummary, Purpose, RunRecord, RunStatus
from tui.screens.comparison.screen import CompareScreen
from tui.screens.frame.dialog import Dialog
from tui.store.errors import HistoryError
from tui.text import units
from tui.text.cells import printable
from tui.text.run_titles import run_and_time
from tui.text.times import local_start_time
from tui.workspace.session import Session
from tui.workspace.stored_runs import latest_benchmarks, load_runs

if TYPE_CHECKING:
    from tui.measure.comparison import comparability, wording
else:
    # They import numpy, so only threads use them.
    comparability = lazy_module("tui.measure.comparison.comparability")
    wording = lazy_module("tui.measure.comparison.wording")

_NONE_YET: Final = "There is no other benchmark to compare with yet.\nMeasure the models again with b, then press d."
_CLOSES: Final = "escape closes"
_NONE_FITS: Final = "None of them was asked the same as this run: b with the same settings measures one that compares."


def choose_and_compare(app: App[Any], session: Session) -> None:
    """Ask with which earlier run that of the results is compared, and show the comparison."""
    shown = session.results

    def again() -> None:
        app.pop_screen()
        choose_and_compare(app, session)

    def show(runs: tuple[RunRecord, ...] | None) -> None:
        if runs is not None:
            shown_id = shown.run_id if shown is not None else None
            runs = (replace(runs[0], references=session.references), *runs[1:])
            app.push_screen(CompareScreen(runs, session.workspace.history_file, shown_id, again))

    app.push_screen(RunChooser(session), show)


async def compare_stored(
    app: App[Any], history_file: Path, run_ids: Sequence[str], references: tuple[ModelSummary, ...] = ()
) -> None:
    """Show these runs of the history side by side; the others are compared with the oldest.

    ``references`` are rows of other machines that stand below the comparison.
    """
    try:
        runs = await asyncio.to_thread(load_runs, history_file, run_ids)
    except HistoryError as error:
        app.notify(f"{error}.", severity="error", markup=False)
        return
    first, *others = sorted(runs, key=lambda run: run.started_at)
    app.push_screen(CompareScreen((replace(first, references=references), *others), history_file))


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
        &.-none .about, &.-none PlainList { display: none; }
    }
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._file = session.workspace.history_file
        shown = session.results
        self._of_results = shown is not None and shown.plan.purpose is Purpose.BENCHMARK
        self._latest = shown if self._of_results else None
        """The run that is compared with an earlier one: that of the results, or the latest where those are answers."""
        self._shows_question = shown is not None and not self._of_results

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Compare with another run"
            box.border_subtitle = _CLOSES
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
        others = [run for run in benchmarks if latest is None or run.run_id != latest.run_id]
        if latest is None or not others:
            self.add_class("-none")
            self.show_message(_NONE_YET, hint=True)
            return
        self.query_one(".box").border_subtitle = f"enter compares · {_CLOSES}"
        self.query_one(".about", Static).update(Content(printable(self._about(latest))))
        options = self.query_one(OptionList)
        reasons = {run.run_id: await asyncio.to_thread(_why_not, latest, run) for run in others}
        others.sort(key=lambda run: bool(reasons[run.run_id]))
        options.set_options(Option(_row(run, reasons[run.run_id]), id=run.run_id) for run in others)
        options.action_first()
        options.focus()
        self.show_message("" if not all(reasons.values()) else _NONE_FITS, hint=True)

    def _about(self, latest: RunRecord) -> str:
        """Tell which run is compared, and what is to be chosen."""
        if self._of_results:
            return f"Results shows the {run_and_time(latest)}. Compare it with:"
        why = "Results shows a question, which is not compared. " if self._shows_question else ""
        return f"{why}Compare the latest benchmark, {_name_and_time(latest)}, with:"

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


def _why_not(latest: RunRecord, run: RunRecord) -> str:
    """Tell in some words why a run does not compare with the latest; empty if it does. Called in a thread."""
    if run.status is RunStatus.RUNNING:
        return "still measured"
    what = dict.fromkeys(map(wording.difference_name, comparability.find_differences(run, latest)))
    if what:
        return f"other {', '.join(what)}"
    shared = {model.key for model in run.plan.models} & {model.key for model in latest.plan.models}
    return "" if shared else "no model in common"


def _row(run: RunRecord, why_not: str) -> Content:
    """A line with the run; why it does not compare comes before what else it is."""
    count = run.plan.method.launches
    launches = f"{units.count(count)} launch{'es' if count != 1 else ''}"
    name = f"{printable(run.name)}  " if run.name else ""
    models = ", ".join(printable(model.key) for model in run.plan.models)
    return Content.assemble(
        f"{local_start_time(run.started_at)}  {name}",
        (f"not comparable, {printable(why_not)}  " if why_not else "", "$warning"),
        (f"{launches}, {models}", "$foreground-muted"),
    )
