"""The screen of one plan on many machines, opened from a run of the history."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import builders, scripted
from tests.support.scripted import ScriptedRun
from tests.support.workbench import driving
from tui.records import RunRecord
from tui.records.fleet.plan import ModelContent
from tui.screens.fleet.screen import FleetScreen
from tui.screens.history.screen import HistoryScreen
from tui.store.history import History

pytestmark = pytest.mark.usefixtures("own_home")


def run_on(number: int, name: str, content: str) -> RunRecord:
    """Return the run of one plan on the machine of this number, whose small model has these bytes."""
    run = builders.run_record(builders.model("small"), builders.model("big"), run_id=f"run-{number}")
    contents = (ModelContent(key="small", planned="a" * 64, here=content * 64),)
    environment = replace(run.environment, machine=f"{number:016x}", machine_name=name)
    return replace(run, plan=replace(run.plan, plan_id="0123456789abcdef", contents=contents), environment=environment)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_plan_of_a_run_is_shown_on_all_machines(size: tuple[int, int], tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    with closing(History(file)) as history:
        for stored in (run_on(1, "desk", "a"), run_on(2, "[b]lap|top\x1b", "b"), builders.run_record(run_id="another")):
            history.begin(stored)
    run = ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, builders.model("tiny"), history_file=file), size) as driver:
        await driver.press("h")
        await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen) and driver.app.screen.entries)
        await driver.press("end", "J")
        await driver.until(lambda: isinstance(driver.app.screen, FleetScreen) and driver.app.screen.fleet is not None)
        screen = driver.app.screen
        assert isinstance(screen, FleetScreen)
        await driver.until(lambda: screen.pane.lines)
        lines = screen.pane.lines
        assert [line for line in lines if line and "  " not in line] == ["small", "big"]
        assert all(len(line) <= size[0] - 4 for line in lines)
        heading = next(line for line in lines if line.startswith("Machine"))
        assert ("E2E" in heading) is (size[0] > 80)
        names = [line.split()[0] for line in lines if "ms" in line]
        assert names == ["[b]lap|top␛", "desk"] * 2
        shown = str(screen.query_one("#fleet-differences").render())
        assert "files of small: as planned (aaaaaaaaaaaa) on desk; other than planned (bbbbbbbbbbbb)" in shown.replace(
            "\n", " "
        )
        await driver.press("e")
        await driver.until(lambda: driver.app.screen is not screen)
        await driver.press("escape", "escape")
        await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen))
