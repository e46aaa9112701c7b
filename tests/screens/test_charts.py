"""The charts of the workbench: what is drawn, how they are opened, and that they follow a run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import pytest
from textual.widgets import Input, Label, Static

from tests.measure.test_trend import runs_of
from tests.support import scripted
from tests.support.builders import crowded_run, failed_sample, model, run_record, samples_of, timeline
from tests.support.graded import context_run
from tests.support.workbench import NARROW, Driver, driving
from tui.bench.events import Event, ModelUnloaded, SampleFinished
from tui.measure.timing.model_chart import model_charts
from tui.panes.charts.distribution import DOT, NO_ROUNDS, ONE_ROUND, OUTLIER, DistributionPlot
from tui.panes.charts.plot import Plot, even_scale
from tui.panes.charts.timeline import TimelinePlot
from tui.panes.charts.trend import TrendLegend, TrendPlot, days_in_words
from tui.records import PROMPT_CACHED, Plan, RunRecord, RunStatus, Sample
from tui.records.comparison import ChangePoint, Outcome, Quantity, Trend, TrendPoint
from tui.records.statistics import Interval
from tui.screens.charts.screen import ChartsScreen
from tui.screens.charts.trend_screen import TrendScreen
from tui.screens.dialogs.export import ExportDialog
from tui.screens.dialogs.question import ConfirmDialog
from tui.store.history import History

TINY, OTHER = model("tiny"), model("other")


pytestmark = pytest.mark.usefixtures("own_home")


def uneven_run() -> RunRecord:
    """Return twenty rounds of a prompt from 100 to 119 ms in two launches, one of them an outlier, and a failure."""
    run = run_record(TINY, rounds=20)
    cold = next(sample for sample in run.samples if sample.kind.value == "cold")
    rounds = [sample for sample in run.samples if sample.kind.value == "round" and sample.prompt_id == "rag"]
    spread = [
        replace(of_run, launch=1 + index // 10, timeline=timeline(ttft_ms=400 if index == 12 else 100 + index))
        for index, of_run in enumerate(rounds)
    ]
    return replace(run, samples=(cold, *spread, failed_sample()))


def rows(plot: DistributionPlot | TimelinePlot, columns: int, height: int) -> list[str]:
    return ["".join(piece.text for piece in row) for row in plot.draw(columns, height)]


def test_the_histogram_shows_every_round_and_marks_the_median() -> None:
    ttft, _ = model_charts(uneven_run(), "tiny")
    plot = DistributionPlot()
    plot.show(ttft)
    figures, *bars, axis, ends = rows(plot, 80, 12)
    assert figures.startswith("┃ typical (p50) 110 ms   ━ 95 % 58.2 to 207 ms"), "an interval tells its unit once"
    assert figures.endswith("╎ p95 133 ms* (interpolated)"), "the value and the mark of the results"
    assert bars.pop(0) == f"20 requests   {OUTLIER} 1 outlier, far from the rest"
    assert len(bars) == 8
    assert bars[0].split() == ["17"], "each bar has its count above it"
    assert bars[1].startswith("█")
    assert bars[-2].split()[1:] == ["2", f"1{OUTLIER}"], "the bar of the outlier is marked above it"
    assert axis.index("┃") < axis.index("╎")
    assert axis.startswith("◂"), "the interval goes on beyond the axis"
    assert ends.split() == ["100", "150", "200", "250", "300", "350", "400"]
    plot.show(ttft, [("tiny on lab", 300.0), ("tiny on phone", 9000.0)])
    first, second, axis = (row for row in rows(plot, 80, 12) if "▽" in row)
    assert first == "▽ 300 ms reference: tiny on lab"
    assert second == "▽ 9,000 ms reference, off the axis: tiny on phone"
    assert axis.index("┃") < axis.index("▽")
    plot.show(ttft)
    narrow = rows(plot, 40, 12)
    assert len(narrow) == 12
    empty = DistributionPlot()
    empty.show(model_charts(replace(uneven_run(), samples=()), "tiny")[0])
    assert rows(empty, 80, 12) == [NO_ROUNDS]


def test_rounds_in_doubt_have_a_mark_and_the_reason() -> None:
    run = uneven_run()
    cached = (
        replace(sample, flags=(PROMPT_CACHED,)) if index in (3, 5) else sample
        for index, sample in enumerate(run.samples)
    )
    ttft, decode = model_charts(replace(run, samples=tuple(cached)), "tiny")
    plot, course = DistributionPlot(), TimelinePlot()
    plot.show(ttft)
    course.show(ttft)
    drawn = rows(plot, 80, 12)
    assert drawn[0].startswith("┃ typical (p50) 110 msc")
    assert "? 2 in doubt, because its prompts came from a cache" in drawn
    legend, *dots = rows(course, 100, 20)
    assert legend.startswith("● measured   ? in doubt   ")
    assert sum(row.count("?") for row in dots) == 2
    all_cached = tuple(replace(sample, flags=(PROMPT_CACHED,)) for sample in run.samples)
    course.show(model_charts(replace(run, samples=all_cached), "tiny")[0])
    assert "?" not in "".join(rows(course, 100, 20)), "a mark on every dot tells nothing, and the figures tell it"
    course.show(decode)
    assert "?" not in "".join(rows(course, 100, 20)), "a cache changes no decode rate"


def test_the_timeline_has_a_dot_for_each_request_in_its_order() -> None:
    ttft, decode = model_charts(uneven_run(), "tiny")
    plot = TimelinePlot()
    plot.show(ttft)
    legend, *drawn, foot = rows(plot, 100, 20)
    marks = "● measured   ┄ typical (p50)   ↑ cold or warm-up, above   ◆ outlier   × failed   ┊ new start"
    assert legend == marks
    assert foot.strip("└─ ") == "22 requests, in the order of the run"
    assert "↑" in drawn[0]
    assert drawn[-1].count("×") == 1, "a failure is at the foot"
    assert (sum(row.count(DOT) for row in drawn), sum(row.count(OUTLIER) for row in drawn)) == (19, 1)
    labelled = {row.partition("┤")[0]: index for index, row in enumerate(drawn) if "┤" in row}
    assert list(labelled) == ["400", "300", "200", "100"]
    assert len({after - before for before, after in pairwise(labelled.values())}) == 1, "all steps are equally long"
    (line,) = (row for row in drawn if row.count("┄") > 20)
    assert DOT in line, "the typical value is a line among the dots"
    columns = [row.index(DOT) for row in drawn[:-1] if DOT in row]
    assert columns == sorted(columns, reverse=True) or max(columns) > min(columns)
    assert sum("┊" in row for row in drawn) >= len(drawn) - 2
    rates = TimelinePlot()
    rates.show(decode)
    assert "○ cold" in rows(rates, 100, 20)[0], "a cold start has the same rate, and is within the scale"
    for columns, height in ((1, 1), (12, 4), (300, 60)):
        assert all(len(row) <= max(columns, 200) for row in rows(plot, columns, height))


def test_a_few_values_are_dots_of_their_own_and_one_is_no_spread() -> None:
    plot, run = DistributionPlot(), uneven_run()
    cold, *warm, _ = run.samples
    plot.show(model_charts(replace(run, samples=(cold, *warm[:14])), "tiny")[0])
    drawn = rows(plot, 100, 9)
    assert (sum(row.count(DOT) for row in drawn), sum(row.count(OUTLIER) for row in drawn[2:])) == (13, 1)
    assert not any("█" in row for row in drawn)
    plot.show(model_charts(replace(run, samples=(cold, warm[0])), "tiny")[0])
    assert rows(plot, 100, 9) == ["┃ typical (p50) 100 ms   1 request", ONE_ROUND]


def test_a_chart_of_a_model_leaves_out_the_others() -> None:
    run = run_record(TINY, OTHER, rounds=4)
    ttft, decode = model_charts(run, "other")
    assert (ttft.quantity, decode.quantity) == (Quantity.TTFT, Quantity.DECODE)
    assert set(ttft.values) == {400.0}
    assert len(ttft.points) == len(samples_of("other", run.plan))
    assert decode.distribution is not None
    assert decode.distribution.headline == 25.0


def charts(driver: Driver) -> ChartsScreen:
    screen = driver.app.screen
    assert isinstance(screen, ChartsScreen)
    return screen


def shows(driver: Driver, quantity: Quantity, words: str) -> bool:
    screen = driver.app.screen
    return isinstance(screen, ChartsScreen) and words in screen.panels[quantity].spread.text


async def test_the_charts_of_the_highlighted_model_open_change_and_fit() -> None:
    run = scripted.ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, TINY, OTHER)) as driver:
        await driver.press("g")
        await driver.noticed("There is nothing to draw yet")
        await driver.press("b")
        await driver.run_with("enter")
        await driver.press("4")
        await driver.until(lambda: driver.bench.results.highlighted)
        keys = [model.key for model in driver.results.plan.models]
        p50 = {key: f"(p50) {200 * 2**index} ms" for index, key in enumerate(keys)}
        first = str(driver.bench.results.highlighted)
        await driver.press("enter")
        await driver.until(lambda: shows(driver, Quantity.TTFT, p50[first]))
        assert [panel.display for panel in charts(driver).panels.values()] == [True, True]
        await driver.press("right")
        other = keys[1 - keys.index(first)]
        await driver.until(lambda: shows(driver, Quantity.TTFT, p50[other]))
        await driver.pilot.resize_terminal(*NARROW)
        await driver.until(lambda: [panel.display for panel in charts(driver).panels.values()] == [True, False])
        await driver.press("tab")
        await driver.until(lambda: DOT in charts(driver).panels[Quantity.DECODE].course.text)
        assert [panel.display for panel in charts(driver).panels.values()] == [False, True]
        await driver.press("escape")
        assert driver.app.screen is driver.bench
        driver.app.push_screen(ChartsScreen(crowded_run, "tiny"))
        await driver.until(lambda: shows(driver, Quantity.TTFT, "(p50) 100 ms"))
        await driver.press("up")
        await driver.until(lambda: shows(driver, Quantity.TTFT, "(p50) 200 ms"))
        assert charts(driver).panels[Quantity.TTFT].border_title == "Time to first token, ms, 4 requests at once"
        await driver.press("escape")
        await see_right_answers(driver)
        await export_all(driver)


async def see_right_answers(driver: Driver) -> None:
    """See the right answers by context length, which only a model with several lengths or loads has."""
    run = context_run({"tiny": {1024: "111", 4096: "011"}})
    driver.app.push_screen(ChartsScreen(lambda: run, "tiny"))
    await driver.until(lambda: isinstance(driver.app.screen, ChartsScreen) and driver.app.screen.has_quality)
    for shown in ([False, True], [False, False], [True, False]):
        await driver.press("tab")
        await driver.until(lambda shown=shown: [panel.display for panel in charts(driver).panels.values()] == shown)
        assert charts(driver).quality.display is not any(shown)
        if not any(shown):
            words = charts(driver).quality.plot.text
            assert "4k  ██" in words
            assert "67 % [21, 94]" in words
            assert "tiny finds the fact up to 4k" in words
    await driver.press("escape")


async def export_all(driver: Driver) -> None:
    """Write the formats that no other test writes, through the dialog."""
    for name, begins in (("run.html", "<!doctype html>"), ("run.jsonl", '{"run_id"')):
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, ExportDialog))
        driver.app.screen.query_one(Input).value = name
        await driver.press("enter")
        await driver.until(lambda: driver.app.screen is driver.bench)
        assert Path(name).read_text(encoding="utf-8").startswith(begins)


async def test_the_charts_follow_a_run_that_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # One request leaves rows of the chart empty, and without colours every cell of them needs a style all the same.
    monkeypatch.setenv("NO_COLOR", "1")
    pause = scripted.Pause()

    def script(plan: Plan) -> Iterable[Event | scripted.Pause]:
        samples: list[Sample] = list(samples_of("tiny", plan))
        yield from scripted.loading(TINY)
        for done, sample in enumerate(samples, start=1):
            if done == 5:
                yield pause
            yield SampleFinished(key="tiny", sample=sample, done_samples=done)
        yield ModelUnloaded(key="tiny")

    run = scripted.ScriptedRun(script)
    async with driving(lambda: scripted.workspace(run, TINY)) as driver:
        await driver.press("b")
        await driver.press("enter")
        await driver.until(lambda: driver.session.results is not None and len(driver.results.samples) == 4)
        await driver.press("g")
        await driver.until(lambda: shows(driver, Quantity.TTFT, "1 request"))
        await driver.press("escape", "e")
        await driver.until(lambda: isinstance(driver.app.screen, ExportDialog))
        assert "The run is not finished (4 of " in str(driver.app.screen.query_one(".when", Label).content)
        driver.app.screen.query_one(Input).value = "later.md"
        await driver.press("enter", "g")
        pause.end()
        await driver.until(lambda: shows(driver, Quantity.TTFT, "6 requests"))
        await driver.until(lambda: (tmp_path / "later.md").exists())
        assert "has not ended" not in (tmp_path / "later.md").read_text("utf-8")


async def test_a_report_that_waits_for_the_end_of_a_run_is_written_when_the_app_is_left(tmp_path: Path) -> None:
    pause = scripted.Pause()

    def script(plan: Plan) -> Iterable[Event | scripted.Pause]:
        yield from scripted.loading(TINY)
        for done, sample in enumerate(samples_of("tiny", plan)[:4], start=1):
            yield SampleFinished(key="tiny", sample=sample, done_samples=done)
        yield pause

    async with driving(lambda: scripted.workspace(scripted.ScriptedRun(script), TINY)) as driver:
        await driver.press("b", "enter")
        await driver.until(lambda: driver.session.results is not None and len(driver.results.samples) == 4)
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, ExportDialog))
        driver.app.screen.query_one(Input).value = "left.md"
        await driver.press("enter", "q")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        words = " ".join(str(label.visual) for label in driver.app.screen.query(Static))
        assert "these are kept and written to the report. Stop it and quit?" in words
        await driver.press("y")
        await driver.until(lambda: (tmp_path / "left.md").exists())
    assert "tiny" in (tmp_path / "left.md").read_text("utf-8")


def trend_of(values: Sequence[float], change: int | None = None) -> Trend:
    points = tuple(
        TrendPoint(
            run_id=f"run-{index}",
            started_at=f"2026-11-{index + 1:02}T09:00:00+00:00",
            value=value,
            interval=Interval(low=value * 0.97, high=value * 1.03, level=0.95),
            launches=5,
        )
        for index, value in enumerate(values)
    )
    changes = () if change is None else (change_at(values, change),)
    return Trend(key="tiny", quantity=Quantity.TTFT, points=points, changes=changes)


def change_at(values: Sequence[float], index: int) -> ChangePoint:
    before, after = values[0], values[-1]
    interval = Interval(low=0.1, high=0.2, level=0.95)
    return ChangePoint(
        index=index,
        earliest=index,
        latest=index,
        before=before,
        after=after,
        slowdown=after / before - 1,
        interval=interval,
        outcome=Outcome.SLOWER,
        probability=0.01,
        changed=(),
    )


def drawn_text(plot: Plot, columns: int, rows: int) -> list[str]:
    return ["".join(piece.text for piece in row) for row in plot.draw(columns, rows)]


def test_a_trend_has_a_dot_for_each_run_and_a_line_where_it_changed() -> None:
    plot = TrendPlot()
    plot.show(trend_of([100.0] * 5 + [115.0] * 5, change=5))
    for columns, height in ((80, 12), (30, 6), (20, 4)):
        drawn = ["".join(piece.text for piece in row) for row in plot.draw(columns, height)]
        assert len(drawn) == height
        assert all(len(row) <= columns for row in drawn)
        dots = [row for row in drawn if "•" in row]
        assert sum(row.count("•") for row in dots) == 10
        assert any("┊" in row for row in dots)
    for rows, (least, most) in product((4, 5, 6, 7, 9), ((0, 127), (32, 849), (25.5, 4_207), (0, 99), (3, 7))):
        assert len(even_scale(least, most, rows).labels) > 1, "one value on the axis tells no distance"
    labels = [int(row[:3]) for row in drawn_text(plot, 80, 20) if "┤" in row]
    assert {115, 110, 105, 100} <= set(labels)
    assert {above - below for above, below in pairwise(labels)} == {5}
    text = "\n".join(drawn_text(plot, 80, 20))
    assert "2026-11-01" in text
    assert "09:00" not in text, "each run has a day of its own"
    plot.show(trend_of([100.0] * 5 + [115.0] * 5, change=5), has_times=False)
    assert "2026" not in "\n".join(drawn_text(plot, 80, 20))
    assert plot.begins_above_zero
    legend = TrendLegend()
    legend.show([trend_of([100.0] * 5 + [115.0] * 5, change=5)])
    assert "┊ change" in " ".join(drawn_text(legend, 120, 4))
    lone = tuple(replace(point, interval=None, launches=1) for point in trend_of([63.0, 51.0]).points)
    same_day = tuple(
        replace(point, started_at=f"2026-11-28T15:0{minute}:00+00:00", disturbed=minute == 7)
        for point, minute in zip(lone, (1, 7), strict=True)
    )
    lone_trend = Trend(key="tiny", quantity=Quantity.TTFT, points=same_day, changes=())
    plot.show(lone_trend)
    legend.show([lone_trend])
    text = "\n".join((*drawn_text(plot, 80, 20), *drawn_text(legend, 80, 4)))
    assert "○ run of one start, so without an interval" in text
    assert "! behind a run: it was disturbed" in text
    assert text.count("○!") == 1, "a disturbed run has its dot too"
    assert "change" not in text
    assert "2026" not in text, "the title of the chart tells the day that all runs share"
    assert days_in_words(lone_trend) == " of 2026-11-28"
    assert ("15:01" in text, "15:07" in text) == (True, True)
    two_days = (same_day[0], replace(same_day[1], started_at="2026-11-29T15:07:00+00:00"), *same_day[1:])
    plot.show(replace(lone_trend, points=two_days))
    assert "11-28 15:01" in "\n".join(drawn_text(plot, 80, 20))
    plot.show(None)
    assert plot.draw(80, 12)[0][0].text.startswith("The history has no benchmark")


async def test_the_history_opens_the_trend_of_the_models_of_a_run(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    runs = runs_of(*[1.0] * 5, *[1.15] * 5)
    newest = replace(runs[-1], plan=replace(runs[-1].plan, models=(*runs[-1].plan.models, model("other"))))
    with closing(History(file)) as history:
        for run in runs:
            history.begin(run)
            history.finish(run.run_id, RunStatus.DONE, run.started_at)
    async with driving(size=NARROW) as driver:
        driver.app.push_screen(ChartsScreen(lambda: newest, "tiny", file))
        await driver.until(lambda: isinstance(driver.app.screen, ChartsScreen))
        await driver.press("g")
        await driver.until(lambda: isinstance(driver.app.screen, TrendScreen))
        screen = driver.app.screen
        assert isinstance(screen, TrendScreen)
        await driver.until(lambda: "slower by" in screen.words)
        assert "Changed around it: runtime 1.0 -> 2.0." in screen.words
        assert str(screen.plots[Quantity.TTFT].border_subtitle).startswith("10 runs, ")
        painted = driver.app.export_screenshot()
        assert "Time&#160;to&#160;first&#160;token" in painted
        assert painted.count("•") > 2, "the dots are on the screen, and not the legends alone"
        await driver.press("right")
        await driver.until(lambda: "no benchmark of other" in screen.words)
