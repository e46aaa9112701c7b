"""Fixtures that several tests of commands share."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

import pytest

from tests.support.command import CommandFolder, command_folder
from tests.support.instant_engine import InstantEngine
from tui.cli.shared import session
from tui.console import ExitCode
from tui.practice import practice_folder
from tui.probes import disturbance
from tui.workspace.workspace import workspace_for


@pytest.fixture
def machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[CommandFolder, CommandFolder]:
    """Two machines whose models answer at once; the first has a model of its own that the second lacks."""
    monkeypatch.setattr(disturbance, "pace_ns", lambda: 100_000)
    monkeypatch.setattr(session, "workspace_for", partial(workspace_for, start=InstantEngine))
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    first, second = command_folder(tmp_path / "first"), command_folder(tmp_path / "second")
    shutil.copytree(practice_folder("practice-small"), first.path / "own-model")
    assert first.run("register", "own", "own-model").returncode == ExitCode.DONE
    return first, second
