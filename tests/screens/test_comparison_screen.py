"""Runs side by side on the screen: bars under each other, words for every case, and a loop that is never held up."""

from __future__ import annotations

import asyncio
import re
import textwrap
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Input, OptionList

from tests.measure.test_trend import runs_of
from tests.support import scripted
from tests.support.builders import model
from tests.support.launches import Machine
from tests.support.scripted import ScriptedRun
from tests.support.workbench import NARROW, WIDE, Driver, driving
from tui.measure.comparison.compare import compare_all
from tui.measure.comparison.headline import headline
from tui.panes.comparison import rows
from tui.panes.comparison.interval_bar import bar, scale_of
from tui.panes.comparison.sides import side_lines
from tui.panes.comparison.whole_numbers import wrapped
from tui.records import Order, RunRecord, RunStatus
from tui.records.comparison import Comparison
from tui.records.grading.rates import Better, RateDifference
from tui.records.statistics import Interval
from tui.reports import comparison
from tui.screens.comparison import screen as compare
from tui.screens.comparison.run_chooser import RunChooser, compare_stored
from tui.screens.comparison.screen import CompareScreen
from tui.screens.dialogs.export import MarkdownExport
from tui.store.history import History

SAME, SLOWER = "20261121-090000-bbbbbb", "20261122-090000-cccccc"
BASE = "20261120-090000-aaaaaa"


pytestmark = pytest.mark.usefixtures("own_home")


@cache
def drawn(run_id: str, slower: float = 1.0, launches: int = 4) -> RunRecord:
    random = np.random.default_rng(int(run_id[:8]))
    run = Machine(prompts=("rag", "privacy")).run(random, launches, 5, slower=slower, keys=("tiny", "big"))
    return replace(
        run, run_id=run_id, loads=(), plan=replace(run.plan, method=replace(run.plan.method, launches=launches))
    )


@cache
def three_runs() -> tuple[RunRecord, ...]:
    return drawn(BASE), drawn(SAME), drawn(SLOWER, 1.3)


@cache
def compared() -> tuple[Comparison, ...]:
    return compare_all(three_runs()[0], three_runs()[1:])


def backed(history_file: Path | None = None) -> scripted.Workspace:
    return scripted.workspace(ScriptedRun(scripted.whole_benchmark), model("tiny"), history_file=history_file)


async def opened(driver: Driver, runs: Sequence[RunRecord]) -> CompareScreen:
    screen = CompareScreen(tuple(runs))
    await driver.app.push_screen(screen)
    await driver.until(lambda: screen.comparisons)
    return screen


@pytest.mark.parametrize(
    ("low", "high", "value", "drawn_bar"),
    [
        (0.0, 0.1, 0.05, "    ╺━●━╸"),
        (-0.1, 0.1, 0.0, "╺━━━●━━━╸"),
        (0.05, 0.1, 0.075, "    │ ╺●╸"),
        (-0.1, -0.075, -0.075, "╺●  │    "),
        (-0.05, 0.05, 0.05, "  ╺━┿━●  "),
        (-0.3, 0.3, 0.05, "◂━━━┿━●━▸"),
    ],
)
def test_a_bar_reaches_from_bound_to_bound(low: float, high: float, value: float, drawn_bar: str) -> None:
    assert bar(Interval(low=low, high=high), value, 0.1, 9, "$error").plain == drawn_bar


def test_without_an_interval_nothing_is_drawn() -> None:
    assert bar(None, 0.1, 0.1, 9, "").plain.isspace()
    assert bar(Interval(low=0, high=0), 0.0, scale_of([Interval(low=0, high=0)]), 9, "").plain.isspace()


def test_no_row_ends_inside_a_number_or_a_range() -> None:
    sentence = "A slowdown of 4.1 % in TTFT, 1,289 tok/s [-68, 68] and 5 launches, or 12 others."
    for cells in range(14, 90):
        parts = [line.plain for line in wrapped(Content(sentence), cells)]
        lines = [row for part in parts for row in textwrap.wrap(part, cells)]
        assert " ".join(lines) == sentence
        assert all(cell_len(line) <= cells for line in lines)
        for whole in ("4.1 %", "1,289 tok/s", "[-68, 68]", "5 launches,"):
            assert sum(whole in line for line in lines) == 1, (cells, lines)


