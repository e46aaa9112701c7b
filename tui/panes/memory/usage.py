"""One kind of memory over the last half hour: what the models hold, what is expected of them, and their limit."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from tui.records import GpuReading, MemoryReading

_HELD_S: Final = 5.0
"""So long the last reading stands when no new one comes; a longer silence is a gap."""
_LIMIT_STIRS: Final = 0.02
"""The limit shown moves only when the real one has moved by more than this share: a calm axis."""


class Span(NamedTuple):
    """A length of time that the chart can show, and how finely."""

    minutes: int
    slot_s: float

    @property
    def slots(self) -> int:
        return round(self.minutes * 60 / self.slot_s)


SPANS: Final = (Span(1, 0.25), Span(5, 1.0), Span(30, 6.0))


class Slot(NamedTuple):
    """A slot of time at its highest moment: models that were never there together do not add up."""

    by_model: Mapping[str, int]
    used_bytes: int = 0
    expected_bytes: int = 0
    """What all models are to hold together once those that load have answered; 0 while none loads."""

    @property
    def together_bytes(self) -> int:
        return sum(self.by_model.values())

    @property
    def highest_bytes(self) -> int:
        return max(self.together_bytes, self.expected_bytes)

    def or_higher(self, other: Slot) -> Slot:
        return Slot(
            self.by_model if self.together_bytes >= other.together_bytes else other.by_model,
            max(self.used_bytes, other.used_bytes),
            max(self.expected_bytes, other.expected_bytes),
        )


class Ring:
    """The slots of one span, the newest last; ``None`` where nothing is known."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.newest = 0
        """Running number of the newest slot."""
        self._slots: deque[Slot | None] = deque(maxlen=span.slots)
        self._last_known = -span.slots
        self._last_seen: dict[str, int] = {}
        self._columns: dict[int, Slot | None] = {}
        self._columns_for = 0
        self._columns_until = 0

    @property
    def keys(self) -> list[str]:
        """The models in it, those that came first at the front."""
        return [key for key, slot in self._last_seen.items() if slot > self.newest - self.span.slots]

    @property
    def is_empty(self) -> bool:
        """Whether there are only gaps."""
        return self._last_known <= self.newest - self.span.slots

    def add(self, at_s: float, slot: Slot | None) -> None:
        """Take in one reading, or that there was none."""
        number = int(at_s / self.span.slot_s)
        last = self._slots[-1] if self._slots else None
        if self._slots and number <= self.newest:
            self._slots[-1] = slot.or_higher(last) if slot and last else slot or last
        else:
            missed = min(number - self.newest - 1, self.span.slots) if self._slots else 0
            held = last if missed <= max(1, _HELD_S / self.span.slot_s) else None
            self._slots.extend([held] * missed)
            self._slots.append(slot)
            self.newest = number
            self._last_seen = {key: self._last_seen[key] for key in self.keys}
        if slot is not None:
            self._last_known = self.newest
            self._last_seen |= dict.fromkeys(slot.by_model, self.newest)

    def columns(self, width: int) -> list[Slot | None]:
        """The slots put together to this many columns: a moment keeps its column, so that the past does not shimmer.

        Only columns that have changed since the last call are put together anew.
        """
        if width != self._columns_for:
            self._columns, self._columns_for, self._columns_until = {}, width, self.newest - self.span.slots + 1
        last = self._column(self.newest)
        first = last - width + 1
        for column in range(max(first, self._column(self._columns_until - 1)), last + 1):
            self._columns[column] = self._together(column)
        self._columns_until = self.newest
        for column in [column for column in self._columns if column < first]:
            del self._columns[column]
        return [self._columns.get(column) for column in range(first, last + 1)]

    def place(self, at_s: float, width: int) -> int:
        """The column of a moment, counted from the left; negative when it has left the chart."""
        slot = min(int(at_s / self.span.slot_s), self.newest)
        return width - 1 - self._column(self.newest, width) + self._column(slot, width)

    def _column(self, slot: int, width: int | None = None) -> int:
        """Running number of the column at the right edge of a slot."""
        return ((slot + 1) * (width or self._columns_for) - 1) // self.span.slots

    def _together(self, column: int) -> Slot | None:
        """The highest of the slots that touch a column."""
        slots, oldest = self.span.slots, self.newest - len(self._slots) + 1
        first = column * slots // self._columns_for
        last = ((column + 1) * slots - 1) // self._columns_for
        result: Slot | None = None
        for number in range(max(first, oldest), min(last, self.newest) + 1):
            slot = self._slots[number - oldest]
            if slot is not None:
                result = slot if result is None else slot.or_higher(result)
        return result


class Amounts(NamedTuple):
    """What one reading says of one kind of memory."""

    used_bytes: int
    total_bytes: int
    limit_bytes: int
    """What the models together may hold."""
    by_model: Mapping[str, int]
    estimated: Set[str] = frozenset()
    """Models whose figure is the device's rise over their load."""
    unknown: Set[str] = frozenset()
    """Models of which not even that is known."""
    expected_bytes: int = 0


