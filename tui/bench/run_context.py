"""One model's way through a run, and what every part of the run works with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from tui.bench.energy_meter import EnergyMeter
from tui.bench.events import Event
from tui.bench.ledger import Ledger
from tui.bench.memory.watch import MemoryWatch
from tui.bench.model_pool import LoadedModel, ModelPool
from tui.bench.planning.steps import SampleStep
from tui.records import FitForecast, Model, Plan, SampleKind


class ModelProgress:
    """How far one model has come in a run."""

    def __init__(self, model: Model, agenda: Mapping[SampleStep, SampleKind], launch: int = 0, rounds: int = 0) -> None:
        self.model = model
        self.agenda = agenda
        """The steps of the plan that are to be done, each with what its sample is to count as."""
        self.loaded: LoadedModel | None = None
        self.just_loaded = False
        self.died = False
        """Its model has died, and is not started again."""
        self.samples_left = len(agenda)
        """Samples before it; none once it has died."""
        self.launch = launch
        """The number of its newest launch; none is ever used twice."""
        self.rounds = rounds
        """The rounds that it has been given so far, whatever came of them."""
        self.warm_ttft_ns: dict[str, int] = {}
        self.fit_forecast: FitForecast | None = None
        self.max_concurrency: int | None = None
        """A server could not do more requests at once: no launch asks it for more."""


@dataclass(slots=True, kw_only=True)
class RunContext:
    """What loading and measuring share in one run."""

    plan: Plan
    pool: ModelPool
    ledger: Ledger
    memory: MemoryWatch
    energy: EnergyMeter
    emit: Callable[[Event], None]
    segment: int = 1
    alternatives: Sequence[Model] = ()
    """Models that advice may point to."""
    done: int = field(default=0)
    """Samples that are finished or skipped."""
