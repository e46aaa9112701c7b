"""What a reading of the machine may fail with, and how a figure that cannot be read becomes unknown instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import psutil

UNREADABLE: Final = (psutil.Error, OSError, RuntimeError, SystemError, AttributeError, LookupError, ValueError)
"""psutil raises a plain RuntimeError where the performance counters of Windows are off, and where a sandbox or a driver
gives odd figures also errors of Python itself; some systems lack a function altogether.
"""
Figure = TypeVar("Figure")
Other = TypeVar("Other")


def read_or(otherwise: Other, read: Callable[[], Figure]) -> Figure | Other:
    """What ``read`` gives, or ``otherwise`` if this machine does not tell it."""
    try:
        return read()
    except UNREADABLE:
        return otherwise
