"""Children on systems without groups of processes, whose pipes are read in another order, and with other code pages."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from tests.support.conditions import until
from tui.engines.process import child_process, wire
from tui.engines.process.child_process import ChildProcess
from tui.engines.process.environment import child_environment
from tui.probes import host
from tui.system import macos, processes

WRITES_ANYTHING = "import sys; print('Jürgen ✓', file=sys.stderr)"
STARTS_ANOTHER = (
    "import subprocess, sys\n"
    "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(other.pid, file=sys.stderr, flush=True)\n"
    "{then}"
)


def has_ended(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@pytest.mark.parametrize("then", ["input()", "pass"], ids=["killed", "ended"])
async def test_what_a_child_has_started_ends_with_it_without_groups_of_processes(
    monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    monkeypatch.setattr(processes.ProcessGroup, "kill", Mock())
    child = ChildProcess((sys.executable, "-c", STARTS_ANOTHER.format(then=then)))
    await until(lambda: child.stderr_tail)
    other = int(child.stderr_tail[0])
    if then != "pass":
        child.kill()
    await child.close()
    await until(lambda: has_ended(other))


class PlayedForks:
    """The kernel of macOS, which tells of one fork."""

    def __init__(self) -> None:
        self.followed: set[int] = set()
        self.forked = threading.Event()
        self._told = False

    def follow(self, pid: int) -> None:
        self.followed.add(pid)

    def wait(self) -> bool:
        self.forked.wait()
        self._told, told_before = True, self._told
        return not told_before


async def test_what_a_child_has_started_ends_with_its_crash_where_the_system_tells_of_forks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    played = PlayedForks()
    monkeypatch.setattr(child_process, "forks_of_system", lambda: played)
    # Neither lists of children nor marks nor groups find it.
    monkeypatch.setattr(processes, "listed_below", Mock(return_value=None))
    monkeypatch.setattr(processes.ProcessGroup, "kill", Mock())
    monkeypatch.setattr(child_process, "marked_processes", Mock(return_value={}))
    code = STARTS_ANOTHER.format(then="input(); import os; os._exit(7)").replace("(60)'])", "(60)'], stdout=2)")
    child = ChildProcess((sys.executable, "-c", code))
    await until(lambda: child.stderr_tail)
    other = int(child.stderr_tail[0])
    played.forked.set()
    await until(lambda: other in played.followed)
    child.send(wire.Cancel(1))
    await until(lambda: has_ended(other))
    await child.close()
    assert child.pid in played.followed


async def test_a_child_writes_its_words_in_utf_8_whatever_the_code_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "cp1252")
    child = ChildProcess((sys.executable, "-c", WRITES_ANYTHING))
    await until(lambda: child.stderr_tail)
    await child.close()
    assert list(child.stderr_tail) == ["Jürgen ✓"]


@pytest.mark.skipif(not processes.lists_children(), reason="only Linux has these lists")
def test_a_process_that_ends_while_its_children_are_looked_for_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "glob", Mock(side_effect=FileNotFoundError))
    assert processes.listed_below(os.getpid()) == set()


def test_a_library_that_looks_at_stdin_while_it_loads_finds_no_pipe_that_is_read() -> None:
    # On Windows it would wait until the next command comes.
    code = (
        "import os; from tui.engines.process.child_side import Inbox; Inbox(); "
        "print(os.path.samestat(os.fstat(0), os.stat(os.devnull)), flush=True); import time; time.sleep(60)"
    )
    command = (sys.executable, "-c", code)
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment()) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stdout.readline().strip() == b"True"
        child.stdin.close()
        assert child.wait(60) == 0, "the pipe itself is still read, so the end of the parent is seen"


def test_the_processes_below_one_cost_one_look_at_the_table_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    # Windows has no lists of children, and looks at the whole table for the parent of each process.
    monkeypatch.setattr(processes, "listed_below", Mock(return_value=None))
    monkeypatch.setattr(psutil.Process, "ppid", Mock(side_effect=AssertionError))
    with subprocess.Popen((sys.executable, "-c", "input()"), stdin=subprocess.PIPE) as child:
        assert host.process_tree(os.getpid()).count(child.pid) == 1
        child.kill()


def test_the_start_of_a_process_stays_the_same_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "LINUX", False)
    # On macOS psutil moves it with the clock, and the kernel's own time stays.
    monkeypatch.setattr(psutil.Process, "create_time", Mock(side_effect=[100.0, 160.0]))
    monkeypatch.setattr(macos, "started_s", Mock(return_value=100.0))
    assert [host.process_started_s(os.getpid()) for _ in range(2)] == [100.0, 100.0]
    monkeypatch.setattr(macos, "started_s", Mock(return_value=None))
    assert host.process_started_s(os.getpid()) == 100.0, "elsewhere psutil tells it"
