"""A number in doubt carries its mark in everything that shows it, whichever flag casts the doubt, and ranks nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree

import pytest

from tests.measure.test_doubt import run_of
from tests.support.builders import failed_sample
from tui.cli.route.output import route_lines
from tui.measure.comparison.compare import compare
from tui.measure.comparison.gates import gate_results
from tui.measure.decision.candidates import candidates
from tui.measure.decision.ranking import choose
from tui.measure.decision.routing import route
from tui.measure.decision.worst import worst_of
from tui.measure.fleet.comparing import fleet_of
from tui.measure.timing.summary import summarize
from tui.records import (
    ANSWERED_BY,
    COUNT_DOUBTED,
    END_UNKNOWN,
    IN_LUMPS,
    PROMPT_CACHED,
    TOKENS_ESTIMATED,
    Disturbance,
    Sample,
    SampleKind,
)
from tui.records.decision import Candidate, Dimension, Needs, Origin, QualitySource
from tui.records.fleet.results import FleetLimits
from tui.records.grading.gates import FailOver
from tui.reports.conversation import conversation_text
from tui.reports.decision import Decision, facts_table
from tui.reports.decision import markdown as choice_markdown
from tui.reports.fleet.markdown import markdown_text as fleet_markdown
from tui.reports.fleet.reading import results_in
from tui.reports.fleet.view import fleet_view
from tui.reports.gates import junit_text, summary_text, workflow_commands
from tui.reports.json import json_text
from tui.text.result_columns import COLD_TTFT

LATENCY, RATE = Dimension.LATENCY, Dimension.THROUGHPUT
FLAGS = {
    # flags: TTFT and decode rate as they are shown, and the dimensions that rank nothing
    IN_LUMPS: ("20.0 ms?", "2,787 tok/s?", {LATENCY, RATE}),
    PROMPT_CACHED: ("20.0 msc", "2,787 tok/s", {LATENCY}),
    TOKENS_ESTIMATED: ("20.0 ms", "~2,787 tok/s", {RATE}),
    COUNT_DOUBTED: ("20.0 ms", "2,787 tok/s?", {RATE}),
    END_UNKNOWN: ("20.0 ms", "2,787 tok/s?", {RATE}),
    Disturbance.PAUSED: ("20.0 ms?!", "2,787 tok/s?!", {LATENCY, RATE}),
    Disturbance.CLIENT_WAITED: ("20.0 ms!", "2,787 tok/s!", set[Dimension]()),
}


def samples_of(flag: str) -> dict[str, tuple[Sample, ...]]:
    """The samples of two models, of which one is by far faster and in doubt."""
    run = run_of({"plain": (200.0, 50.0, ()), "doubtful": (20.0, 2781.0, (flag,))})
    if flag in set(Disturbance):
        changed = {"flags": (), "disturbances": (Disturbance(flag),)}
        run = replace(
            run, samples=tuple(replace(one, **changed if one.key == "doubtful" else {}) for one in run.samples)
        )
    return {key: tuple(one for one in run.samples if one.key == key) for key in ("plain", "doubtful")}


@pytest.mark.parametrize("flag", FLAGS)
def test_a_number_in_doubt_is_marked_by_every_conclusion_and_ranks_nothing(flag: str) -> None:
    ttft, rate, unranked = FLAGS[flag]
    own = samples_of(flag)
    run = replace(run_of({"plain": (200.0, 50.0, ()), "doubtful": (20.0, 2781.0, ())}), samples=sum(own.values(), ()))
    found = [_with_quality(one) for one in candidates(run, list(own), lambda _: Origin())]
    # A choice by what is not in doubt shows the doubtful number all the same, but no other weight ranks by it.
    choice = choose(found, {Dimension.MEMORY: 1, Dimension.QUALITY: 1})
    (row,) = (line for line in facts_table(found, choice).splitlines() if line.startswith("| doubtful"))
    assert [cell.strip() for cell in row.split("|")[2:4]] == [ttft, rate]
    assert {spot.key for spot in choice.spots} == {"plain", *({"doubtful"} if RATE not in unranked else ())}
    assert {turn.dimension for turn in choice.turns}.isdisjoint(unranked)
    parts = {part.dimension: part for ranked in choice.ranking if ranked.key == "doubtful" for part in ranked.parts}
    assert {dimension for dimension in (LATENCY, RATE) if parts[dimension].score is None} == unranked
    document = choice_markdown(Decision(choice=choice, candidates=tuple(found), preset="chat"))
    assert f" {rate} " in document
    # A route and the worst of two machines.
    (line,) = (line for line in route_lines(route(found, Needs())) if line.startswith("doubtful"))
    bare_ttft, bare_rate = ttft.removesuffix("!"), rate.removesuffix("!")
    assert f" {bare_rate}, TTFT {bare_ttft}, " in line
    assert ("in doubt, because" in line, "! other programs were busy" in line) == (bool(unranked), rate.endswith("!"))
    plain, doubtful = found
    worst = worst_of(["a", "b"], {"a": replace(plain, key="x"), "b": replace(doubtful, key="x")})
    assert set(worst.doubts) == unranked
    assert all(doubt.reason.endswith(" on b") for doubt in worst.doubts.values())
    assert worst.disturbed == doubtful.disturbed
    # A fleet: the file of a machine, merged.
    fleet = fleet_of(results_in(json.loads(json_text(run)), "file"), reference="plain", limits=FleetLimits(ttft_ms=50))
    cells = fleet_markdown(fleet)
    of_fleet = next(line for line in cells.splitlines() if line.startswith("| doubtful"))
    assert of_fleet.split("|")[2].strip().startswith(f"{ttft} (")
    assert fleet.answer.startswith("No model meets" if LATENCY in unranked else "doubtful meets")
    assert ("## In doubt, so in no conclusion" in cells) is bool(unranked)
    assert len(fleet_view(fleet).doubts) >= len(unranked)
    # One answer in a conversation.
    answer = conversation_text({"doubtful": own["doubtful"][:1]})
    assert f"TTFT {bare_ttft}" in answer or flag in set(Disturbance)


def _with_quality(candidate: Candidate) -> Candidate:
    return replace(candidate, quality={QualitySource.FACETS: {"rag": 0.5 if candidate.key == "plain" else 0.4}})


def test_another_model_that_answered_on_one_machine_is_told_of_all() -> None:
    found = candidates(run_of({"x": (200.0, 50.0, ())}), ["x"], lambda _: Origin())
    changed = candidates(run_of({"x": (100.0, 60.0, (f"{ANSWERED_BY}gpt-9",))}), ["x"], lambda _: Origin())
    worst = worst_of(["a", "b"], {"a": found[0], "b": changed[0]})
    assert worst.otherwise == ("answered by gpt-9 on b",)
    assert worst.requests == 18


def test_the_first_token_after_a_load_has_its_own_marks() -> None:
    run = run_of({"x": (200.0, 50.0, ())})
    cold = replace(run.samples[0], kind=SampleKind.COLD, flags=(IN_LUMPS,))
    (summary,) = summarize(replace(run, samples=(cold, *run.samples)))
    assert COLD_TTFT.text(summary) == "200 ms?"


def test_a_gate_gives_its_reasons_in_every_form() -> None:
    before = run_of({"tiny": (200.0, 50.0, ())})
    doubtful = run_of({"tiny": (20.0, 50.0, (IN_LUMPS,))}, "two")
    failed = [failed_sample("tiny", error=error) for error in ("refused: no <room>", "refused: no <room>", "crashed")]
    after = replace(doubtful, samples=(*doubtful.samples, *failed))
    results = gate_results(before, (after,), (compare(before, after),), FailOver(speed=0.05, e2e=0.05, memory=0.05))
    words = {result.name: result.words for result in results}
    assert (
        words["TTFT"]
        == "tiny: TTFT 200 ms -> 20.0 ms?, not compared: in doubt (after, its answers came in a few lumps)"
    )
    assert words["failed requests"] == (
        "tiny: 0 of 9 requests failed before, 3 of 12 after: refused: no <room> (2); crashed (1)"
    )
    suite = ElementTree.fromstring(junit_text(results, "title"))
    messages = {case.get("name"): case[0].get("message") for case in suite.iter("testcase") if len(case)}
    assert messages["failed requests"] == f"{words['failed requests']} (limit 0.0 %)"
    assert messages["TTFT"] == f"{words['TTFT']} (limit 5.0 %)"
    assert any("crashed (1)" in line and line.startswith("::error") for line in workflow_commands(results))
    assert "in a few lumps" in summary_text(results, "title")
