"""A GPU driver for tests that can be made to fail, since no machine of the tests has a real one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class NvmlFault(Exception):
    """A stand-in for the error class of the driver."""


@dataclass
class Memory:
    used: int
    total: int


@dataclass
class Process:
    pid: int
    usedGpuMemory: int | None  # noqa: N815


@dataclass
class Utilisation:
    gpu: int


class ScriptedNvml:
    """A driver whose calls fail if their names are in ``failing``."""

    NVMLError: type[Exception] = NvmlFault

    def __init__(self, processes: Sequence[Process] = (), gpus: int = 1) -> None:
        self.failing: set[str] = set()
        self.processes = processes
        self.gpus = gpus
        self.throttle_reasons = 0

    def _answer(self, name: str) -> None:
        if name in self.failing:
            raise NvmlFault(name)

    def nvmlInit(self) -> None:  # noqa: N802
        self._answer("init")

    def nvmlShutdown(self) -> None:  # noqa: N802
        self._answer("shutdown")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self._answer("count")
        return self.gpus

    def nvmlDeviceGetHandleByIndex(self, index: int) -> object:  # noqa: N802
        self._answer(f"gpu {index}")
        return index

    def nvmlDeviceGetName(self, handle: object) -> str:  # noqa: N802
        return f"GPU {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: object) -> Memory:  # noqa: ARG002, N802
        return Memory(3 << 30, 8 << 30)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: object) -> Sequence[Process]:  # noqa: ARG002, N802
        self._answer("processes")
        return self.processes

    def nvmlDeviceGetGraphicsRunningProcesses(self, handle: object) -> Sequence[Process]:  # noqa: ARG002, N802
        self._answer("graphics")
        return ()

    def nvmlDeviceGetUtilizationRates(self, handle: object) -> Utilisation:  # noqa: ARG002, N802
        self._answer("utilisation")
        return Utilisation(42)

    def nvmlDeviceGetPowerUsage(self, handle: object) -> int:  # noqa: ARG002, N802
        self._answer("power")
        return 187_500

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: object) -> int:  # noqa: ARG002, N802
        self._answer("throttle reasons")
        return self.throttle_reasons

    def nvmlDeviceGetTemperature(self, handle: object, sensor: int) -> int:  # noqa: ARG002, N802
        self._answer("temperature")
        return 61