@pytest.mark.parametrize("cells", [56, 76, 116, 196])
def test_names_of_models_are_whole_and_rounds_and_launches_are_told(cells: int) -> None:
    keys = ("practice-small", "practice-medium", "practice-large", "ministral-3-3b-instruct-2512-generic-cpu")
    run = replace(drawn(BASE), plan=replace(drawn(BASE).plan, models=tuple(map(model, keys))))
    later = replace(run, started_at="2026-12-01T00:00:00+00:00", name="after the new driver")
    for runs in ((run, run), (run, later), (run, later, later)):
        lines = [line.plain for line in side_lines(runs, cells)]
        assert max(map(cell_len, lines)) <= cells
        text = " ".join(" ".join(lines).split())
        assert ", ".join(keys) in text or runs[1] is run
        assert text.count("5 rounds, 4 launches") == len(runs)
        assert "…" not in text
    wide = replace(later, name="x" * 300)
    assert max(cell_len(line.plain) for line in side_lines((run, wide), cells)) <= cells


def test_the_scale_is_the_smallest_round_one_that_holds_all() -> None:
    assert scale_of([Interval(low=-0.02, high=0.04)]) == 0.05
    assert scale_of([Interval(low=-0.02, high=0.04), Interval(low=-0.11, high=0)]) == 0.2
    assert scale_of([]) == 0


@pytest.mark.parametrize("per_prompt", [False, True])
@pytest.mark.parametrize("cells", [75, 90, 115, 135, 195])
def test_every_line_fits_and_all_bars_stand_under_each_other(cells: int, per_prompt: bool) -> None:
    for comparisons in (compared(), compared()[:1]):
        columns = rows.layout(comparisons, cells, per_prompt=per_prompt)
        lines = rows.lines(comparisons, columns, rows.scale(comparisons, per_prompt=per_prompt), per_prompt=per_prompt)
        heading = rows.heading(columns, 0.2, several=len(comparisons) > 1).plain
        texts = [line.plain for line in lines]
        assert max(cell_len(text) for text in (heading, *texts)) <= cells
        zero = heading.index(" 0 ") + 1
        of_memory = [text.rstrip() for text in texts if "MiB" in text]
        assert {text.index("●") for text in of_memory} == {zero}, "memory does not change, so its mark is at 0"
        assert sum("rag" in text for text in texts) == (4 if per_prompt else 0)


@pytest.mark.parametrize("cells", [75, 115])
def test_a_pass_rate_has_a_line_of_its_own_and_a_place_in_the_first_sentence(cells: int) -> None:
    lost = RateDifference(
        before_key="tiny",
        after_key="tiny",
        prompts=25,
        before=0.84,
        after=0.6,
        difference=-0.24,
        interval=Interval(low=-0.41, high=-0.05),
        probability=0.01,
        only_before=7,
        only_after=1,
        outcome=Better.WORSE,
    )
    found = replace(compared()[0], quality=(lost,))
    columns = rows.layout([found], cells, per_prompt=False)
    lines = [line.plain for line in rows.lines([found], columns, 0.2, per_prompt=False)]
    (line,) = [line for line in lines if "Quality" in line]
    assert re.search(r"84 % +60 % +-24 points  worse by 24 points", line)
    assert max(map(cell_len, lines)) <= cells
    assert headline(found).startswith("Worse in B: tiny quality (-24 points). The rest: 8 numbers without")
    assert "| tiny  | quality" in comparison.markdown(three_runs()[:2], [found])


async def test_the_numbers_their_bars_and_the_words_of_every_outcome() -> None:
    for size in (NARROW, WIDE):
        async with driving(backed, size=size) as driver:
            screen = await opened(driver, three_runs())
            text = driver.text_of("#comparison-lines")
            assert text.count("slower") == 3, "TTFT and E2E are slower in the second comparison, and decode in it"
            verdict = driver.text_of("#comparison-verdict").splitlines()
            assert verdict[0].startswith("Nothing has surely changed from A to B: 8 numbers without a measurable diff")
            assert verdict[1].startswith("Worse in C: tiny E2E (+"), "what is most worse comes first"
            assert "The rest: 5 numbers without" in verdict[1]
            below = re.search(r"↓ (\d+) more lines", str(screen.pane.border_subtitle))
            assert (below is not None) is (size == NARROW), "what is out of sight is told"
            assert text.count("difference") == 13
            assert "Peak memory" in text
            assert BASE in driver.text_of("#comparison-sides")
            assert "with 95 % certainty" in driver.text_of("#comparison-notes")
            assert "privacy" not in text
            await driver.press("i")
            assert "privacy" in driver.text_of("#comparison-lines")
            assert "y" not in screen.active_bindings
            await driver.press("escape")
            assert driver.app.screen is driver.bench


async def test_change_and_outcome_come_before_the_bars_and_no_word_is_cut() -> None:
    for width, has_bars in ((80, True), (60, False)):
        async with driving(backed, size=(width, 24)) as driver:
            await opened(driver, three_runs())
            (row, *_) = [line for line in driver.text_of("#comparison-lines").splitlines() if "slower" in line]
            assert re.search(r"slower 2\d\.\d %", row), row
            assert ("●" in row) is has_bars
            assert not has_bars or row.index("slower") < row.index("●")
            assert len(row.rstrip()) <= width - 5, row


