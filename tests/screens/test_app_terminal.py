"""The whole app in a pseudo-terminal, as it is started: real frames, real keys, real children."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.support import pty_terminal
from tests.support.app_terminal import started
from tests.support.conditions import until
from tests.support.processes import descendants

pytestmark = pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="needs a pseudo-terminal")

DONE = r"done.*done.*done"


def children(terminal: pty_terminal.PtyTerminal) -> list[psutil.Process]:
    return psutil.Process(terminal.process.pid).children(recursive=True)


async def test_start_ask_and_leave(tmp_path: Path) -> None:
    with started(tmp_path) as terminal:
        # Before there is anything to press it in.
        terminal.type("r")
        screen = terminal.wait_for(DONE)
        assert "Retrieval augmented" in screen
        assert "3 models loaded" in terminal.wait_for("3 models loaded")
        assert len(descendants(terminal.process.pid)) == 3, "one process for each model"
        models = children(terminal)
        terminal.wait_for("Results · question")
        terminal.type("b")
        terminal.wait_for("enter starts")
        terminal.type("\r")
        terminal.wait_for("Results · benchmark")
        terminal.type("s")
        terminal.wait_for("Stopped")
        terminal.type("q")
        assert terminal.wait() == 0
        await until(lambda: not any(process.is_running() for process in models))


async def test_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    with started(tmp_path, columns=80, rows=24) as terminal:
        terminal.wait_for("nothing is loaded")
        os.kill(terminal.process.pid, signal.SIGTERM)
        assert terminal.wait() == 130
        # Out of the second screen, with the cursor, and without reports of the mouse or of pasted text.
        for restoring in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l", b"\x1b[?2004l"):
            assert restoring in terminal.output


async def test_no_model_outlives_an_app_that_is_killed(tmp_path: Path) -> None:
    with started(tmp_path, columns=80, rows=24) as terminal:
        terminal.wait_for("nothing is loaded")
        terminal.type("r")
        terminal.wait_for("streaming|done")
        models = children(terminal)
        assert models
        os.kill(terminal.process.pid, signal.SIGKILL)
        await until(lambda: not any(process.is_running() for process in models))
