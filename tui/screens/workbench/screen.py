"""The one screen of the app: models, streams, memory and results around a prompt line."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType

from tui import workspace as services
from tui.bench.events import Event, MemoryRead, ModelDied, Notice, RunFinished, RunStarted, SampleFinished
from tui.panes.widgets.prompt_line import PromptLine
from tui.records import Method, Mode, Plan, Prompt, Purpose, RunRecord, RunStatus
from tui.screens.benchmark.choices import BenchmarkChoices
from tui.screens.workbench.weighing import WeighingScreen

if TYPE_CHECKING:
    from tui.screens.catalogue.updates import CatalogueUpdates
    from tui.workspace.session import Session
    from tui.workspace.workspace import Workspace

SIDE_BY_SIDE_LIMIT: Final = 4
_SUMMARY_EVERY_S: Final = 0.5
"""Least time between two summaries of a run that goes on."""
_SUMMARY_SHARE: Final = 0.02
"""The largest share of the time of such a run that its summaries may take."""
_AFTER_BENCHMARK: Final = {
    RunStatus.DONE: "The benchmark is done: e exports the table.",
    RunStatus.STOPPED: "Stopped: what is finished stays, and R goes on from there.",
}


class Workbench(WeighingScreen):
    """Passes events to the panes, and starts what the keys ask for."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("r", "ask", "Run", tooltip="Run the prompt on the selected models, side by side", id="run"),
        Binding("b", "benchmark", "Benchmark", tooltip="Measure the selected models over rounds", id="benchmark"),
        Binding("s", "stop", "Stop", tooltip="Stop what runs; what is finished stays", id="stop"),
        Binding("e", "export", "Export", tooltip="Write the results as Markdown, HTML, CSV or JSON", id="export"),
        Binding("p", "prompt", "Prompt", tooltip="Type a prompt; enter runs it, escape leaves the line", id="prompt"),
        Binding("c", "catalogue", "Catalogue", tooltip="Every model there is: download, check, remove", id="catalogue"),
        Binding(
            "d", "compare", "Compare", tooltip="Compare the latest run with an earlier one", show=False, id="compare"
        ),
        Binding("h", "history", "History", tooltip="Every run that is kept: open, name, tag, delete", id="history"),
        Binding("y", "copy", "Copy", tooltip="Copy the answer of the focused stream", id="copy"),
        Binding("m", "maximise", "Maximise", tooltip="Show the focused pane alone, or all of them", id="maximise"),
        Binding("escape", "back", "Stop, or show all", tooltip="Stop what runs, or show all panes", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._memory_seen = 0
        self._results_grew, self._run_over = asyncio.Event(), asyncio.Event()
        self._summarized: RunRecord | None = None
        self._choices = BenchmarkChoices()
        self._desk: CatalogueUpdates | None = None

    def on_mount(self) -> None:
        self.top.show_status("looking for models")
        self.set_interval(1.0, self._each_second)

    @property
    def settled(self) -> bool:
        """Whether the table shows all that the newest run gave."""
        return all(worker.group != "summary" or worker.is_finished for worker in self.workers)

    def open(self, workspace: Workspace) -> None:
        """Begin to work with what stands behind the screens."""
        self._session = services.Session(workspace, self._show, self.painted)
        self._choices = BenchmarkChoices(method=Method(prompt_set=workspace.prompt_set, rounds=workspace.rounds))
        self.models.set_models(workspace.models, workspace.chosen)
        self.memory.floor_of = workspace.model_pool.guard.floor_of
        self.prompt_line.text = self.prompt_line.text or workspace.prompt
        if workspace.library is not None:
            # Imported here: the first frame has no catalogue.
            from tui.screens.catalogue.updates import CatalogueUpdates

            workspace.library.start()
            self._desk = CatalogueUpdates(
                self.app, workspace.library, self._session, self.models, self._session.predict_fit
            )
        self.rest(self._session)
        self.keep_warm(self._session)
        if self.focused is None:
            self.action_open_pane("models")
        self.tell_of_interrupted(workspace.history_file)
        for notice in workspace.notices:
            self.notify(notice, markup=False)
        self.grant_wish()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that make no sense now do nothing, and the footer shows it."""
        session = self._session
        if action == "stop":
            return session is not None and session.running is not None
        if action == "maximise":
            return self.has_room
        return super().check_action(action, parameters)

    def action_ask(self) -> None:
        """Run the prompt on the selected models."""
        session, models = self.ready_to_run(self.action_ask), self.models.chosen
        if session is None:
            return
        text = self.prompt_line.text
        if not text:
            self.notify("There is no prompt yet: type one.")
            self.prompt_line.take_focus()
            return
        if not models:
            self.notify("No model is selected: space selects one in the list.")
            return
        if len(models) > SIDE_BY_SIDE_LIMIT:
            self.notify(f"Four models fit side by side: the first {SIDE_BY_SIDE_LIMIT} of the selected ones run.")
        plan = Plan(
            models=models[:SIDE_BY_SIDE_LIMIT],
            prompts=(self._prompt(session, text),),
            method=Method(rounds=1, warmup=0, mode=Mode.SIDE_BY_SIDE),
            purpose=Purpose.ASK,
        )
        self._begin(session, plan)

    def action_benchmark(self) -> None:
        """Ask what to measure, then measure it."""
        session = self.ready_to_run(self.action_benchmark)
        if session is None:
            return

        def start(plan: Plan | None) -> None:
            if plan is not None and self.is_free(session):
                self._choices = BenchmarkChoices.of(plan)
                self._begin(session, plan)

        # Imported here, as every dialog: the first frame should not wait for it.
        from tui.screens.benchmark.dialog import BenchmarkDialog

        chosen = tuple(model.key for model in self.models.chosen)
        workspace = session.workspace
        dialog = BenchmarkDialog(self.models.listed, chosen, workspace.prompt_sets, self._choices, workspace.presets)
        self.app.push_screen(dialog, start)

    def action_stop(self) -> None:
        """Stop what runs."""
        if self._session is not None and self._session.running is not None:
            self._session.stop()
            self.top.show_status("stopping")

    def action_back(self) -> None:
        """Stop what runs; at rest show all panes again."""
        if self._session is not None and self._session.running is not None:
            self.action_stop()
        else:
            self.show_all()

    def action_export(self) -> None:
        """Ask where to write the results, and write them."""
        session = self._session
        if session is None or session.results is None:
            self.notify("There is nothing to export yet: b measures the selected models, r asks them.")
            return

        from tui.screens.dialogs.export import ExportDialog

        self.app.push_screen(ExportDialog(session.results, session.workspace.history_file))

    def action_catalogue(self) -> None:
        """Show every model there is."""
        if self.found(self.action_catalogue) is None:
            return
        if self._desk is None:
            self.notify("There is no catalogue here.")
        else:
            self._desk.open()

    def action_compare(self) -> None:
        """Show what became of an earlier run's numbers in the latest."""
        session = self.ready_to_run(self.action_compare)
        if session is not None:
            from tui.screens.comparison.run_chooser import choose_and_compare

            choose_and_compare(self.app, session)

    def action_copy(self) -> None:
        """Put the current answer on the clipboard of the terminal."""
        answer = self.streams.current_answer()
        if not answer:
            self.notify("There is no answer to copy yet.")
            return
        self.app.copy_to_clipboard(answer)
        words = len(answer.split())
        self.notify(f"The answer ({words} words) is on the clipboard.")

    def action_prompt(self) -> None:
        """Let letters go to the prompt line."""
        self.prompt_line.take_focus()

    def _prompt(self, session: Session, text: str) -> Prompt:
        """The configured prompt of this text, with its own limits, or one of the text alone."""
        known = (prompt for prompts in session.workspace.prompt_sets.values() for prompt in prompts)
        return next((prompt for prompt in known if prompt.text == text), Prompt(id="prompt", text=text))

    def _begin(self, session: Session, plan: Plan) -> None:
        """Run the plan; models that are not expected to fit are asked about first."""
        misfits = session.oversized_models(plan)
        if not misfits:
            self._run(session, plan)
            return

        from tui.screens.dialogs.oversized_models import OversizedAnswer, OversizedModelsDialog, decided

        def go_on(answer: OversizedAnswer | None) -> None:
            chosen = decided(plan, misfits, answer) if answer is not None else None
            if chosen is None or not self.is_free(session):
                return
            for model in chosen.models:
                self.limit(session, model)
            if chosen.models:
                self._run(session, chosen)

        self.app.push_screen(OversizedModelsDialog(misfits), go_on)

    def start_run(self, session: Session, plan: Plan, resuming: RunRecord | None = None) -> None:
        self._run(session, plan, resuming)

    @work(group="run", exclusive=True, exit_on_error=False)
    async def _run(self, session: Session, plan: Plan, resuming: RunRecord | None = None) -> None:
        self.streams.prepare(plan.models)
        self._run_over.clear()
        self._summarize(session)
        if not self.all_shown:
            self.action_open_pane("streams" if plan.purpose is Purpose.ASK else "results")
        self.app.add_class("-running")
        self.refresh_bindings()
        try:
            await session.run(plan, resuming)
        finally:
            self.app.remove_class("-running")
            self._memory_seen, _ = session.workspace.sampler.since(self._memory_seen)
            self._results_grew.set()
            self._run_over.set()
            self.results.end_run()
            self.rest(session)
            # Between runs, so that none has to be collected in one.
            gc.collect()

    @work(group="summary", exclusive=True, exit_on_error=False)
    async def _summarize(self, session: Session) -> None:
        """Keep the table up to the run until that has ended; what comes close together is drawn together."""
        going, rest_s = True, 0.0
        while going:
            await self._results_grew.wait()
            # The end of the run is worth a table at once.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(rest_s):
                    await self._run_over.wait()
            self._results_grew.clear()
            going, began_s = session.running is not None, time.monotonic()
            kept = session.results
            if kept is not None and kept is not self._summarized:
                rows = await asyncio.to_thread(services.summarize, kept)
                await self.results.show_summaries(rows)
                self._summarized = kept
            rest_s = max(_SUMMARY_EVERY_S, (time.monotonic() - began_s) / _SUMMARY_SHARE)

    def _show(self, event: Event) -> None:
        """Pass an event on; panes take from it what is theirs."""
        self.streams.show(event)
        self.models.show(event)
        self.memory.show(event)
        session = self._session
        if session is not None and session.shows_results:
            self.results.show(event, session.workspace.model_pool.loaded)
        match event:
            case RunStarted() | SampleFinished():
                self._results_grew.set()
                self._show_progress()
            case ModelDied(key=key, cause=verdict):
                self._results_grew.set()
                self.notify("\n".join((str(verdict), *verdict.advice)), title=key, severity="warning", markup=False)
            case Notice(text=text):
                self.notify(text, markup=False)
            case RunFinished(run=run, status=status):
                if run.plan.purpose is Purpose.BENCHMARK:
                    self.notify(_AFTER_BENCHMARK[status])
            case _:
                pass

    def _each_second(self) -> None:
        session = self._session
        if session is None:
            return
        if session.running is not None:
            self._show_progress()
            return
        if session.workspace.model_pool.loaded != self._loaded:
            self.rest(session)
        self.look_ahead(session)
        self._memory_seen, readings = session.workspace.sampler.since(self._memory_seen)
        for reading in readings:
            self.memory.show(MemoryRead(reading=reading))

    def _show_progress(self) -> None:
        session = self._session
        plan = session.running if session is not None else None
        if session is None or plan is None or session.stopping:
            return
        if plan.purpose is Purpose.ASK:
            self.top.show_status("answering")
            return
        progress = session.progress()
        self.top.show_progress("benchmark", progress.done, progress.total, progress.left_s, open_end=progress.open_end)

    @on(PromptLine.Submitted)
    def _ask_typed(self) -> None:
        self.action_ask()
