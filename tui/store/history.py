"""This module stores runs on disk. A sample survives a crash of the process as soon as ``add_sample`` returns."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from tui import paths
from tui.conversion import convert
from tui.measure.timing import metrics
from tui.records import (
    Environment,
    ExitCause,
    Load,
    MemoryReading,
    Method,
    ModelPace,
    ObservedMemory,
    Plan,
    RunRecord,
    RunStatus,
    Sample,
    Timeline,
)
from tui.records.measurement_settings import flattened
from tui.store.database import LISTED, Database, Value, packed, plain, question_of, text_of, values_of_plan
from tui.store.errors import HistoryError

_Record = TypeVar("_Record")

_MOSTLY: Final = 0.5
"""If more than this share of a model's answers were cut, their length says nothing of the next ones."""
_TIMELINE_COLUMNS: Final = tuple(field.name for field in fields(Timeline))
_SAMPLE_COLUMNS: Final = tuple(field.name for field in fields(Sample) if field.name != "timeline")


class History:
    """This class stores runs in one SQLite file. Use it from the thread that opened it; calls wait for the disk."""

    def __init__(self, path: Path) -> None:
        """Open the file, or create it; see ``Database``."""
        self.path = path
        self.database = Database(path)

    def begin(self, run: RunRecord) -> None:
        """Store a run with its plan, its environment and the loads and samples it already has, in one transaction."""
        with self.database.transaction():
            self._insert(run)

    def try_to_write(self) -> None:
        """Store nothing, which fails as any write would."""
        with self.database.transaction():
            pass

    def restore(self, run: RunRecord) -> None:
        """Store the whole run again after failed writes, replacing the part of it that the file already has."""
        with self.database.transaction():
            for table in ("loads", "samples"):
                self.database.execute(f"DELETE FROM {table} WHERE run_id = ?", (run.run_id,))
            changed = self.database.execute(
                "UPDATE runs SET status = ?, finished_at = ? WHERE run_id = ?",
                (run.status.value, run.finished_at, run.run_id),
            )
            self._insert(run, exists=bool(changed.rowcount))

    def _insert(self, run: RunRecord, *, exists: bool = False) -> None:
        if not exists:
            self.database.insert("runs", _run_row(run))
        for load in run.loads:
            self.database.insert("loads", _load_row(run.run_id, load), replacing=True)
        for sample in run.samples:
            self.database.insert("samples", _sample_row(run.run_id, sample))

    def add_load(self, run_id: str, load: Load) -> None:
        """Store a start of a model; a later record of the same launch, such as its death, replaces the earlier one."""
        with self.database.explained("write to"):
            self.database.insert("loads", _load_row(run_id, load), replacing=True)

    def add_sample(self, run_id: str, sample: Sample) -> None:
        """Store a sample, which survives a crash of the process once this method has returned."""
        with self.database.explained("write to"):
            self.database.insert("samples", _sample_row(run_id, sample))

    def flag_again(self, run_id: str, samples: Sequence[Sample]) -> None:
        """Store the disturbances of the samples of a run, all of them in the order in which they were stored."""
        with self.database.transaction():
            rows = self.database.execute(
                "SELECT id, disturbances FROM samples WHERE run_id = ? ORDER BY id", (run_id,)
            ).fetchall()
            if len(rows) != len(samples):
                raise HistoryError(f"the history {self.path} has other samples of the run {run_id}")
            for row, sample in zip(rows, samples, strict=True):
                if (found := json.dumps(sample.disturbances)) != row["disturbances"]:
                    self.database.execute("UPDATE samples SET disturbances = ? WHERE id = ?", (found, row["id"]))

    def add_readings(self, run_id: str, readings: Sequence[MemoryReading]) -> None:
        """Store the memory readings of a run in one transaction."""
        with self.database.transaction():
            for reading in readings:
                self.database.insert("readings", {"run_id": run_id, "reading": _json(reading)})

    def readings(self, run_id: str) -> list[MemoryReading]:
        """Return the memory readings of a run, in the order of time."""
        with self.database.reading():
            rows = self.database.execute("SELECT reading FROM readings WHERE run_id = ? ORDER BY id", (run_id,))
            return [_from_json(row["reading"], MemoryReading) for row in rows]

    def observe(self, seen: ObservedMemory) -> None:
        """Store the memory that a load took, for later forecasts."""
        with self.database.explained("write to"):
            self.database.insert("observed_memory", {"identity": seen.identity, "seen": _json(seen)})

    def observed(self, limit: int = 500) -> list[ObservedMemory]:
        """Return the memory that the latest loads took, the newest last."""
        with self.database.reading():
            rows = self.database.execute("SELECT seen FROM observed_memory ORDER BY id DESC LIMIT ?", (limit,))
            return [_from_json(row["seen"], ObservedMemory) for row in rows][::-1]

    def finish(self, run_id: str, status: RunStatus, finished_at: str) -> None:
        """Mark how and when (UTC, ISO 8601) a run ended."""
        with self.database.explained("write to"):
            changed = self.database.execute(
                "UPDATE runs SET status = ?, finished_at = ? WHERE run_id = ?", (status.value, finished_at, run_id)
            )
        if not changed.rowcount:
            raise HistoryError(f"the history {self.path} has no run {run_id}")

    def save_plan(self, run: RunRecord) -> None:
        """Store the plan of a run again, with what was added to its graders."""
        with self.database.explained("write to"):
            self.database.execute("UPDATE runs SET plan = ? WHERE run_id = ?", (_plan_json(run.plan), run.run_id))

    def take_over(self, run: RunRecord, before: RunRecord) -> None:
        """Mark an interrupted or stopped run as running under its new owner, if it is still as it was ``before``.

        Raises ``HistoryError`` if another Benchtop has taken it over in the meantime.
        """
        with self.database.explained("write to"):
            changed = self.database.execute(
                "UPDATE runs SET status = ?, finished_at = NULL, owner = ?, note = ? "
                "WHERE run_id = ? AND status = ? AND owner = ?",
                (run.status.value, run.owner, run.note, run.run_id, before.status.value, before.owner),
            )
        if not changed.rowcount:
            raise HistoryError(f"the run {run.run_id} has been resumed by another Benchtop")

    def beat(self, run_id: str, owner: str, stays: str) -> bool:
        """Note the beat of the owner of a run; false if the run has another owner now.

        ``stays`` is the beginning of ``owner`` that does not change.
        """
        with self.database.explained("write to"):
            changed = self.database.execute(
                "UPDATE runs SET owner = ? WHERE run_id = ? AND substr(owner, 1, ?) = ?",
                (owner, run_id, len(stays), stays),
            )
        return bool(changed.rowcount)

    def owner(self, run_id: str) -> str | None:
        """Return who runs a run that is about to be written to; ``None`` if the history has no such run."""
        with self.database.explained("write to"):
            row = self.database.execute("SELECT owner FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            return None if row is None else text_of(row["owner"]) or ""

    def run(self, run_id: str) -> RunRecord:
        """Return the whole run with its loads and samples, in the order in which they were stored."""
        with self.database.reading():
            row = self.database.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if row is None:
                raise HistoryError(f"the history {self.path} has no run {run_id}")
            loads = self.database.execute("SELECT * FROM loads WHERE run_id = ? ORDER BY id", (run_id,))
            samples = self.database.execute("SELECT * FROM samples WHERE run_id = ? ORDER BY id", (run_id,))
            return _run(row, [_load(load) for load in loads], [_sample(sample) for sample in samples])

    def pace(self, key: str, limit: int = 30) -> ModelPace | None:
        """Return how fast a model was in its latest requests that succeeded; ``None`` if there are none."""
        with self.database.reading():
            row = self.database.execute(
                "SELECT avg(ttft_ms) / 1000 AS ttft_s, avg(decode_tok_s) AS decode_tok_s, "
                "avg(output_tokens) AS output_tokens, avg(finish_reason = 'length') AS cut FROM (SELECT * FROM samples "
                "WHERE key = ? AND status = 'ok' AND decode_tok_s > 0 AND concurrency = 1 ORDER BY id DESC LIMIT ?)",
                (key, limit),
            ).fetchone()
            load = self.database.execute(
                "SELECT avg(load_ns) / 1e9 AS load_s FROM (SELECT load_ns FROM loads WHERE key = ? AND load_ns > 0 "
                "ORDER BY id DESC LIMIT ?)",
                (key, limit),
            ).fetchone()
        if row["ttft_s"] is None:
            return None
        return ModelPace(
            ttft_s=row["ttft_s"],
            decode_tok_s=row["decode_tok_s"],
            output_tokens=None if (row["cut"] or 0) > _MOSTLY else row["output_tokens"],
            load_s=load["load_s"],
        )

    def conversation(self, run_id: str) -> list[RunRecord]:
        """Return the runs of the conversation that a run belongs to, in their order; of no conversation: the run."""
        with self.database.reading():
            rows = self.database.execute(
                "SELECT run_id FROM runs WHERE run_id = ? OR (conversation <> '' AND conversation = "
                "(SELECT conversation FROM runs WHERE run_id = ?)) ORDER BY id",
                (run_id, run_id),
            ).fetchall()
        return [self.run(row["run_id"]) for row in rows]

    def latest(self, limit: int = 50) -> list[RunRecord]:
        """Return the latest runs, the newest first, without their loads and samples."""
        with self.database.reading():
            rows = self.database.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (limit,))
            return [_run(row) for row in rows]

    def running(self, limit: int) -> list[tuple[str, str]]:
        """Return id and owner of the latest runs that have not ended; their plans, which may be long, are not read."""
        with self.database.reading():
            rows = self.database.execute(
                "SELECT run_id, owner FROM runs WHERE status = ? ORDER BY id DESC LIMIT ?", (RunStatus.RUNNING, limit)
            )
            return [(str(row["run_id"]), text_of(row["owner"]) or "") for row in rows]

    def models_of_latest(self) -> list[str]:
        """Return the keys of the models of the latest run; there are none in an empty history."""
        with self.database.reading():
            row = self.database.execute("SELECT models FROM runs ORDER BY id DESC LIMIT 1").fetchone()
            return [] if row is None else [str(key) for key in _from_json(text_of(row["models"]) or "[]", list[str])]

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self.database.close()


