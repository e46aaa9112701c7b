"""The GPUs of this machine: NVIDIA's through the library of their driver, those of others through the kernel."""

from __future__ import annotations

import functools
import importlib
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol, TypeVar, cast

import psutil

from tui.probes.drm import DrmGpus
from tui.records import GpuReading
from tui.system import MACOS

_Value = TypeVar("_Value")

DRIVER_GONE: Final = "the GPU driver does not answer: VRAM is not known for now"
GPU_LOST: Final = "GPU {} no longer answers"
UNIFIED: Final = "unified memory: the GPU uses the same RAM"
NO_RIGHTS: Final = "the memory of GPU {} may not be read without more rights, as with a divided (MIG) GPU"
RETRY_S: Final = 10.0
"""How long a driver that no longer answers is left alone before it is asked again."""
_MOST_GPUS: Final = 128
_MOST_BYTES: Final = 1 << 50
_MOST_PID: Final = 1 << 31
_MOST_MILLIWATTS: Final = 10_000_000
_LEAST_CELSIUS, _MOST_CELSIUS = -50, 150
"""What lies beyond is no reading: drivers write a number of ones only for what they do not know."""
_NOT_SUPPORTED, _NO_PERMISSION, _NEEDS_RESET = 3, 4, 16
_REASONS: Final[Mapping[int, str]] = {
    9: "the NVIDIA driver is not loaded: load it, or restart the machine",
    15: "the NVIDIA driver has lost the GPU: restart the machine",
    18: "the NVIDIA driver was updated and does not fit its library: restart the machine",
}
"""The values of the driver's errors for which a person can do something."""
_PROCESS_LISTS: Final = ("nvmlDeviceGetGraphicsRunningProcesses", "nvmlDeviceGetComputeRunningProcesses")
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
    def nvmlDeviceGetUtilizationRates(self, handle: object) -> DeviceUtilisation: ...  # noqa: N802
    def nvmlDeviceGetPowerUsage(self, handle: object) -> int: ...  # noqa: N802
    def nvmlDeviceGetCurrentClocksThrottleReasons(self, handle: object) -> int: ...  # noqa: N802
    def nvmlDeviceGetTemperature(self, handle: object, sensor: int) -> int: ...  # noqa: N802


