"""A number at the start of a prompt, another one for each request, so that no server can take it from its cache.

The number has as many digits in each request, so prompts keep their length. Models that are measured together get the
same number in the same round.
"""

from __future__ import annotations

import hashlib
from typing import Final

from tui.bench.planning.steps import SampleStep
from tui.records import Model, Plan, SweepOf

_LEAST: Final = 100_000
_NUMBERS: Final = 900_000


def is_fresh(plan: Plan, model: Model) -> bool:
    """Return whether each request of a model has a number of its own.

    It has so on demand, and in a sweep over prompt lengths of a server, whose rounds all have the same prompts.
    """
    swept = plan.method.sweep == SweepOf.PROMPT and model.endpoint is not None
    return plan.method.no_cache_hits or swept


def fresh_text(text: str, run_id: str, segment: int, launch: int, step: SampleStep) -> str:
    """Put the number of a request before its prompt."""
    parts = (run_id, segment, launch, step.kind, step.prompt.id, step.round, step.concurrency)
    digest = hashlib.sha256("|".join(map(str, parts)).encode()).digest()
    return f"{_LEAST + int.from_bytes(digest[:8]) % _NUMBERS}. {text}"
