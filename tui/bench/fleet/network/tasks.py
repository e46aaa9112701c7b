"""What a machine does for the desk. A task runs a child process, so that ending it leaves nothing behind.

Its argument is JSON that is checked here; its lines go to the desk as events of Dask, over the connection that the
machine has opened itself, so that nobody needs to connect to a machine.
"""

from __future__ import annotations

import contextlib
import math
import os
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
from tui.bench.fleet.network import receiving
from tui.bench.fleet.wire import PROTOCOL
from tui.engines.process.child_process import python_command
from tui.engines.process.scratch import scratch_prefix
from tui.engines.process.watchdog import end_processes
from tui.probes.marked import processes_below
from tui.system.processes import NO_WINDOW
from tui.text.secrets import without_secrets

SILENCE_S = 60.0
"""A child that has written nothing for so long hangs: it writes a line each second at least."""
KEPT_S = 120.0
"""So long a model that has answered a question stays loaded for the next one."""
MOST_RUN_BYTES: Final = 512 * 1024**2
MOST_PLAN_BYTES: Final = 16 * 1024**2
_POLL_S: Final = 0.25
_END_S: Final = 10.0
_LAST_LINES: Final = 3
_SHOWN_CHARACTERS: Final = 20
_MOST_STDERR_BYTES: Final = 500
_RUNNING: Final = ("executing", "long-running")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the desk asks a machine to do."""

    protocol: int = PROTOCOL
    topic: str = ""
    """The event of Dask under which the lines go to the desk."""
    command: str
    """One of ``COMMANDS``."""
    plan: str
    """The plan, as the file has it."""
    resume: str = ""
    """The run of this machine that goes on; empty for a new one."""
    arguments: tuple[str, ...] = ()
    """Further options, each one of ``ALLOWED``."""
    file: str = ""
    """The file of a model that ``data`` is a piece of; only with ``receive``, whose plan is a manifest."""
    offset: int = 0
    data: bytes = b""


ALLOWED: Final = ("--anyway",)
COMMANDS: Final = ("check", "measure", "ask", "fetch", "receive")
takes_bytes = 0
"""So much of models the user of this machine lets the desk bring to its disk."""


def child_command(request: Request, plan_file: Path) -> list[str]:
    """The command line of the child: fixed words, and what is the desk's own in files."""
    if request.command == "ask":
        return [*python_command("tui"), "fleet", "ask"]
    arguments = [argument for argument in request.arguments if argument in ALLOWED]
    resume = [f"--resume={request.resume}"] if request.resume else []
    most = [f"--most={takes_bytes}"] if request.command == "fetch" else []
    return [*python_command("tui"), "fleet", request.command, str(plan_file), *resume, *most, *arguments]


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
    if request.command not in COMMANDS:
        send(_end(f"this Benchtop cannot {request.command[:_SHOWN_CHARACTERS]}; install the version of the desk"))
        return
    if request.command == "receive":
        piece = receiving.Piece(request.plan.encode(), request.file, request.offset, request.data)
        for line in receiving.lines_of(piece, takes_bytes):
            send(wire.encode(line))
        return
    with tempfile.TemporaryDirectory(
        prefix=scratch_prefix(), dir=paths.scratch_parent(), ignore_cleanup_errors=True
    ) as folder:
        plan_file = Path(folder, "plan.json")
        with open(plan_file, "x", encoding="utf-8", opener=paths.open_privately) as opened:
            opened.write(request.plan)
        command = child_command(request, plan_file)
        if request.command == "ask":
            lines = answer_lines(command, plan_file, wanted)
        else:
            # A model that is kept for the next question would take memory and time from what is measured.
            end_all()
            lines = lines_of(command, wanted)
        for line in lines:
            send(line)


def end_all(*, at_once: bool = False) -> None:
    """End all children of this process."""
    forget_kept()
    for child in tuple(_children):
        child.end(at_once=at_once)


def lines_of(command: list[str], wanted: Callable[[], bool]) -> Iterator[bytes]:
    """Run a child and yield its lines until it ends, hangs, floods or is no longer wanted."""
    child = _Child(command)
    try:
        yield from child.lines(wanted)
    finally:
        child.end(at_once=child.is_broken)
    if (last := child.last_line()) is not None:
        yield last


def answer_lines(command: list[str], plan_file: Path, wanted: Callable[[], bool]) -> Iterator[bytes]:
    """Have a child answer the question of a plan, and yield its lines up to the last one.

    The child stays with its model for ``KEPT_S``, so that the next question need not load it again.
    """
    child = forget_kept()
    if child is None or not child.is_alive:
        if child is not None:
            child.end()
        child = _Child(command)
    child.tell(os.fspath(plan_file))
    whole = False
    try:
        yield from child.lines(wanted, one_answer=True)
        whole = child.told_end and not child.is_broken and wanted()
    finally:
        if whole:
            _keep(child)
        else:
            child.end(at_once=child.is_broken)
    if (last := child.last_line()) is not None:
        yield last


