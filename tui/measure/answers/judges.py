"""Judging the judges: whether a model that rates answers can be trusted.

A judge is trusted if its weighted kappa with people is 0.4 or more (where Landis and Koch, 1977, begin to speak of
moderate agreement) on at least 9 answers, that is three models on three prompts, and if it shows none of the known
biases. Scores drawn by lot still reach 0.4 on 9 answers about once in ten times, so more answers are better; on 5
answers they would reach it once in six times.
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
"""The number of answers rated by the judge and by people that kappa needs."""
MIN_KAPPA: Final = 0.4
"""The agreement with people from which on a judge can be trusted."""
_MIN_CASES: Final = 3
"""The number of cases below which no bias is claimed."""
_MIN_SCORES: Final = 5
"""The number of scores below which a judge is not said to give one score only."""
_NEARLY_ALL: Final = 0.9
"""The share of equal scores from which on a judge is said to give one score only."""
_SIGNIFICANCE: Final = 0.05
_AS_PEOPLE: Final = 0.25
"""A preference for length is excused if people have it too, in at most this much smaller a share of the pairs."""
_FAR_APART: Final = 2
"""The difference of two scores of one answer from which on their mean says nothing."""
_OWN_POINTS: Final = 1.0
"""The number of points by which a judge may favour its own answers more than people do."""
_REPLY_FORMS: Final = {
    ReplyForm.CONSTRAINED: "its engine held its replies to JSON",
    ReplyForm.PARSED: "its engine did not hold its replies to JSON, and they were read strictly,",
    ReplyForm.IGNORED: "its engine took the form of JSON asked for and did not keep to it,",
}

DEFINITIONS: Final[tuple[tuple[str, str], ...]] = (
    ("facets", "the share of the expected things that are in the answer, of those that can be decided"),
    ("score", "1 to 5 by the prompt's rubric, the mean over raters; as a share of 100 %: (score - 1) / 4"),
    (
        "judge's score",
        "the mean of two scores, one with the rubric from 1 to 5 and one from 5 to 1; none if they are 2 or more apart",
    ),
    (
        "kappa",
        "how well a judge agrees with the mean of people's scores on the same answers, beyond chance (Cohen's weighted "
        "kappa, quadratic weights): 1 - sum (x - y)^2 / what chance gives with these scores",
    ),
    (
        "trusted",
        f"a judge with a kappa of {MIN_KAPPA} or more on at least {MIN_COMMON_ANSWERS} answers and no bias: "
        "to a position (more than half of 3 or more pairs turn with their order), to a length (sign test below 5 %, "
        "where people do not prefer it too), to one score (9 of 10), to itself, or to the order of the rubric",
    ),
)


@dataclass(frozen=True, slots=True)
class _Preference:
    """A pair of answers of which the judge preferred the same one in both orders."""

    better: str
    worse: str
    is_longer: bool
    """Whether the better answer is the longer one."""


def weighted_kappa(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Compute Cohen's weighted kappa with quadratic weights (Cohen 1968) of ``(score, other score)`` on each answer.

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
    return 1 - fmean((our - their) ** 2 for our, their in pairs) / by_chance


def too_far_apart(in_order: int, turned: int) -> bool:
    """Tell whether two scores that a judge gave one answer differ so much that their mean says nothing."""
    return abs(in_order - turned) >= _FAR_APART


def track_record(judge: str, ratings: Iterable[Rating], pairings: Sequence[Pairing]) -> TrackRecord:
    """Check a judge against people and for the known biases.

    ``ratings`` are those of the judge and of people, ``pairings`` those of the judge, both in the order of time.
    """
    latest = latest_ratings(ratings)
    own = [rating for rating in latest if rating.kind is RaterKind.JUDGE and rating.rater == judge]
    people = _mean_human_scores(latest)
    scored = [rating for rating in own if rating.score is not None]
    common = [(_score(rating), people[rating.answer_id]) for rating in scored if rating.answer_id in people]
    kappa = weighted_kappa(common) if len(common) >= MIN_COMMON_ANSWERS else None
    checks = (
        _check_unusable(own),
        _check_place(pairings),
        _check_length(_preferences(pairings), people),
        _check_one_score(scored, people),
        _check_rubric_order(own),
        _check_itself(scored, people),
    )
    biases = tuple(check for check in checks if check is not None)
    reasons = [check.words for check in biases if check.found]
    reasons += _disagreement(len(common), kappa)
    return TrackRecord(
        judge=judge,
        rated=len(scored),
        unrated=len(own) - len(scored),
        common=len(common),
        kappa=kappa,
        biases=biases,
        reasons=tuple(reasons),
        replies=_describe_replies(own),
    )


def trust_sentence(record: TrackRecord) -> str:
    """Say in one sentence whether the judge is trusted, and why."""
    if record.trusted:
        shown = units.mark(record.kappa)
        return f"{record.judge} is trusted: kappa {shown} with people, on {record.common} answers."
    return f"{record.judge} is not trusted: {'; '.join(record.reasons)}."


def observations(record: TrackRecord) -> tuple[str, ...]:
    """List, a sentence each, the biases that were checked and not found, and the way in which the judge replied."""
    sentences = [*(check.words for check in record.biases if not check.found), record.replies]
    return tuple(f"{sentence[:1].upper()}{sentence[1:]}." for sentence in sentences if sentence)


def _score(rating: Rating) -> float:
    return float(rating.score or 0)


def _mean_human_scores(ratings: Iterable[Rating]) -> dict[str, float]:
    scores: dict[str, list[float]] = {}
    for rating in ratings:
        if rating.kind is RaterKind.HUMAN and rating.score is not None:
            scores.setdefault(rating.answer_id, []).append(rating.score)
    return {answer_id: fmean(of_answer) for answer_id, of_answer in scores.items()}


def _disagreement(common: int, kappa: float | None) -> list[str]:
    if common < MIN_COMMON_ANSWERS:
        return [f"people have rated {common} of its answers, and {MIN_COMMON_ANSWERS} are needed to check it"]
    if kappa is None:
        return ["all scores are the same, so that no agreement can be told"]
    if kappa < MIN_KAPPA:
        shown = units.mark(kappa)
        return [f"it does not agree with people: kappa {shown} on {common} answers, below {MIN_KAPPA}"]
    return []


def _describe_replies(own: Sequence[Rating]) -> str:
    """Say how the replies of a judge came to be JSON, with the number of answers for each way."""
    forms = Counter(rating.replied for rating in own if rating.replied is not None)
    return "; ".join(
        f"{_REPLY_FORMS[form]} on {_count_of(forms[form], forms.total(), 'answer')}"
        for form in ReplyForm
        if forms[form]
    )


def _check_unusable(own: Sequence[Rating]) -> BiasCheck | None:
    failed = [rating for rating in own if rating.score is None]
    if not failed:
        return None
    reason, _ = Counter(rating.reason for rating in failed).most_common(1)[0]
    return BiasCheck(
        kind=BiasKind.UNUSABLE,
        found=len(own) >= _MIN_CASES and len(failed) > len(own) / 2,
        words=f"it left {_count_of(len(failed), len(own), 'answer')} without a score, mostly since {reason}",
    )


def _in_both_orders(pairings: Sequence[Pairing]) -> list[tuple[Pairing, Pairing]]:
    """Join the latest usable pairing of two answers in one order with that in the other order."""
    latest = {(pairing.first_id, pairing.second_id): pairing for pairing in pairings if pairing.preferred is not None}
    return [
        (pairing, latest[second, first])
        for (first, second), pairing in latest.items()
        if first < second and (second, first) in latest
    ]


def _check_place(pairings: Sequence[Pairing]) -> BiasCheck | None:
    both = _in_both_orders(pairings)
    if not both:
        return None
    same = Counter(pairing.preferred for pairing, turned in both if pairing.preferred is turned.preferred)
    place = max((Preferred.FIRST, Preferred.SECOND), key=lambda preferred: same[preferred])
    return BiasCheck(
        kind=BiasKind.PLACE,
        found=len(both) >= _MIN_CASES and same[place] > len(both) / 2,
        words=f"it preferred what is shown {place.value} in both orders in {_count_of(same[place], len(both), 'pair')}",
    )


def _preferences(pairings: Sequence[Pairing]) -> list[_Preference]:
    """List the pairs of different length of which the judge preferred the same answer in both orders."""
    preferences: list[_Preference] = []
    for pairing, turned in _in_both_orders(pairings):
        if {pairing.preferred, turned.preferred} != {Preferred.FIRST, Preferred.SECOND}:
            continue
        if pairing.first_characters == pairing.second_characters:
            continue
        ids = (pairing.first_id, pairing.second_id)
        first_is_better = pairing.preferred is Preferred.FIRST
        better, worse = ids if first_is_better else (ids[1], ids[0])
        first_is_longer = pairing.first_characters > pairing.second_characters
        preferences.append(_Preference(better, worse, first_is_better is first_is_longer))
    return preferences


def _check_length(preferences: Sequence[_Preference], people: Mapping[str, float]) -> BiasCheck | None:
    if not preferences:
        return None
    longer = sum(pair.is_longer for pair in preferences)
    word, count = ("longer", longer) if longer * 2 >= len(preferences) else ("shorter", len(preferences) - longer)
    people_prefer_it = [
        (people[pair.better] > people[pair.worse]) is (pair.is_longer is (word == "longer"))
        for pair in preferences
        if pair.better in people and pair.worse in people and people[pair.better] != people[pair.worse]
    ]
    enough = len(people_prefer_it) >= _MIN_CASES
    excused = enough and fmean(people_prefer_it) >= count / len(preferences) - _AS_PEOPLE
    by_people = f"; people in {sum(people_prefer_it)} of {len(people_prefer_it)}" if people_prefer_it else ""
    return BiasCheck(
        kind=BiasKind.LENGTH,
        found=_sign_test(count, len(preferences)) < _SIGNIFICANCE and not excused,
        words=f"it preferred the {word} answer in {_count_of(count, len(preferences), 'pair')}{by_people}",
    )


def _sign_test(count: int, total: int) -> float:
    """Compute the two-sided p-value of the sign test: a coin falls to one side at least ``count`` of ``total`` times.

    ``2 sum_{k >= count} C(total, k) / 2^total``, at most 1; ``count`` is at least half of ``total``.
    """
    return min(1.0, 2 * sum(comb(total, successes) for successes in range(count, total + 1)) / 2**total)


def _check_one_score(scored: Sequence[Rating], people: Mapping[str, float]) -> BiasCheck | None:
    if not scored:
        return None
    score, count = Counter(rating.score for rating in scored).most_common(1)[0]
    theirs = Counter(people[rating.answer_id] for rating in scored if rating.answer_id in people)
    agreed = theirs.total() >= _MIN_SCORES and max(theirs.values()) >= _NEARLY_ALL * theirs.total()
    return BiasCheck(
        kind=BiasKind.ONE_SCORE,
        found=len(scored) >= _MIN_SCORES and count >= _NEARLY_ALL * len(scored) and not agreed,
        words=f"it gave {units.mark(score)} to {_count_of(count, len(scored), 'answer')}",
    )


def _check_rubric_order(own: Sequence[Rating]) -> BiasCheck | None:
    scores = [
        (rating.in_order, rating.turned) for rating in own if rating.in_order is not None and rating.turned is not None
    ]
    if not scores:
        return None
    moved = sum(too_far_apart(in_order, turned) for in_order, turned in scores)
    return BiasCheck(
        kind=BiasKind.RUBRIC_ORDER,
        found=len(scores) >= _MIN_CASES and moved > len(scores) / 2,
        words=f"its score moved by 2 or more with the scale turned round, in {_count_of(moved, len(scores), 'answer')}",
    )


def _check_itself(scored: Sequence[Rating], people: Mapping[str, float]) -> BiasCheck | None:
    """Check whether a judge favours its own answers over those of others to the same prompts, more than people do."""
    favour = _favour_of_own([(rating, _score(rating)) for rating in scored])
    if favour is None:
        return None
    by_people = _favour_of_own([(rating, people[rating.answer_id]) for rating in scored if rating.answer_id in people])
    reason = ", which may be deserved" if by_people is None else f"; people give them {units.signed_marks(by_people)}"
    return BiasCheck(
        kind=BiasKind.ITSELF,
        found=by_people is not None and favour - by_people >= _OWN_POINTS,
        words=f"it gave its own answers {units.signed_marks(favour)} points against those of others{reason}",
    )


def _favour_of_own(scores: Sequence[tuple[Rating, float]]) -> float | None:
    """Average over the prompts the mean score of the judge's own answers less that of the answers of others."""
    by_prompt: dict[str, tuple[list[float], list[float]]] = {}
    for rating, score in scores:
        by_prompt.setdefault(rating.prompt_id, ([], []))[rating.key != rating.rater].append(score)
    differences = [fmean(own) - fmean(others) for own, others in by_prompt.values() if own and others]
    return fmean(differences) if differences else None


def _count_of(count: int, total: int, noun: str) -> str:
    return f"{count} of {total} {noun}{'' if total == 1 else 's'}"
