"""This module reads from the history which answers people and judges preferred: votes, ratings and comparisons."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui import paths
from tui.measure.answers.quality import answer_id
from tui.measure.decision.preferences import distinct, preferences
from tui.records import RunRecord
from tui.records.judging import Pairing, TrackRecord
from tui.records.quality import Answer, Preference, Rating, Vote
from tui.store.database import text_of
from tui.store.history import History
from tui.store.ratings import pairings_of, ratings_of, track_records
from tui.store.votes import all_votes

_NEWEST: Final = 1000
"""Rated answers are looked for in this many newest runs."""


@dataclass(frozen=True, slots=True)
class StoredOpinions:
    """These are the votes in the order of time, the pairs of ratings, and the track records of the judges."""

    votes: tuple[Vote, ...] = ()
    preferences: tuple[Preference, ...] = ()
    judges: tuple[TrackRecord, ...] = ()


def stored_opinions(file: Path | None) -> StoredOpinions:
    """Return every vote of a history file and every pair that its ratings make; nothing if there is no file.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    if file is None or not paths.exists(file):
        return StoredOpinions()
    with closing(History(file)) as history:
        return opinions_of(history)


def opinions_of(history: History) -> StoredOpinions:
    """Return every vote of an open history and every pair that its ratings make."""
    rated, judges = _rated_prompts(history), _judges(history)
    answers = [_answers(history, run, rated) for run in history.latest(_NEWEST)] if rated else []
    ids = {answer.answer_id for of_run in answers for answer in of_run}
    ratings = ratings_of(history, ids)
    pairings = tuple(pairing for judge in judges for pairing in pairings_of(history, judge))
    by_answer: dict[str, list[Pairing]] = {}
    for pairing in pairings:
        by_answer.setdefault(pairing.first_id, []).append(pairing)
    ratings_by_answer: dict[str, list[Rating]] = {}
    for rating in ratings:
        ratings_by_answer.setdefault(rating.answer_id, []).append(rating)
    pairs = [
        preference
        for of_run in reversed(answers)
        for preference in preferences(
            of_run,
            [rating for answer in of_run for rating in ratings_by_answer.get(answer.answer_id, ())],
            [pairing for answer in of_run for pairing in by_answer.get(answer.answer_id, ())],
        )
    ]
    return StoredOpinions(all_votes(history), distinct(pairs), track_records(history, ratings))


def _rated_prompts(history: History) -> set[str]:
    statement = "SELECT prompt_id FROM ratings WHERE score IS NOT NULL UNION SELECT prompt_id FROM pairings"
    with history.database.reading():
        return {str(text_of(row["prompt_id"])) for row in history.database.execute(statement).fetchall()}


def _judges(history: History) -> list[str]:
    with history.database.reading():
        rows = history.database.execute("SELECT DISTINCT judge FROM pairings ORDER BY judge").fetchall()
        return [str(text_of(row["judge"])) for row in rows]


def _answers(history: History, run: RunRecord, rated: set[str]) -> tuple[Answer, ...]:
    """Return the different answers of a run to the prompts that were rated in any run."""
    prompts = {prompt.id: prompt for prompt in run.plan.prompts if prompt.id in rated}
    if not prompts or len(run.plan.models) < 2:
        return ()
    statement = "SELECT DISTINCT key, prompt_id, text FROM samples WHERE run_id = ? AND status = 'ok'"
    keys: dict[tuple[str, str], list[str]] = {}
    with history.database.reading():
        for row in history.database.execute(statement, (run.run_id,)):
            prompt_id, text = str(text_of(row["prompt_id"])), str(text_of(row["text"]))
            if prompt_id in prompts and text.strip():
                keys.setdefault((prompt_id, text), []).append(str(text_of(row["key"])))
    return tuple(
        Answer(answer_id=answer_id(prompts[prompt_id], text), prompt_id=prompt_id, text=text, keys=tuple(models))
        for (prompt_id, text), models in keys.items()
    )
