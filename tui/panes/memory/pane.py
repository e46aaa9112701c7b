"""The pane with the memory that the models have taken over the last minutes, and how far it is to the limit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.geometry import Size

from tui.lazy import lazy_module
from tui.panes.memory.chart import (
    SERIES_COLOURS,
    AreaChart,
    ChartData,
    Series,
    TimeMark,
    Word,
    plot_columns,
    rows_for_figures,
)
from tui.panes.memory.chart_cells import EXPECTED
from tui.panes.memory.figures import MachineFigures, ModelFigures, Row, gpu_row, machine_row, model_rows, note_rows
from tui.panes.memory.markers import LEGEND, SHORT_LEGEND, MemoryMarkers, MomentMark
from tui.panes.memory.usage import SPANS, Slot, Usage, VramReader, ram_amounts
from tui.panes.widgets.styles import Tone
from tui.text import units

if TYPE_CHECKING:
    from tui.bench import events as run_events
    from tui.records import GpuReading, MemoryReading
else:
    run_events = lazy_module("tui.bench.events")

_PAINT_EVERY_S: Final = 0.27
"""Less than four times a second, and not in step with the streams."""
_BESIDE_FROM_CELLS: Final = 110
"""The width from which two charts stand side by side."""
_GPU_ROW_FROM_ROWS: Final = 8
"""The height of a chart from which a single GPU has a row of figures."""
_TIMES: Final = {
    1: ("1 min ago", "30 s ago", "now"),
    5: ("5 min ago", "2.5 min ago", "now"),
    30: ("30 min ago", "15 min ago", "now"),
}
"""The names of the left edge, the middle and the right edge of the chart, by the minutes that it spans."""
_LEGEND_FROM_CELLS: Final = 76
"""The width from which the meaning of the marks is written out."""


class MemoryPane(Container, can_focus=True):
    """A chart of RAM and, on a machine with a GPU, one of VRAM, each with the models below their limit."""

    DEFAULT_CSS = """
    MemoryPane {
        layout: vertical;
        AreaChart { height: 1fr; }
        &.-beside { layout: horizontal; }
        &.-beside AreaChart { width: 1fr; height: 1fr; }
        &.-beside .memory--vram { margin-left: 3; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("z", "zoom(1, True)", "Zoom", tooltip="Show 1, 5 or 30 minutes of memory", show=False),
        Binding("plus,equals_sign", "zoom(-1)", "Zoom in", key_display="+", tooltip="Show less time", show=False),
        Binding("minus", "zoom(1)", "Zoom out", key_display="-", tooltip="Show more time", show=False),
    ]

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.border_title = "Memory"
        self.floor_of: Callable[[MemoryReading], int] | None = None
        """Returns how many bytes of the memory in a reading must stay free, and are not for the models."""
        self._clock = clock
        self._span = SPANS[0]
        self._markers = MemoryMarkers()
        self._ram, self._ram_chart = Usage(), AreaChart(self._ram_data)
        self._vram, self._vram_reader = Usage(), VramReader()
        self._vram_chart: AreaChart | None = None
        """Created when a GPU is first seen: most machines have none, and every widget delays the first frame."""
        self._gpus: tuple[GpuReading, ...] = ()
        self._gpu_note = ""
        self._without_memory: tuple[GpuReading, ...] = ()
        """The GPUs that use the memory of the machine, or whose memory is not reported."""
        self._swap_used_bytes = 0
        self._colours: dict[str, int] = {}
        self._changed = False
        self._show_span()

    def compose(self) -> ComposeResult:
        yield self._ram_chart

    def on_mount(self) -> None:
        self.set_interval(_PAINT_EVERY_S, self._paint)

    def on_show(self) -> None:
        self._changed = True

    def on_resize(self) -> None:
        self.set_class(self.size.width >= _BESIDE_FROM_CELLS, "-beside")

    def action_zoom(self, step: int, around: bool = False) -> None:
        """Show more or less time; ``around`` goes from the longest span to the shortest."""
        index = SPANS.index(self._span) + step
        self._span = SPANS[index % len(SPANS) if around else max(0, min(index, len(SPANS) - 1))]
        self._changed = True
        self._paint()

    def show(self, event: run_events.Event) -> None:
        """Record one event; it is painted at most four times a second."""
        if isinstance(event, run_events.MemoryRead):
            self._add_reading(event.reading)
            return
        self._markers.follow(event, self._clock(), lambda key: self._ram.memory_of(key).peak_bytes)
        match event:
            case run_events.ModelLoading(key=key):
                self._ram.forget_peak(key)
                self._vram.forget_peak(key)
                self._vram_reader.begin_load(key)
            case run_events.ModelLoaded(key=key, load=load):
                self._ram.raise_peak(key, load.peak_rss_bytes)
            case run_events.SampleFinished(key=key, sample=sample):
                self._ram.raise_peak(key, sample.peak_rss_bytes)
            case run_events.ModelDied(key=key, cause=cause):
                self._ram.raise_peak(key, cause.peak_rss_bytes)
                self._vram_reader.end(key)
            case run_events.ModelUnloaded(key=key):
                self._vram_reader.end(key)
            case _:
                return
        self._changed = True

    def _add_reading(self, reading: MemoryReading) -> None:
        self._changed = True
        floor_bytes = self.floor_of(reading) if self.floor_of else 0
        self._ram.add(reading.at_s, ram_amounts(reading, floor_bytes, self._markers.awaited_forecasts))
        self._swap_used_bytes, self._gpu_note = reading.swap_used_bytes, reading.gpu_note
        # A GPU that uses the machine's memory, or whose memory is not reported, has no chart of its own.
        with_memory = tuple(gpu for gpu in reading.gpus if gpu.total_bytes is not None)
        self._without_memory = tuple(gpu for gpu in reading.gpus if gpu.total_bytes is None)
        if with_memory:
            self._gpus = with_memory
            self._vram.add(reading.at_s, self._vram_reader.read(with_memory))
        elif self._gpus:
            self._vram.add_gap(reading.at_s)

    def _paint(self) -> None:
        if not self._changed or not self.is_on_screen:
            return
        self._changed = False
        self._colour_models()
        self._show_span()
        self._compose_vram()
        self._ram_chart.renew()
        if self._vram_chart is not None:
            self._vram_chart.renew()

    def _compose_vram(self) -> None:
        """Mount the chart of VRAM when a GPU is first seen, and remove it when the time shown has no reading of it."""
        wanted = self._vram.is_known or not self._vram.rings[self._span].is_empty
        if wanted and self._vram_chart is None:
            self._vram_chart = AreaChart(self._vram_data, classes="memory--vram")
            self.mount(self._vram_chart)
        elif not wanted and self._vram_chart is not None:
            self._vram_chart.remove()
            self._vram_chart = None

    def _ram_data(self, size: Size) -> ChartData:
        notes = [f"swap {units.size(self._swap_used_bytes)}"] if self._swap_used_bytes else []
        if self._gpu_note and self._vram_chart is None:
            notes.insert(0, self._gpu_note)
        return self._data("RAM", self._ram, notes, size)

    def _vram_data(self, size: Size) -> ChartData:
        return self._data("VRAM", self._vram, (), size)

    def _data(self, name: str, usage: Usage, notes: Sequence[str], size: Size) -> ChartData:
        """Return the data of a chart of this size for one kind of memory."""
        ring, width = usage.rings[self._span], plot_columns(size.width)
        columns, keys = ring.columns(width), self._keys(usage)
        highest_bytes = max((slot.highest_bytes for slot in columns if slot), default=0)
        in_use_bytes = max((slot.used_bytes for slot in columns if slot), default=0)
        amounts, limit_bytes = usage.amounts, usage.limit_bytes
        line = "" if keys else f"{EXPECTED * 2} "
        all_notes = (*notes, f"{line}peak in use {units.size(in_use_bytes)}")
        machine = MachineFigures(name, amounts.used_bytes, amounts.total_bytes, limit_bytes, highest_bytes, all_notes)
        above = self._machine_rows(machine, usage, size)
        models = [self._figures(key, usage) for key in keys]
        rows = model_rows(models, size.width, rows_for_figures(size.height) - len(above))
        return ChartData(
            figures=[*above, *rows],
            series=self._stack(columns, keys),
            # Without models the line of all that is in use has the chart for itself; the limit is not one of that.
            highest=float(highest_bytes if keys else max(highest_bytes, in_use_bytes)),
            limit=(float(limit_bytes) or None) if keys else None,
            expected=[_dotted_bytes(slot, with_models=bool(keys)) for slot in columns],
            marks=[
                TimeMark(
                    ring.column_of(mark.at_s, width), mark.moment.value, self._colours.get(mark.key, 0), mark.words
                )
                for mark in self._markers.marks
                if mark.key in keys
            ],
            times=_TIMES[self._span.minutes],
        )

    def _machine_rows(self, machine: MachineFigures, usage: Usage, size: Size) -> list[Row]:
        """Return the row of the machine, and the rows of its GPUs below the VRAM of the machine."""
        if not usage.is_known:
            return [[Word(f"{machine.name} ", Tone.MUTED), Word(self._gpu_note or units.UNKNOWN, Tone.MUTED)]]
        row, is_low = machine_row(machine, size.width), size.height < _GPU_ROW_FROM_ROWS
        # The chart of VRAM has the remark on the GPUs, and that of RAM only if there is no such chart.
        has_note = not is_low and (usage is self._vram or self._vram_chart is None)
        notes = note_rows(self._gpu_note, row, size.width) if has_note else []
        gpus = self._gpus if usage is self._vram else self._without_memory
        alone = usage is self._ram or len(gpus) == 1
        shown = () if alone and is_low else gpus
        return [row, *(gpu_row(gpu, size.width, alone=alone) for gpu in shown), *notes]

    def _stack(self, columns: Sequence[Slot | None], keys: Sequence[str]) -> list[Series]:
        """Stack the models, the newest on top, so that the upper edge is what the limit applies to."""
        heights = [0] * len(columns)
        series: list[Series] = []
        for key in keys:
            heights = [
                height + slot.by_model.get(key, 0) if slot else 0 for height, slot in zip(heights, columns, strict=True)
            ]
            series.append(Series(values=heights, colour=self._colours.get(key, 0)))
        return series[::-1]

    def _keys(self, usage: Usage) -> list[str]:
        """Return the models in the time shown, those that came first at the front; a model that is shown stays where it
        is, also when only its end is still in view.
        """
        keys = usage.rings[self._span].keys
        if usage is self._vram:
            more = list(usage.amounts.unknown)
        else:
            more = [mark.key for mark in self._markers.marks if self._in_view(mark)]
        places = {key: place for place, key in enumerate(self._colours)}
        return sorted(dict.fromkeys((*keys, *more)), key=lambda key: places.get(key, len(places)))

    def _in_view(self, mark: MomentMark) -> bool:
        newest_s = (self._ram.rings[self._span].newest + 1) * self._span.slot_s
        return mark.at_s > newest_s - self._span.minutes * 60

    def _figures(self, key: str, usage: Usage) -> ModelFigures:
        state = self._markers.state_of(key)
        if usage is self._vram:
            # The forecast is one of RAM.
            state = replace(state, forecast_bytes=None)
        return ModelFigures(key, self._colours.get(key, 0), usage.memory_of(key), usage.has_model(key), state)

    def _colour_models(self) -> None:
        """Give each model a colour of its own while there are enough; it keeps its colour while it is shown."""
        shown = dict.fromkeys((*self._keys(self._ram), *self._keys(self._vram)))
        self._colours = {key: colour for key, colour in self._colours.items() if key in shown}
        for key in shown:
            if key not in self._colours:
                free = [colour for colour in range(SERIES_COLOURS) if colour not in self._colours.values()]
                self._colours[key] = free[0] if free else len(self._colours) % SERIES_COLOURS

    def _show_span(self) -> None:
        """Show which time the chart covers, and the meaning of the marks if there are any."""
        minutes = self._span.minutes
        next_span = f"{SPANS[(SPANS.index(self._span) + 1) % len(SPANS)].minutes} min"
        span = f"last {minutes} minutes · z shows {next_span}" if minutes > 1 else f"last minute · z shows {next_span}"
        if any(self._in_view(mark) for mark in self._markers.marks):
            short = self.size.width < _LEGEND_FROM_CELLS
            span = f"{SHORT_LEGEND} · {minutes} min" if short else f"{LEGEND}  ·  {span}"
        if self.border_subtitle != span:
            self.border_subtitle = span


def _dotted_bytes(slot: Slot | None, *, with_models: bool) -> int | None:
    """Return the height of the dotted line: what models are expected to take or, without models, all that is in use."""
    if slot is None:
        return None
    return (slot.expected_bytes if with_models else slot.used_bytes) or None
