"""What one plan gave on many machines. Field names are the keys of the JSON that ``benchtop merge`` writes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui.records.run import Environment


class FleetQuantity(StrEnum):
    """A number of a model on a machine."""

    TTFT = "TTFT"
    DECODE = "decode"
    E2E = "E2E"
    MEMORY = "peak memory"
    LOAD = "load"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetNumber:
    """A headline with its 95 % interval, as the machine computed it."""

    value: float
    low: float | None = None
    high: float | None = None
    units: int = 1
    """The number of launches, or with one launch of rounds, that the interval rests on."""
    launches: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetModel:
    """One model in one run. An unknown number is ``None``."""

    key: str
    status: str
    error: str = ""
    model_id: str = ""
    execution_provider: str = ""
    content: str = ""
    """The hash of its files on the machine; empty if it is not known."""
    planned: str = ""
    """The hash that the plan means."""
    practice: bool = False
    rounds: int = 0
    ttft_ms: FleetNumber | None = None
    decode_tok_s: FleetNumber | None = None
    e2e_ms: FleetNumber | None = None
    load_s: float | None = None
    peak_rss_bytes: int | None = None
    peak_vram_bytes: int | None = None
    doubted: tuple[str, ...] = ()
    """The numbers, by their names, that take part in no conclusion."""
    reasons: Mapping[str, str] = field(default_factory=dict[str, str])
    """Why, for each of them, in words that follow "because"; files of earlier versions have none."""
    flags: tuple[str, ...] = ()
    """The flags of its warm requests, by which its numbers are marked."""
    disturbed: int = 0
    """The requests during which other programs were busy."""

    @property
    def memory_bytes(self) -> int | None:
        """The peak of the main memory, plus that of the GPU's if it is known."""
        peaks = [peak for peak in (self.peak_rss_bytes, self.peak_vram_bytes) if peak is not None]
        return sum(peaks) if peaks else None

    def number(self, quantity: FleetQuantity) -> FleetNumber | None:
        """The number of this name; memory and load have no interval."""
        match quantity:
            case FleetQuantity.TTFT:
                return self.ttft_ms
            case FleetQuantity.DECODE:
                return self.decode_tok_s
            case FleetQuantity.E2E:
                return self.e2e_ms
            case FleetQuantity.MEMORY:
                return None if self.memory_bytes is None else FleetNumber(value=self.memory_bytes)
            case FleetQuantity.LOAD:
                return None if self.load_s is None else FleetNumber(value=self.load_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRun:
    """One run of a plan on one machine, without its samples."""

    run_id: str
    machine: str
    """The random id of the machine, or for a run without one a mark of its parts."""
    label: str = ""
    """The name that a user has given the machine."""
    started_at: str = ""
    finished_at: str = ""
    status: str = ""
    plan_id: str = ""
    asked: dict[str, str]
    """What was asked and how it was measured, in words: two runs of one plan have the same."""
    environment: Environment
    models: tuple[FleetModel, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredMachine:
    """A machine with the latest result of each model on it."""

    id: str
    label: str
    """A label that no other machine of the fleet has."""
    runs: tuple[FleetRun, ...]
    """Its runs, the latest first."""
    models: dict[str, FleetModel]

    @property
    def environment(self) -> Environment:
        """The machine and its software at its latest run."""
        return self.runs[0].environment


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetLimits:
    """What a model has to keep to on a machine; ``None`` is no limit."""

    ttft_ms: float | None = None
    memory_bytes: int | None = None
    decode_tok_s: float | None = None
    """The least rate."""

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return any(limit is not None for limit in (self.ttft_ms, self.memory_bytes, self.decode_tok_s))


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRatio:
    """A number of a model over that of the reference model on the same machine."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetDifference:
    """Something that is not the same on all machines: each value with the labels of its machines."""

    what: str
    values: tuple[tuple[str, tuple[str, ...]], ...]
    of_software: bool = True
    """Model or software, which could be made the same; otherwise it belongs to the machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetFailure:
    """A model that gave no result on a machine."""

    key: str
    label: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fleet:
    """Everything that a report on many machines shows."""

    machines: tuple[MeasuredMachine, ...]
    keys: tuple[str, ...]
    """The models, in the order of the plan."""
    plan_ids: tuple[str, ...]
    reference: str | None
    """The model that ratios are relative to; ``None`` if there is none that two models could be compared by."""
    limits: FleetLimits = FleetLimits()
    differences: tuple[FleetDifference, ...] = ()
    failures: tuple[FleetFailure, ...] = ()
    unlike: tuple[str, ...] = ()
    """What was asked differently, if runs of unlike plans were merged all the same."""
    answer: str = ""
    """The answer in one sentence, as text that is data."""

    @property
    def runs(self) -> tuple[FleetRun, ...]:
        """All runs, in the order of the machines."""
        return tuple(run for machine in self.machines for run in machine.runs)
