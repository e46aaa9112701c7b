"""Ratings in the history. They belong to an answer, so they outlive the run that it was first given in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import msgspec

from tui import paths
from tui.measure.answers.judges import track_record
from tui.measure.answers.quality import answers_of
from tui.records import RunRecord
from tui.records.judging import Pairing, TrackRecord
from tui.records.quality import RaterKind, Rating
from tui.store.database import Value, text_of
from tui.store.errors import HistoryError
from tui.store.history import History

_COLUMNS: Final = tuple(field.name for field in fields(Rating))
_AT_ONCE: Final = 500
"""Values that one question to the database may hold, and less than any SQLite allows."""


@dataclass(frozen=True, slots=True)
class KeptRating:
    """A rating and the row that it is kept in."""

    row_id: int
    rating: Rating


def add(history: History, rating: Rating) -> KeptRating:
    """Keep a rating; when this returns it outlives the process."""
    row = msgspec.to_builtins(rating)
    marks = ", ".join("?" for _ in _COLUMNS)
    statement = f"INSERT INTO ratings ({', '.join(_COLUMNS)}) VALUES ({marks})"
    database = history.database
    with database.explained("write to"):
        added = database.execute(statement, [row[column] for column in _COLUMNS])
    return KeptRating(added.lastrowid or 0, rating)


def remove(history: History, kept: KeptRating) -> None:
    """Take a rating back."""
    with history.database.explained("write to"):
        history.database.execute("DELETE FROM ratings WHERE id = ?", [kept.row_id])


def ratings_of(history: History, answer_ids: Iterable[str]) -> tuple[Rating, ...]:
    """Every rating of these answers, in the order of time."""
    wanted = sorted(set(answer_ids))
    found: list[dict[str, object]] = []
    for start in range(0, len(wanted), _AT_ONCE):
        part = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" for _ in part)
        found += _rows(history, f"SELECT * FROM ratings WHERE answer_id IN ({marks})", part)
    found.sort(key=lambda row: int(str(row["id"])))
    try:
        return tuple(msgspec.convert({**row, "blind": bool(row["blind"])}, Rating) for row in found)
    except msgspec.ValidationError as error:
        raise _damaged(history, error) from error


def add_pairing(history: History, pairing: Pairing) -> None:
    """Keep what a judge preferred."""
    row = msgspec.to_builtins(pairing)
    with history.database.explained("write to"):
        history.database.insert("pairings", row)


def pairings_of(history: History, judge: str) -> tuple[Pairing, ...]:
    """Every pair that this model has ever judged, in the order of time."""
    found = _rows(history, "SELECT * FROM pairings WHERE judge = ? ORDER BY id", [judge])
    try:
        return tuple(msgspec.convert(row, Pairing) for row in found)
    except msgspec.ValidationError as error:
        raise _damaged(history, error) from error


def standings(history: History, ratings: Iterable[Rating]) -> tuple[TrackRecord, ...]:
    """How far each judge among these ratings can be trusted, by all that it has judged in this history."""
    judges = dict.fromkeys(rating.rater for rating in ratings if rating.kind is RaterKind.JUDGE)
    return tuple(standing_of(history, judge) for judge in judges)


def standing_of(history: History, judge: str) -> TrackRecord:
    """The same of one judge, also of one that has judged nothing."""
    judged = _rows(
        history, "SELECT DISTINCT answer_id FROM ratings WHERE kind = ? AND rater = ?", [RaterKind.JUDGE.value, judge]
    )
    known = ratings_of(history, (str(row["answer_id"]) for row in judged))
    return track_record(judge, known, pairings_of(history, judge))


def with_ratings(history: History, run: RunRecord) -> RunRecord:
    """The run with every rating of its answers, and what is known of their judges."""
    found = ratings_of(history, (answer.answer_id for answer in answers_of(run)))
    return replace(run, ratings=found, judges=standings(history, found))


def rated(file: Path | None, run: RunRecord) -> RunRecord:
    """The same from a file; the run as it is where there is no history, or one that cannot be read."""
    if file is None or not paths.exists(file):
        return run
    try:
        with closing(History(file)) as history:
            return with_ratings(history, run)
    except HistoryError:
        return run


def last_rater(history: History) -> str:
    """The person who rated last; empty where nobody has."""
    last = "SELECT rater FROM ratings WHERE kind = ? ORDER BY id DESC LIMIT 1"
    rows = _rows(history, last, [RaterKind.HUMAN.value])
    return str(rows[0]["rater"]) if rows else ""


def _rows(history: History, question: str, values: Sequence[Value]) -> list[dict[str, object]]:
    with history.database.reading():
        found = history.database.execute(question, values)
        return [{name: text_of(row[name]) for name in row.keys()} for row in found]  # noqa: SIM118


def _damaged(history: History, error: msgspec.ValidationError) -> HistoryError:
    return HistoryError(f"cannot read the history {history.path}: a rating in it is damaged ({error})")
