"""The energy counters of this machine: that of the processor through Linux, and those of GPUs through NVIDIA's driver.

Both may be missing, refused, or go away at any time; what cannot be read is unknown.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol, cast

from tui.measure.energy import counter_increase
from tui.probes.gpu import errors_of

RAPL_FOLDER: Final = Path("/sys/class/powercap")
_PACKAGE: Final = "package"
"""The names of the domains of whole processors begin with it. Others are parts of one, or contain it like ``psys``."""
_UJ_PER_J: Final = 1_000_000
_MJ_PER_J: Final = 1_000


class EnergyNvml(Protocol):
    """The part of ``pynvml`` that is used here; the module has no types of its own."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802
    def nvmlDeviceGetCount(self) -> int: ...  # noqa: N802
    def nvmlDeviceGetHandleByIndex(self, index: int) -> object: ...  # noqa: N802
    def nvmlDeviceGetTotalEnergyConsumption(self, handle: object) -> int: ...  # noqa: N802


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyMark:
    """The values of the counters at one moment; a counter that could not be read is left out."""

    at_s: float
    """The time by the monotonic clock."""
    packages_uj: Mapping[str, int] = field(default_factory=dict[str, int])
    gpus_mj: Mapping[int, int] = field(default_factory=dict[int, int])


class Rapl:
    """The energy counters of the processor's packages, which on most systems only root may read."""

    def __init__(self, root: Path = RAPL_FOLDER) -> None:
        # Another control type, intel-rapl-mmio, counts the same packages again.
        folders = sorted(root.glob("intel-rapl:*"))
        self._packages = [path for path in folders if (_text(path / "name") or "").startswith(_PACKAGE)]
        self._largest_uj = {path.name: _number(path / "max_energy_range_uj") or 0 for path in self._packages}

    @property
    def problem(self) -> str:
        """The reason for which the counters cannot be read, in words; empty if they can."""
        if not self._packages:
            return "the system tells of no energy counter of the processor"
        if not self.read():
            return (
                "the processor's energy counter (RAPL) may be read by root only: run as root, or let "
                f"your user read {self._packages[0] / 'energy_uj'}"
            )
        return ""

    def read(self) -> dict[str, int]:
        """The microjoules by package; empty unless every package can be read."""
        values = {path.name: _number(path / "energy_uj") for path in self._packages}
        readable = {name: value for name, value in values.items() if value is not None}
        return readable if len(readable) == len(values) else {}

    def over_j(self, marks: Sequence[EnergyMark]) -> float | None:
        """The joules that all packages took from the first mark to the last; ``None`` if a mark lacks a package.

        Between two marks a counter may begin again once; if it begins again more often, that cannot be noticed.
        """
        if any(not mark.packages_uj or mark.packages_uj.keys() != marks[0].packages_uj.keys() for mark in marks):
            return None
        steps = [
            (before.packages_uj[name], after.packages_uj[name], self._largest_uj[name])
            for before, after in pairwise(marks)
            for name in before.packages_uj
        ]
        if any(after < before and not largest for before, after, largest in steps):
            return None
        return sum(counter_increase(*step) for step in steps) / _UJ_PER_J


class GpuCounters:
    """The energy counters that NVIDIA's driver keeps from Volta on."""

    def __init__(self, nvml: EnergyNvml | None = None) -> None:
        self._nvml = nvml or cast(EnergyNvml, importlib.import_module("pynvml"))
        self._errors = errors_of(self._nvml)
        try:
            self._nvml.nvmlInit()
            self._count = self._nvml.nvmlDeviceGetCount()
        except self._errors:
            self._count = 0

    def read(self) -> dict[int, int]:
        """The millijoules by the index of each GPU whose driver counts them."""
        values = {index: self._of(index) for index in range(self._count)}
        return {index: value for index, value in values.items() if value is not None}

    def _of(self, index: int) -> int | None:
        try:
            return int(self._nvml.nvmlDeviceGetTotalEnergyConsumption(self._nvml.nvmlDeviceGetHandleByIndex(index)))
        except self._errors:
            return None


def gpu_between_j(before: EnergyMark, after: EnergyMark, index: int) -> float | None:
    """The joules that one GPU took between two marks; ``None`` if one is missing, or its driver began anew."""
    first, last = before.gpus_mj.get(index), after.gpus_mj.get(index)
    return None if first is None or last is None or last < first else (last - first) / _MJ_PER_J


class Counters:
    """Every energy counter of this machine. Calls may take milliseconds, so they must not be made on an event loop."""

    def __init__(self, rapl: Rapl | None = None, gpus: GpuCounters | None = None) -> None:
        self.rapl = rapl or Rapl()
        self.gpus = gpus or GpuCounters()

    def mark(self) -> EnergyMark:
        """Read the counters now."""
        return EnergyMark(at_s=time.monotonic(), packages_uj=self.rapl.read(), gpus_mj=self.gpus.read())


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return None


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text is not None and text.isdigit() else None
