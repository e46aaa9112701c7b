"""Readings from the machine, and what they say of a GPU that is not there, does not tell, or goes away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.conditions import until
from tui.probes import host, own
from tui.probes.gpu import Gpus
from tui.probes.sampler import Sampler


class NvmlFault(Exception):
    """Stands for the driver's own error."""


@dataclass
class Memory:
    used: int
    total: int


@dataclass
class Process:
    pid: int
    usedGpuMemory: int | None  # noqa: N815


class ScriptedNvml:
    """A driver with one GPU that can be told to fail: no machine of the tests has a real one."""

    NVMLError: type[Exception] = NvmlFault

    def __init__(self, processes: Sequence[Process] = ()) -> None:
        self.failing: set[str] = set()
        self.processes = processes

    def _answer(self, name: str) -> None:
        if name in self.failing:
            raise NvmlFault(name)

    def nvmlInit(self) -> None:  # noqa: N802
        self._answer("init")

    def nvmlShutdown(self) -> None:  # noqa: N802
        self._answer("shutdown")

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        self._answer("count")
        return 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> object:  # noqa: N802
        return index

    def nvmlDeviceGetName(self, handle: object) -> str:  # noqa: N802
        return f"GPU {handle}"

    def nvmlDeviceGetMemoryInfo(self, handle: object) -> Memory:  # noqa: ARG002, N802
        return Memory(3 << 30, 8 << 30)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: object) -> Sequence[Process]:  # noqa: ARG002, N802
        self._answer("processes")
        return self.processes


def test_vram_is_told_by_model_and_unknown_is_not_zero() -> None:
    nvml = ScriptedNvml([Process(11, 5 << 20), Process(12, None)])
    (reading,) = Gpus(nvml).read({"known": 11, "untold": 12, "elsewhere": 13})
    assert reading.process_bytes == {"known": 5 << 20, "untold": None, "elsewhere": 0}
    assert (reading.used_bytes, reading.total_bytes) == (3 << 30, 8 << 30)
    nvml.failing.add("processes")
    (reading,) = Gpus(nvml).read({"known": 11})
    assert reading.process_bytes == {"known": None}


@pytest.mark.parametrize("failing", ["init", "count"])
def test_without_a_driver_there_is_no_gpu(failing: str) -> None:
    nvml = ScriptedNvml()
    nvml.failing.add(failing)
    gpus = Gpus(nvml)
    assert gpus.read({}) == ()
    gpus.close()


def test_a_driver_that_goes_away_is_asked_no_more() -> None:
    nvml = ScriptedNvml()
    gpus = Gpus(nvml)
    assert len(gpus.read({})) == 1
    nvml.failing.add("count")
    assert gpus.read({}) == ()
    nvml.failing.clear()
    assert gpus.read({}) == ()


async def test_the_sampler_follows_a_process_until_it_is_gone() -> None:
    sampler = Sampler(0.01)
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    sampler.watch("model", process.pid)
    sampler.start()
    await until(lambda: any(reading.rss_bytes.get("model", 0) > 1 << 20 for reading in sampler.since(0)[1]))
    process.communicate(b"\n")
    await until(lambda: "model" not in sampler.since(sampler.since(0)[0] - 1)[1][-1].rss_bytes)
    sampler.close()
    last, _ = sampler.since(0)
    assert sampler.since(last) == (last, [])


def test_the_environment_names_the_machine_and_the_runtime() -> None:
    environment = host.environment()
    assert environment.ram_bytes > 1 << 30
    assert environment.cpu
    assert environment.sdk
    assert environment.runtime
    assert environment.logical_cores


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can begin a new high-water mark")
def test_the_peak_is_of_the_time_since_it_was_reset() -> None:
    code = (
        "from tui.probes import own\nown.reset_peak_rss(); before = own.peak_rss_bytes()\n"
        "held = bytearray(64 << 20); high = own.peak_rss_bytes(); del held\n"
        "own.reset_peak_rss(); print(before, high, own.peak_rss_bytes())"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
    before, high, after = map(int, out.split())
    assert high - before > 60 << 20
    assert after < high - (32 << 20)


def test_a_process_knows_its_own_peak() -> None:
    peak, now = own.peak_rss_bytes(), host.rss_bytes(os.getpid())
    assert peak is not None
    assert now is not None
    assert peak >= now * 0.9
