"""Numbers that a flag casts doubt on carry a mark, and take part in no conclusion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.builders import environment, model, prompts, sample, timeline
from tests.support.sweeps import swept
from tui.bench.planning.sweep import Sweep
from tui.cli.shared.comparison import CompareRequest, compare_runs
from tui.cli.shared.options import Refused
from tui.console import process_console
from tui.measure.comparison import wording
from tui.measure.comparison.compare import compare, regressions
from tui.measure.comparison.headline import headline as changed
from tui.measure.comparison.power import smallest_detectable
from tui.measure.comparison.separation import separations
from tui.measure.decision.advice import remarks
from tui.measure.decision.candidates import candidates
from tui.measure.decision.ranking import choose
from tui.measure.decision.routing import route
from tui.measure.doubt import are_comparable, doubt_about
from tui.measure.timing.levels import levels
from tui.measure.timing.model_chart import model_charts
from tui.measure.timing.summary import summarize
from tui.measure.timing.sweep import sweep_steps
from tui.records import (
    ANSWERED_BY,
    COUNT_DOUBTED,
    END_UNKNOWN,
    IN_LUMPS,
    PROMPT_CACHED,
    PROMPT_CUT,
    RATE_UNSURE,
    SERVER_MEMORY,
    TOKENS_ESTIMATED,
    Disturbance,
    Method,
    Plan,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    SampleStatus,
    SweepOf,
)
from tui.records.comparison import Outcome, Quantity, mark, marked
from tui.records.decision import Dimension, Limits, Needs, Origin
from tui.records.grading.gates import FailOver
from tui.reports.context import report_context
from tui.reports.html.charts.spread import spread_chart
from tui.reports.html.charts.timeline import timeline_charts
from tui.reports.markdown.distribution import distribution_section
from tui.reports.markdown.elements import MARKUP
from tui.reports.sections.distribution import distribution_parts
from tui.reports.sections.findings import findings
from tui.reports.sections.levels import LEVEL_COLUMNS, level_notes
from tui.reports.sections.summary.headline import headline
from tui.reports.sections.sweep import decode_rate, sweep_notes
from tui.text.result_columns import PEAK_RSS, RESULT_COLUMNS, counted_rounds

TRUTH = {"plain": (200.0, 50.0, ()), "even": (202.0, 50.2, (f"{ANSWERED_BY}gpt-9",))}
FALSE = {
    "lump": (20.0, 2781.0, (RATE_UNSURE, IN_LUMPS)),
    "half": (200.0, 90.0, (COUNT_DOUBTED,)),
    "estimate": (200.0, 84.0, (TOKENS_ESTIMATED,)),
    "cached": (20.0, 50.0, (PROMPT_CACHED,)),
    "cut": (50.0, 50.0, (PROMPT_CUT,)),
}


def run_of(servers: dict[str, tuple[float, float, tuple[str, ...]]], run_id: str = "one") -> RunRecord:
    """A run of three launches whose rounds differ by little."""
    samples: list[Sample] = []
    for key, (ttft_ms, tok_s, flags) in servers.items():
        for launch in (1, 2, 3):
            for number in (1, 2, 3):
                times = timeline(ttft_ms=ttft_ms * (1 + number / 1000), tok_s=tok_s * (1 + launch / 1000))
                cached = {"cached_prompt_tokens": 14 if PROMPT_CACHED in flags else 0}
                one = sample(key, times=replace(times, **cached), round_number=number, flags=flags)
                samples.append(replace(one, launch=launch))
    return RunRecord(
        run_id=run_id,
        started_at="2026-11-22T15:20:00+00:00",
        plan=Plan(models=tuple(map(model, servers)), prompts=prompts()[:1], method=Method(rounds=3, launches=3)),
        environment=environment(),
        status=RunStatus.DONE,
        samples=tuple(samples),
    )


RUN = run_of(TRUTH | FALSE)


def test_the_summary_names_no_model_for_a_number_in_doubt() -> None:
    text = "\n".join(
        line for finding in findings(report_context(RUN), MARKUP) for line in (finding.sentence, *finding.points)
    )
    fastest, highest = (
        next(line for line in text.splitlines() if line.startswith(title))
        for title in ("Fastest first token:", "Highest decode rate:")
    )
    assert "plain" in fastest
    assert "even" in highest
    assert not any(key in fastest for key in ("lump", "cached", "cut"))
    assert not any(key in highest for key in ("lump", "half", "estimate"))
    assert "Highest decode rate leaves out **half**, because its server counted fewer tokens than it sent" in text
    assert "Fastest first token leaves out **cached**, because its prompts came from a cache" in text
    assert "**cached**: 87.5 % of the prompts' tokens" in text
    apart = text[text.index("Further down in these rankings") :]
    assert "lump" not in apart.partition("Prompts that a server")[0]


def test_models_are_told_apart_by_numbers_without_doubt_alone() -> None:
    pairs = separations(RUN, [model.key for model in RUN.plan.models])
    named = {
        quantity: {key for pair in pairs if pair.quantity is quantity for key in (pair.better, pair.worse)}
        for quantity in (Quantity.TTFT, Quantity.DECODE)
    }
    assert named == {
        Quantity.TTFT: {"plain", "even", "half", "estimate"},
        Quantity.DECODE: {"plain", "even", "cached", "cut"},
    }


def test_prompts_from_a_cache_are_ranked_among_each_other() -> None:
    run = run_of({"one": (20.0, 50.0, (PROMPT_CACHED,)), "two": (40.0, 50.0, (PROMPT_CACHED,))})
    assert [pair.better for pair in separations(run, ["one", "two"]) if pair.quantity is Quantity.TTFT] == ["one"]


def test_a_choice_and_a_route_rest_on_no_number_in_doubt() -> None:
    found = candidates(RUN, [model.key for model in RUN.plan.models], lambda _: Origin())
    choice = choose(found, {Dimension.LATENCY: 1, Dimension.THROUGHPUT: 1})
    assert {ranked.key for ranked in choice.ranking} == set(TRUTH)
    assert any(
        "Not ranked: cut, its latency cannot be ranked, because its server cut" in line for line in remarks(choice)
    )
    memory_alone = choose(found, {Dimension.MEMORY: 1})
    assert {ranked.key for ranked in memory_alone.ranking} == set(TRUTH | FALSE), "nothing of memory is in doubt"
    limited = choose(found, {Dimension.MEMORY: 1}, Limits(ttft_ms=300))
    assert {ranked.key for ranked in limited.ranking} == {"plain", "even", "half", "estimate"}
    assert "even was not measured quite as asked: answered by gpt-9." in remarks(choice)
    needed = route(found, Needs(min_tok_s=10, max_ttft_ms=300))
    assert needed.fitting[0].otherwise == ("answered by gpt-9",)
    assert [fitting.key for fitting in needed.fitting] == ["even", "plain"]
    assert route(found, Needs(max_ttft_ms=300)).fitting[0].key == "even", "a rate in doubt is no reason to come first"
    lump = next(fitting for fitting in route(found, Needs()).fitting if fitting.key == "lump")
    assert (lump.in_doubt, lump.ttft_in_doubt, lump.doubts) == (True, True, ("its answers came in a few lumps",))


def test_the_memory_of_a_whole_server_is_that_of_no_model() -> None:
    run = run_of({"one": (20.0, 50.0, (SERVER_MEMORY,)), "two": (40.0, 50.0, (SERVER_MEMORY,))})
    text = [point for finding in findings(report_context(run), MARKUP) for point in finding.points]
    assert any(
        point.startswith("Smallest memory: no model that could be ranked, each for the same reason: its memory is")
        for point in text
    )
    assert not any(finding.sentence.startswith("The most memory") for finding in findings(report_context(run), MARKUP))
    assert [PEAK_RSS.text(summary)[-1] for summary in summarize(run)] == ["?", "?"]
    found = candidates(run, ["one", "two"], lambda _: Origin())
    assert [candidate.memory_bytes for candidate in found] == [None, None]
    doubt = doubt_about(run.samples, Quantity.MEMORY)
    assert are_comparable(doubt, doubt), "the server is the same one before and after"
    assert are_comparable(None, doubt), "an earlier run did not note whose memory it is"


@pytest.mark.parametrize(
    ("flags", "marked_columns"),
    [
        (
            (IN_LUMPS,),
            {"TTFT p50", "TTFT p95", "Decode tok/s", "Prefill tok/s", "First answer p50", "ITL p50", "Longest stall"},
        ),
        ((PROMPT_CACHED,), {"TTFT p50", "TTFT p95", "E2E p50", "E2E p95", "Prefill tok/s", "First answer p50"}),
        ((TOKENS_ESTIMATED,), {"Decode tok/s", "Tokens", "Overall tok/s"}),
        ((COUNT_DOUBTED,), {"Decode tok/s", "Tokens", "Overall tok/s", "ITL p50"}),
        ((END_UNKNOWN,), {"Decode tok/s", "E2E p50", "E2E p95", "ITL p50"}),
        ((SERVER_MEMORY,), {"Peak RSS"}),
        ((), set[str]()),
    ],
)
def test_every_column_of_a_number_in_doubt_is_marked(flags: tuple[str, ...], marked_columns: set[str]) -> None:
    (summary,) = summarize(run_of({"one": (20.0, 50.0, flags)}))
    summary = replace(summary, first_answer_p50_ms=30.0, gaps_of_tokens=True)
    cells = {column.title: column.text(summary) for column in RESULT_COLUMNS if column.number is not None}
    with_mark = {title for title, cell in cells.items() if set("~?c") & set(cell.replace("tok/s", ""))}
    assert with_mark - {"ITL p99"} == marked_columns


def test_runs_are_not_compared_by_a_number_in_doubt() -> None:
    before = run_of({"tiny": (200.0, 50.0, ())})
    after = run_of({"tiny": (20.0, 40.0, (PROMPT_CACHED,))}, "two")
    comparison = compare(after, before)
    by_quantity = {change.quantity: change for change in comparison.changes}
    assert by_quantity[Quantity.TTFT].outcome is Outcome.IN_DOUBT
    assert by_quantity[Quantity.DECODE].outcome is Outcome.FASTER
    assert not regressions(comparison, 0.01), "a gate fails by no number in doubt"
    assert wording.sides(by_quantity[Quantity.TTFT]) == ("20.0 msc", "200 ms")
    estimate = compare(before, run_of({"tiny": (200.0, 50.0, (TOKENS_ESTIMATED,))}, "two"))
    shown = next(wording.sides(change) for change in estimate.changes if change.quantity is Quantity.DECODE)
    assert shown == ("50.1 tok/s", "~50.1 tok/s")
    told = dict(wording.remarks(comparison))
    assert told["tiny, TTFT: not compared"] == "before, its prompts came from a cache"
    assert "2 numbers in doubt, so not compared" in changed(comparison)
    both = compare(after, replace(after, run_id="three"))
    assert all(change.outcome is Outcome.NO_DIFFERENCE for change in both.changes), "both from a cache"


@pytest.mark.parametrize(
    ("flags", "quantity", "expected"),
    [
        ((PROMPT_CACHED,), Quantity.TTFT, "c"),
        ((PROMPT_CACHED,), Quantity.DECODE, ""),
        ((IN_LUMPS,), Quantity.TTFT, "?"),
        ((TOKENS_ESTIMATED,), Quantity.DECODE, ""),
        (("asked to wait",), Quantity.TTFT, ""),
    ],
)
def test_a_number_in_doubt_has_a_mark(flags: tuple[str, ...], quantity: Quantity, expected: str) -> None:
    assert mark(flags, quantity) == expected


def test_a_few_doubtful_rounds_leave_the_median_as_it_is() -> None:
    rounds = [sample(round_number=number, flags=(RATE_UNSURE,) if number == 1 else ()) for number in range(1, 5)]
    assert doubt_about(rounds, Quantity.DECODE) is None
    assert doubt_about(rounds[:2], Quantity.DECODE) is not None


def test_time_that_was_taken_away_puts_every_number_in_doubt() -> None:
    paused = [replace(sample(), disturbances=(Disturbance.PAUSED,))]
    assert all(doubt_about(paused, quantity) for quantity in set(Quantity) - {Quantity.MEMORY})


@pytest.mark.parametrize(("kind", "shown"), [(Disturbance.OTHER_LOAD, "50.0"), (Disturbance.PAUSED, "50.0?")])
def test_a_disturbed_level_and_a_disturbed_step_carry_a_mark(kind: Disturbance, shown: str) -> None:
    own = [sample(prompt_id="output-40", round_number=number, times=timeline(tok_s=50)) for number in (1, 2)]
    own[0] = replace(own[0], disturbances=(kind,))
    run = swept(Sweep(SweepOf.OUTPUT, (40,)), own)
    (step,) = sweep_steps(run, "tiny")
    assert (counted_rounds(step.rounds, step.disturbed), step.disturbed) == ("2 !", 1)
    assert decode_rate(step, 50.0) == shown
    assert any("`!` 1 of 2 requests was disturbed" in note for note in sweep_notes(SweepOf.OUTPUT, [step], str))
    plan = replace(RUN.plan, models=(model("tiny"),), method=Method(rounds=2, concurrency=(1, 2)))
    (one, _) = levels(replace(RUN, plan=plan, samples=tuple(own)), "tiny")
    assert next(column for column in LEVEL_COLUMNS if column.title == "n").show(one) == "2 !"
    assert level_notes([one])[0] == "1 at once: `!` 1 of 2 requests was disturbed by other activity."


def test_cached_and_computed_prompts_are_two_numbers() -> None:
    computed = sample(kind=SampleKind.WARMUP, times=replace(timeline(ttft_ms=200), cached_prompt_tokens=0))
    cached = sample(times=replace(timeline(ttft_ms=20), cached_prompt_tokens=12), flags=(PROMPT_CACHED,))
    run = replace(run_of({"tiny": (1.0, 1.0, ())}), samples=(computed, cached))
    (summary,) = summarize(run)
    assert summary.cached is not None
    assert (summary.cached.ttft_p50_ms, summary.cached.computed_ttft_p50_ms) == (20, 200)
    assert summary.cached.share == 0.75


def test_models_are_ranked_over_the_prompts_that_all_of_them_have() -> None:
    # Two equal models; the long prompt of one was always disturbed, and disturbed rounds are left out.
    samples = [
        replace(
            sample(key, prompt_id=prompt, times=timeline(ttft_ms=ttft_ms * (1 + number / 1000)), round_number=number),
            launch=launch,
            disturbances=(Disturbance.OTHER_LOAD,) if (key, prompt) == ("tiny", "long") else (),
        )
        for key in ("tiny", "twin")
        for launch in (1, 2, 3)
        for number in (1, 2)
        for prompt, ttft_ms in (("rag", 100.0), ("long", 400.0))
    ]
    run = replace(
        RUN,
        plan=Plan(models=(model("tiny"), model("twin")), prompts=prompts()[:2], method=Method(rounds=2, launches=3)),
        samples=tuple(samples),
        without_disturbed=True,
    )
    assert all(not pair.told_apart and abs(pair.slowdown) < 1e-9 for pair in separations(run, ("tiny", "twin")))
    tiny, twin = summarize(run)
    assert twin.doubts == ()
    assert {doubt.quantity for doubt in tiny.doubts} == set(Quantity) - {Quantity.MEMORY}
    assert tiny.doubts[0].reason == "it has no round of long"
    said = "\n".join(point for finding in findings(report_context(run), MARKUP) for point in finding.points)
    assert "Fastest first token: **twin**" in said
    assert "Fastest first token leaves out **tiny**, because it has no round of long" in said
    nothing = replace(run, samples=tuple(replace(row, disturbances=(Disturbance.SWAP,)) for row in run.samples))
    assert headline(report_context(nothing), MARKUP).startswith("Every round was disturbed")


def test_a_larger_share_of_failed_requests_is_told_and_fails_a_gate() -> None:
    before = run_of(TRUTH)
    lost = [row for row in before.samples if row.key == "plain"][::3]
    failed = [
        replace(row, status=SampleStatus.FAILED, error="refused", timeline=timeline()) if row in lost else row
        for row in before.samples
    ]
    after = replace(before, samples=tuple(failed))
    assert wording.failures(compare(before, after)) == ["plain (0 of 9 before, 3 of 9 after)"]
    assert ("Failed in B", "3 of 9 requests of plain") in wording.remarks(compare(before, after))
    assert wording.failures(compare(after, before)) == []
    disturbed = replace(
        before, samples=tuple(replace(row, disturbances=(Disturbance.OTHER_LOAD,)) for row in before.samples)
    )
    assert ("Disturbed in A", "9 of 9 requests of plain, 9 of 9 requests of even") in wording.remarks(
        compare(disturbed, before)
    )


def test_the_slowdown_at_which_a_gate_fails_is_beyond_its_limit() -> None:
    comparison = compare(RUN, RUN)
    (change, *_) = [change for change in comparison.changes if change.interval is not None]
    alone, gated = smallest_detectable(change), smallest_detectable(change, beyond=0.05)
    assert alone is not None
    assert gated is not None
    assert abs((1 + gated) - 1.05 * (1 + alone)) < 1e-9
    (_, _, power) = wording.basis((comparison,), gate=0.05)
    assert power.startswith("The gate at 5.0 % fails nine times out of ten at a slowdown of")


def test_a_gate_that_has_only_numbers_in_doubt_does_not_pass() -> None:
    before = run_of({"tiny": (200.0, 50.0, ())})
    after = run_of({"tiny": (20.0, 40.0, (IN_LUMPS,))}, "two")
    with pytest.raises(Refused, match="every number is in doubt on one side"):
        compare_runs(before, (after,), process_console(), CompareRequest(fail_over=FailOver(speed=0.05)))


@pytest.mark.parametrize(
    ("flags", "disturbances", "quantity", "text", "reason"),
    [
        ((RATE_UNSURE,), (), Quantity.DECODE, "50.0?", "several tokens came at once"),
        ((TOKENS_ESTIMATED,), (), Quantity.DECODE, "~50.0", "its tokens are an estimate"),
        ((PROMPT_CACHED,), (), Quantity.TTFT, "50.0c", "its prompts came from a cache"),
        ((PROMPT_CUT,), (), Quantity.TTFT, "50.0?", "its server cut the prompts"),
        ((PROMPT_CUT,), (), Quantity.DECODE, "50.0", ""),
        ((), (Disturbance.OTHER_LOAD,), Quantity.TTFT, "50.0!", "other programs were busy"),
    ],
)
def test_charts_mark_one_model_in_doubt_and_leave_the_other_as_it_is(
    flags: tuple[str, ...], disturbances: tuple[Disturbance, ...], quantity: Quantity, text: str, reason: str
) -> None:
    run = run_of({"plain": (200.0, 50.0, ()), "other": (100.0, 50.0, flags)})
    disturbed = (replace(one, disturbances=disturbances) if one.key == "other" else one for one in run.samples)
    run = replace(run, samples=tuple(disturbed))
    assert marked("50.0", flags, quantity, disturbed=bool(disturbances)) == text
    sure, other = (
        next(chart for chart in model_charts(run, key) if chart.quantity is quantity) for key in ("plain", "other")
    )
    assert sure.in_doubt == {}
    assert other.in_doubt == ({reason: 9} if reason else {})
    assert {point.doubt for point in other.points} == {reason}
    context = report_context(run)
    part = distribution_parts(context)[quantity is Quantity.DECODE]
    spread = spread_chart(context, part)
    dots = {line.classes: line.titles for line in spread.lines if line.radius is not None}
    assert [name.split()[0] for name in dots] == ["dot", "doubted" if reason else "dot"]
    assert ("doubted", f"in doubt: {reason}") in spread.legend or not reason
    assert all(f"in doubt, because {reason}" in title for title in dots.get("doubted m1", ()))
    course = next(chart for chart in timeline_charts(context) if chart.title.startswith(part.title.split(" in ")[0]))
    assert [line.classes for line in course.lines if line.radius is not None] == list(dots)
    rows = [line for line in distribution_section(context).splitlines() if line.startswith(("plain ", "other "))]
    assert len(rows) == 4, "a line a model in both charts"
    of_quantity = rows[:2] if quantity is Quantity.TTFT else rows[2:]
    assert not set("~?c!") & set(of_quantity[0].removeprefix("plain"))
    assert bool(set("~?c!") & set(of_quantity[1].removeprefix("other"))) is bool(reason)
