"""This module reads resumed runs: a success of a later segment replaces the failure of an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.records import Load, RunRecord, Sample, SampleKind, SampleStatus


def without_superseded(run: RunRecord) -> RunRecord:
    """Return the run with each prompt and round of a model once, and without the failures that were retried.

    A successful sample of a later segment replaces an unsuccessful one of the same kind, prompt and round. Likewise a
    later start replaces one that failed. The record itself keeps all of them.
    """
    if all(part.segment == 1 for part in (*run.samples, *run.loads)):
        return run
    return replace(run, samples=_samples(run.samples), loads=_loads(run.loads))


def segment_count(run: RunRecord) -> int:
    """Return the number of segments in which the run was measured."""
    return len({part.segment for part in (*run.samples, *run.loads)})


def _samples(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    good = {_sample_slot(sample): sample.segment for sample in samples if sample.status is SampleStatus.OK}

    def counts(sample: Sample) -> bool:
        repeatable = sample.kind is not SampleKind.ROUND and sample.status is SampleStatus.OK
        return repeatable or good.get(_sample_slot(sample), sample.segment) <= sample.segment

    return tuple(sample for sample in samples if counts(sample))


def _sample_slot(sample: Sample) -> tuple[str, SampleKind, str, int, int, float | None]:
    return sample.key, sample.kind, sample.prompt_id, sample.round, sample.concurrency, sample.arrivals_per_s


def _loads(loads: Sequence[Load]) -> tuple[Load, ...]:
    newest: dict[str, int] = {}
    for load in loads:
        newest[load.key] = max(newest.get(load.key, 0), load.segment)
    return tuple(load for load in loads if load.verdict is None or load.segment == newest[load.key])
