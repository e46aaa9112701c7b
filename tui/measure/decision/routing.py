"""Needs and measured models -> the model to take, and why not the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from tui.records.decision import Candidate, Dimension, EligibleModel, Estimate, Needs, RejectedModel, Route
from tui.text import units


def route(candidates: Sequence[Candidate], needs: Needs) -> Route:
    """The candidates that meet every need, the fastest first, and of each other one what it does not meet."""
    reasons = {candidate.key: tuple(_unmet(candidate, needs)) for candidate in candidates}
    return Route(
        needs=needs,
        fitting=tuple(
            sorted((_fitting(candidate) for candidate in candidates if not reasons[candidate.key]), key=_preferred)
        ),
        dropped=tuple(RejectedModel(key=key, reasons=found) for key, found in reasons.items() if found),
    )


def _unmet(candidate: Candidate, needs: Needs) -> Iterator[str]:
    if candidate.failure:
        yield f"its latest benchmark failed: {candidate.failure}"
    if candidate.unavailable:
        yield candidate.unavailable
    yield from _missing_tags(candidate, needs)
    yield from _broken_limits(candidate, needs)


def _missing_tags(candidate: Candidate, needs: Needs) -> Iterator[str]:
    known = {_plain(tag) for tag in candidate.capabilities}
    for tag in needs.capabilities:
        if _plain(tag) not in known:
            has = f"only {', '.join(candidate.capabilities)}" if known else "none is known"
            yield f"it has no tag {tag}: {has}"


def _broken_limits(candidate: Candidate, needs: Needs) -> Iterator[str]:
    memory, rate, ttft = candidate.memory_bytes, _value(candidate.decode_tok_s), _value(candidate.ttft_ms)
    most, least, longest = needs.max_memory_bytes, needs.min_tok_s, needs.max_ttft_ms
    for need, dimension, name in ((least, Dimension.THROUGHPUT, "decode rate"), (longest, Dimension.LATENCY, "TTFT")):
        if need is not None and (doubt := candidate.doubts.get(dimension)):
            yield f"its {name} cannot be relied on, because {doubt.reason}"
    if most is not None and memory is None:
        yield "its memory is not known, which is not taken as fitting"
    elif most is not None and memory is not None and memory > most:
        yield f"its memory of {units.size(memory)} is above {units.size(most)}"
    if least is not None and rate is None:
        yield "its decode rate is not known"
    elif least is not None and rate is not None and rate < least:
        yield f"its decode rate of {units.rate(rate)} is below {units.rate(least)}"
    if longest is not None and ttft is None:
        yield "its TTFT is not known"
    elif longest is not None and ttft is not None and ttft > longest:
        yield f"its TTFT of {units.milliseconds(ttft)} is above {units.milliseconds(longest)}"


def _fitting(candidate: Candidate) -> EligibleModel:
    return EligibleModel(
        key=candidate.key,
        run_id=candidate.run_id,
        decode_tok_s=_value(candidate.decode_tok_s),
        ttft_ms=_value(candidate.ttft_ms),
        memory_bytes=candidate.memory_bytes,
        capabilities=candidate.capabilities,
        in_doubt=Dimension.THROUGHPUT in candidate.doubts,
        ttft_in_doubt=Dimension.LATENCY in candidate.doubts,
        otherwise=candidate.otherwise,
        flags=candidate.flags,
        disturbed=candidate.disturbed,
        doubts=tuple(dict.fromkeys(doubt.reason for doubt in candidate.doubts.values())),
    )


def _preferred(fitting: EligibleModel) -> tuple[bool, float, float, float, str]:
    """What is not known, or is in doubt, comes last."""
    return (
        fitting.in_doubt,
        -(fitting.decode_tok_s or 0.0),
        math.inf if fitting.ttft_ms is None or fitting.ttft_in_doubt else fitting.ttft_ms,
        math.inf if fitting.memory_bytes is None else fitting.memory_bytes,
        fitting.key,
    )


def _value(number: Estimate | None) -> float | None:
    return None if number is None else number.value


def _plain(tag: str) -> str:
    return tag.strip().casefold()
