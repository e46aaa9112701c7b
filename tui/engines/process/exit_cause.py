"""Why a child ended or refused, as the verdict that a person reads."""

from __future__ import annotations

import re
import signal
from typing import Final

from tui.records import ExitCause, ExitKind

_KILLED: Final = (-9, 137)
"""SIGKILL, as the parent sees it, and as a shell in between would pass it on."""
_OUT_OF_MEMORY: Final = (
    "resource temporarily unavailable",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "out of memory",
    "cannot allocate memory",
)
_SOURCE_PLACE: Final = re.compile(r"^.*?[\w/\\.-]+\.(?:cc|cpp|h|hpp):\d+\s*")
_SIGNATURE: Final = re.compile(r"^(?:[\w:<>*&,]+ )+[\w:~<>]+\([^)]*\)(?: const)?:? (?=\S)")


def refusal(message: str, stderr_tail: tuple[str, ...]) -> ExitCause:
    """What the runtime's own message means, without the source file and signature it may begin with."""
    text = _SIGNATURE.sub("", _SOURCE_PLACE.sub("", " ".join(message.split())))
    short = text if len(text) <= 300 else f"... {text[-300:]}"
    memory = any(words in message.lower() for words in _OUT_OF_MEMORY)
    kind = ExitKind.OUT_OF_MEMORY if memory else ExitKind.REFUSED
    return ExitCause(kind=kind, reason=short, stderr_tail=stderr_tail)


def death(status: int | None, *, by_kernel: bool, stderr_tail: tuple[str, ...]) -> ExitCause:
    """Why a process is gone, from its exit status and whether the kernel has ended one for memory meanwhile."""
    if status in _KILLED and by_kernel:
        return ExitCause(
            kind=ExitKind.OUT_OF_MEMORY, reason="ended by the system's memory limit", stderr_tail=stderr_tail
        )
    if status in _KILLED:
        return ExitCause(
            kind=ExitKind.KILLED, reason="SIGKILL, sent by another program or a person", stderr_tail=stderr_tail
        )
    if status is not None and status < 0:
        try:
            reason = signal.Signals(-status).name
        except ValueError:
            reason = f"signal {-status}"
    else:
        reason = f"its process ended with status {status}" if (status or 0) < 256 else f"status 0x{status:08X}"
    return ExitCause(kind=ExitKind.CRASHED, reason=reason, stderr_tail=stderr_tail)
