"""The machine as other systems tell of it: processors, what memory means there, and how they end a program."""

from __future__ import annotations

import asyncio
import json
import runpy
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from unittest.mock import MagicMock, Mock

import pytest

from tests.engines.test_engine import scripted
from tests.support import scripted_child
from tests.support.builders import run_record
from tests.support.conditions import until
from tui import system
from tui.bench.model_pool import ModelPool
from tui.config import endpoint_at
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.process import exit_cause
from tui.engines.process.exit_cause import cause_of_exit
from tui.library import server_models
from tui.measure import disturbance
from tui.measure.comparison.comparability import environment_differences
from tui.probes import host
from tui.records import ExitKind, Model
from tui.reports.json.document import json_text
from tui.reports.markdown import markdown_report
from tui.system import clipboard, machine, macos, meanings
from tui.system.own_memory import IntervalPeak, life_peak_bytes, resident_bytes

AN_ARM = ("processor\t: 0", "CPU implementer\t: 0x41", "CPU part\t: 0xd0c")


def value_in_registry(_key: object, name: str) -> tuple[object, int]:
    return {"ProcessorNameString": ("  Snapdragon X Elite ", 1), "LongPathsEnabled": (1, 4)}[name]


def test_a_processor_has_a_name_that_tells_two_machines_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.name_in_cpu_info(["model name\t: AMD Ryzen 9"]) == "AMD Ryzen 9"
    assert (machine.name_in_cpu_info(AN_ARM) or "").endswith("Neoverse-N1")
    mixed = [*AN_ARM, "CPU implementer\t: 0x61", "CPU part\t: 0x022"]
    assert (machine.name_in_cpu_info(mixed) or "").endswith("Neoverse-N1 + core 0x022 of maker 0x61")
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    monkeypatch.setattr(macos, "sysctl_text", {"machdep.cpu.brand_string": "Apple M4 Max"}.get)
    assert machine.cpu_name() == "Apple M4 Max"
    monkeypatch.setattr(macos, "sysctl_text", Mock(return_value=None))
    assert machine.cpu_name(), "at least the architecture"
    registry = Mock(OpenKey=MagicMock(), QueryValueEx=value_in_registry)
    monkeypatch.setattr(machine.sys, "platform", "win32")
    monkeypatch.setattr(machine, "winreg", registry, raising=False)
    assert (machine.cpu_name(), machine.takes_long_paths()) == ("Snapdragon X Elite", True)
    registry.OpenKey.side_effect = OSError
    assert (bool(machine.cpu_name()), machine.takes_long_paths()) == (True, False)


def test_the_load_of_others_is_told_from_the_step_in_which_each_system_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert disturbance.TICKS_S == 3 * system.CPU_TIME_STEP_S
    assert (1 / 64 if system.WINDOWS else 0.01) == system.CPU_TIME_STEP_S
    monkeypatch.setattr(sys, "platform", "win32")
    assert runpy.run_path(str(system.__file__))["CPU_TIME_STEP_S"] == 1 / 64


def test_what_is_free_on_macos_is_the_level_of_its_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.free_bytes(10, 100) == 10
    monkeypatch.setattr(macos, "sysctl_number", {"kern.memorystatus_level": 60}.get)
    assert machine.free_bytes(10, 100) == 60
    assert machine.free_bytes(70, 100) == 70


@pytest.mark.skipif(sys.platform == "darwin", reason="there they give figures")
def test_the_calls_of_macos_give_nothing_elsewhere() -> None:
    assert macos.started_s(1) is None
    assert macos.own_resident_bytes() is None
    assert macos.sysctl_text("machdep.cpu.brand_string") is None
    assert macos.sysctl_number("kern.memorystatus_level") is None


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_each_system_has_its_meanings(system: str) -> None:
    found = dict(meanings.meanings(system))
    assert set(found) == {"peak RSS here", "free here", "slowed here"}
    assert ("macOS" in meanings.sender_of_kill(system)) == (system == "darwin")
    assert meanings.peak_rss_scope("win32") == meanings.peak_rss_scope("darwin") == "request_sampled"


def test_the_peak_of_a_request_is_not_that_of_the_load_where_only_the_whole_life_is_known() -> None:
    # The load held 900, which the system never forgets; the request holds 300 at most, and later 950.
    life, now = [900], [200]
    peak = IntervalPeak(lambda: life[0], lambda: now[0])
    assert not peak.begun
    peak.begin()
    now[0] = 300
    assert peak.bytes() == 300
    peak.begin()
    life[0] = 950
    assert peak.bytes() == 950, "a mark that was raised meanwhile is exact"