async def test_relative_to_a_model_that_took_turns() -> None:
    took_turns = [
        replace(run, plan=replace(run.plan, method=replace(run.plan.method, order=Order.INTERLEAVED)))
        for run in three_runs()
    ]
    async with driving(backed) as driver:
        screen = await opened(driver, took_turns)
        for reference in ("tiny", "big"):
            await driver.press("B")
            await driver.until(lambda reference=reference: screen.comparisons[0].relative_to == reference)
            assert f"Round by round relative to: {reference}." in driver.text_of("#comparison-notes")
        await driver.press("B")
        await driver.until(lambda: screen.comparisons[0].relative_to is None)
    async with driving(backed) as driver:
        await opened(driver, three_runs())
        assert "B" not in driver.app.screen.active_bindings


async def test_a_terminal_that_is_too_narrow_cuts_lines_and_wraps_none() -> None:
    async with driving(backed, size=(60, 24)) as driver:
        screen = await opened(driver, three_runs())
        lines = screen.query_one("#comparison-lines")
        assert lines.size.height == len(driver.text_of("#comparison-lines").splitlines())


async def test_the_loop_goes_on_while_launches_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = threading.Event()
    original = compare.compare_runs

    def slow(runs: tuple[RunRecord, ...], relative_to: str | None) -> tuple[Comparison, ...]:
        assert gate.wait(120)
        return original(runs, relative_to)

    monkeypatch.setattr(compare, "compare_runs", slow)
    async with driving(backed) as driver:
        screen = CompareScreen(three_runs()[:2])
        await driver.app.push_screen(screen)
        try:
            assert driver.text_of("#comparison-words").startswith("Comparing")
            assert "i" not in screen.active_bindings
        finally:
            gate.set()
        await driver.until(lambda: screen.comparisons)
        assert not driver.app.screen.query_one("#comparison-words").display


def unlike(run: RunRecord, run_id: str) -> RunRecord:
    method = replace(run.plan.method, max_tokens=20)
    return replace(run, run_id=run_id, plan=replace(run.plan, method=method))


async def test_unlike_runs_are_refused_until_asked_for() -> None:
    base, same, _ = three_runs()
    other = replace(
        same,
        plan=replace(same.plan, method=replace(same.plan.method, max_tokens=20)),
        environment=replace(same.environment, runtime="onnxruntime 1.32.0"),
    )
    async with driving(backed, size=NARROW) as driver:
        screen = await opened(driver, (base, other))
        assert "max tokens: 150 in A, 20 in B" in driver.text_of("#comparison-words")
        assert not screen.query_one("#comparison-lines").display
        assert {"i", "e"}.isdisjoint(screen.active_bindings)
        await driver.press("y")
        assert "no difference" in driver.text_of("#comparison-lines")
        notes = driver.text_of("#comparison-notes")
        assert "Not alike: max tokens 150 -> 20." in notes
        assert "runtime onnxruntime 1.31.0 -> onnxruntime 1.32.0." in notes


@pytest.mark.parametrize(("cells", "names"), [(75, ["A", "B adjusted"]), (115, ["A", "B", "B adjusted"])])
def test_b_at_the_pace_of_a_is_named_so_and_stands_beside_b_where_there_is_room(cells: int, names: list[str]) -> None:
    before, after = runs_of(1.0, 1.2, yardstick=True)
    found = compare_all(before, (after,))
    columns = rows.layout(found, cells, per_prompt=False)
    heading = rows.heading(columns, 0, several=False, adjusted=True).plain
    assert re.split(r" {2,}", heading.strip())[: len(names)] == names
    ttft, decode = (
        line.plain
        for line in rows.lines(found, columns, 0, per_prompt=False)
        if line.plain.strip().startswith(("TTFT", "Decode"))
    )
    for line in (ttft, decode):
        figures = re.split(r" {2,}", line.strip())[1 : len(names) + 1]
        assert all(re.fullmatch(r"[\d.,]+ (ms|s|tok/s)", figure) for figure in figures), "columns never touch"
        assert all(cell_len(line) <= cells for line in (heading, ttft, decode))


async def test_what_cannot_be_told_says_what_to_do() -> None:
    base = three_runs()[0]
    async with driving(backed, size=NARROW) as driver:
        await opened(driver, (base, drawn(SLOWER, 1.3, 1)))
        assert driver.text_of("#comparison-lines").count("too few launches") == 8
        assert "benchtop bench --launches 5" in driver.text_of("#comparison-words")
        await driver.press("escape")
        nothing = replace(base, plan=replace(base.plan, models=(model("other"),)), samples=())
        await opened(driver, (base, nothing))
        assert "no measured model in common" in driver.text_of("#comparison-words")


