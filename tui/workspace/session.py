"""The session of a workbench: one run at a time, and the records that stay from it."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tui.bench.events import Event, ModelUnloaded, Notice, RunStarted
from tui.bench.keep_warm import KeepWarm
from tui.bench.memory import fit
from tui.bench.memory.fit import OversizedModel
from tui.bench.planning.presets import with_power
from tui.lazy import lazy_module
from tui.records import FitForecast, Model, ModelSummary, Plan, Purpose, RunRecord
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.workspace import stored_runs
from tui.workspace.progress import ProgressFigures, RunProgress
from tui.workspace.workspace import Workspace

if TYPE_CHECKING:
    from tui.bench import resuming as resumption
    from tui.measure.timing import quiet_rows, summary
    from tui.workspace import code_answers
else:
    # Both import numpy, which takes longer than all the rest of a session, so only threads use them.
    resumption = lazy_module("tui.bench.resuming")
    quiet_rows = lazy_module("tui.measure.timing.quiet_rows")
    summary = lazy_module("tui.measure.timing.summary")
    # It brings the graders, which only a benchmark with tests for code needs.
    code_answers = lazy_module("tui.workspace.code_answers")

log = logging.getLogger(__name__)


def summarize(record: RunRecord) -> tuple[ModelSummary, ...]:
    """Compute the rows of a run. Called in a thread, because the first call imports numpy."""
    return *summary.summarize(record), *quiet_rows.quiet_rows(record)


def import_arithmetic() -> None:
    """Import numpy while nothing is measured, so that the first summary of a run need not. Called in a thread."""
    importlib.import_module("tui.measure.timing.summary")


class Session:
    """Runs plans one after the other, passes every event on, and keeps the record that can be exported."""

    def __init__(
        self, workspace: Workspace, show: Callable[[Event], None], painted: Callable[[], Awaitable[None]] | None = None
    ) -> None:
        """``show`` is called with each event.

        ``painted`` is awaited before a run, because drawing at its start would take time from the first request.
        """
        self.workspace = workspace
        self._shows_newest = False
        """The results show the newest run; else they show ``_other_results``."""
        self._other_results: RunRecord | None = None
        self._earlier: RunRecord | None = None
        """A run of an earlier session that the results show; the first run of this one takes its place."""
        self._show, self._painted = show, painted
        self.references: tuple[ModelSummary, ...] = ()
        """The rows of other machines that stand beside every run in the results; they are in no statistic."""
        self._beside: tuple[RunRecord, RunRecord] | None = None
        """A run without and with the reference rows."""
        self._running: Plan | None = None
        self._stop = asyncio.Event()
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self._progress = RunProgress()
        self.grading = ""
        """How far the code of the answers has been run, in words; empty if none is run now."""
        self._history: History | None = None
        self._observed = workspace.observed
        self.keep_warm = KeepWarm(workspace.model_pool, workspace.keep_warm_s, show)

    @property
    def running(self) -> Plan | None:
        """The plan that runs now."""
        return self._running

    @property
    def results(self) -> RunRecord | None:
        """The run that the results show: the last benchmark or, before there is one, the last question.

        It has the reference rows of this session. The same run is the same object for as long as nothing changes.
        """
        run = self._results
        if run is None or not self.references:
            return run
        if self._beside is None or self._beside[0] is not run or self._beside[1].references is not self.references:
            self._beside = run, replace(run, references=self.references)
        return self._beside[1]

    @property
    def _results(self) -> RunRecord | None:
        return self.newest if self._shows_newest else self._other_results

    @property
    def newest(self) -> RunRecord | None:
        """The record of the newest run, as far as it has come."""
        return self._progress.record

    def progress(self) -> ProgressFigures:
        """Tell how far the run is now."""
        return self._progress.figures(time.monotonic())

    @property
    def stopping(self) -> bool:
        """Whether the run has been asked to end."""
        return self._stop.is_set()

    @property
    def shows_results(self) -> bool:
        """Whether the results show the newest run: a question never takes the place of a benchmark."""
        return self._shows_newest

    def show_earlier(self, run: RunRecord) -> bool:
        """Let the results show a run of an earlier session, and return whether they do: not if a run has begun."""
        if self.newest is not None or self.results is not None:
            return False
        self._other_results = self._earlier = run
        return True

    async def take_over(
        self, run_id: str | None = None, *, anyway: bool = False, say: Callable[[str], None] = lambda _: None
    ) -> RunRecord:
        """Make an interrupted or stopped run this process's own; ``run`` then does what is missing of it.

        ``None`` stands for the latest such run. With ``anyway`` it goes on although models or machine have changed.
        ``say`` is given a sentence, in the thread of the caller, about a wait for another machine.

        Raises:
            CannotResume: no run can go on, or it has changed.
            HistoryError: the history cannot be used, or another process was faster.
        """
        file, models = self.workspace.history_file, self.workspace.models
        if file is None:
            raise resumption.CannotResume("runs are not kept here, so there is nothing to resume")

        loop = asyncio.get_running_loop()

        def say_in_loop(text: str) -> None:
            loop.call_soon_threadsafe(say, text)

        def in_thread() -> RunRecord:
            with contextlib.closing(History(file)) as history:
                return resumption.take_over(history, run_id, models, anyway=anyway, say=say_in_loop)

        return await asyncio.to_thread(in_thread)

    async def run(self, plan: Plan, resuming: RunRecord | None = None) -> RunRecord | None:
        """Do the plan to its end and return its record; there is no other run meanwhile.

        ``resuming`` is a run of this plan that goes on.
        """
        workspace = self.workspace
        if resuming is None:
            plan = with_power(plan, workspace.power)
        self._other_results, self._shows_newest = self._results, False
        self._running, self._stop, self._progress = plan, asyncio.Event(), RunProgress()
        self._at_rest.clear()
        self._open_history()
        pace_reader: asyncio.Task[None] | None = None
        try:
            if self._painted is not None:
                await self._painted()
            events = workspace.play(plan, history=self._history, stop=self._stop, resuming=resuming)
            pace_reader = asyncio.create_task(self._read_paces(plan, self._progress))
            async with self.keep_warm.paused(), contextlib.aclosing(events):
                async for event in events:
                    self._take(event)
            await self._run_code(plan)
        finally:
            if pace_reader is not None:
                pace_reader.cancel()
            self._running, self.grading = None, ""
            self._read_observed()
            self._at_rest.set()
        return self._progress.record

    async def _read_paces(self, plan: Plan, progress: RunProgress) -> None:
        """Tell the progress how fast the models of the plan were before; without a history it goes without."""
        keys = [model.key for model in plan.models]
        with contextlib.suppress(HistoryError):
            progress.know(await asyncio.to_thread(stored_runs.paces, self.workspace.history_file, keys))

    def predict_fit(self, model: Model) -> FitForecast | None:
        """Forecast whether the model would fit if it were loaded now; ``None`` before the first reading of memory."""
        reading = self.workspace.sampler.newest
        if reading is None:
            return None
        return fit.predict_fit(model, reading, self.workspace.model_pool.guard.floor_of(reading), self._observed)

    def oversized_models(self, plan: Plan) -> tuple[OversizedModel, ...]:
        """List the models of the plan that are not expected to fit; none if the plan loads them in any case."""
        reading, model_pool = self.workspace.sampler.newest, self.workspace.model_pool
        if reading is None or plan.force:
            return ()
        loaded = {key: reading.rss_bytes.get(key, 0) for key in model_pool.loaded}
        return fit.oversized_models(plan, loaded, reading, model_pool.guard.floor_of(reading), self._observed)

    async def ended(self) -> RunRecord | None:
        """Wait for the run to end, and return its record; ``None`` if it has none."""
        await self._at_rest.wait()
        return self.newest

    async def wait(self, limit_s: float) -> None:
        """Wait for the run to end, at most ``limit_s``."""
        try:
            async with asyncio.timeout(limit_s):
                await self._at_rest.wait()
        except TimeoutError:
            log.warning("the run did not end in %s s", limit_s)

    def stop(self) -> None:
        """Ask the run to end; finished samples stay."""
        self._stop.set()

    async def unload(self, keys: Sequence[str]) -> None:
        """End the processes of these models."""
        for key in keys:
            load = await self.workspace.model_pool.unload(key)
            if load is not None:
                self._show(ModelUnloaded(key=key, left_bytes=load.left_bytes))

    async def close(self, limit_s: float) -> None:
        """End every child process, at the latest after ``limit_s``."""
        library = self.workspace.library
        closing = [self.workspace.model_pool.close(), *([library.close()] if library is not None else [])]
        try:
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*closing)
        except TimeoutError:
            log.warning("the models did not end in %s s and were killed", limit_s)
        self.abandon()

    def abandon(self) -> None:
        """Kill every child process and close the history, without waiting."""
        self.workspace.model_pool.kill_all()
        self.workspace.sampler.close()
        if self._history is not None:
            self._history.close()
            self._history = None

    def _take(self, event: Event) -> None:
        self._progress.follow(event, time.monotonic())
        # The record itself is not asked for here, since that copies its samples.
        if isinstance(event, RunStarted) and self._becomes_results(event.run):
            self._shows_newest, self._other_results = True, None
        self._show(event)

    async def _run_code(self, plan: Plan) -> None:
        """Run the code of the answers of a benchmark that has ended, if the user has agreed, and tell what came out."""
        run = self.newest
        if run is None or plan.purpose is not Purpose.BENCHMARK or not any(row.has_code_tests for row in plan.prompts):
            return

        def tell(words: str) -> None:
            self.grading = words

        tell("code is run")
        run, words = await code_answers.grade(run, self._history, tell, self._stop)
        self._progress.take_graded(run)
        if words:
            self._show(Notice(text=words))

    def _read_observed(self) -> None:
        """Let the forecasts rest on the loads of the run that has just ended, too."""
        if self._history is None:
            return
        with contextlib.suppress(HistoryError):
            self._observed = tuple(self._history.observed())

    def _becomes_results(self, run: RunRecord) -> bool:
        shown = self._other_results
        if run.plan.purpose is Purpose.BENCHMARK or shown is None or shown is self._earlier:
            return True
        return shown.run_id == run.run_id or shown.plan.purpose is not Purpose.BENCHMARK

    def _open_history(self) -> None:
        """Open the history before the first run; without it the run is done all the same, and not kept."""
        if self._history is not None or self.workspace.history_file is None:
            return
        try:
            self._history = History(self.workspace.history_file)
        except HistoryError as error:
            log.warning("%s", error)
            self._show(Notice(text=f"Runs are not kept: {error}."))
