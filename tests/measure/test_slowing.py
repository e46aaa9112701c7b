"""Load of other programs that slows requests by 5 % is flagged, and load that slows nothing is not."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.support.builders import model, run_record, sample, timeline
from tui.measure.slowing import judged, judged_run
from tui.records import Disturbance, Purpose, Sample, SampleKind

_RUNS = 50


def rounds(
    random: np.random.Generator,
    *,
    slope: float = 0.0,
    busy: bool = False,
    pace_effect: float | None = None,
    noise: float = 0.02,
) -> list[Sample]:
    """Return 5 rounds of 3 prompts: half of them beside one busy core, or all beside the programs of a desktop."""
    samples: list[Sample] = []
    for number in range(1, 6):
        for prompt in ("first", "second", "third"):
            cores = float(random.random() < 0.5) if busy else float(random.gamma(2, 0.15))
            slower = 1.1 if pace_effect is not None and random.random() < 0.5 else 1.0
            stall = 0.3 if random.random() < 0.03 else 0.0
            factor = math.exp(slope * cores + (pace_effect or 0.0) * math.log(slower) + noise * random.normal() + stall)
            times = timeline(ttft_ms=200 * factor, tok_s=50 / factor, tokens=100)
            pace_ns = round(600_000 * slower * math.exp(0.01 * random.normal()))
            request = sample(prompt_id=prompt, round_number=number, times=times)
            samples.append(replace(request, other_cores=cores, pace_ns=pace_ns))
    return samples


def shares(kind: Disturbance, **how: float) -> tuple[float, float]:
    """Return the shares of quiet requests and of disturbed ones (a core, or a pace a tenth slower) that are flagged."""
    random, quiet, hit = np.random.default_rng(11), list[bool](), list[bool]()
    for _ in range(_RUNS):
        for found in judged(rounds(random, **how)):  # pyright: ignore[reportArgumentType]
            cause = (found.pace_ns or 0) > 630_000 if kind is Disturbance.SLOW else (found.other_cores or 0) > 0.9
            (hit if cause else quiet).append(kind in found.disturbances)
    return sum(quiet) / len(quiet), sum(hit) / max(1, len(hit))


def test_the_load_of_a_desktop_that_slows_nothing_is_not_flagged() -> None:
    quiet, hit = shares(Disturbance.OTHER_LOAD)
    assert quiet <= 0.05
    assert hit <= 0.2, "few of them are beside most of a core, and the slope is only estimated"


@pytest.mark.parametrize("slope", [0.05, 0.5])
def test_load_that_slows_by_5_per_cent_is_flagged(slope: float) -> None:
    quiet, hit = shares(Disturbance.OTHER_LOAD, slope=slope, busy=True)
    assert quiet == 0.0
    assert hit >= 0.85


def test_load_that_slows_a_lot_is_flagged_from_little_load_on() -> None:
    random = np.random.default_rng(5)
    found = [each for _ in range(_RUNS) for each in judged(rounds(random, slope=0.5))]
    flagged = [Disturbance.OTHER_LOAD in each.disturbances for each in found if 0.15 < (each.other_cores or 0) < 0.25]
    assert sum(flagged) >= 0.9 * len(flagged)


@pytest.mark.parametrize(("effect", "least", "most"), [(1.0, 0.8, 1.0), (0.0, 0.0, 0.05)])
def test_a_slower_processor_is_flagged_where_it_makes_requests_slower(effect: float, least: float, most: float) -> None:
    quiet, hit = shares(Disturbance.SLOW, pace_effect=effect)
    assert quiet <= 0.02
    assert least <= hit <= most


def test_without_evidence_the_limits_are_a_quarter_of_a_core_and_what_is_unknown_stays() -> None:
    alone = [sample(prompt_id=prompt) for prompt in "abc"]
    loads = (0.1, 0.4, None)
    found = judged([replace(each, other_cores=cores) for each, cores in zip(alone, loads, strict=True)])
    assert [each.disturbances for each in found] == [(), (Disturbance.OTHER_LOAD,), ()]
    flagged = replace(alone[0], disturbances=(Disturbance.OTHER_LOAD, Disturbance.SWAP))
    crowded = replace(flagged, other_cores=0.0, concurrency=4)
    assert judged([flagged, crowded, replace(alone[1], other_cores=0.0)])[:2] == (flagged, crowded)
    calm, warm_up = replace(flagged, other_cores=0.0), replace(flagged, kind=SampleKind.WARMUP, other_cores=0.0)
    assert [each.disturbances for each in judged([calm, warm_up])] == [(Disturbance.SWAP,)] * 2
    run = replace(run_record(model("tiny")), samples=(calm,))
    assert judged_run(run).samples[0].disturbances == (Disturbance.SWAP,)
    question = replace(run, plan=replace(run.plan, purpose=Purpose.ASK))
    assert judged_run(question) == question
