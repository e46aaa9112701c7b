"""A history that several machines, containers and careless hands share."""

from __future__ import annotations

import asyncio
import errno
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from unittest.mock import Mock

import pytest

from tests.store.test_history import begun
from tests.support.builders import load, sample
from tui.bench import ledger as ledger_module
from tui.bench import resuming
from tui.bench.ledger import Ledger
from tui.probes import host
from tui.records import Purpose, RunStatus
from tui.store import access, database
from tui.store.errors import HistoryError
from tui.store.history import History, latest_models
from tui.system import WINDOWS, files


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def history(file: Path) -> Iterator[History]:
    with closing(History(file)) as opened:
        yield opened


def elsewhere(age_s: float, pid: int = 1) -> str:
    """Return the name of an owner on another machine that noted so long ago that it lives."""
    return f"{pid}.deadbeef@5.00~another000+{time.time() - age_s:.0f}"


@pytest.mark.parametrize(("age_s", "alive"), [(0, True), (60, True), (-60, True), (600, False), (10**9, False)])
def test_a_run_of_another_machine_lives_as_long_as_it_says_so(age_s: float, alive: bool) -> None:
    assert host.owner_lives(elsewhere(age_s)) is alive
    run = replace(begun(), owner=elsewhere(age_s))
    assert run.plan.purpose is Purpose.BENCHMARK
    assert resuming.can_resume(run) is not alive


def test_a_name_without_sense_belongs_to_nobody() -> None:
    for owner in ("1@1~another000", "1@1~another000+", "1@1~x+now", f"1@1~x+{'9' * 5000}", "~", "~+", "+~"):
        assert not host.owner_lives(owner)


def test_the_owner_of_a_run_notes_that_it_lives_and_learns_that_it_was_replaced(history: History) -> None:
    notices: list[str] = []
    run = replace(begun(), owner=host.without_beat(host.owner()) + "+1")
    ledger = Ledger(run, history, notices.append)
    ledger.beat()
    assert host.owner_lives(history.run(run.run_id).owner)
    assert not history.run(run.run_id).owner.endswith("+1")
    history.take_over(replace(run, owner=elsewhere(0)), history.run(run.run_id))
    ledger.beat()
    ledger.beat()
    assert history.run(run.run_id).owner.startswith("1.deadbeef")
    assert len(notices) == 1
    assert "taken this run over" in notices[0]


def test_the_old_owner_of_a_run_changes_nothing_in_it(
    file: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "QUIET_S", 0)
    notices: list[str] = []
    run = replace(begun(), owner=host.owner(), loads=(), samples=())
    ledger = Ledger(run, history, notices.append)
    ledger.add_sample(sample(round_number=1))
    with closing(sqlite3.connect(file, isolation_level=None)) as locking:
        locking.execute("BEGIN IMMEDIATE")
        ledger.add_sample(sample(round_number=2))
    assert "all of it is added" in notices[0], "the history lacks a part, and a restore is due"
    with closing(History(file)) as other:
        other.take_over(replace(run, owner=elsewhere(0)), other.run(run.run_id))
        other.add_sample(run.run_id, sample(round_number=7))
    ledger.add_load(load("m"))
    assert ledger.close(RunStatus.DONE).status is RunStatus.DONE
    stored = history.run(run.run_id)
    assert stored.status is RunStatus.RUNNING
    assert ([row.round for row in stored.samples], stored.loads) == ([1, 7], ())
    assert "taken this run over" in notices[1]
    assert "export it" in notices[2]


async def test_a_run_waits_for_a_history_that_another_program_holds_and_leaves_the_loop_free(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "QUIET_S", 600)
    # Were a write to wait for the lock, it would wait in vain: only a turn of the loop ends it.
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 5_000)
    notices: list[str] = []
    with closing(History(file)) as history, closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asyncio.get_running_loop().call_later(0.2, other.execute, "ROLLBACK")
        ledger = Ledger(begun(), history, notices.append)
        ledger.add_load(load())
        ledger.add_sample(sample())
        await ledger.wait_for_lock()
        assert len(history.run("run-1").samples) == 1, "also were the process killed now"
        ledger.close(RunStatus.DONE)
    assert not notices, "a short wait is nothing to tell"


