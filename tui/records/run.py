"""A run as the history holds it, whole and as a row of a list, and why models ended in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.judging import TrackRecord
from tui.records.plan import Plan, Purpose
from tui.records.quality import Rating
from tui.records.sample import Sample


class RunStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


class ExitKind(StrEnum):
    """Why a model ended, or would not run."""

    OUT_OF_MEMORY = "out of memory"
    WILL_NOT_FIT = "will not fit"
    KILLED = "killed"
    CRASHED = "crashed"
    REFUSED = "refused"
    TIMED_OUT = "timed out"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCause:
    """Why a model ended, with what it said last."""

    kind: ExitKind
    reason: str
    stderr_tail: tuple[str, ...] = ()
    peak_rss_bytes: int | None = None
    """The most that was seen of it before its end."""
    advice: tuple[str, ...] = ()
    """What to try, each in a sentence."""

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One start of a model's process: the unit of variation between runs."""

    key: str
    launch: int = 1
    load_ns: int | None = None
    process_start_ns: int | None = None
    """From starting the process until it could take a request; not part of the load time."""
    pid: int | None = None
    peak_rss_bytes: int | None = None
    """Of the process from its start until the model was loaded."""
    forecast_bytes: int | None = None
    """What was expected of it with its first request."""
    measured_bytes: int | None = None
    """What it took at most up to the end of its first request: what the forecast was of."""
    left_bytes: int | None = None
    """How much more is in use that belongs to no process after its end than before its start: about 0 or below it
    when its memory is back.
    """
    segment: int = 1
    """As of a sample."""
    round_trip_ns: int | None = None
    """A bare request and its answer over the connection that is measured on; of an endpoint only."""
    idle_watts: float | None = None
    """What the source of its energy drew at rest, which is taken off each sample."""
    verdict: ExitCause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What a run's numbers depend on besides the models."""

    cpu: str
    physical_cores: int | None
    logical_cores: int | None
    ram_bytes: int
    gpu: str | None
    os: str
    python: str
    sdk: str | None
    runtime: str | None
    benchtop: str
    on_battery: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """One run as the history keeps it."""

    run_id: str
    started_at: str
    plan: Plan
    environment: Environment
    status: RunStatus = RunStatus.RUNNING
    finished_at: str | None = None
    name: str = ""
    """This and the next three are a person's, and may change at any time."""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    note: str = ""
    owner: str = ""
    """The process that does the run, as ``probes.host`` names it: a run without its owner was interrupted."""
    without_disturbed: bool = False
    """A reader's choice, which is not kept: numbers leave out the rounds that were disturbed."""
    loads: tuple[Load, ...] = ()
    samples: tuple[Sample, ...] = ()
    ratings: tuple[Rating, ...] = ()
    """What is known of its answers, where a report asked for it."""
    judges: tuple[TrackRecord, ...] = ()
    """How far the models can be trusted that judged them."""


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
