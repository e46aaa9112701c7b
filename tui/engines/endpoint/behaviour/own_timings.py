"""The rates that a server reports of itself, to stand beside ours. Only the endpoint's child imports it.

llama.cpp sends ``timings``, Groq has seconds in its usage, Cerebras in ``time_info``, Ollama nanoseconds beside its
counts, LocalAI milliseconds, and mistral.rs, LM Studio, TabbyAPI, SambaNova and MLX rates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from tui.engines.endpoint.shapes import members

_MOST_TOK_S = 1e7
_DECODE_RATES: Final = ("avg_compl_tok_per_sec", "tokens_per_second", "completion_tokens_per_sec", "generation_tps")
_PREFILL_RATES: Final = ("avg_prompt_tok_per_sec", "prompt_tokens_per_sec", "prompt_tps")


@dataclass(frozen=True, slots=True)
class OwnRates:
    """Tokens a second by the server's own clock; ``None`` for what it does not tell."""

    decode_tok_s: float | None = None
    prefill_tok_s: float | None = None


def own_rates(event: Mapping[str, object]) -> OwnRates:
    """Read the rates in an event of a stream; most events have none."""
    timings = members(event.get("timings"))
    if timings:
        return _of_llama_cpp(timings)
    usage = members(event.get("usage")) or members(members(event.get("x_groq")).get("usage"))
    sources = (usage, members(event.get("time_info")), event, members(event.get("stats")))
    if not any(sources[:2]) and "eval_duration" not in event and "stats" not in event:
        return OwnRates()
    found = {name: value for source in sources for name, value in source.items()}
    decode = (
        _rate(found.get("completion_tokens"), found.get("completion_time"), 1),
        _rate(found.get("eval_count"), found.get("eval_duration"), 1e9),
        _rate(found.get("completion_tokens"), found.get("timing_token_generation"), 1e3),
        *(_number(found.get(name)) for name in _DECODE_RATES),
    )
    prefill = (
        _rate(found.get("prompt_tokens"), found.get("prompt_time"), 1),
        _rate(found.get("prompt_eval_count"), found.get("prompt_eval_duration"), 1e9),
        _rate(found.get("prompt_tokens"), found.get("timing_prompt_processing"), 1e3),
        *(_number(found.get(name)) for name in _PREFILL_RATES),
    )
    return OwnRates(_first(iter(decode)), _first(iter(prefill)))


def _of_llama_cpp(timings: Mapping[str, object]) -> OwnRates:
    """Its clock of the answer begins with the first token, so that token is none of those that took the time.

    Old versions of the server count it all the same, which made their own rate too high; so the rate is computed here.
    """
    tokens = _number(timings.get("predicted_n"))
    steps = None if tokens is None else tokens - 1
    decode = _rate(steps, timings.get("predicted_ms"), 1e3) or _number(timings.get("predicted_per_second"))
    prefill = _rate(timings.get("prompt_n"), timings.get("prompt_ms"), 1e3)
    return OwnRates(decode, prefill or _number(timings.get("prompt_per_second")))


def _rate(tokens: object, time: object, units_a_second: float) -> float | None:
    count, span = _number(tokens), _number(time)
    return _number(count * units_a_second / span) if count and span else None


def _number(value: object) -> float | None:
    """A value as a number above 0 that can be a count, a time or a rate; ``None`` if it is none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isfinite(value) and 0 < value < 1e18 else None


def _first(values: Iterator[float | None]) -> float | None:
    return next((value for value in values if value is not None and value < _MOST_TOK_S), None)
