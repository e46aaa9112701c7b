"""Readings from the machine, and what they say of a GPU that is not there, does not tell, or goes away."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import Mock

import pytest

from tests.support.conditions import until
from tests.support.scripted_nvml import Memory, Process, ScriptedNvml, Utilisation
from tui.probes import host, own
from tui.probes.drm import DrmGpus
from tui.probes.gpu import DRIVER_GONE, Gpus
from tui.probes.sampler import Sampler
from tui.system import processes

HERE = os.getpid()
NOBODY = 1 << 22
"""More than any process number of Linux."""


def test_vram_is_told_by_model_over_all_of_its_processes() -> None:
    nvml = ScriptedNvml([Process(HERE, 5 << 20), Process(12, 2 << 20), Process(14, None)])
    (reading,) = Gpus(nvml).read({"known": (HERE, 12, 13), "untold": (14,), "elsewhere": (13,)})
    assert reading.process_bytes == {"known": 7 << 20, "untold": None, "elsewhere": 0}
    assert reading.unowned_bytes is None, "one process is listed without its memory"
    (told,) = Gpus(ScriptedNvml([Process(HERE, 5 << 20), Process(12, 2 << 20)])).read({"known": (HERE,)})
    assert told.unowned_bytes == (3 << 30) - (7 << 20)
    assert (reading.used_bytes, reading.total_bytes) == (3 << 30, 8 << 30)
    assert (reading.utilisation, reading.power_watts, reading.temperature_c) == (0.42, 187.5, 61)


ONES = 2**64 - 1
"""What a driver writes for a value that it does not know."""
KNOWN = {
    "name": "GPU 0",
    "used_bytes": 3 << 30,
    "total_bytes": 8 << 30,
    "process_bytes": {"model": 1 << 30},
    "unowned_bytes": 2 << 30,
    "utilisation": 0.42,
    "power_watts": 187.5,
    "temperature_c": 61,
}


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("Name", None, {"name": "NVIDIA GPU 0"}),
        ("Name", b"NVIDIA X", {"name": "NVIDIA X"}),
        ("MemoryInfo", Memory(ONES, ONES), {"used_bytes": None, "total_bytes": None, "unowned_bytes": None}),
        ("MemoryInfo", Memory(-1, 8 << 30), {"used_bytes": None, "total_bytes": None, "unowned_bytes": None}),
        ("MemoryInfo", Memory(0, 0), {"used_bytes": None, "total_bytes": None, "unowned_bytes": None}),
        ("ComputeRunningProcesses", [Process(HERE, ONES)], {"process_bytes": {"model": None}, "unowned_bytes": None}),
        ("ComputeRunningProcesses", [Process(HERE, -1)], {"process_bytes": {"model": None}, "unowned_bytes": None}),
        ("ComputeRunningProcesses", [Process(HERE, 1 << 30), Process(2**32 - 1, 5), Process(-1, 5)], {}),
        ("ComputeRunningProcesses", ValueError("odd"), {"process_bytes": {"model": None}, "unowned_bytes": 3 << 30}),
        ("UtilizationRates", Utilisation(65_535), {"utilisation": None}),
        ("PowerUsage", 2**32 - 1, {"power_watts": None}),
        ("Temperature", 2**32 - 1, {"temperature_c": None}),
        ("Temperature", -5, {"temperature_c": -5}),
        ("Temperature", TypeError("odd"), {"temperature_c": None}),
    ],
)
def test_an_answer_that_cannot_be_is_unknown_and_the_rest_is_told(
    monkeypatch: pytest.MonkeyPatch, question: str, answer: object, expected: dict[str, object]
) -> None:
    nvml = ScriptedNvml([Process(HERE, 1 << 30)])
    told = Mock(side_effect=answer) if isinstance(answer, Exception) else Mock(return_value=answer)
    monkeypatch.setattr(nvml, f"nvmlDeviceGet{question}", told)
    (reading,) = Gpus(nvml, DrmGpus(Path("/nonexistent"))).read({"model": (HERE,)})
    assert {name: getattr(reading, name) for name in KNOWN} == {**KNOWN, **expected}


def test_a_library_that_cannot_be_opened_and_a_count_that_cannot_be_are_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = ScriptedNvml(gpus=1 << 20)
    assert len(Gpus(nvml, DrmGpus(Path("/nonexistent"))).read({})) == 128
    monkeypatch.setattr(nvml, "nvmlInit", Mock(side_effect=OSError("libnvidia-ml.so.1: cannot open shared object")))
    assert Gpus(nvml, DrmGpus(Path("/nonexistent"))).read({}) == ()


@pytest.mark.parametrize("listed", [[], [Process(NOBODY, 5 << 20)]])
def test_vram_that_the_driver_does_not_tell_is_unknown(listed: Sequence[Process]) -> None:
    (reading,) = Gpus(ScriptedNvml(listed)).read({"model": (HERE,)})
    assert reading.process_bytes == {"model": None}, "a container sees none of its processes, or the host's numbers"


@pytest.mark.parametrize("question", ["processes", "graphics", "utilisation", "power", "temperature"])
def test_what_a_driver_does_not_support_is_unknown_and_the_rest_is_told(question: str) -> None:
    nvml = ScriptedNvml([Process(HERE, 5 << 20)])
    nvml.failing.add(question)
    gpus = Gpus(nvml)
    (reading,) = gpus.read({"model": (HERE,)})
    readings = {
        "processes": reading.process_bytes["model"],
        "utilisation": reading.utilisation,
        "power": reading.power_watts,
        "temperature": reading.temperature_c,
    }
    assert [name for name, value in readings.items() if value is None] == ([question] if question in readings else [])
    assert gpus.note == ""


def test_a_gpu_that_is_lost_is_noted_and_the_others_are_read() -> None:
    nvml = ScriptedNvml(gpus=2)
    gpus = Gpus(nvml)
    assert [reading.index for reading in gpus.read({})] == [0, 1]
    nvml.failing.add("gpu 0")
    assert [reading.index for reading in gpus.read({})] == [1]
    assert gpus.note == "GPU 0 no longer answers"
    nvml.failing.add("gpu 1")
    assert gpus.read({}) == ()


@pytest.mark.parametrize("failing", ["init", "count"])
def test_without_a_driver_there_is_no_gpu(failing: str) -> None:
    nvml = ScriptedNvml()
    nvml.failing.add(failing)
    gpus = Gpus(nvml)
    assert gpus.read({}) == ()
    gpus.close()


def test_a_driver_that_goes_away_is_left_alone_for_a_while() -> None:
    nvml = ScriptedNvml()
    gpus = Gpus(nvml)
    assert len(gpus.read({})) == 1
    nvml.failing.add("count")
    assert gpus.read({}) == ()
    nvml.failing.clear()
    assert gpus.read({}) == ()
    assert gpus.note == DRIVER_GONE


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


@pytest.mark.skipif(sys.platform == "win32", reason="needs a shell")
async def test_what_a_model_process_has_started_counts_with_it() -> None:
    sampler = Sampler(0.01)
    hold = "held = bytearray(64 << 20); input()"
    process = subprocess.Popen(["sh", "-c", f'"{sys.executable}" -c "{hold}"; true'], stdin=subprocess.PIPE)
    sampler.start()
    sampler.watch("model", process.pid)
    await until(lambda: any(reading.rss_bytes.get("model", 0) > 64 << 20 for reading in sampler.since(0)[1]))
    process.communicate(b"\n")
    sampler.close()


@pytest.mark.skipif(not processes.lists_children(), reason="elsewhere a look at the processes costs milliseconds")
async def test_a_model_that_begins_below_its_process_is_seen_while_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.probes.sampler.TREE_EVERY_S", 3600)
    sampler = Sampler(0.01)
    hold = "held = bytearray(64 << 20); input()"
    script = f"read begin; '{sys.executable}' -c '{hold}'; true"
    process = subprocess.Popen(["sh", "-c", script], stdin=subprocess.PIPE)
    assert process.stdin is not None
    sampler.start()
    sampler.watch("model", process.pid)
    await until(lambda: any("model" in reading.rss_bytes for reading in sampler.since(0)[1]))
    process.stdin.write(b"\n")
    process.stdin.flush()
    await until(lambda: any(reading.rss_bytes.get("model", 0) > 64 << 20 for reading in sampler.since(0)[1]))
    process.communicate(b"\n")
    sampler.close()


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
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120).stdout
    before, high, after = map(int, out.split())
    assert high - before > 60 << 20
    assert after < high - (32 << 20)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the pages of files apart")
def test_pages_of_files_that_the_system_has_taken_back_are_known(tmp_path: Path) -> None:
    (tmp_path / "weights").write_bytes(b"0" * (32 << 20))
    pages = own.FilePages()
    with (tmp_path / "weights").open("rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        assert mapped[:: mmap.PAGESIZE].count(b"0") == (32 << 20) // mmap.PAGESIZE
        pages.begin()
        assert pages.taken_back_bytes() < 4 << 20
        mapped.madvise(mmap.MADV_DONTNEED)
        assert pages.taken_back_bytes() < 4 << 20, "the peak of a request may be from before that"
        pages.begin()
        assert pages.taken_back_bytes() > 28 << 20
        assert mapped[:: mmap.PAGESIZE].count(b"0")
        assert pages.taken_back_bytes() < 4 << 20, "they are here again"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process say so")
def test_the_kernel_is_to_end_a_model_first_and_the_app_last() -> None:
    may_ask = subprocess.run(["sh", "-c", "echo -900 > /proc/self/oom_score_adj"], capture_output=True, check=False)
    expected = (
        "-900" if may_ask.returncode == 0 else Path("/proc/self/oom_score_adj").read_text(encoding="utf-8").strip()
    )
    for wish, score in (("shield_from_oom", expected), ("volunteer_for_oom", "1000")):
        code = f"from tui.probes import own; own.{wish}(); print(open('/proc/self/oom_score_adj').read())"
        out = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
        ).stdout
        assert out.strip() == score


def test_a_process_knows_its_own_peak() -> None:
    peak, now = own.peak_rss_bytes(), host.rss_bytes(os.getpid())
    assert peak is not None
    assert now is not None
    assert peak >= now * 0.9
