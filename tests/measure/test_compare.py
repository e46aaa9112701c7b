"""Two runs side by side: planted changes are found, none is invented, and unlike things are told."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.benchmarks.real_launches import slower
from tests.support.builders import MIB, failed_sample, model, run_record, sample, timeline
from tests.support.command import benchtop
from tests.support.launches import Machine
from tests.support.reports import whole_run
from tui.console import ExitCode
from tui.measure.comparison.compare import compare, compare_all, regressions
from tui.measure.comparison.headline import headline as first_sentence
from tui.measure.comparison.pairs import slowdown
from tui.measure.comparison.power import POWER, launches_needed, smallest_detectable
from tui.measure.comparison.separation import separations
from tui.measure.comparison.wording import Words, basis, differences_text, outcome_words, remarks
from tui.measure.statistics.intervals import Values
from tui.measure.statistics.multiple_comparisons import holm_levels
from tui.measure.statistics.tails import t_quantile
from tui.measure.timing import metrics
from tui.records import FinishReason, Load, Mode, Order, Prompt, RunRecord, RunStatus, SampleKind, ServedBuild, Timeline
from tui.records.comparison import Change, Difference, Outcome, Quantity
from tui.records.engine_traits import ENDPOINT
from tui.records.statistics import Interval
from tui.reports import comparison as comparison_report
from tui.reports import export
from tui.reports.json import json_text
from tui.reports.json.reading import NotARun, read_run
from tui.reports.sections.overview import thread_rows

FAST = Machine(prompts=("rag",))
TELLING = {Outcome.FASTER, Outcome.SLOWER}


def headlines(before: RunRecord, after: RunRecord) -> tuple[Change, Change]:
    ttft, decode = compare(before, after).changes
    assert (ttft.quantity, decode.quantity) == (Quantity.TTFT, Quantity.DECODE)
    return ttft, decode


def test_a_planted_slowdown_is_found_every_time() -> None:
    random = np.random.default_rng(1)
    for _ in range(12):
        before, after = (Machine().run(random, 5, 20, slower=slower) for slower in (1.0, 1.08))
        ttft, decode = headlines(before, after)
        assert ttft.outcome is decode.outcome is Outcome.SLOWER
        assert ttft.interval is not None
        assert decode.interval is not None
        assert ttft.interval.low < 0.08 < ttft.interval.high + 0.02
        assert ttft.interval.high - ttft.interval.low < 0.12
        assert decode.interval.low > 0, "1 - 1 / 1.08 is 7.4 %"


def test_the_same_twice_is_seldom_called_different() -> None:
    random = np.random.default_rng(2)
    alarms = sum(
        any(change.outcome in TELLING for change in headlines(FAST.run(random, 5, 10), FAST.run(random, 5, 10)))
        for _ in range(40)
    )
    assert alarms <= 5


def test_what_became_faster_is_told_the_other_way_round() -> None:
    random = np.random.default_rng(3)
    ttft, decode = headlines(FAST.run(random, 5, 10, slower=1.2), FAST.run(random, 5, 10))
    assert ttft.outcome is decode.outcome is Outcome.FASTER
    assert ttft.slowdown is not None
    assert ttft.interval is not None
    assert ttft.interval.low < ttft.slowdown < ttft.interval.high < 0


def test_the_interval_beside_a_change_is_of_that_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rate cannot fall by more than all of itself, and the change shown lies within its interval."""
    random = np.random.default_rng(4)
    shaky = Machine(launch_sd=0.6)
    files = [tmp_path / name for name in ("before.json", "after.json")]
    for file in files:
        file.write_text(json_text(shaky.run(random, 3, 6)))
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path))
    done = benchtop("compare", *map(str, files))
    assert done.returncode == ExitCode.DONE
    shown = re.findall(r"([+-][\d.]+) % +launches vary too much to tell \[×([\d.]+), ×([\d.]+)\]", done.stdout)
    assert shown, "an interval beyond a factor of 2 is shown as factors, and settles nothing"
    assert done.stdout.count("launches vary too much to tell") == 3
    for figures in shown:
        change, low, high = (float(figure.replace(",", "")) for figure in figures)
        assert 0 < low < 1 + change / 100 < high
    gated = benchtop("compare", *map(str, files), "--fail-over", "5%")
    *_, last = gated.stderr.splitlines()
    assert last.startswith("CANNOT TELL. Launches vary too much to tell: those of "), last
    assert "So even a tenfold slowdown may pass this gate. Measure both runs on a machine that does nothing" in last
    assert last.endswith("The exit code is 0, and proves as little.")
    assert gated.stderr.count("Launches vary too much") == 1
    assert "too few" not in gated.stderr + gated.stdout


