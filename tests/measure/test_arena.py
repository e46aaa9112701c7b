"""The ranking by votes against published estimates, a second way of fitting, and what any ranking has to keep."""

from __future__ import annotations

import math
import random
from pathlib import Path

import numpy as np

from tests.support.builders import model, run_record
from tests.support.candidates import candidate
from tui.measure.decision.arena import fit_strengths, latest_votes, standings
from tui.measure.decision.candidates import with_votes
from tui.measure.decision.ranking import choose
from tui.records.decision import Dimension, QualitySource
from tui.records.quality import Preference, PreferenceSource, Vote
from tui.store.votes import stored_votes
from tui.workspace.voting import cast_vote, voted_samples

TEAMS = ("Baltimore", "Boston", "Cleveland", "Detroit", "Milwaukee", "New York", "Toronto")
WINS = {
    "Milwaukee": {"Detroit": 7, "Toronto": 9, "New York": 7, "Boston": 7, "Cleveland": 9, "Baltimore": 11},
    "Detroit": {"Milwaukee": 6, "Toronto": 7, "New York": 5, "Boston": 11, "Cleveland": 9, "Baltimore": 9},
    "Toronto": {"Milwaukee": 4, "Detroit": 6, "New York": 7, "Boston": 7, "Cleveland": 8, "Baltimore": 12},
    "New York": {"Milwaukee": 6, "Detroit": 8, "Toronto": 6, "Boston": 6, "Cleveland": 7, "Baltimore": 10},
    "Boston": {"Milwaukee": 6, "Detroit": 2, "Toronto": 6, "New York": 7, "Cleveland": 7, "Baltimore": 12},
    "Cleveland": {"Milwaukee": 4, "Detroit": 4, "Toronto": 5, "New York": 6, "Boston": 6, "Baltimore": 6},
    "Baltimore": {"Milwaukee": 2, "Detroit": 4, "Toronto": 1, "New York": 3, "Boston": 1, "Cleveland": 7},
}
"""The American League East of 1987, the example of Agresti (2002), Categorical Data Analysis, table 10.10."""
PUBLISHED = (0.0, 1.1077, 0.6839, 1.4364, 1.5814, 1.2476, 1.2945)
PUBLISHED_ERRORS = (0.0, 0.3339, 0.3319, 0.3396, 0.3433, 0.3359, 0.3367)
"""As the package BradleyTerry2 of R gives them, relative to Baltimore."""


def vote(winner: str | None, *keys: str, number: int = 0, voter: str = "Ann") -> Vote:
    return Vote(run_id=f"run-{number}", prompt_id="p", keys=keys, answer_ids=keys, winner=winner, voter=voter)


def votes_of(*winners: str | None, keys: tuple[str, ...] = ("a", "b")) -> list[Vote]:
    return [vote(winner, *keys, number=number) for number, winner in enumerate(winners)]


def games() -> list[Vote]:
    results = [(team, other) for team, others in WINS.items() for other, count in others.items() for _ in range(count)]
    return [vote(team, team, other, number=number) for number, (team, other) in enumerate(results)]


def test_published_strengths_and_errors_are_reproduced() -> None:
    fitted = fit_strengths(games(), prior_sd=None)
    assert fitted.keys == TEAMS
    assert np.allclose(fitted.values, PUBLISHED, atol=5e-4)
    assert np.allclose(np.sqrt(np.diag(fitted.covariance)), PUBLISHED_ERRORS, atol=5e-4)
    ranked = standings(games())
    assert [place.key for place in ranked] == sorted(TEAMS, key=lambda team: -PUBLISHED[TEAMS.index(team)])


def test_two_models_and_ties_are_as_by_hand() -> None:
    fitted = fit_strengths(votes_of(*["b"] * 7, *["a"] * 3), prior_sd=None)
    assert math.isclose(fitted.values[1], math.log(7 / 3))
    assert math.isclose(fitted.covariance[1, 1], 1 / 7 + 1 / 3)
    tied = fit_strengths(votes_of(*["b"] * 6, *["a"] * 2, None, None), prior_sd=None)
    assert math.isclose(tied.values[1], math.log(7 / 3)), "a tie is half a win for each"