async def test_readings_find_a_peak_within_a_request() -> None:
    now = [200]
    peak = IntervalPeak(lambda: 900, lambda: now[0])
    peak.begin()
    now[0] = 400
    readings: list[int] = []
    await until(lambda: readings.append(now[0]) or len(readings) > 12)
    now[0] = 210
    assert peak.bytes() == 400
    assert (resident_bytes() or 0) <= (life_peak_bytes() or 0)


def test_the_scope_of_peaks_stands_in_report_and_json_and_older_runs_compare() -> None:
    assert host.environment().peak_rss_scope == meanings.peak_rss_scope()
    old = run_record()
    new = replace(old, environment=replace(old.environment, peak_rss_scope="request_sampled"))
    assert "readings every 20 ms" in markdown_report(new, ())
    assert "readings every 20 ms" not in markdown_report(old, ())
    assert json.loads(json_text(new))["environment"]["peak_rss_scope"] == "request_sampled"
    assert "peak_rss_scope" not in json_text(old)
    assert not environment_differences(old.environment, new.environment)
    linux = replace(old.environment, peak_rss_scope="request")
    assert [each.what for each in environment_differences(linux, new.environment)] == ["peak rss scope"]


def test_windows_has_numbers_for_want_of_memory() -> None:
    for status in (0xC0000017, 0xC000012D):
        assert cause_of_exit(status, by_kernel=False, stderr_tail=()).kind is ExitKind.OUT_OF_MEMORY
    aborted = cause_of_exit(0xC0000409, by_kernel=False, stderr_tail=("terminate: bad allocation",))
    assert aborted.kind is ExitKind.OUT_OF_MEMORY
    assert cause_of_exit(0xC0000409, by_kernel=False, stderr_tail=("a bug",)).kind is ExitKind.CRASHED


def test_a_kill_is_no_crash_where_there_are_no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not meanings.is_kill(15, "linux")
    for name in ("is_kill", "sender_of_kill"):
        monkeypatch.setattr(exit_cause, name, partial(getattr(meanings, name), system="win32"))
    for status in (15, 0xC000013A):
        cause = cause_of_exit(status, by_kernel=False, stderr_tail=())
        assert str(cause) == "killed: ended by another program or a person"
    assert cause_of_exit(0xC0000005, by_kernel=False, stderr_tail=()).kind is ExitKind.CRASHED


async def test_memory_that_no_process_owns_is_unknown_off_linux(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "LINUX", False)
    pool = ModelPool(lambda _: scripted("answer"))
    await pool.load(Model(alias="scripted", folder=Path()), 30)
    load = await pool.unload("scripted")
    assert load is not None
    assert load.left_bytes is None


def test_a_text_reaches_the_pasteboard_as_it_is(tmp_path: Path) -> None:
    if sys.platform == "win32":
        pytest.skip("the stand-in is a script")
    program = tmp_path / "pbcopy"
    program.write_text(f"#!/bin/sh\ncat > {tmp_path}/held\n")
    program.chmod(0o755)
    assert clipboard.copy("Zürcher 🙂", str(program))
    assert (tmp_path / "held").read_text(encoding="utf-8") == "Zürcher 🙂"
    assert not clipboard.copy("x", str(tmp_path / "none"))
    assert not clipboard.copy("x", "")


async def test_the_process_behind_a_launcher_is_the_model() -> None:
    # In a virtual environment of Windows the interpreter that was started starts the real one.
    code = "import subprocess, sys; sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))"
    command = (sys.executable, "-c", code, *scripted_child.command("answer", 0)[1:])
    engine = FoundryEngine(Model(alias="scripted", folder=Path()), command)
    try:
        await engine.load(60)
        launcher, pid = engine.pids
        assert pid == engine.pid != launcher
    finally:
        await engine.close()


async def test_a_server_is_found_where_the_first_address_of_its_name_is_slow(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def connect(*_: object, happy_eyeballs_delay: float = 9.0) -> object:
        # Windows takes 2 s to refuse ::1, and only then another address would be tried.
        await asyncio.sleep(happy_eyeballs_delay)
        return Mock(), Mock()

    monkeypatch.setattr(asyncio, "open_connection", connect)
    endpoint = endpoint_at("http://localhost:11434", "--endpoint")
    models = server_models.EndpointModels([endpoint], tmp_path / "servers.json")
    refreshed = Mock(side_effect=asyncio.CancelledError)
    monkeypatch.setattr(models, "refresh", refreshed)
    models.watch()
    await until(lambda: refreshed.called, 1.5)
    await models.close()
