"""The events of a run while it happens. The workbench and the headless command read the same events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
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

OTHERS_RUN: Final = "Another Benchtop runs models on this machine too"
"""Begins the notice of another run on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    run: RunRecord
    """The record as it stands; that of a resumed run has its earlier samples."""
    total_samples: int
    """The samples of the whole run, with those that a resumed run has done already."""
    done_samples: int = 0
    """The samples that a resumed run has done already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundsAdded:
    """Rounds were added for a model, because its intervals are still wider than the plan asks."""

    key: str
    samples: int
    total_samples: int
    """The samples of the whole run, including the added ones."""
    new_launch: bool
    """Whether the rounds are measured in another launch of the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoading:
    key: str
    model: Model
    launch: int
    fit_forecast: FitForecast | None = None
    """The forecast of its memory; ``None`` if its size is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelWaiting:
    """The server of a model takes no request yet: it loads the model, or asks for a later request."""

    key: str
    waited_s: float
    limit_s: float
    """How long is waited at most."""
    asked: bool = False
    """The server asks for this wait of ``limit_s``."""
    over: bool = False
    """The server has taken the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLoaded:
    key: str
    load: Load


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUnloaded:
    """The process of a model has ended in order."""

    key: str
    left_bytes: int | None = None
    """The memory that did not return after its end; see ``Load.left_bytes``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDied:
    """A model failed to load, or its process ended too early; the rest of its samples is skipped."""

    key: str
    load: Load
    cause: ExitCause
    skipped_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWarm:
    """A model is kept warm from now on by light requests while it rests, or is no longer kept warm."""

    key: str
    every_s: float | None
    """The seconds between two light requests; ``None`` if the model is no longer kept warm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleStarted:
    key: str
    prompt: Prompt
    kind: SampleKind
    round: int
    turn: int = 1
    """The number of the question in the conversation with the model."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstToken:
    key: str
    ttft_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextReceived:
    """The text that arrived since the last such event, with the position of the stream."""

    key: str
    text: str
    reasoning: bool
    arrivals: int
    """The number of pieces received so far: an estimate of the tokens until the runtime has counted them."""
    last_ns: int
    """The time of the last piece, in nanoseconds from the start of the request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFinished:
    """A sample has ended, in success or failure. It is in the history before this event is emitted."""

    key: str
    sample: Sample
    done_samples: int
    """The number of samples of the run that are finished or skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRead:
    reading: MemoryReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A sentence for the user about something that does not stop the run, such as a history that cannot be written."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFinished:
    run: RunRecord
    status: RunStatus


Event = (
    RunStarted
    | RoundsAdded
    | ModelLoading
    | ModelWaiting
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