@dataclass(frozen=True, slots=True)
class ModelMemory:
    """What one model holds now, and held at most since its load; ``None`` is unknown, or nothing yet."""

    now_bytes: int | None = None
    peak_bytes: int | None = None
    estimated: bool = False


class Usage:
    """Everything that a chart and its figures show of one kind of memory."""

    def __init__(self) -> None:
        self.rings = {span: Ring(span) for span in SPANS}
        self.amounts = Amounts(0, 0, 0, {})
        self.limit_bytes = 0
        self.known = False
        """Whether the newest reading told of this memory."""
        self._peaks: dict[str, int] = {}

    def held(self, key: str) -> ModelMemory:
        """The figures of one model; what it holds now is not known while the readings are silent about it."""
        if not self.known:
            return ModelMemory(None, self._peaks.get(key))
        return ModelMemory(self.amounts.by_model.get(key), self._peaks.get(key), key in self.amounts.estimated)

    def holds(self, key: str) -> bool:
        """Whether the model was there in the newest reading."""
        return key in self.amounts.by_model or key in self.amounts.unknown

    def forget_peak(self, key: str) -> None:
        """A model's peak begins anew with its load."""
        self._peaks.pop(key, None)

    def raise_peak(self, key: str, peak_bytes: int | None) -> None:
        """The model's own process knows its peak better than readings from outside."""
        if peak_bytes is not None:
            self._peaks[key] = max(self._peaks.get(key, 0), peak_bytes)

    def add(self, at_s: float, amounts: Amounts) -> None:
        """Take in one reading."""
        self.amounts, self.known = amounts, True
        for key, held_bytes in amounts.by_model.items():
            self.raise_peak(key, held_bytes)
        if abs(amounts.limit_bytes - self.limit_bytes) > self.limit_bytes * _LIMIT_STIRS:
            self.limit_bytes = amounts.limit_bytes
        slot = Slot(amounts.by_model, amounts.used_bytes, amounts.expected_bytes)
        for ring in self.rings.values():
            ring.add(at_s, slot)

    def miss(self, at_s: float) -> None:
        """The reading told nothing of this memory: its chart moves on with a gap."""
        self.known = False
        for ring in self.rings.values():
            ring.add(at_s, None)


def ram_of(reading: MemoryReading, floor_bytes: int, awaited: Mapping[str, int]) -> Amounts:
    """RAM: the limit is what is available and what the models hold already, without the part that must stay free."""
    held = reading.rss_bytes
    together = sum(held.values())
    rise = sum(max(0, forecast - held.get(key, 0)) for key, forecast in awaited.items())
    return Amounts(
        used_bytes=reading.total_bytes - reading.available_bytes,
        total_bytes=reading.total_bytes,
        limit_bytes=max(0, min(reading.available_bytes + together, reading.total_bytes) - floor_bytes),
        by_model=held,
        expected_bytes=together + rise if rise else 0,
    )


class VramReader:
    """VRAM of all GPUs together. Where the driver does not tell a model's part, the rise over its load stands in."""

    def __init__(self) -> None:
        self._used_bytes = 0
        self._loading: str | None = None
        self._before_bytes = 0
        self._rises: dict[str, int] = {}

    def begin_load(self, key: str) -> None:
        """From now on a rise is taken to be this model's."""
        self._loading, self._before_bytes = key, self._used_bytes
        self._rises.pop(key, None)

    def end(self, key: str) -> None:
        """A model has ended: what the devices hold from now on says nothing about the one that loads."""
        self._rises.pop(key, None)
        self._loading = None

    def read(self, gpus: tuple[GpuReading, ...]) -> Amounts:
        """The sums; the limit is that of the devices in use or, before any is, of the one with the most room."""
        self._used_bytes = sum(gpu.used_bytes for gpu in gpus)
        told: dict[str, int] = {}
        untold: set[str] = set()
        for gpu in gpus:
            for key, held_bytes in gpu.process_bytes.items():
                if held_bytes is None:
                    untold.add(key)
                elif held_bytes:
                    told[key] = told.get(key, 0) + held_bytes
        if self._loading in untold:
            rise = self._used_bytes - self._before_bytes
            if rise > 0:
                self._rises[self._loading] = rise
        told |= {key: self._rises[key] for key in untold if key in self._rises}
        limited = [gpu for gpu in gpus if any(gpu.process_bytes.values())] or [max(gpus, key=_free_bytes)]
        return Amounts(
            used_bytes=self._used_bytes,
            total_bytes=sum(gpu.total_bytes for gpu in gpus),
            limit_bytes=sum(map(_free_bytes, limited)) + sum(told.values()),
            by_model=told,
            estimated=untold & self._rises.keys(),
            unknown=untold - self._rises.keys(),
        )


def _free_bytes(gpu: GpuReading) -> int:
    return gpu.total_bytes - gpu.used_bytes
