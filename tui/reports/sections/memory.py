"""The memory that models were expected to take, against what they took."""

from __future__ import annotations

from typing import Final

from tui.measure.memory.forecast import forecast_error
from tui.records import ModelSummary
from tui.reports.context import ReportContext
from tui.text import units
from tui.text.tables import TableColumn, model_column

MEMORY_COLUMNS: Final[tuple[TableColumn[ModelSummary], ...]] = (
    model_column(),
    TableColumn("Context", lambda summary: units.count(summary.model.used_context_tokens)),
    TableColumn("Forecast", lambda summary: units.size(summary.forecast_bytes)),
    TableColumn("Measured", lambda summary: units.size(summary.measured_bytes)),
    TableColumn(
        "Error", lambda summary: units.difference(forecast_error(summary.forecast_bytes, summary.measured_bytes))
    ),
    TableColumn("After its end", lambda summary: units.given_back(summary.left_bytes, summary.measured_bytes)),
)


def with_forecast(context: ReportContext) -> list[ModelSummary]:
    """Return the models for which a forecast was made."""
    return [summary for summary in context.summaries if summary.forecast_bytes is not None]
