"""A person rates the answers of a run: the answer that is next, the ratings so far, and how to take one back."""

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
from tui.store.ratings import StoredRating


@dataclass(frozen=True, slots=True)
class RatingSheet:
    """One prompt with its answers, in the order in which they are shown."""

    prompt: Prompt
    answers: tuple[Answer, ...]


def usual_rater(history: History) -> str:
    """Name the person who rated last; before anybody has, the user of the operating system."""
    last = ratings.last_rater(history)
    if last:
        return last
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "somebody"


class RatingSession:
    """The answers of one run, shown prompt by prompt; answers that this rater has rated before are passed over."""

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
        self._undoable: list[StoredRating] = []
        self._notes: dict[str, str] = {}
        self._ratings: dict[str, Rating] = {}
        self._prompt_index, self._answer_index = 0, 0
        self.change_rater(rater)

    @property
    def sheets(self) -> tuple[RatingSheet, ...]:
        """Every prompt; a blind rater sees its answers in a random order, any other in the order of the models."""
        return self._shuffled if self.blind else self._plan_order

    @property
    def sheet(self) -> RatingSheet | None:
        """The prompt that is shown; ``None`` if the run has no answer."""
        return self.sheets[self._prompt_index] if self.sheets else None

    @property
    def prompt_index(self) -> int:
        """The position of the prompt that is shown, from 0."""
        return self._prompt_index

    @property
    def answer_index(self) -> int:
        """The position of the current answer among those of its prompt, from 0."""
        return self._answer_index

    @property
    def answer(self) -> Answer | None:
        """The current answer, which the next score goes to."""
        return self.sheet.answers[self._answer_index] if self.sheet else None

    @property
    def counts(self) -> tuple[int, int]:
        """The number of answers that this rater has rated, and the number of all."""
        ids = self._answer_ids()
        return sum(answer_id in self._ratings for answer_id in ids), len(ids)

    def rating_of(self, answer: Answer) -> Rating | None:
        """The rating that this rater has given to an answer."""
        return self._ratings.get(answer.answer_id)

    def note_on(self, answer: Answer) -> str:
        """The note on an answer, whether it is stored already or will be with the score."""
        rating = self.rating_of(answer)
        return self._notes.get(answer.answer_id, rating.note if rating else "")

    def rate(self, score: int) -> None:
        """Store a score for the current answer, and go on to the next."""
        answer = self.answer
        if answer is not None:
            self._store(answer, score)
            self.skip()

    def set_note(self, note: str) -> None:
        """Store a note with the score of the current answer, or hold it until there is a score."""
        answer = self.answer
        if answer is None:
            return
        self._notes[answer.answer_id] = note
        rating = self.rating_of(answer)
        if rating is not None and rating.score is not None:
            self._store(answer, rating.score)

    def skip(self) -> None:
        """Go on to the next answer that is not rated, on this prompt first; if there is none, stay."""
        positions = [
            (prompt_index, answer_index)
            for prompt_index, sheet in enumerate(self.sheets)
            for answer_index in range(len(sheet.answers))
        ]
        here = positions.index((self._prompt_index, self._answer_index)) if positions else 0
        for prompt_index, answer_index in (*positions[here + 1 :], *positions[:here]):
            if self.sheets[prompt_index].answers[answer_index].answer_id not in self._ratings:
                self._prompt_index, self._answer_index = prompt_index, answer_index
                return

    def move(self, step: int) -> None:
        """Go to the answer beside the current one; beyond the last one, to the next prompt."""
        if self.sheet is None:
            return
        answer_index = self._answer_index + step
        if 0 <= answer_index < len(self.sheet.answers):
            self._answer_index = answer_index
        else:
            self._prompt_index = (self._prompt_index + step) % len(self.sheets)
            self._answer_index = 0 if step > 0 else len(self.sheets[self._prompt_index].answers) - 1

    def look_at(self, answer_index: int) -> None:
        """Go to the answer in this position of the prompt that is shown."""
        self._answer_index = answer_index

    def undo(self) -> bool:
        """Take the last score back, and go to its answer again; tells whether there was a score to take back."""
        if not self._undoable:
            return False
        last = self._undoable.pop()
        ratings.remove(self._history, last)
        self._read_ratings()
        self._go_to(last.rating.answer_id)
        return True

    def toggle_blind(self) -> None:
        """Hide the names and the order of the models, or show them."""
        current = self.answer
        self.blind = not self.blind
        if current is not None:
            self._go_to(current.answer_id)

    def change_rater(self, rater: str) -> None:
        """Go on as another person, whose ratings are kept apart."""
        self.rater = rater
        self._undoable.clear()
        self._notes.clear()
        self._read_ratings()
        if self.answer is not None and self.rating_of(self.answer):
            self.skip()

    def _store(self, answer: Answer, score: float) -> None:
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
        self._ratings[answer.answer_id] = rating

    def _go_to(self, answer_id: str) -> None:
        for prompt_index, sheet in enumerate(self.sheets):
            for answer_index, answer in enumerate(sheet.answers):
                if answer.answer_id == answer_id:
                    self._prompt_index, self._answer_index = prompt_index, answer_index

    def _read_ratings(self) -> None:
        """Read the newest rating that this rater has given to each answer."""
        stored = ratings.ratings_of(self._history, self._answer_ids())
        own = (rating for rating in stored if rating.rater == self.rater and rating.kind is RaterKind.HUMAN)
        self._ratings = {rating.answer_id: rating for rating in own}

    def _answer_ids(self) -> list[str]:
        return [answer.answer_id for sheet in self._plan_order for answer in sheet.answers]


def _sheets(run: RunRecord, answers: Sequence[Answer]) -> tuple[RatingSheet, ...]:
    """Sort the answers by the prompts of the plan; a prompt without an answer has no sheet."""
    by_prompt = (
        (prompt, tuple(answer for answer in answers if answer.prompt_id == prompt.id)) for prompt in run.plan.prompts
    )
    return tuple(RatingSheet(prompt, of_prompt) for prompt, of_prompt in by_prompt if of_prompt)
