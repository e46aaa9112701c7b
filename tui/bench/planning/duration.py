"""The estimate of how long a benchmark will take, from what was measured of its models before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tui.bench.planning.steps import total_samples
from tui.records import ModelPace, Plan


@dataclass(frozen=True, slots=True)
class DurationEstimate:
    """How long a plan will take, as far as its models were measured before."""

    seconds: float
    measured_models: int
    """The number of models of the plan that the seconds are for."""


def estimate(plan: Plan, paces: Mapping[str, ModelPace]) -> DurationEstimate | None:
    """Estimate how long a benchmark takes; ``None`` if none of its models was measured before.

    Each launch of a model takes its load time, and each request its TTFT and its tokens at its decode rate. Models that
    answer side by side share the machine, so their times add up as they do one by one. Requests that are in flight
    together take the time of one.
    """
    known = [(paces[model.key], _requests(plan)) for model in plan.models if model.key in paces]
    if not known:
        return None
    seconds = sum(
        plan.method.launches * (pace.load_s or 0.0)
        + requests / len(plan.prompts) * sum(request_s(plan, pace, prompt.max_tokens) for prompt in plan.prompts)
        for pace, requests in known
    )
    pauses = plan.method.cool_down_s * sum(max(0, requests - plan.method.launches) for _, requests in known)
    return DurationEstimate(seconds + pauses, len(known))


def _requests(plan: Plan) -> float:
    """The requests to one model that follow each other."""
    whole = total_samples(plan) / len(plan.models)
    rounds = plan.method.rounds * len(plan.prompts)
    return whole - rounds * (sum(plan.method.concurrency) - len(plan.method.concurrency))


def request_s(plan: Plan, pace: ModelPace, max_tokens: int | None) -> float:
    """Return the seconds that a request takes: the TTFT, then its tokens at the decode rate."""
    limit = max_tokens or plan.method.max_tokens
    tokens = limit if pace.output_tokens is None else min(limit, pace.output_tokens)
    return pace.ttft_s + max(0.0, tokens - 1) / pace.decode_tok_s