def observed_loads(file: Path) -> tuple[ObservedMemory, ...]:
    """Return the memory of earlier loads; empty if there is no history or it cannot be read."""
    return _read_if_possible(file, History.observed)


def latest_models(file: Path) -> tuple[str, ...]:
    """Return the keys of the models that were asked or measured last; empty without a history that can be read."""
    return _read_if_possible(file, History.models_of_latest)


def readings_of(file: Path | None, run_id: str) -> tuple[MemoryReading, ...]:
    """Return the memory readings of a run for its reports; empty if there is no history or it cannot be read."""
    return _read_if_possible(file, lambda history: history.readings(run_id))


def _read_if_possible(file: Path | None, read: Callable[[History], Iterable[_Record]]) -> tuple[_Record, ...]:
    """Return what a history holds; empty if it does not exist or cannot be read.

    The error is dropped: the caller can do without, and whoever writes to the history reports it.
    """
    if file is None or not paths.exists(file):
        return ()
    try:
        with closing(History(file)) as history:
            return tuple(read(history))
    except HistoryError:
        return ()


def _run_row(run: RunRecord) -> dict[str, Value]:
    plan = _plan_json(run.plan)
    row: dict[str, Value] = {
        "run_id": run.run_id,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "status": run.status.value,
        "purpose": run.plan.purpose.value,
        "plan": plan,
        "environment": _json(run.environment),
        "name": run.name,
        "tags": plain(run.tags),
        "pinned": run.pinned,
        "note": run.note,
        "owner": run.owner,
        "conversation": run.plan.conversation or None,
    }
    prompts = run.plan.prompts
    row |= {"prompts": len(prompts), "question": question_of(prompts[0].text) if prompts else None}
    # None of the other values is of the prompts, of which there may be 100,000.
    return row | values_of_plan(_plan_json(replace(run.plan, prompts=())), LISTED)


