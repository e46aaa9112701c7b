"""Time that is taken away from the processes of a measurement is seen: by a limit of their group, or by a stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tui.measure.disturbance import MachineCounters, disturbances
from tui.probes.cpu_group import cpu_limit, throttled_s, waited_s
from tui.probes.stalls import StallWatch
from tui.records import Disturbance

QUIET = MachineCounters(at_s=0.0, busy_s=0.0, own_s=0.0, swapped_bytes=0, throttled=0, on_battery=False)


def group(root: Path, folder: str, **files: str) -> None:
    (root / folder).mkdir(parents=True)
    for name, text in files.items():
        (root / folder / name.replace("_dot_", ".")).write_text(text)


@pytest.mark.skipif(sys.platform != "linux", reason="control groups are of Linux")
def test_the_limit_of_a_group_and_its_waits_are_read(tmp_path: Path) -> None:
    two, one = tmp_path / "two", tmp_path / "one"
    group(two, "outer/inner", cpu_dot_max="max 100000\n", cpu_dot_stat="usage_usec 5\nthrottled_usec 500000\n")
    (two / "outer/cpu.max").write_text("50000 100000\n")
    (two / "cgroup").write_text("0::/outer/inner\n")
    group(one, "cpu,cpuacct/box", cpu_dot_cfs_quota_us="150000\n", cpu_dot_cfs_period_us="100000\n")
    (one / "cpu,cpuacct/box/cpu.stat").write_text("nr_throttled 3\nthrottled_time 2000000000\n")
    (one / "cgroup").write_text("4:memory:/box\n3:cpu,cpuacct:/box\n")
    assert cpu_limit(two / "cgroup", two) == 0.5, "the tightest of all groups above"
    assert throttled_s(two / "cgroup", two) == 0.5
    assert cpu_limit(one / "cgroup", one) == 1.5
    assert throttled_s(one / "cgroup", one) == 2.0
    assert cpu_limit(tmp_path / "none", tmp_path) is None
    assert throttled_s(tmp_path / "none", tmp_path) == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that stops a process")
def test_a_stopped_process_is_seen() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]) as child:
        watch = StallWatch()
        with watch.watching([os.getpid(), child.pid]):
            child.send_signal(signal.SIGSTOP)
            give_up_s = time.monotonic() + 60
            while not watch.stalls and time.monotonic() < give_up_s:
                time.sleep(0.02)
        assert watch.stalls
        child.kill()


def test_lost_time_is_a_disturbance_of_its_own() -> None:
    after = replace(QUIET, at_s=10.0)
    assert disturbances(QUIET, after) == ()
    assert disturbances(QUIET, replace(after, limited_s=0.1)) == ()
    assert disturbances(QUIET, replace(after, limited_s=0.3)) == (Disturbance.CPU_LIMIT,)
    assert disturbances(QUIET, replace(after, stalls=1)) == (Disturbance.PAUSED,)
    assert disturbances(QUIET, replace(after, waited_s=2.1)) == (), "where the model runs in a process of ours"
    assert disturbances(QUIET, replace(after, waited_s=1.9), of_server=True) == ()
    assert disturbances(QUIET, replace(after, waited_s=2.1), of_server=True) == (Disturbance.CLIENT_WAITED,)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
def test_the_wait_for_a_free_processor_is_read(tmp_path: Path) -> None:
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "schedstat").write_text("5000000000 1500000000 321\n")
    assert waited_s(7, tmp_path) == 1.5
    assert waited_s(8, tmp_path) == 0, "a process that is gone"
