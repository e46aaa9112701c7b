"""Which answer is to be rated next, what was said of the others, and how to take it back. Nothing here draws."""

from __future__ import annotations

import getpass
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tui.measure.answers.quality import answers_of
from tui.records import Prompt, RunRecord
from tui.records.quality import Answer, RaterKind, Rating
from tui.store import ratings
from tui.store.history import History
from tui.store.ratings import KeptRating


@dataclass(frozen=True, slots=True)
class RatingSheet:
    """One prompt with its answers, in the order in which they are shown."""

    prompt: Prompt
    answers: tuple[Answer, ...]


def usual_rater(history: History) -> str:
    """Who rated last; before anybody has, the user of the system."""
    last = ratings.last_rater(history)
    if last:
        return last
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


class RatingSession:
    """The answers of one run, one prompt at a time; an answer that this rater has rated is not asked for again."""

    def __init__(self, history: History, run: RunRecord, rater: str, order: random.Random) -> None:
        self.run = run
        self.rater = rater
        self.blind = True
        self._history = history
        self._plan_order = _sheets(run, answers_of(run))
        self._shuffled = tuple(
            RatingSheet(sheet.prompt, tuple(order.sample(sheet.answers, len(sheet.answers))))
            for sheet in self._plan_order
        )
        self._undoable: list[KeptRating] = []
        self._notes: dict[str, str] = {}
        self._given: dict[str, Rating] = {}
        self._place, self._at = 0, 0
        self.change_rater(rater)

    @property
    def sheets(self) -> tuple[RatingSheet, ...]:
        """Blind the answers stand in an order of chance, openly in that of the models."""
        return self._shuffled if self.blind else self._plan_order

    @property
    def sheet(self) -> RatingSheet | None:
        """The prompt that is shown; ``None`` for a run without an answer."""
        return self.sheets[self._place] if self.sheets else None

    @property
    def place(self) -> int:
        """Which prompt is shown, from 0."""
        return self._place

    @property
    def at(self) -> int:
        """Which of its answers is looked at, from 0."""
        return self._at

    @property
    def answer(self) -> Answer | None:
        return self.sheet.answers[self._at] if self.sheet else None

    @property
    def counts(self) -> tuple[int, int]:
        """Answers that are rated, and all of them."""
        ids = self._ids()
        return sum(each in self._given for each in ids), len(ids)

    def given(self, answer: Answer) -> Rating | None:
        """What this rater said of an answer."""
        return self._given.get(answer.answer_id)

    def note_on(self, answer: Answer) -> str:
        """The note that is kept, or will be kept with the score."""
        kept = self.given(answer)
        return self._notes.get(answer.answer_id, kept.note if kept else "")

    def rate(self, score: int) -> None:
        """Keep a score for the answer that is looked at, and go on."""
        answer = self.answer
        if answer is not None:
            self._keep(answer, score)
            self.skip()

    def take_note(self, note: str) -> None:
        """Keep a note with the score that is there, or with the one to come."""
        answer = self.answer
        if answer is None:
            return
        self._notes[answer.answer_id] = note
        kept = self.given(answer)
        if kept is not None and kept.score is not None:
            self._keep(answer, kept.score)

    def skip(self) -> None:
        """Go on to the next answer that is not rated, on this prompt first; where there is none, stay."""
        places = [(place, at) for place, sheet in enumerate(self.sheets) for at in range(len(sheet.answers))]
        here = places.index((self._place, self._at)) if places else 0
        for place, at in (*places[here + 1 :], *places[:here]):
            if self.sheets[place].answers[at].answer_id not in self._given:
                self._place, self._at = place, at
                return

    def move(self, step: int) -> None:
        """Look at the answer beside this one; beyond the last at the next prompt's."""
        if self.sheet is None:
            return
        at = self._at + step
        if 0 <= at < len(self.sheet.answers):
            self._at = at
        else:
            self._place = (self._place + step) % len(self.sheets)
            self._at = 0 if step > 0 else len(self.sheets[self._place].answers) - 1

    def look_at(self, at: int) -> None:
        """Look at this answer of the prompt."""
        self._at = at

    def undo(self) -> bool:
        """Take the last score back, and look at its answer again; whether there was one."""
        if not self._undoable:
            return False
        kept = self._undoable.pop()
        ratings.remove(self._history, kept)
        self._read()
        self._go_to(kept.rating.answer_id)
        return True

    def turn_blind(self) -> None:
        """Hide the names and the order of the models, or show them."""
        looked_at = self.answer
        self.blind = not self.blind
        if looked_at is not None:
            self._go_to(looked_at.answer_id)

    def change_rater(self, rater: str) -> None:
        """Go on as somebody else, who has an opinion of their own."""
        self.rater = rater
        self._undoable.clear()
        self._notes.clear()
        self._read()
        if self.answer is not None and self.given(self.answer):
            self.skip()

    def _keep(self, answer: Answer, score: float) -> None:
        rating = Rating(
            answer_id=answer.answer_id,
            key=answer.keys[0],
            prompt_id=answer.prompt_id,
            score=score,
            rater=self.rater,
            blind=self.blind,
            note=self.note_on(answer),
            rated_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )
        self._undoable.append(ratings.add(self._history, rating))
        self._given[answer.answer_id] = rating

    def _go_to(self, answer_id: str) -> None:
        for place, sheet in enumerate(self.sheets):
            for at, answer in enumerate(sheet.answers):
                if answer.answer_id == answer_id:
                    self._place, self._at = place, at

    def _read(self) -> None:
        found = ratings.ratings_of(self._history, self._ids())
        own = (each for each in found if each.rater == self.rater and each.kind is RaterKind.HUMAN)
        self._given = {each.answer_id: each for each in own}

    def _ids(self) -> list[str]:
        return [answer.answer_id for sheet in self._plan_order for answer in sheet.answers]


def _sheets(run: RunRecord, answers: Sequence[Answer]) -> tuple[RatingSheet, ...]:
    by_prompt = (
        (prompt, tuple(each for each in answers if each.prompt_id == prompt.id)) for prompt in run.plan.prompts
    )
    return tuple(RatingSheet(prompt, of_prompt) for prompt, of_prompt in by_prompt if of_prompt)
