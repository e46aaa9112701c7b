"""Runs as a list of them shows them: light, without their samples."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.runs import Purpose


class RunState(StrEnum):
    """How a run stands now. One that was never finished is running only as long as the process that does it lives."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class RunOrder(StrEnum):
    """What a list of runs is sorted by."""

    BEGAN = "began"
    NAME = "name"
    MODELS = "models"
    SAMPLES = "samples"
    FAILED = "failed"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run of the list."""

    run_id: str
    started_at: str
    finished_at: str | None
    status: RunState
    purpose: Purpose
    name: str
    tags: tuple[str, ...]
    pinned: bool
    note: str
    models: tuple[str, ...]
    """Keys, in the order of the plan."""
    prompt_set: str
    rounds: int | None
    launches: int | None
    samples: int
    failed: int
    """Of the samples those that failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Which runs are looked for. What is left out is not asked; of several conditions all must hold."""

    words: tuple[str, ...] = ()
    """Each must stand somewhere in a run's id, name, tags, models, prompt set, note, status, purpose or date."""
    tags: tuple[str, ...] = ()
    statuses: tuple[RunState, ...] = ()
    """One of these."""
    purpose: Purpose | None = None
    since: str | None = None
    """Begun on this day or later: ``2026-11-22``, or the beginning of such a date."""
    until: str | None = None
    """Begun on this day or earlier."""
    without: tuple[str, ...] = ()
    """Ids that are left out."""
    order: RunOrder = RunOrder.BEGAN
    ascending: bool = False
    limit: int | None = None
