"""Repetitions -> what is known of a number: against SciPy 1.17.1 (each call named), by hand, and by properties."""

from __future__ import annotations

import math
import weakref
from dataclasses import replace

import numpy as np
import pytest

from tests.support.builders import model, run_record, sample, timeline
from tests.support.launches import Machine
from tui.measure.once import once_per_run
from tui.measure.statistics.distribution import distribution
from tui.measure.statistics.drift import RELEVANT, drift, thinned
from tui.measure.statistics.intervals import (
    Measured,
    estimate,
    headline,
    headline_interval,
    launch_logs,
    percentile,
    percentile_needs,
    ratio,
)
from tui.measure.statistics.outliers import modified_z_scores, outliers, without_outliers
from tui.measure.statistics.tails import binomial_cdf, t_quantile, t_two_sided
from tui.measure.timing.summary import rounds_of, summarize, summarize_fully
from tui.records import RunRecord, SampleKind, Timeline
from tui.records.statistics import Distribution, Interval

RISING = (10.0, 10.4, 10.1, 10.9, 10.6, 11.2, 11.0, 11.5, 11.1, 11.9, 11.6, 12.3)


def near(value: float | None, expected: float, tolerance: float = 1e-9) -> bool:
    return value is not None and math.isclose(value, expected, rel_tol=tolerance, abs_tol=1e-15)


def rounds(*values: float, prompt: str = "rag", launch: int = 1) -> list[Measured]:
    return [Measured(prompt, launch, number, value) for number, value in enumerate(values, start=1)]


def distribution_of(measured: list[Measured]) -> Distribution:
    result = distribution(measured)
    assert result is not None
    return result


def interval_of(measured: list[Measured]) -> Interval:
    result = estimate(measured)
    assert result is not None
    return headline_interval(result)


@pytest.mark.parametrize(
    ("freedom", "at_975", "at_995", "beyond_2_5"),
    [
        # scipy.stats.t.ppf(0.975, freedom), t.ppf(0.995, freedom), 2 * t.sf(2.5, freedom)
        (1, 12.706204736174694, 63.656741162871526, 0.24223788318168682),
        (2, 4.302652729749462, 9.924843200918287, 0.12961172022151082),
        (4, 2.7764451051977934, 4.604094871349992, 0.06676654481198814),
        (4.5, 2.6589123472044034, 4.272823993011293, 0.059905686502200545),
        (30, 2.0422724563012378, 2.7499956535672254, 0.01811564906806669),
        (400, 1.9659123432294627, 2.5881760800347395, 0.012818866763431584),
        (2500, 1.960913344795567, 2.5775, 0.01248),
    ],
)
def test_students_t(freedom: float, at_975: float, at_995: float, beyond_2_5: float) -> None:
    tolerance = 1e-3 if freedom > 2000 else 1e-5
    assert near(t_quantile(0.975, freedom), at_975, tolerance)
    assert near(t_quantile(0.995, freedom), at_995, tolerance)
    assert near(t_two_sided(-2.5, freedom), beyond_2_5, 6e-3 if freedom > 2000 else 1e-5)


def test_the_binomial() -> None:
    # scipy.stats.binom.cdf([0, 3, 10, 19, 20], 20, 0.9), binom.cdf([180, 190, 200], 200, 0.95)
    assert np.allclose(
        binomial_cdf(20, 0.9)[[0, 3, 10, 19, 20]], [1e-20, 8.46631e-15, 7.15090402e-06, 0.878423345, 1.0], rtol=1e-8
    )
    assert np.allclose(binomial_cdf(200, 0.95)[[180, 190, 200]], [0.00266458, 0.54529019, 1.0], rtol=1e-5)


def test_a_percentile_has_an_interval_from_so_many_rounds_on() -> None:
    assert [percentile_needs(percent) for percent in (50, 90, 95, 99)] == [6, 36, 72, 368]
    for percent in (50, 90, 95, 99):
        needs, share = percentile_needs(percent), percent / 100
        # By hand: the chance that all n lie on one side of it must not pass 2.5 %.
        assert share**needs <= 0.025 < share ** (needs - 1)
        values = list(np.arange(1.0, needs + 1))
        assert percentile(values[:-1], percent).interval is None
        assert percentile(values, percent).interval is not None
        assert percentile(values, percent).needs == needs


