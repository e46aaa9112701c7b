"""Runs the ``benchtop`` command for tests: in this process, or in one of its own if that is what is tested."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.processes import OWN_GROUP
from tui.cli import main
from tui.console import process_console

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 180
CODE_PAGE = "cp1252"
"""The encoding that Windows gives the pipes of a process; every command has to write and read UTF-8 all the same."""


def benchtop(
    *arguments: str, environment: Mapping[str, str] | None = None, folder: Path | None = None, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command in this process, which takes a tenth of the time of a new one, and undo what it changes here.

    ``environment`` takes the place of this process's; the command works in ``folder``.
    """
    variables = _without_settings() if environment is None else environment
    out, words = _stream(), _stream()
    with pytest.MonkeyPatch.context() as patch, _logging_restored():
        for name in os.environ.keys() - variables.keys():
            patch.delenv(name)
        for name, value in variables.items():
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
    """Run the command in a process of its own, as a user starts it; the arguments are those of ``benchtop``."""
    variables = {**_without_settings(), "PYTHONPATH": str(REPOSITORY)} if environment is None else environment
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env={**variables, "PYTHONIOENCODING": CODE_PAGE},
        input=stdin,
        capture_output=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )


def _without_settings() -> dict[str, str]:
    """Return the environment without the variables by which a user sets options of Benchtop."""
    return {name: value for name, value in os.environ.items() if not name.startswith("BENCH_")}


@contextmanager
def _logging_restored() -> Generator[None]:
    """Restore logging at the end, since a command sends the warnings of the whole process to its own log file."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    # The command would close the handlers of the test runner.
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
    """Return a stream that behaves as that of a process whose stream is a pipe."""
    return io.TextIOWrapper(io.BytesIO(text.encode()), encoding=CODE_PAGE, write_through=True)


def _text_of(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


@dataclass(frozen=True, slots=True)
class CommandFolder:
    """A folder in which commands run, with a home folder that holds only what a test puts there."""

    path: Path

    @property
    def history(self) -> Path:
        return self.path / "home" / "data" / "history.sqlite3"

    @property
    def log(self) -> Path:
        return self.path / "home" / "benchtop.log"

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the environment of a command: this process's without settings of Benchtop, and these variables."""
        user = str(self.path / "user")
        own = {"BENCHTOP_HOME": str(self.path / "home"), "HOME": user, "USERPROFILE": user, "CI": "1"}
        search = os.pathsep.join(filter(None, [variables.get("PYTHONPATH"), str(REPOSITORY)]))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BENCH")}
        return {**inherited, **own, **variables, "PYTHONPATH": search, "PYTHONIOENCODING": CODE_PAGE}

    def run(
        self, *arguments: str, variables: Mapping[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in this process."""
        return benchtop(*arguments, environment=self.environment(variables or {}), folder=self.path, stdin=stdin)

    def outcome_of(self, *arguments: str) -> tuple[int, str, str]:
        """Run the command in this process, and return its exit code, its stdout and its stderr."""
        result = self.run(*arguments)
        return result.returncode, result.stdout, result.stderr

    def spawn(
        self, *arguments: str, variables: Mapping[str, str] | None = None, stdin: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """Run the command in a process of its own."""
        return spawn(*arguments, environment=self.environment(variables or {}), folder=self.path, stdin=stdin)

    @contextmanager
    def started(self, *arguments: str, stderr: int = subprocess.PIPE) -> Generator[subprocess.Popen[str], None, None]:
        """Start the command in a process of its own, and kill that at the end of the block."""
        process = subprocess.Popen(
            [sys.executable, "-m", "tui", *arguments],
            cwd=self.path,
            env=self.environment({}),
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=stderr,
            creationflags=OWN_GROUP,
        )
        try:
            yield process
        finally:
            process.kill()
            process.communicate()


def command_folder(path: Path) -> CommandFolder:
    """Make a folder for commands, with an empty folder of the user, in a test's own folder."""
    (path / "user").mkdir()
    return CommandFolder(path)
