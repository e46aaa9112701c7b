"""What the system does not tell, with every error that psutil is known to raise, is unknown and stops nothing."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from tests.support.command import command_folder
from tests.support.conditions import until
from tui.console import ExitCode
from tui.measure.disturbance import disturbances
from tui.probes import disturbance, host, sampler, timing
from tui.probes.disturbance import CounterReader
from tui.probes.sampler import Sampler
from tui.records import Disturbance
from tui.system import LINUX

ERRORS = (
    RuntimeError("PdhAddEnglishCounterW failed. Performance counters may be disabled."),
    OSError(13, "Permission denied"),
    psutil.AccessDenied(1),
    SystemError("returned NULL without setting an exception"),
)
OF_MACHINE = ("swap_memory", "sensors_battery", "net_connections", "cpu_times", "cpu_count")
OF_PROCESS = ("memory_info", "cpu_times", "create_time", "environ", "children", "status", "net_connections")


def break_psutil(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    for name in OF_MACHINE:
        monkeypatch.setattr(psutil, name, Mock(side_effect=error))
    for name in OF_PROCESS:
        monkeypatch.setattr(psutil.Process, name, Mock(side_effect=error))


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_reading_that_fails_is_unknown_and_the_guard_goes_on(
    monkeypatch: pytest.MonkeyPatch, error: Exception, tmp_path: Path
) -> None:
    break_psutil(monkeypatch, error)
    assert host.memory({"model": (os.getpid(),)}).available_bytes > 0
    assert host.on_battery() is None
    assert host.environment().physical_cores is None
    assert host.listener_pid(1) is None
    assert not LINUX or (host.unowned_bytes() or 0) > 0
    nobody = 1 << 22  # More than any process number of Linux.
    assert host.process_trees([nobody]) == {nobody: (nobody,)}
    before, after = CounterReader().read([]), CounterReader().read([os.getpid()])
    assert {Disturbance.SWAP, Disturbance.OTHER_LOAD, Disturbance.BATTERY}.isdisjoint(disturbances(before, after))
    watching = Sampler(0.01)
    watching.start()
    try:
        await until(lambda: watching.since(0)[0] > 2)
    finally:
        watching.close()
    assert command_folder(tmp_path).run("models", "--runnable").returncode == ExitCode.DONE


async def test_whatever_a_reading_raises_the_guard_gets_those_that_follow(monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Exception):
        pass

    failing = Mock(side_effect=Odd)
    monkeypatch.setattr(sampler.host, "memory", failing)
    monkeypatch.setattr(sampler, "Gpus", Mock(side_effect=Odd))
    watching = Sampler(0.01)
    watching.start()
    try:
        await until(lambda: failing.call_count > 1)
        monkeypatch.undo()
        await until(lambda: watching.newest is not None and watching.newest.available_bytes)
        assert watching.newest is not None
        assert watching.newest.gpu_note == sampler.GPUS_UNREADABLE
    finally:
        watching.close()


def test_the_listener_is_found_where_only_ones_own_processes_may_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = psutil.Process.net_connections

    def as_on_macos(process: psutil.Process, kind: str = "inet") -> object:
        if process.pid != os.getpid():
            raise psutil.AccessDenied(process.pid)
        return ask(process, kind)

    monkeypatch.setattr(psutil, "net_connections", Mock(side_effect=psutil.AccessDenied(1)))
    monkeypatch.setattr(psutil.Process, "net_connections", as_on_macos)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert host.listener_pid(port) == os.getpid()
    assert host.listener_pid(port) is None
    # A process that may not be asked about has the number 0 on Windows.
    unknown = Mock(status=psutil.CONN_LISTEN, laddr=Mock(port=port), pid=0)
    monkeypatch.setattr(psutil, "net_connections", Mock(return_value=[unknown]))
    monkeypatch.setattr(psutil, "Process", Mock())
    assert host.listener_pid(port) is None


def test_a_battery_whose_supply_is_not_known_counts_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", Mock(return_value=Mock(power_plugged=None)), raising=False)
    assert host.on_battery() is None


def test_swap_is_no_disturbance_where_the_system_writes_ahead_of_need(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disturbance, "WINDOWS", True)
    monkeypatch.setattr(psutil, "swap_memory", Mock(side_effect=[Mock(used=0), Mock(used=1 << 30)]))
    before, after = CounterReader().read([]), CounterReader().read([])
    assert Disturbance.SWAP not in disturbances(before, after)


def test_interrupts_that_windows_counts_twice_are_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Mock(spec=("user", "system", "idle", "interrupt", "dpc"))
    times.user, times.system, times.idle, times.interrupt, times.dpc = 4.0, 3.0, 9.0, 1.0, 1.0
    monkeypatch.setattr(psutil, "cpu_times", Mock(return_value=times))
    assert timing.busy_s() == 7.0
    assert CounterReader(Path("nowhere")).read([]).busy_s == 7.0
