"""Choosing a model: scores, ranking, gaps and turns against cases worked out by hand."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import MIB, failed_load, model, run_record
from tests.support.candidates import candidate
from tests.support.command import CommandFolder, command_folder
from tui.bench.decision.candidates import candidates_of, latest_candidates
from tui.console import ExitCode
from tui.library.origins import origin_of
from tui.measure.decision import advice, licences
from tui.measure.decision.candidates import with_votes
from tui.measure.decision.ranking import choose
from tui.measure.decision.worst import worst_of
from tui.records import CatalogueFacts, Model, ModelState
from tui.records.comparison import Doubt, Quantity
from tui.records.decision import PRESETS, Candidate, CommercialUse, Dimension, Limits, Origin, QualitySource
from tui.records.quality import Facet, FacetKind, Vote
from tui.store.history import History

LATENCY, THROUGHPUT, MEMORY, QUALITY, FOOTPRINT, LICENCE = Dimension
EVEN = dict.fromkeys((LATENCY, QUALITY), 50.0)


def near(value: float | None, expected: float) -> bool:
    return value is not None and math.isclose(value, expected, rel_tol=1e-3)


def test_scores_are_ratios_to_the_best_and_their_mean_by_weight() -> None:
    a = candidate("a", ttft_ms=100, tok_s=20, memory=400, quality=(1.0, 0.5), disk=30)
    b = candidate("b", ttft_ms=200, tok_s=40, memory=100, quality=(0.5, 0.5), disk=10, use=CommercialUse.CONDITIONS)
    choice = choose([a, b], dict(zip(Dimension, (30, 20, 20, 20, 5, 5), strict=True)))
    scores = {ranked.key: {part.dimension: part.score for part in ranked.parts} for ranked in choice.ranking}
    assert scores["a"] == dict(zip(Dimension, (1, 0.5, 0.25, 0.75, 10 / 30, 1), strict=True))
    assert scores["b"] == dict(zip(Dimension, (0.5, 1, 1, 0.5, 1, 0.5), strict=True))
    assert [ranked.key for ranked in choice.ranking] == ["b", "a"]
    # b: 15 + 20 + 20 + 10 + 5 + 2.5; a: 30 + 10 + 5 + 15 + 1.667 + 5
    assert near(choice.ranking[0].score, 0.725)
    assert near(choice.ranking[1].score, 2 / 3)
    assert near(choice.ranking[0].parts[0].contribution, 0.15)
    assert (choice.missing, choice.excluded) == ((), ())


def test_what_would_turn_it_is_where_two_lines_cross() -> None:
    fast = candidate("fast", ttft_ms=100, quality=(0.4, 0.4))
    good = candidate("good", ttft_ms=200, quality=(0.8, 0.8))
    choice = choose([fast, good], {LATENCY: 60, QUALITY: 40})
    assert choice.ranking[0].key == "fast"
    turns = {turn.dimension: turn for turn in choice.turns}
    # fast - good: 0.5 x latency - 0.4 x quality; level at latency 32 beside 40, or at quality 75 beside 60.
    assert near(turns[LATENCY].at_share, 32 / 72)
    assert near(turns[QUALITY].at_share, 75 / 135)
    assert {turn.winner for turn in choice.turns} == {"good"}
    assert set(turns) == {LATENCY, QUALITY}
    assert choose([fast, good], {LATENCY: 60, QUALITY: 76}).ranking[0].key == "good"
    assert choose([fast, good], {LATENCY: 60, QUALITY: 74}).ranking[0].key == "fast"


def test_with_three_models_the_first_that_is_crossed_takes_over() -> None:
    a = candidate("a", ttft_ms=100, quality=(0.2, 0.2))
    b = candidate("b", ttft_ms=200, quality=(0.8, 0.8))
    c = candidate("c", ttft_ms=400, quality=(1.0, 1.0))
    choice = choose([a, b, c], {LATENCY: 50, QUALITY: 30})
    up = next(turn for turn in choice.turns if turn.dimension is QUALITY)
    assert (choice.ranking[0].key, up.winner) == ("a", "b")
    # b over a: 0.5 x 50 = 0.6 x w; c over a only at 0.75 x 50 = 0.8 x w.
    assert near(up.at_share, 41.6667 / 91.6667)


def test_scores_that_are_level_share_the_rank_and_nothing_is_said_to_turn_it() -> None:
    choice = choose([candidate("a"), candidate("b"), candidate("c", ttft_ms=200)], EVEN)
    assert [(ranked.key, ranked.rank) for ranked in choice.ranking] == [("a", 1), ("b", 1), ("c", 3)]
    assert [ranked.key for ranked in choice.first] == ["a", "b"]
    assert choice.turns == ()
    assert "Choose a or b. They have the same score, 75.0 of 100." in advice.recommendation(choice)


def test_a_single_model_has_nothing_to_be_chosen_from() -> None:
    choice = choose([candidate("only")], PRESETS["chat"])
    assert advice.recommendation(choice) == "only is the only model left, so there was nothing to choose from."
    assert (choice.turns, choice.gaps) == ((), ())


def test_all_failed_or_nobody_there_is_no_choice() -> None:
    failed = [replace(candidate(key), failure="out of memory") for key in "ab"]
    for choice in (choose(failed, EVEN), choose([], EVEN)):
        assert (choice.ranking, choice.spots, choice.missing) == ((), (), ())
        assert "none is left that ran without a failure" in advice.recommendation(choice)
    assert "Not ranked: a, out of memory." in advice.remarks(choose(failed, EVEN))


def test_a_dimension_that_is_known_of_none_is_missing_and_not_nothing() -> None:
    choice = choose([candidate("a", quality=None), candidate("b", quality=None, ttft_ms=200)], EVEN)
    assert [ranked.score for ranked in choice.ranking] == [1.0, 0.5]
    assert [(ranked.low, ranked.high) for ranked in choice.ranking] == [(1.0, 1.0), (0.5, 0.5)]
    assert choice.ranking[0].parts[3].contribution is None
    assert "Quality was not measured for any model, so the score ignores it." in advice.remarks(choice)
    first = "Choose a for now, leaving quality out: it was not rated for every model. It scores 100.0 of 100 "
    assert advice.recommendation(choice).startswith(first)


def test_a_dimension_that_is_missing_of_some_is_in_no_score_and_gives_a_range() -> None:
    measured = candidate("known", ttft_ms=200, quality=(1.0, 1.0))
    fast = candidate("fast", ttft_ms=100, quality=None)
    choice = choose([measured, fast], EVEN)
    assert [(ranked.key, ranked.score) for ranked in choice.ranking] == [("fast", 1.0), ("known", 0.5)]
    # With quality at half the weight: fast (1 + 0)/2 to (1 + 1)/2, known (0.5 + 1)/2.
    assert [(ranked.low, ranked.high) for ranked in choice.ranking] == [(0.5, 1.0), (0.75, 0.75)]
    assert "Quality is not known for fast, so the score ignores it." in advice.remarks(choice)
    assert "If it were known, known could come before fast." in advice.remarks(choice)
    sure = choose([measured, replace(fast, quality=None)], {LATENCY: 90, QUALITY: 10})
    assert "Whatever its values are, fast stays first." in advice.remarks(sure)


def test_nothing_known_of_all_is_no_ranking() -> None:
    choice = choose([candidate("a", ttft_ms=None), candidate("b", quality=None)], EVEN)
    assert choice.ranking == ()
    assert "nothing that has a weight was measured for every model" in advice.recommendation(choice)


def test_one_word_on_quality_counts_for_all_over_the_prompts_that_all_have() -> None:
    human = {QualitySource.HUMAN: {"p0": 1.0, "p1": 0.0}, QualitySource.FACETS: {"p0": 0.5}}
    both = replace(candidate("both"), quality=human)
    part = replace(candidate("part"), quality={**human, QualitySource.HUMAN: {"p0": 0.75}})
    choice = choose([both, part], EVEN)
    assert (choice.quality_source, choice.quality_prompts) == (QualitySource.HUMAN, ("p0",))
    assert {ranked.key: ranked.parts[3].value for ranked in choice.ranking} == {"both": 1.0, "part": 0.75}
    facets = choose([both, candidate("other")], EVEN)
    assert facets.quality_source is QualitySource.FACETS
    graded = {QualitySource.FACETS: {f"p{number}": 0.5 for number in range(5)}}
    one_rating = replace(candidate("rated"), quality={**graded, QualitySource.HUMAN: {"p0": 0.75}})
    assert choose([one_rating, replace(candidate("other"), quality=one_rating.quality)], EVEN).quality_source is (
        QualitySource.FACETS
    ), "one rating says less than five graded prompts"


def test_a_few_votes_or_ratings_never_replace_what_was_checked_and_their_number_is_told() -> None:
    def asked(prompts: int, source: QualitySource, **shares: float) -> list[Candidate]:
        checked = {f"p{number}": 1.0 for number in range(3)}
        rated = {key: {f"p{number}": share for number in range(prompts)} for key, share in shares.items()}
        return [replace(candidate(key), quality={QualitySource.FACETS: checked, source: rated[key]}) for key in shares]

    for prompts, leads in ((1, QualitySource.FACETS), (2, QualitySource.FACETS), (3, QualitySource.HUMAN)):
        assert choose(asked(prompts, QualitySource.HUMAN, a=0.2, b=0.9), EVEN).quality_source is leads
    checked = asked(0, QualitySource.HUMAN, a=0, b=0)
    for votes, leads in ((1, QualitySource.FACETS), (9, QualitySource.FACETS), (10, QualitySource.VOTES)):
        cast = [
            Vote(run_id="", prompt_id=f"p{vote}", keys=("a", "b"), answer_ids=("a", "b"), winner="b")
            for vote in range(votes)
        ]
        choice = choose(with_votes(checked, cast), EVEN)
        assert choice.quality_source is leads
        told = " ".join(advice.remarks(choice))
        if leads is QualitySource.FACETS:
            assert f"votes in the arena ({votes} vote{'s' if votes > 1 else ''}), which put b first" in told
            assert "Votes become the quality, in place of what was checked, once each model has 10." in told
        else:
            assert "Quality: votes in the arena (10 votes)" in told
    unchecked = with_votes([candidate("a", quality=None), candidate("b", quality=None)], cast[:1])
    assert "Quality rests on few votes: 1 on the model with the fewest." in advice.doubts(choose(unchecked, EVEN))


def test_a_gap_within_its_error_is_not_separable() -> None:
    first, close = candidate("first", ttft_ms=100), candidate("close", ttft_ms=101)
    far = candidate("far", ttft_ms=200)
    choice = choose([first, close, far], {LATENCY: 1})
    gaps = {gap.key: gap for gap in choice.gaps}
    assert not gaps["close"].told_apart
    assert gaps["far"].told_apart
    # Of two ratios with an error of 1 % each: 0.5 x 0.01 x sqrt(2), t of 8 degrees at 99.17 % (Holm, three pairs).
    assert gaps["far"].interval is not None
    assert near(gaps["far"].interval.high - 0.5, 0.5 * 0.01 * 2**0.5 * 3.0158)
    words = advice.recommendation(choice)
    assert words.startswith("Choose first for now. It scores "), "the model comes first"
    assert words.endswith("The lead over close may be chance.")
    assert not advice.doubts(choose([first, far], {LATENCY: 1}))
    assert advice.recommendation(choose([first, far], {LATENCY: 1})).startswith("Choose first. ")


def test_quality_is_as_sure_as_the_prompts_agree() -> None:
    weights = {QUALITY: 1.0}
    steady = choose([candidate("a", quality=(0.9,) * 12), candidate("b", quality=(0.3,) * 12)], weights)
    assert steady.gaps[0].told_apart, "by the same 0.6 on each of twelve prompts"
    told = "its quality is 90 % against 30 % of the expected facts found (surely better)"
    assert told in advice.recommendation(steady)
    fast = candidate("fast", quality=(0.3,) * 12, ttft_ms=10)
    fast_first = choose([candidate("a", quality=(0.9,) * 12), fast], {QUALITY: 1, LATENCY: 9})
    words = advice.recommendation(fast_first)
    assert words.startswith("Choose fast for now. ")
    assert "its quality is lower, 30 % against 90 % of the expected facts found (surely worse)" in words
    few = choose([candidate("a", quality=(0.9,) * 3), candidate("b", quality=(0.5,) * 3)], weights)
    assert not few.gaps[0].told_apart, "three prompts are not enough, alike as they are"
    assert "(too close to call)" in advice.recommendation(few)
    # Differences of 0.1, 0 and 0.2 with a prompt more for each side: mean 0.06, mean of squares 2.05 / 5, t of 4
    # degrees at 97.5 % 2.7764.
    close = choose([candidate("a", quality=(0.6, 0.5, 0.7)), candidate("b", quality=(0.5, 0.5, 0.5))], weights).gaps[0]
    assert close.interval is not None
    assert near(close.interval.high - close.gap, 2.7764 * math.sqrt((2.05 / 5 - 0.06**2) / 5))
    mixed = choose([candidate("a", quality=(1.0, 0.0, 0.9)), candidate("b", quality=(0.0, 1.0, 0.5))], weights)
    assert not mixed.gaps[0].told_apart
    once = choose([candidate("a", quality=(1.0,)), candidate("b", quality=(0.0,))], weights)
    assert once.gaps[0].interval is None
    assert "Too little was repeated to say whether the lead over b is chance." in advice.recommendation(once)


def test_disturbed_requests_and_a_quality_of_words_make_the_advice_doubtful() -> None:
    busy = [replace(candidate("a"), requests=9, disturbed=9), replace(candidate("b", ttft_ms=900), requests=9)]
    words = advice.recommendation(choose(busy, {LATENCY: 1}))
    assert words.startswith("Choose a for now. ")
    assert "Other programs were busy during 9 of 18 requests." in words
    of_words = [replace(each, quality={QualitySource.FACETS: {"p": 0.5}}, disturbed=0) for each in busy]
    words = advice.recommendation(choose(of_words, {LATENCY: 9, QUALITY: 1}))
    assert "; both have the same quality so far (50 % of the expected facts found). Quality is only the share" in words


def test_what_was_not_repeated_is_not_sure() -> None:
    choice = choose([candidate("a", log_error=None), candidate("b", ttft_ms=500, log_error=None)], EVEN)
    assert choice.gaps[0].interval is None


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(memory_bytes=50), "its memory of 100 B is beyond the limit of 50 B"),
        (Limits(disk_bytes=5), "its size on the disk of 10 B is beyond the limit of 5 B"),
        (Limits(ttft_ms=99.0), "its TTFT of 100 ms is beyond the limit of 99.0 ms"),
        (Limits(licences=("Apache 2.0",)), "its licence MIT is not in the list"),
    ],
)
def test_a_hard_limit_leaves_out_what_breaks_it_or_is_not_known(limits: Limits, reason: str) -> None:
    unknown = candidate("unknown", ttft_ms=None, memory=None, disk=None, licence=None)
    allowed = candidate("kept", ttft_ms=50, memory=10, disk=1, licence="apache-2.0")
    choice = choose([candidate("broken"), unknown, allowed], EVEN, limits)
    assert [ranked.key for ranked in choice.ranking] == ["kept"]
    reasons = {dropped.key: dropped.reason for dropped in choice.excluded}
    assert reasons["broken"] == reason
    assert "is not known" in reasons["unknown"]


def test_the_front_holds_what_nothing_beats_in_both() -> None:
    spots = choose(
        [
            candidate("fast", tok_s=90, quality=(0.2,)),
            candidate("good", tok_s=10, quality=(0.9,)),
            candidate("beaten", tok_s=9, quality=(0.9,)),
            candidate("twin", tok_s=10, quality=(0.9,)),
            candidate("nowhere", tok_s=50, quality=None),
        ],
        EVEN,
    ).spots
    assert {spot.key: spot.on_front for spot in spots} == {"fast": True, "good": True, "twin": True, "beaten": False}


@pytest.mark.parametrize(
    ("name", "use"),
    [
        ("MIT", CommercialUse.ALLOWED),
        ("Apache License, Version 2.0", CommercialUse.ALLOWED),
        ("apache-2.0", CommercialUse.ALLOWED),
        ("Gemma", CommercialUse.CONDITIONS),
        ("Llama 3.2 Community License Agreement", CommercialUse.CONDITIONS),
        ("cc-by-nc-4.0", CommercialUse.CONDITIONS),
        ("MIT-like", CommercialUse.UNKNOWN),
        ("Our own", CommercialUse.UNKNOWN),
        (None, CommercialUse.UNKNOWN),
    ],
)
def test_commercial_use_is_what_the_table_knows(name: str | None, use: CommercialUse) -> None:
    assert licences.licence_terms(name).use is use


def test_licence_and_size_name_their_source(tmp_path: Path) -> None:
    (tmp_path / "LICENSE").write_text("                 Apache License\n           Version 2.0, January 2004\n")
    own = Model(alias="own", folder=tmp_path, state=ModelState.READY, size_bytes=5)
    assert origin_of(own, {}) == Origin(
        licence="Apache-2.0", licence_source="model folder", disk_bytes=5, disk_source="model folder"
    )
    offer = Model(alias="offer", state=ModelState.AVAILABLE, size_bytes=7, license="MIT", catalog=CatalogueFacts())
    assert origin_of(offer, {}) == Origin(
        licence="MIT", licence_source="catalogue", disk_bytes=7, disk_source="catalogue"
    )
    assert origin_of(Model(alias="bare"), {}) == Origin()


@pytest.fixture
def folder(tmp_path: Path) -> CommandFolder:
    """Write two runs of two models, the older one slower for one of them, and a newest in which a third model died."""
    folder = command_folder(tmp_path)
    old = run_record(model("tiny"), model("big"), rounds=8, run_id="20261120-090000-aaaaaa")
    facets = (Facet(kind=FacetKind.WORDS, any_of=("short",)), Facet(kind=FacetKind.WORDS, any_of=("long",)))
    prompts = tuple(replace(prompt, facets=facets) for prompt in old.plan.prompts)
    new = run_record(model("other"), run_id="20261121-090000-bbbbbb")
    dead = replace(new, loads=(failed_load("other"),), samples=())
    with closing(History(folder.history)) as history:
        history.begin(replace(run_record(model("big"), model("tiny"), run_id="20261119-090000-999999"), loads=()))
        history.begin(replace(old, plan=replace(old.plan, prompts=prompts)))
        history.begin(dead)
    return folder


def test_candidates_are_the_latest_of_each_model(folder: CommandFolder) -> None:
    with closing(History(folder.history)) as history:
        latest = latest_candidates(history, lambda _model: Origin())
        only = candidates_of(history, history.run("20261120-090000-aaaaaa"), lambda _model: Origin())
    assert [candidate.key for candidate in latest.candidates] == ["big", "other", "tiny"]
    assert latest.candidates[1].failure == "out of memory: killed while loading"
    tiny = latest.candidates[2]
    assert tiny.ttft_ms is not None
    assert (round(tiny.ttft_ms.value), tiny.memory_bytes) == (200, 100 * MIB)
    assert tiny.quality == {QualitySource.FACETS: {"rag": 0.5, "privacy": 0.5}}
    assert [candidate.key for candidate in only.candidates] == ["tiny", "big"]


def test_the_command_ranks_recommends_and_writes(folder: CommandFolder) -> None:
    result = folder.run("choose", "--preset", "summarizer", "--md", "choice.md", "--json", "choice.json")
    assert result.returncode == ExitCode.DONE
    heading, weights, first, second, _, sentence = result.stdout.splitlines()
    assert heading.split()[:3] == ["RANK", "MODEL", "SCORE"]
    assert weights.split()[:2] == ["weight", "100"]
    assert (first.split()[:2], second.split()[:2]) == (["1", "tiny"], ["2", "big"])
    assert sentence.startswith("Choose tiny for now. It scores ")
    assert "Not ranked: other, out of memory: killed while loading." in result.stderr
    assert "Quality: expected facts found, over 2 prompts." in result.stderr
    assert "at least one model was started only once" in result.stderr
    written = json.loads((folder.path / "choice.json").read_text())
    assert (written["schema"], written["ranking"][0]["key"], written["preset"]) == (1, "tiny", "summarizer")
    assert written["recommendation"] == sentence
    report = (folder.path / "choice.md").read_text()
    assert all(f"## {title}" in report for title in ("Ranking", "What it rests on", "Quality against speed"))


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("choose --max-memory 1mb", ExitCode.MODEL_FAILED, "No model can be recommended"),
        ("choose --models other", ExitCode.MODEL_FAILED, "No model can be recommended"),
        ("choose --models nope", ExitCode.USAGE, "there is no benchmark of nope in the history"),
        ("choose --weights speed=3", ExitCode.USAGE, "speed=3 is not a weight such as quality=50"),
        (
            "choose --weights latency=0,throughput=0,memory=0,quality=0,footprint=0,licence=0",
            ExitCode.USAGE,
            "every weight is 0",
        ),
        ("choose --md gone/choice.md", ExitCode.USAGE, f"cannot write {Path('gone/choice.md')}"),
        ("choose --run 20261120 --models tiny", ExitCode.DONE, "tiny is the only model left"),
    ],
)
def test_the_exit_code_says_whether_there_is_a_recommendation(
    folder: CommandFolder, arguments: str, code: ExitCode, words: str
) -> None:
    result = folder.run(*arguments.split())
    assert result.returncode == code
    assert words in result.stdout + result.stderr
    assert "Traceback" not in result.stderr


def test_the_reason_names_where_the_quality_is_from_and_what_other_sources_say() -> None:
    details = {QualitySource.JUDGE: "ratings by a model (here/fair)", QualitySource.FACETS: "graders"}
    people = {"a": (0.9, 0.2), "b": (0.5, 0.8)}
    both = [
        replace(
            candidate(key),
            quality={QualitySource.HUMAN: {"p": human}, QualitySource.FACETS: {"p": graded}},
            quality_details=details,
        )
        for key, (human, graded) in people.items()
    ]
    choice = choose(both, {Dimension.QUALITY: 1})
    assert "; quality is from ratings by people. " in advice.recommendation(choice)
    assert advice.remarks(choice)[:2] == (
        "Quality: ratings by people, over 1 prompt (1 counts 0 %, 5 100 %).",
        "Not in the score: graders, which put b first (80 %).",
    )
    level = [replace(one, quality={**(one.quality or {}), QualitySource.FACETS: {"p": 0.75}}) for one in both]
    assert "Not in the score: graders, which rank all models alike (75 %)." in advice.remarks(
        choose(level, {QUALITY: 1})
    )
    of_graders = [
        replace(one, quality={QualitySource.FACETS: {"p": share}})
        for one, (_, share) in zip(both, people.values(), strict=True)
    ]
    graded = choose(of_graders, {Dimension.QUALITY: 1})
    assert graded.quality_from == "graders"
    assert not any("Expected words do not" in remark for remark in advice.remarks(graded))
    assert graded.other_quality == ()
    unweighted = choose(both, {Dimension.LATENCY: 1})
    assert "quality is from" not in advice.recommendation(unweighted)


def test_a_number_in_doubt_on_some_machines_names_them() -> None:
    fine = candidate("small")
    slow = replace(
        fine, doubts={Dimension.THROUGHPUT: Doubt(quantity=Quantity.DECODE, reason="time was taken away from it")}
    )
    doubts = worst_of(("a", "b", "c"), {"a": slow, "b": fine, "c": slow}).doubts
    assert {each: doubt.reason for each, doubt in doubts.items()} == {
        Dimension.THROUGHPUT: "time was taken away from it on a and c"
    }
    assert worst_of(("a",), {"a": slow}).doubts == slow.doubts
