"""This module summarises a sweep length by length. Its steps are different tasks, so nothing is averaged over them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tui.measure.doubt import flags_of_all
from tui.measure.statistics.distribution import distribution
from tui.measure.statistics.intervals import Measured, is_measured
from tui.measure.timing import metrics
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.summary import rounds_of
from tui.records import (
    FinishReason,
    Prompt,
    RunRecord,
    Sample,
    SampleKind,
    SampleStatus,
    SweepOf,
    Timeline,
    TokensSource,
    asked_tokens,
)
from tui.records.statistics import Distribution
from tui.records.steps import SweepStep

_FEWEST_FOR_THIRDS = 12
"""An answer with fewer arrivals than this has no thirds, because each third would consist of a few gaps."""


def sweep_steps(run: RunRecord, key: str) -> tuple[SweepStep, ...]:
    """Return the steps of one model, the shortest first; the result is empty if the run is no sweep."""
    if not run.plan.method.sweep:
        return ()
    failed = [
        sample
        for sample in without_superseded(run).samples
        if sample.key == key and sample.kind is SampleKind.ROUND and sample.status is SampleStatus.FAILED
    ]
    own = [*rounds_of(run, key), *failed]
    return tuple(
        _step(prompt, SweepOf(run.plan.method.sweep), [sample for sample in own if sample.prompt_id == prompt.id])
        for prompt in run.plan.prompts
    )


def thirds_tok_s(timeline: Timeline) -> tuple[float, float, float] | None:
    """Return the decode rates over the first, middle and last third of the tokens after the first arrival.

    The tokens are assumed to be spread evenly over the arrivals from the second to the last. Tokens without text after
    the last arrival are in none of the thirds. The result is ``None`` if the answer is short.
    """
    arrivals, tokens = timeline.arrivals_ns, metrics.streamed_tokens(timeline)
    if tokens is None or len(arrivals) < _FEWEST_FOR_THIRDS or tokens < _FEWEST_FOR_THIRDS:
        return None
    ends = np.interp(np.linspace(0, len(arrivals) - 1, 4), np.arange(len(arrivals)), arrivals)
    spans_s = np.diff(ends) / metrics.NS_PER_S
    if not spans_s.all():
        return None
    first, middle, last = (float((tokens - metrics.first_arrival_tokens(timeline)) / 3 / span) for span in spans_s)
    return first, middle, last


def is_one_token_per_arrival(timeline: Timeline) -> bool:
    """Return whether each arrival is one token; one token without text at the end is allowed."""
    tokens = metrics.streamed_tokens(timeline)
    return tokens is not None and 0 <= tokens - len(timeline.arrivals_ns) <= 1


def _step(prompt: Prompt, of: SweepOf, samples: Sequence[Sample]) -> SweepStep:
    rounds = [sample for sample in samples if sample.status is SampleStatus.OK]
    lines = [sample.timeline for sample in rounds]
    thirds = [rates for line in lines if (rates := thirds_tok_s(line)) is not None]
    errors = [sample.error for sample in samples if sample.status is SampleStatus.FAILED]
    counted = [line for line in lines if line.tokens_source is TokensSource.RUNTIME]
    return SweepStep(
        prompt_id=prompt.id,
        asked_tokens=asked_tokens(prompt.id),
        rounds=len(rounds),
        prompt_tokens=_median([line.prompt_tokens for line in lines]),
        output_tokens=_median([line.output_tokens for line in lines]),
        ttft_ms=_distribution(rounds, [_ms(metrics.ttft_ns(line)) for line in lines]),
        prefill_tok_s=_median([metrics.prefill_tok_s(line) for line in lines]),
        decode_tok_s=_distribution(rounds, [metrics.decode_tok_s(line) for line in lines]),
        thirds_tok_s=_medians(thirds),
        thirds_estimated=len(counted) < len(lines) or not all(is_one_token_per_arrival(line) for line in lines),
        early=sum(line.finish_reason is FinishReason.STOP for line in lines) if of is SweepOf.OUTPUT else 0,
        flags=flags_of_all(rounds),
        disturbed=sum(bool(sample.disturbances) for sample in rounds),
        error=errors[-1] if errors else None,
    )


def _distribution(rounds: Sequence[Sample], values: Sequence[float | None]) -> Distribution | None:
    return distribution(
        [
            Measured(sample.prompt_id, sample.launch, sample.round, value)
            for sample, value in zip(rounds, values, strict=True)
            if is_measured(value)
        ]
    )


def _median(values: Sequence[float | None]) -> float | None:
    present = [value for value in values if value is not None]
    return float(np.median(present)) if present else None


def _medians(thirds: Sequence[tuple[float, float, float]]) -> tuple[float, float, float] | None:
    if not thirds:
        return None
    first, middle, last = (float(value) for value in np.median(np.array(thirds), axis=0))
    return first, middle, last


def _ms(value_ns: int | None) -> float | None:
    return None if value_ns is None else value_ns / 1e6
