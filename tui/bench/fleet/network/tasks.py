"""What a machine does for the desk. A task runs a child process, so that ending it leaves nothing behind.

Its argument is JSON that is checked here; its lines go to the desk as events of Dask, over the connection that the
machine has opened itself, so that nobody needs to connect to a machine.
"""

from __future__ import annotations

import contextlib
import math
import queue
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from distributed import get_worker

from tui import paths
from tui.bench.fleet import wire
from tui.bench.fleet.wire import PROTOCOL
from tui.engines.foundry.engine import scratch_prefix
from tui.engines.process.child_process import python_command
from tui.engines.process.watchdog import end_processes
from tui.probes.marked import processes_below
from tui.text.secrets import without_secrets

SILENCE_S = 60.0
"""A child that has written nothing for so long hangs: it writes a line each second at least."""
MOST_RUN_BYTES: Final = 512 * 1024**2
MOST_PLAN_BYTES: Final = 16 * 1024**2
_POLL_S: Final = 0.25
_END_S: Final = 10.0
_LAST_LINES: Final = 3
_MOST_STDERR_BYTES: Final = 500
_RUNNING: Final = ("executing", "long-running")

_children: set[subprocess.Popen[bytes]] = set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the desk asks a machine to do."""

    protocol: int = PROTOCOL
    topic: str = ""
    """The event of Dask under which the lines go to the desk."""
    command: str
    """``measure`` or ``check``."""
    plan: str
    """The plan, as the file has it."""
    resume: str = ""
    """The run of this machine that goes on; empty for a new one."""
    arguments: tuple[str, ...] = ()
    """Further options, each one of ``ALLOWED``."""


ALLOWED: Final = ("--anyway",)


def child_command(request: Request, plan_file: Path) -> list[str]:
    """The command line of the child: fixed words, and what is the desk's own in files."""
    command = "check" if request.command == "check" else "measure"
    arguments = [argument for argument in request.arguments if argument in ALLOWED]
    resume = [f"--resume={request.resume}"] if request.resume else []
    return [*python_command("tui"), "fleet", command, str(plan_file), *resume, *arguments]


def encoded(request: Request) -> bytes:
    """Write a request as the argument of a task."""
    return msgspec.json.encode(request)


def decoded(content: bytes) -> Request | None:
    """Read the argument of a task; ``None`` if it is no request."""
    try:
        return wire.decoded(content, Request)
    except wire.NotReadable:
        return None


def send_to_desk(topic: str, line: bytes) -> None:
    """Send a line to the desk, from within a task."""
    worker: Any = get_worker()
    worker.log_event(topic, line)


def perform(content: bytes) -> None:
    """Do what the desk asks for; the task of Dask. Everything that goes wrong becomes a line to the desk."""
    worker: Any = get_worker()
    task = worker.get_current_task()
    request = decoded(content)
    if request is None:
        return

    def wanted() -> bool:
        state = worker.state.tasks.get(task)
        return worker.status.name == "running" and state is not None and state.state in _RUNNING

    send = partial(send_to_desk, request.topic)
    if request.protocol != PROTOCOL or len(request.plan) > MOST_PLAN_BYTES:
        send(_end(f"this Benchtop speaks version {PROTOCOL} of the messages of a fleet, and not {request.protocol}"))
        return
    with tempfile.TemporaryDirectory(prefix=scratch_prefix(), dir=paths.scratch_parent()) as folder:
        plan_file = Path(folder, "plan.json")
        with open(plan_file, "x", encoding="utf-8", opener=paths.open_privately) as opened:
            opened.write(request.plan)
        for line in lines_of(child_command(request, plan_file), wanted):
            send(line)


def end_all(*, at_once: bool = False) -> None:
    """End all children of this process."""
    for child in tuple(_children):
        _end_child(child, at_once=at_once)


def lines_of(command: list[str], wanted: Callable[[], bool]) -> Iterator[bytes]:
    """Run a child and yield its lines until it ends, hangs, floods or is no longer wanted."""
    child = _started(command)
    lines: queue.Queue[bytes | None] = queue.Queue(maxsize=1000)
    last_words: deque[str] = deque(maxlen=_LAST_LINES)
    ended = threading.Event()
    threading.Thread(target=_read, args=(child.stdout, lines, ended), daemon=True).start()
    errors = threading.Thread(target=_read_stderr, args=(child.stderr, last_words), daemon=True)
    errors.start()
    total, told_end, heard_s = 0, False, time.monotonic()
    problem, end_s = "", math.inf
    try:
        while not problem and time.monotonic() < end_s:
            if end_s == math.inf and not wanted():
                end_s = time.monotonic() + _END_S
                _close_stdin(child)
            try:
                line = lines.get(timeout=_POLL_S)
            except queue.Empty:
                silent_s = time.monotonic() - heard_s
                problem = f"it hung: nothing was heard for {silent_s:.0f} s" if silent_s > SILENCE_S else ""
                continue
            if line is None:
                break
            heard_s, total = time.monotonic(), total + len(line)
            try:
                told_end = isinstance(wire.decode(line), wire.EndLine) or told_end
            except wire.NotALine as error:
                problem = f"its answer cannot be used: {error}"
                continue
            if total > MOST_RUN_BYTES:
                problem = f"it wrote more than {MOST_RUN_BYTES >> 20} MiB in one run"
                continue
            yield line
    finally:
        ended.set()
        _end_child(child, at_once=bool(problem))
        _children.discard(child)
    errors.join(1)
    if problem:
        yield _end(problem)
    elif not told_end:
        words = "; ".join(last_words) or f"its process ended with {child.returncode}"
        yield _end(words)


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    _children.add(child)
    return child


def _end(problem: str) -> bytes:
    return wire.encode(wire.EndLine(problem=without_secrets(problem)))


def _read(pipe: IO[bytes], lines: queue.Queue[bytes | None], ended: threading.Event) -> None:
    """Pass lines on; one that is too long is passed on in its first part, and refused there."""

    def put(line: bytes | None) -> None:
        while not ended.is_set():
            with contextlib.suppress(queue.Full):
                lines.put(line, timeout=_POLL_S)
                return

    with contextlib.suppress(OSError, ValueError):
        while not ended.is_set() and (line := pipe.readline(wire.MOST_LINE_BYTES + 1)):
            put(line)
    put(None)


def _read_stderr(pipe: IO[bytes], last_words: deque[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := pipe.readline(_MOST_STDERR_BYTES):
            if text := line.decode("utf-8", "replace").strip():
                last_words.append(text)


def _close_stdin(child: subprocess.Popen[bytes]) -> None:
    """Tell a child to end."""
    if child.stdin is not None:
        with contextlib.suppress(OSError):
            child.stdin.close()


def _end_child(child: subprocess.Popen[bytes], *, at_once: bool = False) -> None:
    """End a child in order by closing its stdin; kill it and all that it started if it does not end."""
    _close_stdin(child)
    if not at_once:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_END_S)
    if child.poll() is None:
        started = processes_below(child.pid)
        child.kill()
        end_processes(started)
    child.wait()
