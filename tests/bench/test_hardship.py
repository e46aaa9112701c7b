"""What goes wrong around a run costs no sample, no process and no key press."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest
from textual.css.query import NoMatches
from textual.widgets import Input
from textual.worker import WorkerFailed

from tests.support import scripted
from tests.support.builders import load, model, run_record, sample
from tests.support.conditions import until
from tests.support.follower import Follower, plan_of, scripted_model, start
from tests.support.scripted import ScriptedRun
from tests.support.workbench import WIDE, driving
from tui.bench import events
from tui.bench import ledger as ledger_module
from tui.bench.ledger import Ledger
from tui.bench.memory.watch import MemoryWatch
from tui.bench.model_pool import ModelPool
from tui.engines.contract import Completed, Loaded, Pieces, Request
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.process import wire
from tui.engines.process.child_process import ChildProcess
from tui.library.protocol import LibraryError
from tui.library.registrations import Registrations
from tui.probes import host
from tui.probes.disturbance import CounterReader
from tui.probes.sampler import Sampler
from tui.records import ExitCause, GpuReading, MemoryReading, Model, RunFilter, RunRecord, RunStatus
from tui.screens.dialogs.export import ExportDialog
from tui.store import database as database_module
from tui.store.history import History
from tui.store.runs import Runs
from tui.system import processes

_SLEEPS = "import time; time.sleep(600)"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite3"


@pytest.fixture
def history(file: Path) -> Iterator[History]:
    with closing(History(file)) as opened:
        yield opened


def begun() -> RunRecord:
    whole = run_record(model("tiny"))
    return replace(whole, status=RunStatus.RUNNING, finished_at=None, loads=(), samples=())


def stored(file: Path) -> RunRecord:
    with closing(History(file)) as opened:
        return opened.run("run-1")


def test_a_history_that_is_deleted_meanwhile_begins_anew_with_the_whole_run(file: Path, history: History) -> None:
    notices: list[str] = []
    ledger = Ledger(begun(), history, notices.append)
    ledger.add_load(load())
    ledger.add_sample(sample(round_number=1))
    for path in list(file.parent.iterdir()):
        path.unlink()
    ledger.add_sample(sample(round_number=2))
    ledger.add_sample(sample(round_number=3))
    assert len(stored(file).samples) == 3, "also were the process killed now"
    done = ledger.close(RunStatus.DONE)
    assert stored(file) == done
    assert "was deleted, moved away or cut while it was in use" in notices[0]
    assert notices[1:] == ["The history can be written again, and has all of this run."]


def test_the_last_word_is_kept_in_a_history_that_is_deleted_just_before(file: Path, history: History) -> None:
    ledger = Ledger(begun(), history, lambda _: None)
    ledger.add_sample(sample())
    file.rename(file.with_name("elsewhere"))
    done = ledger.close(RunStatus.DONE)
    assert stored(file) == done


def test_a_list_of_runs_follows_a_file_in_the_place_of_its_own(file: Path, history: History) -> None:
    runs = Runs(history.database, host.owner_lives)
    history.begin(run_record(model("tiny")))
    before = history.database.changes_of_others
    file.rename(file.with_name("elsewhere"))
    with closing(History(file)) as other:
        other.begin(run_record(model("other"), run_id="run-2"))
    assert history.database.changes_of_others != before
    assert [entry.run_id for entry in runs.entries(RunFilter(words=("other",)))] == ["run-2"]


def test_what_a_locked_history_missed_is_added(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "QUIET_S", 0)
    notices: list[str] = []
    with closing(History(file)) as history, closing(sqlite3.connect(file, isolation_level=None)) as other:
        ledger = Ledger(begun(), history, notices.append)
        other.execute("BEGIN IMMEDIATE")
        ledger.add_load(load())
        ledger.add_sample(sample(round_number=1))
        ledger.add_sample(sample(round_number=2))
        other.execute("ROLLBACK")
        Runs(history.database, host.owner_lives).rename("run-1", "mine")
        done = ledger.close(RunStatus.DONE)
    assert stored(file) == replace(done, name="mine"), "and what a person wrote meanwhile stays"
    assert len(notices) == 2


def test_a_run_that_is_not_kept_whole_says_so_at_its_end(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 1)
    notices: list[str] = []
    with closing(History(file)) as history, closing(sqlite3.connect(file, isolation_level=None)) as other:
        ledger = Ledger(begun(), history, notices.append)
        other.execute("BEGIN IMMEDIATE")
        ledger.close(RunStatus.DONE)
    assert notices[-1] == "This run is not in the history, or not whole: export it before you leave."


def test_a_damaged_forecast_costs_no_run(file: Path, history: History) -> None:
    notices: list[str] = []
    ledger = Ledger(begun(), history, notices.append)
    history.database.execute("INSERT INTO observed_memory (identity, seen) VALUES ('tiny', '{')")
    assert not ledger.observed_memory()
    ledger.add_sample(sample())
    assert len(stored(file).samples) == 1
    assert not notices


class Unclosable(FoundryEngine):
    """An engine whose process ends, but whose closing raises an error."""

    async def close(self) -> None:
        await super().close()
        raise RuntimeError("a mistake")


async def test_a_run_that_breaks_off_is_not_called_done_and_is_waited_for_by_nobody() -> None:
    def begin(of: Model) -> FoundryEngine:
        engine = start(of)
        return Unclosable(of, engine._command)  # pyright: ignore[reportPrivateUsage]

    follower = Follower(plan_of(scripted_model("answer"), warmup=0), ModelPool(begin))
    async with asyncio.timeout(60):
        with pytest.raises(RuntimeError, match="a mistake"):
            await follower.follow()
    last = follower.events[-1]
    assert isinstance(last, events.RunFinished)
    assert last.status is RunStatus.STOPPED, "so that it can go on"


class SlowEngine:
    """An engine that loads and closes when the test allows it."""

    def __init__(self) -> None:
        self.may_load, self.may_close = asyncio.Event(), asyncio.Event()
        self.loading = self.closed = False
        self.pid: int | None = None
        self.alive = True

    @property
    def pids(self) -> tuple[int, ...]:
        return (id(self),)

    async def load(self, timeout_s: float) -> Loaded:
        del timeout_s
        self.loading = True
        try:
            await self.may_load.wait()
        finally:
            self.loading = False
        return Loaded(load_ns=1, process_start_ns=1)

    async def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        del request, silence_timeout_s
        raise NotImplementedError
        yield

    async def open_connections(self, count: int) -> None:
        raise NotImplementedError(count)

    async def close(self) -> None:
        await self.may_close.wait()
        self.closed = True

    def kill(self, cause: ExitCause | None = None) -> None:
        del cause
        self.may_close.set()


async def test_a_cancel_at_the_first_step_of_a_load_leaves_no_load_behind() -> None:
    engine = SlowEngine()

    def begin(_: Model) -> SlowEngine:
        asyncio.get_running_loop().call_soon(lambda: loading.cancel())
        return engine

    pool = ModelPool(begin)
    loading = asyncio.create_task(pool.load(model("tiny"), 5))
    with pytest.raises(asyncio.CancelledError):
        await loading
    await asyncio.sleep(0)
    assert not engine.loading
    assert pool.pids == ()


async def test_a_model_that_is_being_ended_is_known_until_it_has_and_may_be_loaded_again() -> None:
    first, second = SlowEngine(), SlowEngine()
    engines = iter((first, second))
    pool = ModelPool(lambda _: next(engines))
    for engine in (first, second):
        engine.may_load.set()
    await pool.load(model("tiny"), 5)
    ending = asyncio.create_task(pool.unload("tiny", in_haste=True))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert pool.pids == first.pids, "whoever kills all must reach it"
    await pool.load(model("tiny"), 5)
    first.may_close.set()
    await until(lambda: first.closed)
    await asyncio.sleep(0)
    assert pool.pids == second.pids
    second.may_close.set()
    await pool.close()
    assert pool.pids == ()


async def test_a_child_that_is_held_up_holds_up_nobody() -> None:
    child = ChildProcess([sys.executable, "-S", "-c", _SLEEPS])
    child.send(wire.Generate(1, Request(prompt="x" * 1_000_000, max_tokens=8)))
    assert child.alive, "the child has not read it, and nobody waited until it ends"
    child.kill()
    async with asyncio.timeout(60):
        await child.close()


async def test_what_a_child_has_started_ends_with_it() -> None:
    started = f"subprocess.Popen([sys.executable, '-S', '-c', {_SLEEPS!r}], stdout=sys.stderr)"
    code = f"import subprocess, sys; print({started}.pid, file=sys.stderr)"
    child = ChildProcess([sys.executable, "-S", "-c", code])
    await until(lambda: child.stderr_tail)
    async with asyncio.timeout(60):
        await child.close()
    grandchild = int(child.stderr_tail[0])
    await until(lambda: not psutil.pid_exists(grandchild) or psutil.Process(grandchild).status() == "zombie")


async def test_a_cancel_that_comes_with_a_frame_is_not_lost() -> None:
    child = ChildProcess([sys.executable, "-S", "-c", _SLEEPS])
    try:
        hearing = asyncio.create_task(child.receive())
        await asyncio.sleep(0.01)
        child._wake.set()  # pyright: ignore[reportPrivateUsage]
        hearing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await hearing
    finally:
        child.kill()
        await child.close()


async def test_memory_that_cannot_be_read_for_a_while_is_read_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    real, failures = host.memory, iter([OSError("too many open files")] * 2)

    def memory(pids: dict[str, tuple[int, ...]]) -> MemoryReading:
        for failure in failures:
            raise failure
        return real(pids)

    monkeypatch.setattr(host, "memory", memory)
    sampler = Sampler(interval_s=0.005)
    sampler.start()
    try:
        await until(lambda: sampler.newest is not None)
    finally:
        sampler.close()


def test_a_folder_whose_name_is_no_text_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="not UTF-8 text"):
        Registrations(tmp_path / "registered.json").add("mine", tmp_path / "\udcff", ())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kernel_lists", [True, False])
def test_a_tree_of_processes_takes_at_most_one_look_at_the_machine(
    monkeypatch: pytest.MonkeyPatch, kernel_lists: bool
) -> None:
    if kernel_lists and processes.listed_below(os.getpid()) is not None:
        # The kernel's own lists are enough: a table of all processes costs the more, the busier the machine is.
        monkeypatch.setattr(psutil.Process, "children", Mock(side_effect=AssertionError))
    elif not kernel_lists:
        monkeypatch.setattr(processes, "listed_below", Mock(return_value=None))
    nobody = 1 << 22  # More than any process number of Linux.
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        # On Windows each question for a parent takes the table of all processes.
        monkeypatch.setattr(psutil.Process, "ppid", Mock(side_effect=AssertionError))
        assert process.pid in host.process_tree(os.getpid())
        assert host.process_trees([nobody]) == {nobody: (nobody,)}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the system keeps when a process began")
def test_an_owner_lives_whatever_becomes_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    owner, began = host.owner(), psutil.Process().create_time()
    monkeypatch.setattr(psutil.Process, "create_time", Mock(return_value=began + 3600))
    assert host.owner_lives(owner)
    process, start_s = owner.split("@")
    assert not host.owner_lives(f"{process[:-1]}-@{start_s.partition('+')[0]}+1"), (
        "of the time before the machine began anew"
    )


def test_what_a_model_has_started_is_no_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Mock(user=1.0, system=1.0, children_user=2.0, children_system=2.0)
    monkeypatch.setattr(psutil.Process, "cpu_times", Mock(return_value=times))
    assert CounterReader(Path("nowhere")).read([os.getpid()]).own_s == 2 + 6


class Told(Sampler):
    """A sampler whose readings the test sets."""

    def __init__(self) -> None:
        super().__init__()
        self._told: list[MemoryReading] = []

    def tell(self, vram_bytes: int) -> None:
        gpu = GpuReading(index=0, name="g", used_bytes=0, total_bytes=1, process_bytes={"tiny": vram_bytes})
        reading = MemoryReading(at_s=0, total_bytes=1, available_bytes=1, swap_used_bytes=0, rss_bytes={}, gpus=(gpu,))
        self._told.append(reading)

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        return len(self._told), self._told[sequence:]


def test_a_sample_between_two_readings_has_held_what_was_read_before_it(history: History) -> None:
    sampler = Told()
    watch = MemoryWatch(sampler, Ledger(begun(), history, lambda _: None), lambda _: None)
    sampler.tell(900)
    sampler.tell(400)
    watch.begin_sample("tiny")
    assert watch.peak_vram_bytes("tiny") == 400, "the peak of the sample before is none of this one"
    sampler.tell(500)
    watch.read()
    sampler.tell(450)
    watch.read()
    assert watch.peak_vram_bytes("tiny") == 500


async def test_a_terminal_of_no_size_and_keys_in_a_hurry_end_nothing() -> None:
    models = (model("tiny"), model("big"))
    async with driving(lambda: scripted.workspace(ScriptedRun(scripted.whole_benchmark), *models)) as driver:
        await driver.press("ctrl+p")
        await driver.pilot.resize_terminal(4, 4)
        await driver.press("pagedown", "ctrl+p", "pagedown", "escape")
        await driver.pilot.resize_terminal(60, 4)
        await driver.press("pagedown", "pageup")
        await driver.pilot.resize_terminal(*WIDE)
        await driver.press("l")
        line = driver.app.screen.query_one(Input)
        for _ in range(2):
            line.post_message(Input.Submitted(line, line.value))
        await driver.pilot.pause()
        assert driver.app.screen is driver.bench
        # As the palette's search does when it is left in the midst of it.
        driver.app._handle_exception(WorkerFailed(NoMatches("a list that is gone")))  # pyright: ignore[reportPrivateUsage]
        driver.app.push_screen(ExportDialog(run_record()))
        await driver.pilot.pause()
        driver.app.screen.query_one(Input).value = "x" * 300
        await driver.press("enter")
        await driver.until(lambda: "cannot write" in driver.text_of(".error"))
