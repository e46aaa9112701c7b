"""What memory models need, and what the machine holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ForecastBasis(StrEnum):
    """What a forecast was learned from."""

    MODEL = "loads of this model"
    FAMILY = "loads of its family"
    NOTHING = "no load seen yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryForecast:
    """What a model is expected to take, in its parts."""

    base_bytes: int
    layers_bytes: int
    weights_bytes: int
    factor: float
    """Resident bytes for each byte of weights on disk."""
    cache_bytes: int
    context_tokens: int
    basis: ForecastBasis = ForecastBasis.NOTHING
    estimated: bool = False
    """The sizes are the catalogue's, or the shape is what is known of the family: the model itself is not here."""

    @property
    def total_bytes(self) -> int:
        return round(self.base_bytes + self.layers_bytes + self.weights_bytes * self.factor + self.cache_bytes)


class Fit(StrEnum):
    """Whether a model is expected to fit into the memory that is available."""

    FITS = "fits"
    TIGHT = "tight"
    WILL_NOT_FIT = "will not fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitForecast:
    """What a model will need, what there is, and what follows."""

    forecast: MemoryForecast
    available_bytes: int
    fit: Fit
    context_that_fits: int | None = None
    """The largest context with which it would fit, where the whole one does not."""
    words: str = ""
    """The forecast as a sum, against what is available."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedMemory:
    """What one load and its first requests really took: what forecasts learn from."""

    identity: str
    """The build of the model, the same from run to run."""
    family: str
    execution_provider: str
    weights_bytes: int
    layers: int
    cache_bytes: int
    peak_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReading:
    index: int
    name: str
    used_bytes: int
    total_bytes: int
    process_bytes: Mapping[str, int | None] = field(default_factory=dict[str, "int | None"])
    """Per model; ``None`` where the driver does not tell."""
    utilisation: float | None = None
    """Share of the last moment in which it computed, from 0 to 1."""
    power_watts: float | None = None
    temperature_c: float | None = None
    throttled: bool | None = None
    """Held back at that moment, for its temperature or its power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReading:
    """What the machine and each loaded model held at one moment."""

    at_s: float
    """Seconds of the monotonic clock."""
    total_bytes: int
    """What may be used: the machine's memory, or less where this process's group is limited."""
    available_bytes: int
    swap_used_bytes: int
    rss_bytes: Mapping[str, int] = field(default_factory=dict[str, int])
    """Resident memory of each loaded model, by its key."""
    gpus: tuple[GpuReading, ...] = ()
    gpu_note: str = ""
    """What there is to say once about the GPUs, such as that their driver is gone."""
