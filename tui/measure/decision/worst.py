"""A model on its worst machine: what a choice for many machines has to go by."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from tui.records.comparison import Doubt
from tui.records.decision import Candidate, Dimension, Estimate, QualitySource
from tui.text.tables import listed


def worst_of(machines: Sequence[str], measured: Mapping[str, Candidate]) -> Candidate:
    """Combine the results of one model on several machines; ``measured`` has them by the name of the machine.

    Each number is that of the machine on which it is worst. A number that is unknown on one machine is unknown, and a
    model that failed on one of ``machines``, or was not measured there, has failed.
    """
    found = list(measured.values())
    failures = [f"on {name}: {result.failure}" for name, result in measured.items() if result.failure]
    failures += [f"it was not measured on {name}" for name in machines if name not in measured]
    slowest = max(found, key=lambda result: result.ttft_ms.value if result.ttft_ms is not None else -1.0)
    memory = [result.memory_bytes for result in found]
    return replace(
        slowest,
        ttft_ms=_worst([result.ttft_ms for result in found], max),
        decode_tok_s=_worst([result.decode_tok_s for result in found], min),
        memory_bytes=None if None in memory else max(size for size in memory if size is not None),
        quality=_worst_quality(found),
        doubts=_doubts(measured),
        flags=tuple(dict.fromkeys(flag for result in found for flag in result.flags)),
        requests=sum(result.requests for result in found),
        disturbed=sum(result.disturbed for result in found),
        otherwise=_otherwise(measured),
        failure="; ".join(failures),
        # Whether this machine can run it now says nothing of the others.
        unavailable="",
    )


def _doubts(measured: Mapping[str, Candidate]) -> dict[Dimension, Doubt]:
    """What is in doubt on any machine, with the machines in the reason; a doubt other than a cache goes first."""
    doubts: dict[Dimension, Doubt] = {}
    for dimension in Dimension:
        doubted = {name: result.doubts[dimension] for name, result in measured.items() if dimension in result.doubts}
        if not doubted:
            continue
        first = min(doubted.values(), key=lambda doubt: doubt.cached)
        where = listed([name for name, doubt in doubted.items() if doubt.reason == first.reason])
        doubts[dimension] = first if len(measured) == 1 else replace(first, reason=f"{first.reason} on {where}")
    return doubts


def _otherwise(measured: Mapping[str, Candidate]) -> tuple[str, ...]:
    """What a server did otherwise than it was told on any machine, with the machines of each."""
    words = dict.fromkeys(word for result in measured.values() for word in result.otherwise)
    if len(measured) == 1:
        return tuple(words)
    return tuple(
        f"{word} on {listed([name for name, result in measured.items() if word in result.otherwise])}" for word in words
    )


def _worst(estimates: Sequence[Estimate | None], pick: Callable[[Sequence[float]], float]) -> Estimate | None:
    known = [estimate for estimate in estimates if estimate is not None]
    if len(known) < len(estimates):
        return None
    value = pick([estimate.value for estimate in known])
    return next(estimate for estimate in known if estimate.value == value)


def _worst_quality(results: Sequence[Candidate]) -> dict[QualitySource, dict[str, float]]:
    """For each origin and prompt that all machines have, the lowest share."""
    all_shares = [result.quality or {} for result in results]
    worst: dict[QualitySource, dict[str, float]] = {}
    for source in QualitySource:
        by_machine = [shares.get(source, {}) for shares in all_shares]
        prompts = [prompt for prompt in by_machine[0] if all(prompt in shares for shares in by_machine)]
        if prompts:
            worst[source] = {prompt: min(shares[prompt] for shares in by_machine) for prompt in prompts}
    return worst
