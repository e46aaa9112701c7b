"""What models that judge have said -> whether they can be trusted: agreement with people, and what they go by instead.

A judge is trusted when its weighted kappa with people is 0.4 or more (from there on Landis and Koch, 1977, speak of
moderate agreement) on at least 9 answers, three models on three prompts, and none of its leanings is found. On so many
scores drawn by lot still reach 0.4 about once in ten times, so more is better; on five it would be once in six.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from statistics import fmean, pvariance
from typing import Final

from tui.measure.answers.quality import latest_ratings
from tui.records.judging import BiasCheck, BiasKind, Pairing, Preferred, TrackRecord
from tui.records.quality import RaterKind, Rating, ReplyForm
from tui.text import units

MIN_COMMON_ANSWERS: Final = 9
MIN_KAPPA: Final = 0.4
_LEAST_CASES: Final = 3
"""Fewer show no leaning."""
_LEAST_SCORES: Final = 5
_NEARLY_ALL: Final = 0.9
_SURE: Final = 0.05
_AS_PEOPLE: Final = 0.25
"""People who prefer the longer answer nearly as often, by this share of pairs, say that it is the better one."""
_FAR_APART: Final = 2
_OWN_POINTS: Final = 1.0
_WAYS: Final = {
    ReplyForm.CONSTRAINED: "its engine held its replies to JSON",
    ReplyForm.PARSED: "its engine did not hold its replies to JSON, and they were read strictly,",
    ReplyForm.IGNORED: "its engine took the form of JSON asked for and did not keep to it,",
}

DEFINITIONS: Final[tuple[tuple[str, str], ...]] = (
    ("facets", "expected things that are in the answer, of those that can be told"),
    ("score", "1 to 5 by the prompt's rubric, the mean over raters; as a share of 100 %: (score - 1) / 4"),
    (
        "judge's score",
        "the mean of two, with the rubric from 1 to 5 and from 5 to 1; none where they are 2 or more apart",
    ),
    (
        "kappa",
        "Cohen's weighted kappa, quadratic weights, of a judge with the mean of people's scores on the same answers: "
        "1 - sum (x - y)^2 / what chance gives with these scores",
    ),
    (
        "trusted",
        f"a judge with a kappa of {MIN_KAPPA} or more on at least {MIN_COMMON_ANSWERS} answers and no leaning: "
        "towards a place (more than half of 3 or more pairs turn with their order), a length (sign test below 5 %, "
        "where people do not prefer it too), one score (9 of 10), itself, or the order of the rubric",
    ),
)


@dataclass(frozen=True, slots=True)
class _Settled:
    """A pair in which both orders preferred the same answer."""

    better: str
    worse: str
    longer: bool
    """The better one is the longer one."""


def weighted_kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Cohen's weighted kappa with quadratic weights (Cohen 1968) of ``(score, other score)`` on the same answers.

    ``1 - sum_i (x_i - y_i)^2 / (1/n sum_i sum_j (x_i - y_j)^2)``: 1 is full agreement, 0 is what chance gives with
    these scores. The denominator equals ``n (var x + var y + (mean x - mean y)^2)`` with variances over n, so the
    scores may be means of several raters and need no categories. Returns ``None`` if there is no pair, or if all
    scores of both raters are the same.
    """
    if not pairs:
        return None
    ours, theirs = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    by_chance = pvariance(ours) + pvariance(theirs) + (fmean(ours) - fmean(theirs)) ** 2
    if by_chance == 0:
        return None
    return 1 - fmean((one - other) ** 2 for one, other in pairs) / by_chance


def too_far_apart(in_order: int, turned: int) -> bool:
    """Whether two scores of one answer are too far from each other to have a mean that says anything."""
    return abs(in_order - turned) >= _FAR_APART


