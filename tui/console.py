"""Headless output: data on stdout, words and progress on stderr. Whoever listens may leave at any time."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from enum import IntEnum
from functools import cache
from io import TextIOWrapper
from typing import Final, TextIO

from tui.text import escape

_SHOWN_SIGNS: Final = 60
_ENDLESS: Final = re.compile(r"[^\s;,.]{400,}")
"""What somebody has given to an option by mistake; a path is shorter, part by part."""


class ExitCode(IntEnum):
    DONE = 0
    MODEL_FAILED = 1
    USAGE = 2
    """A wrong option, or a configuration that cannot be used."""
    REGRESSION = 3
    INTERRUPTED = 130


def shown(text: str) -> str:
    """Text in which control characters are seen and none is obeyed; line breaks and tabs stay."""
    return "\t".join(escape.visible_block(part) for part in text.split("\t"))


class Console:
    """The two streams of a command. A stream that is closed, or breaks, is silent from then on."""

    def __init__(self, out: TextIO | None, err: TextIO | None) -> None:
        self._out = out
        self._err = err
        self._status = ""
        self._tail = "\n"
        self.reader_left = False
        """Nobody takes the data any more."""
        self.lost: str | None = None
        """Why data could not be written, where that was no reader's wish."""
        for stream in (out, err):
            if isinstance(stream, TextIOWrapper):
                # Any text must be printable in any encoding.
                stream.reconfigure(errors="backslashreplace")

    @property
    def has_terminal(self) -> bool:
        """Whether a status line on stderr can be painted over."""
        return self._err is not None and self._err.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def out_width(self) -> int | None:
        """Columns of the terminal that shows the data; ``None`` where there is none."""
        if self._out is None or not self._out.isatty():
            return None
        return shutil.get_terminal_size().columns

    def data(self, text: str) -> None:
        """Write to stdout as it is asked, without a line break of its own; control characters are made visible."""
        if self._out is None or not text:
            return
        self._clear_status()
        problem = _write(self._out, shown(text))
        if problem is not None:
            self._lose_out(problem)
        self._tail = text[-1]

    def end_line(self) -> None:
        """Begin a new line of data unless the last one is ended."""
        if self._tail != "\n":
            self.data("\n")

    def say(self, text: str) -> None:
        """A line of words on stderr."""
        self._clear_status()
        self._to_err(f"{shown(text)}\n")

    def fail(self, sentence: str) -> None:
        """Why the command does not do what was asked, in one sentence."""
        short = _ENDLESS.sub(lambda word: f"{word.group()[:_SHOWN_SIGNS]}...", " ".join(sentence.split()))
        self.say(f"benchtop: {short}" if short.endswith((".", "!", "?")) else f"benchtop: {short}.")

    def aside(self, text: str) -> None:
        """Text on stderr in passing, such as a model's reasoning, without a line break of its own."""
        self._clear_status()
        self._to_err(shown(text))

    def status(self, text: str) -> None:
        """A line on a terminal that the next word paints over; nowhere else."""
        if not self.has_terminal:
            return
        width = _err_width() - 1
        line = escape.visible(text)[:width]
        self._to_err(f"\r{line}{' ' * max(0, len(self._status) - len(line))}")
        self._status = line

    def close(self) -> None:
        """Hand over what is still held back, quietly when nobody takes it."""
        self._clear_status()
        if self._out is not None and (problem := _write(self._out, "")) is not None:
            self._lose_out(problem)
        self._to_err("")

    def _lose_out(self, problem: OSError | ValueError) -> None:
        """A reader that has left has seen enough; a disk that is full has not."""
        self._out = None
        self.reader_left = True
        _point_at_nothing(1)
        gone = isinstance(problem, BrokenPipeError) or (isinstance(problem, OSError) and problem.errno == errno.EINVAL)
        if not gone:
            self.lost = str(problem)

    def _clear_status(self) -> None:
        if self._status:
            self._to_err(f"\r{' ' * len(self._status)}\r")
            self._status = ""

    def _to_err(self, text: str) -> None:
        if self._err is not None and _write(self._err, text) is not None:
            self._err = None
            _point_at_nothing(2)


@cache
def process_console() -> Console:
    """The one console of this process."""
    return Console(sys.stdout, sys.stderr)


def _write(stream: TextIO, text: str) -> OSError | ValueError | None:
    """Why the text was not taken; a closed stream raises ValueError."""
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError) as problem:
        return problem
    return None


def _point_at_nothing(number: int) -> None:
    """Let what is left in a broken stream's buffer go nowhere, or the interpreter complains about it at its end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)


def _err_width() -> int:
    try:
        columns = os.get_terminal_size(2).columns
    except OSError:
        columns = 0
    # A pseudo-terminal that nobody has sized has none.
    return columns or 80
