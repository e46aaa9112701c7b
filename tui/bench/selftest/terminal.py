"""A terminal without a viewer: it counts what a command draws, and discards it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Final

from tui.system.processes import ProcessGroup
from tui.system.terminals import open_pseudo_terminal

_FRAME_END: Final = b"\x1b[?2026l"
_ASKS_FOR_WHOLE_FRAMES: Final = b"\x1b[?2026$p"
_SHOWS_WHOLE_FRAMES: Final = b"\x1b[?2026;2$y"
_READ_BYTES: Final = 65536
_LAST_READ_S: Final = 2.0


class Terminal:
    """Runs a command in a pseudo-terminal of a given size; ``close`` ends every process that the command started."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str], *, columns: int, rows: int) -> None:
        self._last: deque[bytes] = deque(maxlen=4)
        self.frames = 0
        """The number of whole frames that were drawn."""
        self.written_bytes = 0
        self._master, slave = open_pseudo_terminal(columns, rows)
        environment = {**env, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        for name in ("NO_COLOR", "COLUMNS", "LINES"):
            environment.pop(name, None)
        self._process = subprocess.Popen(
            list(command), stdin=slave, stdout=slave, stderr=slave, env=environment, start_new_session=True
        )
        os.close(slave)
        self._group = ProcessGroup(self._process)
        self._reader = threading.Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    @property
    def last_output(self) -> str:
        """The end of the output, which may show why the command ended."""
        return b"".join(self._last)[-600:].decode(errors="replace")

    def wait(self) -> int:
        """Block until the command ends by itself, and return its exit status. Call it from a worker thread."""
        status = self._process.wait()
        self._reader.join(_LAST_READ_S)
        return status

    def close(self) -> None:
        """Kill the command and every process in its session, and close the terminal."""
        if self._process.poll() is None:
            self._group.kill()
            self._process.wait()
        self._reader.join(_LAST_READ_S)
        os.close(self._master)

    def _read(self) -> None:
        """Read all output, and answer the query about synchronised output, so that the command marks whole frames."""
        # When the last process that draws ends, the read raises an error on Linux and returns nothing elsewhere.
        with contextlib.suppress(OSError):
            while chunk := os.read(self._master, _READ_BYTES):
                self._last.append(chunk)
                self.frames += chunk.count(_FRAME_END)
                self.written_bytes += len(chunk)
                if _ASKS_FOR_WHOLE_FRAMES in chunk:
                    os.write(self._master, _SHOWS_WHOLE_FRAMES)
