"""Every run on disk: a sample is safe the moment ``add_sample`` returns, whatever happens to the process then."""

from __future__ import annotations

import json
import sqlite3
import struct
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from tui.measure import metrics
from tui.records import (
    Environment,
    Load,
    MemoryReading,
    ObservedMemory,
    Plan,
    RunRecord,
    RunStatus,
    Sample,
    Timeline,
    Verdict,
)
from tui.store.schema import APPLICATION_ID, STEPS, VERSION

BUSY_TIMEOUT_MS: Final = 2000
"""How long a write waits for another Benchtop that is writing at the same moment."""

_Value = str | bytes | int | float | None
_Record = TypeVar("_Record")

_TIMELINE_COLUMNS: Final = tuple(field.name for field in fields(Timeline))
_SAMPLE_COLUMNS: Final = tuple(field.name for field in fields(Sample) if field.name != "timeline")

_START_ANEW: Final = "move the file away, and a new history begins"
_REMEDIES: Final[Mapping[int, str]] = {
    sqlite3.SQLITE_FULL: "free some disk space",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable, or set BENCHTOP_HOME to another folder",
    sqlite3.SQLITE_CANTOPEN: "check its folder, or set BENCHTOP_HOME to another one",
    sqlite3.SQLITE_BUSY: "another program holds it; close that one",
    sqlite3.SQLITE_NOTADB: _START_ANEW,
    sqlite3.SQLITE_CORRUPT: _START_ANEW,
}


class HistoryError(Exception):
    """The history cannot be opened, read or written; the message is one sentence for a person."""


