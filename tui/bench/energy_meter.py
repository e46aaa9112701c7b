"""What each sample takes above the machine's rest, from whatever tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.measure.energy import PowerAt, integrated_j
from tui.probes.power import Counters, EnergyMark, gpu_between_j
from tui.probes.sampler import Sampler
from tui.records import EnergySource, GpuReading, MemoryReading, Model, Plan, Purpose, Sample

REST_S: Final = 2.0
"""How long the machine's rest is measured before a run, where something can measure it."""
_MARK_EVERY_S: Final = 20.0
"""How often a long answer's counters are looked at in between: at hundreds of watts they begin again within minutes."""
_GPU_PROVIDERS: Final = ("CUDA", "TensorRT", "TRT", "Dml", "WebGpu", "ROCM", "MIGraphX")
_CPU_PROVIDER: Final = "CPU"


@dataclass(frozen=True, slots=True)
class _Taken:
    """Joules of one stretch of time by what told them, and what that source draws at rest."""

    source: EnergySource
    energy_j: float
    idle_watts: float | None


@dataclass(slots=True, eq=False)
class _Stretch:
    """A sample in flight, and whether it has had the machine to itself so far."""

    alone: bool


class EnergyMeter:
    """Measures the energy of samples that run alone; of several at once nobody can tell whose it is."""

    def __init__(
        self,
        plan: Plan,
        sampler: Sampler | None,
        counters: Callable[[], Counters] = Counters,
        rest_s: float = REST_S,
        mark_every_s: float = _MARK_EVERY_S,
    ) -> None:
        self._plan = plan
        self._sampler = sampler
        self._make_counters = counters
        self._counters: Counters | None = None
        self._rest_s = rest_s
        self._mark_every_s = mark_every_s
        self._rest: dict[EnergySource, dict[int, float]] = {}
        """Watts at rest by GPU; the processor's packages together stand under 0."""
        self._in_flight: list[_Stretch] = []
        self._idle_watts: dict[str, float] = {}

    async def measure_rest(self) -> None:
        """Measure what the machine draws at rest, before anything is loaded; at once where nothing tells."""
        if self._plan.purpose is not Purpose.BENCHMARK:
            return
        counters = await asyncio.to_thread(self._make_counters)
        before = await asyncio.to_thread(counters.mark)
        told = before.packages_uj or before.gpus_mj or _drawing(self._newest_gpus())
        if told or self._plan.watts:
            self._counters = counters
        if told:
            await asyncio.sleep(self._rest_s)
            self._rest = self._at_rest(counters, before, await asyncio.to_thread(counters.mark))

    def _at_rest(
        self, counters: Counters, before: EnergyMark, after: EnergyMark
    ) -> dict[EnergySource, dict[int, float]]:
        """Watts by source and place."""
        seconds = after.at_s - before.at_s
        told = {
            EnergySource.RAPL: {0: counters.rapl.over_j((before, after))},
            EnergySource.GPU_COUNTER: {index: gpu_between_j(before, after, index) for index in before.gpus_mj},
            EnergySource.GPU_POWER: self._integrated(before, after, _drawing(self._newest_gpus())),
        }
        return {
            source: {place: energy_j / seconds for place, energy_j in by_place.items() if energy_j is not None}
            for source, by_place in told.items()
        }

    def idle_watts(self, key: str) -> float | None:
        """What the source of this model's energy drew at rest, once a sample of it has shown which source that is."""
        return self._idle_watts.get(key)

    async def measure(self, model: Model, work: Callable[[], Awaitable[Sample]]) -> Sample:
        """The sample that this work gives, with what it took where that can be told."""
        if self._counters is None:
            return await work()
        marks = [await asyncio.to_thread(self._counters.mark)]
        stretch = _Stretch(alone=not self._in_flight)
        for other in self._in_flight:
            other.alone = False
        self._in_flight.append(stretch)
        marking = asyncio.create_task(self._keep_marking(self._counters, marks))
        try:
            sample = await work()
        finally:
            marking.cancel()
            self._in_flight.remove(stretch)
        marks.append(await asyncio.to_thread(self._counters.mark))
        taken = self._taken(model, sample, marks)
        if taken is not None and taken.idle_watts is not None:
            self._idle_watts[model.key] = taken.idle_watts
        if taken is None or not stretch.alone:
            return sample
        return replace(sample, energy_j=taken.energy_j, energy_source=taken.source)

    async def _keep_marking(self, counters: Counters, marks: list[EnergyMark]) -> None:
        while True:
            await asyncio.sleep(self._mark_every_s)
            marks.append(await asyncio.to_thread(counters.mark))

    def _taken(self, model: Model, sample: Sample, marks: Sequence[EnergyMark]) -> _Taken | None:
        """By the best source that tells, from the one that counts to the one that a person has named."""
        measured = self._measured(model, marks)
        if measured is not None:
            return measured
        watts, end_ns = self._plan.watts.get(model.key), sample.timeline.end_ns
        if watts is None or end_ns is None:
            return None
        idle_watts = self._plan.idle_watts
        return _Taken(EnergySource.CONFIGURED, (watts - (idle_watts or 0.0)) * end_ns / 1e9, idle_watts)

    def _measured(self, model: Model, marks: Sequence[EnergyMark]) -> _Taken | None:
        assert self._counters is not None
        before, after = marks[0], marks[-1]
        if model.traits.is_remote:
            return None
        gpus = self._gpus_of(model)
        if gpus is None:
            return None
        if not gpus:
            energy_j = self._counters.rapl.over_j(marks)
            return self._above_rest(EnergySource.RAPL, {0: energy_j}, before, after)
        counted = {index: gpu_between_j(before, after, index) for index in gpus}
        found = self._above_rest(EnergySource.GPU_COUNTER, counted, before, after)
        if found is not None:
            return found
        return self._above_rest(EnergySource.GPU_POWER, self._integrated(before, after, gpus), before, after)

    def _above_rest(
        self, source: EnergySource, by_place: Mapping[int, float | None], before: EnergyMark, after: EnergyMark
    ) -> _Taken | None:
        rest = self._rest.get(source, {})
        known = [energy_j for energy_j in by_place.values() if energy_j is not None]
        if not known or len(known) < len(by_place) or not by_place.keys() <= rest.keys():
            return None
        idle_watts = sum(rest[place] for place in by_place)
        return _Taken(source, sum(known) - idle_watts * (after.at_s - before.at_s), idle_watts)

    def _gpus_of(self, model: Model) -> tuple[int, ...] | None:
        """The GPUs that a model runs on, none for the processor; ``None`` where that cannot be told."""
        gpus = self._newest_gpus()
        holding = tuple(gpu.index for gpu in gpus if gpu.process_bytes.get(model.key))
        if holding:
            return holding
        provider = model.execution_provider or ""
        if model.variant == "gpu" or any(name in provider for name in _GPU_PROVIDERS):
            return (gpus[0].index,) if len(gpus) == 1 else None
        on_cpu = model.variant in (None, "cpu") and (not provider or provider.startswith(_CPU_PROVIDER))
        return () if on_cpu else None

    def _newest_gpus(self) -> Sequence[GpuReading]:
        newest = self._sampler.newest if self._sampler is not None else None
        return newest.gpus if newest is not None else ()

    def _integrated(self, before: EnergyMark, after: EnergyMark, gpus: Iterable[int]) -> dict[int, float | None]:
        readings = self._sampler.since(0)[1] if self._sampler is not None else []
        return {index: integrated_j(_power(readings, index), before.at_s, after.at_s) for index in gpus}


def _power(readings: Sequence[MemoryReading], index: int) -> list[PowerAt]:
    return [
        PowerAt(reading.at_s, gpu.power_watts)
        for reading in readings
        for gpu in reading.gpus
        if gpu.index == index and gpu.power_watts is not None
    ]


def _drawing(gpus: Sequence[GpuReading]) -> tuple[int, ...]:
    """Those that tell what they draw."""
    return tuple(gpu.index for gpu in gpus if gpu.power_watts is not None)