@pytest.mark.parametrize("quantity", [Quantity.TTFT, Quantity.DECODE])
@pytest.mark.parametrize(("launch_sd", "launches"), [(0.015, 5), (0.06, 3), (0.18, 8)])
def test_the_smallest_slowdown_and_the_launches_for_one_are_found_nine_times_of_ten(
    quantity: Quantity, launch_sd: float, launches: int
) -> None:
    random = np.random.default_rng(7)

    def share_found(count: int, slowdown: float) -> float:
        """Return how often a two-sided t-test of so many launches a side finds a slowdown."""
        log = math.log1p(slowdown) if quantity is Quantity.TTFT else -math.log1p(-slowdown)
        before = random.normal(0, launch_sd, (20_000, count))
        after = random.normal(log, launch_sd, (20_000, count))
        spread = np.hypot(np.std(before, axis=1, ddof=1), np.std(after, axis=1, ddof=1))
        moved: Values = (np.mean(after, axis=1) - np.mean(before, axis=1)) / spread * math.sqrt(count)
        return np.count_nonzero(moved > t_quantile(0.975, 2 * count - 2)) / 20_000

    change = replace(
        headlines(*(FAST.run(random, launches, 2) for _ in "ab"))[0],
        quantity=quantity,
        interval=Interval(low=-1, high=1, level=0.95),
        log_error=launch_sd * math.sqrt(2 / launches),
        freedom=2 * launches - 2,
    )
    smallest = smallest_detectable(change)
    assert smallest is not None
    assert abs(share_found(launches, smallest) - POWER) < 0.02
    needed = launches_needed(change, smallest / 2)
    assert needed is not None
    assert share_found(needed - 1, smallest / 2) < POWER + 0.01 < share_found(needed, smallest / 2) + 0.03


def test_what_a_comparison_could_have_found_is_what_it_finds() -> None:
    random = np.random.default_rng(8)
    changes = headlines(FAST.run(random, 5, 10), FAST.run(random, 5, 10))
    smallest = max(slowdown for change in changes if (slowdown := smallest_detectable(change)) is not None)
    measured = [headlines(FAST.run(random, 5, 10), FAST.run(random, 5, 10, slower=1 + smallest)) for _ in range(20)]
    for quantity in range(2):
        assert sum(pair[quantity].outcome is Outcome.SLOWER for pair in measured) >= 14


def test_a_noisy_comparison_says_what_it_would_have_missed_and_what_it_takes() -> None:
    random = np.random.default_rng(9)
    shaky = Machine(launch_sd=0.1, prompts=("rag",))
    sentences = basis([compare(shaky.run(random, 5, 10), shaky.run(random, 5, 10))], sought=0.08)
    match = re.fullmatch(
        r"A slowdown of ([\d.]+) % in TTFT and ([\d.]+) % in decode rate or more would be found nine times out of ten"
        r"\. To find 8\.0 %, measure both runs on a machine that does nothing else; as it is, that takes about (\d+) "
        r"launches per run\.",
        sentences[1],
    )
    assert match
    assert 15 < float(match[1]) < 60
    assert 20 < int(match[3]) < 120
    (_, calm) = basis([compare(FAST.run(random, 5, 10), FAST.run(random, 5, 10))], sought=0.3)
    assert calm.endswith("decode rate or more would be found nine times out of ten."), calm
    assert basis([compare(FAST.run(random, 1, 5), FAST.run(random, 1, 5))]) == []
    (*_, unequal) = basis([compare(FAST.run(random, 2, 4), FAST.run(random, 6, 4))])
    assert unequal.startswith("2 launches against 6 are less sure than these intervals promise")
    assert len(basis([compare(FAST.run(random, 2, 4), FAST.run(random, 5, 4))])) == 2
    (_, hopeless) = basis([compare(shaky.run(random, 2, 5), shaky.run(random, 2, 5))], sought=0.0001)
    assert "a machine that does nothing else; as it is, that takes more than 1,000 launches" in hopeless


def took_turns(run: RunRecord) -> RunRecord:
    return replace(run, plan=replace(run.plan, method=replace(run.plan.method, order=Order.INTERLEAVED)))


