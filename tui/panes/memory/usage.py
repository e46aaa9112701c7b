"""One kind of memory over the last half hour: what the models take, what is expected of them, and their limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from tui.records import GpuReading, MemoryReading


_BRIDGED_S: Final = 5.0
"""Without a new reading the last one stands for so long; a longer silence is a gap."""
_LIMIT_STEP: Final = 0.02
"""The limit shown moves only if the real one has moved by more than this share, so that the axis stays calm."""


class Span(NamedTuple):
    """A length of time that the chart can show, with the time that one slot covers."""

    minutes: int
    slot_s: float

    @property
    def slots(self) -> int:
        return round(self.minutes * 60 / self.slot_s)


SPANS: Final = (Span(1, 0.25), Span(5, 1.0), Span(30, 6.0))


class Slot(NamedTuple):
    """The highest moment within a slot of time, so that models that were never loaded together do not add up."""

    by_model: Mapping[str, int]
    used_bytes: int = 0
    expected_bytes: int = 0
    """What all models are expected to take once those that are loading have answered; 0 while none is loading."""

    @property
    def models_bytes(self) -> int:
        return sum(self.by_model.values())

    @property
    def highest_bytes(self) -> int:
        return max(self.models_bytes, self.expected_bytes)

    def higher_of(self, other: Slot) -> Slot:
        return Slot(
            self.by_model if self.models_bytes >= other.models_bytes else other.by_model,
            max(self.used_bytes, other.used_bytes),
            max(self.expected_bytes, other.expected_bytes),
        )


class Ring:
    """The slots of one span, the newest last; a slot is ``None`` if nothing is known of its time."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.newest = 0
        """The running number of the newest slot."""
        self._slots: deque[Slot | None] = deque(maxlen=span.slots)
        self._last_known = -span.slots
        self._last_seen: dict[str, int] = {}
        self._columns: dict[int, Slot | None] = {}
        self._columns_for = 0
        self._columns_until = 0

    @property
    def keys(self) -> list[str]:
        """The models in the slots, those that came first at the front."""
        return [key for key, slot in self._last_seen.items() if slot > self.newest - self.span.slots]

    @property
    def is_empty(self) -> bool:
        """Whether all slots are gaps."""
        return self._last_known <= self.newest - self.span.slots

    def add(self, at_s: float, slot: Slot | None) -> None:
        """Add a reading, or ``None`` for a moment without one."""
        number = int(at_s / self.span.slot_s)
        last = self._slots[-1] if self._slots else None
        if self._slots and number <= self.newest:
            self._slots[-1] = slot.higher_of(last) if slot and last else slot or last
        else:
            missed = min(number - self.newest - 1, self.span.slots) if self._slots else 0
            bridge = last if missed <= max(1, _BRIDGED_S / self.span.slot_s) else None
            self._slots.extend([bridge] * missed)
            self._slots.append(slot)
            self.newest = number
            self._last_seen = {key: self._last_seen[key] for key in self.keys}
        if slot is not None:
            self._last_known = self.newest
            self._last_seen |= dict.fromkeys(slot.by_model, self.newest)

    def columns(self, width: int) -> list[Slot | None]:
        """Return the slots combined into so many columns; a moment stays in its column, so that the past does not
        flicker.

        Only the columns that have changed since the last call are computed again.
        """
        if width != self._columns_for:
            self._columns, self._columns_for, self._columns_until = {}, width, self.newest - self.span.slots + 1
        last = self._column(self.newest)
        first = last - width + 1
        for column in range(max(first, self._column(self._columns_until - 1)), last + 1):
            self._columns[column] = self._highest_in(column)
        self._columns_until = self.newest
        for column in [column for column in self._columns if column < first]:
            del self._columns[column]
        return [self._columns.get(column) for column in range(first, last + 1)]

    def column_of(self, at_s: float, width: int) -> int:
        """Return the column of a moment, counted from the left; it is negative if the moment has left the chart."""
        slot = min(int(at_s / self.span.slot_s), self.newest)
        return width - 1 - self._column(self.newest, width) + self._column(slot, width)

    def _column(self, slot: int, width: int | None = None) -> int:
        """Return the running number of the column at the right edge of a slot."""
        return ((slot + 1) * (width or self._columns_for) - 1) // self.span.slots

    def _highest_in(self, column: int) -> Slot | None:
        """Return the highest of the slots that a column covers, even in part."""
        slots, oldest = self.span.slots, self.newest - len(self._slots) + 1
        first = column * slots // self._columns_for
        last = ((column + 1) * slots - 1) // self._columns_for
        result: Slot | None = None
        for number in range(max(first, oldest), min(last, self.newest) + 1):
            slot = self._slots[number - oldest]
            if slot is not None:
                result = slot if result is None else slot.higher_of(result)
        return result


class Amounts(NamedTuple):
    """One kind of memory in one reading."""

    used_bytes: int
    total_bytes: int
    limit_bytes: int
    """What the models together may take."""
    by_model: Mapping[str, int]
    estimated: Set[str] = frozenset()
    """The models whose figure is the rise of the device's memory during their load."""
    unknown: Set[str] = frozenset()
    """The models for which not even that is known."""
    expected_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ModelMemory:
    """The memory that one model takes now, and the most it has taken since its load; ``None`` if it is unknown."""

    now_bytes: int | None = None
    peak_bytes: int | None = None
    estimated: bool = False


