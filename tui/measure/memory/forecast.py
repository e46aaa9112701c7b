"""How much memory a model will take, before it is loaded; learned from what loads really took.

Resident peak = base + per layer + factor x weights on disk + KV cache of the whole context. The runtime sizes the cache
for the context at the first request, whatever the prompt, so it is exact; the factor is learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.records import Fit, ForecastBasis, MemoryForecast, MemoryShape, ObservedMemory

BASE_BYTES: Final = 69_000_000
"""A child with the runtime in it and no model."""
LAYER_BYTES: Final = 110_000
"""What each layer costs besides its weights: it counts in models of many thin layers."""
DEFAULT_FACTOR: Final = 1.46
"""Resident bytes a byte of int4 weights on disk, before anything was seen: rather a little high than low."""
TIGHT_SHARE: Final = 0.8
"""Above this share of what is available a model is tight."""
KIN_RATIO: Final = 4
"""A model of the same family teaches about one at most so many times larger or smaller: in a tiny model's factor
stands what the base missed."""
CONTEXT_STEP: Final = 256
"""Offered contexts are multiples of this, and at least this."""


def cache_bytes(shape: MemoryShape, context_tokens: int) -> int:
    """Size of the KV cache: 2 (keys, values) x layers x KV heads x head size x context x bytes of a number."""
    return 2 * shape.layers * shape.kv_heads * shape.head_size * context_tokens * shape.element_bytes


def forecast(
    weights_bytes: int,
    shape: MemoryShape,
    context_tokens: int,
    seen: Sequence[ObservedMemory] = (),
    *,
    identity: str = "",
    execution_provider: str = "",
) -> MemoryForecast:
    """What a model of these weights and this shape will take at a context.

    ``seen`` is in the order of observation: the last of the very model decides; failing that the median of its family
    at about its size on the same execution provider; failing that the figures above.
    """
    first = MemoryForecast(
        base_bytes=BASE_BYTES,
        layers_bytes=shape.layers * LAYER_BYTES,
        weights_bytes=weights_bytes,
        factor=DEFAULT_FACTOR,
        cache_bytes=cache_bytes(shape, context_tokens),
        context_tokens=context_tokens,
    )
    own = [each for each in seen if each.identity == identity]
    if own:
        return replace(first, factor=factor_of(own[-1]), basis=ForecastBasis.MODEL)
    kin = [
        each
        for each in seen
        if (each.family, each.execution_provider) == (shape.family, execution_provider)
        and 1 / KIN_RATIO <= each.weights_bytes / weights_bytes <= KIN_RATIO
    ]
    if kin:
        return replace(first, factor=_median([factor_of(each) for each in kin]), basis=ForecastBasis.FAMILY)
    return first


def factor_of(observed: ObservedMemory) -> float:
    """The factor that would have forecast what was observed; for tiny weights it also takes up what the base missed."""
    rest = observed.peak_bytes - BASE_BYTES - observed.layers * LAYER_BYTES - observed.cache_bytes
    return rest / observed.weights_bytes


def forecast_error(forecast_bytes: int | None, measured_bytes: int | None) -> float | None:
    """How far a forecast was off, as a share of what was measured: above 0 it was too high, below too low."""
    return None if forecast_bytes is None or not measured_bytes else forecast_bytes / measured_bytes - 1


def fit(total_bytes: int, available_bytes: int, floor_bytes: int) -> Fit:
    """Whether a need fits into what is available when ``floor_bytes`` of it are to stay free."""
    if total_bytes > available_bytes - floor_bytes:
        return Fit.WILL_NOT_FIT
    return Fit.TIGHT if total_bytes > (available_bytes - floor_bytes) * TIGHT_SHARE else Fit.FITS


def largest_context(needed: MemoryForecast, room_bytes: int) -> int | None:
    """The largest context that fits into ``room_bytes``, a multiple of ``CONTEXT_STEP`` below the forecast's own.

    ``None`` when not even the smallest fits, or when the context is not what stands in the way.
    """
    if not needed.cache_bytes or needed.total_bytes <= room_bytes:
        return None
    token_bytes = needed.cache_bytes / needed.context_tokens
    tokens = (room_bytes - (needed.total_bytes - needed.cache_bytes)) / token_bytes
    steps = min(int(tokens), needed.context_tokens - 1) // CONTEXT_STEP
    return steps * CONTEXT_STEP if steps > 0 else None


def _median(values: Sequence[float]) -> float:
    """Without the standard module, which takes 10 ms to import."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
