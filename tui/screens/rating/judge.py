"""The dialogs with which a model judges answers: one asks which model, one shows its progress and the outcome."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker

from tui.bench.judging import wording
from tui.bench.judging.runner import Judged, JudgeDied, JudgingWork, judge_runs
from tui.bench.judging.wording import JudgeOffer
from tui.measure.answers.quality import answers_of
from tui.panes.widgets.bars import progress_bar
from tui.panes.widgets.choice import PlainList
from tui.records import Fit, FitForecast, Model, RunRecord
from tui.screens.frame.dialog import Dialog
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.text import units
from tui.text.cells import printable
from tui.text.tables import counted
from tui.workspace.session import Session
from tui.workspace.stored_runs import is_measuring, load_runs

JUDGEMENT_LINES: Final = 5
"""How many of the judge's latest judgements are shown."""
_BAR_CELLS: Final = 24
_NAME_CELLS: Final = 36
_HOW: Final = (
    "It scores each answer twice (rubric 1 to 5 and 5 to 1) and compares each pair in both orders. Its scores stand "
    "beside those of people, and count once they agree."
)
_ALL_OWN: Final = "Every model that can be run here has answered itself: A lets them judge their own answers."
_NONE: Final = "There is no model that can be run."


async def choose_and_judge(app: App[Any], session: Session, models: Sequence[Model], run_ids: Sequence[str]) -> None:
    """Ask which of the models judges these runs, and show its progress; the session must have a history."""
    file = session.workspace.history_file
    assert file is not None
    try:
        measuring = await asyncio.to_thread(is_measuring, file)
        runs = [run for run in await asyncio.to_thread(load_runs, file, run_ids) if answers_of(run)]
    except HistoryError as error:
        app.notify(f"{error}.", severity="error", markup=False)
        return
    if measuring:
        app.notify("Nothing can be judged while another Benchtop is measuring: press j again once it has ended.")
    elif not runs:
        app.notify("There is no answer to judge here.")
    else:

        def begin(judge: JudgeOffer | None) -> None:
            if judge is not None:
                app.push_screen(JudgingDialog(session, file, runs, judge))

        app.push_screen(JudgeChooser(runs, models, session.predict_fit), begin)


