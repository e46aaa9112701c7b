"""The workbench with the real practice models, as a person drives it."""

from __future__ import annotations

import json
from pathlib import Path

import psutil
import pytest
from textual.color import Color
from textual.widgets import Input

from tests.support.conditions import least, own_clock_s, until
from tests.support.processes import descendants
from tests.support.workbench import NARROW, Driver, driving
from tui import palette
from tui.panes.results.table import ResultsTable
from tui.panes.streams.column import StreamColumn
from tui.panes.widgets.choice import ChoiceList
from tui.records import Plan, Purpose, RunStatus, SampleStatus
from tui.screens.benchmark.dialog import BenchmarkDialog
from tui.screens.dialogs.export import ExportDialog
from tui.screens.dialogs.question import ConfirmDialog
from tui.screens.frame.sub_screen import SubScreen
from tui.system import processes

PRACTICE = ["practice-small", "practice-medium", "practice-large"]


pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture(autouse=True)
def no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "1")
    for name in ("BENCH_MODELS", "BENCH_ROUNDS", "BENCH_PROMPT"):
        monkeypatch.delenv(name, raising=False)


def model_processes() -> list[psutil.Process]:
    return descendants()


def kill(driver: Driver, key: str) -> None:
    """End a loaded model's process as the system would."""
    seat = driver.session.workspace.model_pool.find(key)
    assert seat is not None
    assert seat.load.pid is not None
    processes.kill(seat.load.pid)


async def start_benchmark(driver: Driver, *models: str, rounds: int, side_by_side: bool = False) -> None:
    """Start a benchmark through the dialog, as a person does."""
    await driver.press("b")
    await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
    dialog = driver.app.screen
    choice = dialog.query_one(ChoiceList)
    choice.focus()
    for index, option in enumerate(choice.options):
        if (option.id in models) != (option.id in choice.chosen):
            choice.highlighted = index
            await driver.press("space")
    dialog.query_one("#rounds", Input).value = str(rounds)
    dialog.query_one("#warmup", Input).value = "0"
    if side_by_side:
        await driver.pilot.click("#together")
    await driver.press("enter")
    await driver.until(lambda: driver.session.running is not None)


async def test_the_first_key_press_runs_the_practice_models_side_by_side() -> None:
    async with driving() as driver:
        assert [model.key for model in driver.bench.models.chosen] == PRACTICE
        assert driver.bench.prompt_line.text == "Summarize retrieval augmented generation."
        await driver.run_with("r")
        assert [sample.status for sample in driver.results.samples] == [SampleStatus.OK] * 3
        by_key = {sample.key: sample for sample in driver.results.samples}
        for column in driver.bench.streams.query(StreamColumn):
            assert column.answer == by_key[column.model.key].text
        assert driver.cells("model") == PRACTICE
        assert "-" not in driver.cells("cold")
        shown = [column.id for column in driver.bench.query_one(ResultsTable).shown_columns]
        assert shown == ["model", "status", "cold", "rss", "load"], "cold answers have no other numbers"
        assert set(driver.session.workspace.model_pool.loaded) == set(PRACTICE)
        await driver.run_with("r")
        assert "-" not in driver.cells("decode")
        await driver.press("C")
        assert driver.app.clipboard == by_key["practice-small"].text
        kill(driver, "practice-large")
        await driver.until(lambda: driver.text_of("#top-status") == "2 models loaded")
        await driver.press("U")
        await driver.until(lambda: not driver.session.workspace.model_pool.loaded)
    assert model_processes() == []


async def test_the_theme_colours_the_app_and_every_kind_of_screen() -> None:
    async with driving() as driver:
        background = Color.parse(palette.DARK.background or "")
        assert driver.app.styles.background == background
        assert driver.app.screen.styles.background == background
        await driver.press("h")
        await driver.until(lambda: isinstance(driver.app.screen, SubScreen))
        assert driver.app.screen.styles.background == background


async def test_a_benchmark_fills_the_table_and_is_exported(tmp_path: Path) -> None:
    async with driving() as driver:
        await start_benchmark(driver, "practice-small", "practice-medium", rounds=1)
        plan = driver.session.running
        assert plan is not None
        assert (plan.method.rounds, plan.method.warmup, plan.purpose) == (1, 0, Purpose.BENCHMARK)
        await driver.until_rest()
        assert [cell.split()[0] for cell in driver.cells("status")] == ["ok", "ok"]
        for column in ("load", "cold", "ttft_p50", "e2e_p50", "decode", "prefill", "tokens", "rss"):
            assert "-" not in driver.cells(column), column
        assert all(cell.endswith("*") for cell in driver.cells("ttft_p95"))
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, ExportDialog))
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen is driver.bench)
        (report,) = tmp_path.glob("benchtop-*.md")
        assert "| practice-medium" in report.read_text()
        await write_again_as_json(driver, tmp_path / "run.json")
        assert json.loads((tmp_path / "run.json").read_text())["run"]["rounds"] == 1


