"""This module stores ratings. They belong to an answer, so they outlive the run that it was first given in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import msgspec

from tui import paths
from tui.conversion import convert
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
"""One query has at most this many values, which is below the limit of every SQLite."""


@dataclass(frozen=True, slots=True)
class StoredRating:
    """This record is a rating with the id of its row in the database."""

    row_id: int
    rating: Rating


def add(history: History, rating: Rating) -> StoredRating:
    """Store a rating, which survives a crash of the process once this function has returned."""
    row = msgspec.to_builtins(rating)
    marks = ", ".join("?" for _ in _COLUMNS)
    statement = f"INSERT INTO ratings ({', '.join(_COLUMNS)}) VALUES ({marks})"
    database = history.database
    with database.explained("write to"):
        added = database.execute(statement, [row[column] for column in _COLUMNS])
    return StoredRating(added.lastrowid or 0, rating)


def remove(history: History, stored: StoredRating) -> None:
    """Delete a stored rating."""
    with history.database.explained("write to"):
        history.database.execute("DELETE FROM ratings WHERE id = ?", [stored.row_id])


def ratings_of(history: History, answer_ids: Iterable[str]) -> tuple[Rating, ...]:
    """Return every rating of these answers, in the order of time."""
    ids = sorted(set(answer_ids))
    rows: list[dict[str, object]] = []
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        marks = ", ".join("?" for _ in part)
        rows += _rows(history, f"SELECT * FROM ratings WHERE answer_id IN ({marks})", part)
    rows.sort(key=lambda row: int(str(row["id"])))
    try:
        return tuple(convert({**row, "blind": bool(row["blind"])}, Rating) for row in rows)
    except msgspec.ValidationError as error:
        raise _damaged(history, error) from error


def add_pairing(history: History, pairing: Pairing) -> None:
    """Store which answer of a pair a judge preferred."""
    row = msgspec.to_builtins(pairing)
    with history.database.explained("write to"):
        history.database.insert("pairings", row)


def pairings_of(history: History, judge: str) -> tuple[Pairing, ...]:
    """Return every pair that this model has ever judged, in the order of time."""
    rows = _rows(history, "SELECT * FROM pairings WHERE judge = ? ORDER BY id", [judge])
    try:
        return tuple(convert(row, Pairing) for row in rows)
    except msgspec.ValidationError as error:
        raise _damaged(history, error) from error


def track_records(history: History, ratings: Iterable[Rating]) -> tuple[TrackRecord, ...]:
    """Return the track record of each judge among these ratings, from everything it has judged in this history."""
    judges = dict.fromkeys(rating.rater for rating in ratings if rating.kind is RaterKind.JUDGE)
    return tuple(track_record_of(history, judge) for judge in judges)


def track_record_of(history: History, judge: str) -> TrackRecord:
    """Return the track record of one judge, which is empty if it has judged nothing in this history."""
    judged = _rows(
        history, "SELECT DISTINCT answer_id FROM ratings WHERE kind = ? AND rater = ?", [RaterKind.JUDGE.value, judge]
    )
    ratings = ratings_of(history, (str(row["answer_id"]) for row in judged))
    return track_record(judge, ratings, pairings_of(history, judge))


def with_ratings(history: History, run: RunRecord) -> RunRecord:
    """Return the run with every rating of its answers and the track records of their judges."""
    ratings = ratings_of(history, (answer.answer_id for answer in answers_of(run)))
    return replace(run, ratings=ratings, judges=track_records(history, ratings))


def with_ratings_from(file: Path | None, run: RunRecord) -> RunRecord:
    """Return the run with ratings from a history file, or the run unchanged if the file is missing or unreadable."""
    if file is None or not paths.exists(file):
        return run
    try:
        with closing(History(file)) as history:
            return with_ratings(history, run)
    except HistoryError:
        return run


def last_rater(history: History) -> str:
    """Return the name of the person who rated last, or an empty text if nobody has rated."""
    last = "SELECT rater FROM ratings WHERE kind = ? ORDER BY id DESC LIMIT 1"
    rows = _rows(history, last, [RaterKind.HUMAN.value])
    return str(rows[0]["rater"]) if rows else ""


def _rows(history: History, query: str, values: Sequence[Value]) -> list[dict[str, object]]:
    with history.database.reading():
        rows = history.database.execute(query, values)
        return [{name: text_of(row[name]) for name in row.keys()} for row in rows]  # noqa: SIM118


def _damaged(history: History, error: msgspec.ValidationError) -> HistoryError:
    return HistoryError(f"cannot read the history {history.path}: a rating in it is damaged ({error})")
