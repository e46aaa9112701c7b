"""Pass rates with their uncertainty, against the values of statsmodels and SciPy, and over simulated models."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from tests.support.graded import graded_run
from tui.measure.answers.pass_rates import Side, model_differences, pass_rate, rate_differences
from tui.measure.statistics import proportions
from tui.measure.statistics.multiple_comparisons import holm_levels
from tui.records.grading.rates import Better

# statsmodels 0.15: proportion_confint(passed, total, alpha=1 - level, method="wilson")
WILSON = [
    (0, 10, 0.95, 0.0, 0.27753279986288926),
    (7, 10, 0.95, 0.39677814746114537, 0.8922087325936989),
    (7, 10, 0.99, 0.32002467920110256, 0.9204336834769342),
    (21, 25, 0.95, 0.6534637839282114, 0.9359654854332355),
    (25, 25, 0.95, 0.8668077490609515, 1.0),
    (60, 100, 0.99, 0.47141911793082225, 0.7161367445260132),
]
# statsmodels 0.15: mcnemar([[5, b], [c, 7]], exact=True).pvalue
MCNEMAR = [(0, 0, 1.0), (1, 9, 0.021484375), (3, 5, 0.7265625), (6, 0, 0.03125), (20, 8, 0.03569813817739487)]


def near(value: float | None, expected: float) -> bool:
    return value is not None and math.isclose(value, expected, rel_tol=1e-9, abs_tol=1e-12)


@pytest.mark.parametrize(("passed", "total", "level", "low", "high"), WILSON)
def test_intervals_of_shares_are_those_of_statsmodels(
    passed: int, total: int, level: float, low: float, high: float
) -> None:
    interval = proportions.wilson(passed, total, level)
    assert near(interval.low, low)
    assert near(interval.high, high)
    if low > 0:
        assert near(proportions.score_probability(passed / total, total, low), 1 - level)


@pytest.mark.parametrize(("before", "after", "probability"), MCNEMAR)
def test_the_paired_test_of_right_and_wrong_is_mcnemars_of_statsmodels(
    before: int, after: int, probability: float
) -> None:
    assert near(proportions.mcnemar(before, after), probability)
    differences = [1.0] * after + [-1.0] * before + [0.0] * 12
    assert near(proportions.paired_probability(differences), probability)


def test_the_paired_test_of_graded_scores_is_the_permutation_test_of_scipy() -> None:
    # SciPy 1.17.1: permutation_test((d,), lambda x, axis: x.mean(axis=axis), permutation_type="samples",
    # n_resamples=np.inf, vectorized=True).pvalue
    differences = [0.2, -0.1, 0.4, 0.3, 0.05, 0.6, -0.2, 0.25]
    assert near(proportions.paired_probability(differences), 0.1015625)
    # SciPy draws from 24 differences, so this is counted: the sums of all signs as whole numbers of 0.05.
    assert near(proportions.paired_probability(differences * 3), 0.0017811059951782227)
    assert proportions.paired_probability(differences * 20) < 1e-9


def test_several_comparisons_are_corrected_as_statsmodels_does() -> None:
    # statsmodels 0.15: multipletests([.01, .04, .03, .005], method="holm") refuses the first and the last.
    chances = [0.01, 0.04, 0.03, 0.005]
    refused = [chance < 1 - level for chance, level in zip(chances, holm_levels(chances), strict=True)]
    assert refused == [True, False, False, True]


def test_repeated_answers_have_their_unbiased_estimates() -> None:
    # Over all ways to draw 2 of 5 answers, 3 of them right: 1 of 10 has none right, 3 of 10 have both.
    assert near(proportions.pass_at_least_once(5, 3, 2), 0.9)
    assert near(proportions.pass_every_time(5, 3, 2), 0.3)
    drawn = pass_rate(graded_run({"tiny": ["11111", "11100", "00000"]}, temperature=0.7), "tiny")
    assert drawn is not None
    assert drawn.repeats == 5
    assert near(drawn.rate, 8 / 15)
    assert near(drawn.at_least_once, 2 / 3)
    assert near(drawn.every_time, 1 / 3)
    fixed = pass_rate(graded_run({"tiny": ["11111", "00000"]}, temperature=0), "tiny")
    assert fixed is not None
    assert (fixed.at_least_once, fixed.every_time) == (None, None)
    assert fixed.interval == proportions.wilson(1, 2), "five copies of one answer are one answer"


def test_empty_answers_are_wrong_and_prompts_without_expectations_do_not_count() -> None:
    run = graded_run({"tiny": ["1", "1", "0"]})
    samples = [replace(run.samples[0], text="  "), *run.samples[1:]]
    plain = replace(run.plan, prompts=(*run.plan.prompts[:2], replace(run.plan.prompts[2], graders=())))
    rate = pass_rate(replace(run, plan=plain, samples=tuple(samples)), "tiny")
    assert rate is not None
    assert (rate.prompts, rate.passed, rate.rate) == (2, 1, 0.5)
    none = replace(run.plan, prompts=tuple(replace(prompt, graders=()) for prompt in run.plan.prompts))
    assert pass_rate(replace(run, plan=none), "tiny") is None


def test_two_models_are_compared_prompt_by_prompt_and_too_close_where_chance_explains_it() -> None:
    good, bad = ["1"] * 12 + ["0"] * 4, ["0"] * 10 + ["1"] * 2 + ["0"] * 4
    (clear,) = model_differences(graded_run({"bad": bad, "good": good}))
    assert (clear.before_key, clear.after_key, clear.outcome) == ("good", "bad", Better.WORSE)
    assert near(clear.difference, -10 / 16)
    assert (clear.only_before, clear.only_after) == (10, 0)
    assert near(clear.probability, 2 / 2**10)
    assert clear.interval.high < 0
    (close,) = model_differences(graded_run({"one": ["1", "1", "1", "0"], "two": ["1", "1", "0", "0"]}))
    assert close.outcome is Better.TOO_CLOSE
    (alike,) = model_differences(graded_run({"one": ["1"] * 5, "two": ["1"] * 5}))
    assert alike.interval.low < 0 < alike.interval.high, "no difference on five prompts is not certainty"
    (single,) = model_differences(graded_run({"one": ["1"], "two": ["0"]}))
    assert single.outcome is Better.TOO_FEW


def test_only_prompts_that_both_runs_asked_alike_are_compared() -> None:
    before, after = graded_run({"tiny": ["1", "1", "1"]}), graded_run({"tiny": ["0", "0", "0"]})
    other = replace(after.plan.prompts[2], text="What else?")
    after = replace(after, plan=replace(after.plan, prompts=(*after.plan.prompts[:2], other)))
    (difference,) = rate_differences([(Side(before, "tiny"), Side(after, "tiny"))])
    assert (difference.prompts, difference.difference) == (2, -1.0)


def digits(random: np.random.Generator, skills: Iterable[float], rounds: int) -> list[str]:
    return ["".join(str(int(random.random() < skill)) for _ in range(rounds)) for skill in skills]


@pytest.mark.parametrize(("prompts", "rounds", "spread"), [(12, 1, 0.0), (25, 1, 0.25), (15, 4, 0.25)])
def test_equal_models_are_seldom_called_better_and_intervals_hold_the_truth(
    prompts: int, rounds: int, spread: float
) -> None:
    random = np.random.default_rng(20261128)
    wrong, held, tries = 0, 0, 200
    for _ in range(tries):
        skills = np.clip(random.normal(0.65, spread, prompts), 0, 1)
        run = graded_run({key: digits(random, skills, rounds) for key in ("a", "b", "c")}, temperature=0.7)
        wrong += any(each.outcome is Better.WORSE for each in model_differences(run))
        rate = pass_rate(run, "a")
        assert rate is not None
        # Clipping moves the mean of the skills a little.
        truth = 0.65 if not spread else 0.6396
        held += rate.interval.low <= truth <= rate.interval.high
    assert wrong / tries <= 0.05
    assert held / tries >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / tries)
