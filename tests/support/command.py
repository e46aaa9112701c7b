"""The ``benchtop`` command: in this very process, or in one of its own where that is what is tested."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tui.cli import main
from tui.console import process_console

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 60


def benchtop(
    *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """The command in this process, which takes a tenth of the time; what it changes here is changed back.

    ``environment`` takes the place of this process's; the command works in ``folder``.
    """
    surroundings = _without_wishes() if environment is None else environment
    out, words = _stream(), _stream()
    with pytest.MonkeyPatch.context() as patch, _log_kept():
        for name in os.environ.keys() - surroundings.keys():
            patch.delenv(name)
        for name, value in surroundings.items():
            patch.setenv(name, value)
        if folder is not None:
            patch.chdir(folder)
        patch.setattr(sys, "stdin", _stream(stdin))
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", words)
        patch.setattr(sys, "excepthook", sys.excepthook)
        process_console.cache_clear()
        try:
            code = main(arguments)
        finally:
            process_console.cache_clear()
    return subprocess.CompletedProcess(arguments, code, _text_of(out), _text_of(words))


def spawn(
    *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """The same in a process of its own, as a user starts it."""
    surroundings = {**_without_wishes(), "PYTHONPATH": str(REPOSITORY)} if environment is None else environment
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env={**surroundings, "PYTHONIOENCODING": "utf-8"},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )


def _without_wishes() -> dict[str, str]:
    """The environment, but for what a user may wish for in it."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}


@contextmanager
def _log_kept() -> Generator[None]:
    """A command sends the warnings of the whole process to its own log file."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    # The command would close those of the test runner.
    root.handlers.clear()
    try:
        yield
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
        logging.raiseExceptions = raising


def _stream(text: str = "") -> io.TextIOWrapper:
    """A stream as a process has it where it is a pipe."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8", write_through=True)


def _text_of(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