def test_relative_to_a_model_that_took_turns_a_slowdown_is_found_on_a_machine_that_changes_its_pace() -> None:
    random = np.random.default_rng(10)
    shared = Machine(prompts=("rag",), drift_sd=0.15)
    plainly = surely = 0
    for _ in range(10):
        before, after = (
            took_turns(shared.run(random, 5, 20, slower=slower, keys=("tiny", "big"))) for slower in (1.0, 1.08)
        )
        plainly += any(change.outcome is Outcome.SLOWER for change in compare(before, after).changes)
        comparison = compare(before, after, relative_to="big")
        assert [change.key for change in comparison.changes] == ["tiny", "tiny"]
        assert comparison.relative_to == "big"
        surely += all(change.outcome is Outcome.SLOWER for change in comparison.changes)
        (ttft, _) = comparison.changes
        assert ttft.slowdown is not None
        assert abs(ttft.slowdown - 0.08) < 0.05
        assert abs(ttft.before / compare(before, before).changes[0].before - 1) < 0.3, "still a time in ms"
    assert plainly <= 2, "8 % are less than the pace of this machine wanders"
    assert surely == 10


def test_relative_to_a_model_the_same_twice_is_seldom_called_different() -> None:
    random = np.random.default_rng(11)
    shared = Machine(prompts=("rag",), drift_sd=0.15)
    alarms = 0
    for _ in range(40):
        before, after = (took_turns(shared.run(random, 5, 8, keys=("tiny", "big"))) for _ in "ab")
        alarms += any(change.outcome in TELLING for change in compare(before, after, relative_to="big").changes)
    assert alarms <= 5


def test_relative_to_a_model_only_what_it_does_not_share_counts_by_hand() -> None:
    before = took_turns(run_record(model("tiny"), model("big"), rounds=3))
    both = slower(slower(before, "tiny", 2), "big", 2)
    assert [round(change.slowdown or 0, 6) for change in compare(before, both).changes] == [1, 0.5, 1, 0.5]
    assert [round(change.slowdown or 0, 6) for change in compare(before, both, relative_to="big").changes] == [0, 0]
    more = compare(before, slower(both, "tiny", 1.25), relative_to="big").changes
    assert [round(change.slowdown or 0, 6) for change in more] == [0.25, 0.2]
    lost = replace(
        both, samples=tuple(sample for sample in both.samples if not (sample.key == "big" and sample.round == 2))
    )
    assert round(compare(before, lost, relative_to="big").changes[0].slowdown or 0, 6) == 0


def in_blocks(run: RunRecord) -> RunRecord:
    return replace(run, plan=replace(run.plan, method=replace(run.plan.method, order=Order.BLOCKS)))


def at_levels(run: RunRecord) -> RunRecord:
    return replace(run, plan=replace(run.plan, method=replace(run.plan.method, concurrency=(1, 4))))


def without_big(run: RunRecord) -> RunRecord:
    return replace(run, samples=tuple(sample for sample in run.samples if sample.key != "big"))


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (in_blocks, "its models did not take turns"),
        (at_levels, "several requests were in flight"),
        (without_big, "it has no measured round of that model"),
    ],
)
def test_what_is_no_reference_is_refused(
    spoil: Callable[[RunRecord], RunRecord], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path))
    good = took_turns(run_record(model("tiny"), model("big"), run_id="one"))
    files = [tmp_path / "one.json", tmp_path / "two.json"]
    for file, run in zip(files, (good, spoil(replace(good, run_id="two"))), strict=True):
        file.write_text(json_text(run))
    done = benchtop("compare", *map(str, files), "--relative-to", "big", "--anyway")
    assert done.returncode == ExitCode.USAGE
    assert f"two cannot be compared relative to big: {why}" in done.stderr
    same = benchtop("compare", str(files[0]), str(files[0]), "--relative-to", "big")
    assert same.returncode == ExitCode.DONE
    assert "Round by round relative to: big." in same.stderr
    assert "big " not in same.stdout


def test_a_time_that_grows_and_a_rate_that_falls_are_slowdowns() -> None:
    assert math.isclose(slowdown(Quantity.TTFT, 1.25), 0.25)
    assert math.isclose(slowdown(Quantity.DECODE, 0.8), 0.2)


@pytest.mark.parametrize("launches", [(1, 5), (5, 1), (1, 1)])
def test_one_launch_a_side_can_tell_nothing(launches: tuple[int, int]) -> None:
    random = np.random.default_rng(4)
    before, after = (FAST.run(random, count, 20, slower=slower) for count, slower in zip(launches, (1, 3), strict=True))
    comparison = compare(before, after)
    for change in comparison.changes:
        assert (change.outcome, change.interval) == (Outcome.CANNOT_TELL, None)
        assert (change.launches_before, change.launches_after) == launches
        assert change.slowdown is not None
    assert regressions(comparison, 0.05) == ()


