"""Measure the energy of each sample above the machine's rest, by the best source that the machine has.

The sources, the best first: counters of the processor (RAPL) or of the GPU, the power that the GPU reports over time,
and watts that the configuration names. How joules become joules per token is decided in ``measure.energy``.
"""

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
"""The seconds for which the machine's rest is measured before a run, if there is a source that can measure it."""
_MARK_EVERY_S: Final = 20.0
"""The seconds between two readings of the counters during a long answer: at hundreds of watts they wrap in minutes."""
_GPU_PROVIDERS: Final = ("CUDA", "TensorRT", "TRT", "Dml", "WebGpu", "ROCM", "MIGraphX")
_CPU_PROVIDER: Final = "CPU"


@dataclass(frozen=True, slots=True)
class _Energy:
    """The energy of one sample above rest, with its source and the power that this source draws at rest."""

    source: EnergySource
    energy_j: float
    idle_watts: float | None


@dataclass(slots=True, eq=False)
class _Stretch:
    """A sample in flight; ``alone`` is whether no other sample has been in flight beside it so far."""

    alone: bool


class EnergyMeter:
    """Measures the energy of samples that run alone; that of several samples in flight cannot be divided."""

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
        """Watts at rest by source, and by the index of the GPU; the packages of the processor together have index 0."""
        self._in_flight: list[_Stretch] = []
        self._idle_watts: dict[str, float] = {}

    async def measure_rest(self) -> None:
        """Measure the power of the machine at rest, before anything is loaded.

        Returns at once if no source can measure it, or if the run is a question.
        """
        if self._plan.purpose is not Purpose.BENCHMARK:
            return
        counters = await asyncio.to_thread(self._make_counters)
        before = await asyncio.to_thread(counters.mark)
        can_measure = before.packages_uj or before.gpus_mj or _gpus_with_power(self._newest_gpus())
        if can_measure or self._plan.watts:
            self._counters = counters
        if can_measure:
            await asyncio.sleep(self._rest_s)
            self._rest = self._at_rest(counters, before, await asyncio.to_thread(counters.mark))

    def _at_rest(
        self, counters: Counters, before: EnergyMark, after: EnergyMark
    ) -> dict[EnergySource, dict[int, float]]:
        """Compute the watts between two marks, by source and by index of the GPU."""
        seconds = after.at_s - before.at_s
        energies = {
            EnergySource.RAPL: {0: counters.rapl.over_j((before, after))},
            EnergySource.GPU_COUNTER: {index: gpu_between_j(before, after, index) for index in before.gpus_mj},
            EnergySource.GPU_POWER: self._integrated(before, after, _gpus_with_power(self._newest_gpus())),
        }
        return {
            source: {index: energy_j / seconds for index, energy_j in by_index.items() if energy_j is not None}
            for source, by_index in energies.items()
        }

    def idle_watts(self, key: str) -> float | None:
        """Return the watts at rest of the source of a model's energy; ``None`` before its first sample with energy."""
        return self._idle_watts.get(key)

    async def measure(self, model: Model, work: Callable[[], Awaitable[Sample]]) -> Sample:
        """Do the work that measures a sample, and add the energy to the sample if it can be measured."""
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
        energy = self._energy_of(model, sample, marks)
        if energy is not None and energy.idle_watts is not None:
            self._idle_watts[model.key] = energy.idle_watts
        if energy is None or not stretch.alone:
            return sample
        return replace(sample, energy_j=energy.energy_j, energy_source=energy.source)

    async def _keep_marking(self, counters: Counters, marks: list[EnergyMark]) -> None:
        while True:
            await asyncio.sleep(self._mark_every_s)
            marks.append(await asyncio.to_thread(counters.mark))

    def _energy_of(self, model: Model, sample: Sample, marks: Sequence[EnergyMark]) -> _Energy | None:
        """Compute the energy of a sample by the best source; the last one is the watts of the configuration."""
        measured = self._measured(model, marks)
        if measured is not None:
            return measured
        watts, end_ns = self._plan.watts.get(model.key), sample.timeline.end_ns
        if watts is None or end_ns is None:
            return None
        idle_watts = self._plan.idle_watts
        return _Energy(EnergySource.CONFIGURED, (watts - (idle_watts or 0.0)) * end_ns / 1e9, idle_watts)

    def _measured(self, model: Model, marks: Sequence[EnergyMark]) -> _Energy | None:
        """Compute the energy by what was measured; ``None`` if no source measures where the model runs."""
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
        by_counter = {index: gpu_between_j(before, after, index) for index in gpus}
        counted_energy = self._above_rest(EnergySource.GPU_COUNTER, by_counter, before, after)
        if counted_energy is not None:
            return counted_energy
        return self._above_rest(EnergySource.GPU_POWER, self._integrated(before, after, gpus), before, after)

    def _above_rest(
        self, source: EnergySource, by_index: Mapping[int, float | None], before: EnergyMark, after: EnergyMark
    ) -> _Energy | None:
        rest = self._rest.get(source, {})
        energies = [energy_j for energy_j in by_index.values() if energy_j is not None]
        if not energies or len(energies) < len(by_index) or not by_index.keys() <= rest.keys():
            return None
        idle_watts = sum(rest[index] for index in by_index)
        return _Energy(source, sum(energies) - idle_watts * (after.at_s - before.at_s), idle_watts)

    def _gpus_of(self, model: Model) -> tuple[int, ...] | None:
        """Find the GPUs that a model runs on; empty if it runs on the processor, ``None`` if that cannot be told."""
        gpus = self._newest_gpus()
        holding = tuple(gpu.index for gpu in gpus if gpu.process_bytes.get(model.key))
        if holding:
            return holding
        provider = model.execution_provider or ""
        device = model.run_on or model.variant
        if device == "gpu" or any(name in provider for name in _GPU_PROVIDERS):
            return (gpus[0].index,) if len(gpus) == 1 else None
        on_cpu = device in (None, "cpu") and (not provider or provider.startswith(_CPU_PROVIDER))
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


def _gpus_with_power(gpus: Sequence[GpuReading]) -> tuple[int, ...]:
    """Find the indexes of the GPUs whose driver tells their power."""
    return tuple(gpu.index for gpu in gpus if gpu.power_watts is not None)