def test_votes_on_three_answers_agree_with_a_second_way_of_fitting() -> None:
    """Hunter (2004): the iteration ``wins / sum of 1 / (sum of the strengths in the vote)``."""
    chance = random.Random(3)
    keys: tuple[str, ...] = ("a", "b", "c", "d")
    cast: list[Vote] = []
    for number in range(200):
        seen = tuple(sorted(chance.sample(keys, 3)))
        cast.append(
            vote(chance.choices(seen, [{"a": 1, "b": 2, "c": 4, "d": 3}[key] for key in seen])[0], *seen, number=number)
        )
    strengths: dict[str, float] = dict.fromkeys(keys, 1.0)
    for _ in range(3000):
        strengths = {
            key: sum(one.winner == key for one in cast)
            / sum(1 / sum(strengths[other] for other in one.keys) for one in cast if key in one.keys)
            for key in keys
        }
    by_hand = [math.log(strengths[key] / strengths["a"]) for key in keys]
    assert np.allclose(fit_strengths(cast, prior_sd=None).values, by_hand, atol=1e-5)


def test_a_model_that_never_lost_stays_finite_and_more_votes_narrow_the_interval() -> None:
    few, many = standings(votes_of(*["a"] * 3)), standings(votes_of(*["a"] * 60))
    assert [place.key for place in few] == ["a", "b"]
    assert 0.5 < few[0].share < many[0].share < 1
    assert (few[0].wins, few[0].ties, few[0].votes) == (3, 0, 3)
    for place in (*few, *many):
        assert 0 < place.interval.low < place.share < place.interval.high < 1
    assert few[0].interval.low < 0.5 < many[0].interval.low, "three votes tell little"
    assert standings([]) == ()


def test_intervals_hold_the_truth_about_as_often_as_they_claim() -> None:
    chance, held = np.random.default_rng(5), 0
    for _ in range(300):
        won = int(chance.binomial(25, 0.7))
        first = next(place for place in standings(votes_of(*["a"] * won, *["b"] * (25 - won))) if place.key == "a")
        held += first.interval.low <= 0.7 <= first.interval.high
    assert 0.91 <= held / 300 <= 0.99


def test_a_person_who_votes_again_has_changed_their_mind() -> None:
    cast = [vote("a", "a", "b"), vote("b", "a", "b", voter="Bob"), vote(None, "a", "b")]
    assert [one.winner for one in latest_votes(cast)] == [None, "b"]


def test_votes_are_stored_and_are_the_quality_of_a_choice_where_nobody_has_rated(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    run = run_record(model("tiny"), model("big"))
    samples = voted_samples(run)
    assert set(samples) == {"tiny", "big"}
    cast = [cast_vote(file, run, samples, "big", blind=True), cast_vote(file, run, samples, None, blind=False)]
    assert list(stored_votes(file)) == cast
    assert stored_votes(tmp_path / "none.sqlite3") == ()
    unrated = [candidate("tiny", quality=None), candidate("big", quality=None), candidate("new", quality=None)]
    many = [vote("big", "big", "tiny", number=number) for number in range(40)]
    chosen = choose(with_votes(unrated[:2], many), {Dimension.QUALITY: 1})
    assert chosen.quality_source is QualitySource.VOTES
    assert chosen.ranking[0].key == "big"
    assert chosen.gaps[0].told_apart
    assert not choose(with_votes(unrated[:2], many[:2]), {Dimension.QUALITY: 1}).gaps[0].told_apart
    assert choose(with_votes(unrated, many), {Dimension.QUALITY: 1}).ranking == (), "nobody has voted on the new one"


def test_a_choice_ranks_votes_together_with_ratings_and_trusted_judges_and_names_them() -> None:
    unrated = [candidate("tiny", quality=None), candidate("big", quality=None), candidate("new", quality=None)]
    votes = [vote("big", "big", "tiny", number=number) for number in range(12)]
    rated = [preference(PreferenceSource.RATINGS, "Ann", number, ("big", "new"), "big") for number in range(20)]
    judged = [preference(PreferenceSource.JUDGES, "judge", number, ("big", "new"), "new") for number in range(30)]
    chosen = choose(with_votes(unrated, votes, [*rated, *judged]), {Dimension.QUALITY: 1})
    assert chosen.ranking[0].key == "big", "a judge that is not trusted does not count"
    assert chosen.quality_from == "votes in the arena (12 votes) and ratings (20 pairs) in one ranking"
    alone = with_votes(unrated, [], rated)
    assert all(QualitySource.VOTES not in (one.quality or {}) for one in alone), "nobody has voted"


def preference(
    source: PreferenceSource, rater: str, number: int, keys: tuple[str, str], winner: str | None
) -> Preference:
    return Preference(
        source=source,
        rater=rater,
        prompt_id=f"p{number}",
        keys=keys,
        answer_ids=((f"{keys[0]}{number}",), (f"{keys[1]}{number}",)),
        winner=winner,
    )
