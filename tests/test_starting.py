"""The start: what the first frame does not wait for, and what becomes of a key that is pressed at once."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest
from textual.css.stylesheet import Stylesheet
from textual.widgets import Static

from tests.support import builders, scripted
from tests.support.conditions import until
from tests.support.scripted import ScriptedRun
from tests.support.workbench import WIDE, ListeningApp
from tui.records import Purpose
from tui.workspace.workspace import Workspace

LATER: Final = (
    "foundry_local_sdk",
    "httpx2",
    "msgspec",
    "numpy",
    "onnx",
    "openai",
    "psutil",
    "jinja2",
    "pynvml",
    "re2",
    "sqlite3",
    "textual.document",
    "tui.bench",
    "tui.config",
    "tui.engines",
    "tui.panes.prompt.area",
    "tui.practice",
    "tui.probes",
    "tui.store.database",
)
RECORDS_OF_MODELS: Final = (
    "tui.measure",
    "tui.records.comparison",
    "tui.records.memory",
    "tui.records.models",
    "tui.records.plan",
    "tui.records.run",
    "tui.records.sample",
    "tui.records.summary",
    "tui.text.result_columns",
)
"""Before the models are found there is none to show; each of these records is a class that takes half a millisecond."""
OWN_MODULES_LIMIT: Final = 80
"""How many modules of the package the first frame may wait for."""
TO_THE_FIRST_FRAME: Final = """
import functools, sys
import tui.app
from tui.panes.prompt.line import PromptLine
from tui.startup import open_workbench

# The line of the prompt gets its text area after the first frame, which may be just before the app looks for models.
PromptLine.call_after_refresh = lambda line, *_: True

def look_for_models(app):
    print(*sys.modules, file=sys.__stdout__)
    app.exit()

tui.app.BenchtopApp._look_for_models = look_for_models
tui.app.BenchtopApp.run = functools.partialmethod(tui.app.BenchtopApp.run, headless=True, size=(140, 42))
open_workbench()
"""


def imported_by(code: str, home: Path) -> set[str]:
    """Run code that prints the names of modules in a fresh interpreter, and return the names."""
    environment = {**os.environ, "CI": "1", "BENCHTOP_HOME": str(home)}
    command = [sys.executable, "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=180, env=environment)
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("code", "later"),
    [
        (TO_THE_FIRST_FRAME, (*LATER, *RECORDS_OF_MODELS, "click", "tui.console")),
        (
            "import sys, tui.cli\nprint(*sys.modules)",
            (*LATER, "asyncio", "rich", "textual", "tui.records"),
        ),
        ("import sys, tui.log, tui.workspace.session\nprint(*sys.modules)", ("numpy", "openai", "rich", "textual")),
        ("import sys, tui.log, tui.screens.workbench.runs\nprint(*sys.modules)", ("numpy", "openai")),
        (
            "import sys, tui.log, tui.engines.endpoint.child, tui.engines.foundry.child\nprint(*sys.modules)",
            ("numpy", "openai", "tui.records.plan", "tui.records.run"),
        ),
    ],
    ids=["first frame", "help", "session", "first question", "children"],
)
def test_nothing_is_imported_before_it_is_needed(code: str, later: tuple[str, ...], tmp_path: Path) -> None:
    modules = imported_by(code, tmp_path)
    assert "tui.log" in modules
    assert not modules.intersection(later)
    if code == TO_THE_FIRST_FRAME:
        assert len([module for module in modules if module.startswith("tui.")]) <= OWN_MODULES_LIMIT


@pytest.mark.usefixtures("own_home")
async def test_a_key_pressed_at_once_waits_for_the_models_and_styles_are_read_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read_anew: list[Stylesheet] = []
    monkeypatch.setattr(Stylesheet, "reparse", read_anew.append)
    run, listed = ScriptedRun(lambda _plan: ()), threading.Event()

    def opener() -> Workspace:
        listed.wait(120)
        return scripted.workspace(run, builders.model("tiny"))

    app = ListeningApp(opener)
    async with app.run_test(size=WIDE) as pilot:
        try:
            assert app.screen_stack == [app.workbench], "no other screen is laid out below"
            await pilot.press("b", "r")
            status = app.workbench.query_one("#top-status", Static)
            assert str(status.visual) == "looking for models, then it begins"
            assert not run.plans
        finally:
            listed.set()
        await until(lambda: run.plans)
        assert [plan.purpose for plan in run.plans] == [Purpose.ASK], "the last key counts"
        assert app.screen is app.workbench
        assert app.session is not None
        await until(lambda: app.session is not None and app.session.running is None)
        await app.session.close(5)
    assert not read_anew
