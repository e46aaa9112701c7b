"""The machine: its parts, its memory and its processes."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import time
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import psutil

from tui import __version__, records
from tui.probes.cgroup import group_memory, group_oom_kills
from tui.probes.cpu_group import cpu_limit
from tui.probes.gpu import Gpus
from tui.probes.unreadable import UNREADABLE, read_or
from tui.records import MemoryReading
from tui.system import CLOCK_TICKS_S, LINUX, macos, processes
from tui.system.machine import cpu_name, free_bytes, memory_of_pages, os_name, usable_cores
from tui.system.meanings import peak_rss_scope

if TYPE_CHECKING:
    # Every child process imports this module, and none has a use for the records of a run.
    from tui.records import Environment

BEAT_S: Final = 15.0
"""How often the owner of a run notes that it lives."""
BEATS_MISSED_S: Final = 120.0
"""An owner on another machine that has noted nothing for so long is gone; the clocks of the two may differ a little."""
_DAY_S: Final = 86_400.0
_MOST_DIGITS: Final = 15


class _Connection(Protocol):
    """What is used here of a connection, which psutil gives in one form for the machine and one for a process."""

    @property
    def status(self) -> str: ...
    @property
    def laddr(self) -> object: ...


def environment(gpus: Gpus | None = None) -> Environment:
    """The facts besides the models that the numbers of a run depend on. Files and a driver are read: some 10 ms."""
    gpus = gpus or Gpus()
    readings = gpus.read({})
    return records.Environment(
        cpu=cpu_name(),
        physical_cores=read_or(None, lambda: psutil.cpu_count(logical=False)),
        logical_cores=usable_cores(),
        ram_bytes=memory({}).total_bytes,
        gpu=", ".join(reading.name for reading in readings) or None,
        os=os_name(),
        python=platform.python_version(),
        sdk=package_version("foundry-local-sdk"),
        runtime=package_version("onnxruntime-genai-core"),
        benchtop=__version__,
        on_battery=on_battery(),
        cpu_limit=cpu_limit(),
        gpu_driver=gpus.driver_version() if readings else None,
        peak_rss_scope=peak_rss_scope(),
    )


def on_battery() -> bool | None:
    """Whether the machine runs on its battery; ``None`` if it has none or that cannot be read."""
    # Some systems do not have the function, and some containers have no /sys.
    battery = read_or(None, lambda: psutil.sensors_battery())
    # psutil leaves out what the system does not know, as Windows may.
    plugged: bool | None = getattr(battery, "power_plugged", None)
    return None if plugged is None else not plugged


def memory(pids: Mapping[str, Sequence[int]]) -> MemoryReading:
    """The memory of the machine and of the processes of each key; a key whose processes are gone has no entry."""
    (total, available), group = _ram(), group_memory()
    free = free_bytes(available, total)
    resident = {key: [rss for pid in tree if (rss := rss_bytes(pid)) is not None] for key, tree in pids.items()}
    return MemoryReading(
        at_s=time.monotonic(),
        total_bytes=min(total, group.limit_bytes) if group else total,
        available_bytes=min(free, group.available_bytes) if group else free,
        swap_used_bytes=read_or(0, lambda: psutil.swap_memory().used),
        rss_bytes={key: sum(sizes) for key, sizes in resident.items() if sizes},
    )


def _ram() -> tuple[int, int]:
    """The memory of the machine and what is available of it. Raises an error of ``UNREADABLE`` if nothing tells it."""
    try:
        ram = psutil.virtual_memory()
    except UNREADABLE:
        # A sandbox may have no /proc.
        pages = memory_of_pages()
        if pages is None:
            raise
        return pages
    return ram.total, ram.available


def unowned_bytes() -> int | None:
    """The bytes in use that belong to no process, such as shared memory and those of drivers and the kernel.

    Outside of Linux it is ``None``: a user's program may not ask what root's processes hold, and cached pages of a
    model that has ended count as used.

    They are the same before a model's start and after its end if all of its memory is back, whatever other programs did
    meanwhile. This looks at every process of the machine: some milliseconds.
    """
    if not LINUX:
        return None
    ram = read_or(None, psutil.virtual_memory)
    if ram is None:
        return None
    owned = sum(_private_bytes(process) for process in psutil.process_iter())
    return ram.total - ram.available - owned


def _private_bytes(process: psutil.Process) -> int:
    """The memory that ends with a process: without the pages that it shares, if the system counts those apart."""
    memory_info = read_or(None, process.memory_info)
    return 0 if memory_info is None else int(memory_info.rss) - int(getattr(memory_info, "shared", 0))


def process_trees(roots: Collection[int]) -> dict[int, tuple[int, ...]]:
    """Each of these processes with all that it has started."""
    return {root: process_tree(root) for root in roots}


def process_tree(root: int) -> tuple[int, ...]:
    """This process with all that it has started, and what those have started.

    Where the kernel does not list them, psutil takes the table of all processes once for that, which takes some
    milliseconds, and leaves out a later process with a number used again.
    """
    listed = processes.listed_below(root)
    if listed is not None:
        return (root, *sorted(listed - {root}))
    below = read_or((), lambda: psutil.Process(root).children(recursive=True))
    return (root, *(process.pid for process in below))


def rss_bytes(pid: int) -> int | None:
    """The resident memory of a process; ``None`` if it is gone or may not be read."""
    return read_or(None, lambda: int(psutil.Process(pid).memory_info().rss))


def written_bytes(root: int) -> int | None:
    """What a process and all below it have written so far, to files and pipes; ``None`` where that is not told."""
    written = [
        read_or(None, lambda pid=pid: processes.written_bytes(psutil.Process(pid))) for pid in process_tree(root)
    ]
    told = [count for count in written if count is not None]
    return sum(told) if told else None


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
"""Programs that only pass connections on, so that their memory is not that of the server behind them."""


def listener_pid(port: int) -> int | None:
    """The process that listens on a port of this machine; ``None`` if there is none or it is not reported.

    Some systems report a process with the number 0 for one that may not be asked about.
    """
    try:
        pid = next((found.pid for found in psutil.net_connections("tcp") if _listens(found, port)), None)
    except UNREADABLE:
        # macOS tells the connections of all processes to root only, and those of a user's own to that user.
        pid = _listener_among_own(port)
    return None if not pid or read_or(True, lambda: _is_forwarder(pid)) else pid


def _listener_among_own(port: int) -> int | None:
    for process in read_or((), lambda: list(psutil.process_iter())):
        connections = read_or((), lambda process=process: process.net_connections("tcp"))
        if any(_listens(found, port) for found in connections):
            return process.pid
    return None


def _listens(connection: _Connection, port: int) -> bool:
    return connection.status == psutil.CONN_LISTEN and getattr(connection.laddr, "port", None) == port


def _is_forwarder(pid: int) -> bool:
    return psutil.Process(pid).name().lower().removesuffix(".exe") in _FORWARDERS


def process_exists(pid: int) -> bool:
    """Whether there is a process with this number."""
    return psutil.pid_exists(pid)


def process_started_s(pid: int) -> float | None:
    """The time at which a process began, in seconds; ``None`` if there is none with this number.

    On Linux it counts from the start of the machine: from the epoch it would have to be computed, and would be another
    one for the same process once the clock has been set. Other systems keep it from the epoch.
    """
    if LINUX:
        return _linux_start_s(pid)
    return macos.started_s(pid) or read_or(None, lambda: float(psutil.Process(pid).create_time()))


def _linux_start_s(pid: int) -> float | None:
    try:
        line = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        # The name of the program stands before it and may hold anything, brackets and spaces included.
        return int(line.rpartition(")")[2].split()[19]) / CLOCK_TICKS_S
    except (OSError, ValueError, IndexError):
        return None


def owner() -> str:
    """A name for this process by which others find out whether it still lives, even after a restart of the machine.

    ``pid.boot@start~place+beat``: who looks from another machine or container cannot see the process, and goes by the
    beat, which is the time of day in seconds. A name without it is of an earlier Benchtop.
    """
    return f"{_owner(os.getpid())}~{place()}+{time.time():.0f}"


def without_beat(owner: str) -> str:
    """The part of the name of an owner that stays the same as long as it lives."""
    return owner.partition("+")[0]


@lru_cache
def place() -> str:
    """A mark of the machine, or the container, in which the numbers of processes mean the same."""
    facts = [platform.node()]
    if LINUX:
        with contextlib.suppress(OSError):
            facts.append(str(Path("/proc/self/ns/pid").readlink()))
        with contextlib.suppress(OSError):
            facts.append(Path("/etc/machine-id").read_text(encoding="ascii", errors="replace"))
    return hashlib.sha256("\n".join(facts).encode("utf-8", "replace")).hexdigest()[:12]


def _owner(pid: int) -> str:
    """``pid.boot@start``; on systems that count the start from the epoch it needs no boot."""
    return f"{pid}{_boot()}@{process_started_s(pid) or 0:.2f}"


@lru_cache
def _boot() -> str:
    """A mark of the start of this machine; empty where none is needed."""
    if LINUX:
        with contextlib.suppress(OSError):
            return f".{Path('/proc/sys/kernel/random/boot_id').read_text(encoding='ascii')[:8]}"
    return ""


def owner_lives(owner: str) -> bool:
    """Whether the process that ``owner`` has named still runs, and the number does not belong to another one."""
    owner, _, elsewhere = owner.partition("~")
    mark, _, beat = elsewhere.partition("+")
    process, dot, boot = owner.partition("@")[0].partition(".")
    beat_s = int(beat) if beat.isdecimal() and len(beat) < _MOST_DIGITS else 0
    # Containers of one image may have the same names on two machines: who has noted something since this machine began,
    # and began with another one, cannot be seen from here either.
    if mark and (mark != place() or (dot + boot != _boot() and beat_s > psutil.boot_time())):
        return abs(time.time() - beat_s) < BEATS_MISSED_S
    try:
        pid = int(process)
        # A process that has ended stays listed until its parent has taken note.
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE and _owner(pid) == owner
    except (*UNREADABLE, OverflowError):
        return False


def may_live_elsewhere(owner: str) -> bool:
    """Whether ``owner`` has named a process that cannot be seen from here, and noted that it lives within a day.

    That is so if its clock is far off, whatever ``owner_lives`` says.
    """
    beat = owner.partition("+")[2]
    noted_lately = beat.isdecimal() and len(beat) < _MOST_DIGITS and abs(time.time() - int(beat)) < _DAY_S
    return noted_lately and not is_here(owner)


def is_here(owner: str) -> bool:
    """Whether the process that ``owner`` has named runs on this machine, or did."""
    return owner.partition("~")[2].partition("+")[0] == place()


def oom_kills() -> int | None:
    """How many processes the kernel has ended for memory: in our group if it counts those, else on the machine."""
    if not LINUX:
        return None
    in_group = group_oom_kills()
    if in_group is not None:
        return in_group
    try:
        lines = Path("/proc/vmstat").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), None)


def package_version(distribution: str) -> str | None:
    # The list of models, which needs this module, should not wait for it.
    import importlib.metadata

    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None
