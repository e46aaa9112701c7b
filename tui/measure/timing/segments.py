"""A run that was resumed: what a later stretch has made good counts in place of what an earlier one left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.records import Load, RunRecord, Sample, SampleKind, SampleStatus


def without_superseded(run: RunRecord) -> RunRecord:
    """The run with each prompt and round of a model once, and without the failures that were retried.

    A sample that did not succeed gives way to one of the same kind, prompt and round that did in a later segment, and
    so does a start that failed to a later start. The record itself keeps all of them.
    """
    if all(part.segment == 1 for part in (*run.samples, *run.loads)):
        return run
    return replace(run, samples=_samples(run.samples), loads=_loads(run.loads))


def segment_count(run: RunRecord) -> int:
    """In how many stretches the run was measured."""
    return len({part.segment for part in (*run.samples, *run.loads)})


def _samples(samples: Sequence[Sample]) -> tuple[Sample, ...]:
    good = {_place(sample): sample.segment for sample in samples if sample.status is SampleStatus.OK}

    def counts(sample: Sample) -> bool:
        repeatable = sample.kind is not SampleKind.ROUND and sample.status is SampleStatus.OK
        return repeatable or good.get(_place(sample), sample.segment) <= sample.segment

    return tuple(sample for sample in samples if counts(sample))


def _place(sample: Sample) -> tuple[str, SampleKind, str, int, int]:
    return sample.key, sample.kind, sample.prompt_id, sample.round, sample.concurrency


def _loads(loads: Sequence[Load]) -> tuple[Load, ...]:
    newest: dict[str, int] = {}
    for load in loads:
        newest[load.key] = max(newest.get(load.key, 0), load.segment)
    return tuple(load for load in loads if load.verdict is None or load.segment == newest[load.key])
