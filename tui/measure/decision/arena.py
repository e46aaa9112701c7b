"""A ranking of models from votes: a person saw answers to one prompt side by side, and said which one is best.

Each vote is a choice by Luce's model: with the strength ``t`` of each model, the chance that answer ``i`` of a vote is
chosen is ``exp(t_i) / sum(exp(t_j))``. With two answers that is the model of Bradley and Terry (1952). A tie counts as
an equal share of the choice for each answer. The strengths maximise the likelihood, with a weak prior (each is normal
around 0 with a standard deviation of 2) that keeps a model finite that never lost. Their covariance is the inverse of
the Fisher information with that prior.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tui.records.decision import ArenaStanding
from tui.records.quality import Preference, Vote
from tui.records.statistics import Interval

PRIOR_SD: Final = 2.0
LEVEL: Final = 0.95
_Z: Final = 1.959964
"""The quantile of the normal distribution for an interval of 95 %."""
_MOST_STEPS: Final = 100
_CLOSE_ENOUGH: Final = 1e-10

_Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Strengths:
    """The fitted strengths, in natural logarithms of odds, with their covariance."""

    keys: tuple[str, ...]
    values: _Array
    covariance: _Array


def latest_votes(votes: Sequence[Vote]) -> tuple[Vote, ...]:
    """Keep the latest vote by each person on the same answers; ``votes`` are in the order of time."""
    return tuple({(vote.run_id, vote.prompt_id, vote.voter, frozenset(vote.keys)): vote for vote in votes}.values())


def fit_strengths(votes: Sequence[Vote | Preference], prior_sd: float | None = PRIOR_SD) -> Strengths:
    """Fit the strengths by Newton's method; without a prior the first model has the strength 0."""
    keys = tuple(sorted({key for vote in votes for key in vote.keys}))
    count = len(keys)
    index = {key: number for number, key in enumerate(keys)}
    # Votes alike count as one with a weight, so that a fit takes as long as there are different ones.
    weights: defaultdict[tuple[tuple[str, ...], str | None], float] = defaultdict(float)
    for vote in votes:
        weights[vote.keys, vote.winner] += vote.weight if isinstance(vote, Preference) else 1.0
    ballots = [
        (np.array([index[key] for key in names]), _choice(names, winner), weight)
        for (names, winner), weight in weights.items()
    ]
    free = np.arange(count) if prior_sd is not None else np.arange(1, count)
    precision = 1 / prior_sd**2 if prior_sd is not None else 0.0
    values: _Array = np.zeros(count)
    for _ in range(_MOST_STEPS):
        gradient, information = _slopes(ballots, values, precision)
        step: _Array = np.zeros(count)
        step[free] = np.linalg.solve(information[np.ix_(free, free)], gradient[free])
        values = values + step
        if float(np.abs(step).max(initial=0.0)) < _CLOSE_ENOUGH:
            break
    covariance: _Array = np.zeros((count, count))
    if free.size:
        _, information = _slopes(ballots, values, precision)
        covariance[np.ix_(free, free)] = np.linalg.inv(information[np.ix_(free, free)])
    return Strengths(keys, values, covariance)


def standings(votes: Sequence[Vote]) -> tuple[ArenaStanding, ...]:
    """Rank the models by their chance to be preferred to another one, the mean over all others, the best first."""
    counted = latest_votes(votes)
    return places_of(fit_strengths(counted), counted) if counted else ()


def places_of(strengths: Strengths, votes: Sequence[Vote | Preference]) -> tuple[ArenaStanding, ...]:
    """Rank the models whose strengths were fitted to these votes or pairs, the best first."""
    places = [_standing(strengths, index, votes) for index in range(len(strengths.keys))]
    places.sort(key=lambda place: (-place.share, place.key))
    return tuple(places)


def longer_error(place: ArenaStanding) -> float:
    """Return the standard error that the longer side of the interval stands for.

    Near 0 and 1 the error of a share is small after two votes already, while its interval still reaches far inwards.
    """
    return max(place.share - place.interval.low, place.interval.high - place.share) / _Z


def _choice(keys: Sequence[str], winner: str | None) -> _Array:
    """Return the share of the choice that each answer of a vote got."""
    if winner is None:
        return np.full(len(keys), 1 / len(keys))
    return np.array([float(key == winner) for key in keys])


def _slopes(
    ballots: Sequence[tuple[NDArray[np.int_], _Array, float]], values: _Array, precision: float
) -> tuple[_Array, _Array]:
    """Return the gradient of the logarithm of the likelihood, and the information, which is its curvature turned."""
    gradient = -precision * values
    information = precision * np.eye(len(values))
    for places, choice, weight in ballots:
        odds = np.exp(values[places] - values[places].max())
        chances = odds / odds.sum()
        gradient[places] += weight * (choice - chances)
        information[np.ix_(places, places)] += weight * (np.diag(chances) - np.outer(chances, chances))
    return gradient, information


def _standing(strengths: Strengths, index: int, votes: Sequence[Vote | Preference]) -> ArenaStanding:
    key = strengths.keys[index]
    others = [other for other in range(len(strengths.keys)) if other != index]
    wins_over = 1 / (1 + np.exp(strengths.values[others] - strengths.values[index]))
    share = float(wins_over.mean())
    slope: _Array = np.zeros(len(strengths.keys))
    slope[others] = -wins_over * (1 - wins_over) / len(others)
    slope[index] = -slope.sum()
    error = math.sqrt(max(0.0, float(slope @ strengths.covariance @ slope)))
    own = [vote for vote in votes if key in vote.keys]
    return ArenaStanding(
        key=key,
        share=share,
        error=error,
        interval=_interval(share, error),
        votes=len(own),
        wins=sum(vote.winner == key for vote in own),
        ties=sum(vote.winner is None for vote in own),
    )


def _interval(share: float, error: float) -> Interval:
    """Return the interval of a share, which is symmetric in the logarithm of its odds and so stays within 0 and 1."""
    middle, reach = math.log(share / (1 - share)), _Z * error / (share * (1 - share))
    return Interval(low=1 / (1 + math.exp(reach - middle)), high=1 / (1 + math.exp(-reach - middle)), level=LEVEL)
