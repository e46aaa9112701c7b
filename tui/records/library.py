"""The model library: downloads, the list of models, caches, checks and execution providers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tui.records.models import Endpoint, Model


class DownloadState(StrEnum):
    """The state of one download."""

    WAITING = "waiting"
    """The download is in the queue, or its start time has not come."""
    RUNNING = "downloading"
    STALLED = "stalled"
    """No byte has arrived for a while; the download is restarted automatically."""
    PAUSED = "paused"
    FAILED = "failed"
    """All attempts have failed; the bytes that arrived are kept."""
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """The progress of the download of one model."""

    key: str
    model_id: str
    state: DownloadState = DownloadState.WAITING
    total_bytes: int | None = None
    done_bytes: int = 0
    """The number of bytes on the disk, which the reports of the runtime may differ from."""
    rate_bytes_s: float | None = None
    """The rate, smoothed over some seconds; ``None`` while no byte arrives."""
    left_s: float | None = None
    attempt: int = 1
    starts_at: str | None = None
    """The local time of day, ``HH:MM``, before which the download does not begin."""
    note: str = ""
    """A sentence with the reason why the download waits, stalls or has failed, and the remedy."""

    @property
    def active(self) -> bool:
        """Whether the download runs, or will run without further action."""
        return self.state in (DownloadState.WAITING, DownloadState.RUNNING, DownloadState.STALLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The list of models at one moment."""

    models: tuple[Model, ...]
    as_of: str | None = None
    """The time of the last answer of the public catalogue, ISO 8601 in UTC; ``None`` if it never answered."""
    problem: str = ""
    """A sentence with the reason why the last refresh failed; empty if it succeeded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalServer:
    """A server of models on this machine that no configuration names."""

    endpoint: Endpoint
    models: int
    """The number of models that it lists."""

    @property
    def address(self) -> str:
        """The address as a person writes it after ``--endpoint``."""
        return self.endpoint.url.removesuffix("/v1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """A folder with downloaded models."""

    folder: Path
    models: int
    disk_bytes: int
    broken: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check, with the remedy if it failed."""

    subject: str
    ok: bool
    words: str = ""
    needed: bool = True
    """Whether something does not work without it; if not, a failed check is only a note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionProvider:
    """A provider that executes the operators of a model: the CPU, or an accelerator with a library of its own."""

    name: str
    registered: bool
    """Whether models that need it can be run: it is the CPU, or was added to this machine."""
    offered: bool = True
    """Whether the runtime can add it on this machine."""
    note: str = ""
    """A remark for a person, such as that it was added for another version of the runtime."""
