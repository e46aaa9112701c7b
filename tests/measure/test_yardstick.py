"""The yardstick in comparisons, and the order of launches where there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.support.builders import model, run_record
from tests.support.launches import Machine, with_yardstick
from tui.measure.comparison.compare import compare
from tui.measure.comparison.launch_order import launch_correlation
from tui.measure.comparison.wording import remarks
from tui.measure.statistics.intervals import Measured
from tui.measure.timing.quiet_rows import quiet_rows
from tui.measure.timing.summary import summarize
from tui.records import RunRecord, SampleKind
from tui.records.comparison import Outcome
from tui.reports import export
from tui.reports.json import baseline_text, json_text
from tui.reports.json.reading import read_run
from tui.reports.markdown import results_table

SHARED = Machine(prompts=("rag",), drift_sd=0.15, launch_sd=0.01)
TELLING = {Outcome.FASTER, Outcome.SLOWER}


def drawn(random: np.random.Generator, slower: float = 1.0, launches: int = 5) -> RunRecord:
    return with_yardstick(SHARED.run(random, launches, 8, slower=slower, keys=("tiny", "yardstick")))


def test_relative_to_the_yardstick_a_slowdown_is_found_on_a_machine_that_changes_its_pace() -> None:
    random = np.random.default_rng(31)
    plainly = surely = alarms = 0
    for _ in range(12):
        before, after, same = drawn(random), drawn(random, 1.08), drawn(random)
        comparison = compare(before, after)
        assert comparison.by_yardstick == ("tiny",)
        surely += all(change.outcome is Outcome.SLOWER for change in comparison.changes)
        plainly += any(
            change.outcome is Outcome.SLOWER for change in compare(before, after, by_yardstick=False).changes
        )
        alarms += any(change.outcome in TELLING for change in compare(before, same).changes)
    assert surely >= 11
    assert plainly <= 3
    assert alarms <= 2


def test_the_change_as_measured_stands_beside_the_relative_one() -> None:
    before, after = drawn(np.random.default_rng(32)), drawn(np.random.default_rng(33))
    plain = {change.quantity: change for change in compare(before, after, by_yardstick=False).changes}
    comparison = compare(before, after)
    for change in comparison.changes:
        assert change.measured_before == plain[change.quantity].before
        assert change.measured_after == plain[change.quantity].after
    told = dict(remarks(comparison))["Adjusted for the pace of the machine"]
    assert told.startswith("tiny (as measured: TTFT ")
    assert "Launches in a row are alike" not in dict(remarks(comparison))


def test_a_yardstick_of_one_side_alone_is_told_and_not_used() -> None:
    with_it = drawn(np.random.default_rng(34))
    without = replace(with_it, samples=tuple(s for s in with_it.samples if s.kind is not SampleKind.YARDSTICK))
    for before, after, which in ((with_it, without, "earlier"), (without, with_it, "later")):
        comparison = compare(before, after)
        assert comparison.by_yardstick == ()
        assert comparison.without_yardstick == f"only the {which} run has one"
    other = replace(
        with_it,
        samples=tuple(
            replace(s, prompt_id="yardstick-2") if s.kind is SampleKind.YARDSTICK else s for s in with_it.samples
        ),
    )
    assert "asked something else" in compare(with_it, other).without_yardstick
    lost = replace(
        with_it, samples=tuple(s for s in with_it.samples if (s.kind, s.launch) != (SampleKind.YARDSTICK, 2))
    )
    assert "missing beside some launches" in compare(with_it, lost).without_yardstick


@pytest.mark.parametrize("text_of", [json_text, baseline_text])
def test_a_file_keeps_the_yardstick(text_of: Callable[[RunRecord], str], tmp_path: Path) -> None:
    runs = [drawn(np.random.default_rng(seed)) for seed in (35, 36)]
    files = [tmp_path / "a.json", tmp_path / "b.json"]
    for file, run in zip(files, runs, strict=True):
        export.write(file, text_of(run))
    read = compare(read_run(files[0]), read_run(files[1]))
    assert read.by_yardstick == ("tiny",)
    for change, direct in zip(read.changes, compare(runs[0], runs[1]).changes, strict=True):
        assert change.slowdown is not None
        assert direct.slowdown is not None
        assert abs(change.slowdown - direct.slowdown) < 1e-3
        assert change.outcome is direct.outcome


def test_the_yardstick_is_a_quiet_row_and_no_model_of_the_run() -> None:
    run = drawn(np.random.default_rng(37))
    assert [row.key for row in summarize(run)] == ["tiny"]
    (row,) = quiet_rows(run)
    assert (row.key, row.quiet) == ("yardstick", "not ranked")
    last = results_table(run).splitlines()[3]
    assert last.startswith("| yardstick (practice)")
    assert last.endswith("| not ranked |")
    assert quiet_rows(run_record(model())) == ()


def wandering(random: np.random.Generator, correlation: float, launches: int) -> list[list[Measured]]:
    """Draw the launches of a machine whose pace is an autoregressive process; two numbers share it."""
    pace = random.normal()
    rows: list[list[Measured]] = [[], []]
    for launch in range(1, launches + 1):
        for number in rows:
            number.append(Measured("rag", launch, 1, float(np.exp(0.05 * pace + random.normal(0, 0.01)))))
        pace = correlation * pace + np.sqrt(1 - correlation**2) * random.normal()
    return rows


@pytest.mark.parametrize(("correlation", "least", "most"), [(0.0, 0, 8), (0.9, 30, 60)])
def test_launches_in_a_row_are_alike_where_the_pace_wanders(correlation: float, least: int, most: int) -> None:
    random = np.random.default_rng(38)
    found = [launch_correlation([wandering(random, correlation, 10) for _ in "ab"]) for _ in range(60)]
    assert all(alike is not None and alike.launches == 20 for alike in found)
    clear = sum(alike is not None and alike.is_clear for alike in found)
    assert least <= clear <= most


def test_too_few_launches_say_nothing_of_their_order() -> None:
    random = np.random.default_rng(39)
    assert launch_correlation([wandering(random, 0.9, 3) for _ in "ab"]) is None
    assert launch_correlation([[[Measured("rag", launch, 1, 2.0) for launch in range(1, 6)]]]) is None


def test_the_order_of_launches_by_hand() -> None:
    values = [Measured("rag", launch, 1, float(np.exp(level))) for launch, level in enumerate((0, 0, 1, 1), start=1)]
    alike = launch_correlation([[values]])
    assert alike is not None
    # Deviations -1, -1, 1, 1: the products of neighbours are 1, -1 and 1, over a sum of squares
    # of 4, and 1 / 4 for the bias.
    assert abs(alike.correlation - 0.5) < 1e-9
    # Of the 6 orders of two pairs, the two with equal neighbours have as large a sum.
    assert abs(alike.probability - 2 / 6) < 1e-9


def scaled(arrivals_ns: tuple[int, ...], factor: float) -> tuple[int, ...]:
    return tuple(round(at_ns * factor) for at_ns in arrivals_ns)


def test_a_comparison_without_a_yardstick_says_where_its_promise_does_not_hold() -> None:
    random = np.random.default_rng(40)
    run = Machine(prompts=("rag",), launch_sd=0.001, round_sd=0.001).run(random, 8, 2)
    slow = tuple(
        replace(s, timeline=replace(s.timeline, arrivals_ns=scaled(s.timeline.arrivals_ns, 1 + s.launch / 20)))
        for s in run.samples
    )
    comparison = compare(replace(run, samples=slow), replace(run, samples=slow))
    told = dict(remarks(comparison))["Launches in a row are alike"]
    assert "measure both runs with --yardstick" in told
