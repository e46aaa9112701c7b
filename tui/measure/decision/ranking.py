"""Candidates, weights and limits -> a ranking, what it rests on, and what would turn it.

The whole score is ``sum(weight x score) / sum(weight)`` over the dimensions that are known of every candidate: one that
is missing of some would else help or harm by its absence. What it could change is told by a range instead: ``low`` and
``high`` count every dimension that is known of some candidate, with 0 and with 1 where it is missing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from tui.measure.answers.pass_rates import share_differences
from tui.measure.decision import licences
from tui.measure.decision.gaps import gaps_to_first
from tui.measure.decision.scores import LEAST_VOTES, SAME, Scores, ScoreTable, known_score, score_table, shares
from tui.records.comparison import left_out
from tui.records.decision import (
    Candidate,
    Choice,
    Dimension,
    Excluded,
    Limits,
    MissingDimension,
    OtherQuality,
    QualitySource,
    Ranked,
    ScatterPoint,
    ScorePart,
    TippingPoint,
)
from tui.records.grading.rates import RateDifference
from tui.text import units


def choose(candidates: Sequence[Candidate], weights: Mapping[Dimension, float], limits: Limits | None = None) -> Choice:
    """Rank the candidates that did not fail and keep the limits; ``weights`` need not sum to anything."""
    limits = limits or Limits()
    reasons = {
        candidate.key: candidate.failure or candidate.unavailable or _broken_limit(candidate, limits)
        for candidate in candidates
    }
    reasons = _with_doubts(reasons, [each for each in candidates if not reasons[each.key]], weights)
    table = score_table([candidate for candidate in candidates if not reasons[candidate.key]])
    counted = {
        dimension: weights.get(dimension, 0.0)
        for dimension in Dimension
        if table.candidates and table.known_of_all(dimension)
    }
    ranking = _ranking(table, weights, counted) if sum(counted.values()) > 0 else ()
    return Choice(
        weights=dict(weights),
        limits=limits,
        ranking=ranking,
        excluded=tuple(Excluded(key=key, reason=reason) for key, reason in reasons.items() if reason),
        missing=tuple(_missing(table)),
        turns=tuple(_turns(table, ranking, counted)) if len(ranking) > 1 else (),
        gaps=gaps_to_first(table, ranking, counted) if len(ranking) > 1 else (),
        spots=_spots(table),
        quality_source=table.source,
        quality_prompts=table.prompts,
        quality_differences=_quality_differences(table, ranking),
        quality_from=_quality_words(table, table.source),
        other_quality=tuple(_other_quality(table)),
        too_few=table.too_few,
        few_votes=_few_votes(table),
        launches=min((candidate.ttft_ms.launches for candidate in table.candidates if candidate.ttft_ms), default=0),
        requests=sum(candidate.requests for candidate in table.candidates),
        disturbed=sum(candidate.disturbed for candidate in table.candidates),
        otherwise=tuple(
            Excluded(key=candidate.key, reason=", ".join(candidate.otherwise))
            for candidate in table.candidates
            if candidate.otherwise
        ),
    )


def _quality_words(table: ScoreTable, source: QualitySource | None) -> str:
    """Name an origin of quality; where the candidates' runs differ in it, each is named once."""
    if source is None:
        return ""
    words = (candidate.quality_details.get(source, source.value) for candidate in table.candidates)
    return "; ".join(dict.fromkeys(words))


def _few_votes(table: ScoreTable) -> int | None:
    """Return the votes on the model with the fewest, if votes are the quality and are fewer than enough."""
    votes = min(
        (candidate.votes for candidate in table.candidates if shares(candidate, QualitySource.VOTES)), default=0
    )
    return votes if table.source is QualitySource.VOTES and votes < LEAST_VOTES else None


def _other_quality(table: ScoreTable) -> Iterable[OtherQuality]:
    """Tell which models are best by the origins that do not count but are known of every candidate."""
    if table.source is None or len(table.candidates) < 2:
        return
    for source in QualitySource:
        known = {candidate.key: shares(candidate, source) for candidate in table.candidates}
        first, *others = known.values()
        common = [prompt for prompt in first if all(prompt in of_model for of_model in others)]
        if source is table.source or not common:
            continue
        means = {key: sum(of_model[prompt] for prompt in common) / len(common) for key, of_model in known.items()}
        most = max(means.values())
        best = tuple(key for key, mean in means.items() if most - mean <= SAME)
        yield OtherQuality(source=source, words=_quality_words(table, source), best=best, share=most)