def test_a_regression_is_one_when_the_near_bound_passes_the_limit() -> None:
    random = np.random.default_rng(5)
    comparison = compare(FAST.run(random, 5, 10), FAST.run(random, 5, 10, slower=1.3))
    near_bounds = [change.interval.low for change in comparison.changes if change.interval]
    limit = sum(near_bounds) / 2
    assert limit < 0.3
    assert regressions(comparison, min(near_bounds) - 1e-9) == comparison.changes
    assert len(regressions(comparison, limit)) == 1
    assert regressions(comparison, max(near_bounds)) == ()
    assert regressions(compare(FAST.run(random, 5, 10, slower=1.3), FAST.run(random, 5, 10)), 0.0) == ()


def test_a_model_that_fails_now_is_a_regression() -> None:
    random = np.random.default_rng(6)
    before = FAST.run(random, 2, 5, keys=("tiny", "big"))
    of_tiny = tuple(sample for sample in before.samples if sample.key == "tiny")
    comparison = compare(before, replace(before, samples=(*of_tiny, failed_sample("big"))))
    assert [change.outcome for change in comparison.changes[2:]] == [Outcome.GONE] * 2
    assert comparison.changes[2].after is None
    assert regressions(comparison, 0.05) == comparison.changes[2:]
    assert "Fails" not in first_sentence(comparison), "it is told as not measured"
    some = compare(before, replace(before, samples=(*before.samples, failed_sample("big"))))
    assert re.match(r"Fails more often in B: big \(1 of \d+ requests\)\. The rest: \d numbers", first_sentence(some))
    assert first_sentence(compare(before, before)).startswith("Nothing has surely changed")
    assert [change.key for change in compare(before, replace(before, samples=of_tiny)).changes].count("big") == 2
    stopped = compare(before, replace(before, samples=of_tiny, status=RunStatus.STOPPED))
    assert {change.key for change in stopped.changes} == {"tiny"}
    assert stopped.only_before == ("big",)


def test_prompts_are_compared_as_a_family_of_their_own() -> None:
    random = np.random.default_rng(7)
    comparison = compare(Machine().run(random, 4, 5), Machine().run(random, 4, 5))
    assert [(change.quantity, change.prompt_id) for change in comparison.by_prompt] == [
        (quantity, prompt) for quantity in (Quantity.TTFT, Quantity.DECODE) for prompt in ("rag", "privacy", "long")
    ]
    assert all(
        change.interval is not None and change.interval.level >= 1 - 0.05 / 6 for change in comparison.by_prompt[:1]
    )
    assert {change.prompt_id for change in comparison.changes} == {None}


def test_several_runs_are_corrected_together() -> None:
    random = np.random.default_rng(11)
    before, same, slower = FAST.run(random, 5, 8), FAST.run(random, 5, 8), FAST.run(random, 5, 8, slower=1.3)
    alone = compare(before, slower)
    first, second = compare_all(before, (same, slower))
    assert (first.after_id, [change.outcome for change in second.changes]) == (same.run_id, [Outcome.SLOWER] * 2)
    for change, by_itself in zip(second.changes, alone.changes, strict=True):
        assert change.slowdown == by_itself.slowdown
        assert change.interval is not None
        assert by_itself.interval is not None
        assert change.interval.level > by_itself.interval.level
    levels = [
        1 - change.interval.level for comparison in (first, second) for change in comparison.changes if change.interval
    ]
    assert math.isclose(min(levels), 0.05 / 4)
    assert compare_all(before, ()) == ()


