"""This module lists, filters, names, tags, pins and deletes the runs of the history."""

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
from tui.text.times import begin_of, local_start_time_cell

_STATE: Final = "CASE WHEN runs.status = 'running' AND NOT lives(runs.owner) THEN 'interrupted' ELSE runs.status END"
_SAMPLES: Final = "(SELECT count(*) FROM samples WHERE samples.run_id = runs.run_id)"
_FAILED: Final = "(SELECT count(*) FROM samples WHERE samples.run_id = runs.run_id AND samples.status = 'failed')"
_COLUMNS: Final = (
    f"run_id, started_at, finished_at, purpose, name, tags, pinned, note, models, prompt_set, rounds, launches, "
    "prompts, question, "
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
_SEARCHED_COLUMNS: Final = "run_id, clock(started_at), purpose, name, tags, models, prompt_set, question, note"
_DATE: Final = re.compile(r"\d{4}(-\d{2}){0,2}")


def parse_filter(text: str) -> RunFilter:
    """Parse the text of a filter line: ``#cpu`` is a tag, ``>2026-11`` and ``<2026-12-01`` are days, the rest words."""
    words: list[str] = []
    run_filter = RunFilter()
    for word in text.split():
        if len(word) > 1 and word.startswith("#"):
            run_filter = replace(run_filter, tags=(*run_filter.tags, word[1:]))
        elif word[0] in "<>" and is_date(word[1:]):
            day = word[1:]
            run_filter = replace(run_filter, since=day) if word[0] == ">" else replace(run_filter, until=day)
        else:
            words.append(word)
    return replace(run_filter, words=tuple(words))


def is_date(text: str) -> bool:
    """Return whether the text is a day, a month or a year in the format in which ``started_at`` begins."""
    return _DATE.fullmatch(text) is not None


class Runs:
    """This class queries and edits the entries of runs. Use it from the thread that opened the file."""

    def __init__(self, database: Database, lives: Callable[[str], bool]) -> None:
        """Use ``lives`` to decide whether the owner of a run without an end is still running it."""
        self._database = database

        def is_alive(owner: Any) -> bool:
            return lives(str(text_of(owner)))

        database.define("lives", is_alive)
        database.define("folded", _folded)
        database.define("clock", _clock)
        database.define("tagged", _tagged)

    def entries(self, run_filter: RunFilter | None = None) -> list[RunEntry]:
        """Return the runs that match, the newest first by default; runs without the value sorted by come last."""
        run_filter = run_filter or RunFilter()
        conditions, values = _conditions(run_filter)
        direction = "ASC" if run_filter.ascending else "DESC"
        limit = -1 if run_filter.limit is None else run_filter.limit
        with self._database.reading():
            rows = self._database.execute(
                f"SELECT {_COLUMNS} FROM runs WHERE {conditions} "
                f"ORDER BY {_ORDERS[run_filter.order]} {direction} NULLS LAST, id DESC LIMIT ?",
                (*values, limit),
            )
            return [_entry(row) for row in rows]

    def count(self, run_filter: RunFilter | None = None) -> int:
        """Return how many runs match, ignoring the limit."""
        conditions, values = _conditions(run_filter or RunFilter())
        with self._database.reading():
            rows = self._database.execute(f"SELECT count(*) FROM runs WHERE {conditions}", values)
            number: int = rows.fetchone()[0]
        return number

    def matching(self, reference: str) -> list[RunEntry]:
        """Return the runs that a reference matches: by id, else name, else tag, else the beginning of the id."""
        kinds = (
            ("run_id = ?", reference),
            ("name <> '' AND folded(name) = ?", _plain_fold(reference)),
            ("tagged(tags, ?)", reference),
            ("? <> '' AND substr(run_id, 1, length(?)) = ?", reference),
        )
        for condition, value in kinds:
            with self._database.reading():
                rows = self._database.execute(
                    f"SELECT {_COLUMNS} FROM runs WHERE {condition} ORDER BY id DESC", (value,) * condition.count("?")
                ).fetchall()
                if rows:
                    return [_entry(row) for row in rows]
        return []

    def rename(self, run_id: str, name: str) -> None:
        """Set the name of a run; an empty name removes it."""
        self._change("name = ?", plain(" ".join(name.split())), [run_id])

    def annotate(self, run_id: str, note: str) -> None:
        """Set the note of a run; an empty note removes it."""
        self._change("note = ?", plain(note.strip()), [run_id])

    def pin(self, run_ids: Sequence[str], pinned: bool = True) -> None:
        """Pin or unpin runs; a pinned run cannot be deleted."""
        self._change("pinned = ?", pinned, run_ids)

    def tag(self, run_ids: Sequence[str], add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        """Remove tags and then add others; tags that differ only in case are the same tag."""
        removed = {_plain_fold(tag) for tag in remove}
        added = [tag for text in add if (tag := plain(text.strip().removeprefix("#")))]
        with self._database.transaction():
            for run_id in run_ids:
                row = self._database.execute("SELECT tags FROM runs WHERE run_id = ?", (run_id,)).fetchone()
                if row is None:
                    raise self._missing(run_id)
                remaining = [tag for tag in _listed(row["tags"]) if _plain_fold(tag) not in removed]
                tags = {_plain_fold(tag): tag for tag in (*remaining, *added)}
                self._database.execute("UPDATE runs SET tags = ? WHERE run_id = ?", (plain([*tags.values()]), run_id))

    def delete(self, run_ids: Sequence[str]) -> None:
        """Delete runs with their samples, loads and readings, or none of them if one is pinned or still running."""
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


def _conditions(run_filter: RunFilter) -> tuple[str, list[Value]]:
    """Return the condition of a query and the values of its placeholders."""
    parts: list[tuple[str, Sequence[Value]]] = [
        *((f"instr(folded({_SEARCHED_COLUMNS}, {_STATE}), ?)", (_plain_fold(word),)) for word in run_filter.words),
        *(("tagged(tags, ?)", (tag,)) for tag in run_filter.tags),
    ]
    if run_filter.statuses:
        parts.append((f"{_STATE} IN ({_marks(run_filter.statuses)})", [status.value for status in run_filter.statuses]))
    if run_filter.purpose is not None:
        parts.append(("purpose = ?", (run_filter.purpose.value,)))
    if run_filter.since is not None:
        parts.append(("started_at >= ?", (begin_of(run_filter.since),)))
    if run_filter.until is not None:
        # The comparison includes the whole of the last day, month or year.
        parts.append(("started_at < ?", (begin_of(run_filter.until, following=True),)))
    if run_filter.without:
        parts.append((f"run_id NOT IN ({_marks(run_filter.without)})", run_filter.without))
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
        prompts=row["prompts"],
        question=text_of(row["question"]) or "",
        samples=row["samples"],
        failed=row["failed"],
    )


def _listed(text: Any) -> tuple[str, ...]:
    """Return a list that is stored as JSON; the result is empty if it is damaged."""
    try:
        return tuple(map(str, json.loads(text or "[]")))
    except (ValueError, TypeError):
        return ()


def _folded(*parts: Any) -> str:
    """Return the parts in the form in which they are compared: without case, one on each line."""
    return "\n".join(_plain_fold(part) for part in parts if part is not None)


def _clock(moment: Any) -> str:
    """Return a stored time as the list shows it, by the local clock."""
    return local_start_time_cell(str(text_of(moment)))


def _tagged(tags: Any, tag: Any) -> bool:
    return _plain_fold(tag) in map(_plain_fold, _listed(tags))


def _plain_fold(value: Any) -> str:
    return plain(str(text_of(value))).casefold()
