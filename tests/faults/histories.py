"""Histories that are damaged or taken away: what can be read is read, and the rest is one sentence."""

from __future__ import annotations

import os
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.kinds import Fault
from tests.support.builders import run_record, sample
from tui.bench.ledger import Ledger
from tui.bench.resuming import is_interrupted
from tui.probes import host
from tui.records import RunStatus
from tui.reports.formats import FORMATS, MARKDOWN, ReportFormat
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.store.runs import Runs

SEEDS: Final = range(24)
ODD_OWNERS: Final = (b"1@1~x\xff", 17, 1.5, "", "\0", "-1.x@~", "0.x@0.00~", "9" * 4000, "1@1~x+" + "9" * 400, "~+")


def made(file: Path) -> None:
    """Write a history of four runs, one of which has some more samples."""
    with closing(History(file)) as history:
        for number in range(4):
            history.begin(run_record(run_id=f"run-{number}"))
        for number in range(6):
            history.add_sample("run-0", sample(round_number=number + 10))


def read_all(file: Path, formats: Sequence[ReportFormat] = FORMATS) -> None:
    """Read everything that commands and the app read of a history."""
    with suppress(HistoryError), closing(History(file)) as history:
        runs = Runs(history.database, host.owner_lives)
        with suppress(HistoryError):
            runs.entries()
        for number in range(4):
            with suppress(HistoryError):
                run = history.run(f"run-{number}")
                readings = tuple(history.readings(run.run_id))
                for report_format in formats:
                    report_format.render(run, readings)


def _damaged(seed: int, folder: Path) -> None:
    file, chance = folder / "history.sqlite3", random.Random(seed)
    made(file)
    content = bytearray(file.read_bytes())
    for _ in range(1 + seed % 6):
        start = chance.randrange(len(content))
        content[start : start + chance.choice((1, 8, 100))] = chance.randbytes(chance.choice((1, 8, 100)))
    file.write_bytes(content[: chance.choice((len(content), len(content), len(content) // 2))])
    read_all(file, [MARKDOWN])


def _taken_away(take: Callable[[Path], None], folder: Path) -> None:
    file = folder / "data" / "history.sqlite3"
    with closing(History(file)) as history:
        ledger = Ledger(run_record(), history, lambda _: None)
        ledger.add_sample(sample(round_number=50))
        take(file)
        for number in range(51, 54):
            ledger.add_sample(sample(round_number=number))
        ledger.close(RunStatus.DONE)
        whole = len(ledger.run.samples)
    with closing(History(file)) as history:
        assert len(history.run(run_record().run_id).samples) == whole, "samples are lost"


def _unlink(suffix: str, file: Path) -> None:
    file.with_name(file.name + suffix).unlink()


def _cut(suffix: str, file: Path) -> None:
    os.truncate(file.with_name(file.name + suffix), 0)


def _written_over(file: Path) -> None:
    other = file.with_name("other.sqlite3")
    made(other)
    content = other.read_bytes()
    # In place, as a tool does that brings back an older copy.
    with file.open("r+b") as opened:
        opened.write(content)
        opened.truncate()


def _odd_owner(owner: object, folder: Path) -> None:
    file = folder / "history.sqlite3"
    made(file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE runs SET owner = ?, status = 'running'", (owner,))
        connection.commit()
    with closing(History(file)) as history:
        assert len(Runs(history.database, host.owner_lives).entries()) == 4
        for record in history.latest():
            is_interrupted(record)
        Ledger(run_record(), history, lambda _: None).name_others()
    read_all(file, [MARKDOWN])


def _instead(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    with suppress(HistoryError):
        History(file).close()
    assert file.read_bytes() == content, "a file that is not ours was changed"


def _not_ours(content: bytes, folder: Path) -> None:
    _instead(content, folder / "history.sqlite3")


def faults() -> Iterator[Fault]:
    """Return every way in which a history is damaged here."""
    for seed in SEEDS:
        yield Fault("history", f"random bytes, seed {seed}", partial(_damaged, seed))
    for suffix in ("", "-wal", "-shm"):
        name = f"history.sqlite3{suffix} is deleted in a run"
        yield Fault("history", name, partial(_taken_away, partial(_unlink, suffix)))
    for suffix in ("", "-wal", "-shm"):
        name = f"history.sqlite3{suffix} is cut to nothing in a run"
        yield Fault("history", name, partial(_taken_away, partial(_cut, suffix)))
    yield Fault("history", "an older copy is written over it in a run", partial(_taken_away, _written_over))
    for number, owner in enumerate(ODD_OWNERS):
        yield Fault("history", f"the owner of its runs is odd, {number}", partial(_odd_owner, owner))
    for name, content in {"a text": b"hello\n" * 500, "cut": b"SQLite format 3\0" + b"\0" * 20}.items():
        yield Fault("history", f"the file is {name}", partial(_not_ours, content))
