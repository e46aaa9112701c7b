"""The section of a report on memory: forecasts against what was taken, and the course of it over the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.memory.forecast import error
from tui.measure.memory.time_series import MemoryCourse, memory_course, thinned
from tui.records import ModelSummary
from tui.reports.context import ReportContext
from tui.text import units
from tui.text.cells import cells_of, padded
from tui.text.escape import markdown_block, visible
from tui.text.tables import TableColumn, drawn, model_column

_COLUMNS: Final = 48
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_DIED: Final = "×"

MEMORY_COLUMNS: Final[tuple[TableColumn[ModelSummary], ...]] = (
    model_column(),
    TableColumn("Context", lambda summary: units.count(summary.model.used_context_tokens)),
    TableColumn("Forecast", lambda summary: units.size(summary.forecast_bytes)),
    TableColumn("Measured", lambda summary: units.size(summary.measured_bytes)),
    TableColumn("Error", lambda summary: units.difference(error(summary.forecast_bytes, summary.measured_bytes))),
    TableColumn("After its end", lambda summary: units.given_back(summary.left_bytes, summary.measured_bytes)),
)


def memory_section(material: ReportContext) -> str:
    """The forecasts, and what was held over time; empty where neither is known."""
    known = with_forecast(material)
    course = memory_course(material.run, material.readings)
    parts = [drawn(MEMORY_COLUMNS, known) if known else "", _course(course) if course else ""]
    shown = [part for part in parts if part]
    return "\n\n".join(["## Memory", *shown]) if shown else ""


def with_forecast(material: ReportContext) -> list[ModelSummary]:
    """The models that something was expected of."""
    return [summary for summary in material.summaries if summary.forecast_bytes is not None]


def _course(course: MemoryCourse) -> str:
    """A line a model, all against the same height, and what was left for others."""
    died = {stay.key: _column(course, stay.end_s) for stay in course.stays if stay.died}
    held = {**course.rss_bytes, **course.gpu_used_bytes}
    rows = [
        (key, _line(thinned(course.times_s, values, _COLUMNS), course.most_bytes, died.get(key)), _most(values))
        for key, values in held.items()
    ]
    least = min(course.available_bytes)
    left = thinned(course.times_s, course.available_bytes, _COLUMNS, min)
    note = f"at least {units.size(least)} of {units.size(course.total_bytes)}"
    rows.append(("available", _line(left, course.total_bytes, None), note))
    width = max(cells_of(visible(name)) for name, _, _ in rows)
    lines = [f"{padded(visible(name), width)}  {line}  {note}" for name, line, note in rows]
    end = units.clock(course.times_s[-1])
    axis = f"{' ' * width}  0 s{end:>{_COLUMNS - 3}}"
    mark = f"; {_DIED} marks a process that ended before it should have" if died else ""
    words = f"Over the run, models against {units.size(course.most_bytes)}, the most that one of them held{mark}:"
    return f"{words}\n\n{markdown_block(chr(10).join([*lines, axis]))}"


def _line(values: Sequence[int | None], most: int, died: int | None) -> str:
    glyphs = [_glyph(value, most) for value in values]
    if died is not None:
        glyphs[min(died + 1, len(glyphs) - 1)] = _DIED
    return "".join(glyphs)


def _glyph(value: int | None, most: int) -> str:
    if value is None:
        return " "
    return _BLOCKS[min(len(_BLOCKS) - 1, int(value / max(most, 1) * len(_BLOCKS)))]


def _column(course: MemoryCourse, at_s: float) -> int:
    return min(_COLUMNS - 1, int(at_s / (course.times_s[-1] or 1.0) * _COLUMNS))


def _most(values: Sequence[int | None]) -> str:
    return units.size(max((value for value in values if value is not None), default=None))