def test_e2e_and_peak_memory_have_a_verdict_of_their_own() -> None:
    random = np.random.default_rng(4)
    before, slow = FAST.run(random, 5, 10), FAST.run(random, 5, 10, slower=1.2)
    grown = replace(
        slow,
        samples=tuple(
            replace(sample, peak_rss_bytes=(120 + sample.launch) * MIB) if sample.key == "tiny" else sample
            for sample in slow.samples
        ),
    )
    e2e, memory = (change for change in compare(before, grown).further if change.key == "tiny")
    assert (e2e.quantity, e2e.outcome) == (Quantity.E2E, Outcome.SLOWER)
    assert (memory.quantity, memory.outcome, memory.before) == (Quantity.MEMORY, Outcome.MORE, 100 * MIB)
    assert memory.slowdown is not None
    assert math.isclose(memory.slowdown, 0.23, abs_tol=0.01)
    assert outcome_words(memory).startswith("more by 23.0 % [")
    (turned,) = (change for change in compare(grown, before).further if change.outcome is Outcome.LESS)
    assert outcome_words(turned).startswith("less by 18.7 % [")
    once = FAST.run(random, 1, 5)
    assert all(change.outcome is Outcome.CANNOT_TELL for change in compare(once, once).further)
    assert '"further"' in comparison_report.json_text([compare(before, grown)])
    assert "| more by 23.0 %" in comparison_report.markdown([before, grown], [compare(before, grown)])


def test_e2e_and_memory_stand_beside_the_changes() -> None:
    run = run_record(model("tiny"), model("big"))
    larger = tuple(replace(sample, peak_rss_bytes=200 * MIB) for sample in run.samples if sample.key == "tiny")
    tiny, big = compare(run, replace(run, samples=(*larger, failed_sample("big")))).beside
    assert (tiny.key, tiny.peak_rss_before_bytes, tiny.peak_rss_after_bytes) == ("tiny", 100 * MIB, 200 * MIB)
    assert tiny.e2e_before_ms == tiny.e2e_after_ms == 600
    assert (big.e2e_before_ms, big.e2e_after_ms, big.peak_rss_after_bytes) == (1200, None, None)


def test_the_words_of_a_verdict() -> None:
    interval = Interval(low=0.05, high=0.11)
    change = Change(
        key="tiny",
        prompt_id=None,
        quantity=Quantity.DECODE,
        before=50.0,
        after=46.0,
        slowdown=0.08,
        interval=interval,
        outcome=Outcome.SLOWER,
        launches_before=5,
        launches_after=5,
    )
    assert [outcome_words(change, words) for words in Words] == [
        "slower by 8.0 % [5.0, 11.0]",
        "slower 8.0 % [5.0, 11.0]",
        "slower 8.0 %",
    ]
    faster = replace(change, slowdown=-0.08, interval=replace(interval, low=-0.11, high=-0.05), outcome=Outcome.FASTER)
    assert outcome_words(faster) == "faster by 8.0 % [5.0, 11.0]"
    same = replace(change, slowdown=0.01, interval=replace(interval, low=-0.02), outcome=Outcome.NO_DIFFERENCE)
    assert outcome_words(same) == "no measurable difference [-11.0, 2.0]"
    assert outcome_words(same, Words.BRIEF, as_slowdown=True) == "no difference [-2.0, 11.0]"
    assert outcome_words(same, Words.SHORT) == "no difference"
    wide = replace(same, interval=replace(interval, low=-1.2, high=0.83))
    for as_slowdown in (False, True):
        words = outcome_words(wide, Words.BRIEF, as_slowdown=as_slowdown)
        assert words == "launches vary too much [×0.17, ×2.2]", "the rate is 0.17 to 2.2 times what it was"
    small = replace(change, slowdown=0.004, interval=replace(interval, low=0.003, high=0.005), outcome=Outcome.MORE)
    assert [outcome_words(small, words) for words in Words] == [
        "more by 0.4 % [0.3, 0.5], certain but small",
        "more 0.4 % [0.3, 0.5] (small)",
        "more 0.4 % (small)",
    ]
    run = FAST.run(np.random.default_rng(1), 2, 3)
    compared = compare(run, run)
    assert first_sentence(replace(compared, changes=(small,), further=(), quality=())) == (
        "Nothing has surely changed from A to B: 1 number with a difference of less than 1.0 %."
    )
    untold = replace(change, interval=None, outcome=Outcome.CANNOT_TELL)
    assert [outcome_words(untold, words) for words in Words] == [
        "too few launches to tell",
        "too few launches",
        "too few launches",
    ]
    absurd = replace(change, interval=replace(interval, low=-71_486.0, high=0.99), outcome=Outcome.NO_DIFFERENCE)
    assert [outcome_words(absurd, words) for words in Words] == [
        "launches vary too much to tell",
        "launches vary too much",
        "launches vary too much",
    ]
    of_two = replace(absurd, launches_after=2)
    assert [outcome_words(of_two, words) for words in Words] == [outcome_words(untold, words) for words in Words]
    assert differences_text(
        [
            Difference(what="mode", before="side_by_side", after="one_by_one"),
            Difference(what="max_tokens of prompt rag", before="1024", after="-"),
        ]
    ) == ("mode side by side -> one by one; max tokens of prompt rag 1024 -> -")


