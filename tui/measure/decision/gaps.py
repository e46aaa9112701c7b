"""How sure it is that the first of a ranking is ahead, from the errors of what was measured."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.decision.scores import SAME, ScoreTable, known_score, shares
from tui.measure.statistics.multiple_comparisons import corrected_levels
from tui.measure.statistics.tails import t_quantile, t_two_sided
from tui.records.decision import Candidate, Dimension, Estimate, Gap, QualitySource, Ranked
from tui.records.statistics import Interval

_MANY: Final = 1e6
"""The degrees of freedom of a variance that is not estimated from a few values."""


@dataclass(frozen=True, slots=True)
class _Term:
    """A part of a gap's variance, with its degrees of freedom."""

    variance: float
    freedom: float


def gaps_to_first(table: ScoreTable, ranking: Sequence[Ranked], counted: Mapping[Dimension, float]) -> tuple[Gap, ...]:
    """The first against each other. The error of the gap is carried through the score's formula (delta method)."""
    by_key = {candidate.key: candidate for candidate in table.candidates}
    found: list[tuple[Ranked, float | None, float]] = []
    for other in ranking[1:]:
        terms = _terms(table, by_key[ranking[0].key], by_key[other.key], counted)
        error = None if terms is None else math.sqrt(sum(term.variance for term in terms))
        found.append((other, error, _freedom(terms or ())))
    gaps = [ranking[0].score - other.score for other, _, _ in found]
    chances = [_probability(gap, error, freedom) for gap, (_, error, freedom) in zip(gaps, found, strict=True)]
    # The first is picked by the same data, so the family is every pair of models and not only the pairs with the first.
    pairs = len(ranking) * (len(ranking) - 1) // 2
    levels = corrected_levels([*chances, *[1.0] * (pairs - len(chances))])[: len(chances)]
    return tuple(
        _gap(other.key, gap, error, freedom, level)
        for gap, (other, error, freedom), level in zip(gaps, found, levels, strict=True)
    )


def _gap(key: str, gap: float, error: float | None, freedom: float, level: float) -> Gap:
    if error is None:
        return Gap(key=key, gap=gap, interval=None, told_apart=False)
    reach = t_quantile((1 + level) / 2, freedom) * error if error else 0.0
    # No two scores are further apart than 0 and 1.
    interval = Interval(low=max(-1.0, gap - reach), high=min(1.0, gap + reach), level=level)
    return Gap(key=key, gap=gap, interval=interval, told_apart=interval.low > SAME)


def _probability(gap: float, error: float | None, freedom: float) -> float:
    """Of a gap at least this wide, were there none."""
    if error is None:
        return 1.0
    if error == 0:
        return 0.0 if abs(gap) > SAME else 1.0
    return t_two_sided(gap / error, freedom)


def _terms(
    table: ScoreTable, first: Candidate, second: Candidate, counted: Mapping[Dimension, float]
) -> tuple[_Term, ...] | None:
    """What the gap of two models varies by; ``None`` where something that counts was not repeated.

    Memory, size and licence are taken as they are.
    """
    total = sum(counted.values())
    terms: list[_Term] = []
    for dimension, weight in counted.items():
        if not weight:
            continue
        if dimension is Dimension.QUALITY:
            found = _quality_terms(table, first, second)
        elif dimension in (Dimension.LATENCY, Dimension.THROUGHPUT):
            found = _speed_terms(table, first, second, dimension)
        else:
            continue
        if found is None:
            return None
        terms += [_Term(term.variance * (weight / total) ** 2, term.freedom) for term in found]
    return tuple(terms)


def _quality_terms(table: ScoreTable, first: Candidate, second: Candidate) -> Sequence[_Term] | None:
    """The prompts are a sample of what will be asked: ``sd of the differences / sqrt(prompts)``.

    A prompt more for each side is counted (Bonett & Price 2012), so that the error does not vanish where the models
    happen to differ alike on a few prompts.
    """
    if table.source is None:
        return None
    if table.source is QualitySource.VOTES:
        if first.vote_error is None or second.vote_error is None:
            return None
        # A vote for one is a vote against the other, so the errors add up at worst.
        return [_Term((first.vote_error + second.vote_error) ** 2, _MANY)]
    ours, theirs = shares(first, table.source), shares(second, table.source)
    differences = [ours[prompt] - theirs[prompt] for prompt in table.prompts]
    count = len(differences)
    if count < 2:
        return None
    mean = sum(differences) / (count + 2)
    variance = (sum(difference**2 for difference in differences) + 2) / (count + 2) - mean**2
    return [_Term(variance / (count + 2), count + 1)]


def _speed_terms(
    table: ScoreTable, first: Candidate, second: Candidate, dimension: Dimension
) -> Sequence[_Term] | None:
    """``score = best / value`` has the slope ``-score`` over the logarithm of the value, and ``score`` over the best's.

    Where the best is one of the two, both slopes meet in it. For a rate all signs are turned, which squares undo.
    """
    measured = {candidate.key: _measured(candidate, dimension) for candidate in table.candidates}
    values = {key: found.value for key, found in measured.items() if found is not None}
    best = (max if dimension is Dimension.THROUGHPUT else min)(values, key=lambda key: values[key])
    ours, theirs = (known_score(table.scores[each.key][dimension]) for each in (first, second))
    slopes = {first.key: -ours, second.key: theirs}
    slopes[best] = slopes.get(best, 0.0) + ours - theirs
    terms: list[_Term] = []
    for key, slope in slopes.items():
        found = measured[key]
        if abs(slope) <= SAME:
            continue
        if found is None or found.log_error is None:
            return None
        terms.append(_Term((slope * found.log_error) ** 2, found.freedom))
    return terms


def _measured(candidate: Candidate, dimension: Dimension) -> Estimate | None:
    return candidate.ttft_ms if dimension is Dimension.LATENCY else candidate.decode_tok_s


def _freedom(terms: Sequence[_Term]) -> float:
    """After Welch and Satterthwaite."""
    total = sum(term.variance for term in terms)
    below = sum(term.variance**2 / term.freedom for term in terms)
    return total**2 / below if below else 1.0
