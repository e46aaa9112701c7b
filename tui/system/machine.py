"""The machine as each system tells of it: the name of its processor, the system, its cores, and what memory is free."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tui.system import macos

if sys.platform == "win32":
    import winreg

CPU_INFO: Final = Path("/proc/cpuinfo")
_WINDOWS_KEY: Final = r"HARDWARE\DESCRIPTION\System\CentralProcessor\0"
_FILE_SYSTEM_KEY: Final = r"SYSTEM\CurrentControlSet\Control\FileSystem"
_ARM_CORES: Final = {
    ("0x41", "0xd03"): "Cortex-A53",
    ("0x41", "0xd08"): "Cortex-A72",
    ("0x41", "0xd0b"): "Cortex-A76",
    ("0x41", "0xd0c"): "Neoverse-N1",
    ("0x41", "0xd40"): "Neoverse-V1",
    ("0x41", "0xd41"): "Cortex-A78",
    ("0x41", "0xd42"): "Cortex-A78AE",
    ("0x41", "0xd49"): "Neoverse-N2",
    ("0x41", "0xd4f"): "Neoverse-V2",
    ("0xc0", "0xac3"): "Ampere-1",
}
"""The names of cores by implementer and part, as the kernel's ``cputype.h`` has them."""


def cpu_name() -> str:
    """The name of the processor as its maker gives it, so that two machines are told apart by it."""
    return _given_name() or platform.processor() or platform.machine()


def _given_name() -> str | None:
    if sys.platform == "win32":
        with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS_KEY) as key:
            return str(winreg.QueryValueEx(key, "ProcessorNameString")[0]).strip()
        return None
    if sys.platform == "darwin":
        return macos.sysctl_text("machdep.cpu.brand_string")
    try:
        lines = CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    return name_in_cpu_info(lines)


def name_in_cpu_info(lines: Sequence[str]) -> str | None:
    """The name in ``/proc/cpuinfo``; ARM has none there, but the codes of the maker and of each kind of core."""
    facts = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    named = next((value for name, value in facts if name == "model name" and value), None)
    if named is not None:
        return named
    makers = [value for name, value in facts if name == "CPU implementer"]
    parts = [value for name, value in facts if name == "CPU part"]
    kinds = dict.fromkeys(zip(makers, parts, strict=False))
    cores = [_ARM_CORES.get(kind, f"core {kind[1]} of maker {kind[0]}") for kind in kinds]
    return f"{platform.machine()} {' + '.join(cores)}" if cores else None


def os_name() -> str:
    """The system with its architecture, such as ``Debian GNU/Linux 12 (bookworm), x86_64`` or ``macOS 15.1, arm64``."""
    name = f"{platform.system()} {platform.release()}"
    if sys.platform == "darwin":
        name = f"macOS {platform.mac_ver()[0]}"
    elif sys.platform == "linux":
        with contextlib.suppress(OSError, KeyError):
            name = platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{name}, {platform.machine()}"


def takes_long_paths() -> bool | None:
    """Whether Windows lets programs use paths of more than 260 characters; ``None`` on systems without that limit."""
    if sys.platform != "win32":
        return None
    with contextlib.suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _FILE_SYSTEM_KEY) as key:
        return winreg.QueryValueEx(key, "LongPathsEnabled")[0] == 1
    return False


def library_opens(name: str) -> bool:
    """Whether the loader of the system opens a library of this name."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def usable_cores() -> int | None:
    """The number of logical cores that this process may use, in a container with a cpu set fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def asleep_s() -> float:
    """For how long the machine has been suspended since its start; 0 where the clocks do not tell, as off Linux."""
    if sys.platform != "linux":
        return 0.0
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)


def memory_of_pages() -> tuple[int, int] | None:
    """The memory of the machine and what is free of it, in bytes, as the C library tells it; ``None`` on Windows."""
    if sys.platform == "win32":
        return None
    page = os.sysconf("SC_PAGE_SIZE")
    return os.sysconf("SC_PHYS_PAGES") * page, os.sysconf("SC_AVPHYS_PAGES") * page


def free_bytes(told_bytes: int, total_bytes: int) -> int:
    """The memory that programs can still get, where ``told_bytes`` is what psutil takes for it.

    On macOS that leaves out the cache and compressible pages, which the system gives up first; the kernel's own level
    counts them.
    """
    level = macos.sysctl_number("kern.memorystatus_level")
    return told_bytes if level is None else max(told_bytes, min(total_bytes, total_bytes * level // 100))
