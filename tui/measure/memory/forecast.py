"""This module forecasts the memory of a model before it is loaded, and learns from the memory of earlier loads.

Resident peak = base + per layer + factor x weights on disk + KV cache of the whole context. The runtime sizes the cache
for the context at the first request, whatever the prompt, so it is exact; the factor is learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.records import Fit, ForecastBasis, MemoryForecast, MemoryShape, ObservedMemory

BASE_BYTES: Final = 69_000_000
"""A child process that has loaded the runtime but no model has this resident size."""
LAYER_BYTES: Final = 110_000
"""Each layer takes this memory besides its weights, which matters in models of many thin layers."""
DEFAULT_FACTOR: Final = 1.46
"""A forecast without observations uses this ratio of resident bytes to int4 weights on disk, on the high side."""
TIGHT_SHARE: Final = 0.8
"""A model that takes more than this share of the available memory is tight."""
KIN_RATIO: Final = 4
"""A family's observations are used only for models at most this many times larger or smaller, because the factor of a
tiny model also contains the error of the base."""
CONTEXT_STEP: Final = 256
"""Offered contexts are multiples of this number of tokens, and at least this number."""


def cache_bytes(shape: MemoryShape, context_tokens: int) -> int:
    """Return the bytes of the KV cache: 2 (keys, values) x layers x KV heads x head size x context x bytes a number."""
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
    """Return the memory forecast of a model with these weights and this shape at a context.

    ``seen`` is in the order of observation. The last observation of the same model decides. Without one it is the
    median of its family at about its size on the same execution provider, and without that ``DEFAULT_FACTOR``.
    """
    first = MemoryForecast(
        base_bytes=BASE_BYTES,
        layers_bytes=shape.layers * LAYER_BYTES,
        weights_bytes=weights_bytes,
        factor=DEFAULT_FACTOR,
        cache_bytes=cache_bytes(shape, context_tokens),
        context_tokens=context_tokens,
    )
    own = [observed for observed in seen if observed.identity == identity]
    if own:
        return replace(first, factor=factor_of(own[-1]), basis=ForecastBasis.MODEL)
    kin = [
        observed
        for observed in seen
        if (observed.family, observed.execution_provider) == (shape.family, execution_provider)
        and 1 / KIN_RATIO <= observed.weights_bytes / weights_bytes <= KIN_RATIO
    ]
    if kin:
        return replace(first, factor=_median([factor_of(observed) for observed in kin]), basis=ForecastBasis.FAMILY)
    return first


def factor_of(observed: ObservedMemory) -> float:
    """Return the factor that would have forecast the observation; with tiny weights it includes errors of the base."""
    rest = observed.peak_bytes - BASE_BYTES - observed.layers * LAYER_BYTES - observed.cache_bytes
    return rest / observed.weights_bytes


def forecast_error(forecast_bytes: int | None, measured_bytes: int | None) -> float | None:
    """Return the error of a forecast as a share of the measured memory: above 0 it was too high, below too low."""
    return None if forecast_bytes is None or not measured_bytes else forecast_bytes / measured_bytes - 1


def fit(total_bytes: int, available_bytes: int, floor_bytes: int) -> Fit:
    """Return whether the total fits, tightly or not, into the available memory if ``floor_bytes`` of it stay free."""
    if total_bytes > available_bytes - floor_bytes:
        return Fit.WILL_NOT_FIT
    return Fit.TIGHT if total_bytes > (available_bytes - floor_bytes) * TIGHT_SHARE else Fit.FITS


def largest_context(needed: MemoryForecast, room_bytes: int) -> int | None:
    """Return the largest multiple of ``CONTEXT_STEP`` below the forecast's own context that fits into ``room_bytes``.

    The result is ``None`` if not even the smallest context fits, or if a smaller context is not needed or would not
    help.
    """
    if not needed.cache_bytes or needed.total_bytes <= room_bytes:
        return None
    token_bytes = needed.cache_bytes / needed.context_tokens
    tokens = (room_bytes - (needed.total_bytes - needed.cache_bytes)) / token_bytes
    steps = min(int(tokens), needed.context_tokens - 1) // CONTEXT_STEP
    return steps * CONTEXT_STEP if steps > 0 else None


def _median(values: Sequence[float]) -> float:
    """Return the median without the module ``statistics``, which takes 10 ms to import."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