@pytest.mark.parametrize(
    ("count", "percent", "low", "high"),
    [
        # Ranks: scipy.stats.binom.ppf(0.025, n, p) and binom.ppf(0.975, n, p) + 1.
        (6, 50, 1, 6),
        (20, 50, 6, 15),
        (100, 50, 40, 61),
        (36, 90, 29, 36),
        (100, 90, 84, 96),
        (72, 95, 64, 72),
        (400, 95, 371, 389),
        (500, 99, 490, 500),
    ],
)
def test_percentile_intervals_are_order_statistics(count: int, percent: float, low: float, high: float) -> None:
    result = percentile(list(np.arange(1.0, count + 1)), percent)
    assert result.interval == Interval(low=low, high=high)


def test_the_descriptive_numbers_by_hand() -> None:
    # Within rag 9, 10, 11 (sum of squares 2), within long 98, 102 (8): sd = sqrt(10 / (5 - 2)).
    result = distribution_of([*rounds(9, 10, 11), *rounds(98, 102, prompt="long")])
    assert (result.count, result.launches, result.within_one_launch) == (5, 1, True)
    assert near(result.headline, 55)
    assert near(result.mean, 55), "the prompts' means, 10 and 100; over all rounds it is 46"
    assert near(result.median, 11)
    assert near(result.sd, math.sqrt(10 / 3))
    assert near(result.cv, math.sqrt(10 / 3) / 55)
    assert (result.minimum, result.maximum) == (9, 102)
    assert [percentile.percent for percentile in result.percentiles] == [50, 90, 95, 99]
    assert near(result.percentiles[1].value, 100.4)
    # numpy.std(RISING, ddof=1), scipy.stats.variation(RISING, ddof=1)
    assert near(distribution_of(rounds(*RISING)).sd, 0.7051756712144339)
    assert near(distribution_of(rounds(*RISING)).cv, 0.06381680282483565)


def test_what_was_measured_once_has_no_spread() -> None:
    result = distribution_of([*rounds(9), *rounds(100, prompt="long")])
    assert (result.sd, result.cv, result.interval, result.drift) == (None, None, None, None)
    assert not result.outliers_judged
    assert distribution([]) is None


def test_equal_rounds_leave_no_doubt() -> None:
    result = interval_of(rounds(5, 5, 5))
    assert near(result.low, 5)
    assert near(result.high, 5)


def covered(machine: Machine, launches: int, rounds_each: int, tries: int = 150) -> float:
    random = np.random.default_rng(20261122)
    true = float(np.mean([120.0, 180.0, 400.0][: len(machine.prompts)]))
    intervals = [interval_of(machine.measured(random, launches, rounds_each)) for _ in range(tries)]
    return sum(interval.low <= true <= interval.high for interval in intervals) / tries


@pytest.mark.parametrize(
    ("machine", "launches", "rounds_each"),
    [
        (Machine(launch_sd=0.0, prompts=("rag",)), 1, 20),
        (Machine(launch_sd=0.0, round_sd=0.5, prompts=("rag", "privacy")), 1, 10),
        (Machine(), 5, 6),
        (Machine(launch_sd=0.2, round_sd=0.3, prompts=("rag",)), 5, 10),
        (Machine(launch_sd=0.05, prompts=("rag",)), 3, 5),
    ],
    ids=["rounds", "log-normal rounds", "launches", "log-normal launches", "three launches"],
)
def test_a_95_percent_interval_holds_the_truth_about_so_often(
    machine: Machine, launches: int, rounds_each: int
) -> None:
    assert 0.91 <= covered(machine, launches, rounds_each) <= 0.99


