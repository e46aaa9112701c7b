"""The processor's pace: looked at around every sample, and told in a comparison."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.support.launches import Machine
from tui.measure.comparison.compare import compare
from tui.measure.disturbance import disturbances, mean_pace_ns
from tui.probes import disturbance, pace
from tui.probes.disturbance import CounterReader
from tui.records import Disturbance, RunRecord


def at_pace(run: RunRecord, pace_ns: int) -> RunRecord:
    return replace(run, samples=tuple(replace(sample, pace_ns=pace_ns) for sample in run.samples))


def test_a_comparison_says_when_the_processor_was_slower() -> None:
    run = Machine().run(np.random.default_rng(4), 2, 3)
    before, same, slower = (at_pace(run, pace_ns) for pace_ns in (500_000, 510_000, 750_000))
    assert compare(before, same).environment == compare(run, slower).environment == ()
    (difference,) = compare(before, slower).environment
    assert (difference.before, difference.after) == ("0.50 ms", "0.75 ms")


def test_a_sample_is_slow_when_it_was_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    paces = iter((1000, 1600, 1600, 1100))
    monkeypatch.setattr(disturbance, "pace_ns", lambda: next(paces))
    reader = CounterReader()
    looks = [reader.read((), with_pace=True) for _ in range(4)]
    pairs = list(pairwise(looks))
    assert reader.best_pace_ns == 1000
    slow = [Disturbance.SLOW in disturbances(*pair, best_pace_ns=reader.best_pace_ns) for pair in pairs]
    assert slow == [False, True, False]
    assert mean_pace_ns(*pairs[2]) == 1350


def test_the_work_takes_a_few_milliseconds() -> None:
    assert 10_000 < pace.pace_ns() < 50_000_000