def test_cold_samples_and_warm_ups_are_not_compared() -> None:
    random = np.random.default_rng(8)
    run = FAST.run(random, 2, 5)
    cold = replace(sample(times=timeline(ttft_ms=9000)), kind=SampleKind.COLD)
    assert compare(run, replace(run, samples=(cold, *run.samples))).changes == compare(run, run).changes


def test_holms_levels_by_hand() -> None:
    # alpha / 4, / 3, / 2 for 0.001, 0.012, 0.026: the third passes 0.025, and the fourth keeps its level.
    levels = holm_levels([0.026, 0.001, 0.2, 0.012])
    assert [round(1 - level, 6) for level in levels] == [0.025, 0.0125, 0.025, 0.016667]
    assert holm_levels([]) == []
    assert [round(level, 6) for level in holm_levels([0.5])] == [0.95]


def test_holm_rejects_in_the_order_of_the_probabilities() -> None:
    random = np.random.default_rng(9)
    for _ in range(200):
        probabilities = list(random.beta(0.3, 2, size=random.integers(1, 9)))
        rejected = [
            probability < 1 - level
            for probability, level in zip(probabilities, holm_levels(probabilities), strict=True)
        ]
        ranked = [rejected[index] for index in np.argsort(probabilities)]
        assert ranked == sorted(ranked, reverse=True)
        assert all(
            is_rejected or probability >= 0.05 / len(probabilities)
            for is_rejected, probability in zip(rejected, probabilities, strict=True)
        )
        assert not any(
            is_rejected and probability >= 0.05
            for is_rejected, probability in zip(rejected, probabilities, strict=True)
        )


def test_the_models_of_a_run_are_told_apart_where_they_can_be() -> None:
    random = np.random.default_rng(10)
    # One start differs from the next by more than its rounds can show, so here no start moves anything.
    run = Machine(prompts=("rag",), launch_sd=0.0).run(random, 1, 30, slower=1.3, keys=("slow", "one", "two"))
    pairs = separations(run, ("slow", "one", "two"))
    assert [pair.quantity for pair in pairs] == [Quantity.TTFT] * 2 + [Quantity.DECODE] * 2
    assert [(pair.told_apart, pair.worse) for pair in pairs if pair.worse == "slow"] == [(True, "slow")] * 2
    assert {pair.told_apart for pair in pairs if pair.worse != "slow"} == {False}
    assert {pair.launches for pair in pairs} == {1}
    assert all(pair.interval.low < pair.slowdown < pair.interval.high for pair in pairs)
    assert separations(run_record(model(), rounds=1), ("tiny",)) == ()


def without_model(run: RunRecord) -> RunRecord:
    return replace(run, plan=replace(run.plan, models=(*run.plan.models, model("new"))))


RUN = run_record(model("tiny"))
OTHER_TEXT = (Prompt(id="rag", text="Another text."), RUN.plan.prompts[1])
LIMITED = (replace(RUN.plan.prompts[0], max_tokens=20), RUN.plan.prompts[1])


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (
            replace(RUN, plan=replace(RUN.plan, method=replace(RUN.plan.method, mode=Mode.SIDE_BY_SIDE))),
            "mode one_by_one -> side_by_side",
        ),
        (
            replace(RUN, plan=replace(RUN.plan, method=replace(RUN.plan.method, order=Order.INTERLEAVED))),
            "order blocks -> interleaved",
        ),
        (replace(RUN, plan=replace(RUN.plan, method=replace(RUN.plan.method, max_tokens=20))), "max_tokens 150 -> 20"),
        (
            replace(RUN, plan=replace(RUN.plan, method=replace(RUN.plan.method, temperature=0.7))),
            "temperature 0 -> 0.7",
        ),
        (
            replace(RUN, plan=replace(RUN.plan, method=replace(RUN.plan.method, concurrency=(1, 4)))),
            "concurrency 1 -> 1, 4",
        ),
        (replace(RUN, plan=replace(RUN.plan, prompts=RUN.plan.prompts[:1])), "prompts privacy, rag -> rag"),
        (
            replace(RUN, plan=replace(RUN.plan, prompts=OTHER_TEXT)),
            "text of prompt rag Summarize retrieval augmented generation. -> Another text.",
        ),
        (replace(RUN, plan=replace(RUN.plan, prompts=LIMITED)), "max_tokens of prompt rag - -> 20"),
        (
            replace(RUN, samples=tuple(replace(sample, context_tokens=512) for sample in RUN.samples)),
            "tiny: context 2,048 -> 512",
        ),
        (
            replace(RUN, samples=tuple(replace(sample, execution_provider="CUDA") for sample in RUN.samples)),
            "tiny: execution provider CPUExecutionProvider -> CUDA",
        ),
        (
            replace(RUN, samples=tuple(replace(sample, model_id="tiny:2") for sample in RUN.samples)),
            "tiny: model id tiny:1 -> tiny:2",
        ),
    ],
)
def test_what_makes_runs_unlike_is_named(other: RunRecord, what: str) -> None:
    comparison = compare(RUN, other)
    assert [f"{difference.what} {difference.before} -> {difference.after}" for difference in comparison.unlike] == [
        what
    ]
    assert comparison.environment == ()