def test_rounds_alone_would_miss_the_truth_where_launches_differ() -> None:
    random = np.random.default_rng(1)
    machine = Machine(launch_sd=0.03, prompts=("rag",))
    as_one = [[replace(row, launch=1) for row in machine.measured(random, 5, 20)] for _ in range(60)]
    missed = sum(not (interval := interval_of(measured)).low <= 120 <= interval.high for measured in as_one)
    assert missed > 20, "or this test and the launches of the others prove nothing"


def test_two_launches_without_noise_differ_by_hand() -> None:
    # Of two values the standard error is half of their distance; t with one degree of freedom is 12.7.
    result = estimate([*rounds(*[100.0] * 4), *rounds(*[102.0] * 4, launch=2)])
    assert result is not None
    assert near(result.log_error, math.log(1.02) / 2)
    assert (result.freedom, result.launches) == (1, 2)
    assert near(headline_interval(result).high, math.sqrt(100 * 102) * 1.02 ** (12.706 / 2), 1e-4)


def test_two_runs_are_compared_by_welchs_t_on_the_logarithms_of_their_launches() -> None:
    # scipy.stats.ttest_ind(numpy.log([100, 103, 98]), numpy.log([110, 121, 115, 108]), equal_var=False)
    first = [row for launch, value in enumerate((100.0, 103.0, 98.0), 1) for row in rounds(value, value, launch=launch)]
    second = [
        row for launch, value in enumerate((110.0, 121.0, 115.0, 108.0), 1) for row in rounds(value, launch=launch)
    ]
    before, after = estimate(first), estimate(second)
    assert before is not None
    assert after is not None
    compared = ratio(before, after)
    assert near(compared.probability, 0.010432761087868775, 1e-4)
    assert near(compared.freedom, 4.546209636850443, 1e-6)
    # The same, .confidence_interval(0.95)
    assert near(compared.interval().low, math.exp(0.04522946270963145), 1e-4)
    assert near(compared.interval().high, math.exp(0.19985990213648108), 1e-4)


def test_a_prompt_that_a_launch_lacks_costs_no_interval() -> None:
    machine = Machine(prompts=("rag", "long"))
    whole = machine.measured(np.random.default_rng(4), 3, 5)
    stopped = [row for row in whole if (row.launch, row.prompt_id) != (3, "long")]
    interval = interval_of(stopped)
    assert interval.low < headline(stopped) < interval.high
    assert interval.high / interval.low < 1.3, "a launch without the long prompt must not count as a fast one"


def test_numbers_of_any_scale_are_told_alike() -> None:
    random = np.random.default_rng(5)
    for _ in range(10):
        measured = Machine().measured(random, 2, 12)
        large = [replace(row, value=row.value * 1000) for row in measured]
        small, big = distribution_of(measured), distribution_of(large)
        assert small.interval is not None
        assert big.interval is not None
        assert small.drift is not None
        assert big.drift is not None
        for value, other in (
            (small.headline, big.headline),
            (small.interval.low, big.interval.low),
            (small.mean, big.mean),
            (small.sd, big.sd),
            (small.percentiles[2].value, big.percentiles[2].value),
        ):
            assert near(other, 1000 * (value or 0))
        assert near(big.cv, small.cv or 0)
        assert near(big.drift.share, small.drift.share, 1e-6)
        assert [outlier.round for outlier in big.outliers] == [outlier.round for outlier in small.outliers]


def test_percentiles_rise_within_the_extremes_and_their_intervals_hold_them() -> None:
    random = np.random.default_rng(6)
    for _ in range(60):
        values = random.lognormal(3, 1, size=random.integers(1, 500))
        result = distribution_of(rounds(*values))
        shown = [result.minimum, *(percentile.value for percentile in result.percentiles), result.maximum]
        assert shown == sorted(shown)
        for row in result.percentiles:
            assert (row.interval is not None) == (len(values) >= row.needs)
            if row.interval is not None:
                assert result.minimum <= row.interval.low <= row.value <= row.interval.high <= result.maximum


def test_percentile_intervals_hold_the_truth_at_least_so_often() -> None:
    random = np.random.default_rng(7)
    # Of the exponential distribution -log(1 - p).
    for percent, count in ((50, 30), (90, 60), (95, 100)):
        true = -math.log(1 - percent / 100)
        intervals = [percentile(list(random.exponential(size=count)), percent).interval for _ in range(400)]
        covered = sum(interval is not None and interval.low <= true <= interval.high for interval in intervals)
        assert covered >= 0.93 * 400


