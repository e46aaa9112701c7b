"""The machine: what it is, what memory it has, which processes live."""

from __future__ import annotations

import contextlib
import os
import platform
import sys
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import psutil

from tui import __version__
from tui.probes.cgroup import group_memory, group_oom_kills
from tui.probes.gpu import Gpus
from tui.records import Environment, MemoryReading


def environment(gpus: Gpus | None = None) -> Environment:
    """What a run's numbers depend on besides the models. Reads files and may ask a driver: some 10 ms."""
    readings = (gpus or Gpus()).read({})
    battery = psutil.sensors_battery() if hasattr(psutil, "sensors_battery") else None
    return Environment(
        cpu=cpu_name(),
        physical_cores=psutil.cpu_count(logical=False),
        logical_cores=usable_cores(),
        ram_bytes=memory({}).total_bytes,
        gpu=", ".join(reading.name for reading in readings) or None,
        os=os_name(),
        python=platform.python_version(),
        sdk=_version("foundry-local-sdk"),
        runtime=_version("onnxruntime-genai-core"),
        benchtop=__version__,
        on_battery=None if battery is None else not battery.power_plugged,
    )


def cpu_name() -> str:
    """The processor as its maker calls it."""
    lines: Iterable[str] = ()
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return name or platform.processor() or platform.machine()


def usable_cores() -> int | None:
    """Logical cores that this process may use: fewer than the machine's in a container with a cpu set."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def os_name() -> str:
    """``Debian GNU/Linux 12 (bookworm)``, ``macOS 15.1``, ``Windows 11``, with the architecture."""
    name = f"{platform.system()} {platform.release()}"
    if sys.platform == "darwin":
        name = f"macOS {platform.mac_ver()[0]}"
    elif sys.platform == "linux":
        with contextlib.suppress(OSError, KeyError):
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{name}, {platform.machine()}"


def memory(pids: Mapping[str, Sequence[int]]) -> MemoryReading:
    """What the machine holds and what the processes of each key hold; a key whose processes are gone has no entry."""
    ram, group = psutil.virtual_memory(), group_memory()
    resident = {key: [rss for pid in tree if (rss := rss_bytes(pid)) is not None] for key, tree in pids.items()}
    return MemoryReading(
        at_s=time.monotonic(),
        total_bytes=min(ram.total, group.limit_bytes) if group else ram.total,
        available_bytes=min(ram.available, group.available_bytes) if group else ram.available,
        swap_used_bytes=psutil.swap_memory().used,
        rss_bytes={key: sum(held) for key, held in resident.items() if held},
    )


def held_by_nobody() -> int:
    """Bytes in use that belong to no process: shared memory, what drivers and the kernel hold.

    The same before a model's start and after its end when all of its memory is back, whatever other programs did
    meanwhile. Looks at every process of the machine: some milliseconds.
    """
    ram = psutil.virtual_memory()
    owned = sum(_private_bytes(process) for process in psutil.process_iter())
    return ram.total - ram.available - owned


def _private_bytes(process: psutil.Process) -> int:
    """What ends with a process: resident memory without the pages it shares, where the system tells those apart."""
    try:
        held = process.memory_info()
    except psutil.Error:
        return 0
    return int(held.rss) - int(getattr(held, "shared", 0))


def process_trees(roots: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Each of these processes with all it has started. Looks at every process of the machine: some milliseconds."""
    if not roots:
        return {}
    started: dict[int, list[int]] = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            started.setdefault(process.ppid(), []).append(process.pid)
    return {root: tuple(_descent(root, started)) for root in roots}


def _descent(pid: int, started: Mapping[int, Sequence[int]]) -> list[int]:
    """A number that is used again can make a process its own forebear on Windows: each is taken once."""
    found = [pid]
    for each in found:
        found += [child for child in started.get(each, ()) if child not in found]
    return found


def rss_bytes(pid: int) -> int | None:
    """Resident memory of a process, ``None`` when it is gone or not ours to read."""
    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return None


_FORWARDERS = (
    "docker-proxy",
    "ssh",
    "socat",
    "com.docker.backend",
    "vpnkit",
    "wslrelay",
    "rootlessport",
    "slirp4netns",
)
"""Programs that only pass connections on: their memory says nothing of the server behind."""


def listener_pid(port: int) -> int | None:
    """The process that listens on a port of this machine; ``None`` where there is none or we may not know."""
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
                return connection.pid if connection.pid and not _passes_on(connection.pid) else None
    return None


def _passes_on(pid: int) -> bool:
    return psutil.Process(pid).name().lower().removesuffix(".exe") in _FORWARDERS


def tree_rss_bytes(pid: int) -> int | None:
    """Resident memory of a process with all it has started; ``None`` when it is gone or not ours to read."""
    held = [rss for each in process_trees({pid})[pid] if (rss := rss_bytes(each)) is not None]
    return sum(held) if held else None


def process_exists(pid: int) -> bool:
    return psutil.pid_exists(pid)


def process_started_s(pid: int) -> float | None:
    """When a process began, in seconds; ``None`` when there is none with this number.

    On Linux since the machine began: counted from the epoch it is computed, and another one for the same process once
    the clock has been set. Other systems keep it since the epoch.
    """
    if sys.platform == "linux":
        return _linux_start_s(pid)
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _linux_start_s(pid: int) -> float | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        # The name before it may hold anything, brackets and spaces included.
        return int(line.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return None


def owner() -> str:
    """This process for others to find, now and after the machine has begun anew."""
    return _owner(os.getpid())


def _owner(pid: int) -> str:
    """``pid.boot@start``; systems that count a start from the epoch need no boot."""
    boot = ""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            boot = f".{Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii')[:8]}"
    return f"{pid}{boot}@{process_started_s(pid) or 0:.2f}"


def owner_lives(owner: str) -> bool:
    """Whether the process that ``owner`` named still runs, and is not another one with its number."""
    try:
        pid = int(owner.partition("@")[0].partition(".")[0])
        # One that has ended stays listed until its parent has taken note.
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and _owner(pid) == owner
    except (ValueError, OverflowError, psutil.Error):
        return False


def oom_kills() -> int | None:
    """How many processes the kernel has ended for memory, in our group where it counts those, else on the machine."""
    if sys.platform != "linux":
        return None
    in_group = group_oom_kills()
    if in_group is not None:
        return in_group
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)


def _version(distribution: str) -> str | None:
    # Imported here: the list of models should not wait for it.
    import importlib.metadata

    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
