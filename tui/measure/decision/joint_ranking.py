"""One ranking of models from the votes of people, their ratings, and the ratings of judges.

All sources are fitted together after Bradley and Terry (``arena``), and each by itself, so that it is seen where they
disagree. A rater of k answers to one prompt gives k (k - 1) / 2 pairs that are not independent; each counts 2 / k, so
that together they count as k - 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from typing import Final

from tui.measure.decision.arena import Strengths, fit_strengths, latest_votes, places_of
from tui.measure.decision.preferences import distinct
from tui.measure.statistics.multiple_comparisons import corrected_levels
from tui.records.decision import ArenaStanding, JointRanking, SourceStanding
from tui.records.judging import TrackRecord
from tui.records.quality import Preference, PreferenceSource, Vote
from tui.text import units
from tui.text.tables import counted, listed

ALL_SOURCES: Final = tuple(PreferenceSource)
_MOST_SENTENCES: Final = 3
_SAME: Final = 1e-9
"""Two shares that differ by at most this much are a tie."""
_WORDS: Final = {
    PreferenceSource.VOTES: ("vote", "votes"),
    PreferenceSource.RATINGS: ("pair of ratings", "pairs of ratings"),
    PreferenceSource.JUDGES: ("pair of judges", "pairs of judges"),
}
_Opinion = Vote | Preference


def joint_ranking(
    votes: Sequence[Vote],
    preferences: Iterable[Preference],
    judges: Iterable[TrackRecord] = (),
    sources: Sequence[PreferenceSource] = ALL_SOURCES,
) -> JointRanking:
    """Rank the models by these sources together, the best first; ``votes`` are in the order of time."""
    opinions: dict[PreferenceSource, list[_Opinion]] = {source: [] for source in PreferenceSource if source in sources}
    if PreferenceSource.VOTES in opinions:
        opinions[PreferenceSource.VOTES] += latest_votes(votes)
    for preference in distinct(preferences):
        if preference.source in opinions:
            opinions[preference.source].append(preference)
    opinions = {source: given for source, given in opinions.items() if given}
    together = [opinion for given in opinions.values() for opinion in given]
    if not together:
        return JointRanking()
    fits = {source: fit_strengths(given) for source, given in opinions.items()}
    alone = {source: _by_key(places_of(fit, opinions[source])) for source, fit in fits.items()}
    by_votes = alone.get(PreferenceSource.VOTES, {})
    places = [_with_sources(place, alone, by_votes) for place in places_of(fit_strengths(together), together)]
    return JointRanking(
        places=tuple(places),
        pairs={source: len(given) for source, given in opinions.items()},
        remarks=(
            *_same_answers(opinions),
            *_disagreements(fits, alone),
            *_unconnected(together),
            *_untrusted(opinions, judges, sources),
        ),
    )


def lead_in_words(places: Sequence[ArenaStanding]) -> str:
    """Tell in a sentence whether the first model is surely preferred; ``places`` are the models, the best first."""
    first, *others = places
    if not others:
        return f"{first.key} is the only model yet, so nothing ranks it."
    if first.share - others[-1].share <= _SAME:
        return "Nothing tells these models apart yet: all of them are preferred equally often."
    if all(place.interval.high < first.interval.low for place in others):
        return f"{first.key} is clearly preferred to every other model."
    level = [place.key for place in places if first.share - place.share <= _SAME]
    if len(level) > 1:
        return f"{listed(level)} lead together."
    return f"{first.key} leads, which may still be chance."


def opinions_in_words(ranking: JointRanking) -> str:
    """Count what a ranking rests on, each vote once however many answers it was between: ``1 vote, 3 pairs of ...``."""
    return ", ".join(counted(count, *_WORDS[source]) for source, count in ranking.pairs.items())


def _same_answers(opinions: Mapping[PreferenceSource, Sequence[_Opinion]]) -> Iterable[str]:
    """Tell of ties between models that gave the same answer: it is rated once for all of them."""
    for source, given in opinions.items():
        same = sum(one.winner is None and len(set(one.answer_ids)) == 1 for one in given)
        if not same:
            continue
        one, several = _WORDS[source]
        if same < len(given):
            are = f"{units.count(same)} of the {counted(len(given), one, several)} {'is' if same == 1 else 'are'}"
        else:
            are = f"The {one} is" if same == 1 else f"All {counted(same, one, several)} are"
        yield f"{are} of an answer that the models share: it is rated once for all of them, which makes a tie."


def _by_key(places: Sequence[ArenaStanding]) -> dict[str, SourceStanding]:
    return {
        place.key: SourceStanding(
            # Models with the same share share a rank.
            rank=1 + sum(other.share > place.share + _SAME for other in places),
            share=place.share,
            interval=place.interval,
            pairs=place.votes,
            wins=place.wins,
            ties=place.ties,
        )
        for place in places
    }


def _with_sources(
    place: ArenaStanding,
    alone: Mapping[PreferenceSource, Mapping[str, SourceStanding]],
    by_votes: Mapping[str, SourceStanding],
) -> ArenaStanding:
    """Add what each source tells; the counts of votes, wins and ties stay those of the votes."""
    voted = by_votes.get(place.key)
    sources = {source: of_model[place.key] for source, of_model in alone.items() if place.key in of_model}
    votes, wins, ties = (voted.pairs, voted.wins, voted.ties) if voted else (0, 0, 0)
    return replace(place, votes=votes, wins=wins, ties=ties, sources=sources)


def _disagreements(
    fits: Mapping[PreferenceSource, Strengths], alone: Mapping[PreferenceSource, Mapping[str, SourceStanding]]
) -> Iterable[str]:
    """Tell of two models that two sources put in opposite orders, by more than chance gives.

    The difference of the two log odds over its standard error is taken as normal, and corrected after Holm for all
    pairs of models and sources. Without any, it is told if the sources put different models first.
    """
    found = [
        (_chance_of(apart), words)
        for one, other in combinations(fits, 2)
        for ours, theirs in combinations(sorted({*fits[one].keys} & {*fits[other].keys}), 2)
        for apart, words in [_opposite(one, _difference(fits[one], ours, theirs), other, fits[other], ours, theirs)]
    ]
    levels = corrected_levels([chance for chance, _ in found])
    clear = sorted((chance, words) for (chance, words), level in zip(found, levels, strict=True) if chance < 1 - level)
    if clear:
        yield from (words for _, words in clear[:_MOST_SENTENCES])
        if len(clear) > _MOST_SENTENCES:
            yield f"Sources disagree on {counted(len(clear) - _MOST_SENTENCES, 'more pair')} of models."
        return
    firsts = {source: [key for key, place in of.items() if place.rank == 1] for source, of in alone.items()}
    # A tie of a source puts no model first alone, so it disagrees with nobody who puts one of them first.
    if not any(all(key in keys for keys in firsts.values()) for key in next(iter(firsts.values()))):
        each = listed([f"{source.value} put {listed(keys)} first" for source, keys in firsts.items()])
        yield f"{each[:1].upper()}{each[1:]}; what the sources tell of the same models differs by no more than chance."


def _opposite(
    one: PreferenceSource,
    difference: tuple[float, float],
    other: PreferenceSource,
    fit: Strengths,
    ours: str,
    theirs: str,
) -> tuple[float, str]:
    """Return how many standard errors two sources are apart on two models, and a sentence; 0 if both prefer one."""
    (first, variance), (second, other_variance) = difference, _difference(fit, ours, theirs)
    if first * second >= 0:
        return 0.0, ""
    better, worse = (ours, theirs) if first > 0 else (theirs, ours)
    chances = [units.percent(1 / (1 + math.exp(-abs(value)))) for value in (first, second)]
    return abs(first - second) / math.sqrt(variance + other_variance), (
        f"{one.value.capitalize()} and {other.value} disagree: {one.value} prefer {better} to {worse} ({chances[0]}), "
        f"{other.value} prefer {worse} to {better} ({chances[1]})."
    )


def _difference(fit: Strengths, ours: str, theirs: str) -> tuple[float, float]:
    """Return the log odds that the first of two models is preferred to the second, and their variance."""
    one, other = fit.keys.index(ours), fit.keys.index(theirs)
    covariance = fit.covariance
    variance = covariance[one, one] + covariance[other, other] - 2 * covariance[one, other]
    return float(fit.values[one] - fit.values[other]), float(variance)


def _chance_of(standard_errors: float) -> float:
    """Return the chance that a normal variable is this far from its mean, on either side."""
    return math.erfc(standard_errors / math.sqrt(2))


def _unconnected(opinions: Sequence[_Opinion]) -> Iterable[str]:
    """Tell of groups of models that nobody has compared with each other."""
    groups: list[set[str]] = []
    for keys in dict.fromkeys(opinion.keys for opinion in opinions):
        joined = set(keys).union(*(group for group in groups if group & set(keys)))
        groups = [*(group for group in groups if not group & set(keys)), joined]
    if len(groups) > 1:
        names = " | ".join(", ".join(sorted(group)) for group in groups)
        yield f"Models of one of these groups were never compared with those of another: {names}. Their order is open."


def _untrusted(
    opinions: Mapping[PreferenceSource, Sequence[_Opinion]],
    judges: Iterable[TrackRecord],
    sources: Sequence[PreferenceSource],
) -> Iterable[str]:
    given = opinions.get(PreferenceSource.JUDGES, ())
    raters = {opinion.rater for opinion in given if isinstance(opinion, Preference)}
    names = sorted(judge.judge for judge in judges if judge.judge in raters and not judge.trusted)
    if names:
        others = ",".join(source.value for source in sources if source is not PreferenceSource.JUDGES)
        without = f'; "--by {others}" leaves judges out' if others else ""
        count = "counts although it is not trusted as a judge"
        if len(names) > 1:
            count = "count although they are not trusted as judges"
        yield f"{listed(names)} {count}{without}."