class Usage:
    """Everything that a chart and its figures show of one kind of memory."""

    def __init__(self) -> None:
        self.rings = {span: Ring(span) for span in SPANS}
        self.amounts = Amounts(0, 0, 0, {})
        self.limit_bytes = 0
        self.is_known = False
        """Whether the newest reading has this memory."""
        self._peaks: dict[str, int] = {}

    def memory_of(self, key: str) -> ModelMemory:
        """Return the memory of one model; what it takes now is unknown while the readings do not have this memory."""
        peak_bytes = self._peaks.get(key)
        if not self.is_known:
            return ModelMemory(None, peak_bytes)
        now_bytes = self.amounts.by_model.get(key)
        if peak_bytes is not None and now_bytes is not None:
            # A new load forgets the peak, while the newest reading may be from a moment before.
            peak_bytes = max(peak_bytes, now_bytes)
        return ModelMemory(now_bytes, peak_bytes, key in self.amounts.estimated)

    def has_model(self, key: str) -> bool:
        """Return whether the newest reading has the model."""
        return key in self.amounts.by_model or key in self.amounts.unknown

    def forget_peak(self, key: str) -> None:
        """Forget a model's peak, since a new load begins."""
        self._peaks.pop(key, None)

    def raise_peak(self, key: str, peak_bytes: int | None) -> None:
        """Raise a model's peak to that of its own process, which knows it better than readings from outside."""
        if peak_bytes is not None:
            self._peaks[key] = max(self._peaks.get(key, 0), peak_bytes)

    def add(self, at_s: float, amounts: Amounts) -> None:
        """Add one reading."""
        self.amounts, self.is_known = amounts, True
        for key, bytes_now in amounts.by_model.items():
            self.raise_peak(key, bytes_now)
        if abs(amounts.limit_bytes - self.limit_bytes) > self.limit_bytes * _LIMIT_STEP:
            self.limit_bytes = amounts.limit_bytes
        slot = Slot(amounts.by_model, amounts.used_bytes, amounts.expected_bytes)
        for ring in self.rings.values():
            ring.add(at_s, slot)

    def add_gap(self, at_s: float) -> None:
        """Record that a reading does not have this memory, so that the chart moves on with a gap."""
        self.is_known = False
        for ring in self.rings.values():
            ring.add(at_s, None)


def ram_amounts(reading: MemoryReading, floor_bytes: int, awaited_forecasts: Mapping[str, int]) -> Amounts:
    """Return the RAM of a reading; the limit is what is available and what the models take already, without the part
    that must stay free.
    """
    by_model = reading.rss_bytes
    models_bytes = sum(by_model.values())
    rise_bytes = sum(max(0, forecast - by_model.get(key, 0)) for key, forecast in awaited_forecasts.items())
    return Amounts(
        used_bytes=reading.total_bytes - reading.available_bytes,
        total_bytes=reading.total_bytes,
        limit_bytes=max(0, min(reading.available_bytes + models_bytes, reading.total_bytes) - floor_bytes),
        by_model=by_model,
        expected_bytes=models_bytes + rise_bytes if rise_bytes else 0,
    )


class VramReader:
    """The VRAM of all GPUs together.

    If the driver does not report a model's part, the rise of the device's memory during its load stands in for it.
    """

    def __init__(self) -> None:
        self._used_bytes = 0
        self._loading: str | None = None
        self._before_bytes = 0
        self._rises: dict[str, int] = {}

    def begin_load(self, key: str) -> None:
        """Attribute any rise from now on to this model."""
        self._loading, self._before_bytes = key, self._used_bytes
        self._rises.pop(key, None)

    def end(self, key: str) -> None:
        """Record that a model has ended: from now on the memory of the devices tells nothing about a model that is
        loading.
        """
        self._rises.pop(key, None)
        self._loading = None

    def read(self, gpus: tuple[GpuReading, ...]) -> Amounts:
        """Return the sums of all GPUs; the limit is that of the devices in use, or of the one with the most room before
        any is in use.
        """
        self._used_bytes = sum(gpu.used_bytes or 0 for gpu in gpus)
        reported: dict[str, int] = {}
        unreported: set[str] = set()
        for gpu in gpus:
            for key, model_bytes in gpu.process_bytes.items():
                if model_bytes is None:
                    unreported.add(key)
                elif model_bytes:
                    reported[key] = reported.get(key, 0) + model_bytes
        if self._loading in unreported:
            rise = self._used_bytes - self._before_bytes
            if rise > 0:
                self._rises[self._loading] = rise
        reported |= {key: self._rises[key] for key in unreported if key in self._rises}
        limited = [gpu for gpu in gpus if any(gpu.process_bytes.values())] or [max(gpus, key=_free_bytes)]
        return Amounts(
            used_bytes=self._used_bytes,
            total_bytes=sum(gpu.total_bytes or 0 for gpu in gpus),
            # The processes may hold more than the driver counts as used.
            limit_bytes=min(
                sum(map(_free_bytes, limited)) + sum(reported.values()), sum(gpu.total_bytes or 0 for gpu in gpus)
            ),
            by_model=reported,
            estimated=unreported & self._rises.keys(),
            unknown=unreported - self._rises.keys(),
        )


def _free_bytes(gpu: GpuReading) -> int:
    return (gpu.total_bytes or 0) - (gpu.used_bytes or 0)
