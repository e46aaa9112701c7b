"""The job objects of Windows: sets of processes that the system ends once nobody holds their handle any more.

See "Job Objects" and ``JOBOBJECT_EXTENDED_LIMIT_INFORMATION`` in Microsoft's documentation of Win32.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

if sys.platform == "win32":
    from ctypes import wintypes

    _EXTENDED_LIMIT_INFORMATION: Final = 9
    _KILL_ON_JOB_CLOSE: Final = 0x2000
    _SET_QUOTA_AND_TERMINATE: Final = 0x0101
    _ENDED_STATUS: Final = 1

    class _BasicLimits(ctypes.Structure):
        _fields_ = (
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        )

    class _ExtendedLimits(ctypes.Structure):
        _fields_ = (
            ("BasicLimitInformation", _BasicLimits),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        )

    _kernel32: Final = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel32.CreateJobObjectW.restype = wintypes.HANDLE
    _kernel32.CreateJobObjectW.argtypes = (wintypes.LPVOID, wintypes.LPCWSTR)
    _kernel32.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, wintypes.LPVOID, wintypes.DWORD)
    _kernel32.OpenProcess.restype = wintypes.HANDLE
    _kernel32.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    _kernel32.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    _kernel32.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
    _kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)

    class JobObject:
        """A set of processes that end when ``end`` is called, and when this process ends.

        Where the system refuses one, as an old sandbox may, it holds no process and ending it does nothing.
        """

        def __init__(self) -> None:
            self._handle: int | None = _kernel32.CreateJobObjectW(None, None)
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
            if self._handle:
                _kernel32.SetInformationJobObject(
                    self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
                )

        def add(self, pid: int) -> None:
            """Add a process, and with it everything that it starts from now on."""
            process = _kernel32.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, pid)
            if process:
                if self._handle:
                    _kernel32.AssignProcessToJobObject(self._handle, process)
                _kernel32.CloseHandle(process)

        def end(self) -> None:
            """End all processes of the set, and the set; a second call does nothing."""
            handle, self._handle = self._handle, None
            if handle:
                _kernel32.TerminateJobObject(handle, _ENDED_STATUS)
                _kernel32.CloseHandle(handle)
