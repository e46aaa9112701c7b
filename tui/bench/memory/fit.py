"""Predict whether a model fits, from the forecast of its memory, the memory that is free now, and the guard's floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui.bench.memory.guard import default_floor_bytes
from tui.measure.memory.families import known_shape
from tui.measure.memory.forecast import (
    TOKENIZER_FACTOR,
    USUAL_PROMPT_TOKENS,
    cache_bytes,
    fit,
    forecast,
    largest_context,
    prompt_bytes,
)
from tui.records import (
    Fit,
    FitForecast,
    MemoryReading,
    MemoryShape,
    Model,
    ModelState,
    ObservedMemory,
    Plan,
    Prompt,
    Purpose,
    SweepOf,
    asked_tokens,
)
from tui.records.models import CAPPED_PIECE_TOKENS, CPU_PROVIDER
from tui.text import units

_NO_SHAPE: Final = MemoryShape(family="", layers=0, kv_heads=0, head_size=0, element_bytes=0)

_WORTHWHILE_BYTES: Final = 32 * 1024**2
_BYTES_A_TOKEN: Final = 4
"""About the bytes of text in a token; most tokenizers need less of them for a text that is no plain English."""
_FRAME_TOKENS: Final = 24
"""About the tokens that a chat template puts around a prompt, its own system prompt included."""


def identity(model: Model) -> str:
    """The name of a build, which is the same for every context that the build is loaded with."""
    return f"{model.model_id or model.alias} {model.weights_bytes} {model.execution_provider or ''}".strip()


def longest_prompt_tokens(prompts: Sequence[Prompt]) -> int | None:
    """Estimate the tokens of the longest of the prompts; ``None`` if there are none."""
    return max(map(_estimated_tokens, prompts), default=None)


def _estimated_tokens(prompt: Prompt) -> int:
    if prompt.id.startswith(f"{SweepOf.PROMPT}-") and prompt.id.rpartition("-")[2].isdigit():
        return asked_tokens(prompt.id)
    text = f"{prompt.system or ''}{prompt.text}"
    return len(text.encode(errors="replace")) // _BYTES_A_TOKEN + _FRAME_TOKENS


def predict_fit(
    model: Model,
    reading: MemoryReading,
    floor_bytes: int,
    observations: Sequence[ObservedMemory] = (),
    prompt_tokens: int | None = None,
) -> FitForecast | None:
    """Forecast whether a model fits if it is loaded at this moment; ``None`` if not even its size is known, or if a
    server loads it.

    ``prompt_tokens`` is the length of the longest prompt; without one it is ``USUAL_PROMPT_TOKENS``. A model that is
    not downloaded yet has its size from the catalogue and, if its name is that of a known family, the shape of that
    family. If the shape is unknown, the forecast leaves out the KV cache.
    """
    weights_bytes = model.weights_bytes or model.size_bytes
    if weights_bytes is None or not model.traits.has_memory:
        return None
    shape = model.shape or known_shape(f"{model.alias} {model.model_id or ''}", on_cpu=model.on_cpu) or _NO_SHAPE
    needed = forecast(
        weights_bytes,
        shape,
        model.used_context_tokens or 0,
        observations,
        identity=identity(model),
        execution_provider=model.execution_provider or (CPU_PROVIDER if model.on_cpu else ""),
        prompt_tokens=USUAL_PROMPT_TOKENS if prompt_tokens is None else prompt_tokens,
        piece_tokens=model.piece_tokens,
    )
    if model.shape is None or model.weights_bytes is None:
        needed = replace(needed, estimated=True)
    available_bytes, main_floor_bytes = reading.available_bytes, floor_bytes
    # A GPU without memory of its own shares that of the machine.
    vram = [(gpu.total_bytes, gpu.used_bytes) for gpu in reading.gpus]
    free_vram = [total - used for total, used in vram if total is not None and used is not None]
    on_card = not model.on_cpu and bool(free_vram)
    if on_card:
        available_bytes = max(free_vram)
        floor_bytes = min(floor_bytes, default_floor_bytes(max(total or 0 for total, _ in vram)))
    piece = min(model.piece_tokens, CAPPED_PIECE_TOKENS) if model.on_cpu else model.piece_tokens
    fit_forecast = FitForecast(
        forecast=needed,
        available_bytes=available_bytes,
        fit=fit(needed.total_bytes, available_bytes, floor_bytes),
        context_that_fits=largest_context(needed, available_bytes - floor_bytes, shape, piece),
    )
    kind = " of VRAM" if on_card else ""
    worded = replace(fit_forecast, words=_in_words(fit_forecast, kind), short_words=_in_few_words(fit_forecast, kind))
    return _with_main_memory(worded, reading.available_bytes, main_floor_bytes) if on_card else worded


def _with_main_memory(of_card: FitForecast, available_bytes: int, floor_bytes: int) -> FitForecast:
    """The forecast for a card, with the main memory that the model takes at least: runtime, layers and tokenizer."""
    needed = of_card.forecast
    main_bytes = needed.base_bytes + needed.layers_bytes + needed.tokenizer_bytes
    main_fit = fit(main_bytes, available_bytes, floor_bytes)
    words = f", and at least {units.size(main_bytes)} of {units.size(available_bytes)} of main memory"
    return replace(
        of_card,
        fit=max(of_card.fit, main_fit, key=list(Fit).index),
        # A smaller context takes none of the main memory.
        context_that_fits=None if main_fit is Fit.WILL_NOT_FIT else of_card.context_that_fits,
        words=of_card.words + words,
        short_words=of_card.short_words + ("" if main_fit is Fit.FITS else words),
    )


@dataclass(frozen=True, slots=True)
class OversizedModel:
    """A model of a plan that is not expected to fit."""

    model: Model
    fit_forecast: FitForecast
    beside_others: bool = False
    """Whether the available memory is what the earlier models of the plan leave, because all are loaded together."""


def oversized_models(
    plan: Plan,
    loaded: Mapping[str, int],
    reading: MemoryReading,
    floor_bytes: int,
    observations: Sequence[ObservedMemory] = (),
) -> tuple[OversizedModel, ...]:
    """The models of a plan that will not fit when their turn comes, so that a person can decide before the run begins.

    ``loaded`` maps each loaded model to its memory in bytes. A benchmark unloads those models first, and a question
    keeps them. Models that are loaded together share the available memory in the order of the plan.
    """
    afresh = plan.purpose is Purpose.BENCHMARK
    available_bytes = reading.available_bytes + (sum(loaded.values()) if afresh else 0)
    oversized: list[OversizedModel] = []
    beside_others = False
    for model in plan.models:
        if model.key in loaded and not afresh:
            continue
        room = replace(reading, available_bytes=available_bytes)
        fit_forecast = predict_fit(model, room, floor_bytes, observations, longest_prompt_tokens(plan.prompts))
        if fit_forecast is None:
            continue
        if fit_forecast.fit is Fit.WILL_NOT_FIT:
            oversized.append(OversizedModel(model, fit_forecast, beside_others))
        elif plan.method.loaded_together and model.on_cpu:
            available_bytes -= fit_forecast.forecast.total_bytes
            beside_others = True
    return tuple(oversized)


def observed_memory(
    model: Model, peak_bytes: int | None, prompt_tokens: int | None = None, *, of_vram: bool = False
) -> ObservedMemory | None:
    """The observation of a request, that makes later forecasts better; ``peak_bytes`` is the peak up to its end.

    ``None`` if the weights are on a GPU and the peak is not ``of_vram``, or if the peak, the shape, the context or the
    size of the weights is unknown.
    """
    context, shape = model.used_context_tokens, model.shape
    if peak_bytes is None or not model.weights_bytes or shape is None or context is None:
        return None
    if model.on_cpu == of_vram:
        return None
    return ObservedMemory(
        identity=identity(model),
        family=shape.family,
        execution_provider=model.execution_provider or "",
        weights_bytes=model.weights_bytes,
        layers=shape.layers,
        cache_bytes=cache_bytes(shape, context, model.piece_tokens),
        peak_bytes=peak_bytes,
        tokenizer_bytes=shape.tokenizer_bytes * TOKENIZER_FACTOR,
        prompt_bytes=prompt_bytes(shape, prompt_tokens or 0, model.piece_tokens),
        context_tokens=context,
        prompt_tokens=prompt_tokens or 0,
    )


def _in_few_words(fit_forecast: FitForecast, memory_kind: str) -> str:
    """Write the forecast without its sum: ``needs about 12.9 GiB of 22.5 GiB free``."""
    needed, available = units.size(fit_forecast.forecast.total_bytes), units.size(fit_forecast.available_bytes)
    return f"needs about {needed} of {available}{memory_kind} free"


def _in_words(fit_forecast: FitForecast, memory_kind: str) -> str:
    """Write the forecast as a sum: ``needs 13.8 GiB: weights 5.78 GiB (4.07 GiB on the disk) + ...; ...``.

    In memory the weights take more than on the disk, since the runtime keeps a second copy of some of them.
    """
    needed = fit_forecast.forecast
    rest = needed.base_bytes + needed.layers_bytes + needed.tokenizer_bytes
    cache = f"KV cache {units.size(needed.cache_bytes)} at {units.count(needed.context_tokens)} tokens"
    prompt = f"prompt {units.size(needed.prompt_bytes)} at {units.count(needed.prompt_tokens)} tokens"
    parts = (
        f"weights {units.size(needed.weights_bytes * needed.factor)} ({units.size(needed.weights_bytes)} on the disk)",
        cache if needed.cache_bytes else "KV cache not known",
        prompt if needed.prompt_bytes else "",
        f"{units.size(rest)} runtime",
    )
    return (
        f"needs {'~' if needed.estimated else ''}{units.size(needed.total_bytes)}: "
        f"{' + '.join(part for part in parts if part)}; "
        f"{units.size(fit_forecast.available_bytes)}{memory_kind} available"
    )


def advice(
    model: Model, fit_forecast: FitForecast | None, loaded: Mapping[str, int], alternatives: Sequence[Model]
) -> tuple[str, ...]:
    """Suggestions for a model that does not fit: free memory, a smaller context, small pieces of the prompt, a smaller
    build, a smaller model.
    """
    tips: list[str] = []
    others = {key: size_bytes for key, size_bytes in loaded.items() if key != model.key}
    if others:
        key = max(others, key=lambda name: others[name])
        tips.append(f"unload {key} (frees {units.size(others[key])})")
    if fit_forecast is not None and fit_forecast.context_that_fits:
        tips.append(f"limit its context to {units.count(fit_forecast.context_that_fits)} tokens")
    if fit_forecast is not None and _saved_by_pieces(model, fit_forecast) > _WORTHWHILE_BYTES:
        saved, pieces = units.size(_saved_by_pieces(model, fit_forecast)), CAPPED_PIECE_TOKENS
        tips.append(f"have it read the prompt in pieces of {pieces} tokens (--chunk {pieces} saves {saved})")
    smaller = sorted(
        (alternative for alternative in alternatives if _is_smaller(alternative, model)),
        key=lambda alternative: alternative.size_bytes or 0,
        reverse=True,
    )
    same = next((other for other in smaller if other.alias == model.alias), None)
    alike = next((other for other in smaller if set(other.capabilities) & set(model.capabilities)), None)
    if same is not None:
        tips.append(f"use its smaller build {same.key} ({units.size(same.size_bytes)})")
    elif alike is not None:
        tips.append(f"use {alike.key}, which can do the same and is smaller ({units.size(alike.size_bytes)})")
    return tuple(tips)


def _saved_by_pieces(model: Model, fit_forecast: FitForecast) -> int:
    """The bytes that reading the prompt in small pieces would save, as far as the length of the prompt is known."""
    needed = fit_forecast.forecast
    read_at_once = min(needed.prompt_tokens, model.piece_tokens)
    if not model.on_cpu or model.traits.is_remote or read_at_once <= CAPPED_PIECE_TOKENS:
        return 0
    return round(needed.prompt_bytes * (1 - CAPPED_PIECE_TOKENS / read_at_once))


def with_chunk(model: Model, chunk_tokens: int) -> Model:
    """Have a model read its prompts in pieces of so many tokens; the model of a server is left as it is."""
    return model if model.traits.is_remote else replace(model, chunk_tokens=chunk_tokens)


def with_context_limit(model: Model, context_tokens: int) -> Model:
    """Limit the context with which a model is loaded; the model of a server keeps the context of that server."""
    if model.traits.is_remote:
        return model
    whole = model.context_tokens
    limit = context_tokens if whole is None or context_tokens < whole else None
    return replace(model, context_limit_tokens=limit)


def _is_smaller(other: Model, model: Model) -> bool:
    return (
        other.state is ModelState.READY
        and other.practice == model.practice
        and other.size_bytes is not None
        and model.size_bytes is not None
        and other.size_bytes < model.size_bytes
    )