class History:
    """The runs in one SQLite file, used from the thread that opened it: every call is short and waits for the disk."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it and its folder; bring an older one up to date.

        Raises ``HistoryError`` when that cannot be done. A file that is damaged, of a newer version or another
        program's is left as it is.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise HistoryError(
                f"cannot open the history {path}: its folder cannot be made ({error.strerror}); "
                "set BENCHTOP_HOME to another folder"
            ) from error
        with self._explained("open"):
            self._connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
        try:
            with self._explained("open"):
                self._prepare()
        except HistoryError:
            self._connection.close()
            raise

    def begin(self, run: RunRecord) -> None:
        """Store a run with its plan and environment, and what it already holds, in one step."""
        row: dict[str, _Value] = {
            "run_id": run.run_id,
            "started_at": run.started_at,
            "finished_at": run.finished_at,
            "status": run.status.value,
            "purpose": run.plan.purpose.value,
            "plan": _json(run.plan),
            "environment": _json(run.environment),
            "name": run.name,
            "tags": json.dumps(run.tags),
            "pinned": run.pinned,
            "note": run.note,
            "owner": run.owner,
        }
        with self._explained("write to"), self._transaction():
            self._insert("runs", row)
            for load in run.loads:
                self._insert("loads", _load_row(run.run_id, load), replacing=True)
            for sample in run.samples:
                self._insert("samples", _sample_row(run.run_id, sample))

    def add_load(self, run_id: str, load: Load) -> None:
        """Store a start of a model; a later word on the same launch, such as its death, replaces the earlier one."""
        with self._explained("write to"):
            self._insert("loads", _load_row(run_id, load), replacing=True)

    def add_sample(self, run_id: str, sample: Sample) -> None:
        """Store a sample; when this returns it outlives the process."""
        with self._explained("write to"):
            self._insert("samples", _sample_row(run_id, sample))

    def add_readings(self, run_id: str, readings: Sequence[MemoryReading]) -> None:
        """Store what memory held during a run, in one step."""
        with self._explained("write to"), self._transaction():
            for reading in readings:
                self._insert("readings", {"run_id": run_id, "reading": _json(reading)})

    def readings(self, run_id: str) -> list[MemoryReading]:
        """What memory held during a run, in the order of time."""
        with self._reading():
            rows = self._connection.execute("SELECT reading FROM readings WHERE run_id = ? ORDER BY id", (run_id,))
            return [_from_json(row["reading"], MemoryReading) for row in rows]

    def observe(self, seen: ObservedMemory) -> None:
        """Store what a load took, for later forecasts."""
        with self._explained("write to"):
            self._insert("observed_memory", {"identity": seen.identity, "seen": _json(seen)})

    def observed(self, limit: int = 500) -> list[ObservedMemory]:
        """What loads took, the newest last."""
        with self._reading():
            rows = self._connection.execute("SELECT seen FROM observed_memory ORDER BY id DESC LIMIT ?", (limit,))
            return [_from_json(row["seen"], ObservedMemory) for row in rows][::-1]

    def finish(self, run_id: str, status: RunStatus, finished_at: str) -> None:
        """Mark how and when (UTC, ISO 8601) a run ended."""
        with self._explained("write to"):
            changed = self._connection.execute(
                "UPDATE runs SET status = ?, finished_at = ? WHERE run_id = ?", (status.value, finished_at, run_id)
            )
        if not changed.rowcount:
            raise HistoryError(f"the history {self.path} has no run {run_id}")

    def run(self, run_id: str) -> RunRecord:
        """The whole run with its loads and samples, in the order in which they were stored."""
        with self._reading():
            row = self._connection.execute("SELECT * FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if row is None:
                raise HistoryError(f"the history {self.path} has no run {run_id}")
            loads = self._connection.execute("SELECT * FROM loads WHERE run_id = ? ORDER BY id", (run_id,))
            samples = self._connection.execute("SELECT * FROM samples WHERE run_id = ? ORDER BY id", (run_id,))
            return _run(row, [_load(each) for each in loads], [_sample(each) for each in samples])

    def latest(self, limit: int = 50) -> list[RunRecord]:
        """The runs begun last, newest first, without their loads and samples."""
        with self._reading():
            rows = self._connection.execute("SELECT * FROM runs ORDER BY id DESC LIMIT ?", (limit,))
            return [_run(row) for row in rows]

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        self._connection.close()

    def _prepare(self) -> None:
        connection = self._connection
        connection.row_factory = sqlite3.Row
        self._refuse_what_is_not_ours()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("PRAGMA foreign_keys = ON")
        with self._transaction():
            # Asked again inside: another Benchtop may have brought the file up to date in the meantime.
            for step in STEPS[self._pragma("user_version") :]:
                for statement in step:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def _refuse_what_is_not_ours(self) -> None:
        version = self._pragma("user_version")
        tables: int = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and self._pragma("application_id") != APPLICATION_ID:
            raise HistoryError(
                f"{self.path} is a database, but not a history of Benchtop; "
                "move it away, or set BENCHTOP_HOME to another folder"
            )
        if version > VERSION:
            raise HistoryError(
                f"the history {self.path} was written by a newer Benchtop (version {version} of the file, this one "
                f"knows {VERSION}); update Benchtop, or set BENCHTOP_HOME to another folder"
            )

    def _pragma(self, name: str) -> int:
        value: int = self._connection.execute(f"PRAGMA {name}").fetchone()[0]
        return value

    def _insert(self, table: str, row: Mapping[str, _Value], *, replacing: bool = False) -> None:
        columns = ", ".join(f'"{column}"' for column in row)
        marks = ", ".join("?" for _ in row)
        conflict = ""
        if replacing:
            changes = ", ".join(f'"{column}" = excluded."{column}"' for column in row)
            conflict = f" ON CONFLICT (run_id, key, launch) DO UPDATE SET {changes}"
        values = [_storable(value) for value in row.values()]
        self._connection.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks}){conflict}", values)

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        finally:
            # Still open only when something failed; a full disk may have ended it already.
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _explained(self, doing: str) -> Generator[None]:
        """Turn what SQLite raises into one sentence that says what to do."""
        try:
            yield
        except (sqlite3.Error, OverflowError) as error:
            # An extended code keeps its general one in the lowest byte; a misuse or a number beyond 64 bits has none.
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            remedy = f"; {_REMEDIES[code]}" if code in _REMEDIES else ""
            raise HistoryError(f"cannot {doing} the history {self.path}: {error}{remedy}") from error

    @contextmanager
    def _reading(self) -> Generator[None]:
        try:
            with self._explained("read"):
                yield
        except (msgspec.MsgspecError, ValueError, LookupError, struct.error) as error:
            raise HistoryError(
                f"cannot read the history {self.path}: a record in it is damaged ({error}); {_START_ANEW}"
            ) from error


def observed_loads(file: Path) -> tuple[ObservedMemory, ...]:
    """What earlier loads took; nothing where there is no history yet, or one that cannot be read: a run says why."""
    if not file.exists():
        return ()
    try:
        with closing(History(file)) as history:
            return tuple(history.observed())
    except HistoryError:
        return ()


def _load_row(run_id: str, load: Load) -> dict[str, _Value]:
    return {
        "run_id": run_id,
        "key": load.key,
        "launch": load.launch,
        "load_ns": load.load_ns,
        "process_start_ns": load.process_start_ns,
        "pid": load.pid,
        "peak_rss_bytes": load.peak_rss_bytes,
        "forecast_bytes": load.forecast_bytes,
        "measured_bytes": load.measured_bytes,
        "left_bytes": load.left_bytes,
        "segment": load.segment,
        "round_trip_ns": load.round_trip_ns,
        "idle_watts": load.idle_watts,
        "verdict": None if load.verdict is None else _json(load.verdict),
    }


def _sample_row(run_id: str, sample: Sample) -> dict[str, _Value]:
    timeline = sample.timeline
    ttft_ns, e2e_ns = metrics.ttft_ns(timeline), metrics.e2e_ns(timeline)
    row: dict[str, _Value] = {"run_id": run_id}
    row |= {column: getattr(sample, column) for column in _SAMPLE_COLUMNS}
    row |= {column: getattr(timeline, column) for column in _TIMELINE_COLUMNS}
    row |= {
        "flags": json.dumps(sample.flags),
        "disturbances": json.dumps(sample.disturbances),
        "arrivals_ns": struct.pack(f"<{len(timeline.arrivals_ns)}q", *timeline.arrivals_ns),
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
        name=_text(row["name"]),
        tags=tuple(json.loads(row["tags"])),
        pinned=bool(row["pinned"]),
        note=_text(row["note"]),
        owner=row["owner"],
        plan=_from_json(row["plan"], Plan),
        environment=_from_json(row["environment"], Environment),
        loads=tuple(loads),
        samples=tuple(samples),
    )


def _load(row: sqlite3.Row) -> Load:
    return Load(
        key=_text(row["key"]),
        launch=row["launch"],
        load_ns=row["load_ns"],
        process_start_ns=row["process_start_ns"],
        pid=row["pid"],
        peak_rss_bytes=row["peak_rss_bytes"],
        forecast_bytes=row["forecast_bytes"],
        measured_bytes=row["measured_bytes"],
        left_bytes=row["left_bytes"],
        segment=row["segment"],
        round_trip_ns=row["round_trip_ns"],
        idle_watts=row["idle_watts"],
        verdict=None if row["verdict"] is None else _from_json(row["verdict"], Verdict),
    )


def _sample(row: sqlite3.Row) -> Sample:
    blob: bytes = row["arrivals_ns"]
    timeline: dict[str, Any] = {column: row[column] for column in _TIMELINE_COLUMNS}
    timeline["arrivals_ns"] = struct.unpack(f"<{len(blob) // 8}q", blob)
    timeline["one_token_first"] = bool(timeline["one_token_first"])
    values: dict[str, Any] = {column: _text(row[column]) for column in _SAMPLE_COLUMNS}
    for column in ("flags", "disturbances"):
        values[column] = json.loads(values[column])
    values["timeline"] = timeline
    return msgspec.convert(values, Sample)


def _json(record: object) -> str:
    """A record as JSON; unlike msgspec's own encoder the standard one can keep half of a surrogate pair."""
    return json.dumps(msgspec.to_builtins(record, enc_hook=str))


def _from_json(text: str, kind: type[_Record]) -> _Record:
    return msgspec.convert(json.loads(text), kind, dec_hook=lambda wanted, value: wanted(value))


def _storable(value: _Value) -> _Value:
    """Text as SQLite takes it: what is no valid Unicode, such as half of a surrogate pair, goes in as bytes."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            return value.encode(errors="surrogatepass")
    return value


def _text(value: Any) -> Any:
    return value.decode(errors="surrogatepass") if isinstance(value, bytes) else value
