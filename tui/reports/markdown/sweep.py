"""The Markdown section on a sweep: a table and a chart for each model."""

from __future__ import annotations

from collections.abc import Sequence

from tui.measure.timing.sweep import sweep_steps
from tui.records import ModelSummary, RunRecord, SweepOf
from tui.records.steps import SweepStep
from tui.reports.markdown.elements import bar_chart, bulleted, joined
from tui.reports.sections.sweep import (
    decode_rate,
    prefill_rate,
    sweep_columns,
    sweep_explained,
    sweep_notes,
    sweep_title,
    swept_length,
)
from tui.text import units
from tui.text.escape import markdown_inline
from tui.text.tables import drawn, model_name


def sweep_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """Write the section; it is empty if the run is no sweep."""
    of = swept_length(run)
    if of is None:
        return ""
    models = (_model(run, of, summary) for summary in summaries)
    return joined(f"## {sweep_title(of)}", sweep_explained(run, of), *models)


def _model(run: RunRecord, of: SweepOf, summary: ModelSummary) -> str:
    steps = sweep_steps(run, summary.key)
    notes = bulleted(sweep_notes(of, steps, markdown_inline))
    return joined(f"### {model_name(summary)}", drawn(sweep_columns(of), steps), _chart(of, steps), notes)


def _chart(of: SweepOf, steps: Sequence[SweepStep]) -> str:
    """Write a bar a length, of the rate that the sweep is about."""
    if of is SweepOf.PROMPT:
        title = "prefill rate in tok/s against prompt tokens"
        bars = [
            (units.count(step.prompt_tokens), step.prefill_tok_s, prefill_rate(step))
            for step in steps
            if step.prefill_tok_s
        ]
    else:
        title = "decode rate in tok/s against output tokens"
        bars = [
            (units.count(step.output_tokens), step.decode_tok_s.headline, decode_rate(step, step.decode_tok_s.headline))
            for step in steps
            if step.decode_tok_s
        ]
    return bar_chart(title, bars)
