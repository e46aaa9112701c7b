"""What only the system calls of macOS tell; on every other system each function gives ``None``.

The structures are those of ``libproc.h`` and ``sysctl.h``.
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

_BSD_INFO: Final = 3
_BSD_INFO_BYTES: Final = 136
_TASK_INFO: Final = 4
_TASK_INFO_BYTES: Final = 96
_START_OFFSET: Final = 120
"""``pbi_start_tvsec`` and ``pbi_start_tvusec`` follow on 120 bytes of other fields in ``proc_bsdinfo``."""


def started_s(pid: int) -> float | None:
    """When a process began, in seconds since the epoch, as the kernel noted it then.

    psutil corrects that time for steps of the clock since its import, so that two processes may get another one.
    """
    if sys.platform != "darwin":
        return None
    info = (ctypes.c_char * _BSD_INFO_BYTES)()
    try:
        library = ctypes.CDLL(None)
        given = library.proc_pidinfo(pid, _BSD_INFO, ctypes.c_uint64(0), info, _BSD_INFO_BYTES)
    except (OSError, AttributeError):
        return None
    if given != _BSD_INFO_BYTES:
        return None
    seconds, microseconds = (ctypes.c_uint64 * 2).from_buffer_copy(info, _START_OFFSET)
    return seconds + microseconds / 1e6


def sysctl_text(name: str) -> str | None:
    """A text that the kernel gives for a name, such as ``machdep.cpu.brand_string``."""
    content = _sysctl(name)
    return None if content is None else content.rstrip(b"\0").decode("utf-8", "replace").strip() or None


def sysctl_number(name: str) -> int | None:
    """A whole number that the kernel gives for a name, such as ``kern.memorystatus_level``."""
    content = _sysctl(name)
    return None if content is None or len(content) not in (4, 8) else int.from_bytes(content, sys.byteorder)


def _sysctl(name: str) -> bytes | None:
    if sys.platform != "darwin":
        return None
    try:
        sysctl = ctypes.CDLL(None).sysctlbyname
    except (OSError, AttributeError):
        return None
    size = ctypes.c_size_t(0)
    if sysctl(name.encode(), None, ctypes.byref(size), None, ctypes.c_size_t(0)) or not size.value:
        return None
    content = ctypes.create_string_buffer(size.value)
    if sysctl(name.encode(), content, ctypes.byref(size), None, ctypes.c_size_t(0)):
        return None
    return content.raw[: size.value]


def own_resident_bytes() -> int | None:
    """The resident memory of this process, by the second field of ``proc_taskinfo``."""
    if sys.platform != "darwin":
        return None
    info = (ctypes.c_char * _TASK_INFO_BYTES)()
    try:
        given = ctypes.CDLL(None).proc_pidinfo(os.getpid(), _TASK_INFO, ctypes.c_uint64(0), info, _TASK_INFO_BYTES)
    except (OSError, AttributeError):
        return None
    return ctypes.c_uint64.from_buffer_copy(info, 8).value if given == _TASK_INFO_BYTES else None
