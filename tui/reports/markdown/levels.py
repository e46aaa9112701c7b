"""The Markdown section on several requests at once: a table and two charts for each model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tui.measure.timing.levels import levels
from tui.records import ModelSummary, RunRecord
from tui.records.steps import Level
from tui.reports.markdown.elements import bar_chart, bulleted, joined
from tui.reports.sections.levels import (
    LEVELS_TITLE,
    level_columns,
    level_detail_columns,
    level_notes,
    levels_explained,
    load_name,
    total_rate,
    ttft_p50_ms,
    ttft_text,
)
from tui.text.escape import markdown_inline
from tui.text.tables import drawn, model_name


def level_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """Write the section; it is empty for a run with one request at a time."""
    if not run.plan.method.has_levels:
        return ""
    models = (_model(run, summary) for summary in summaries)
    return joined(f"## {LEVELS_TITLE}", levels_explained(run.plan), *models)


def _model(run: RunRecord, summary: ModelSummary) -> str:
    of_model = levels(run, summary.key)
    across = "arrivals" if run.plan.method.arrivals_per_s else "requests at once"
    measured = [level for level in of_model if level.measured]
    return joined(
        f"### {model_name(summary)}",
        drawn(level_columns(run.plan), measured) if measured else "",
        drawn(level_detail_columns(run.plan), measured) if measured else "",
        _chart(f"total rate in tok/s against {across}", measured, lambda level: level.total_tok_s, total_rate),
        _chart(
            f"TTFT p50 against {across}",
            measured,
            ttft_p50_ms,
            lambda level: ttft_text(level, ttft_p50_ms(level)),
        ),
        bulleted(map(markdown_inline, level_notes(of_model))),
    )


def _chart(
    title: str, measured: Sequence[Level], number: Callable[[Level], float | None], show: Callable[[Level], str]
) -> str:
    bars = [(load_name(level), value, show(level)) for level in measured if (value := number(level))]
    return bar_chart(title, bars)
