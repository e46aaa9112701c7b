"""The child's side of the wire: one thread sends reports, and another one reads commands.

The child ends when its stdin closes: no orphan keeps gigabytes or goes on downloading. It also ends when one of the two
threads fails, since the parent would wait for its reports.
"""

from __future__ import annotations

import os
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

import msgspec

from tui.engines.contract import Piece
from tui.engines.process import wire
from tui.engines.process.secret_stream import SecretStream
from tui.engines.reasoning import ReasoningSplitter
from tui.system import processes
from tui.text import secrets

CLEAR_LIMIT_S: Final = 0.5
"""How many seconds may be spent on removing a folder into which the runtime still writes."""
SWITCH_INTERVAL_S: Final = 0.0001
"""The interval in seconds at which threads take turns. A runtime hands items over between two threads: at Python's own
5 ms the gaps between the tokens of a fast model would be made up of waiting.
"""
BATCH_S: Final = 0.02
"""The text of this many seconds goes into one line; each piece keeps its own time."""
BROKEN_STATUS: Final = 70
"""The exit status of a child that can no longer exchange frames; EX_SOFTWARE of sysexits.h."""


def private_stdout() -> int:
    """A copy of fd 1 for frames alone; fd 1 itself, on which native code prints, leads to stderr from then on."""
    fd = os.dup(1)
    os.dup2(2, 1)
    return fd


def private_stdin() -> int:
    """A copy of fd 0 for frames alone; code that reads its stdin finds it at its end from then on.

    On Windows a library that looks at stdin while it loads would wait as long as a thread reads from that pipe.
    """
    fd = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return fd


