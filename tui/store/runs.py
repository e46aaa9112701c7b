"""The runs of the history as a list: asked by SQL, named, tagged, pinned, deleted."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from tui.records import Purpose, RunEntry, RunFilter, RunOrder, RunState
from tui.store.database import Database, Value, plain, text_of
from tui.store.errors import HistoryError

_STATE: Final = "CASE WHEN runs.status = 'running' AND NOT lives(runs.owner) THEN 'interrupted' ELSE runs.status END"
_SAMPLES: Final = "(SELECT count(*) FROM samples WHERE samples.run_id = runs.run_id)"
_FAILED: Final = "(SELECT count(*) FROM samples WHERE samples.run_id = runs.run_id AND samples.status = 'failed')"
_COLUMNS: Final = (
    f"run_id, started_at, finished_at, purpose, name, tags, pinned, note, models, prompt_set, rounds, launches, "
    f"{_STATE} AS state, {_SAMPLES} AS samples, {_FAILED} AS failed"
)
_ORDERS: Final = {
    RunOrder.BEGAN: "id",
    RunOrder.NAME: "nullif(folded(name), '')",
    RunOrder.MODELS: "folded(models)",
    RunOrder.SAMPLES: "samples",
    RunOrder.FAILED: "failed",
    RunOrder.STATUS: "state",
}
_SAID: Final = "run_id, started_at, purpose, name, tags, models, prompt_set, note"
_DATE: Final = re.compile(r"\d{4}(-\d{2}){0,2}")


def wanted(text: str) -> RunFilter:
    """What a line of words asks for: ``#cpu`` a tag, ``>2026-11`` and ``<2026-12-01`` days, anything else a word."""
    words: list[str] = []
    found = RunFilter()
    for word in text.split():
        if len(word) > 1 and word.startswith("#"):
            found = replace(found, tags=(*found.tags, word[1:]))
        elif word[0] in "<>" and is_date(word[1:]):
            found = replace(found, since=word[1:]) if word[0] == ">" else replace(found, until=word[1:])
        else:
            words.append(word)
    return replace(found, words=tuple(words))


def is_date(text: str) -> bool:
    """Whether it is a day, a month or a year as ``started_at`` begins."""
    return _DATE.fullmatch(text) is not None


