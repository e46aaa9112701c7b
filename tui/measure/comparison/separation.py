"""The models of one run against each other: how they rank, and which neighbours the data tells apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from tui.measure.comparison.compare import HEADLINES, measured_values
from tui.measure.comparison.pairs import slowdown, slowdown_outcome
from tui.measure.doubt import doubt_about
from tui.measure.statistics.intervals import Estimate, Ratio, estimate, ratio
from tui.measure.statistics.multiple_comparisons import corrected_levels
from tui.measure.timing.summary import rounds_of
from tui.records import RunRecord
from tui.records.comparison import Outcome, Quantity, Separation, left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ranked:
    key: str
    estimate: Estimate


def separations(run: RunRecord, keys: Sequence[str]) -> tuple[Separation, ...]:
    """The models of one run, ranked by each number: whether each can be told from the next, all corrected together.

    With one launch a model this is about its rounds only, and each of these says so.
    """
    pairs = [
        (quantity, better, worse) for quantity in HEADLINES for better, worse in pairwise(_ranked(run, keys, quantity))
    ]
    ratios = [ratio(better.estimate, worse.estimate) for _, better, worse in pairs]
    levels = corrected_levels([found.probability for found in ratios])
    return tuple(_separation(*pair, found, level) for pair, found, level in zip(pairs, ratios, levels, strict=True))


def not_ranked(run: RunRecord, keys: Sequence[str], quantity: Quantity) -> dict[str, str]:
    """Which of these models take no part in the ranking of a number, each with the reason; see ``measure.doubt``."""
    rounds = {key: rounds_of(run, key) for key in keys}
    return left_out({key: doubt_about(samples, quantity) for key, samples in rounds.items() if samples})


def _ranked(run: RunRecord, keys: Sequence[str], quantity: Quantity) -> list[_Ranked]:
    """The best first, over the prompts that all of these models have."""
    without = not_ranked(run, keys, quantity)
    values = {key: measured_values(run, key, quantity) for key in keys if key not in without}
    values = {key: rows for key, rows in values.items() if rows}
    prompts = [{row.prompt_id for row in rows} for rows in values.values()]
    common = set[str]().union(*prompts).intersection(*prompts)
    estimates = [(key, estimate([row for row in rows if row.prompt_id in common])) for key, rows in values.items()]
    known = [_Ranked(key=key, estimate=found) for key, found in estimates if found is not None]
    return sorted(known, key=lambda model: model.estimate.value, reverse=quantity is Quantity.DECODE)


def _separation(quantity: Quantity, better: _Ranked, worse: _Ranked, found: Ratio, level: float) -> Separation:
    outcome, interval = slowdown_outcome(quantity, found, level)
    return Separation(
        quantity=quantity,
        better=better.key,
        worse=worse.key,
        slowdown=slowdown(quantity, worse.estimate.value / better.estimate.value),
        interval=interval,
        told_apart=outcome is not Outcome.NO_DIFFERENCE,
        launches=min(better.estimate.launches, worse.estimate.launches),
    )
