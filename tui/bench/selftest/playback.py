"""Playing a stream: each moment as it was planned, and a witness of when it really was."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tui.bench.selftest.cases import BY_NAME, Case

_SPIN_NS: Final = 500_000
"""How long before a moment sleeping ends: a sleep may end late by about as much."""
_MARK: Final = "#"


class Playback(msgspec.Struct, frozen=True):
    """What a player did: its own clock's nanoseconds since the request had arrived."""

    model: str
    """Who was asked."""
    play: str
    stamps_ns: tuple[int, ...]
    """One for each beat of the case."""
    end_ns: int


def play_id(case: Case, number: int) -> str:
    """What a request asks for, and its player notes: ``stall#3``."""
    return f"{case.name}{_MARK}{number}"


def case_of(play: str) -> Case | None:
    """The case that a text asks for, where it asks for one."""
    return BY_NAME.get(play.strip().partition(_MARK)[0])


def play_case(model: str, play: str, case: Case, zero_ns: int, send: Callable[[int], None]) -> Playback:
    """Send each beat by its number at its moment, then the end by the next number.

    Each moment is noted just before it is sent: what sending and receiving take is not the player's.
    """
    stamps_ns: list[int] = []
    moments_ms = [*(beat.at_ms for beat in case.chunks), case.end_ms]
    for number, at_ms in enumerate(moments_ms):
        stamps_ns.append(wait_until(zero_ns + round(at_ms * 1e6)) - zero_ns)
        send(number)
    return Playback(model, play, tuple(stamps_ns[:-1]), stamps_ns[-1])


def wait_until(due_ns: int) -> int:
    """Sleep, then spin, until the moment; gives the time it is then."""
    while (left_ns := due_ns - time.perf_counter_ns()) > _SPIN_NS:
        time.sleep((left_ns - _SPIN_NS) / 1e9)
    while (now_ns := time.perf_counter_ns()) < due_ns:
        pass
    return now_ns


class PlaybackLog:
    """Notes what was played in a file, a line each."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def note(self, played: Playback) -> None:
        if self._file is not None:
            with self._file.open("ab") as lines:
                lines.write(msgspec.json.encode(played) + b"\n")


def read_playbacks(files: Sequence[Path]) -> list[Playback]:
    """What the players of these files did, each file in its order."""
    lines = (line for file in files if file.exists() for line in file.read_bytes().splitlines())
    return [msgspec.json.decode(line, type=Playback) for line in lines]