def _quality_differences(table: ScoreTable, ranking: Sequence[Ranked]) -> tuple[RateDifference, ...]:
    """Compare the quality of the first with that of each other model; votes are of no single prompt."""
    if table.source is None or table.source is QualitySource.VOTES or len(ranking) < 2:
        return ()
    by_key = {candidate.key: shares(candidate, table.source) for candidate in table.candidates}
    known = {key: {one: of_model[one] for one in table.prompts if one in of_model} for key, of_model in by_key.items()}
    pairs = [(ranking[0].key, other.key) for other in ranking[1:]]
    return share_differences(pairs, known, family=len(ranking) * (len(ranking) - 1) // 2)


def _broken_limit(candidate: Candidate, limits: Limits) -> str:
    """Which limit it does not keep, in words; empty where it keeps them all."""
    ttft = candidate.ttft_ms.value if candidate.ttft_ms else None
    if limits.ttft_ms is not None and (doubt := candidate.doubts.get(Dimension.LATENCY)):
        return f"its TTFT cannot be held against the limit, because {doubt.reason}"
    of_numbers = (
        ("memory", candidate.memory_bytes, limits.memory_bytes, units.size),
        ("size on the disk", candidate.origin.disk_bytes, limits.disk_bytes, units.size),
        ("TTFT", ttft, limits.ttft_ms, units.milliseconds),
    )
    for name, value, limit, shown in of_numbers:
        if limit is not None and value is None:
            return f"its {name} is not known, and there is a limit on it"
        if limit is not None and value is not None and value > limit:
            return f"its {name} of {shown(value)} is beyond the limit of {shown(limit)}"
    if not limits.licences:
        return ""
    licence = candidate.origin.licence
    if licence is None:
        return "its licence is not known, and there is a list of them"
    allowed = {licences.normalised(name) for name in limits.licences}
    return "" if licences.normalised(licence) in allowed else f"its licence {licence} is not in the list"


def _with_doubts(
    reasons: Mapping[str, str], candidates: Sequence[Candidate], weights: Mapping[Dimension, float]
) -> dict[str, str]:
    """Leave out the candidates whose number in a dimension that has a weight is in doubt."""
    found = dict(reasons)
    for dimension in (each for each in Dimension if weights.get(each)):
        doubts = {candidate.key: candidate.doubts.get(dimension) for candidate in candidates}
        for key, reason in left_out(doubts).items():
            found[key] = found[key] or f"its {dimension.value} cannot be ranked, because {reason}"
    return found


def _ranking(
    table: ScoreTable, weights: Mapping[Dimension, float], counted: Mapping[Dimension, float]
) -> tuple[Ranked, ...]:
    total = sum(counted.values())
    partly = {each: weights.get(each, 0.0) for each in Dimension if table.known_of_some(each)}
    found: list[Ranked] = []
    for candidate in table.candidates:
        scores, values = table.scores[candidate.key], table.values[candidate.key]
        parts = tuple(
            ScorePart(
                dimension=each,
                value=values[each],
                score=scores[each],
                contribution=known_score(scores[each]) * counted[each] / total if each in counted else None,
                doubt=candidate.doubts.get(each),
            )
            for each in Dimension
        )
        found.append(
            Ranked(
                key=candidate.key,
                rank=1,
                score=sum(part.contribution for part in parts if part.contribution is not None),
                low=_with_missing(scores, partly, 0.0),
                high=_with_missing(scores, partly, 1.0),
                parts=parts,
                flags=candidate.flags,
            )
        )
    return _with_ranks(sorted(found, key=lambda model: -model.score))


def _with_ranks(ordered: Sequence[Ranked]) -> tuple[Ranked, ...]:
    ranks: list[int] = []
    for index, model in enumerate(ordered):
        tied = index > 0 and abs(ordered[index - 1].score - model.score) <= SAME
        ranks.append(ranks[-1] if tied else index + 1)
    return tuple(replace(model, rank=rank) for model, rank in zip(ordered, ranks, strict=True))


def _with_missing(scores: Scores, weights: Mapping[Dimension, float], missing: float) -> float:
    pairs = ((weight, scores[each]) for each, weight in weights.items())
    return sum(weight * (missing if score is None else score) for weight, score in pairs) / sum(weights.values())


def _missing(table: ScoreTable) -> Iterable[MissingDimension]:
    for dimension in Dimension:
        keys = tuple(key for key, scores in table.scores.items() if scores[dimension] is None)
        if keys:
            yield MissingDimension(dimension=dimension, keys=keys, everywhere=not table.known_of_some(dimension))


def _turns(table: ScoreTable, ranking: Sequence[Ranked], counted: Mapping[Dimension, float]) -> Iterable[TippingPoint]:
    """For each dimension the nearest weight below and above its own at which another model is first.

    With the other weights as they are, the sum ``weight x score`` of each model is a line over the one weight, so that
    first ``w* = -(rest of A - rest of B) / (score of A - score of B)`` tells where A and B are level. What is crossed
    first is crossed by the next model to be first.
    """
    if ranking[1].rank == 1:
        return
    winner = table.scores[ranking[0].key]
    total = sum(counted.values())
    for dimension, weight in counted.items():
        rest = total - weight
        crossings: list[tuple[float, str]] = []
        for other in ranking[1:]:
            scores = table.scores[other.key]
            ahead = sum(
                counted[each] * (known_score(winner[each]) - known_score(scores[each]))
                for each in counted
                if each is not dimension
            )
            slope = known_score(winner[dimension]) - known_score(scores[dimension])
            at = -ahead / slope if abs(slope) > SAME else math.inf
            # A crossing at no weight at all is none: below it there is nothing.
            if SAME < at < math.inf and rest > 0:
                crossings.append((at, other.key))
        for side in (
            max((crossing for crossing in crossings if crossing[0] < weight), default=None),
            min((crossing for crossing in crossings if crossing[0] > weight), default=None),
        ):
            if side is not None:
                at, key = side
                yield TippingPoint(dimension=dimension, share=weight / total, at_share=at / (at + rest), winner=key)


def _spots(table: ScoreTable) -> tuple[ScatterPoint, ...]:
    """The models with both a quality and a rate that can be ranked, the best first."""
    points = [
        (candidate, rate, quality)
        for candidate in table.candidates
        if table.scores[candidate.key][Dimension.THROUGHPUT] is not None
        and (rate := table.values[candidate.key][Dimension.THROUGHPUT]) is not None
        and (quality := table.values[candidate.key][Dimension.QUALITY]) is not None
    ]
    return tuple(
        ScatterPoint(
            key=each.key,
            decode_tok_s=rate,
            quality=quality,
            memory_bytes=each.memory_bytes,
            on_front=not any(
                other_rate >= rate and other >= quality and (other_rate > rate or other > quality)
                for _, other_rate, other in points
            ),
            flags=each.flags,
        )
        for each, rate, quality in sorted(points, key=lambda spot: (-spot[2], -spot[1]))
    )