def test_more_rounds_another_day_or_another_machine_are_no_reason_to_refuse() -> None:
    environment = replace(RUN.environment, runtime="onnxruntime 1.32.0", ram_bytes=1 << 34, on_battery=None)
    other = replace(
        RUN,
        started_at="2027-01-01T00:00:00+00:00",
        plan=replace(RUN.plan, method=replace(RUN.plan.method, rounds=9, warmup=2)),
    )
    comparison = compare(RUN, replace(without_model(other), environment=environment))
    assert comparison.unlike == ()
    assert [(difference.what, difference.before, difference.after) for difference in comparison.environment] == [
        ("memory", "8.00 GiB", "16.0 GiB"),
        ("runtime", "onnxruntime 1.31.0", "onnxruntime 1.32.0"),
        ("on battery", "False", "-"),
    ]
    assert (comparison.only_before, comparison.only_after) == ((), ("new",))


def exported(run: RunRecord, path: Path) -> Path:
    export.write(path, json_text(run))
    return path


def test_an_exported_run_compares_as_the_one_in_the_history(tmp_path: Path) -> None:
    random = np.random.default_rng(11)
    before, after = Machine().run(random, 3, 4), Machine().run(random, 3, 4, slower=1.1)
    read = read_run(exported(after, tmp_path / "after.json"))
    assert compare(before, read) == compare(before, after)
    whole = whole_run()
    again = read_run(exported(whole, tmp_path / "whole.json"))
    assert again.samples == whole.samples
    assert [model.key for model in again.plan.models] == [model.key for model in whole.plan.models]
    assert compare(whole, again).unlike == ()
    assert compare(whole, again).environment == ()


def test_what_servers_report_of_themselves_is_around_a_comparison_and_survives_an_export(tmp_path: Path) -> None:
    def run(served: ServedBuild | None) -> RunRecord:
        model = replace(RUN.plan.models[0], engine=ENDPOINT, size_bytes=7, served=served)
        return replace(RUN, plan=replace(RUN.plan, models=(model, *RUN.plan.models[1:])))

    first = ServedBuild(software="llama.cpp b1", quantization="Q4_1", parameters=9, weights="8a2f")
    before, after = (
        run(first),
        run(ServedBuild(software="llama.cpp b2", quantization="Q8_0", threads=2, weights="c8de")),
    )
    again = read_run(exported(before, tmp_path / "before.json"))
    assert (again.plan.models[0].served, again.plan.models[0].size_bytes) == (first, 7)
    key = RUN.plan.models[0].key
    assert [(each.what, each.before, each.after) for each in compare(again, after).environment] == [
        (f"{key}: server", "llama.cpp b1", "llama.cpp b2"),
        (f"{key}: quantization", "Q4_1", "Q8_0"),
        (f"{key}: weights", "8a2f", "c8de"),
    ]
    assert compare(before, run(None)).environment == ()


def test_the_threads_of_local_models_are_around_a_comparison_and_in_the_report() -> None:
    tiny = RUN.plan.models[0]
    one, two, unknown = (
        replace(RUN, loads=(Load(key=tiny.key, load_ns=1, threads=threads),)) for threads in (1, 2, None)
    )
    assert [(each.what, each.before, each.after) for each in compare(one, two).environment] == [
        (f"{tiny.key}: threads", "1", "2")
    ]
    assert compare(one, unknown).environment == ()
    assert thread_rows(two) == (("Processor threads of local models", f"2 ({tiny.key})"),)
    assert thread_rows(unknown) == ()
    both = replace(two, plan=replace(two.plan, models=(tiny, replace(tiny, alias="big"))))
    both = replace(both, loads=(*both.loads, Load(key="big", load_ns=1)))
    assert thread_rows(both) == (("Processor threads of local models", f"2 ({tiny.key}), - (big)"),)


