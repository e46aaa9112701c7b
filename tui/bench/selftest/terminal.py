"""A terminal without anybody before it: what a command draws is counted and let go."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

AVAILABLE: Final = importlib.util.find_spec("fcntl") is not None
"""Windows has no pseudo-terminal of this kind."""
_FRAME_END: Final = b"\x1b[?2026l"
_ASKS_FOR_WHOLE_FRAMES: Final = b"\x1b[?2026$p"
_SHOWS_WHOLE_FRAMES: Final = b"\x1b[?2026;2$y"
_READ_BYTES: Final = 65536
_LAST_READ_S: Final = 2.0


class Terminal:
    """A command in a terminal of this size; nothing of it stays behind after ``close``."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, columns: int, rows: int) -> None:
        self._last: deque[bytes] = deque(maxlen=4)
        self.frames = 0
        """Whole frames that were drawn."""
        self.written_bytes = 0
        self._master, slave = os.openpty()
        _set_size(slave, columns, rows)
        surroundings = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            surroundings.pop(name, None)
        self._process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=surroundings, start_new_session=True
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    @property
    def last_words(self) -> str:
        """The end of what was written, for whoever asks why it ended."""
        return b"".join(self._last)[-600:].decode(errors="replace")

    def wait(self) -> int:
        """Wait for the command to end by itself; gives its exit status. For a thread."""
        status = self._process.wait()
        self._reader.join(_LAST_READ_S)
        return status

    def close(self) -> None:
        """End the command with all that it has started in its session."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._reader.join(_LAST_READ_S)
        os.close(self._master)

    def _read(self) -> None:
        """Take all that is drawn, and answer the one question that decides how: frames are shown whole."""
        # On Linux the end of the last process that draws is an error, elsewhere it is an empty read.
        with contextlib.suppress(OSError):
            while chunk := os.read(self._master, _READ_BYTES):
                self._last.append(chunk)
                self.frames += chunk.count(_FRAME_END)
                self.written_bytes += len(chunk)
                if _ASKS_FOR_WHOLE_FRAMES in chunk:
                    os.write(self._master, _SHOWS_WHOLE_FRAMES)


def _set_size(terminal: int, columns: int, rows: int) -> None:
    import fcntl
    import struct
    import termios

    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