async def test_single_launches_are_held_against_how_far_runs_of_the_history_differ(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    singles = [drawn(f"2026112{number}-000000-aaaaaa", 1.0 + number / 50, 1) for number in range(4)]
    with closing(History(file)) as history:
        for run in singles:
            history.begin(run)
    async with driving(lambda: backed(file)) as driver:
        await compare_stored(driver.app, file, (singles[0].run_id, singles[3].run_id))
        await driver.until(lambda: driver.app.screen.query("#comparison-words"))
        await driver.until(lambda: "Usual for tiny, from the history: TTFT" in driver.text_of("#comparison-words"))
        words = driver.text_of("#comparison-words")
        assert re.search(r"TTFT 1\d\d ms to 1\d\d ms in 3 runs, 1\d\d ms in B: (within|above)", words), words
        assert "Launches in the benchmark's dialog (b)" in driver.text_of("#comparison-words")


async def test_the_comparison_is_taken_away_as_markdown(tmp_path: Path) -> None:
    async with driving(backed) as driver:
        await opened(driver, three_runs())
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, MarkdownExport))
        driver.app.screen.query_one(Input).value = "report"
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen))
        written = await asyncio.to_thread((tmp_path / "report.md").read_text, "utf-8")
        assert written == comparison.markdown(three_runs(), compared())
        await driver.press("e")
        await driver.until(lambda: isinstance(driver.app.screen, MarkdownExport))
        driver.app.screen.query_one(Input).value = "report.md"
        await driver.press("enter")
        assert "exists: enter again overwrites it" in driver.text_of(".error")


async def test_the_latest_run_is_compared_with_one_that_is_chosen(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    with closing(History(file)) as history:
        for run in (*three_runs()[:2], unlike(three_runs()[1], "20261121-100000-dddddd"), three_runs()[2]):
            history.begin(run)
            history.finish(run.run_id, RunStatus.DONE, run.started_at)
    async with driving(lambda: backed(file)) as driver:
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, RunChooser))
        options = driver.app.screen.query_one(OptionList)
        await driver.until(lambda: options.option_count)
        assert [option.id for option in options.options] == [SAME, BASE, "20261121-100000-dddddd"], "what fits is first"
        told = [str(option.prompt) for option in options.options]
        assert [("not comparable, other max tokens" in words) for words in told] == [False, False, True]
        await driver.press("up", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen) and driver.app.screen.comparisons)
        assert "d chooses another run" in driver.text_of("#comparison-words")
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, RunChooser))
        options = driver.app.screen.query_one(OptionList)
        await driver.until(lambda: options.option_count)
        await driver.press("down", "enter")
        await driver.until(lambda: isinstance(driver.app.screen, CompareScreen) and driver.app.screen.comparisons)
        screen = driver.app.screen
        assert isinstance(screen, CompareScreen)
        assert [(comparison.before_id, comparison.after_id) for comparison in screen.comparisons] == [(BASE, SLOWER)]
        assert screen.comparisons[0].changes == compare_all(three_runs()[0], three_runs()[2:])[0].changes


async def test_runs_of_the_history_are_held_against_the_oldest(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    later = replace(three_runs()[2], started_at="2026-12-01T00:00:00+00:00")
    with closing(History(file)) as history:
        history.begin(three_runs()[0])
        history.begin(later)
    async with driving(lambda: backed(file), size=NARROW) as driver:
        await compare_stored(driver.app, file, (SLOWER, BASE))
        screen = driver.app.screen
        assert isinstance(screen, CompareScreen)
        await driver.until(lambda: screen.comparisons)
        assert [(comparison.before_id, comparison.after_id) for comparison in screen.comparisons] == [(BASE, SLOWER)]
        await driver.press("escape")
        await compare_stored(driver.app, file, ("gone", BASE))
        await driver.noticed("has no run gone")
        await driver.app.push_screen(CompareScreen(three_runs()[:1]))
        assert "choose two or more" in driver.text_of("#comparison-words")


async def test_without_an_earlier_run_it_says_what_to_do(tmp_path: Path) -> None:
    async with driving(lambda: backed(tmp_path / "none.sqlite3"), size=NARROW) as driver:
        await driver.press("d")
        await driver.until(lambda: isinstance(driver.app.screen, RunChooser))
        await driver.until(lambda: "no other benchmark" in driver.text_of(".error"))
        assert not (tmp_path / "none.sqlite3").exists()
        await driver.press("escape")
        assert driver.app.screen is driver.bench
