"""One ranking from votes, ratings and judges: its pairs, its values, and where the sources disagree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.support.builders import model, run_record
from tests.support.judges import judged_run
from tui.measure.answers.quality import answers_of
from tui.measure.decision.arena import fit_strengths, standings
from tui.measure.decision.joint_ranking import joint_ranking, lead_in_words, opinions_in_words
from tui.measure.decision.preferences import preferences
from tui.records.decision import JointRanking
from tui.records.judging import Pairing, Preferred, TrackRecord
from tui.records.quality import Answer, Preference, PreferenceSource, RaterKind, Rating, Vote
from tui.store import ratings
from tui.store.history import History
from tui.store.preferences import stored_opinions

VOTES, RATINGS, JUDGES = PreferenceSource


def answers(**models: str) -> list[Answer]:
    """Return answers to one prompt, each with its id, by the model that gave it."""
    keys: dict[str, list[str]] = {}
    for key, text in models.items():
        keys.setdefault(text, []).append(key)
    return [Answer(answer_id=text, prompt_id="p", text=text, keys=tuple(names)) for text, names in keys.items()]


def rating(answer_id: str, score: float | None, rater: str = "Ann", kind: RaterKind = RaterKind.HUMAN) -> Rating:
    return Rating(answer_id=answer_id, key="", prompt_id="p", score=score, rater=rater, kind=kind)


def pairing(first: str, second: str, preferred: Preferred | None) -> Pairing:
    return Pairing(
        judge="j",
        prompt_id="p",
        first_id=first,
        second_id=second,
        first_characters=1,
        second_characters=1,
        preferred=preferred,
    )


def winners(found: Sequence[Preference]) -> dict[tuple[str, str], str | None]:
    return {one.keys: one.winner for one in found}


def pairs(source: PreferenceSource, *winners: str | None, keys: tuple[str, str] = ("a", "b")) -> list[Preference]:
    return [
        Preference(
            source=source,
            rater="r",
            prompt_id="p",
            keys=keys,
            answer_ids=((f"{keys[0]}{number}",), (f"{keys[1]}{number}",)),
            winner=winner,
        )
        for number, winner in enumerate(winners)
    ]


def votes(*winners: str | None) -> list[Vote]:
    return [
        Vote(run_id=f"run-{number}", prompt_id="p", keys=("a", "b"), answer_ids=("x", "y"), winner=winner)
        for number, winner in enumerate(winners)
    ]


def test_ratings_of_one_rater_on_one_prompt_make_pairs() -> None:
    three = answers(a="x", b="y", c="z")
    found = preferences(three, [rating("x", 5), rating("y", 3), rating("z", 3), rating("z", None, "Bob")])
    assert winners(found) == {("a", "b"): "a", ("a", "c"): "a", ("b", "c"): None}
    assert {(one.source, one.rater, one.weight) for one in found} == {(RATINGS, "Ann", 2 / 3)}
    assert preferences(three, [rating("x", 5, "Ann"), rating("y", 1, "Bob")]) == (), "raters are not compared"
    changed = preferences(three, [rating("x", 5), rating("y", 1), rating("x", 1), rating("y", 2)])
    assert winners(changed) == {("a", "b"): "b"}, "the latest rating counts"
    assert winners(preferences(answers(a="x", b="x"), [rating("x", 4)])) == {("a", "b"): None}, "the same answer"
    several = [*three, Answer(answer_id="w", prompt_id="p", text="w", keys=("a",))]
    assert winners(preferences(several, [rating("x", 5), rating("w", 1), rating("y", 4)])) == {("a", "b"): "b"}, "means"


def test_of_a_judge_direct_comparisons_count_in_place_of_its_scores() -> None:
    three = answers(a="x", b="y", c="z")
    scores = [rating(text, score, "j", RaterKind.JUDGE) for text, score in (("x", 5), ("y", 1), ("z", 1))]
    assert winners(preferences(three, scores)) == {("a", "b"): "a", ("a", "c"): "a", ("b", "c"): None}
    both = [pairing("x", "y", Preferred.SECOND), pairing("y", "x", Preferred.FIRST)]
    turning = [pairing("x", "z", Preferred.FIRST), pairing("z", "x", Preferred.FIRST)]
    unusable = [pairing("y", "z", Preferred.FIRST), pairing("z", "y", None)]
    found = preferences(three, scores, [*both, *turning, *unusable])
    assert winners(found) == {("a", "b"): "b", ("a", "c"): None, ("b", "c"): None}
    assert {one.source for one in found} == {JUDGES}
    assert winners(preferences(three, [], both)) == {("a", "b"): "b"}


def test_one_source_alone_gives_the_ranking_by_votes() -> None:
    cast = votes(*["a"] * 7, *["b"] * 2, None)
    by_votes = joint_ranking(cast, [])
    assert [replace(place, sources={}) for place in by_votes.places] == list(standings(cast))
    rated = joint_ranking([], pairs(RATINGS, *["a"] * 7, *["b"] * 2, None))
    (first, _), (voted, _) = rated.places, by_votes.places
    assert (first.share, first.interval) == (voted.share, voted.interval), "two ratings count as a vote"
    assert (first.votes, first.sources[RATINGS].pairs, first.sources[RATINGS].wins) == (0, 10, 7)
    assert joint_ranking([], []) == JointRanking()


def test_all_sources_together_are_one_fit_and_each_has_its_own() -> None:
    cast, rated, judged = votes(*["a"] * 6, *["b"] * 2), pairs(RATINGS, "a", "a", "b"), pairs(JUDGES, "b", None)
    ranking = joint_ranking(cast, [*rated, *judged, *rated])
    assert ranking.pairs == {VOTES: 8, RATINGS: 3, JUDGES: 2}, "the same pair counts once"
    strength = fit_strengths([*cast, *rated, *judged], prior_sd=None).values[1]
    assert math.isclose(strength, math.log(4.5 / 8.5)), "8.5 of 13 for a, with the tie as a half"
    first = ranking.places[0]
    assert (first.key, [source.rank for source in first.sources.values()]) == ("a", [1, 1, 2])
    assert first.share < first.sources[VOTES].share
    assert first.interval.high - first.interval.low < min(
        source.interval.high - source.interval.low for source in first.sources.values()
    )
    assert joint_ranking(cast, rated, sources=[RATINGS]).pairs == {RATINGS: 3}


def test_sources_that_disagree_are_named_and_chance_is_not() -> None:
    ranking = joint_ranking(votes(*["a"] * 20, *["b"] * 4), pairs(JUDGES, *["b"] * 18, *["a"] * 6))
    assert ranking.remarks[0].startswith("Votes and judges disagree: votes prefer a to b (8")
    assert "judges prefer b to a (7" in ranking.remarks[0]
    slight = joint_ranking(votes("a", "a", "b"), pairs(RATINGS, "b", "b", "a"))
    assert slight.remarks == (
        "Votes put a first and ratings put b first; what the sources tell of the same models differs by no more than "
        "chance.",
    )
    assert joint_ranking(votes("a", "a", "b"), pairs(RATINGS, "a")).remarks == ()
    apart = joint_ranking(votes("a"), pairs(RATINGS, "c", keys=("c", "d")))
    assert "Models of one of these groups were never compared with those of another: a, b | c, d." in apart.remarks[-1]
    judge = TrackRecord(judge="r", rated=1, unrated=0, common=0, kappa=None, biases=(), reasons=("too few",))
    named = joint_ranking(votes("b"), pairs(JUDGES, "b"), [judge]).remarks
    assert named == ('r counts although it is not trusted as a judge; "--by votes,ratings" leaves judges out.',)


def test_equal_models_are_seldom_told_apart_however_many_one_rater_compares() -> None:
    """Scores of four equal models by one rater on 20 prompts; the intervals of the shares hold one half."""
    chance, missed = np.random.default_rng(3), 0
    for _ in range(150):
        found: list[Preference] = []
        for prompt in range(20):
            ids = {key: f"{key}{prompt}" for key in "abcd"}
            rated = [rating(one, int(chance.integers(1, 6))) for one in ids.values()]
            found += preferences(answers(**ids), rated)
        missed += sum(not place.interval.low <= 0.5 <= place.interval.high for place in joint_ranking([], found).places)
    assert missed / 600 <= 0.05


def test_the_history_gives_votes_and_the_pairs_of_every_run(tmp_path: Path) -> None:
    run, file = judged_run(), tmp_path / "history.sqlite3"
    again = replace(run, run_id="again")
    alone = run_record(model("one"), run_id="alone")
    with closing(History(file)) as history:
        for each in (run, again, alone):
            history.begin(each)
        for answer in answers_of(run):
            score = int(answer.text.rpartition("worth ")[2])
            ratings.add(history, replace(rating(answer.answer_id, score), prompt_id=answer.prompt_id))
        first, second, _ = [answer.answer_id for answer in answers_of(run) if answer.prompt_id == "p0"]
        for one in (pairing(first, second, Preferred.SECOND), pairing(second, first, Preferred.FIRST)):
            ratings.add_pairing(history, replace(one, prompt_id="p0"))
    stored = stored_opinions(file)
    assert len([one for one in stored.preferences if one.source is RATINGS]) == 12, "once, though two runs have them"
    (judged,) = [one for one in stored.preferences if one.source is JUDGES]
    assert (judged.keys, judged.winner, judged.weight) == (("one", "two"), "two", 1.0)
    ranking = joint_ranking(stored.votes, stored.preferences, stored.judges)
    assert ranking.pairs == {RATINGS: 12, JUDGES: 1}
    assert stored_opinions(tmp_path / "none.sqlite3").preferences == ()


def test_a_tie_of_a_source_is_no_winner_and_a_vote_is_counted_once() -> None:
    level = [pair for keys in (("a", "b"), ("b", "c"), ("a", "c")) for pair in pairs(RATINGS, None, keys=keys)]
    voted = Vote(run_id="r", prompt_id="p", keys=("a", "b", "c"), answer_ids=("a", "b", "c"), winner="b")
    ranking = joint_ranking([voted], level)
    assert not any("first" in remark for remark in ranking.remarks)
    assert {place.sources[RATINGS].rank for place in ranking.places} == {1}
    assert opinions_in_words(ranking) == "1 vote, 3 pairs of ratings"
    assert lead_in_words(ranking.places) == "b leads, which may still be chance."
    shared = [replace(pair, answer_ids=(("same",), ("same",))) for pair in level]
    alike = joint_ranking([], shared)
    assert lead_in_words(alike.places).startswith("Nothing tells these models apart yet")
    (remark,) = alike.remarks
    assert remark.startswith("All 3 pairs of ratings are of an answer that the models share: it is rated once for all")
    assert (
        joint_ranking([], [*level[:2], shared[2]]).remarks[0].startswith("1 of the 3 pairs of ratings is of an answer")
    )
