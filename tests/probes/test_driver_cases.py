"""The GPU driver in 27 cases, played by a library that stands in for NVIDIA's, through the real ``pynvml``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.conditions import until
from tests.support.played_gpu import compile_library
from tests.support.scripted_nvml import ScriptedNvml
from tui.probes import sampler as sampling
from tui.probes.drm import DrmGpus
from tui.probes.gpu import DRIVER_GONE, UNIFIED, Gpus
from tui.probes.sampler import Sampler
from tui.system import LINUX

CARD: Final = (
    "0.name NVIDIA GeForce RTX 4090\n0.memory 24G 2G\n0.compute +0:1500M\n0.energy watts 80\n0.power 80000\n"
    "0.utilisation 55 20\n0.temperature 61\n0.throttle 0x1\n"
)
GIB: Final = 1 << 30
HELD: Final = 1500 << 20
NO_GPU: Final = "no GPU was found; models run on the CPU"
V3: Final = (
    "nvmlDeviceGetComputeRunningProcesses_v3 nvmlDeviceGetGraphicsRunningProcesses_v3 "
    "nvmlDeviceGetTotalEnergyConsumption"
)


def case(
    answers: str,
    *,
    note: str = "",
    doctor: str = "NVIDIA GeForce RTX 4090, 24.0 GiB",
    ok: bool = True,
    gpus: int = 1,
    held: int | None = HELD,
    **first: object,
) -> tuple[str, str, str, bool, int, int | None, dict[str, object]]:
    """Return one case: the answers of the driver, and what is expected of doctor, of the note and of the first GPU."""
    return answers, note, doctor, ok, gpus, held, first


CASES: Final = {
    "an ordinary card": case("", used_bytes=2 * GIB, total_bytes=24 * GIB, utilisation=0.55, power_watts=80.0),
    "GB10": case(
        "0.name NVIDIA GB10\n0.memory !3\n0.energy !3",
        note=UNIFIED,
        doctor="NVIDIA GB10, which shares",
        used_bytes=None,
        total_bytes=None,
    ),
    "Jetson": case(
        "0.name Orin (nvgpu)\n0.memory !3\n0.power !3\n0.utilisation !3\n0.temperature !3\n0.throttle !3\n"
        "0.compute !3\n0.graphics !3",
        note=UNIFIED,
        doctor="Orin (nvgpu), which shares the machine's memory",
        held=None,
        utilisation=None,
        power_watts=None,
        used_bytes=None,
        total_bytes=None,
    ),
    "no power, no energy": case("0.power !3\n0.energy !3", power_watts=None),
    "energy only": case("0.power !3", power_watts=None),
    "no GPU": case("count 0", doctor=NO_GPU, gpus=0),
    "driver not loaded": case("init !9", note="the NVIDIA driver is not loaded", doctor="", ok=False, gpus=0),
    "driver updated": case("init !18", note="the NVIDIA driver was updated", doctor="", ok=False, gpus=0),
    "count fails": case("count !999", note=DRIVER_GONE, doctor="", ok=False, gpus=0),
    "one of two lost": case("count 2\n1.handle !15", note="GPU 1 no longer answers", ok=False),
    "the only one lost": case("0.handle !15", note="GPU 0 no longer answers", doctor="", ok=False, gpus=0),
    "requires reset": case("0.memory !16", note="GPU 0 needs a reset", doctor="", ok=False, gpus=0),
    "MIG as root": case("0.mig 1 1\n0.utilisation !3\n0.compute 4321:9G", utilisation=None, held=None),
    "MIG without rights": case(
        "0.mig 1 1\n0.utilisation !3\n0.memory !4\n0.compute !4\n0.graphics !4",
        note="the memory of GPU 0 may not be read without more rights",
        doctor="NVIDIA GeForce RTX 4090, ",
        ok=False,
        held=None,
        used_bytes=None,
        total_bytes=None,
    ),
    "container, foreign numbers": case("0.compute +900000:1500M", held=None),
    "container, no list": case("0.compute ", held=None),
    "WDDM": case("0.compute +0:-", held=None),
    "in both lists": case("0.graphics +0:20M"),
    "old driver without _v3": case(f"missing {V3}"),
    "name in Latin-1": case("0.name NVIDIA Geforc\xe9", doctor="NVIDIA Geforc\ufffd, 24.0 GiB"),
    "name with an escape": case("0.name NVIDIA \x1b[31mRed", doctor="NVIDIA \x1b[31mRed, 24.0 GiB"),
    "empty name": case("0.name  ", doctor="NVIDIA GPU 0, 24.0 GiB"),
    "memory total 0": case(
        "0.memory 0 0", doctor="NVIDIA GeForce RTX 4090, whose memory is not known", used_bytes=None, total_bytes=None
    ),
    "held back": case("0.throttle 0x24", throttled=True),
    "eight GPUs": case("count 8", gpus=8),
    "slow driver": case("sleep_ms 2"),
    "every call fails": case("all !999", note=DRIVER_GONE, doctor="", ok=False, gpus=0),
    "more held than used": case("0.memory 24G 30G\n0.compute +0:26G", held=24 * GIB, used_bytes=24 * GIB),
}


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the stand-in for the driver's library, and return its folder."""
    folder = tmp_path_factory.mktemp("nvml")
    compile_library("nvml_stub.c", folder / "libnvidia-ml.so.1")
    return folder


