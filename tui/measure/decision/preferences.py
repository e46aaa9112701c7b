"""Which of two models answered a prompt better, from the ratings of people and of judges.

Two ratings by the same rater of answers to the same prompt in one run make a pair: the higher score wins, an equal one
is a tie. Of a judge that has also compared the two answers directly, the comparisons count in place of the scores: the
answer that it preferred in both orders wins, and without one it is a tie.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from statistics import fmean

from tui.measure.answers.quality import latest_ratings
from tui.records.judging import Pairing, Preferred
from tui.records.quality import Answer, Preference, PreferenceSource, RaterKind, Rating

_Rater = tuple[PreferenceSource, str]
_Scores = Mapping[str, float]
_Compared = Mapping[tuple[str, str], int]
_SOURCES = {RaterKind.HUMAN: PreferenceSource.RATINGS, RaterKind.JUDGE: PreferenceSource.JUDGES}


def preferences(
    answers: Sequence[Answer], ratings: Iterable[Rating], pairings: Iterable[Pairing] = ()
) -> tuple[Preference, ...]:
    """List the pairs that the ratings and comparisons of the answers of one run make, both in the order of time."""
    scores = _scores(ratings)
    compared = _compared(pairings)
    found: list[Preference] = []
    for prompt_id in dict.fromkeys(answer.prompt_id for answer in answers):
        ids: dict[str, list[str]] = {}
        for answer in answers:
            if answer.prompt_id == prompt_id:
                for key in answer.keys:
                    ids.setdefault(key, []).append(answer.answer_id)
        for rater in sorted({*scores, *compared}):
            found += _of_rater(rater, prompt_id, ids, scores.get(rater, {}), compared.get(rater, {}))
    return tuple(found)


def distinct(found: Iterable[Preference]) -> tuple[Preference, ...]:
    """Keep each pair of the same answers once: where two runs have the same answers, they were rated once."""
    return tuple({(one.source, one.rater, one.keys, one.answer_ids): one for one in found}.values())


def _scores(ratings: Iterable[Rating]) -> dict[_Rater, dict[str, float]]:
    scores: dict[_Rater, dict[str, float]] = {}
    for rating in latest_ratings(ratings):
        if rating.score is not None:
            scores.setdefault((_SOURCES[rating.kind], rating.rater), {})[rating.answer_id] = float(rating.score)
    return scores


def _compared(pairings: Iterable[Pairing]) -> dict[_Rater, dict[tuple[str, str], int]]:
    """Map the ids of two answers to 1 if the first one is better, -1 if the second one is, and 0 for a tie."""
    latest = {(row.judge, row.first_id, row.second_id): row for row in pairings if row.preferred is not None}
    signs = {Preferred.FIRST: 1, Preferred.SECOND: -1}
    outcomes: dict[_Rater, dict[tuple[str, str], int]] = {}
    for (judge, first, second), pairing in latest.items():
        turned = latest.get((judge, second, first))
        if turned is None or pairing.preferred is None or turned.preferred is None:
            continue
        sign = signs.get(pairing.preferred, 0)
        agrees = sign == -signs.get(turned.preferred, 0)
        outcomes.setdefault((PreferenceSource.JUDGES, judge), {})[first, second] = sign if agrees else 0
    return outcomes


def _of_rater(
    rater: _Rater, prompt_id: str, ids: Mapping[str, Sequence[str]], scores: _Scores, compared: _Compared
) -> list[Preference]:
    """List the pairs of one rater on one prompt; ``ids`` are the answers of each model."""
    source, name = rater
    pairs: list[Preference] = []
    for one, other in combinations(sorted(ids), 2):
        outcome = _outcome(ids[one], ids[other], scores, compared)
        if outcome is not None:
            sign, of_one, of_other = outcome
            winner = one if sign > 0 else other if sign < 0 else None
            pairs.append(
                Preference(
                    source=source,
                    rater=name,
                    prompt_id=prompt_id,
                    keys=(one, other),
                    answer_ids=(of_one, of_other),
                    winner=winner,
                )
            )
    models = {key for pair in pairs for key in pair.keys}
    return [replace(pair, weight=2 / len(models)) for pair in pairs]


def _outcome(
    ours: Sequence[str], theirs: Sequence[str], scores: _Scores, compared: _Compared
) -> tuple[float, tuple[str, ...], tuple[str, ...]] | None:
    """Return who is better (above 0 the first model), and the answers of each that were judged."""
    direct = [(our, their) for our in ours for their in theirs if (our, their) in compared]
    if direct:
        won = sum(compared[pair] for pair in direct)
        return won, tuple(sorted({our for our, _ in direct})), tuple(sorted({their for _, their in direct}))
    our_ids, their_ids = (tuple(sorted(key for key in keys if key in scores)) for keys in (ours, theirs))
    if not our_ids or not their_ids:
        return None
    ahead = fmean(scores[key] for key in our_ids) - fmean(scores[key] for key in their_ids)
    return ahead, our_ids, their_ids
