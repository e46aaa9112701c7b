"""The progress of one model in a run, and the objects that all parts of a run share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tui.bench.energy_meter import EnergyMeter
from tui.bench.events import Event
from tui.bench.ledger import Ledger
from tui.bench.memory.watch import MemoryWatch
from tui.bench.model_pool import LoadedModel, ModelPool
from tui.records import FitForecast, Model, Plan


class ModelProgress:
    """The progress of one model in a run."""

    def __init__(self, model: Model, samples_left: int, launch: int = 0, rounds: int = 0) -> None:
        self.model = model
        self.loaded: LoadedModel | None = None
        self.just_loaded = False
        """Whether the next request is the first since the load, which makes its sample cold."""
        self.died = False
        """Whether the model has died; it is not started again then."""
        self.samples_left = samples_left
        """The number of samples that are still to come; zero after the model has died."""
        self.launch = launch
        """The number of the newest launch; no number is ever used twice."""
        self.rounds = rounds
        """The number of rounds that were planned for the model so far, whether or not they succeeded."""
        self.warm_ttft_ns: dict[str, int] = {}
        """The TTFT of the first warm sample of each prompt, in nanoseconds, by the id of the prompt."""
        self.prompt_sizes: dict[str, tuple[int, int]] = {}
        """The counted tokens and the characters of each prompt, by its id."""
        self.fit_forecast: FitForecast | None = None
        self.taken_back_bytes = 0
        """The pages of its files that the system had taken back at the last request, and that its peak lacks."""
        self.learned_prompt_tokens: int | None = None
        """The longest prompt of this launch whose memory forecasts have learned from; ``None`` before the first."""
        self.max_concurrency: int | None = None
        """The most concurrent requests that the server could serve, so that no launch tries more; ``None`` at first."""


@dataclass(slots=True, kw_only=True)
class RunContext:
    """The objects that loading and measuring share in one run."""

    plan: Plan
    pool: ModelPool
    ledger: Ledger
    memory: MemoryWatch
    energy: EnergyMeter
    emit: Callable[[Event], None]
    segment: int = 1
    alternatives: Sequence[Model] = ()
    """The models that advice may suggest."""
    done: int = field(default=0)
    """The number of samples that are finished or skipped."""
