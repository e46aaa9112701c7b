"""A run as the history stores it, complete or as a row of a list, and the reasons why models ended in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from tui.records.engine_traits import ExitCause
from tui.records.judging import TrackRecord
from tui.records.plan import Plan, Purpose
from tui.records.quality import Rating
from tui.records.sample import Sample
from tui.records.summary import ModelSummary


class RunStatus(StrEnum):
    """The status of a run as it is stored; ``RunState`` adds whether the process of a running one is still alive."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One start of a model's process: the unit of variation between runs."""

    key: str
    launch: int = 1
    load_ns: int | None = None
    process_start_ns: int | None = None
    """The time from the start of the process until it could load a model; it is not part of the load time."""
    provider_ns: int | None = None
    """The time to register execution providers, which is part of neither the load time nor the first token."""
    threads: int | None = None
    """The number of processor threads that a local model computes with, as its settings or its process tell."""
    pid: int | None = None
    peak_rss_bytes: int | None = None
    """The peak of the process from its start until the model was loaded."""
    forecast_bytes: int | None = None
    """The memory that was forecast for the model with the longest prompt of the run."""
    measured_bytes: int | None = None
    """The peak up to the end of its last request so far, which is the quantity that was forecast.

    With what the system has taken back of the model's files, for want of memory, it may be above the peaks themselves.
    """
    left_bytes: int | None = None
    """The growth, from before the start to after the end, of the memory in use that belongs to no process: about 0 or
    below if all memory of the model was returned. For a model on a GPU it includes the growth of such VRAM.
    """
    segment: int = 1
    """The part of the run in which the model was started, as in ``Sample``."""
    round_trip_ns: int | None = None
    """The time of an empty request and its answer over the measured connection; only for an endpoint."""
    idle_watts: float | None = None
    """The power at rest by the source of the energy figures; it is subtracted from each sample."""
    verdict: ExitCause | None = None
    """The reason why the model ended, if it ended before its work was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPace:
    """How fast a model was in its latest requests, for an estimate of how long the next ones take."""

    ttft_s: float
    decode_tok_s: float
    output_tokens: float | None = None
    """The tokens of its answers; ``None`` if most of them were cut at their limit, so that the limit counts."""
    load_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The machine and the software that the numbers of a run depend on."""

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
    cpu_limit: float | None = None
    """How many cores' worth of time the processes may use, if a control group limits that."""
    gpu_driver: str | None = None
    """The version of the driver of the GPUs, if it is reported."""
    machine: str = ""
    """A random id of the machine, kept in the folder of Benchtop's data; it says nothing of the machine itself."""
    machine_name: str = ""
    """The name that the user has given this machine for reports."""
    peak_rss_scope: str = ""
    """What the peaks of resident memory are the peaks of: ``request`` or ``request_sampled``; empty in older runs."""


@dataclass(frozen=True, slots=True, kw_only=True, weakref_slot=True)
class RunRecord:
    """One run as the history stores it."""

    run_id: str
    started_at: str
    plan: Plan
    environment: Environment
    status: RunStatus = RunStatus.RUNNING
    finished_at: str | None = None
    name: str = ""
    """Name, tags, pin and note are given by a person, and may change at any time."""
    tags: tuple[str, ...] = ()
    pinned: bool = False
    note: str = ""
    owner: str = ""
    """The process that performs the run, as ``probes.host`` names it: if it is gone, the run was interrupted."""
    without_disturbed: bool = False
    """Numbers leave out the rounds that were disturbed. A reader chooses this; it is not stored."""
    loads: tuple[Load, ...] = field(default=(), repr=False)
    samples: tuple[Sample, ...] = field(default=(), repr=False)
    """Like the prompts of the plan they may be too many to be written out."""
    ratings: tuple[Rating, ...] = ()
    """The ratings of its answers, if they were read for a report."""
    judges: tuple[TrackRecord, ...] = ()
    """The track records of the models that judged the answers, if they were read for a report."""
    references: tuple[ModelSummary, ...] = ()
    """Rows of other machines that a report shows beside its own, if they were read for it; they are in no statistic."""


class RunState(StrEnum):
    """The state of a run now. A run without an end is running only while its process is alive."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"


class RunOrder(StrEnum):
    """The property that a list of runs is sorted by."""

    BEGAN = "began"
    NAME = "name"
    MODELS = "models"
    SAMPLES = "samples"
    FAILED = "failed"
    STATUS = "status"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEntry:
    """One run as a row of a list, without its samples."""

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
    """The keys of the models, in the order of the plan."""
    prompt_set: str
    rounds: int | None
    launches: int | None
    samples: int
    failed: int
    """The number of samples that failed."""
    prompts: int | None = None
    """How many prompts were asked; ``None`` if the stored plan cannot be read."""
    question: str = ""
    """The beginning of the first prompt, in one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    """Conditions that select runs; all of them must hold, and one that is left empty holds for every run."""

    words: tuple[str, ...] = ()
    """Each word must occur in the run's id, name, tags, models, prompt set, question, note, status, purpose or date."""
    tags: tuple[str, ...] = ()
    statuses: tuple[RunState, ...] = ()
    """The run must have one of these states."""
    purpose: Purpose | None = None
    since: str | None = None
    """The run began on this day or later: ``2026-11-22``, or the beginning of such a date."""
    until: str | None = None
    """The run began on this day or earlier."""
    without: tuple[str, ...] = ()
    """The ids of runs that are left out."""
    order: RunOrder = RunOrder.BEGAN
    ascending: bool = False
    limit: int | None = None