def test_modified_z_scores() -> None:
    # 0.6745 * (x - numpy.median(x)) / scipy.stats.median_abs_deviation(x)
    values = np.array([2.1, 2.6, 2.4, 2.5, 2.3, 2.1, 2.3, 2.6, 8.2, 8.3])
    assert np.allclose(modified_z_scores(values)[[0, 1, 8, 9]], [-1.57383333, 0.6745, 25.85583333, 26.3055], rtol=1e-8)


def test_where_most_are_the_same_the_mean_deviation_takes_over() -> None:
    # MAD is 0; the mean absolute deviation is 6 / 6, so 6 / 1.253314.
    assert near(float(modified_z_scores(np.array([5.0, 5, 5, 5, 5, 11]))[-1]), 6 / 1.253314)
    assert not modified_z_scores(np.array([5.0, 5, 5])).any()


def test_outliers_are_named_against_their_own_prompt_and_kept() -> None:
    measured = [*rounds(10, 11, 10.5, 10.2, 30, 10.8), *rounds(100, 104, 98, 101, 99, prompt="long")]
    (outlier,) = outliers(measured)
    assert (outlier.prompt_id, outlier.launch, outlier.round, outlier.value) == ("rag", 1, 5, 30)
    whole = distribution_of(measured)
    assert whole.outliers == (outlier,)
    assert whole.maximum == 104
    assert whole.count == 11
    rest = distribution_of(list(without_outliers(measured)))
    assert rest.count == 10
    assert (rest.sd or 0) < (whole.sd or 0) / 3
    few = distribution_of(rounds(10, 11, 10.5, 30))
    assert (few.outliers, few.outliers_judged) == ((), False)


def test_honest_noise_has_few_outliers() -> None:
    random = np.random.default_rng(8)
    machine = Machine(launch_sd=0.0, prompts=("rag",))
    outliers_found = sum(len(outliers(machine.measured(random, 1, 20))) for _ in range(200))
    assert outliers_found / 4000 < 0.02
    for count in (5, 6, 10, 25):
        quiet = [outliers(rounds(*random.normal(100, 2, size=count))) for _ in range(400)]
        assert 0.01 <= sum(map(bool, quiet)) / 400 <= 0.08, count
    (same,) = outliers(rounds(5, 5, 5, 5, 5, 30))
    assert same.value == 30, "without a spread the scores cannot be as high"


def test_the_drift_of_a_rising_series() -> None:
    trend = drift(rounds(*RISING))
    assert trend is not None
    # scipy.stats.theilslopes(numpy.log(RISING), numpy.arange(12), 0.95); SciPy rounds the ranks of the interval.
    assert near(math.log1p(trend.per_round), 0.016643651333711852)
    assert near(math.log1p(trend.share), 0.016643651333711852 * 11)
    assert near(math.log1p(trend.interval.low), 0.013045001915530319 * 11, 0.01)
    assert near(math.log1p(trend.interval.high), 0.022029994897015293 * 11, 0.01)
    assert trend.drifts
    assert drift(rounds(*RISING[:9])) is None


def test_a_sure_drift_that_is_too_small_to_matter_is_none() -> None:
    trend = drift(rounds(*(100 * (1 + 0.001 * index) for index in range(20))))
    assert trend is not None
    assert trend.interval.low > 0
    assert trend.share < RELEVANT
    assert not trend.drifts


def test_neither_slow_launches_nor_long_prompts_are_a_drift() -> None:
    steady = [
        *rounds(*[10.0, 10.1] * 6, launch=1),
        *rounds(*[20.0, 20.2] * 6, launch=2),
        *rounds(*[90.0, 90.9] * 6, prompt="long", launch=2),
    ]
    trend = drift(steady)
    assert trend is not None
    assert abs(trend.share) < 0.02
    assert not trend.drifts


