"""Finds the cause that a person reads for the end or the refusal of a child."""

from __future__ import annotations

import re
import signal
from typing import Final

from tui.engines.newer_model import advice_on
from tui.records import ExitCause, ExitKind
from tui.system.meanings import is_kill, sender_of_kill

_NO_MEMORY: Final = (0xC0000017, 0xC000012D, 0xC000009A)
"""``STATUS_NO_MEMORY``, ``STATUS_COMMITMENT_LIMIT`` and ``STATUS_INSUFFICIENT_RESOURCES`` of Windows (ntstatus.h)."""
_ABORTED: Final = 0xC0000409
"""``STATUS_STACK_BUFFER_OVERRUN``, with which Windows ends a program for any C++ error that nothing caught."""
_OUT_OF_MEMORY: Final = (
    "resource temporarily unavailable",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "out of memory",
    "cannot allocate memory",
)
_TRACEBACK: Final = "Traceback (most recent call last)"
_MOST_CHARACTERS: Final = 300
_BEGINNING: Final = 1000
"""So much of a message is searched for a source file and a signature: the search takes the square of the length."""
_SOURCE_LINE: Final = re.compile(r"^.*?[\w/\\.-]+\.(?:cc|cpp|h|hpp):\d+\s*")
_SIGNATURE: Final = re.compile(r"^(?:[\w:<>*&,]+ )+[\w:~<>]+\([^)]*\)(?: const)?:? (?=\S)")
_MEMBER: Final = re.compile(
    r"(?:[\w/\\.-]+\.(?:cc|cpp|h|hpp):\d+ )?(?:(?:static|virtual|const|void|bool|int|auto|\w+::[\w:<>*&,]+) )*"
    r"(?:[\w<>]+::)+~?\w+\("
)
"""The beginning of the signature of a member of a class, which a constructor has without any type before it."""
_AFTER: Final = re.compile(r"(?: const)?(?: noexcept)?:? *")
_HEAD, _TAIL = 170, 125
"""So much of a long message is kept at both ends: some runtimes have the reason first and what they read after it."""


def cause_of_refusal(message: str, stderr_tail: tuple[str, ...]) -> ExitCause:
    """The cause for a message of the runtime, without the source file and signature that it may begin with.

    Of a traceback only the last line is taken, which names the error; the log has the rest.
    """
    if _TRACEBACK in message:
        message = message.rstrip().splitlines()[-1]
    text = " ".join(message.split())
    beginning = _SIGNATURE.sub("", _SOURCE_LINE.sub("", text[:_BEGINNING]))
    text = _without_members(beginning) + text[_BEGINNING:]
    short = text if len(text) <= _MOST_CHARACTERS else f"{text[:_HEAD].rstrip()} ... {text[-_TAIL:].lstrip()}"
    kind = ExitKind.OUT_OF_MEMORY if _tells_of_memory(message) else ExitKind.REFUSED
    return ExitCause(kind=kind, reason=f"{short}{advice_on(text, 'runtime')}", stderr_tail=stderr_tail)


def _without_members(text: str) -> str:
    """A message without the signatures of members of classes in it; their parameters may hold brackets too."""
    parts, start = list[str](), 0
    while found := _MEMBER.search(text, start):
        depth, end = 1, found.end()
        while depth and end < len(text):
            depth += (text[end] == "(") - (text[end] == ")")
            end += 1
        after = _AFTER.match(text, end)
        rest = after.end() if after else end
        if depth or rest >= len(text):
            break
        parts.append(text[start : found.start()])
        start = rest
    return "".join([*parts, text[start:]])


def cause_of_exit(status: int | None, *, by_kernel: bool, stderr_tail: tuple[str, ...]) -> ExitCause:
    """The cause for the exit status of a process.

    With ``by_kernel`` the kernel has ended a process for memory meanwhile, so that a SIGKILL was its doing.
    """
    if by_kernel and is_kill(status):
        return ExitCause(
            kind=ExitKind.OUT_OF_MEMORY, reason="ended by the system's memory limit", stderr_tail=stderr_tail
        )
    if is_kill(status):
        return ExitCause(kind=ExitKind.KILLED, reason=sender_of_kill(), stderr_tail=stderr_tail)
    if status in _NO_MEMORY or (status == _ABORTED and _tells_of_memory("\n".join(stderr_tail))):
        return ExitCause(
            kind=ExitKind.OUT_OF_MEMORY, reason=f"the system gave it no memory ({status:#x})", stderr_tail=stderr_tail
        )
    if status is not None and status < 0:
        try:
            reason = signal.Signals(-status).name
        except ValueError:
            reason = f"signal {-status}"
    else:
        reason = f"its process ended with status {status}" if (status or 0) < 256 else f"status 0x{status:08X}"
    return ExitCause(kind=ExitKind.CRASHED, reason=reason, stderr_tail=stderr_tail)


def _tells_of_memory(words: str) -> bool:
    lowered = words.lower()
    return any(known in lowered for known in _OUT_OF_MEMORY)