class Runs:
    """Asks and changes what stands beside the samples; used from the thread that opened the file."""

    def __init__(self, database: Database, lives: Callable[[str], bool]) -> None:
        """``lives`` says whether the owner of a run that has no end is still at it."""
        self._database = database

        def is_alive(owner: Any) -> bool:
            return lives(str(text_of(owner)))

        database.define("lives", is_alive)
        database.define("folded", _folded)
        database.define("tagged", _tagged)

    def entries(self, asked: RunFilter | None = None) -> list[RunEntry]:
        """The runs that are wanted, the newest first unless another order is; what has no name comes last."""
        asked = asked or RunFilter()
        conditions, values = _conditions(asked)
        direction = "ASC" if asked.ascending else "DESC"
        limit = -1 if asked.limit is None else asked.limit
        with self._database.reading():
            rows = self._database.execute(
                f"SELECT {_COLUMNS} FROM runs WHERE {conditions} "
                f"ORDER BY {_ORDERS[asked.order]} {direction} NULLS LAST, id DESC LIMIT ?",
                (*values, limit),
            )
            return [_entry(row) for row in rows]

    def count(self, asked: RunFilter | None = None) -> int:
        """How many runs are wanted, whatever the limit."""
        conditions, values = _conditions(asked or RunFilter())
        with self._database.reading():
            found: int = self._database.execute(f"SELECT count(*) FROM runs WHERE {conditions}", values).fetchone()[0]
        return found

    def referred(self, reference: str) -> list[RunEntry]:
        """The runs that a word may mean: the one of this id, else those of this name, this tag, this beginning."""
        kinds = (
            ("run_id = ?", reference),
            ("name <> '' AND folded(name) = ?", _plain_fold(reference)),
            ("tagged(tags, ?)", reference),
            ("substr(run_id, 1, ?2) = ?1 AND ?2", reference),
        )
        for condition, value in kinds:
            values: tuple[Value, ...] = (value, len(value)) if "?2" in condition else (value,)
            with self._database.reading():
                rows = self._database.execute(
                    f"SELECT {_COLUMNS} FROM runs WHERE {condition} ORDER BY id DESC", values
                ).fetchall()
                if rows:
                    return [_entry(row) for row in rows]
        return []

    def rename(self, run_id: str, name: str) -> None:
        """Give a run a name, or none."""
        self._change("name = ?", plain(" ".join(name.split())), [run_id])

    def annotate(self, run_id: str, note: str) -> None:
        """Write a note on a run, or none."""
        self._change("note = ?", plain(note.strip()), [run_id])

    def pin(self, run_ids: Sequence[str], pinned: bool = True) -> None:
        """A run that is pinned is not deleted."""
        self._change("pinned = ?", pinned, run_ids)

    def tag(self, run_ids: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Remove tags and add others; whether in capitals makes no difference."""
        gone = {_plain_fold(tag) for tag in remove}
        added = [tag for each in add if (tag := plain(each.strip().removeprefix("#")))]
        with self._database.transaction():
            for run_id in run_ids:
                row = self._database.execute("SELECT tags FROM runs WHERE run_id = ?", (run_id,)).fetchone()
                if row is None:
                    raise self._missing(run_id)
                kept = [tag for tag in _listed(row["tags"]) if _plain_fold(tag) not in gone]
                tags = {_plain_fold(tag): tag for tag in (*kept, *added)}
                self._database.execute("UPDATE runs SET tags = ? WHERE run_id = ?", (plain([*tags.values()]), run_id))

    def delete(self, run_ids: Sequence[str]) -> None:
        """Delete runs with all that belongs to them: all of these, or none where one is pinned or still running."""
        with self._database.transaction():
            for run_id in run_ids:
                row = self._database.execute(
                    f"SELECT pinned, {_STATE} AS state FROM runs WHERE run_id = ?", (run_id,)
                ).fetchone()
                if row is None:
                    raise self._missing(run_id)
                if row["pinned"]:
                    raise HistoryError(f"the run {run_id} is pinned, and stays; unpin it first")
                if row["state"] == RunState.RUNNING:
                    raise HistoryError(f"the run {run_id} is still running, and stays; stop it first")
                for table in ("samples", "loads", "readings", "runs"):
                    self._database.execute(f"DELETE FROM {table} WHERE run_id = ?", (run_id,))

    def _change(self, assignment: str, value: Value, run_ids: Sequence[str]) -> None:
        with self._database.transaction():
            for run_id in run_ids:
                changed = self._database.execute(f"UPDATE runs SET {assignment} WHERE run_id = ?", (value, run_id))
                if not changed.rowcount:
                    raise self._missing(run_id)

    def _missing(self, run_id: str) -> HistoryError:
        return HistoryError(f"the history {self._database.path} has no run {run_id}")


def _conditions(asked: RunFilter) -> tuple[str, list[Value]]:
    """The condition of a query, and its values."""
    parts: list[tuple[str, Sequence[Value]]] = [
        *((f"instr(folded({_SAID}, {_STATE}), ?)", (_plain_fold(word),)) for word in asked.words),
        *(("tagged(tags, ?)", (tag,)) for tag in asked.tags),
    ]
    if asked.statuses:
        parts.append((f"{_STATE} IN ({_marks(asked.statuses)})", [status.value for status in asked.statuses]))
    if asked.purpose is not None:
        parts.append(("purpose = ?", (asked.purpose.value,)))
    if asked.since is not None:
        parts.append(("started_at >= ?", (asked.since,)))
    if asked.until is not None:
        # A day lasts to its end, and so do a month and a year.
        parts.append(("substr(started_at, 1, length(?)) <= ?", (asked.until, asked.until)))
    if asked.without:
        parts.append((f"run_id NOT IN ({_marks(asked.without)})", asked.without))
    if not parts:
        return "1", []
    return " AND ".join(condition for condition, _ in parts), [value for _, values in parts for value in values]


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" for _ in values)


def _entry(row: sqlite3.Row) -> RunEntry:
    return RunEntry(
        run_id=row["run_id"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        status=RunState(row["state"]),
        purpose=Purpose(row["purpose"]),
        name=text_of(row["name"]),
        tags=_listed(row["tags"]),
        pinned=bool(row["pinned"]),
        note=text_of(row["note"]),
        models=_listed(row["models"]),
        prompt_set=row["prompt_set"] or "",
        rounds=row["rounds"],
        launches=row["launches"],
        samples=row["samples"],
        failed=row["failed"],
    )


def _listed(text: Any) -> tuple[str, ...]:
    """A list that is kept as JSON; one that is damaged is empty."""
    try:
        return tuple(map(str, json.loads(text or "[]")))
    except (ValueError, TypeError):
        return ()


def _folded(*parts: Any) -> str:
    """Words as they are compared, whatever their case, on one line a part."""
    return "\n".join(_plain_fold(part) for part in parts if part is not None)


def _tagged(tags: Any, tag: Any) -> bool:
    return _plain_fold(tag) in map(_plain_fold, _listed(tags))


def _plain_fold(value: Any) -> str:
    return plain(str(text_of(value))).casefold()
