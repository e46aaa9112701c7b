"""The parent's side of a child process: start it, exchange frames, keep its last lines, end it for certain."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import queue
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import IO, Final

import msgspec

from tui.engines.process import wire
from tui.engines.process.environment import child_environment
from tui.engines.process.watchdog import SESSION, Watchdog, end_processes
from tui.probes.host import process_started_s
from tui.probes.marked import marked_processes, processes_below
from tui.system import LINUX, keeper, processes
from tui.system.forks import Forks, forks_of_system
from tui.text.secrets import without_secrets

TICK_S: Final = 0.05
"""How often text is picked up, in seconds: the event loop is not woken for it."""
LAST_LINES: Final = 40
"""How many lines of the child's stderr are kept."""
LINE_LIMIT: Final = 500
"""How many bytes of a line are kept."""
LONGEST_FRAME: Final = 256 << 20
"""A longer line, in bytes, is no frame."""
CLOSE_S: Final = 1.0
"""How long a child may take to end by itself, in seconds."""
_KEEPER_S: Final = 10.0
"""How long the process that waits for a child may take to end what that has left, in seconds."""
_WATCHDOG: Final = Watchdog()
_NUMBERS: Final = itertools.count(1)


class ChildProcess:
    """A child that exchanges frames over its stdin and stdout.

    One thread reads frames into a deque. A second one drains stderr, which would otherwise fill and block the child. A
    third one writes, since a child that is held up takes no more than a pipe holds. The event loop is woken for every
    frame but text, which is picked up on a tick.
    """

    def __init__(self, command: Sequence[str], variables: Collection[str] = (), left_out: tuple[str, ...] = ()) -> None:
        """Start the child; of the variables that hold keys it gets only ``variables``.

        Lines of its stderr that begin with a text of ``left_out`` are not kept.
        """
        self._left_out = left_out
        self._is_kept = keeper.MODULE in command
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self._frames: deque[wire.Report] = deque()
        self._commands: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._ended = threading.Event()
        self.stderr_tail: deque[str] = deque(maxlen=LAST_LINES)
        self.broken_line: str | None = None
        """The reason for which the child was ended over its output, in words; ``None`` if it was not."""
        self._started: dict[int, float | None] = {}
        """What the child has started, each with its time of start, where that can be told quickly."""
        self._mark = f"{SESSION}.{next(_NUMBERS)}."
        _WATCHDOG.begin()
        try:
            self._process = self._start(command, variables)
            self._group = processes.ProcessGroup(self._process)
        except BaseException:
            _WATCHDOG.end()
            raise
        self._threads = [
            threading.Thread(target=self._write_commands, args=(self._process.stdin,), daemon=True),
            threading.Thread(target=self._read_frames, args=(self._process.stdout,), daemon=True),
            threading.Thread(target=self._read_stderr, args=(self._process.stderr,), daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        if (forks := forks_of_system()) is not None:
            forks.follow(self._process.pid)
            threading.Thread(target=self._note_forks, args=(forks,), daemon=True).start()

    def _start(self, command: Sequence[str], variables: Collection[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=child_environment(self._mark, variables),
            # Ctrl-C in the terminal is for the parent, which ends its children in order.
            start_new_session=True,
            creationflags=processes.NO_WINDOW,
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process runs and its output is open."""
        return self._process.poll() is None and not self._ended.is_set()

    def send(self, command: wire.Command) -> None:
        """Have a command written. It is dropped if the child is gone; ``receive`` then raises."""
        self._commands.put(wire.encode(command))

    async def receive(self) -> wire.Report | None:
        """The next frame, or ``None`` if none has come within a tick. Waiting text of one request comes as one frame.

        Raises:
            EOFError: the child has closed its output, and all its frames have been received.
        """
        if not self._frames and not self._ended.is_set():
            # wait_for would do, but before Python 3.12 it loses a cancel that comes together with the event.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
        self._wake.clear()
        if self._frames:
            frame = self._frames.popleft()
            return self._with_waiting_text(frame) if isinstance(frame, wire.Text) else frame
        # The thread adds its last frame before it marks its end.
        if self._ended.is_set() and not self._frames:
            raise EOFError
        return None

    def _with_waiting_text(self, first: wire.Text) -> wire.Text:
        pieces = list(first.pieces)
        while self._frames and isinstance(following := self._frames[0], wire.Text):
            if following.request_id != first.request_id:
                break
            pieces.extend(following.pieces)
            self._frames.popleft()
        return wire.Text(first.request_id, tuple(pieces))

    async def close(self, scratch: Path | None = None) -> int | None:
        """Have the child end by closing its stdin, and kill it if it does not. Returns its exit status.

        Its private folder ``scratch`` is removed when it has ended, also if the caller is cancelled or the loop ends.
        """
        # Neither a cancel of the caller nor the end of the loop takes this back, even before a thread is free for it.
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(None, self._end, scratch))
        return self._process.returncode

    def kill(self) -> None:
        """End the child at once, with whatever it has started."""
        if self._process.poll() is None:
            started = processes_below(self._process.pid)
            # The process that keeps the child then ends what begins meanwhile, unless it has not begun yet itself.
            if not (self._is_kept and started):
                self._group.kill()
                self._process.kill()
            end_processes(started)

    def _end(self, scratch: Path | None) -> None:
        """Have the child end, and whatever it has started, also in another group and with another environment."""
        try:
            started = marked_processes(self._mark)
            self._commands.put(None)
            self._wait(CLOSE_S)
            end_processes({**started, **marked_processes(self._mark)})
        finally:
            if scratch is not None:
                shutil.rmtree(scratch, ignore_errors=True)

    def _wait(self, patience_s: float) -> None:
        try:
            self._process.wait(patience_s)
        except subprocess.TimeoutExpired:
            self.kill()
            self._wait_for_keeper()
            self._process.wait()
        for thread in self._threads:
            thread.join(patience_s)
        pipes = (self._process.stdin, self._process.stdout, self._process.stderr)
        for thread, pipe in zip(self._threads, pipes, strict=True):
            # Closing a pipe would wait for the thread that reads it.
            if pipe is not None and not thread.is_alive():
                with contextlib.suppress(OSError):
                    pipe.close()

    def _wait_for_keeper(self) -> None:
        """Give the process that keeps the child time to end all that is left; one that does not is ended itself."""
        if self._is_kept:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_KEEPER_S)
                return
            self._group.kill()
            self._process.kill()

    def _write_commands(self, pipe: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while (command := self._commands.get()) is not None:
                pipe.write(command)
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _read_frames(self, pipe: IO[bytes]) -> None:
        try:
            while line := pipe.readline(LONGEST_FRAME):
                frame = wire.decode_report(line)
                is_text = isinstance(frame, wire.Text)
                if not is_text:
                    # This comes before the next request, in which the child may crash.
                    self._note_descendants()
                self._frames.append(frame)
                if not is_text:
                    self._wake_loop()
        except (msgspec.DecodeError, UnicodeDecodeError):
            self.broken_line = "its output is not in the form that was agreed"
            self.kill()
        except (OSError, ValueError):
            pass
        if self._is_kept:
            end_processes(processes_below(self._process.pid))
            self._wait_for_keeper()
        # What an adapter has started would hold memory and pipes. The number cannot belong to another group yet.
        self._group.kill()
        self._ended.set()
        self._wake_loop()
        end_processes({**self._started, **marked_processes(self._mark)})
        _WATCHDOG.end()

    def _note_descendants(self) -> None:
        """Note what the child has started so far: once it has crashed, that may be found by nothing else.

        A child that has crashed lists nothing any more, and its last frames are read after that.
        """
        if below := processes.listed_below(self._process.pid):
            self._started = {pid: self._started.get(pid) or process_started_s(pid) for pid in below}

    def _note_forks(self, forks: Forks) -> None:
        """Note what the child starts at the moment when it does, and what that starts in turn."""
        while forks.wait():
            self._started = {**processes_below(self._process.pid), **self._started}
            for pid in tuple(self._started):
                forks.follow(pid)

    def _read_stderr(self, pipe: IO[bytes]) -> None:
        begins, kept = True, True
        with contextlib.suppress(OSError, ValueError):
            while line := pipe.readline(LINE_LIMIT):
                text = line.decode("utf-8", "replace").rstrip()
                # A long line comes in several parts, which are left out or kept together.
                kept = not (self._left_out and text.startswith(self._left_out)) if begins else kept
                begins = line.endswith(b"\n")
                if kept:
                    self.stderr_tail.append(without_secrets(text))

    def _wake_loop(self) -> None:
        # A child may outlive the loop.
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._wake.set)


def python_command(module: str, *arguments: str) -> tuple[str, ...]:
    """The command line that runs a module of this package; the interpreter imports nothing from the current folder."""
    return (sys.executable, "-P", "-m", module, *arguments)


def kept_command(module: str) -> tuple[str, ...]:
    """The command line for a module that runs somebody's code: what that starts ends with it, however it ends."""
    return python_command(keeper.MODULE, module) if LINUX else python_command(module)
