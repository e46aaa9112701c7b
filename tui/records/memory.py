"""The memory that models need, and the memory of the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class ForecastBasis(StrEnum):
    """The observations that a forecast rests on."""

    MODEL = "loads of this model"
    FAMILY = "loads of its family"
    NOTHING = "no load seen yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryForecast:
    """The memory that a model is expected to take, by parts."""

    base_bytes: int
    layers_bytes: int
    weights_bytes: int
    factor: float
    """The number of resident bytes for each byte of weights on disk."""
    cache_bytes: int
    context_tokens: int
    tokenizer_bytes: int = 0
    """The memory of the tokenizer."""
    prompt_bytes: int = 0
    """The memory that reading the prompt takes besides the KV cache: its logits and activations."""
    prompt_tokens: int = 0
    """The length of the prompt that the forecast is for."""
    piece_tokens: int = 0
    """The pieces in which the prompt is read."""
    basis: ForecastBasis = ForecastBasis.NOTHING
    estimated: bool = False
    """The sizes come from the catalogue, or the shape from the family, since the model is not on this machine."""

    @property
    def total_bytes(self) -> int:
        return round(self.fixed_bytes + self.cache_bytes + self.prompt_bytes)

    @property
    def fixed_bytes(self) -> float:
        """The memory that neither the context nor the prompt changes."""
        return self.base_bytes + self.layers_bytes + self.tokenizer_bytes + self.weights_bytes * self.factor


class Fit(StrEnum):
    """Whether a model is expected to fit into the memory that is available."""

    FITS = "fits"
    TIGHT = "tight"
    WILL_NOT_FIT = "will not fit"


@dataclass(frozen=True, slots=True, kw_only=True)
class FitForecast:
    """The memory that a model will need, the memory that is available, and whether it fits."""

    forecast: MemoryForecast
    available_bytes: int
    fit: Fit
    context_that_fits: int | None = None
    """The largest context with which the model would fit whatever the prompt, if its whole context does not fit."""
    words: str = ""
    """The forecast as a sum in words, compared with the available memory."""
    short_words: str = ""
    """The forecast in few words, compared with the available memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedMemory:
    """The memory that a model took for one prompt, from which forecasts learn."""

    identity: str
    """An identification of the build that is the same in every run."""
    family: str
    execution_provider: str
    weights_bytes: int
    layers: int
    cache_bytes: int
    """The KV cache by its formula."""
    peak_bytes: int
    tokenizer_bytes: int = 0
    prompt_bytes: int = 0
    """The memory that reading the prompt takes by its formula; 0 in observations from before it was counted."""
    context_tokens: int = 0
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GpuReading:
    """The state of one GPU at one moment."""

    index: int
    name: str
    used_bytes: int | None
    """``None`` if the GPU has no memory of its own (unified memory), or its driver does not report it."""
    total_bytes: int | None
    process_bytes: Mapping[str, int | None] = field(default_factory=dict[str, "int | None"])
    """The memory of each loaded model by its key; ``None`` if the driver does not report it."""
    unowned_bytes: int | None = None
    """The memory in use that no process is listed for; ``None`` if the driver does not report it for each process."""
    utilisation: float | None = None
    """The share of the last sampling interval in which the GPU computed, from 0 to 1."""
    power_watts: float | None = None
    temperature_c: float | None = None
    throttled: bool | None = None
    """The GPU was slowed down at that moment because of its temperature or its power."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryReading:
    """The memory of the machine and of each loaded model at one moment."""

    at_s: float
    """The time in seconds of the monotonic clock."""
    total_bytes: int
    """The memory that may be used: that of the machine, or less if the control group of this process is limited."""
    available_bytes: int
    swap_used_bytes: int
    rss_bytes: Mapping[str, int] = field(default_factory=dict[str, int])
    """The resident memory of each loaded model, by its key."""
    gpus: tuple[GpuReading, ...] = ()
    gpu_note: str = ""
    """A remark about the GPUs that is shown once, such as that their driver is missing."""
