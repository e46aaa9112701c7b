"""This module forecasts the memory of a model before it is loaded, and learns from the memory of earlier requests.

Resident peak = base + per layer + tokenizer + factor x weights on disk + KV cache of the whole context + prompt. The
runtime sizes the cache for the context at the first request, whatever the prompt. It reads a prompt in pieces, and a
piece takes the logits of all its tokens besides its activations. The factor and two scales are learned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from tui.measure.memory.learning import Learned, learn
from tui.records import Fit, ForecastBasis, MemoryForecast, MemoryShape, ObservedMemory
from tui.records.models import RUNTIME_PIECE_TOKENS

BASE_BYTES: Final = 69_000_000
"""A child process that has loaded the runtime but no model has this resident size."""
LAYER_BYTES: Final = 110_000
"""Each layer takes this memory besides its weights, which matters in models of many thin layers."""
TOKENIZER_FACTOR: Final = 13
"""A tokenizer takes this multiple of its file (12.7 for one of 33 MB, 15 for one of 3.5 MB)."""
DEFAULT_FACTOR: Final = 1.42
"""A forecast without observations uses this ratio of resident bytes to int4 weights on disk."""
ACTIVATION_BYTES: Final = 84
"""Each token of a piece of the prompt takes this multiple of the model's width, for its activations on the CPU
(84 for a model of 135M parameters, 84 for one of 7B, 116 for one of 270M with wide heads).
"""
LOGIT_BYTES: Final = 4
USUAL_PROMPT_TOKENS: Final = 256
"""A forecast for no particular prompt is for one of this length."""
TIGHT_SHARE: Final = 0.8
"""A model that takes more than this share of the available memory is tight."""
KIN_RATIO: Final = 4
"""A family's observations are used only for models at most this many times larger or smaller, because the factor of a
tiny model also contains the error of the base."""
CONTEXT_STEP: Final = 256
"""Offered contexts are multiples of this number of tokens, and at least this number."""
CONTEXT_MARGIN: Final = 0.1
"""This share of the context that would just fit is not offered, because the available memory changes all the time."""


def cache_bytes(shape: MemoryShape, context_tokens: int, piece_tokens: int = RUNTIME_PIECE_TOKENS) -> int:
    """Return the bytes of the KV cache: 2 (keys, values) x layers x KV heads x head size x tokens x bytes a number.

    The tokens are the whole context, but for a layer with a sliding window at most the window and a piece of a prompt.
    """
    token_bytes = 2 * shape.kv_heads * shape.head_size * shape.element_bytes
    in_window = min(context_tokens, shape.window_tokens + piece_tokens)
    whole_layers = shape.layers - shape.window_layers
    return token_bytes * (whole_layers * context_tokens + shape.window_layers * in_window)


def prompt_bytes(shape: MemoryShape, prompt_tokens: int, piece_tokens: int = RUNTIME_PIECE_TOKENS) -> int:
    """Return the bytes that reading a prompt takes: for each token of a piece its logits and its activations."""
    token_bytes = LOGIT_BYTES * shape.vocabulary + ACTIVATION_BYTES * shape.hidden_size
    return min(prompt_tokens, piece_tokens) * token_bytes


def forecast(
    weights_bytes: int,
    shape: MemoryShape,
    context_tokens: int,
    seen: Sequence[ObservedMemory] = (),
    *,
    identity: str = "",
    execution_provider: str = "",
    prompt_tokens: int = 0,
    piece_tokens: int = RUNTIME_PIECE_TOKENS,
) -> MemoryForecast:
    """Return the memory forecast of a model with these weights and this shape at a context, for a prompt.

    ``seen`` is in the order of observation. The observations of the same model decide. Without one the factor is the
    median of its family at about its size on the same execution provider, and without that ``DEFAULT_FACTOR``.
    """
    prompt_tokens = min(prompt_tokens, context_tokens)
    first = MemoryForecast(
        base_bytes=BASE_BYTES,
        layers_bytes=shape.layers * LAYER_BYTES,
        weights_bytes=weights_bytes,
        factor=DEFAULT_FACTOR,
        cache_bytes=cache_bytes(shape, context_tokens, piece_tokens),
        context_tokens=context_tokens,
        tokenizer_bytes=shape.tokenizer_bytes * TOKENIZER_FACTOR,
        prompt_bytes=prompt_bytes(shape, prompt_tokens, piece_tokens),
        prompt_tokens=prompt_tokens,
        piece_tokens=piece_tokens,
    )
    own = [observed for observed in seen if observed.identity == identity]
    if own:
        return _learned(first, learn(own, first.fixed_bytes))
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
    """Return the factor that would have forecast the observation, at least 1: weights take no less than on disk.

    With tiny weights it includes errors of the base.
    """
    others = observed.layers * LAYER_BYTES + observed.tokenizer_bytes + observed.cache_bytes + observed.prompt_bytes
    return max(1.0, (observed.peak_bytes - BASE_BYTES - others) / observed.weights_bytes)


def _learned(first: MemoryForecast, learned: Learned) -> MemoryForecast:
    """Return the forecast with what was learned of its parts; the factor is at least 1, as in ``factor_of``."""
    rest = learned.fixed_bytes - (first.fixed_bytes - first.weights_bytes * first.factor)
    return replace(
        first,
        factor=max(1.0, rest / first.weights_bytes),
        cache_bytes=round(first.cache_bytes * learned.cache_scale),
        prompt_bytes=round(first.prompt_bytes * learned.prompt_scale),
        basis=ForecastBasis.MODEL,
    )


def forecast_error(forecast_bytes: int | None, measured_bytes: int | None) -> float | None:
    """Return the error of a forecast as a share of the measured memory: above 0 it was too high, below too low."""
    return None if forecast_bytes is None or not measured_bytes else forecast_bytes / measured_bytes - 1


def fit(total_bytes: int, available_bytes: int, floor_bytes: int) -> Fit:
    """Return whether the total fits, tightly or not, into the available memory if ``floor_bytes`` of it stay free."""
    if total_bytes > available_bytes - floor_bytes:
        return Fit.WILL_NOT_FIT
    return Fit.TIGHT if total_bytes > (available_bytes - floor_bytes) * TIGHT_SHARE else Fit.FITS


def largest_context(
    needed: MemoryForecast, room_bytes: int, shape: MemoryShape, piece_tokens: int | None = None
) -> int | None:
    """Return the largest multiple of ``CONTEXT_STEP`` below the forecast's own context that fits into ``room_bytes``.

    It fits whatever the prompt, read in pieces of ``piece_tokens`` (those of the forecast, if it is ``None``), and
    with ``CONTEXT_MARGIN`` to spare. The result is ``None`` if not even the smallest context fits, or if a smaller
    context is not needed or would not help.
    """
    if not needed.cache_bytes or needed.total_bytes <= room_bytes:
        return None
    piece = piece_tokens or needed.piece_tokens or RUNTIME_PIECE_TOKENS
    cache_scale = needed.cache_bytes / cache_bytes(shape, needed.context_tokens, needed.piece_tokens or piece)
    known_prompt = prompt_bytes(shape, needed.prompt_tokens, needed.piece_tokens or piece)
    prompt_scale = needed.prompt_bytes / known_prompt if known_prompt else 1.0

    def fits(context: int) -> bool:
        total = needed.fixed_bytes + cache_scale * cache_bytes(shape, round(context / (1 - CONTEXT_MARGIN)), piece)
        return total + prompt_scale * prompt_bytes(shape, context, piece) <= room_bytes

    least, most = 0, (needed.context_tokens - 1) // CONTEXT_STEP
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(middle * CONTEXT_STEP) else (least, middle - 1)
    # The runtime refuses a context below the window of a model.
    return least * CONTEXT_STEP if least and least * CONTEXT_STEP >= shape.window_tokens else None


def _median(values: Sequence[float]) -> float:
    """Return the median without the module ``statistics``, which takes 10 ms to import."""
    ordered, middle = sorted(values), len(values) // 2
    return ordered[middle] if len(values) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
