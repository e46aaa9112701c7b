"""A pseudo-terminal for tests and benchmarks: start a command in it, type, read its screen, end it.

Only what a Textual app writes is understood; the screen is worked out when it is asked for, so that reading costs
nothing while something is measured. POSIX only: ``AVAILABLE`` says whether it can be used.
"""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

AVAILABLE: Final = importlib.util.find_spec("fcntl") is not None

ENTER: Final = "\r"
ESCAPE: Final = "\x1b"
CTRL_C: Final = "\x03"

FRAME_END: Final = b"\x1b[?2026l"
"""The bytes that an app writes after each whole frame once it knows that the terminal shows frames at once."""

_ASKS_FOR_WHOLE_FRAMES: Final = b"\x1b[?2026$p"
_SHOWS_WHOLE_FRAMES: Final = b"\x1b[?2026;2$y"
_READ_BYTES: Final = 65536
_POLL_S: Final = 0.02
_END_LIMIT_S: Final = 5.0
PATIENCE_S: Final = 120.0
"""How long a condition is waited for; a start of the workbench takes 20 s on a machine with ten times its load."""
_SEQUENCE: Final = re.compile(
    r"\x1b\[(?P<parameters>[0-9;?>=<$]*)(?P<final>[@-~])"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1bP[^\x1b]*\x1b\\|\x1b[ -/]*[0-~]"
    r"|(?P<control>[\x00-\x1f])|(?P<text>[^\x00-\x1f]+)"
)


class Screen:
    """The characters on a terminal after everything written so far."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self._lines = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0

    @property
    def text(self) -> str:
        """Return the rows, without the spaces at their ends."""
        return "\n".join("".join(line).rstrip() for line in self._lines)

    def write(self, output: str) -> None:
        """Apply output of the command: text, line ends and moves of the cursor."""
        for match in _SEQUENCE.finditer(output):
            if match["text"]:
                self._put(match["text"])
            elif match["control"]:
                self._control(match["control"])
            elif match["final"]:
                self._obey(match["final"], match["parameters"])

    def _put(self, text: str) -> None:
        from rich.cells import get_character_cell_size

        for character in text:
            line, cells = self._lines[self._y], get_character_cell_size(character)
            if cells and self._x + cells <= self._columns:
                line[self._x : self._x + cells] = [character, *[""] * (cells - 1)]
            elif not cells and 0 < self._x <= self._columns:
                line[self._x - 1] += character
            self._x += cells

    def _control(self, character: str) -> None:
        if character == "\n":
            self._x, self._y = 0, min(self._y + 1, len(self._lines) - 1)
        elif character == "\r":
            self._x = 0

    def _obey(self, final: str, parameters: str) -> None:
        if final in "Hf":
            row, _, column = parameters.partition(";")
            self._y = min(max(int(row or 1) - 1, 0), len(self._lines) - 1)
            self._x = max(int(column or 1) - 1, 0)
        elif final == "J" and parameters in ("2", "3"):
            for line in self._lines:
                line[:] = [" "] * self._columns


class PtyTerminal:
    """A command in a terminal of its own. Use it in a ``with`` block: at the end the command is ended."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.started_s = time.perf_counter()
        self.first_output_s: float | None = None
        """Seconds from the start of the command to its first output."""
        self._chunks: list[bytes] = []
        self._lock = threading.Lock()
        self._seen = Screen(columns, rows)
        """The screen as it was at the end of the last whole frame that was read."""
        self._followed, self._unseen = 0, b""
        """The number of chunks that the screen has been given, and the part of them that belongs to the next frame."""
        self._master, slave = os.openpty()
        self._set_size(slave, columns, rows)
        surroundings = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **(env or {})}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            if name not in (env or {}):
                surroundings.pop(name, None)
        self.process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=surroundings, cwd=cwd, start_new_session=True
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._drain, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def output(self) -> bytes:
        """Return everything that the command has written."""
        with self._lock:
            return b"".join(self._chunks)

    @property
    def written_bytes(self) -> int:
        """Return how many bytes the command has written."""
        with self._lock:
            return sum(map(len, self._chunks))

    @property
    def screen(self) -> str:
        """Return the text on the screen now; each whole frame is applied only once, however often this is read."""
        with self._lock:
            self._unseen += b"".join(self._chunks[self._followed :])
            self._followed = len(self._chunks)
        whole, end, self._unseen = self._unseen.rpartition(FRAME_END)
        self._seen.write((whole + end).decode(errors="replace"))
        if not self._unseen:
            return self._seen.text
        screen = copy.deepcopy(self._seen)
        screen.write(self._unseen.decode(errors="replace"))
        return screen.text

    def type(self, keys: str) -> None:
        """Press keys; ``ENTER``, ``ESCAPE`` and ``CTRL_C`` are among them."""
        os.write(self._master, keys.encode())

    def wait_for(self, pattern: str, timeout_s: float = PATIENCE_S) -> str:
        """Return the screen once the regular expression is found on it.

        Raises:
            TimeoutError: with the screen as it was then.
        """
        self.wait_until(lambda: re.search(pattern, self.screen), timeout_s, pattern)
        return self.screen

    def wait_until(self, condition: Callable[[], object], timeout_s: float = PATIENCE_S, what: str = "") -> None:
        """Return once the condition holds.

        Raises:
            TimeoutError: with the screen as it was then, also when the command has ended before.
        """
        end_s = time.perf_counter() + timeout_s
        while not condition():
            over = self.process.poll() is not None and not self._reader.is_alive()
            if (over or time.perf_counter() > end_s) and not condition():
                raise TimeoutError(f"{what or condition!r} did not come; the screen is:\n{self.screen}")
            time.sleep(_POLL_S)

    def wait(self, timeout_s: float = PATIENCE_S) -> int:
        """Wait for the command to end by itself; returns its exit status."""
        status = self.process.wait(timeout_s)
        self._reader.join(timeout_s)
        return status

    def close(self) -> None:
        """End the command, and every process of its group."""
        if self.process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)
            try:
                self.process.wait(_END_LIMIT_S)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        self._reader.join(_END_LIMIT_S)
        os.close(self._master)

    @staticmethod
    def _set_size(terminal: int, columns: int, rows: int) -> None:
        import fcntl
        import struct
        import termios

        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _drain(self) -> None:
        """Read until the command and its children have closed the terminal."""
        while True:
            try:
                chunk = os.read(self._master, _READ_BYTES)
            except OSError:
                return
            if not chunk:
                return
            if self.first_output_s is None:
                self.first_output_s = time.perf_counter() - self.started_s
            with self._lock:
                self._chunks.append(chunk)
            if _ASKS_FOR_WHOLE_FRAMES in chunk:
                os.write(self._master, _SHOWS_WHOLE_FRAMES)