class Gpus:
    """The GPUs of this machine. Calls may take milliseconds or more: never on the app's event loop."""

    def __init__(self, nvml: Nvml | None = None, others: DrmGpus | None = None, retry_s: float = RETRY_S) -> None:
        """``retry_s`` is how long a driver that no longer answers is left alone before it is asked again."""
        self._nvml = nvml or cast(Nvml, importlib.import_module("pynvml"))
        self._errors = errors_of(self._nvml)
        self._others = others or DrmGpus()
        self._retry_s, self._retry_at_s = retry_s, 0.0
        self._count = 0
        self.note = UNIFIED if MACOS and platform.machine() == "arm64" else ""
        """A remark on the GPUs for a person, to be shown once and not with every reading."""
        self._loss = ""
        """The note on what was lost last, which is taken back when it answers again."""
        self._answers = self._begin()
        self.present = self._answers or len(self._others) > 0
        """Whether there is a GPU to read. A driver that stops answering is asked again from time to time."""

    @property
    def unread(self) -> tuple[str, ...]:
        """The names of GPUs that are here but whose memory cannot be read."""
        return self._others.unread

    def read(self, pids: Mapping[str, Sequence[int]]) -> tuple[GpuReading, ...]:
        """Each GPU with what every model's processes hold on it; of a driver that fails none, until it answers again.

        If one GPU of several fails it is left out with a note, and the others are read on.
        """
        if not self.present:
            return ()
        return (*self._read_nvidia(pids), *self._others.read(pids, self._count))

    def driver_version(self) -> str | None:
        """Return the version of NVIDIA's driver; ``None`` if there is none, or it does not tell."""
        ask: Callable[[], object] | None = getattr(self._nvml, "nvmlSystemGetDriverVersion", None)
        version = None if ask is None else self._supported(ask)
        return version if isinstance(version, str) else None

    def close(self) -> None:
        """Let go of the driver."""
        answers, self._answers, self.present = self._answers, False, False
        if answers:
            self._supported(self._nvml.nvmlShutdown)

    def _begin(self) -> bool:
        """Connect to the driver; whether it answers."""
        try:
            self._nvml.nvmlInit()
        except self._errors as error:
            self.note = _reason(error) or self.note
            return False
        return True

    def _read_nvidia(self, pids: Mapping[str, Sequence[int]]) -> tuple[GpuReading, ...]:
        if not self._answers and not self._is_back():
            return ()
        try:
            count = self._nvml.nvmlDeviceGetCount()
        except self._errors as error:
            self._lose(_reason(error))
            return ()
        self._count = max(self._count, count)
        lost: list[str] = []
        read = (self._read_one(index, pids, lost) for index in range(min(count, _MOST_GPUS)))
        readings = tuple(reading for reading in read if reading is not None)
        if lost:
            self.note = self._loss = lost[0]
        elif self.note == self._loss:
            self.note = ""
        if count and not readings:
            self._lose(lost[0] if count == 1 else "")
        return readings

    def _lose(self, reason: str) -> None:
        """Note that the driver does not answer, and when to ask it again."""
        self._answers = False
        self.note = self._loss = reason or DRIVER_GONE
        self._retry_at_s = time.monotonic() + self._retry_s
        self._supported(self._nvml.nvmlShutdown)

    def _is_back(self) -> bool:
        """Whether a driver that was lost answers again; it is asked anew, since it may have been loaded anew."""
        if self._retry_at_s == 0.0 or time.monotonic() < self._retry_at_s:
            return False
        self._retry_at_s = time.monotonic() + self._retry_s
        self._answers = self._begin()
        return self._answers

    def _read_one(self, index: int, pids: Mapping[str, Sequence[int]], lost: list[str]) -> GpuReading | None:
        nvml = self._nvml
        try:
            device = nvml.nvmlDeviceGetHandleByIndex(index)
            used_bytes, total_bytes = self._memory(index, device)
        except self._errors as error:
            lost.append(_reason_for_gpu(index, error))
            return None
        held_bytes = self._held_bytes(device)
        busy = _within(self._supported(lambda: nvml.nvmlDeviceGetUtilizationRates(device).gpu), 0, 100)
        milliwatts = _within(self._supported(lambda: nvml.nvmlDeviceGetPowerUsage(device)), 0, _MOST_MILLIWATTS)
        celsius = self._supported(lambda: nvml.nvmlDeviceGetTemperature(device, _TEMPERATURE_SENSOR))
        reasons = self._supported(lambda: nvml.nvmlDeviceGetCurrentClocksThrottleReasons(device))
        return GpuReading(
            index=index,
            name=self._name(index, device),
            used_bytes=used_bytes,
            total_bytes=total_bytes,
            process_bytes=_by_model(held_bytes, pids, total_bytes),
            unowned_bytes=_unowned(used_bytes, held_bytes),
            utilisation=None if busy is None else busy / 100,
            power_watts=None if milliwatts is None else milliwatts / 1000,
            temperature_c=_within(celsius, _LEAST_CELSIUS, _MOST_CELSIUS),
            throttled=None if reasons is None else bool(reasons & _HELD_BACK),
        )

    def _memory(self, index: int, device: object) -> tuple[int | None, int | None]:
        """The used and the total bytes of a GPU; both ``None`` if it has no memory of its own, or may not be asked.

        Raises the driver's error if the GPU is lost.
        """
        try:
            memory = self._nvml.nvmlDeviceGetMemoryInfo(device)
        except self._errors as error:
            value = getattr(error, "value", None)
            if value == _NOT_SUPPORTED:
                self.note = UNIFIED
            elif value == _NO_PERMISSION:
                self.note = NO_RIGHTS.format(index)
            else:
                raise
            return None, None
        total, used = _within(memory.total, 1, _MOST_BYTES), _within(memory.used, 0, _MOST_BYTES)
        return (None, None) if total is None or used is None else (min(used, total), total)

    def _name(self, index: int, device: object) -> str:
        """The name of a GPU; the driver may give bytes that are no UTF-8, or nothing."""
        try:
            name = cast("object", self._nvml.nvmlDeviceGetName(device))
        except UnicodeDecodeError as error:
            name = error.object.decode("utf-8", "replace")
        except self._errors:
            name = ""
        # Older versions of the module give it as bytes.
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else name if isinstance(name, str) else ""
        return text.strip("\0 ") or f"NVIDIA GPU {index}"

    def _supported(self, ask: Callable[[], _Value]) -> _Value | None:
        """The answer of the driver; ``None`` if it does not support the question."""
        try:
            return ask()
        except self._errors:
            return None

    def _held_bytes(self, device: object) -> dict[int, int | None]:
        """The memory on a device by process; ``None`` if the driver lists the process without it."""
        held_bytes = dict[int, "int | None"]()
        for name in _PROCESS_LISTS:
            held_bytes |= {
                process.pid: _within(process.usedGpuMemory, 0, _MOST_BYTES)
                for process in self._processes(name, device)
                if 0 < process.pid < _MOST_PID
            }
        return held_bytes

    def _processes(self, name: str, device: object) -> Sequence[DeviceProcess]:
        """The processes of one list; the library of an older driver has it only under the name of its version 2."""
        for version in ("", "_v2"):
            ask = getattr(self._nvml, f"{name}{version}", None)
            if ask is not None and (processes := self._supported(functools.partial(ask, device))) is not None:
                return cast("Sequence[DeviceProcess]", processes)
        return ()