def _load_row(run_id: str, load: Load) -> dict[str, Value]:
    values: dict[str, Value] = {field.name: getattr(load, field.name) for field in fields(load)}
    return {**values, "run_id": run_id, "verdict": None if load.verdict is None else _json(load.verdict)}


def _sample_row(run_id: str, sample: Sample) -> dict[str, Value]:
    timeline = sample.timeline
    ttft_ns, e2e_ns = metrics.ttft_ns(timeline), metrics.e2e_ns(timeline)
    row: dict[str, Value] = {"run_id": run_id}
    row |= {column: getattr(sample, column) for column in _SAMPLE_COLUMNS}
    row |= {column: getattr(timeline, column) for column in _TIMELINE_COLUMNS}
    row |= {
        "flags": json.dumps(sample.flags),
        "disturbances": json.dumps(sample.disturbances),
        "arrivals_ns": packed(timeline.arrivals_ns),
        "ttft_ms": None if ttft_ns is None else ttft_ns / 1e6,
        "e2e_ms": None if e2e_ns is None else e2e_ns / 1e6,
        "decode_tok_s": metrics.decode_tok_s(timeline),
    }
    return row


def _run(row: sqlite3.Row, loads: Sequence[Load] = (), samples: Sequence[Sample] = ()) -> RunRecord:
    return RunRecord(
        run_id=row["run_id"],
        started_at=row["started_at"],
        finished_at=row["finished_at"],
        status=RunStatus(row["status"]),
        name=text_of(row["name"]),
        tags=tuple(json.loads(row["tags"])),
        pinned=bool(row["pinned"]),
        note=text_of(row["note"]),
        owner=text_of(row["owner"]) or "",
        plan=_plan_from(row["plan"]),
        environment=_from_json(row["environment"], Environment),
        loads=tuple(loads),
        samples=tuple(samples),
    )