async def write_again_as_json(driver: Driver, path: Path) -> None:
    """Check that an existing file is replaced only after a question, and that a missing folder is named."""
    path.write_text("older", encoding="utf-8")
    await driver.press("e")
    await driver.until(lambda: isinstance(driver.app.screen, ExportDialog))
    line = driver.app.screen.query_one(Input)
    line.value = str(path.parent / "nowhere" / "run.json")
    await driver.press("enter")
    await driver.until(lambda: "does not exist" in driver.text_of(".error"))
    line.value = str(path)
    await driver.press("enter")
    await driver.until(lambda: "overwrites" in driver.text_of(".error"))
    assert path.read_text(encoding="utf-8") == "older"
    await driver.press("enter")
    await driver.until(lambda: driver.app.screen is driver.bench)


async def stopped_after_s(driver: Driver) -> float:
    """Stop a benchmark in the middle, and return how long that takes."""
    await start_benchmark(driver, "practice-large", rounds=9)
    await driver.until(lambda: driver.session.progress().done >= 1)
    asked_s = own_clock_s()
    await driver.press("s")
    await until(lambda: driver.session.running is None)
    took_s = own_clock_s() - asked_s
    await driver.until_rest()
    return took_s


async def test_stop_ends_a_benchmark_within_a_second_and_keeps_what_is_finished() -> None:
    async with driving() as driver:
        assert await least(lambda: stopped_after_s(driver), 1.0) < 1.0
        assert driver.results.status is RunStatus.STOPPED
        assert SampleStatus.OK in {sample.status for sample in driver.results.samples}
        assert driver.cells("model") == ["practice-large"]
        assert str(driver.bench.results.border_title).endswith("stopped")


async def test_a_killed_model_becomes_a_row_with_its_verdict_and_the_run_goes_on() -> None:
    async with driving() as driver:
        await start_benchmark(driver, "practice-small", "practice-large", rounds=1, side_by_side=True)
        await driver.until(lambda: len(driver.session.workspace.model_pool.loaded) == 2)
        columns = {column.model.key: column for column in driver.bench.streams.query(StreamColumn)}
        await driver.until(lambda: columns["practice-large"].answer)
        kill(driver, "practice-large")
        await driver.until_rest()
        words = [cell.split()[0] for cell in driver.cells("status")]
        assert dict(zip(driver.cells("model"), words, strict=True)) == {
            "practice-small": "ok",
            "practice-large": "killed",
        }
        assert len([sample for sample in driver.results.samples if sample.key == "practice-small"]) == 4
        assert any("practice-large" in notice and "killed" in notice for notice in driver.notices)


async def test_leaving_asks_while_a_benchmark_runs() -> None:
    async with driving() as driver:
        await start_benchmark(driver, "practice-large", rounds=9)
        await driver.press("q")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        await driver.press("n")
        await driver.until(lambda: driver.app.screen is driver.bench)
        running: Plan | None = driver.session.running
        assert running is not None
        await driver.until(model_processes)
        await driver.press("q")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        await driver.press("y")
        await driver.until(lambda: not driver.app.is_running)
        assert driver.app.return_value == 0
    assert model_processes() == []


async def test_everything_is_reachable_at_80x24(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH_MODELS", "practice-small,practice-medium")
    async with driving(size=NARROW) as driver:
        panes = ["models", "streams", "memory", "results"]
        assert [pane for pane in panes if driver.shown(f"#{pane}")] == ["models"]
        for number, pane in enumerate(panes, start=1):
            await driver.press(str(number))
            await driver.until(lambda pane=pane: driver.shown(f"#{pane}"))
            assert [pane for pane in panes if driver.shown(f"#{pane}")] == [pane]
        await driver.pilot.click("#tab-memory")
        await driver.until(lambda: driver.shown("#memory"))
        await driver.press("tab")
        await driver.until(lambda: driver.shown("#results"))
        await driver.run_with("r")
        assert driver.shown("#streams")
        await driver.press("4")
        await driver.until(lambda: driver.shown("#results"))
        assert driver.cells("model") == PRACTICE[:2]
        assert driver.shown("PromptLine")
        await driver.pilot.resize_terminal(120, 40)
        await driver.until(lambda: all(driver.shown(f"#{pane}") for pane in panes))