def track_record(judge: str, ratings: Iterable[Rating], pairings: Sequence[Pairing]) -> TrackRecord:
    """The judge by its own ratings and those of people among ``ratings``, and by its pairings, in the order of time."""
    counted = latest_ratings(ratings)
    own = [each for each in counted if each.kind is RaterKind.JUDGE and each.rater == judge]
    people = _people(counted)
    scored = [each for each in own if each.score is not None]
    common = [(float(each.score or 0), people[each.answer_id]) for each in scored if each.answer_id in people]
    kappa = weighted_kappa(common) if len(common) >= MIN_COMMON_ANSWERS else None
    leans = tuple(
        lean
        for lean in (
            _unusable(own),
            _place(pairings),
            _length(_settled(pairings), people),
            _one_score(scored, people),
            _rubric_order(own),
            _itself(scored, people),
        )
        if lean is not None
    )
    reasons = [lean.words for lean in leans if lean.found]
    reasons += _disagreement(len(common), kappa)
    return TrackRecord(
        judge=judge,
        rated=len(scored),
        unrated=len(own) - len(scored),
        common=len(common),
        kappa=kappa,
        biases=leans,
        reasons=tuple(reasons),
        replies=_replies(own),
    )


def trust_sentence(standing: TrackRecord) -> str:
    """One sentence: whether the judge is trusted, and why."""
    if standing.trusted:
        shown = units.mark(standing.kappa)
        return f"{standing.judge} is trusted: kappa {shown} with people, on {standing.common} answers."
    return f"{standing.judge} is not trusted: {'; '.join(standing.reasons)}."


def observations(standing: TrackRecord) -> tuple[str, ...]:
    """What was looked for in its judging and not found to matter, and how it replied: a sentence each."""
    seen = [*(lean.words for lean in standing.biases if not lean.found), standing.replies]
    return tuple(f"{words[:1].upper()}{words[1:]}." for words in seen if words)


def _people(ratings: Iterable[Rating]) -> dict[str, float]:
    """The mean of people's scores of each answer."""
    found: dict[str, list[float]] = {}
    for rating in ratings:
        if rating.kind is RaterKind.HUMAN and rating.score is not None:
            found.setdefault(rating.answer_id, []).append(rating.score)
    return {answer: fmean(scores) for answer, scores in found.items()}


def _disagreement(common: int, kappa: float | None) -> list[str]:
    if common < MIN_COMMON_ANSWERS:
        return [f"people have rated {common} of its answers, and {MIN_COMMON_ANSWERS} are needed to check it"]
    if kappa is None:
        return ["all scores are the same, so that no agreement can be told"]
    if kappa < MIN_KAPPA:
        shown = units.mark(kappa)
        return [f"it does not agree with people: kappa {shown} on {common} answers, below {MIN_KAPPA}"]
    return []


def _replies(own: Sequence[Rating]) -> str:
    """How they came to be JSON, answer by answer."""
    ways = Counter(each.replied for each in own if each.replied is not None)
    return "; ".join(f"{_WAYS[way]} on {_of(ways[way], ways.total(), 'answer')}" for way in ReplyForm if ways[way])


def _unusable(own: Sequence[Rating]) -> BiasCheck | None:
    failed = [each for each in own if each.score is None]
    if not failed:
        return None
    reason, _ = Counter(each.reason for each in failed).most_common(1)[0]
    return BiasCheck(
        kind=BiasKind.UNUSABLE,
        found=len(own) >= _LEAST_CASES and len(failed) > len(own) / 2,
        words=f"it left {_of(len(failed), len(own), 'answer')} without a score, mostly since {reason}",
    )


def _in_both_orders(pairings: Sequence[Pairing]) -> list[tuple[Pairing, Pairing]]:
    """The last usable word on each pair in one order, and in the other."""
    said = {(pairing.first_id, pairing.second_id): pairing for pairing in pairings if pairing.preferred is not None}
    return [
        (each, said[second, first])
        for (first, second), each in said.items()
        if first < second and (second, first) in said
    ]


def _place(pairings: Sequence[Pairing]) -> BiasCheck | None:
    both = _in_both_orders(pairings)
    if not both:
        return None
    kept = Counter(one.preferred for one, other in both if one.preferred is other.preferred)
    place = max((Preferred.FIRST, Preferred.SECOND), key=lambda each: kept[each])
    return BiasCheck(
        kind=BiasKind.PLACE,
        found=len(both) >= _LEAST_CASES and kept[place] > len(both) / 2,
        words=f"it preferred what is shown {place.value} in both orders in {_of(kept[place], len(both), 'pair')}",
    )


