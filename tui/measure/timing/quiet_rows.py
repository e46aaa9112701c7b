"""The rows of a table of results that are no models of the run: they stand last, and nothing is concluded from them."""

from __future__ import annotations

from dataclasses import replace

from tui.measure.timing.summary import summarize_model
from tui.records import Model, ModelSummary, RunRecord, SampleKind
from tui.records.sample import YARDSTICK


def quiet_rows(run: RunRecord) -> tuple[ModelSummary, ...]:
    """Return the row of the yardstick, if the run has one, and the reference rows of other machines."""
    samples = [
        replace(sample, kind=SampleKind.ROUND) if sample.kind is SampleKind.YARDSTICK else sample
        for sample in run.samples
        if sample.key == YARDSTICK
    ]
    if not samples:
        return run.references
    loads = [load for load in run.loads if load.key == YARDSTICK]
    row = summarize_model(Model(alias=YARDSTICK, practice=True), loads, samples)
    return (replace(row, quiet="not ranked"), *run.references)
