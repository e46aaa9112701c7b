"""Histories that are damaged or taken away: what can be read is read, and the rest is one sentence."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.kinds import Fault
from tests.support.builders import run_record, sample
from tui.bench.ledger import Ledger
from tui.probes import host
from tui.records import RunStatus
from tui.reports.formats import FORMATS, MARKDOWN, ReportFormat
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.store.runs import Runs

SEEDS: Final = range(24)


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
    for name, content in {"a text": b"hello\n" * 500, "cut": b"SQLite format 3\0" + b"\0" * 20}.items():
        yield Fault("history", f"the file is {name}", partial(_not_ours, content))