def test_the_rate_of_pieces_that_hold_several_tokens_is_read_back(tmp_path: Path) -> None:
    pieces = Timeline(
        arrivals_ns=(100_000_000, 200_000_000, 300_000_000),
        end_ns=310_000_000,
        output_tokens=12,
        finish_reason=FinishReason.LENGTH,
        one_token_first=False,
    )
    several = replace(RUN, samples=(sample(times=pieces, flags=metrics.flags(pieces)),))
    (read,) = read_run(exported(several, tmp_path / "run.json")).samples
    assert read.timeline == pieces


def test_the_key_of_a_limited_variant_is_read_back(tmp_path: Path) -> None:
    chosen = (
        replace(model("qwen+", variant="cpu+x"), context_limit_tokens=512),
        replace(model("phi"), context_limit_tokens=64),
        model("tiny", variant="gpu"),
    )
    read = read_run(exported(run_record(*chosen), tmp_path / "run.json"))
    assert [model.key for model in read.plan.models] == ["qwen+@cpu+x+512", "phi+64", "tiny@gpu"]
    assert [model.context_limit_tokens for model in read.plan.models] == [512, 64, None]


def test_an_older_export_without_what_was_added_later_is_read(tmp_path: Path) -> None:
    document: dict[str, Any] = json.loads(json_text(RUN))
    for row in document["models"]:
        del row["distributions"], row["context"]
    for prompt in document["run"]["prompts"]:
        del prompt["system"], prompt["max_tokens"]
    document["run"]["added_later"] = 1
    path = tmp_path / "old.json"
    path.write_text(json.dumps(document))
    assert read_run(path).samples == RUN.samples


def damaged(change: Callable[[dict[str, Any]], object]) -> str:
    document: dict[str, Any] = json.loads(json_text(RUN))
    change(document)
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[1, 2]", "is not a run that Benchtop exported; name a file that --json or --deterministic-json has written."),
        (
            '{"results": []}',
            "is not a run that Benchtop exported; name a file that --json or --deterministic-json has written.",
        ),
        ("nothing", "line 1, column 1: this is not JSON (expecting value); correct it there."),
        (
            damaged(lambda run: run.update(schema=2)),
            "has schema 2, but this Benchtop reads 1; use the one that wrote it.",
        ),
        (
            damaged(lambda run: run["samples"][3].update(round="four")),
            "is damaged (expected `int`, got `str` - at `$.samples[3].round`); export the run again from its history.",
        ),
        (
            damaged(lambda run: run["run"].update(mode="sideways")),
            "is damaged (invalid enum value 'sideways' - at `$.run.mode`); export the run again from its history.",
        ),
        (
            damaged(lambda run: run["models"][0].update(alias="other")),
            "is damaged (the model 'tiny' has the alias 'other'); export the run again from its history.",
        ),
        (
            damaged(lambda run: run["samples"][0].pop("ttft_ms")),
            "is damaged (object missing required field `ttft_ms` - at `$.samples[0]`); export the run again",
        ),
    ],
)
def test_a_file_that_is_not_ours_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(text)
    with pytest.raises(NotARun) as refused:
        read_run(path)
    assert str(refused.value).startswith(str(path))
    assert sentence in str(refused.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NotARun, match="there is no such file; correct the path"):
        read_run(tmp_path / "gone.json")


def test_other_answers_to_the_same_questions_are_told() -> None:
    before = run_record()
    after = replace(before, samples=tuple(replace(each, text=f"{each.text} Anew.") for each in before.samples))
    (changed,) = compare(before, after).answers
    assert (changed.key, changed.changed, changed.prompts) == (
        "tiny",
        len(before.plan.prompts),
        len(before.plan.prompts),
    )
    told = dict(remarks(compare(before, after)))["Other answers in B"]
    assert told.startswith(
        f"tiny to {changed.changed} of {changed.prompts} prompts; the same questions at temperature 0"
    )
    assert compare(before, before).answers == ()
    warm = replace(after, plan=replace(after.plan, method=replace(after.plan.method, temperature=1.0)))
    assert compare(before, warm).answers == (), "sampled answers may be others each time"
    one = replace(after.samples[0], text="Once.")
    assert compare(before, replace(after, samples=(one, *after.samples[1:]))).answers[0].prompts < changed.prompts
