"""The runs of the workbench: asking, measuring, stopping and resuming, and what is shown of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui import workspace as services
from tui.bench.events import (
    OTHERS_RUN,
    Event,
    MemoryRead,
    ModelDied,
    Notice,
    RunFinished,
    RunStarted,
    SampleFinished,
    TextReceived,
)
from tui.lazy import lazy_module
from tui.records import ModelSummary, Plan, Purpose, RunRecord, RunStatus
from tui.screens import benchmark, catalogue, dialogs
from tui.screens.workbench.code_question import ask_to_run_code
from tui.screens.workbench.models import ModelController
from tui.screens.workbench.questions import QuestionController
from tui.store.errors import HistoryError
from tui.text.times import local_start_time

if TYPE_CHECKING:
    from tui.bench import resuming as resumption
    from tui.screens.workbench.screen import Workbench
    from tui.workspace.workspace import Workspace
else:
    # It imports numpy, for which the first question would wait: only threads, and who has resumed a run, use it.
    resumption = lazy_module("tui.bench.resuming")

_SUMMARY_EVERY_S: Final = 0.5
"""Least time between two summaries of a run that goes on."""
_SUMMARY_SHARE: Final = 0.02
"""The largest share of the time of such a run that its summaries may take."""
_UPDATE_EVERY_S: Final = 1.0
"""How often the progress of a run is shown, and between runs the memory and what is loaded."""
_TELL_OF_OTHERS_AFTER_S: Final = 600.0
"""How long the user is not told again of other runs on this machine after they were last noticed."""
_QUESTIONS_A_COLLECTION: Final = 20
"""After about so many questions everything is collected, before Python does it in the middle of one."""
_AFTER_BENCHMARK: Final = {
    RunStatus.DONE: "The benchmark is done. Press e to export the table.",
    RunStatus.STOPPED: "Stopped. What is finished is kept; press R to go on from there.",
}


def _collect_garbage(purpose: Purpose) -> None:
    """Collect now what would be collected in the next run: after a question in general only what came in it.

    A collection over everything stalls the app for some 50 ms, which a person who reads or types would feel.
    """
    everything = purpose is Purpose.BENCHMARK or gc.get_count()[2] >= _QUESTIONS_A_COLLECTION
    gc.collect(2 if everything else 1)


class RunController:
    """Begins and ends the runs of the workbench, and passes what happens in them on to the panes."""

    def __init__(self, workbench: Workbench, workspace: Workspace) -> None:
        self.workbench = workbench
        self.session = services.Session(workspace, self._show, workbench.painted)
        self.model_controller = ModelController(workbench, self.session)
        self.questions = QuestionController(self)
        self.catalogue = self._catalogue_of(workspace)
        """The catalogue's screen and its updates; ``None`` if there is no library of models."""
        self._choices = benchmark.BenchmarkChoices(method=replace(workspace.method, prompt_set=workspace.prompt_set))
        self._memory_seen = 0
        self._others_told_s = -_TELL_OF_OTHERS_AFTER_S
        self._results_grew, self._run_over = asyncio.Event(), asyncio.Event()
        self._earlier_read = asyncio.Event()
        """It is known whether the history has results of an earlier session."""
        self._summarized: RunRecord | None = None
        workbench.set_interval(_UPDATE_EVERY_S, self._update)
        self._start(self._notify_of_interrupted(workspace.history_file), "interrupted")
        self._start(self._offer_earlier_prompts(workspace.history_file), "earlier prompts")
        self._start(self._show_earlier_results(workspace.history_file), "earlier results")
        self._start(self.model_controller.suggest_servers(), "servers")

    @property
    def settled(self) -> bool:
        """Whether the table shows all that the newest run gave."""
        return all(worker.group != "summary" or worker.is_finished for worker in self.workbench.workers)

    def is_free(self) -> bool:
        """Whether nothing runs; if something does, the user is notified of it."""
        running = self.session.running
        if running is not None:
            what = "A benchmark" if running.purpose is Purpose.BENCHMARK else "A question"
            self.workbench.notify(f"{what} is running: s stops it.")
        return running is None

    def when_results_known(self, action: Callable[[], object]) -> None:
        """Do what acts on the run in the results: at once, or as soon as the latest run of the history is read."""
        if self._earlier_read.is_set() or self.session.results is not None:
            action()
            return

        async def wait() -> None:
            await self._earlier_read.wait()
            self.model_controller.show_loaded()
            action()

        self.workbench.top.show_status("reading the latest run, then it begins")
        self._start(wait(), "after reading")

    def show_references(self, rows: tuple[ModelSummary, ...]) -> None:
        """Show these rows of other machines beside the run in the results from now on."""
        self.session.references = rows
        self._results_grew.set()
        if self.session.running is None:
            self._start(self._keep_summarizing(), "summary")

    def ask(self) -> None:
        """Ask the prompt as the first question of a new conversation, of the selected models side by side."""
        self.questions.ask()

    def benchmark(self) -> None:
        """Ask what to measure, then measure it."""
        if not self.is_free():
            return

        def start(plan: Plan | None) -> None:
            if plan is not None and self.is_free():
                self._choices = benchmark.BenchmarkChoices.of(plan)
                self.check_and_run(plan)

        models, workspace = self.workbench.models, self.session.workspace
        selected = tuple(model.key for model in models.chosen)
        dialog = benchmark.BenchmarkDialog(
            models.listed, selected, workspace.prompt_sets, self._choices, workspace.presets, self.questions.typed
        )
        self.workbench.app.push_screen(dialog, start)
        self._start(self._show_packs(dialog), "packs")
        self._start(self._show_paces(dialog, [model.key for model in models.listed]), "paces")

    def stop(self) -> None:
        """Stop what runs."""
        if self.session.running is not None:
            self.session.stop()
            self.workbench.top.show_status("stopping")

    def resume(self, run_id: str | None = None, *, anyway: bool = False) -> None:
        """Resume this benchmark, or the latest that was interrupted or stopped; if it cannot be, the reason is shown.

        The user is asked about what has changed since it began, unless it is to be resumed ``anyway``.
        """
        if self.is_free():
            self._start(self._resume(run_id, anyway), "resume")

    def _catalogue_of(self, workspace: Workspace) -> catalogue.CatalogueUpdates | None:
        if workspace.library is None:
            return None
        workspace.library.start()
        return catalogue.CatalogueUpdates(
            self.workbench.app, workspace.library, self.session, self.workbench.models, self.session.predict_fit
        )

    async def _resume(self, run_id: str | None, anyway: bool) -> None:
        try:
            run = await self.session.take_over(
                run_id, anyway=anyway, say=lambda text: self.workbench.notify(text, markup=False)
            )
        except resumption.HasChanged as error:
            self._ask_about(error)
        except (resumption.CannotResume, HistoryError) as error:
            sentence = str(error)
            self.workbench.notify(f"{sentence[:1].upper()}{sentence[1:]}.", severity="warning", markup=False)
        else:
            self._run(run.plan, run)

    def _ask_about(self, changed: resumption.HasChanged) -> None:
        def go_on(sure: bool | None) -> None:
            if sure:
                self.resume(changed.run_id, anyway=True)

        question = f"{'; '.join(changed.changes)}. Old and new samples would stand in one run."
        dialog = dialogs.ConfirmDialog("Changed since", question, yes="Resume", no="Leave it")
        self.workbench.app.push_screen(dialog, go_on)

    async def _notify_of_interrupted(self, history_file: Path | None) -> None:
        """Notify the user if the newest benchmark was interrupted."""
        if history_file is None:
            return
        run = await asyncio.to_thread(lambda: resumption.latest_interrupted(history_file))
        if run is not None:
            began = local_start_time(run.started_at)
            self.workbench.notify(f"The benchmark of {began} was interrupted: R resumes it.")

    async def _offer_earlier_prompts(self, history_file: Path | None) -> None:
        """Let the arrow keys bring back what was asked before; a history that cannot be read has nothing to offer."""
        with contextlib.suppress(HistoryError):
            self.workbench.prompt_line.add_earlier(await asyncio.to_thread(services.earlier_prompts, history_file))

    async def _show_earlier_results(self, history_file: Path | None) -> None:
        """Show the results of the latest run until another one begins."""
        with contextlib.suppress(HistoryError):
            run = await asyncio.to_thread(services.latest_results, history_file)
            rows = await asyncio.to_thread(services.summarize, run) if run is not None else ()
            if run is not None and self.session.show_earlier(run):
                await self.workbench.results.show_earlier(run, rows)
        self._earlier_read.set()

    async def _show_packs(self, dialog: benchmark.BenchmarkDialog) -> None:
        dialog.offer_packs(await asyncio.to_thread(self.session.workspace.packs))

    async def _show_paces(self, dialog: benchmark.BenchmarkDialog, keys: Sequence[str]) -> None:
        """Let the dialog tell how long a benchmark will take; without a history it tells only the requests."""
        with contextlib.suppress(HistoryError):
            file = self.session.workspace.history_file
            dialog.show_paces(await asyncio.to_thread(services.paces, file, keys))

    def check_and_run(self, plan: Plan) -> None:
        """Run the plan, after asking about models that are not expected to fit."""
        oversized = self.session.oversized_models(plan)
        if not oversized:
            self._run(plan)
            return

        def go_on(answer: dialogs.OversizedAnswer | None) -> None:
            decided = dialogs.plan_after_answer(plan, oversized, answer) if answer is not None else None
            if decided is None or not self.is_free():
                return
            for model in decided.models:
                self.model_controller.limit_context(model)
            if decided.models:
                self._run(decided)

        self.workbench.app.push_screen(dialogs.OversizedModelsDialog(oversized), go_on)

    def _run(self, plan: Plan, resuming: RunRecord | None = None) -> None:
        """Run the plan, or what is missing of a run of it, after asking whether the code of its answers may be run."""

        def begin() -> None:
            if self.is_free():
                self._start(self._run_to_its_end(plan, resuming), "run")

        ask_to_run_code(self.workbench.app, plan, begin)

    async def _run_to_its_end(self, plan: Plan, resuming: RunRecord | None) -> None:
        workbench = self.workbench
        if not workbench.streams.continues(plan):
            workbench.streams.prepare(plan.models, plan.conversation)
        self._run_over.clear()
        self._start(self._keep_summarizing(), "summary")
        if not workbench.all_shown:
            workbench.open_pane("streams" if plan.purpose is Purpose.ASK else "results")
        workbench.refresh_bindings()
        try:
            await self.session.run(plan, resuming)
        finally:
            self._memory_seen, _ = self.session.workspace.sampler.since(self._memory_seen)
            self._results_grew.set()
            self._run_over.set()
            workbench.results.end_run()
            self.model_controller.show_loaded()
            _collect_garbage(plan.purpose)

    async def _keep_summarizing(self) -> None:
        """Update the table until the run has ended; samples that finish shortly after each other are drawn together."""
        going, rest_s = True, 0.0
        while going:
            await self._results_grew.wait()
            # The end of the run cuts the wait short, so that the final table is shown at once.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._run_over.wait()
            self._results_grew.clear()
            going, began_s = self.session.running is not None, time.monotonic()
            results = self.session.results
            if results is not None and results is not self._summarized:
                rows = await asyncio.to_thread(services.summarize, results)
                await self.workbench.results.show_summaries(rows, last=not going)
                self._summarized = results
            rest_s = max(_SUMMARY_EVERY_S, (time.monotonic() - began_s) / _SUMMARY_SHARE)

    def _show(self, event: Event) -> None:
        """Pass an event on to the panes, and tell the user what is not seen there."""
        workbench = self.workbench
        workbench.streams.show(event)
        if isinstance(event, TextReceived):
            # Hundreds a second may come while models are measured, and only the streams show them.
            return
        workbench.models.show(event)
        workbench.memory.show(event)
        self.questions.follow(event)
        if self.session.shows_results:
            # Which models are loaded is asked of the system: a call for each model.
            loaded = self.session.workspace.model_pool.loaded if isinstance(event, RunStarted) else ()
            workbench.results.show(event, loaded)
        elif isinstance(event, RunStarted):
            workbench.results.keep_benchmark()
        match event:
            case RunStarted() | SampleFinished():
                self._results_grew.set()
                self._show_progress()
            case ModelDied(key=key, cause=cause):
                self._results_grew.set()
                words = "\n".join((str(cause), *cause.advice))
                workbench.notify(words, title=key, severity="warning", markup=False)
            case Notice(text=text):
                self._notify_of(text)
            case RunFinished(run=run, status=status) if run.plan.purpose is Purpose.BENCHMARK:
                workbench.notify(_AFTER_BENCHMARK[status])
            case _:
                pass

    def _notify_of(self, text: str) -> None:
        """Show what a run tells; that others run models, too, is told once in a while only."""
        if text.startswith(OTHERS_RUN):
            told_s, self._others_told_s = self._others_told_s, time.monotonic()
            if self._others_told_s < told_s + _TELL_OF_OTHERS_AFTER_S:
                return
        self.workbench.notify(text, markup=False)

    def _update(self) -> None:
        """Show the progress of the run or, between runs, what is loaded and how much memory is in use."""
        if self.session.running is not None:
            self._show_progress()
            return
        self.model_controller.follow()
        self._memory_seen, readings = self.session.workspace.sampler.since(self._memory_seen)
        for reading in readings:
            self.workbench.memory.show(MemoryRead(reading=reading))

    def _show_progress(self) -> None:
        plan, top = self.session.running, self.workbench.top
        if plan is None or self.session.stopping:
            return
        if plan.purpose is Purpose.ASK or self.session.grading:
            top.show_status(self.session.grading or "answering")
            return
        progress = self.session.progress()
        top.show_progress("benchmark", progress.done, progress.total, progress.left_s, open_end=progress.open_end)

    def _start(self, work: Coroutine[None, None, None], group: str) -> None:
        """Do this in the background, and cancel what is still done of the same group; a failure is notified."""
        self.workbench.run_worker(work, group=group, exclusive=True, exit_on_error=False)