def _settled(pairings: Sequence[Pairing]) -> list[_Settled]:
    found: list[_Settled] = []
    for one, other in _in_both_orders(pairings):
        if {one.preferred, other.preferred} != {Preferred.FIRST, Preferred.SECOND}:
            continue
        if one.first_characters == one.second_characters:
            continue
        first = one.preferred is Preferred.FIRST
        better, worse = (one.first_id, one.second_id) if first else (one.second_id, one.first_id)
        found.append(_Settled(better, worse, first is (one.first_characters > one.second_characters)))
    return found


def _length(settled: Sequence[_Settled], people: Mapping[str, float]) -> BiasCheck | None:
    if not settled:
        return None
    longer = sum(each.longer for each in settled)
    word, count = ("longer", longer) if longer * 2 >= len(settled) else ("shorter", len(settled) - longer)
    told = [
        (people[each.better] > people[each.worse]) is (each.longer is (word == "longer"))
        for each in settled
        if each.better in people and each.worse in people and people[each.better] != people[each.worse]
    ]
    excused = len(told) >= _LEAST_CASES and fmean(told) >= count / len(settled) - _AS_PEOPLE
    by_people = f"; people in {sum(told)} of {len(told)}" if told else ""
    return BiasCheck(
        kind=BiasKind.LENGTH,
        found=_by_chance(count, len(settled)) < _SURE and not excused,
        words=f"it preferred the {word} answer in {_of(count, len(settled), 'pair')}{by_people}",
    )


def _by_chance(count: int, total: int) -> float:
    """Two-sided sign test: how often a coin falls to one side at least ``count`` times of ``total``."""
    return min(1.0, 2 * sum(comb(total, each) for each in range(count, total + 1)) / 2**total)


def _one_score(scored: Sequence[Rating], people: Mapping[str, float]) -> BiasCheck | None:
    if not scored:
        return None
    score, count = Counter(each.score for each in scored).most_common(1)[0]
    theirs = Counter(people[each.answer_id] for each in scored if each.answer_id in people)
    agreed = theirs.total() >= _LEAST_SCORES and max(theirs.values()) >= _NEARLY_ALL * theirs.total()
    return BiasCheck(
        kind=BiasKind.ONE_SCORE,
        found=len(scored) >= _LEAST_SCORES and count >= _NEARLY_ALL * len(scored) and not agreed,
        words=f"it gave {units.mark(score)} to {_of(count, len(scored), 'answer')}",
    )


def _rubric_order(own: Sequence[Rating]) -> BiasCheck | None:
    twice = [(each.in_order, each.turned) for each in own if each.in_order is not None and each.turned is not None]
    if not twice:
        return None
    moved = sum(too_far_apart(in_order, turned) for in_order, turned in twice)
    return BiasCheck(
        kind=BiasKind.RUBRIC_ORDER,
        found=len(twice) >= _LEAST_CASES and moved > len(twice) / 2,
        words=f"its score moved by 2 or more when the rubric was turned, in {_of(moved, len(twice), 'answer')}",
    )


def _itself(scored: Sequence[Rating], people: Mapping[str, float]) -> BiasCheck | None:
    """Its own answers against those of others to the same prompts; what people say of the same answers is taken off."""
    more = _own_points([(each, float(each.score or 0)) for each in scored])
    if more is None:
        return None
    theirs = _own_points([(each, people[each.answer_id]) for each in scored if each.answer_id in people])
    by_people = f"; people give them {units.signed_marks(theirs)}" if theirs is not None else ", which may be deserved"
    return BiasCheck(
        kind=BiasKind.ITSELF,
        found=theirs is not None and more - theirs >= _OWN_POINTS,
        words=f"it gave its own answers {units.signed_marks(more)} points against those of others{by_people}",
    )


def _own_points(scores: Sequence[tuple[Rating, float]]) -> float | None:
    by_prompt: dict[str, tuple[list[float], list[float]]] = {}
    for rating, score in scores:
        by_prompt.setdefault(rating.prompt_id, ([], []))[rating.key != rating.rater].append(score)
    found = [fmean(own) - fmean(others) for own, others in by_prompt.values() if own and others]
    return fmean(found) if found else None


def _of(count: int, total: int, what: str) -> str:
    return f"{count} of {total} {what}{'' if total == 1 else 's'}"
