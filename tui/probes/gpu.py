"""NVIDIA GPUs through their driver's own library. No driver, or one that goes away, is a machine without a GPU."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Protocol, cast

from tui.records import GpuReading


class DeviceMemory(Protocol):
    used: int
    total: int


class DeviceProcess(Protocol):
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


class Gpus:
    """The GPUs of this machine. Calls may take milliseconds: never on the app's event loop."""

    def __init__(self, nvml: Nvml | None = None) -> None:
        self._nvml = nvml or cast(Nvml, importlib.import_module("pynvml"))
        try:
            self._nvml.nvmlInit()
            self._present = True
        except self._nvml.NVMLError:
            self._present = False

    def read(self, pids: Mapping[str, int]) -> tuple[GpuReading, ...]:
        """Memory of each GPU and of each model's process on it; nothing from the moment the driver fails."""
        if not self._present:
            return ()
        try:
            return tuple(self._read_one(index, pids) for index in range(self._nvml.nvmlDeviceGetCount()))
        except self._nvml.NVMLError:
            self._present = False
            return ()

    def close(self) -> None:
        """Let go of the driver."""
        if not self._present:
            return
        self._present = False
        try:
            self._nvml.nvmlShutdown()
        except self._nvml.NVMLError:
            return

    def _read_one(self, index: int, pids: Mapping[str, int]) -> GpuReading:
        device = self._nvml.nvmlDeviceGetHandleByIndex(index)
        memory = self._nvml.nvmlDeviceGetMemoryInfo(device)
        return GpuReading(
            index=index,
            name=self._nvml.nvmlDeviceGetName(device),
            used_bytes=memory.used,
            total_bytes=memory.total,
            process_bytes=self._by_process(device, pids),
        )

    def _by_process(self, device: object, pids: Mapping[str, int]) -> dict[str, int | None]:
        """Memory on a device by key: 0 for a process that is not listed, unknown for one listed without a figure."""
        try:
            processes = self._nvml.nvmlDeviceGetComputeRunningProcesses(device)
        except self._nvml.NVMLError:
            return dict.fromkeys(pids)
        held = {process.pid: process.usedGpuMemory for process in processes}
        return {key: held.get(pid, 0) for key, pid in pids.items()}