def test_every_case_of_the_driver_is_read_honestly(stand_in: Path) -> None:
    answers = stand_in / "answers.txt"
    environment = {**os.environ, "NVML_STUB": str(answers), "LD_LIBRARY_PATH": str(stand_in)}
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.driver_cases", str(answers)],
        input=json.dumps([CARD + given[0] + "\n" for given in CASES.values()]),
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: list[dict[str, Any]] = json.loads(done.stdout)
    for (name, expected), found in zip(CASES.items(), seen, strict=True):
        _, note, doctor, ok, gpus, held, first = expected
        assert found["note"].startswith(note), name
        assert bool(found["note"]) is bool(note), name
        assert found["doctor"].startswith(doctor), name
        assert note == UNIFIED or note in found["doctor"], name
        assert (found["ok"], len(found["readings"])) == (ok, gpus), name
        if gpus:
            reading = found["readings"][0]
            assert reading["process_bytes"]["model"] == held, name
            assert {key: reading[key] for key in first} == first, name
    words = dict(zip(CASES, (found["doctor"] for found in seen), strict=True))["eight GPUs"]
    assert words.count("Stub") == 1, words
    assert ", 7 × NVIDIA Stub" in words
    energies = dict(zip(CASES, (found["energy"] for found in seen), strict=True))
    assert "counted by 1 GPU" in energies["an ordinary card"]
    assert not any("GPU" in energies[name] for name in ("GB10", "no GPU", "count fails", "old driver without _v3"))


def test_a_driver_that_comes_back_is_read_again() -> None:
    nvml = ScriptedNvml()
    gpus = Gpus(nvml, DrmGpus(Path("/nonexistent")), retry_s=0.0)
    assert len(gpus.read({})) == 1
    nvml.failing = {"count", "init"}
    assert gpus.read({}) == gpus.read({}) == ()
    assert (gpus.note, gpus.present) == (DRIVER_GONE, True)
    nvml.failing.clear()
    assert len(gpus.read({})) == 1
    assert gpus.note == ""


async def test_a_slow_driver_holds_up_no_reading_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    class Slow(ScriptedNvml):
        def nvmlDeviceGetCount(self) -> int:  # noqa: N802
            asked.set()
            answer.wait(30)
            return 1

    make: Callable[[], Gpus] = lambda: Gpus(Slow(), DrmGpus(Path("/nonexistent")))  # noqa: E731
    monkeypatch.setattr(sampling, "Gpus", make)
    sampler = Sampler(0.01)
    sampler.start()
    try:
        await until(asked.is_set)
        before = sampler.since(0)[0]
        await until(lambda: sampler.since(0)[0] > before + 3)
        assert sampler.gpus == ()
        answer.set()
        await until(lambda: len(sampler.gpus) == 1)
    finally:
        answer.set()
        sampler.close()


@pytest.mark.skipif(not LINUX, reason="the kernel's files, whose names other systems refuse")
def test_a_gpu_of_amd_is_read_from_the_kernel_and_one_of_intel_is_named(tmp_path: Path) -> None:
    amd, intel, server = (tmp_path / "bus" / address for address in ("0000:03:00.0", "0000:00:02.0", "0000:09:00.0"))
    for number, (device, vendor) in enumerate(((server, "0x1a03"), (intel, "0x8086"), (amd, "0x1002"))):
        (device / "hwmon" / "hwmon3").mkdir(parents=True)
        (device / "vendor").write_text(f"{vendor}\n")
        (device / "device").write_text("0x744c\n")
        card = tmp_path / "drm" / f"card{number}"
        card.mkdir(parents=True)
        (card / "device").symlink_to(device)
    (tmp_path / "drm" / "card0-HDMI-A-1").mkdir()
    for name, text in {
        "product_name": "Radeon RX 7900",
        "mem_info_vram_total": str(20 * GIB),
        "mem_info_vram_used": str(3 * GIB),
        "gpu_busy_percent": "42",
        "hwmon/hwmon3/power1_average": "187500000",
        "hwmon/hwmon3/temp1_input": "61000",
    }.items():
        (amd / name).write_text(f"{text}\n")
    process = tmp_path / "proc" / "12" / "fdinfo"
    process.mkdir(parents=True)
    for descriptor in ("4", "5"):
        client = "drm-client-id:\t7\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t1024 KiB\n"
        (process / descriptor).write_text(f"drm-driver:\tamdgpu\n{client}")
    others = DrmGpus(tmp_path / "drm", tmp_path / "proc")
    nvml = ScriptedNvml()
    nvml.failing.add("init")
    gpus = Gpus(nvml, others)
    (reading,) = gpus.read({"model": (12,), "gone": (13,)})
    assert (reading.name, reading.used_bytes, reading.total_bytes) == ("AMD Radeon RX 7900", 3 * GIB, 20 * GIB)
    assert (reading.utilisation, reading.power_watts, reading.temperature_c) == (0.42, 187.5, 61)
    assert reading.process_bytes == {"model": 1 << 20, "gone": None}
    assert (gpus.present, gpus.unread) == (True, ("Intel GPU 744c",))
    for size, held in (("drm-resident-vram:\t3 MiB", 3 << 20), ("drm-memory-vram:\t512", 512), ("other:\t1 KiB", None)):
        for file in process.iterdir():
            file.write_text(f"drm-client-id:\t7\ndrm-pdev:\t0000:03:00.0\n{size}\n")
        assert gpus.read({"model": (12,)})[0].process_bytes == {"model": held}, size
    for name in ("power1_average", "temp1_input"):
        (amd / "hwmon" / "hwmon3" / name).write_text(f"{2**64 - 1}\n")
    (reading,) = gpus.read({})
    assert (reading.power_watts, reading.temperature_c) == (None, None), "a number of ones is no reading"
    (amd / "mem_info_vram_used").unlink()
    assert gpus.read({}) == ()
