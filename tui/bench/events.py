"""What a run says while it happens. The workbench and the headless command read the same events."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records import (
    ExitCause,
    FitForecast,
    Load,
    MemoryReading,
    Model,
    Prompt,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    run: RunRecord
    total_samples: int
    done_samples: int = 0
    """Of a run that is resumed: those of the total that are done already. They are in the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsAdded:
    """The model's numbers are not yet as sure as the plan asks, so it goes on."""

    key: str
    samples: int
    total_samples: int
    """Of the whole run from now on."""
    new_launch: bool
    """In another launch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoading:
    key: str
    model: Model
    launch: int
    fit_forecast: FitForecast | None = None
    """What is expected of its memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoaded:
    key: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUnloaded:
    """The model's process has ended as it should."""

    key: str
    left_bytes: int | None = None
    """How much of its memory is not back; see ``Load.left_bytes``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDied:
    """The model failed to load, or its process ended; what was left of its plan is skipped."""

    key: str
    load: Load
    cause: ExitCause
    skipped_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWarm:
    """From now on a light request is made now and then while the model is loaded and rests; or no longer."""

    key: str
    every_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStarted:
    key: str
    prompt: Prompt
    kind: SampleKind
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstToken:
    key: str
    ttft_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived:
    """Text since the last such event, with where the stream stands."""

    key: str
    text: str
    reasoning: bool
    arrivals: int
    """Pieces received so far: an estimate of the tokens until the runtime has counted them."""
    last_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFinished:
    """The sample is already in the history when this is said."""

    key: str
    sample: Sample
    done_samples: int
    """Samples of the run that are finished or skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRead:
    reading: MemoryReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a person should know that stops nothing, such as a history that cannot be written."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    run: RunRecord
    status: RunStatus


Event = (
    RunStarted
    | RoundsAdded
    | ModelLoading
    | ModelLoaded
    | ModelUnloaded
    | ModelDied
    | KeptWarm
    | SampleStarted
    | FirstToken
    | TextReceived
    | SampleFinished
    | MemoryRead
    | Notice
    | RunFinished
)