@pytest.mark.parametrize("beats", [True, False])
def test_a_run_of_a_machine_whose_clock_is_off_is_watched_before_it_is_taken(
    beats: bool, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = replace(begun(), owner=elsewhere(600))
    history.begin(run)
    said: list[str] = []

    def pause(_: float) -> None:
        if beats:
            history.beat(run.run_id, elsewhere(590), host.without_beat(run.owner))

    monkeypatch.setattr(resuming, "_WATCH_S", 5.0 if beats else 0.01)
    monkeypatch.setattr("time.sleep", pause)
    if beats:
        with pytest.raises(resuming.CannotResume, match="whose clock differs"):
            resuming.take_over(history, run.run_id, run.plan.models, anyway=True, say=said.append)
    else:
        assert resuming.take_over(history, run.run_id, run.plan.models, anyway=True, say=said.append).owner
    assert "to see whether it still runs" in said[0]
    assert not host.may_live_elsewhere(host.owner())


def test_a_container_of_the_same_names_on_another_machine_goes_by_its_beat() -> None:
    process, _, place = host.owner().partition("@")
    other = f"{process.partition('.')[0]}.deadbeef@{place}"
    assert host.owner_lives(other) is ("." in process), "elsewhere the name has no mark of the start of the machine"
    assert not host.owner_lives(f"{host.without_beat(other)}+1"), "from before this machine began"


def test_a_second_connection_leaves_the_locks_of_the_first_alone(file: Path, history: History) -> None:
    history.begin(begun())
    History(file).close()
    # The last one that closes a history removes its log, and this one is not the last.
    code = "import pathlib, sys; from tui.store.history import History; History(pathlib.Path(sys.argv[1])).close()"
    subprocess.run([sys.executable, "-c", code, str(file)], check=True)
    assert file.with_name(f"{file.name}-wal").exists()
    history.add_sample(begun().run_id, sample(round_number=77))


@pytest.mark.skipif(WINDOWS, reason="Windows deletes no file that is open")
def test_two_that_measure_at_once_name_each_other(history: History) -> None:
    notices: list[str] = []
    ledgers = [
        Ledger(
            replace(begun(run_id=name), owner=host.owner()),
            history,
            lambda text, name=name: notices.append(name + text),
        )
        for name in ("first", "second")
    ]
    history.begin(replace(begun(run_id="dead"), owner="1@1.0"))
    history.begin(replace(begun(run_id="far"), owner=elsewhere(0)))
    # A plan may hold 100,000 prompts, and each start would wait for all of the latest ones to be read.
    with history.database.transaction():
        history.database.execute("UPDATE runs SET plan = 'not read'")
    assert latest_models(history.database.path) == tuple(model.key for model in begun().plan.models)
    ledgers[1].name_others()
    ledgers[1].name_others()
    ledgers[0].close(RunStatus.DONE)
    ledgers[1].close(RunStatus.DONE)
    assert [notice.partition("Another")[0] for notice in notices] == ["second", "first"]
    assert "on this machine too (the run first): each disturbs the other" in notices[0]
    assert "(the run second)" in notices[1]


@pytest.mark.skipif(WINDOWS, reason="a file that is open cannot be deleted there")
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_a_file_that_is_deleted_meanwhile_loses_no_sample(suffix: str, file: Path, history: History) -> None:
    ledger = Ledger(begun(), history, lambda _: None)
    ledger.add_sample(sample())
    file.with_name(file.name + suffix).unlink()
    ledger.add_sample(sample())
    ledger.add_sample(sample())
    # What another connection sees is what a kill at this moment leaves.
    with closing(History(file)) as other:
        assert len(other.run(begun().run_id).samples) == 3
    assert ledger.close(RunStatus.DONE).status is RunStatus.DONE


@pytest.mark.parametrize(
    ("path", "address"),
    [
        (PureWindowsPath(r"C:\a b\h.sqlite3"), "file:///C:/a%20b/h.sqlite3"),
        (PureWindowsPath(r"\\server\share\h#1.sqlite3"), "file:////server/share/h%231.sqlite3"),
        (PurePosixPath("/a?b/h%.sqlite3"), "file:///a%3Fb/h%25.sqlite3"),
    ],
)
def test_a_history_on_a_network_drive_has_no_server_in_its_address(
    path: PurePath, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Mock()
    monkeypatch.setattr(sqlite3, "connect", opened)
    access.USUAL.connect(Mock(absolute=Mock(return_value=path)), 1)
    assert opened.call_args.args == (address,), "SQLite refuses an address with a server"


@pytest.mark.skipif(WINDOWS, reason="each of its file systems has locks")
def test_a_file_system_without_locks_is_told_from_another_program(
    file: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
        history.database.execute("PRAGMA busy_timeout = 1")
        with pytest.raises(HistoryError, match="another program holds it"):
            history.begin(begun())
        monkeypatch.setattr(files.fcntl, "lockf", refuse)
        with pytest.raises(HistoryError, match="has no locks: name another file with --history, on a disk"):
            history.begin(begun())


def test_a_byte_in_the_schema_that_is_no_text_is_one_sentence(file: Path) -> None:
    History(file).close()
    # Some releases of SQLite leave a second copy in the free part of a page.
    file.write_bytes(file.read_bytes().replace(b"CREATE TABLE runs", b"CREAT\xff TABLE runs"))
    with pytest.raises(HistoryError, match="cannot open the history"):
        History(file)
