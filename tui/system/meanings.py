"""What a number means on one system and not on another, in words for help, reports and the guide."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

REQUEST: Final = "request"
SAMPLED_REQUEST: Final = "request_sampled"
PEAK_RSS_SCOPES: Final = {
    REQUEST: "the kernel's own high-water mark, reset before each request",
    SAMPLED_REQUEST: (
        "the largest of readings every 20 ms during the request, and the system's own high-water mark if the request "
        "raised it"
    ),
}
"""What the peak of resident memory is the peak of, by the ``peak_rss_scope`` of a run's environment."""
_FREE: Final = {
    "linux": "what the kernel can give without swapping (MemAvailable), in a container within its limit",
    "darwin": "free pages, the cache and what the system compresses first, by the kernel's own level of memory",
    "win32": "physical memory that no program uses; the page file may allow less or more than that",
}
_HELD_BACK: Final = {
    "linux": "the kernel counts how often heat or power slowed the processor; for a GPU its driver tells it",
    "darwin": "the system does not tell it; only the speed of the processor shows it",
    "win32": "for a GPU its driver tells it; for the processor only its speed shows it",
}
_KILLERS: Final = {
    "darwin": "SIGKILL, sent by another program or a person, or by macOS for want of memory",
    "win32": "ended by another program or a person",
}
_STATUSES_OF_KILL: Final = {"win32": (15, 0xC000013A, 0x40010004)}
"""Windows has no signals: a program in Python ends another one with the number of SIGTERM as its status.

The others are ``STATUS_CONTROL_C_EXIT``, also of a console that is closed, and ``DBG_TERMINATE_PROCESS`` of a shutdown.
"""
_SIGKILL_STATUSES: Final = (-9, 137)
"""The statuses of SIGKILL: as the parent sees it, and as a shell in between would pass it on."""
_CLEARING_FILE: Final = Path("/proc/self/clear_refs")


def peak_rss_scope(system: str = sys.platform) -> str:
    """What a peak of resident memory is the peak of here: a key of ``PEAK_RSS_SCOPES``."""
    return REQUEST if system == "linux" and os.access(_CLEARING_FILE, os.W_OK) else SAMPLED_REQUEST


def meanings(system: str = sys.platform) -> tuple[tuple[str, str], ...]:
    """The numbers that each system defines in its own way, with their meaning on this one."""
    return (
        ("peak RSS here", PEAK_RSS_SCOPES[peak_rss_scope(system)]),
        ("free here", _FREE.get(system, _FREE["linux"])),
        ("slowed here", _HELD_BACK.get(system, _HELD_BACK["linux"])),
    )


def is_kill(status: int | None, system: str = sys.platform) -> bool:
    """Whether a process with this exit status was ended from outside, and did not end or crash by itself."""
    return status in (*_SIGKILL_STATUSES, *_STATUSES_OF_KILL.get(system, ()))


def sender_of_kill(system: str = sys.platform) -> str:
    """Who may have ended a process at once, if it was not the kernel for memory as far as that is counted."""
    return _KILLERS.get(system, "SIGKILL, sent by another program or a person")
