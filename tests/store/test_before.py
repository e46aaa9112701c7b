"""A history of real runs that an earlier version wrote is read, shown and written.

``python -m tests.store.test_before`` writes the expected texts anew; read their differences before you keep them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from tests.support.command import benchtop
from tui.records import Method
from tui.reports.json.reading import read_run
from tui.store.history import History

BEFORE = Path(__file__).parents[1] / "golden" / "before"
TWO_LAUNCHES, EARLIER = "20261127-223021-0d608e", "20261127-223003-74f949"
REPORTS = (
    ("two-launches.md", TWO_LAUNCHES, "--md"),
    ("two-launches.json", TWO_LAUNCHES, "--json"),
    ("two-launches.csv", TWO_LAUNCHES, "--csv"),
    ("two-launches.baseline.json", TWO_LAUNCHES, "--deterministic-json"),
    ("sweep.md", "20261127-223042", "--md"),
    ("sweep.json", "20261127-223042", "--json"),
    ("adaptive.md", "20261127-223048", "--md"),
    ("concurrent.md", "20261127-223102", "--md"),
    ("concurrent.json", "20261127-223102", "--json"),
    ("question.md", "20261127-223109", "--md"),
    ("interrupted.md", "20261127-223114", "--md"),
)
COMMANDS = (
    ("history.txt", ("history",)),
    ("history.json", ("history", "--json")),
    ("compare.txt", ("compare", EARLIER, TWO_LAUNCHES)),
    ("compare.json", ("compare", "--json", EARLIER, TWO_LAUNCHES)),
    ("compare-json.txt", ("compare", str(BEFORE / "old-two-launches.json"), EARLIER)),
    ("compare-baseline.txt", ("compare", str(BEFORE / "old-two-launches.baseline.json"), EARLIER)),
    ("choose.txt", ("choose",)),
)
DERIVED = ("ttft_ms", "e2e_ms", "decode_tok_s")
"""Columns for queries that are computed from the others, by the definitions of the version that writes them."""


@pytest.fixture
def history(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Copy the old history, for a user who has nothing else."""
    monkeypatch.setenv("BENCHTOP_HOME", str(own_home))
    return Path(shutil.copy(BEFORE / "history.sqlite3", tmp_path / "history.sqlite3"))


@pytest.mark.parametrize(("name", "run_id", "option"), REPORTS, ids=[name for name, *_ in REPORTS])
def test_a_report_of_an_old_run_is_as_it_was(
    name: str, run_id: str, option: str, history: Path, tmp_path: Path
) -> None:
    done = benchtop("report", run_id, option, str(tmp_path / name), "--history", str(history))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name).read_bytes() == (BEFORE / name).read_bytes()


@pytest.mark.parametrize(("name", "arguments"), COMMANDS, ids=[name for name, _ in COMMANDS])
def test_a_command_on_the_old_history_prints_what_it_printed(
    name: str, arguments: tuple[str, ...], history: Path
) -> None:
    done = benchtop(*arguments, "--history", str(history))
    expected = (BEFORE / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        assert rounded(done.stdout) == rounded(expected), done.stderr
    else:
        assert done.stdout == expected, done.stderr


def test_the_settings_of_old_runs_are_read_from_every_file(history: Path) -> None:
    with closing(History(history)) as opened:
        methods = {run.run_id[-6:]: run.plan.method for run in opened.latest()}
    assert methods["a0de1d"] == Method(rounds=2, max_tokens=12, concurrency=(1, 3), max_per_second=500, time_limit_s=9)
    assert (methods["32cd6b"].sweep, methods["32cd6b"].temperature, methods["32cd6b"].seed) == ("prompt", 0.5, 7)
    assert (methods["25903f"].protocol, methods["25903f"].cool_down_s) == (
        "brisk, changed: rounds, mode, interval to reach",
        0.01,
    )
    assert read_run(BEFORE / "old-two-launches.json").plan.method == methods["0d608e"]
    assert read_run(BEFORE / "concurrent.json").plan.method == methods["a0de1d"]


def test_a_run_is_stored_as_it_was(history: Path, tmp_path: Path) -> None:
    with closing(History(history)) as old, closing(History(tmp_path / "new.sqlite3")) as new:
        for run in reversed(old.latest()):
            new.begin(old.run(run.run_id))
    before, after = stored(history), stored(tmp_path / "new.sqlite3")
    assert len(after) == len(before)
    assert [row for row, again in zip(before, after, strict=True) if not is_in(row, again)] == []


def is_in(before: object, after: object) -> bool:
    """Return whether a value is stored as it was; records may have fields more."""
    if isinstance(before, dict) and isinstance(after, dict):
        members, new = cast("dict[str, object]", before), cast("dict[str, object]", after)
        return all(key in new and is_in(value, new[key]) for key, value in members.items())
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        items, others = cast("list[object]", before), cast("list[object]", after)
        return len(items) == len(others) and all(map(is_in, items, others))
    if isinstance(before, str) and before.startswith("/"):
        # A folder is written with the separator of the system.
        return str(Path(before)) == after
    return before == after


def rounded(json_text: str) -> str:
    """Return JSON with fewer digits: the functions of mathematics differ by system in the last one."""
    return re.sub(r"-?\d+\.\d+(e[-+]?\d+)?", lambda number: f"{float(number.group()):.10g}", json_text)


def stored(file: Path) -> list[tuple[object, ...]]:
    """Return every run, load and sample of a history, with JSON columns parsed."""
    with closing(sqlite3.connect(file)) as database:
        database.row_factory = sqlite3.Row
        tables = [database.execute(f"SELECT * FROM {table} ORDER BY id") for table in ("runs", "loads", "samples")]
        return [
            tuple(plain(value) for column, value in zip(row.keys(), row, strict=True) if column not in DERIVED)
            for rows in tables
            for row in rows
        ]


def plain(value: object) -> object:
    return json.loads(value) if isinstance(value, str) and value.startswith(("{", "[")) else value


def write_anew() -> None:
    """Write every expected text, as the commands write it now."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["BENCHTOP_HOME"] = folder
        history = str(shutil.copy(BEFORE / "history.sqlite3", Path(folder) / "history.sqlite3"))
        for name, run_id, option in REPORTS:
            benchtop("report", run_id, option, str(Path(folder) / name), "--history", history)
            shutil.copy(Path(folder) / name, BEFORE / name)
        for name, arguments in COMMANDS:
            done = benchtop(*arguments, "--history", history)
            (BEFORE / name).write_text(done.stdout, encoding="utf-8")


if __name__ == "__main__":
    write_anew()
