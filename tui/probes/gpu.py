"""NVIDIA GPUs, read through the library of their driver. A machine whose driver goes away is one without a GPU."""

from __future__ import annotations

import functools
import importlib
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar, cast

import psutil

from tui.records import GpuReading

_Value = TypeVar("_Value")

DRIVER_GONE: Final = "the GPU driver no longer answers: VRAM is not known from here on"
GPU_LOST: Final = "GPU {} no longer answers"
UNIFIED: Final = "unified memory: the GPU uses the same RAM"
_TEMPERATURE_SENSOR: Final = 0
"""``NVML_TEMPERATURE_GPU``, the only sensor there is."""
_HELD_BACK: Final = 0x04 | 0x08 | 0x20 | 0x40 | 0x80
"""The ``nvmlClocksThrottleReasons`` that count: the power cap, a slowdown by hardware, heat seen by software and by
hardware, and the brake on power. Clocks are also held back for reasons that harm nothing, such as being idle.
"""


class DeviceMemory(Protocol):
    """The memory of a GPU in bytes, as the driver's library gives it."""

    used: int
    total: int


class DeviceUtilisation(Protocol):
    """How busy a GPU is in per cent, as the driver's library gives it."""

    gpu: int


class DeviceProcess(Protocol):
    """A process that uses a GPU, as the driver's library gives it."""

    pid: int
    usedGpuMemory: int | None  # noqa: N815  # NVIDIA's own spelling


class Nvml(Protocol):
    """The part of ``pynvml`` that is used here; the module has no types of its own."""

    NVMLError: type[Exception]

    def nvmlInit(self) -> None: ...  # noqa: N802
    def nvmlShutdown(self) -> None: ...  # noqa: N802
    def nvmlDeviceGetCount(self) -> int: ...  # noqa: N802
    def nvmlDeviceGetHandleByIndex(self, index: int) -> object: ...  # noqa: N802
    def nvmlDeviceGetName(self, handle: object) -> str: ...  # noqa: N802
    def nvmlDeviceGetMemoryInfo(self, handle: object) -> DeviceMemory: ...  # noqa: N802
    def nvmlDeviceGetComputeRunningProcesses(self, handle: object) -> Sequence[DeviceProcess]: ...  # noqa: N802
    def nvmlDeviceGetGraphicsRunningProcesses(self, handle: object) -> Sequence[DeviceProcess]: ...  # noqa: N802
    def nvmlDeviceGetUtilizationRates(self, handle: object) -> DeviceUtilisation: ...  # noqa: N802
    def nvmlDeviceGetPowerUsage(self, handle: object) -> int: ...  # noqa: N802
    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: object) -> int: ...  # noqa: N802
    def nvmlDeviceGetTemperature(self, handle: object, sensor: int) -> int: ...  # noqa: N802


class Gpus:
    """The GPUs of this machine. Calls may take milliseconds: never on the app's event loop."""

    def __init__(self, nvml: Nvml | None = None) -> None:
        self._nvml = nvml or cast(Nvml, importlib.import_module("pynvml"))
        self.note = UNIFIED if sys.platform == "darwin" and platform.machine() == "arm64" else ""
        """A remark on the GPUs for a person, to be shown once and not with every reading."""
        try:
            self._nvml.nvmlInit()
            self.present = True
            """Whether there is a driver, and it still answers."""
        except self._nvml.NVMLError:
            self.present = False

    def read(self, pids: Mapping[str, Sequence[int]]) -> tuple[GpuReading, ...]:
        """Each GPU with what every model's processes hold on it; none from the moment the driver fails.

        If one GPU of several fails it is left out with a note, and the others are read on.
        """
        if not self.present:
            return ()
        try:
            count = self._nvml.nvmlDeviceGetCount()
        except self._nvml.NVMLError:
            self.present, self.note = False, DRIVER_GONE
            return ()
        readings = tuple(reading for index in range(count) if (reading := self._read_one(index, pids)) is not None)
        if count and not readings:
            self.present, self.note = False, DRIVER_GONE
        return readings

    def close(self) -> None:
        """Let go of the driver."""
        if not self.present:
            return
        self.present = False
        self._supported(self._nvml.nvmlShutdown)

    def _read_one(self, index: int, pids: Mapping[str, Sequence[int]]) -> GpuReading | None:
        nvml = self._nvml
        try:
            device = nvml.nvmlDeviceGetHandleByIndex(index)
            memory = nvml.nvmlDeviceGetMemoryInfo(device)
            name = nvml.nvmlDeviceGetName(device)
        except nvml.NVMLError:
            self.note = GPU_LOST.format(index)
            return None
        busy = self._supported(lambda: nvml.nvmlDeviceGetUtilizationRates(device).gpu)
        milliwatts = self._supported(lambda: nvml.nvmlDeviceGetPowerUsage(device))
        reasons = self._supported(lambda: nvml.nvmlDeviceGetCurrentClocksThrottleReasons(device))
        return GpuReading(
            index=index,
            name=name,
            used_bytes=memory.used,
            total_bytes=memory.total,
            process_bytes=self._by_model(device, pids),
            utilisation=None if busy is None else busy / 100,
            power_watts=None if milliwatts is None else milliwatts / 1000,
            temperature_c=self._supported(lambda: nvml.nvmlDeviceGetTemperature(device, _TEMPERATURE_SENSOR)),
            throttled=None if reasons is None else bool(reasons & _HELD_BACK),
        )

    def _supported(self, ask: Callable[[], _Value]) -> _Value | None:
        """The answer of the driver; ``None`` if it does not support the question."""
        try:
            return ask()
        except self._nvml.NVMLError:
            return None

    def _by_model(self, device: object, pids: Mapping[str, Sequence[int]]) -> dict[str, int | None]:
        """The memory on a device by model, over all processes of each; ``None`` if the driver does not report it.

        In a container the driver may list no process, or processes by the numbers of the host. A model that is not
        listed holds nothing only if the list is of this machine's processes.
        """
        nvml, used_bytes = self._nvml, dict[int, "int | None"]()
        for ask in (nvml.nvmlDeviceGetGraphicsRunningProcesses, nvml.nvmlDeviceGetComputeRunningProcesses):
            processes = self._supported(functools.partial(ask, device)) or ()
            used_bytes |= {process.pid: process.usedGpuMemory for process in processes}
        ours = any(psutil.pid_exists(pid) for pid in used_bytes)
        return {key: _sum(used_bytes, of_model, absent=0 if ours else None) for key, of_model in pids.items()}


def _sum(used_bytes: Mapping[int, int | None], pids: Sequence[int], absent: int | None) -> int | None:
    """The memory of these processes together; ``absent`` if none of them is listed, ``None`` if one is not reported."""
    listed = [used_bytes[pid] for pid in pids if pid in used_bytes]
    reported = [value for value in listed if value is not None]
    if not listed:
        return absent
    return sum(reported) if len(reported) == len(listed) else None