def test_noise_seldom_drifts_and_a_long_series_takes_little_time() -> None:
    random = np.random.default_rng(9)
    machine = Machine(prompts=("rag", "long"))
    drifting = [drift(machine.measured(random, 1, 15)) for _ in range(200)]
    assert sum(trend is not None and trend.drifts for trend in drifting) <= 0.08 * 200
    heating = [replace(row, value=row.value * (1 + row.round / 30_000)) for row in machine.measured(random, 1, 3000)]
    trend = drift(heating)
    assert trend is not None
    assert near(trend.share, 0.1, 0.1), "3,000 rounds at a 30,000th each"
    assert trend.drifts


def test_a_ratio_of_the_same_is_called_different_seldom_enough() -> None:
    random = np.random.default_rng(10)
    alarms = 0
    for _ in range(200):
        before, after = (estimate(Machine(prompts=("rag",)).measured(random, 5, 20)) for _ in range(2))
        assert before is not None
        assert after is not None
        alarms += ratio(before, after).probability < 0.05
    assert alarms <= 14, "5 % of 200 and two standard deviations"


def test_the_live_summary_leaves_the_distribution_to_reports() -> None:
    run = run_record(model(), rounds=6)
    (live,), (whole,) = summarize(run), summarize_fully(run)
    assert live.distributions is None
    assert whole.distributions is not None
    assert replace(whole, distributions=None, repeatability=None) == live
    ttft, decode = whole.distributions.ttft_ms, whole.distributions.decode_tok_s
    assert ttft is not None
    assert decode is not None
    assert near(ttft.headline, 200)
    assert near(decode.headline, 50, 1e-6)
    assert ttft.count == 12, "neither the cold sample nor the warm-ups"


def test_an_unknown_number_has_no_distribution() -> None:
    unknown = replace(sample(), timeline=replace(timeline(), output_tokens=None))
    (whole,) = summarize_fully(replace(run_record(model()), samples=(unknown,)))
    assert whole.distributions is not None
    assert whole.distributions.decode_tok_s is None
    assert whole.distributions.ttft_ms is not None
    cold = replace(sample(), kind=SampleKind.COLD)
    (nothing,) = summarize_fully(replace(run_record(model()), samples=(cold,)))
    assert nothing.distributions is not None
    assert nothing.distributions.ttft_ms is None


@pytest.mark.parametrize("value", [0.0, -3.0])
def test_a_value_that_a_damaged_record_holds_has_no_interval(value: float) -> None:
    rows = [Measured("p", 1 + number % 2, number, 10.0) for number in range(1, 9)] + [Measured("p", 1, 9, value)]
    assert estimate(rows) is None
    assert launch_logs(rows) == {}


def test_a_long_series_is_thinned_to_medians_of_neighbours() -> None:
    values = np.random.default_rng(1).normal(size=731)
    parts = np.array_split(values, 300)
    assert list(thinned(values)) == [np.median(part) for part in parts]


def test_what_is_derived_from_a_run_is_computed_once_and_forgotten_with_the_run() -> None:
    calls: list[str] = []

    @once_per_run
    def asked(run: RunRecord) -> int:
        calls.append(run.run_id)
        return len(calls)

    first, second = run_record(model("first")), run_record(model("second"))
    assert (asked(first), asked(first), asked(second), asked(first)) == (1, 1, 2, 1)
    gone = weakref.ref(first)
    del first
    assert gone() is None
    assert asked(replace(second)) == 3, "an equal record is another one"


def test_each_number_of_a_round_is_computed_once_for_a_whole_report() -> None:
    run = replace(run_record(model("small")), samples=tuple(sample("small", round_number=number) for number in (1, 2)))
    asked: list[Timeline] = []

    def number(timeline: Timeline) -> float:
        asked.append(timeline)
        return 1.0

    rounds = rounds_of(run, "small")
    assert [row.round for row in rounds.measured(number)] == [1, 2]
    assert rounds_of(run, "small").by_prompt(number) == [[1.0, 1.0]]
    assert len(asked) == 2
    assert summarize_fully(run) is summarize_fully(run)
