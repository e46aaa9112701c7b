"""The screen on which a person rates answers: those to one prompt stand side by side, with or without their models."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from tui.measure.answers.quality import PLAIN_RUBRIC, answers_of, facet_checks
from tui.panes.rating.answer import AnswerColumn, answer_name
from tui.panes.rating.rubric import Rubric
from tui.panes.widgets.prompt_text import PromptText
from tui.records import RunRecord
from tui.records.quality import Answer
from tui.screens.dialogs.line_dialog import LineDialog
from tui.screens.frame.about import About
from tui.screens.frame.keys import HelpEntry
from tui.screens.frame.sub_screen import SubScreen
from tui.screens.rating.commands import COMMANDS
from tui.screens.rating.score import ScoreDialog
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.text import units
from tui.text.cells import printable
from tui.text.run_titles import run_and_time
from tui.workspace.rating_session import RatingSession, RatingSheet, usual_rater

LEAST_CELLS: Final = 26
"""The least width of a column, so that three fit into 80 columns. Columns around the selected answer are shown."""
_LATEST_RUNS: Final = 200
_ALL_RATED: Final = "All answers are rated: escape goes back, where K ranks the models and a chooses one."
_NOTE_HINT: Final = "An empty note takes it away."


_ABOUT: Final = About(
    title="Rating",
    words=(
        "Answers of one run to one prompt, side by side. Give the framed one 1 to 5 by the scale below; the next "
        "unrated one follows. Models that gave the same text share one answer, which is rated for all of them. Names "
        "are hidden so that they do not sway you; H shows them."
    ),
    parts=(
        HelpEntry("✓ ✗", "What the prompt asks for and a program could check; a hint, not a rating"),
        HelpEntry("blind, open", "Whether names are hidden; it is kept with each rating"),
        HelpEntry("judge", "j lets a model rate instead; judges and people stay apart in every table"),
    ),
    topic="rate",
)


class RateScreen(SubScreen):
    """Shows one prompt of a run after another, until every answer of the run is rated."""

    COMMAND_TABLE = COMMANDS
    ABOUT = _ABOUT
    SPARED = ("newer-run", "older-run", "blind")
    DEFAULT_CSS = """
    RateScreen {
        #answers { height: 1fr; }
        AnswerColumn { max-width: 104; }
        #rated { height: auto; min-height: 1; max-height: 2; padding: 0 2; color: $text-success; }
        #rate-empty {
            display: none;
            height: 1fr;
            padding: 0 4;
            content-align: center middle;
            text-align: center;
            color: $text-muted;
        }
    }
    """

    def __init__(
        self,
        history_file: Path,
        run_id: str | None = None,
        order: random.Random | None = None,
        judge: Callable[[Sequence[str]], None] | None = None,
    ) -> None:
        """Open the run of this id, or the newest run with answers if it has none.

        ``order`` shuffles the answers, so that a rater cannot tell the models by their order. ``judge`` is called with
        the id of the run to let a model judge it; if there is none, its key is hidden.
        """
        super().__init__()
        self._judge = judge
        self._history_file, self._run_id = history_file, run_id
        self._order = order or random.Random()
        self._history: History | None = None
        self._session: RatingSession | None = None
        self._columns: list[AnswerColumn] = []
        self._shown_answers: tuple[str, ...] = ()
        """The ids of the answers that the columns were made for."""
        self._run_ids: list[str] = []
        self._as_source = False

    @property
    def session(self) -> RatingSession | None:
        """The answers of the run and their ratings; ``None`` if no run has an answer."""
        return self._session

    def compose(self) -> ComposeResult:
        yield self.top
        yield PromptText(id="rate-prompt")
        yield Horizontal(id="answers")
        yield Static("", id="rate-empty", markup=False)
        yield Static("", id="rated", markup=False)
        yield Rubric()
        yield self.footer

    async def on_mount(self) -> None:
        try:
            self._history = History(self._history_file)
            self._run_ids = [run.run_id for run in self._history.latest(_LATEST_RUNS)]
            run = _with_answers(self._history, self._run_id) or _first_with_answers(self._history, self._run_ids)
            if run is not None:
                self._session = RatingSession(self._history, run, usual_rater(self._history), self._order)
        except HistoryError as error:
            self.notify(f"{error}.", severity="error", markup=False)
        await self._show()
        self._confirm(_of_run(self._session, self._run_id))

    def on_unmount(self) -> None:
        if self._history is not None:
            self._history.close()

    async def on_resize(self) -> None:
        if self._columns:
            self._show_columns()

    async def rate(self, score: int) -> None:
        """Give the selected answer a score from 1 to 5, confirm it, and go on to the next answer that is not rated."""

        def rate_and_confirm(session: RatingSession) -> None:
            if session.sheet is not None:
                told = _rated(session, score)
                session.rate(score)
                rated, total = session.counts
                self._confirm(f"{told} {_ALL_RATED}" if rated == total else told)

        await self._do(rate_and_confirm)

    def ask_for_score(self) -> None:
        """Let the person choose a score from a list."""
        session = self._session
        if session is None or session.sheet is None:
            return

        async def rate(score: int | None) -> None:
            if score is not None:
                await self.rate(score)

        title = f"Rate {answer_name(session.answer_index)}"
        self.app.push_screen(ScoreDialog(title, session.sheet.prompt.rubric or PLAIN_RUBRIC), rate)

    async def skip(self) -> None:
        """Go on to the next answer that is not rated."""
        await self._do(RatingSession.skip)

    async def move(self, step: int) -> None:
        """Select the answer to the right, or to the left if ``step`` is negative."""
        await self._do(lambda session: session.move(step))

    async def toggle_blind(self) -> None:
        """Show or hide the names of the models."""
        await self._do(RatingSession.toggle_blind)

    def toggle_source(self) -> None:
        """Show the answers as they were written, or laid out."""
        self._as_source = not self._as_source
        self._show_columns()

    async def undo(self) -> None:
        """Take the last rating back."""

        def take_back(session: RatingSession) -> None:
            if session.undo():
                self._confirm(f"The rating of {answer_name(session.answer_index)} is taken back.")
            else:
                self.notify("There is nothing to take back.")

        await self._do(take_back)

    @property
    def can_judge(self) -> bool | None:
        """Whether a model can judge: ``None`` if there is no run, ``False`` if judging is not possible here."""
        return self._judge is not None and (self._session is not None or None)

    def judge(self) -> None:
        """Let a model judge the answers of this run."""
        if self._judge is not None and self._session is not None:
            self._judge((self._session.run.run_id,))

    def ask_for_note(self) -> None:
        """Ask for a note on the selected answer."""
        session = self._session
        if session is None or session.answer is None:
            return

        async def write(note: str | None) -> None:
            if note is not None:
                await self._do(lambda session: session.set_note(note))

        note = session.note_on(session.answer)
        self.app.push_screen(LineDialog("A note on this answer", "Note", note, _NOTE_HINT), write)

    async def change_rater(self, name: str) -> None:
        """Rate under this name from now on."""
        await self._do(lambda session: session.change_rater(name))

    async def open_run(self, step: int) -> None:
        """Go to the next older run that has answers, or to the next newer one if ``step`` is negative."""
        session, history = self._session, self._history
        if session is None or history is None:
            return
        index = self._run_ids.index(session.run.run_id) if session.run.run_id in self._run_ids else 0
        ids = self._run_ids[index + 1 :] if step > 0 else self._run_ids[:index][::-1]
        try:
            run = _first_with_answers(history, ids)
            if run is None:
                self.notify(f"There is no {'older' if step > 0 else 'newer'} run with answers.")
                return
            self._session = RatingSession(history, run, session.rater, self._order)
            self._confirm(_of_run(self._session, self._run_id))
        except HistoryError as error:
            self.notify(f"{error}.", severity="error", markup=False)
        await self._show()

    @on(AnswerColumn.Clicked)
    async def _look_at(self, event: AnswerColumn.Clicked) -> None:
        await self._do(lambda session: session.look_at(event.index))

    def _confirm(self, sentence: str) -> None:
        """Show what was stored, until the next change."""
        self.query_one("#rated", Static).update(Content(printable(sentence)))

    async def _do(self, change: Callable[[RatingSession], None]) -> None:
        """Change the ratings, and show them; if the history refuses, show its reason."""
        if self._session is None:
            return
        self._confirm("")
        try:
            change(self._session)
        except HistoryError as error:
            self.notify(f"{error}.", severity="error", markup=False)
        await self._show()

    async def _show(self) -> None:
        session = self._session
        sheet = session.sheet if session is not None else None
        self.query_one("#rate-empty").display = sheet is None
        self.query_one("#answers").display = sheet is not None
        if session is None or sheet is None:
            self.query_one("#rate-empty", Static).update(
                "There is no answer to rate yet: r asks models, b measures them."
            )
            return
        self.top.show_status(_status_of(session, sheet))
        self.query_one(PromptText).show(sheet.prompt.text, sheet.prompt.system)
        self.query_one(Rubric).show(sheet.prompt.rubric or PLAIN_RUBRIC)
        answer_ids = tuple(answer.answer_id for answer in sheet.answers)
        if answer_ids != self._shown_answers:
            self._shown_answers = answer_ids
            await self._renew_columns(sheet.answers)
        self._show_columns()

    async def _renew_columns(self, answers: Sequence[Answer]) -> None:
        holder = self.query_one("#answers")
        async with self.batch():
            # A resize meanwhile must not meet columns that are not whole yet.
            self._columns = []
            await holder.remove_children()
            columns = [AnswerColumn(index, answer) for index, answer in enumerate(answers)]
            await holder.mount_all(columns)
            self._columns = columns

    def _show_columns(self) -> None:
        session = self._session
        if session is None or session.sheet is None or len(self._columns) != len(session.sheet.answers):
            return
        room = max(1, self.app.size.width // LEAST_CELLS)
        _show_columns(self._columns, session, session.sheet, room, as_source=self._as_source)
        self._columns[session.answer_index].text.focus()


def _show_columns(
    columns: Sequence[AnswerColumn], session: RatingSession, sheet: RatingSheet, room: int, *, as_source: bool
) -> None:
    """Show as many columns as there is room for, around the answer that is rated next."""
    first = max(0, min(session.answer_index - room // 2, len(columns) - room))
    for index, (column, answer) in enumerate(zip(columns, sheet.answers, strict=True)):
        column.display = first <= index < first + room
        column.set_class(index == session.answer_index, "-current")
        column.show(
            blind=session.blind,
            as_source=as_source,
            hidden_before=first if index == first else 0,
            hidden_after=len(columns) - first - room if index == first + room - 1 else 0,
            rating=session.rating_of(answer),
            note=session.note_on(answer),
            checks=() if session.blind else facet_checks(sheet.prompt, answer.text),
        )


def _rated(session: RatingSession, score: int) -> str:
    """Confirm a score of the selected answer, for every model that gave the answer."""
    models = 0 if session.answer is None else len(session.answer.keys)
    of_all = (
        f", for {'both' if models == 2 else f'all {units.count(models)}'} models that gave it" if models > 1 else ""
    )
    name = f"{answer_name(session.answer_index)} to prompt {units.count(session.prompt_index + 1)}"
    return f"{name} is rated {score} of 5{of_all}. u takes it back."


def _status_of(session: RatingSession, sheet: RatingSheet) -> str:
    """Return where the rater is, and how much is rated."""
    rated, total = session.counts
    of_prompts = f"prompt {units.count(session.prompt_index + 1)} of {units.count(len(session.sheets))}"
    of_answers = f"answer {units.count(session.answer_index + 1)} of {units.count(len(sheet.answers))}"
    if session.answer is not None and (models := len(session.answer.keys)) > 1:
        of_answers += f", from {units.count(models)} models"
    done = "all rated" if rated == total else f"{units.count(rated)} of {units.count(total)} rated"
    state = "names hidden" if session.blind else "names shown"
    return " · ".join((of_prompts, of_answers, done, state, f"rated by {printable(session.rater)}"))


def _of_run(session: RatingSession | None, id_of_results: str | None) -> str:
    """Tell which run the answers are from."""
    if session is None:
        return ""
    of_results = ", which Results shows" if session.run.run_id == id_of_results else ""
    return f"Answers of the {run_and_time(session.run)}{of_results}."


def _with_answers(history: History, run_id: str | None) -> RunRecord | None:
    """Read a run; ``None`` if it has no answers, or is not in the history."""
    run = None
    if run_id is not None:
        with suppress(HistoryError):
            run = history.run(run_id)
    return run if run is not None and answers_of(run) else None


def _first_with_answers(history: History, run_ids: Sequence[str]) -> RunRecord | None:
    return next((run for run in map(history.run, run_ids) if answers_of(run)), None)
