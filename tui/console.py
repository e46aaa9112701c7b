"""The output of commands: data on stdout, words and progress on stderr. A reader of either may leave at any time."""

from __future__ import annotations

import errno
import os
import re
import shutil
import sys
from collections.abc import Sequence
from enum import IntEnum
from functools import cache
from textwrap import fill
from typing import Final, TextIO

from tui.system.streams import prepare_output
from tui.system.terminals import is_terminal, takes_escapes
from tui.text import escape

_SHOWN_CHARACTERS: Final = 60
_OVERLONG_WORD: Final = re.compile(r"[^\s;,.]{400,}")
"""A word that was given to an option by mistake; each part of a path is shorter."""


class ExitCode(IntEnum):
    """The exit codes of the commands."""

    DONE = 0
    MODEL_FAILED = 1
    USAGE = 2
    """An option is wrong, or the configuration cannot be used."""
    REGRESSION = 3
    INTERRUPTED = 130


def shown(text: str) -> str:
    """Make control characters visible, so that the terminal obeys none of them; line breaks and tabs stay."""
    return "\t".join(escape.visible_block(part) for part in text.split("\t"))


class Console:
    """The two output streams of a command. Once a stream is closed or breaks, nothing is written to it any more."""

    def __init__(self, out: TextIO | None, err: TextIO | None) -> None:
        self._out = out
        self._err = err
        self._status = ""
        self._block_lines = 0
        self._tail = "\n"
        self.reader_left = False
        """Whether stdout can no longer be written to."""
        self.quiet = False
        """Whether only data, warnings and errors are written, and neither progress nor remarks."""
        self.lost: str | None = None
        """Why data could not be written; ``None`` if all was written, or if the reader did not want more."""
        for stream in (out, err):
            prepare_output(stream)

    @property
    def has_terminal(self) -> bool:
        """Whether stderr is a terminal on which a status line can be overwritten."""
        return is_terminal(self._err) and os.environ.get("TERM") != "dumb"

    @property
    def repaints(self) -> bool:
        """Whether stderr is a terminal on which several lines can be overwritten."""
        return self.has_terminal and takes_escapes(self._err)

    @property
    def shows_styles(self) -> bool:
        """Whether stdout is a terminal that obeys escape sequences."""
        return takes_escapes(self._out)

    @property
    def out_width(self) -> int | None:
        """The width in cells of the terminal that shows the data; ``None`` if stdout is no terminal."""
        if not is_terminal(self._out):
            return None
        return shutil.get_terminal_size().columns

    def data(self, text: str) -> None:
        """Write text to stdout without adding a line break; control characters are made visible."""
        if self._out is None or not text:
            return
        self._clear_status()
        problem = _write(self._out, shown(text))
        if problem is not None:
            self._lose_out(problem)
        self._tail = text[-1]

    def styled(self, text: str) -> None:
        """Write text of Benchtop's own, with its escape sequences, to the terminal that is stdout."""
        if self._out is not None and (problem := _write(self._out, text)) is not None:
            self._lose_out(problem)

    def end_line(self) -> None:
        """End the last line of data, unless it has ended already."""
        if self._tail != "\n":
            self.data("\n")

    def say(self, text: str) -> None:
        """Write a line of words to stderr, unless only data is wanted."""
        if not self.quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """Write a line of words to stderr, also where only data is wanted."""
        self._clear_status()
        lines = shown(text)
        self._to_err(f"{wrapped(lines, _err_width()) if self.has_terminal else lines}\n")

    def fail(self, sentence: str) -> None:
        """Write the sentence on stderr that tells why the command fails."""
        short = _OVERLONG_WORD.sub(lambda word: f"{word.group()[:_SHOWN_CHARACTERS]}...", " ".join(sentence.split()))
        self.warn(f"benchtop: {short}" if short.endswith((".", "!", "?")) else f"benchtop: {short}.")

    def aside(self, text: str) -> None:
        """Write text such as a model's reasoning to stderr, without adding a line break."""
        if not self.quiet:
            self.ask(text)

    def ask(self, text: str) -> None:
        """Write a question to stderr, without adding a line break."""
        self._clear_status()
        self._to_err(shown(text))

    def status(self, text: str) -> None:
        """Show a line on the terminal that the next output overwrites; without a terminal nothing is shown."""
        if not self.has_terminal or self.quiet:
            return
        width = _err_width() - 1
        line = escape.visible(text)[:width]
        self._to_err(f"\r{line}{' ' * max(0, len(self._status) - len(line))}")
        self._status = line

    def block(self, lines: Sequence[str]) -> None:
        """Show lines on the terminal that the next block, or the next output, overwrites; see ``repaints``."""
        if not self.repaints or self.quiet:
            return
        width = _err_width() - 1
        self._clear_status()
        self._to_err("".join(f"{escape.visible(line)[:width]}\n" for line in lines))
        self._block_lines = len(lines)

    def close(self) -> None:
        """Write what is still buffered; an error is not told if the reader has left."""
        self._clear_status()
        if self._out is not None and (problem := _write(self._out, "")) is not None:
            self._lose_out(problem)
        self._to_err("")

    def _lose_out(self, problem: OSError | ValueError) -> None:
        """Write no more to stdout, and note the problem unless it only means that the reader has left."""
        self._out = None
        self.reader_left = True
        _point_at_null_device(1)
        # On Windows a pipe whose reader has left gives EINVAL.
        left = isinstance(problem, BrokenPipeError) or (isinstance(problem, OSError) and problem.errno == errno.EINVAL)
        if not left:
            self.lost = str(problem)

    def _clear_status(self) -> None:
        if self._block_lines:
            self._to_err(f"\x1b[{self._block_lines}F\x1b[0J")
            self._block_lines = 0
        if self._status:
            self._to_err(f"\r{' ' * len(self._status)}\r")
            self._status = ""

    def _to_err(self, text: str) -> None:
        if self._err is not None and _write(self._err, text) is not None:
            self._err = None
            _point_at_null_device(2)


@cache
def process_console() -> Console:
    """Give the one console of this process."""
    return Console(sys.stdout, sys.stderr)


def wrapped(text: str, columns: int) -> str:
    """Break the lines of a text between words, where a terminal of so many columns would break them inside words."""
    lines = (
        line if len(line) <= columns else fill(line, columns, break_long_words=False, break_on_hyphens=False)
        for line in text.split("\n")
    )
    return "\n".join(lines)


def _write(stream: TextIO, text: str) -> OSError | ValueError | None:
    """Write text and flush it; returns the problem if that fails. A closed stream raises ValueError."""
    try:
        stream.write(text)
        stream.flush()
    except (OSError, ValueError) as problem:
        return problem
    return None


def _point_at_null_device(number: int) -> None:
    """Send the rest of a broken stream's buffer to the null device, or the interpreter complains about it at exit."""
    null_device = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null_device, number)
    os.close(null_device)


def _err_width() -> int:
    try:
        columns = os.get_terminal_size(2).columns
    except OSError:
        columns = 0
    # The size of a pseudo-terminal is 0 until it is set.
    return columns or 80