class Outbox:
    """Sends reports from a thread of its own, so that a slow reader never holds up the clock."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: queue.SimpleQueue[tuple[int, Piece] | wire.Report] = queue.SimpleQueue()
        self._urgent = threading.Event()
        self._streams: dict[tuple[int, bool], SecretStream] = {}
        self.request_id = 0
        """The current request, in a child that answers one at a time."""
        threading.Thread(target=self._send_all, name="outbox", daemon=True).start()

    def add(self, piece: Piece, request_id: int | None = None) -> None:
        """Send a piece of the answer to this request, or to the current one if none is named."""
        self._waiting.put((self.request_id if request_id is None else request_id, piece))

    def put(self, frame: wire.Report) -> None:
        """Send a report at once, after the text that came before it."""
        self._waiting.put(frame)
        self._urgent.set()

    def _send_all(self) -> None:
        with ending_on_failure("its reports cannot be sent"):
            self._send_until_closed()

    def _send_until_closed(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            texts: dict[int, list[Piece]] = {}
            for entry in batch:
                if isinstance(entry, tuple):
                    stream = self._streams.setdefault((entry[0], entry[1].reasoning), SecretStream())
                    texts.setdefault(entry[0], []).extend(stream.feed(entry[1]))
                elif isinstance(entry, wire.AnswerFinished | wire.Cancelled | wire.Failed):
                    for reasoning in (True, False):
                        if stream := self._streams.pop((entry.request_id, reasoning), None):
                            texts.setdefault(entry.request_id, []).extend(stream.rest())
            for request_id, pieces in texts.items():
                if pieces:
                    self._write(wire.Text(request_id, tuple(pieces)))
            for entry in batch:
                if not isinstance(entry, tuple):
                    self._write(entry)
            # Text is collected for a while; a frame that somebody waits for cuts this short.
            self._urgent.wait(BATCH_S)
            self._urgent.clear()

    def _write(self, frame: wire.Report) -> None:
        try:
            data = memoryview(wire.encode(frame if isinstance(frame, wire.Text) else without_secrets_in(frame)))
        except (ValueError, TypeError, RecursionError, OverflowError) as error:
            reason = f"what it reports cannot be sent ({type(error).__name__})"
            data = memoryview(wire.encode(wire.Failed(getattr(frame, "request_id", 0), reason)))
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            os._exit(0)


class Inbox:
    """Reads commands in a thread of its own: a cancel must be seen while the main thread generates."""

    def __init__(
        self,
        on_cancel: Callable[[int], None] = lambda _: None,
        on_end: Callable[[], None] = lambda: None,
        fd: int | None = None,
        on_task: Callable[[wire.Task], None] | None = None,
    ) -> None:
        """Take over stdin, or ``fd`` as ``private_stdin`` has made it.

        The functions are called in the thread that reads; ``on_task`` takes commands in place of the queue.
        """
        self.commands: queue.SimpleQueue[wire.Task] = queue.SimpleQueue()
        self.cancelled = 0
        """The number of the last request that was cancelled."""
        self._on_cancel, self._on_end = on_cancel, on_end
        self._fd = private_stdin() if fd is None else fd
        self._on_task = on_task or self.commands.put
        self.scratch: Path | None = None
        threading.Thread(target=self._read_all, name="inbox", daemon=True).start()

    def _read_all(self) -> None:
        with ending_on_failure("a command cannot be read"):
            self._read_until_closed()

    def _read_until_closed(self) -> None:
        # sys.stdin.buffer has a lock, and a thread that holds it would hold up the end of the interpreter.
        with open(self._fd, "rb", closefd=False) as stdin:
            for line in stdin:
                command = wire.decode_command(line)
                if isinstance(command, wire.Cancel):
                    self.cancelled = command.request_id
                    self._on_cancel(command.request_id)
                    continue
                if isinstance(command, wire.RuntimeTask):
                    self.scratch = Path(command.scratch)
                self._on_task(command)
        self._on_end()
        # Somebody's code may have started what nobody else can find once this process is gone.
        processes.end_descendants()
        if self.scratch is not None:
            _clear(self.scratch)
        # The parent is gone or has no more use for the model; native threads may never return.
        os._exit(0)


def without_secrets_in(report: wire.Report) -> wire.Report:
    """The report with the keys that this process knows hidden in all of its texts."""
    if not secrets.knows_any():
        return report
    return wire.decode_report(msgspec.json.encode(_hidden(msgspec.json.decode(wire.encode(report)))))


def _hidden(value: object) -> object:
    if isinstance(value, str):
        return secrets.without_secrets(value)
    if isinstance(value, list):
        return [_hidden(item) for item in cast("list[object]", value)]
    if isinstance(value, dict):
        return {name: _hidden(member) for name, member in cast("dict[str, object]", value).items()}
    return value


@contextmanager
def ending_on_failure(what: str) -> Generator[None]:
    """End the process if the block fails, in a thread without which no report would ever reach the parent."""
    try:
        yield
    except Exception as error:
        sys.stderr.write(f"{what} ({type(error).__name__}: {error})\n")
        sys.stderr.flush()
        os._exit(BROKEN_STATUS)


def send_answer(
    items: Iterable[tuple[str, bool]], start_ns: int, inbox: Inbox, outbox: Outbox, *, thinks_first: bool = False
) -> int | None:
    """Send the text that a runtime gives, each piece with its time since the start.

    ``items`` are texts, empty ones for items without text, each with whether the runtime calls it reasoning. With
    ``thinks_first`` the answer begins inside the reasoning. Returns the time of the end since the start in nanoseconds,
    ``None`` if the request was cancelled.
    """
    splitter = ReasoningSplitter(inside=thinks_first)
    at_ns = text_ns = 0
    for text, reasoning in items:
        at_ns = time.perf_counter_ns() - start_ns
        if inbox.cancelled == outbox.request_id:
            return None
        text_ns = at_ns if text else text_ns
        if reasoning and text:
            outbox.add(Piece(at_ns, text, True))
        elif text:
            for part, inside in splitter.feed(text) or (("", thinks_first),):
                outbox.add(Piece(at_ns, part, inside))
    end_ns = time.perf_counter_ns() - start_ns
    for part, inside in splitter.finish():
        # It was held back as the possible start of a mark, and came with the last item that had text.
        outbox.add(Piece(text_ns, part, inside))
    return end_ns


def _clear(folder: Path) -> None:
    """Remove a folder into which the runtime may still write while it loads."""
    end_s = time.monotonic() + CLEAR_LIMIT_S
    while folder.exists() and time.monotonic() < end_s:
        shutil.rmtree(folder, ignore_errors=True)