def _load(row: sqlite3.Row) -> Load:
    return Load(
        key=text_of(row["key"]),
        launch=row["launch"],
        load_ns=row["load_ns"],
        process_start_ns=row["process_start_ns"],
        provider_ns=row["provider_ns"],
        threads=row["threads"],
        pid=row["pid"],
        peak_rss_bytes=row["peak_rss_bytes"],
        forecast_bytes=row["forecast_bytes"],
        measured_bytes=row["measured_bytes"],
        left_bytes=row["left_bytes"],
        segment=row["segment"],
        round_trip_ns=row["round_trip_ns"],
        idle_watts=row["idle_watts"],
        verdict=None if row["verdict"] is None else _from_json(row["verdict"], ExitCause),
    )


def _sample(row: sqlite3.Row) -> Sample:
    blob: bytes = row["arrivals_ns"]
    timeline: dict[str, Any] = {column: row[column] for column in _TIMELINE_COLUMNS}
    timeline["arrivals_ns"] = struct.unpack(f"<{len(blob) // 8}q", blob)
    timeline["one_token_first"] = bool(timeline["one_token_first"])
    values: dict[str, Any] = {column: text_of(row[column]) for column in _SAMPLE_COLUMNS}
    for column in ("flags", "disturbances"):
        values[column] = json.loads(values[column])
    values["timeline"] = timeline
    return convert(values, Sample)


def _plan_json(plan: Plan) -> str:
    """Return a plan as JSON in which the settings of its method are members of the plan itself.

    The fields on who named a model's folder and on its adapter's code are left out: every listing finds them again.
    So is the earlier part of a conversation, which the samples of its other runs have.
    """
    members = msgspec.to_builtins(plan, enc_hook=str)
    del members["earlier"]
    for model in members["models"]:
        del model["foreign"]
        if model["adapter"] is not None:
            del model["adapter"]["code_folders"], model["adapter"]["fingerprint"]
    return json.dumps(flattened(members))


def _plan_from(text: str) -> Plan:
    return replace(_from_json(text, Plan), method=_from_json(text, Method))


def _json(record: object) -> str:
    """Return a record as JSON; unlike msgspec's own encoder the standard one preserves half of a surrogate pair."""
    return json.dumps(msgspec.to_builtins(record, enc_hook=str))


def _from_json(text: str, kind: type[_Record]) -> _Record:
    return convert(json.loads(text), kind, dec_hook=lambda decoded_type, value: decoded_type(value))
