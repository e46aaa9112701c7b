"""Play a stream at its planned moments, and log when each moment really was."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from tui.bench.selftest.cases import BY_NAME, Case

_SPIN_NS: Final = 500_000
"""Sleeping ends this long before a moment, because a sleep may end late by about as much."""
_MARK: Final = "#"


class Playback(msgspec.Struct, frozen=True):
    """The log of one played stream, in nanoseconds of the player's clock since the request had arrived."""

    model: str
    """The name of the model that the request named."""
    play: str
    stamps_ns: tuple[int, ...]
    """The time of each chunk of the case."""
    end_ns: int


def play_id(case: Case, number: int) -> str:
    """The text by which a request names a case and a repetition, and under which the player logs it: ``stall#3``."""
    return f"{case.name}{_MARK}{number}"


def case_of(play: str) -> Case | None:
    """The case that the text of a request names; ``None`` if it names none."""
    return BY_NAME.get(play.strip().partition(_MARK)[0])


def play_case(model: str, play: str, case: Case, zero_ns: int, send: Callable[[int], None]) -> Playback:
    """Send each chunk at its moment by its index in the case, then the end by the number of chunks.

    The player stamps each moment just before it sends, so that its log leaves out the time of sending and receiving.
    """
    stamps_ns: list[int] = []
    moments_ms = [*(chunk.at_ms for chunk in case.chunks), case.end_ms]
    for number, at_ms in enumerate(moments_ms):
        stamps_ns.append(wait_until(zero_ns + round(at_ms * 1e6)) - zero_ns)
        send(number)
    return Playback(model, play, tuple(stamps_ns[:-1]), stamps_ns[-1])


def wait_until(due_ns: int) -> int:
    """Sleep and then spin until a time in nanoseconds, and return the time after the wait."""
    while (left_ns := due_ns - time.perf_counter_ns()) > _SPIN_NS:
        time.sleep((left_ns - _SPIN_NS) / 1e9)
    while (now_ns := time.perf_counter_ns()) < due_ns:
        pass
    return now_ns


class PlaybackLog:
    """Appends each playback to a file as a line of JSON; without a file it keeps nothing."""

    def __init__(self, file: Path | None) -> None:
        self._file = file

    def note(self, played: Playback) -> None:
        if self._file is not None:
            with self._file.open("ab") as lines:
                lines.write(msgspec.json.encode(played) + b"\n")


def read_playbacks(files: Sequence[Path]) -> list[Playback]:
    """All playbacks in these log files, in the order of the files and of their lines."""
    lines = (line for file in files if file.exists() for line in file.read_bytes().splitlines())
    return [msgspec.json.decode(line, type=Playback) for line in lines]
