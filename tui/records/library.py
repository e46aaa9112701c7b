"""What is fetched, kept and checked: downloads, caches, execution providers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tui.records.models import Model


class DownloadState(StrEnum):
    WAITING = "waiting"
    """In the queue, or before its start time."""
    RUNNING = "downloading"
    STALLED = "stalled"
    """No byte for a while; it is started again by itself."""
    PAUSED = "paused"
    FAILED = "failed"
    """Given up; what arrived is kept."""
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """How far the download of one model is."""

    key: str
    model_id: str
    state: DownloadState = DownloadState.WAITING
    total_bytes: int | None = None
    done_bytes: int = 0
    """Bytes on the disk, not what the runtime has said."""
    rate_bytes_s: float | None = None
    """Smoothed over some seconds; ``None`` while nothing flows."""
    left_s: float | None = None
    attempt: int = 1
    starts_at: str | None = None
    """Local time of day, ``HH:MM``, before which it does not begin."""
    note: str = ""
    """Why it waits, stalls or has failed, and what to do, in a sentence."""

    @property
    def active(self) -> bool:
        """Whether it is under way or will be by itself."""
        return self.state in (DownloadState.WAITING, DownloadState.RUNNING, DownloadState.STALLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The list of models as it is known at a moment."""

    models: tuple[Model, ...]
    as_of: str | None = None
    """When the public catalogue last answered, ISO 8601 UTC; ``None`` when it never has."""
    problem: str = ""
    """Why the last refresh gave nothing new, in a sentence; empty when it did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """One folder that holds downloaded models."""

    folder: Path
    models: int
    disk_bytes: int
    broken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at, and what to do where it is not in order."""

    subject: str
    ok: bool
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionProvider:
    """Something that runs a model's operators: the CPU, or an accelerator through its own library."""

    name: str
    registered: bool