def forget_kept() -> _Child | None:
    """Give the child that is kept for the next question, if there is one; it is no longer kept then."""
    with _kept_lock:
        kept, _kept_child[:] = list(_kept_child), []
    for _, timer in kept:
        timer.cancel()
    return kept[0][0] if kept else None


def _keep(child: _Child) -> None:
    def expire() -> None:
        expired = forget_kept()
        if expired is not None:
            expired.end()

    timer = threading.Timer(KEPT_S, expire)
    timer.daemon = True
    with _kept_lock:
        _kept_child[:] = [(child, timer)]
    timer.start()


class _Child:
    """A child process that writes lines of ours, with the threads that read them."""

    def __init__(self, command: list[str]) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            creationflags=NO_WINDOW,
        )
        _children.add(self)
        self._lines: queue.Queue[bytes | None] = queue.Queue(maxsize=1000)
        self._last_words: deque[str] = deque(maxlen=_LAST_LINES)
        self._ended = threading.Event()
        self._problem = ""
        self.told_end = False
        """Whether its last line was the last one of an answer."""
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()
        self._errors = threading.Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True)
        self._errors.start()

    @property
    def is_alive(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def is_broken(self) -> bool:
        """Whether it hung, flooded, or wrote what is no line."""
        return bool(self._problem)

    def tell(self, line: str) -> None:
        """Write a line to its stdin; one that has just ended is told nothing."""
        stdin = self._process.stdin
        if stdin is not None:
            with contextlib.suppress(OSError, ValueError):
                stdin.write(line.encode() + b"\n")
                stdin.flush()

    def lines(self, wanted: Callable[[], bool], *, one_answer: bool = False) -> Iterator[bytes]:
        """Yield the lines until it ends, hangs, floods or is no longer wanted, or until the end of one answer."""
        self.told_end = False
        total, heard_s, end_s = 0, time.monotonic(), math.inf
        while not self._problem and time.monotonic() < end_s:
            if end_s == math.inf and not wanted():
                end_s = time.monotonic() + _END_S
                self._close_stdin()
            try:
                line = self._lines.get(timeout=_POLL_S)
            except queue.Empty:
                silent_s = time.monotonic() - heard_s
                self._problem = f"it hung: nothing was heard for {silent_s:.0f} s" if silent_s > SILENCE_S else ""
                continue
            if line is None:
                return
            heard_s, total = time.monotonic(), total + len(line)
            try:
                self.told_end = isinstance(wire.decode(line), wire.EndLine) or self.told_end
            except wire.NotALine as error:
                self._problem = f"its answer cannot be used: {error}"
                continue
            if total > MOST_RUN_BYTES:
                self._problem = f"it wrote more than {MOST_RUN_BYTES >> 20} MiB in one run"
                continue
            yield line
            if one_answer and self.told_end:
                return

    def last_line(self) -> bytes | None:
        """The line that says why it ended, if it has not said that itself; called once it has ended."""
        if self._problem:
            return _end(self._problem)
        if self.told_end:
            return None
        self._errors.join(1)
        return _end("; ".join(self._last_words) or f"its process ended with {self._process.returncode}")

    def end(self, *, at_once: bool = False) -> None:
        """End it in order by closing its stdin; kill it and all that it started if it does not end."""
        self._ended.set()
        _children.discard(self)
        process = self._process
        self._close_stdin()
        if not at_once:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_S)
        if process.poll() is None:
            started = processes_below(process.pid)
            process.kill()
            end_processes(started)
        process.wait()

    def _close_stdin(self) -> None:
        """Tell it to end."""
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()

    def _read(self, pipe: IO[bytes]) -> None:
        """Pass lines on; one that is too long is passed on in its first part, and refused there."""
        with contextlib.suppress(OSError, ValueError):
            while not self._ended.is_set() and (line := pipe.readline(wire.MOST_LINE_BYTES + 1)):
                self._put(line)
        self._put(None)

    def _put(self, line: bytes | None) -> None:
        while not self._ended.is_set():
            with contextlib.suppress(queue.Full):
                self._lines.put(line, timeout=_POLL_S)
                return

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while line := pipe.readline(_MOST_STDERR_BYTES):
                if text := line.decode("utf-8", "replace").strip():
                    self._last_words.append(text)


_children: set[_Child] = set()
_kept_lock: Final = threading.Lock()
_kept_child: Final[list[tuple[_Child, threading.Timer]]] = []
"""The child that waits for the next question, if one does, and what ends it when none comes."""


def _end(problem: str) -> bytes:
    return wire.encode(wire.EndLine(problem=without_secrets(problem)))