class JudgeChooser(Dialog[JudgeOffer]):
    """A list of the models that can judge; one that would judge its own answers is offered on request only."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("A", "offer_own", "Itself too", tooltip="Offer the models that have answered here, or not"),
    ]

    DEFAULT_CSS = """
    JudgeChooser {
        .box { padding: 1 2 0 2; }
        .about { text-style: bold; }
        .how, .left-out { margin-top: 1; color: $text-muted; }
        PlainList {
            max-height: 10;
            margin-top: 1;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        .error { margin-top: 1; }
    }
    """

    def __init__(
        self, runs: Sequence[RunRecord], models: Sequence[Model], predict_fit: Callable[[Model], FitForecast | None]
    ) -> None:
        super().__init__()
        self._runs, self._models, self._predict_fit = runs, models, predict_fit
        self._itself = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Let a model judge"
            yield Static(_about(self._runs), classes="about", markup=False)
            yield PlainList(compact=True, markup=False)
            yield Static("", classes="error -hint", markup=False)
            yield Static("", classes="left-out", markup=False)
            yield Static(_HOW, classes="how", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Cancel", id="leave", compact=True)
                yield Button("Judge", id="judge", variant="primary", compact=True)

    def on_mount(self) -> None:
        self._list()
        self.query_one(OptionList).focus()

    def action_offer_own(self) -> None:
        """Offer the models that have answered here as well, or no longer."""
        self._itself = not self._itself
        self._list()

    def _offers(self) -> tuple[JudgeOffer, ...]:
        return wording.judge_offers(self._models, self._runs, itself=self._itself)

    def _list(self) -> None:
        offers = self._offers()
        can_judge = [offer for offer in offers if not offer.why_not]
        options = self.query_one(OptionList)
        options.set_options(Option(self._row(offer), offer.model.key) for offer in can_judge)
        options.display = bool(can_judge)
        options.action_first()
        self.query_one("#judge", Button).disabled = not can_judge
        has_own = any(offer.has_answered and offer.can_run for offer in offers)
        reason = "" if can_judge else _ALL_OWN if has_own else _NONE
        for part, words in ((".error", reason), (".left-out", wording.left_out_text(offers) if can_judge else "")):
            line = self.query_one(part, Static)
            line.display = bool(words)
            line.update(printable(words))
        own = "A offers those too" if not self._itself else "A leaves those out that answered"
        keys = ("enter judges" if can_judge else "", own if has_own else "", "esc cancels")
        self.query_one(".box").border_subtitle = " · ".join(filter(None, keys))

    def _row(self, offer: JudgeOffer) -> Content:
        name = Content(printable(offer.model.key)).truncate(_NAME_CELLS - 2, ellipsis=True)
        return Content.assemble(name, " " * (_NAME_CELLS - name.cell_length), (self._note(offer), "$foreground-muted"))

    def _note(self, offer: JudgeOffer) -> str:
        model, forecast = offer.model, self._predict_fit(offer.model)
        own = "its own answers too" if offer.has_answered else ""
        where = f"on {model.endpoint.name}" if model.endpoint else "practice model" if model.practice else ""
        fits = "will not fit" if forecast and forecast.fit is Fit.WILL_NOT_FIT else ""
        size = units.size(model.size_bytes) if model.size_bytes else ""
        return " · ".join(printable(part) for part in (own, fits, where or size) if part)

    @on(OptionList.OptionSelected)
    def _choose_listed(self, event: OptionList.OptionSelected) -> None:
        self._choose(event.option_id)

    @on(Button.Pressed, "#judge")
    def _choose_highlighted(self) -> None:
        option = self.query_one(OptionList).highlighted_option
        if option is not None:
            self._choose(option.id)

    @on(Button.Pressed, "#leave")
    def _cancel(self) -> None:
        self.action_leave()

    def _choose(self, key: str | None) -> None:
        self.dismiss(next(offer for offer in self._offers() if offer.model.key == key))


class JudgingDialog(Dialog[None]):
    """Lets a model judge the runs one after another; s stops it and keeps the judgements that there are."""

    AUTO_FOCUS = ""
    """Nothing has the focus at first: a second press of the enter key that chose the judge would stop it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "stop", "Stop", tooltip="Stop the judging, and keep what is judged"),
    ]

    DEFAULT_CSS = """
    JudgingDialog {
        .box { padding: 1 2 0 2; }
        #judging-work { text-style: bold; }
        #judging-bar { margin-top: 1; }
        #judging-said { margin-top: 1; height: auto; text-wrap: nowrap; text-overflow: ellipsis; color: $text-muted; }
        #judging-end { margin-top: 1; display: none; }
        &.-over #judging-end { display: block; }
    }
    """

    def __init__(self, session: Session, file: Path, runs: Sequence[RunRecord], judge: JudgeOffer) -> None:
        super().__init__()
        self._session, self._file, self._runs = session, file, runs
        self._model, self._itself = judge.model, judge.has_answered
        self._stop = asyncio.Event()
        self._worker: Worker[None] | None = None
        self._names = {answer.answer_id: ", ".join(answer.keys) for run in runs for answer in answers_of(run)}
        self._runs_begun = 0
        self._judged: list[RunRecord] = []
        self._lines: list[str] = []
        """The latest judgements in words."""
        self._failure = ""
        self._first_s: float | None = None
        """The time of the first judgement of the current run."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Judging"
            box.border_subtitle = "s stops, and keeps what is judged"
            yield Static("", id="judging-work", markup=False)
            yield Static("", id="judging-bar", markup=False)
            yield Static("", id="judging-said", markup=False)
            yield Static("", id="judging-end", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Stop", compact=True)

    def on_mount(self) -> None:
        self._worker = self._judge()

    def on_unmount(self) -> None:
        self._stop.set()

    @property
    def is_over(self) -> bool:
        """Whether the judging has ended, so that nothing more is shown."""
        return self._worker is not None and self._worker.is_finished

    def action_leave(self) -> None:
        """Close the dialog once the judging has ended: a stray escape does not stop it."""
        if self.is_over:
            self.dismiss(None)
        else:
            self.notify("The judging goes on: s stops it, and keeps what is judged.")

    @on(Button.Pressed)
    def action_stop(self) -> None:
        """Stop the judging; once it has ended, close the dialog."""
        if self.is_over:
            self.dismiss(None)
        else:
            self._stop.set()
            self._show_part("bar", "Stopping.")

    @work(group="judging", exclusive=True, exit_on_error=False)
    async def _judge(self) -> None:
        try:
            with closing(History(self._file)) as history:
                judgements = judge_runs(
                    self._runs,
                    self._model,
                    pool=self._session.workspace.model_pool,
                    history=history,
                    stop=self._stop,
                    itself=self._itself,
                )
                async with self._session.keep_warm.paused(), aclosing(judgements) as events:
                    async for event in events:
                        self._show(event)
        except HistoryError as error:
            self._failure = str(error)
        self._show_outcome()

    def _show(self, event: JudgingWork | Judged | JudgeDied | RunRecord) -> None:
        match event:
            case JudgingWork():
                self._runs_begun += 1
                which = f"Run {units.count(self._runs_begun)} of {units.count(len(self._runs))}. "
                sentences = " ".join(wording.work_text(event, self._model.key))
                self._show_part("work", printable((which if len(self._runs) > 1 else "") + sentences))
                self._show_part("bar", f"Loading {printable(self._model.key)}." if event.total else "")
                self._first_s = None
            case Judged():
                now_s = time.monotonic()
                self._first_s = now_s if self._first_s is None else self._first_s
                left = wording.left_text(event.done, event.total, now_s - self._first_s)
                self._lines = [*self._lines, printable(wording.judgement_text(event, self._names))][-JUDGEMENT_LINES:]
                self._show_part("said", "\n".join(self._lines))
                if not self._stop.is_set():
                    self._show_part("bar", _progress(event.done, event.total, left))
            case JudgeDied(words=words):
                self._failure = f"{self._model.key} is gone ({words}); what it had judged is kept"
            case RunRecord():
                self._judged.append(event)

    def _show_outcome(self) -> None:
        """Show the outcome in words, and turn the button that stops into one that closes."""
        stopped = "Stopped; what is judged is kept. " if self._stop.is_set() else ""
        failed = f"{self._failure}. " if self._failure else ""
        outcome = wording.outcome_text(self._judged, self._model.key) if self._judged else ""
        self._show_part("end", printable(f"{stopped}{failed}{outcome}".strip()))
        self._show_part("bar", "")
        if not self._lines:
            self._show_part("said", "")
        self.add_class("-over")
        self.query_one(".box").border_subtitle = "v in the workbench rates by hand · esc closes"
        button = self.query_one(Button)
        button.label = "Close"
        button.focus()

    def _show_part(self, part: str, words: str | Content) -> None:
        """Show words in the line of this part, or hide the line if there are none."""
        line = self.query_one(f"#judging-{part}", Static)
        line.display = bool(words)
        line.update(words)


def _about(runs: Sequence[RunRecord]) -> str:
    """Count in words the answers, models and prompts that are judged."""
    answers = {answer.answer_id: answer for run in runs for answer in answers_of(run)}.values()
    models = {key for answer in answers for key in answer.keys}
    prompts = {answer.prompt_id for answer in answers}
    several = f" in {counted(len(runs), 'run')}" if len(runs) > 1 else ""
    what = f"{counted(len(answers), 'answer')} of {counted(len(models), 'model')} to {counted(len(prompts), 'prompt')}"
    return f"Which model judges {what}{several}?"


def _progress(done: int, total: int, left: str) -> Content:
    words = f"  {units.count(done)} of {units.count(total)} judged{f' · {left}' if left else ''}"
    return Content.assemble(progress_bar(done / total, _BAR_CELLS).content(), words)
