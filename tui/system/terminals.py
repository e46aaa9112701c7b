"""Whether a stream is a terminal, and terminals that nobody looks at, in which the self-test runs the workbench."""

from __future__ import annotations

import io
import os
import struct
import sys
from typing import Final, TextIO

if sys.platform != "win32":
    import fcntl
    import termios
else:
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _kernel32: Final = ctypes.WinDLL("kernel32")
    _kernel32.GetConsoleMode.argtypes = (wintypes.HANDLE, ctypes.POINTER(wintypes.DWORD))
    _kernel32.SetConsoleMode.argtypes = (wintypes.HANDLE, wintypes.DWORD)
    _VIRTUAL_TERMINAL_PROCESSING: Final = 0x0004

HAS_PSEUDO_TERMINALS: Final = sys.platform != "win32"
"""Whether ``open_pseudo_terminal`` can be called."""


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal; on Windows the null device says so of itself and is none."""
    if stream is None:
        return False
    try:
        claims = stream.isatty()
    except ValueError:
        return False  # It is closed.
    if not claims or sys.platform != "win32":
        return claims
    try:
        return is_console(stream.fileno())
    except io.UnsupportedOperation:
        return claims  # It has no descriptor, so it is not the null device.


def is_console(descriptor: int) -> bool:
    """Whether a descriptor is a terminal: on Windows a console, which has a mode, while only its output has a size."""
    if sys.platform != "win32":
        return os.isatty(descriptor)
    try:
        handle = msvcrt.get_osfhandle(descriptor)
    except OSError:
        return False
    return bool(_kernel32.GetConsoleMode(handle, ctypes.byref(wintypes.DWORD())))


def takes_escapes(stream: TextIO | None) -> bool:
    """Whether a stream is a terminal that obeys escape sequences: a console of Windows has to be told to."""
    if stream is None or not is_terminal(stream):
        return False
    if sys.platform != "win32":
        return True
    try:
        return obeys_escapes(stream.fileno())
    except io.UnsupportedOperation:
        return False


def obeys_escapes(descriptor: int) -> bool:
    """Have a console of Windows obey escape sequences; whether it does, which the oldest ones cannot."""
    if sys.platform != "win32":
        return os.isatty(descriptor)
    mode = wintypes.DWORD()
    handle = msvcrt.get_osfhandle(descriptor)
    if not _kernel32.GetConsoleMode(handle, ctypes.byref(mode)):
        return False
    return bool(_kernel32.SetConsoleMode(handle, mode.value | _VIRTUAL_TERMINAL_PROCESSING))


def open_pseudo_terminal(columns: int, rows: int) -> tuple[int, int]:
    """Open a terminal of this size; returns the descriptors of its two ends, that of the viewer first.

    Raises:
        OSError: the system has no more of them, or none at all, as Windows.
    """
    if sys.platform == "win32":
        raise OSError("Windows has no pseudo-terminals that are opened by number")
    viewer, program = os.openpty()
    fcntl.ioctl(program, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    return viewer, program
