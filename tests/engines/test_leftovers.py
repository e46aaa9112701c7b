"""What children leave behind, and what they report when they cannot report: nothing, and that, both at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from tests.engines.test_adapter import adopted, loaded
from tests.engines.test_engine import answer, scripted
from tests.support import scripted_child
from tests.support.conditions import until
from tests.support.processes import children_that_run
from tui.engines.contract import Completed, EngineDied, RequestFailed
from tui.engines.process import wire
from tui.engines.process.child_side import BROKEN_STATUS, Outbox
from tui.engines.process.environment import child_environment
from tui.engines.process.scratch import SCRATCH_PREFIX
from tui.library.runtime.job import RuntimeJob
from tui.records import Timeline
from tui.system import processes

STUBBORN = """
import re, subprocess, sys
from pathlib import Path
class Own:
    def load(self, path, **options):
        idle = (sys.executable, "-c", "import time; time.sleep(600)")
        started = [subprocess.Popen(idle, env=env, start_new_session=True) for env in (None, {})]
        pids = [str(process.pid) for process in started]
        if sys.platform == "linux":
            daemon = "setsid env -i sleep 600 </dev/null >/dev/null 2>&1 & echo $!"
            pids.append(subprocess.check_output(["sh", "-c", daemon], text=True).strip())
        Path(__file__).with_name("pids").write_text(" ".join(pids))
    def generate(self, prompt, **parameters):
        Path(__file__).with_name("busy").touch()
        yield re.match(r"(a+)+$", "a" * 60 + "b")
    def unload(self): pass
"""
CRASHING = STUBBORN.replace(
    "        yield re.match",
    """        import os, signal
        daemon = "setsid env -i sleep 600 </dev/null >/dev/null 2>&1 & echo $!"
        pid = subprocess.check_output(["sh", "-c", daemon], text=True)
        with Path(__file__).with_name("pids").open("a") as opened:
            opened.write(" " + pid)
        os.kill(os.getpid(), signal.SIGNAL)
        yield re.match""",
)
PARENT = """
import asyncio, os, sys
from pathlib import Path
from tests.engines import test_adapter
from tui.engines.contract import Request
async def main():
    os.environ["PARENT"] = str(os.getpid())
    engine = test_adapter.adopted(Path(sys.argv[1]), sys.argv[2])
    await engine.load(60)
    print(engine.pid, flush=True)
    async for part in engine.generate(Request(prompt="x"), 60):
        pass
asyncio.run(main())
"""


def alive(pids: list[int]) -> list[int]:
    left: list[int] = []
    for pid in pids:
        with contextlib.suppress(psutil.Error):
            left += [pid] if psutil.Process(pid).status() != psutil.STATUS_ZOMBIE else []
    return left


def started_by(folder: Path) -> list[int]:
    return [int(pid) for pid in (folder / "pids").read_text(encoding="utf-8").split()]


async def test_what_a_model_has_started_ends_with_it_also_in_a_session_of_its_own(tmp_path: Path) -> None:
    async with loaded(adopted(tmp_path, STUBBORN)):
        pids = started_by(tmp_path)
        assert alive(pids) == pids
    await until(lambda: not alive(pids))
    assert not children_that_run("watchdog")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a process that asks for them")
async def test_what_a_model_has_started_ends_also_when_the_model_crashes_right_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is noted of its processes comes too late for the last ones in any case.
    monkeypatch.setattr(processes, "listed_below", Mock(return_value=None))
    async with loaded(adopted(tmp_path, CRASHING.replace("SIGNAL", "SIGSEGV"))) as engine:
        with pytest.raises(EngineDied, match="SIGSEGV"):
            await answer(engine)
    await until(lambda: not alive(started_by(tmp_path)))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a process that asks for them")
async def test_what_a_model_has_started_ends_also_when_its_parent_is_killed_with_it(tmp_path: Path) -> None:
    code = CRASHING.replace("SIGNAL", "SIGKILL").replace("os.kill", "os.kill(int(os.environ['PARENT']), 9); os.kill")
    parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        pid = int(await asyncio.to_thread(parent.stdout.readline))
    parent.wait()
    pids = [pid, *started_by(tmp_path)]
    await until(lambda: not alive(pids))


async def test_a_model_that_holds_the_lock_of_the_interpreter_ends_with_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), STUBBORN], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pid = int(await asyncio.to_thread(parent.stdout.readline))
    await until((tmp_path / "busy").exists)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    pids = [pid, *started_by(tmp_path)]
    await until(lambda: not alive(pids))


def test_what_children_leave_that_were_ended_with_their_parent_is_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = tmp_path / f"{SCRATCH_PREFIX}{gone.pid}-abcdefgh"
    (left / "logs").mkdir(parents=True)
    command = (sys.executable, "-P", "-m", "tui.engines.process.watchdog", f"{gone.pid}-0")
    folders = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(tmp_path))
    subprocess.run(command, stdin=subprocess.DEVNULL, env={**child_environment(), **folders}, check=True, timeout=60)
    assert not left.exists()


async def test_what_a_model_has_started_ends_when_it_is_ended_at_once(tmp_path: Path) -> None:
    engine = adopted(tmp_path, STUBBORN)
    await engine.load(60)
    pids = started_by(tmp_path)
    with pytest.raises(EngineDied, match="no sign of life"):
        await answer(engine, silence_timeout_s=1)
    await until(lambda: not alive(pids))
    await engine.close()


async def test_a_failure_that_names_no_request_reaches_the_one_that_waits() -> None:
    engine = scripted("fail-without-number")
    await engine.load(60)
    with pytest.raises(RequestFailed, match="all is lost"):
        await answer(engine)
    await engine.close()


def test_a_child_that_cannot_read_a_command_ends_at_once() -> None:
    child = subprocess.run(
        scripted_child.command("steady"), input=b"{nonsense\n", capture_output=True, timeout=60, check=False
    )
    assert child.returncode == BROKEN_STATUS
    assert b"a command cannot be read" in child.stderr


def test_a_report_that_cannot_be_sent_becomes_a_failure_of_its_request() -> None:
    reading, writing = os.pipe()
    Outbox(writing).put(wire.AnswerFinished(7, Completed(timeline=Timeline(end_ns=1), flags=("\ud800",))))
    with os.fdopen(reading, "rb") as opened:
        report = wire.decode_report(opened.readline())
    assert isinstance(report, wire.Failed)
    assert report.request_id == 7
    assert "cannot be sent" in report.message


def test_a_loop_that_ends_leaves_no_private_folder() -> None:
    async def close_and_go() -> Path:
        loop = asyncio.get_running_loop()
        # With every thread taken, the end of the child has to wait for one until the loop ends.
        for _ in range(64):
            loop.run_in_executor(None, loop_ends.wait, 60)
        job = RuntimeJob([sys.executable, "-S", "-c", "import time; time.sleep(600)"])
        closing = asyncio.create_task(job.close())
        closing.add_done_callback(lambda _: loop_ends.set())
        await asyncio.sleep(0)
        assert not closing.done()
        return job.scratch

    loop_ends = threading.Event()

    assert not asyncio.run(close_and_go()).exists()
