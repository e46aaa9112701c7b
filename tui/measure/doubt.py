"""This module decides which numbers take part in a conclusion: nothing that a flag casts doubt on is ranked.

Every place that draws a conclusion asks here: the summary of a report, the models that are told apart, comparisons and
gates, the choice and the route. Tables and charts show such a number all the same, with a mark.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from tui.records import MAYBE_CACHED, PROMPT_CACHED, Disturbance, Sample
from tui.records.comparison import CONCERNS, TIME_TAKEN, Doubt, Quantity

DOUBTED_SHARE: Final = 0.5
"""A number is in doubt if at least this share of the rounds of one prompt is; the median is then one of those."""
_RANKED: Final = (Quantity.TTFT, Quantity.PREFILL, Quantity.DECODE, Quantity.TOTAL, Quantity.E2E, Quantity.MEMORY)
_OF_CACHE: Final = (PROMPT_CACHED, MAYBE_CACHED)
_LOST_TIME: Final = frozenset({Disturbance.PAUSED, Disturbance.CPU_LIMIT})
"""Disturbances that take time away from a model, so that no number of the sample is its own."""


def doubts_of(rounds: Sequence[Sample]) -> tuple[Doubt, ...]:
    """Return the numbers of a model's rounds that may not be ranked, each with the reason."""
    return tuple(doubt for quantity in _RANKED if (doubt := doubt_about(rounds, quantity)) is not None)


def doubt_about(rounds: Sequence[Sample], quantity: Quantity) -> Doubt | None:
    """Return why a number of these rounds may not be ranked; ``None`` if it may."""
    flags = {flag for sample in rounds for flag in sample.flags}
    if not flags and not any(sample.disturbances for sample in rounds):
        return None
    by_prompt: dict[str, list[Sample]] = {}
    for sample in rounds:
        by_prompt.setdefault(sample.prompt_id, []).append(sample)
    groups = by_prompt.values()
    lost_time = ([not _LOST_TIME.isdisjoint(sample.disturbances) for sample in group] for group in groups)
    if quantity is not Quantity.MEMORY and any(map(_is_share, lost_time)):
        return Doubt(quantity=quantity, reason=CONCERNS[TIME_TAKEN].reason)
    for flag, concern in CONCERNS.items():
        if flag not in flags:
            continue
        flagged = ([flag in sample.flags for sample in group] for group in groups)
        if quantity in concern.quantities and any(map(_is_share, flagged)):
            return Doubt(quantity=quantity, reason=concern.reason, cached=flag in _OF_CACHE)
    return None


def reason_of_sample(sample: Sample, quantity: Quantity) -> str:
    """Return why a number of one request is in doubt, in words that follow "because"; empty if it is not."""
    return reason_of_flags(sample.flags, quantity) or ("other programs were busy" if sample.disturbances else "")


def reason_of_flags(flags: Collection[str], quantity: Quantity) -> str:
    """Return what these flags have against a number, in words that follow "because"; empty if they have nothing."""
    own = (concern.reason for flag, concern in CONCERNS.items() if flag in flags and quantity in concern.quantities)
    return next(own, "")


def flags_of_all(rounds: Sequence[Sample]) -> tuple[str, ...]:
    """Return the flags of these rounds, and that time was taken away from one of them, for marks beside the numbers."""
    flags = dict.fromkeys(flag for sample in rounds for flag in sample.flags)
    if any(not _LOST_TIME.isdisjoint(sample.disturbances) for sample in rounds):
        flags[TIME_TAKEN] = None
    return tuple(flags)


def are_comparable(before: Doubt | None, after: Doubt | None) -> bool:
    """Return whether a number of two runs of one model can be held against each other.

    Both are without doubt, or both of prompts from a cache. The memory of a whole server can be held against its own of
    an earlier run, also of one that did not note yet whose it is.
    """
    if any(doubt is not None and doubt.quantity is Quantity.MEMORY for doubt in (before, after)):
        return True
    if before is None or after is None:
        return before is after
    return before.cached and after.cached


def _is_share(doubted: Sequence[bool]) -> bool:
    return sum(doubted) >= DOUBTED_SHARE * len(doubted)
