"""Ratings in the history. They belong to an answer, so they outlive the run that it was first given in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Final

import msgspec

from tui.measure.quality import answers_of
from tui.records import RunRecord
from tui.records.quality import RaterKind, Rating
from tui.store.database import Value, text_of
from tui.store.history import History, HistoryError

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
        raise HistoryError(f"cannot read the history {history.path}: a rating in it is damaged ({error})") from error


def with_ratings(history: History, run: RunRecord) -> RunRecord:
    """The run with every rating of its answers."""
    return replace(run, ratings=ratings_of(history, (answer.answer_id for answer in answers_of(run))))


def rated(file: Path | None, run: RunRecord) -> RunRecord:
    """The same from a file; the run as it is where there is no history, or one that cannot be read."""
    if file is None or not file.exists():
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
