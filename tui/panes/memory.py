"""What the machine and each loaded model hold, over the last minutes."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final, NamedTuple

from textual.app import ComposeResult
from textual.containers import Vertical

from tui.bench.events import Event, MemoryRead, ModelLoading
from tui.measure import units
from tui.panes.chart import SERIES_STYLES, AreaChart, ChartData, Series
from tui.panes.wrap import visible
from tui.records import MemoryReading

_SLOT_S: Final = 0.5
_SLOTS: Final = 240
_HELD_SLOTS: Final = 10
"""So long the last reading stands when no new one comes; a longer silence is a gap."""
_PAINT_EVERY_S: Final = 0.27
"""Less than four times a second, and not in step with the streams."""
_ALL: Final = 0
"""The colour of what is in use altogether; models have those after it."""


class _Slot(NamedTuple):
    """The highest values of half a second."""

    used_bytes: int
    by_model: Mapping[str, int]

    def or_higher(self, other: _Slot) -> _Slot:
        keys = {*self.by_model, *other.by_model}
        highest = {key: max(self.by_model.get(key, 0), other.by_model.get(key, 0)) for key in keys}
        return _Slot(max(self.used_bytes, other.used_bytes), highest)


class Usage:
    """One kind of memory over the last minutes: what is in use, and each model's part of it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._total_bytes = 0
        self._used_bytes = 0
        self._now: Mapping[str, int] = {}
        self._peaks: dict[str, int] = {}
        self._slots: deque[_Slot | None] = deque(maxlen=_SLOTS)
        self._newest = -1

    @property
    def seen(self) -> bool:
        """Whether there has been a reading."""
        return self._newest >= 0

    @property
    def keys(self) -> tuple[str, ...]:
        """The models seen in the time shown, those that came first at the front."""
        return tuple(dict.fromkeys(key for slot in self._slots if slot for key in slot.by_model))

    def forget_peak(self, key: str) -> None:
        """A model's peak begins anew with its load."""
        self._peaks.pop(key, None)

    def add(self, at_s: float, used_bytes: int, total_bytes: int, by_model: Mapping[str, int]) -> None:
        """Take in one reading."""
        self._total_bytes, self._used_bytes, self._now = total_bytes, used_bytes, by_model
        for key, held in by_model.items():
            self._peaks[key] = max(self._peaks.get(key, 0), held)
        number, slot = int(at_s / _SLOT_S), _Slot(used_bytes, by_model)
        last = self._slots[-1] if self._slots else None
        if number <= self._newest:
            self._slots[-1] = slot.or_higher(last) if last else slot
            return
        missed = min(number - self._newest - 1, _SLOTS) if self._slots else 0
        self._slots.extend([last if missed <= _HELD_SLOTS else None] * missed)
        self._slots.append(slot)
        self._newest = number

    def chart(self, colours: Mapping[str, int]) -> ChartData:
        """The areas: the models stand on each other at the bottom, what is in use altogether is behind them."""
        used = Series(
            label=f"{self._name} {units.size(self._used_bytes)} of {units.size(self._total_bytes)}",
            values=[slot.used_bytes if slot else None for slot in self._slots],
            colour=_ALL,
        )
        keys = self.keys
        models = [
            Series(label=self._label(key), values=self._stacked(keys[place:]), colour=colours[key])
            for place, key in enumerate(keys)
        ]
        return ChartData(
            series=(used, *models),
            top=float(self._total_bytes),
            top_label=units.size(self._total_bytes),
            slots=_SLOTS,
            newest_slot=max(0, self._newest),
        )

    def _stacked(self, keys: tuple[str, ...]) -> list[float | None]:
        return [sum([slot.by_model.get(key, 0) for key in keys]) if slot else None for slot in self._slots]

    def _label(self, key: str) -> str:
        name, peak = visible(key), units.size(self._peaks.get(key))
        if key not in self._now:
            return f"{name} ended (peak {peak})"
        held = units.size(self._now[key])
        value, _, unit = peak.partition(" ")
        return f"{name} {held} (peak {value if held.endswith(unit) else peak})"


class MemoryPane(Vertical):
    """A chart of RAM, and one of VRAM where there is a GPU, each with the loaded models in it."""

    DEFAULT_CSS = """
    MemoryPane {
        AreaChart { height: 1fr; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.border_title = "Memory"
        self.border_subtitle = "last 2 minutes"
        self._ram, self._ram_chart = Usage("RAM"), AreaChart()
        self._vram = Usage("VRAM")
        self._vram_chart: AreaChart | None = None
        """Made when a GPU is seen: most machines have none, and every widget makes the first frame later."""
        self._colours: dict[str, int] = {}
        self._changed = False

    def compose(self) -> ComposeResult:
        yield self._ram_chart

    def on_mount(self) -> None:
        self.set_interval(_PAINT_EVERY_S, self._paint)

    def on_show(self) -> None:
        self._changed = True

    def show(self, event: Event) -> None:
        """Take in one event; it is painted at most four times a second."""
        match event:
            case MemoryRead(reading=reading):
                self._add(reading)
            case ModelLoading(key=key):
                self._ram.forget_peak(key)
                self._vram.forget_peak(key)
            case _:
                # That a model has ended shows in the readings.
                pass

    def _add(self, reading: MemoryReading) -> None:
        self._changed = True
        in_use = reading.total_bytes - reading.available_bytes
        self._ram.add(reading.at_s, in_use, reading.total_bytes, reading.rss_bytes)
        if not reading.gpus:
            return
        held: dict[str, int] = {}
        for gpu in reading.gpus:
            for key, value in gpu.process_bytes.items():
                if value is not None:
                    held[key] = held.get(key, 0) + value
        used, total = sum(gpu.used_bytes for gpu in reading.gpus), sum(gpu.total_bytes for gpu in reading.gpus)
        self._vram.add(reading.at_s, used, total, held)

    def _paint(self) -> None:
        if not self._changed or not self.is_on_screen:
            return
        self._changed = False
        self._colour_models()
        self._ram_chart.show(self._ram.chart(self._colours))
        if not self._vram.seen:
            return
        if self._vram_chart is None:
            self._vram_chart = AreaChart()
            self.mount(self._vram_chart)
        self._vram_chart.show(self._vram.chart(self._colours))

    def _colour_models(self) -> None:
        """Give each model a colour of its own while there are enough; it keeps it while it is shown."""
        shown = dict.fromkeys((*self._ram.keys, *self._vram.keys))
        self._colours = {key: colour for key, colour in self._colours.items() if key in shown}
        for key in shown:
            if key not in self._colours:
                free = [colour for colour in range(_ALL + 1, SERIES_STYLES) if colour not in self._colours.values()]
                self._colours[key] = free[0] if free else _ALL + 1 + len(self._colours) % (SERIES_STYLES - 1)
