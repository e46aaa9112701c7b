"""What the results show is what the keys of the workbench act on, and each screen tells which run that is."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, OptionList, Static

from tests.screens.test_rating_screens import answered
from tests.support import scripted
from tests.support.builders import model
from tests.support.scripted import ScriptedRun
from tests.support.workbench import Driver, driving
from tui import workspace as services
from tui.panes.charts.distribution import DistributionPlot
from tui.records import Purpose, RunRecord, RunStatus
from tui.screens.answers.screen import AnswersScreen
from tui.screens.charts.screen import ChartsScreen
from tui.screens.comparison.run_chooser import RunChooser
from tui.screens.comparison.screen import CompareScreen
from tui.screens.decision.screen import ChooseScreen
from tui.screens.dialogs.reference_file import ReferenceDialog
from tui.screens.rating.screen import RateScreen
from tui.store.history import History
from tui.text.run_titles import run_and_time

REFERENCE = "Reference, in no statistic: one on phone, a page: TTFT 12.0 ms, decode rate 99.0 tok/s."


def runs_of_the_history() -> tuple[RunRecord, ...]:
    """Return an old benchmark of another model, an earlier and the latest benchmark, and a question that came later."""
    other = answered("other", third="An answer.", fourth="An answer.")
    earlier, shown, question = (answered(name, one="A line.", two="Two.") for name in ("earlier", "shown", "question"))
    plan = replace(question.plan, purpose=Purpose.ASK)
    runs = other, earlier, replace(shown, name="night"), replace(question, plan=plan)
    return tuple(
        replace(run, started_at=f"2026-11-2{day}T09:00:00+00:00", status=RunStatus.DONE)
        for day, run in enumerate(runs, start=1)
    )


def state(driver: Driver) -> str:
    return "".join(str(status.visual) for status in driver.app.screen.query("#top-status").results(Static))


async def show_a_reference(driver: Driver, folder: Path) -> None:
    """Read a published result by the command of the palette, and see its row in the results, ranked last."""
    file = folder / "published.json"
    row = {"model": "one", "ttft_ms": 12, "decode_tok_s": 99}
    file.write_text(json.dumps({"reference": "a page", "machine": "phone", "models": [row]}), encoding="utf-8")
    await driver.app.run_action("command('references')", driver.bench)
    await driver.until(lambda: isinstance(driver.app.screen, ReferenceDialog))
    driver.app.screen.query_one(Input).value = str(folder / "none.json")
    await driver.press("enter")
    await driver.until(lambda: "none.json" in driver.text_of(".error"))
    driver.app.screen.query_one(Input).value = str(file)
    await driver.press("enter")
    await driver.until(lambda: driver.bench.results.texts[-1][0].startswith("one on phone"))
    assert len(driver.bench.results.texts) == 3


@pytest.mark.usefixtures("own_home")
async def test_every_key_acts_on_the_run_that_the_results_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, runs = tmp_path / "history.sqlite3", runs_of_the_history()
    shown = run_and_time(runs[2])
    assert shown.startswith("night, benchmark of 2026-11-23 ")
    with closing(History(file)) as history:
        for run in runs:
            history.begin(run)
            history.finish(run.run_id, RunStatus.DONE, run.started_at)
    workspace = scripted.workspace(
        ScriptedRun(lambda _plan: ()), *map(model, ("one", "two", "third", "fourth")), history_file=file
    )
    may_read = threading.Event()
    original = services.latest_results

    def slow(history_file: Path | None) -> RunRecord | None:
        assert may_read.wait(120)
        return original(history_file)

    monkeypatch.setattr(services, "latest_results", slow)
    async with driving(lambda: workspace, until_read=False) as driver:
        await driver.press("g", "I")
        assert "reading the latest run" in str(driver.bench.query_one("#top-status", Static).visual)
        assert driver.app.screen is driver.bench, "a key that is pressed at once waits for the results"
        may_read.set()
        await driver.until(lambda: isinstance(driver.app.screen, AnswersScreen) and "prompt 1" in state(driver))
        assert isinstance(driver.app.screen, AnswersScreen)
        assert driver.app.screen.run.run_id == "shown"
        await driver.press("escape")
        await show_a_reference(driver, tmp_path)
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, RateScreen) and driver.text_of("#rated"))
        assert driver.text_of("#rated") == f"Answers of the {shown}, which Results shows."
        await driver.press("escape", "g")
        await driver.until(lambda: isinstance(driver.app.screen, ChartsScreen) and state(driver).endswith(shown))
        plot = driver.app.screen.query(DistributionPlot).first()
        await driver.until(lambda: "▽ 12.0 ms reference, off the axis: one on phone, a page" in plot.text)
        await driver.press("escape", "a")
        await driver.until(lambda: isinstance(driver.app.screen, ChooseScreen) and driver.app.screen.choice)
        screen = driver.app.screen
        assert isinstance(screen, ChooseScreen)
        assert screen.choice is not None
        assert {place.key for place in screen.choice.ranking} == {"one", "two"}
        assert REFERENCE in " ".join(driver.text_of("#remarks").split())
        assert f"From the {shown}. A ranks the models of all runs." in driver.text_of("#chosen-from")
        await driver.press("A")
        await driver.until(lambda: screen.choice is not None and len(screen.choice.ranking) == 4)
        assert driver.text_of("#chosen-from").startswith("From the latest benchmark of every model")
        await driver.press("escape", "d")
        await driver.until(lambda: isinstance(driver.app.screen, RunChooser))
        options = driver.app.screen.query_one(OptionList)
        await driver.until(lambda: options.option_count)
        assert driver.text_of(".about") == f"Results shows the {shown}. Compare it with:"
        assert [option.id for option in options.options] == ["earlier", "other"]
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen) and driver.app.screen.comparisons)
        assert state(driver) == "B is the run in Results"
        assert REFERENCE in driver.text_of("#comparison-notes")