def errors_of(nvml: object) -> tuple[type[Exception], ...]:
    """Everything that ``pynvml`` raises for an answer of the driver.

    Besides its own error it raises another for a library that lacks a function, and those of Python for a library that
    cannot be opened, a name that is no text, a function that it does not know, and an answer of another form.
    """
    own: type[Exception] = getattr(nvml, "NVMLError", Exception)
    mismatch: type[Exception] = getattr(nvml, "NVMLLibraryMismatchError", own)
    return (own, mismatch, AttributeError, OSError, TypeError, ValueError)


def _reason(error: Exception) -> str:
    """Why the driver does not answer, in words for a person; empty if there is no driver, or it is not known why."""
    return _REASONS.get(getattr(error, "value", None) or 0, "")


def _reason_for_gpu(index: int, error: Exception) -> str:
    if getattr(error, "value", None) == _NEEDS_RESET:
        return f"GPU {index} needs a reset: restart the machine, or use nvidia-smi --gpu-reset"
    return GPU_LOST.format(index)


def _by_model(
    held_bytes: Mapping[int, int | None], pids: Mapping[str, Sequence[int]], total_bytes: int | None
) -> dict[str, int | None]:
    """The memory on a device by model, over all processes of each; ``None`` if the driver does not report it.

    In a container the driver may list no process, or processes by the numbers of the host. A model that is not listed
    holds nothing only if the list is of this machine's processes.
    """
    ours = any(psutil.pid_exists(pid) for pid in held_bytes)
    sums = {key: _sum(held_bytes, of_model, absent=0 if ours else None) for key, of_model in pids.items()}
    return {key: held if held is None or total_bytes is None else min(held, total_bytes) for key, held in sums.items()}


def _within(value: int | None, least: int, most: int) -> int | None:
    """The value; ``None`` if it is no reading."""
    return value if value is not None and least <= value <= most else None


def _unowned(used_bytes: int | None, held_bytes: Mapping[int, int | None]) -> int | None:
    """What is used and held by no process that is listed; ``None`` if what one of them holds is not reported."""
    held = [size for size in held_bytes.values() if size is not None]
    return None if used_bytes is None or len(held) < len(held_bytes) else max(0, used_bytes - sum(held))


def _sum(used_bytes: Mapping[int, int | None], pids: Sequence[int], absent: int | None) -> int | None:
    """The memory of these processes together; ``absent`` if none of them is listed, ``None`` if one is not reported."""
    listed = [used_bytes[pid] for pid in pids if pid in used_bytes]
    reported = [value for value in listed if value is not None]
    if not listed:
        return absent
    return sum(reported) if len(reported) == len(listed) else None
