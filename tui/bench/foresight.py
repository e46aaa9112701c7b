"""Will a model fit? Asks the forecast, the memory that is free now, and the guard's floor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tui.engines.model_folders import CPU_PROVIDER
from tui.measure import units
from tui.measure.forecast import cache_bytes, fit, forecast, largest_context
from tui.records import Fit, MemoryForecast, Model, ModelState, ObservedMemory


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a model will need, what there is, and what follows."""

    forecast: MemoryForecast
    available_bytes: int
    fit: Fit
    context_that_fits: int | None = None


def identity(model: Model) -> str:
    """The build of a model, whatever context it is loaded with."""
    return f"{model.model_id or model.alias} {model.weights_bytes} {model.execution_provider or ''}".strip()


def look_ahead(
    model: Model, available_bytes: int, floor_bytes: int, seen: Sequence[ObservedMemory] = ()
) -> Outlook | None:
    """What is to be expected of loading a model now; ``None`` where too little is known of it."""
    context = model.used_context_tokens
    if model.weights_bytes is None or model.shape is None or context is None:
        return None
    needed = forecast(
        model.weights_bytes,
        model.shape,
        context,
        seen,
        identity=identity(model),
        execution_provider=model.execution_provider or "",
    )
    return Outlook(
        forecast=needed,
        available_bytes=available_bytes,
        fit=fit(needed.total_bytes, available_bytes, floor_bytes),
        context_that_fits=largest_context(needed, available_bytes - floor_bytes),
    )


def observed(model: Model, peak_bytes: int | None) -> ObservedMemory | None:
    """What a load has taught; nothing of a model whose weights are on a GPU, or whose shape is unknown."""
    context = model.used_context_tokens
    if peak_bytes is None or not model.weights_bytes or model.shape is None or context is None:
        return None
    if model.execution_provider not in (None, CPU_PROVIDER):
        return None
    return ObservedMemory(
        identity=identity(model),
        family=model.shape.family,
        execution_provider=model.execution_provider or "",
        weights_bytes=model.weights_bytes,
        layers=model.shape.layers,
        cache_bytes=cache_bytes(model.shape, context),
        peak_bytes=peak_bytes,
    )


def in_words(outlook: Outlook) -> str:
    """The forecast as a sum: ``needs 12.9 GiB (weights 4.07 GiB x 1.46 + KV cache 8.00 GiB at 32,768 + ...)``."""
    needed = outlook.forecast
    rest = needed.base_bytes + needed.layers_bytes
    return (
        f"needs {units.size(needed.total_bytes)} (weights {units.size(needed.weights_bytes)} x {needed.factor:.2f} "
        f"+ KV cache {units.size(needed.cache_bytes)} at {units.count(needed.context_tokens)} tokens "
        f"+ {units.size(rest)} runtime), {units.size(outlook.available_bytes)} available"
    )


def advice(model: Model, outlook: Outlook | None, loaded: Mapping[str, int], known: Sequence[Model]) -> tuple[str, ...]:
    """What to try when a model does not fit: free memory, a smaller context, a smaller build, a smaller model."""
    tips: list[str] = []
    others = {key: held for key, held in loaded.items() if key != model.key}
    if others:
        key = max(others, key=lambda name: others[name])
        tips.append(f"unload {key} (frees {units.size(others[key])})")
    if outlook is not None and outlook.context_that_fits:
        tips.append(f"limit its context to {units.count(outlook.context_that_fits)} tokens")
    smaller = sorted(
        (each for each in known if _is_smaller(each, model)), key=lambda each: each.size_bytes or 0, reverse=True
    )
    same = next((each for each in smaller if each.alias == model.alias), None)
    alike = next((each for each in smaller if set(each.capabilities) & set(model.capabilities)), None)
    if same is not None:
        tips.append(f"use its smaller build {same.key} ({units.size(same.size_bytes)})")
    elif alike is not None:
        tips.append(f"use {alike.key}, which can do the same and is smaller ({units.size(alike.size_bytes)})")
    return tuple(tips)


def capped(model: Model, context_tokens: int) -> Model:
    """The same model, to be loaded with a smaller context."""
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
