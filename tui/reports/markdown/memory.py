"""The Markdown section on memory: forecasts against what was taken, and what was held over the run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.memory.time_series import MemoryTimeSeries, downsampled, memory_time_series
from tui.reports.context import ReportContext
from tui.reports.markdown.elements import joined
from tui.reports.sections.memory import MEMORY_COLUMNS, with_forecast
from tui.text import units
from tui.text.cells import cells_of, padded
from tui.text.escape import markdown_block, visible
from tui.text.tables import drawn

_COLUMNS: Final = 48
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_DIED: Final = "×"


def memory_section(context: ReportContext) -> str:
    """Write the forecasts, and what was held over time; empty if neither is known."""
    forecasts = with_forecast(context)
    series = memory_time_series(context.run, context.readings)
    content = joined(drawn(MEMORY_COLUMNS, forecasts) if forecasts else "", _over_time(series) if series else "")
    return joined("## Memory", content) if content else ""


def _over_time(series: MemoryTimeSeries) -> str:
    """Write a line a model, all against the same height, and a line for what was left to others."""
    died = {span.key: _column_at(series, span.end_s) for span in series.process_spans if span.died}
    rows = [
        (key, _line(downsampled(series.times_s, values, _COLUMNS), series.most_bytes, died.get(key)), _most(values))
        for key, values in {**series.rss_bytes, **series.gpu_used_bytes}.items()
    ]
    available = downsampled(series.times_s, series.available_bytes, _COLUMNS, min)
    least = f"at least {units.size(min(series.available_bytes))} of {units.size(series.total_bytes)}"
    rows.append(("available", _line(available, series.total_bytes, None), least))
    width = max(cells_of(visible(name)) for name, _, _ in rows)
    lines = [f"{padded(visible(name), width)}  {line}  {most}" for name, line, most in rows]
    end = units.clock(series.times_s[-1])
    axis = f"{' ' * width}  0 s{end:>{_COLUMNS - 3}}"
    mark = f"; {_DIED} marks a process that ended before it should have" if died else ""
    words = f"Over the run, models against {units.size(series.most_bytes)}, the most that one of them held{mark}:"
    return joined(words, markdown_block("\n".join([*lines, axis])))


def _line(values: Sequence[int | None], most: int, died_in: int | None) -> str:
    glyphs = [_glyph(value, most) for value in values]
    if died_in is not None:
        glyphs[min(died_in + 1, len(glyphs) - 1)] = _DIED
    return "".join(glyphs)


def _glyph(value: int | None, most: int) -> str:
    if value is None:
        return " "
    return _BLOCKS[min(len(_BLOCKS) - 1, int(value / max(most, 1) * len(_BLOCKS)))]


def _column_at(series: MemoryTimeSeries, at_s: float) -> int:
    return min(_COLUMNS - 1, int(at_s / (series.times_s[-1] or 1.0) * _COLUMNS))


def _most(values: Sequence[int | None]) -> str:
    return units.size(max((value for value in values if value is not None), default=None))
