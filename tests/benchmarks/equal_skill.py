"""How often are models of equal skill called better or worse, and how often do intervals hold the true pass rate?

``python -m tests.benchmarks.equal_skill``: no model is run; answers are drawn by lot, right with a probability that is
the same for both models and, except in the first row, differs from prompt to prompt. About a minute. Exit code 1 unless
at most 5 % of the pairs are called different and at least 93 % of the intervals hold the truth.
"""

from __future__ import annotations

import sys

import numpy as np

from tests.support.graded import graded_run
from tui.measure.answers.pass_rates import model_differences, pass_rate
from tui.records.grading.rates import Better

TRIES = 1000
SHAPES = (
    (25, 1, 0.7, 0.0),
    (10, 1, 0.5, 0.3),
    (25, 1, 0.9, 0.2),
    (25, 5, 0.7, 0.3),
    (100, 3, 0.8, 0.2),
    (6, 5, 0.5, 0.3),
)
"""Prompts, rounds, mean skill, and the standard deviation of the skill over prompts."""


def shares(prompts: int, rounds: int, skill: float, spread: float, better: float = 0.0) -> tuple[float, float]:
    """Return the share of pairs that were called different, and the share of intervals that hold the truth."""
    random = np.random.default_rng(20261128)
    truth = float(np.clip(random.normal(skill, spread, 200_000), 0, 1).mean())
    different = held = 0
    for _ in range(TRIES):
        skills = np.clip(random.normal(skill, spread, prompts), 0, 1)
        answers = {
            key: ["".join("01"[int(random.random() < each)] for _ in range(rounds)) for each in skills + more]
            for key, more in (("one", 0.0), ("other", better))
        }
        run = graded_run(answers, temperature=0.7)
        different += model_differences(run)[0].outcome in (Better.BETTER, Better.WORSE)
        rate = pass_rate(run, "one")
        assert rate is not None
        held += rate.interval.low <= truth <= rate.interval.high
    return different / TRIES, held / TRIES


def main() -> int:
    """Print a row for each shape, and return the exit code."""
    good = True
    for shape in SHAPES:
        different, held = shares(*shape)
        found, _ = shares(*shape, better=0.2)
        good = good and different <= 0.05 and held >= 0.93
        print(
            f"{shape}: equal called different {different:.3f}, intervals hold {held:.3f}, 20 points found {found:.3f}"
        )
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
