"""The report for people: what it says, and that no text in it changes its structure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.support.builders import MIB, failed_sample, model, run_record, timeline
from tests.support.hostile import texts
from tests.support.launches import Machine, answer
from tests.support.reports import named, starved_run, whole_run
from tui.measure.timing import metrics
from tui.records import (
    MAYBE_CACHED,
    RATE_UNSURE,
    TOKENS_ESTIMATED,
    Disturbance,
    Endpoint,
    MemoryReading,
    Mode,
    Order,
    Purpose,
    RunRecord,
    RunStatus,
    ServedBuild,
)
from tui.records.quality import Rating
from tui.reports.markdown import markdown_report, results_table
from tui.text import escape


def rendered(text: str) -> list[Token]:
    """Return a report as a renderer parses it: every block, and every token within one."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [inner for token in tokens for inner in (token, *(token.children or ()))]


def cells(tokens: Iterable[Token]) -> list[list[str]]:
    """Return the rows of all tables of a page, as text."""
    rows: list[list[str]] = []
    tokens = iter(tokens)
    for token in tokens:
        if token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            inline = next(tokens)
            rows[-1].append("".join(child.content for child in inline.children or ()))
    return rows


def kinds(tokens: Iterable[Token]) -> list[str]:
    """Return the structure of a page, without its words."""
    return [token.type for token in tokens if token.type not in {"text", "text_special"}]


def test_no_text_changes_the_structure_of_a_report() -> None:
    expected = kinds(rendered(markdown_report(named("plain"))))
    assert not {"html_block", "html_inline", "image", "link_open"} & set(expected)
    # A report takes a while, and what is put in its places is made by two functions: of those hundreds, below.
    for text in texts(30):
        page = rendered(markdown_report(named(text)))
        assert kinds(page) == expected, repr(text)
        rows = cells(page)
        # The results, then for TTFT and decode rate each the distribution and the intervals of percentiles.
        assert [len(row) for row in rows] == [12] * 3 + [7] * 3 + [12, 12, 12, 5, 5, 5] * 2
        assert rows[1][0] == f"{escape.visible(text).strip() or '-'} (practice)", repr(text)


def test_no_text_leaves_its_cell_its_sentence_or_its_block() -> None:
    def page_of(text: str) -> list[Token]:
        cell, block = escape.markdown_inline(text) or "-", escape.markdown_block(text)
        return rendered(f"| a | b |\n| - | - |\n| {cell} | 1 |\n\nWith {cell} in it.\n\n{block}\n\n## End\n")

    expected = kinds(page_of("plain"))
    for text in texts(600):
        page = page_of(text)
        assert kinds(page) == expected, repr(text)
        assert cells(page)[1] == [escape.visible(text).strip(), "1"], repr(text)


def test_the_table_has_the_agreed_columns_with_numbers_to_the_right() -> None:
    heading, rule, first, *_ = results_table(run_record(model("tiny"))).splitlines()
    assert [title.strip() for title in heading.strip("|").split("|")] == [
        "Model", "Load", "Cold TTFT", "TTFT p50", "TTFT p95", "E2E p50", "E2E p95", "Decode tok/s", "Prefill tok/s",
        "Tokens", "Peak RSS", "Status",
    ]  # fmt: skip
    sides = [cell.strip().endswith(":") for cell in rule.strip("|").split("|")]
    assert sides == [False, *[True] * 10, False]
    assert [cell.strip() for cell in first.strip("|").split("|")] == [
        "tiny", "0.35 s", "600 ms", "200 ms", "200 ms*", "600 ms", "600 ms*", "50.0", "80.0", "21", "100 MiB", "ok",
    ]  # fmt: skip
    assert len(heading) == len(rule) == len(first), "the columns stand under each other in a terminal"


def test_the_columns_line_up_beside_wide_letters() -> None:
    lines = results_table(run_record(model("日本語"), model("abc"))).splitlines()[:4]
    assert len(lines[2]) + 3 == len(lines[3]) == len(lines[0])


def test_p95_is_marked_until_it_rests_on_enough_requests() -> None:
    few, enough = run_record(model("tiny"), rounds=10), run_record(model("tiny"), rounds=11)
    assert "200 ms*" in results_table(few)
    assert "`*` p95 of fewer than 21 requests: an interpolation." in results_table(few)
    assert "*" not in results_table(enough)


def flagged(*flags: str) -> RunRecord:
    run = run_record(model("tiny"))
    return replace(run, samples=tuple(replace(sample, flags=flags) for sample in run.samples))


def test_flags_show_as_marks_with_their_meaning_beneath() -> None:
    assert "| 50.0 |" in " ".join(results_table(flagged()).split())
    estimated = " ".join(results_table(flagged(TOKENS_ESTIMATED)).split())
    assert "| ~50.0 | 80.0 | ~21 |" in estimated
    assert "`~` tokens not counted by the runtime" in estimated
    unsure = " ".join(results_table(flagged(RATE_UNSURE)).split())
    assert "| 50.0? | 80.0 | 21 |" in unsure
    assert "`?` at a decode rate" in unsure
    cached = " ".join(results_table(flagged(MAYBE_CACHED)).split())
    assert "| 50.0 | 80.0? | 21 |" in cached
    assert "`?` at a prefill rate" in cached


def section(title: str, run: RunRecord, readings: Sequence[MemoryReading] = ()) -> str:
    return markdown_report(run, readings).partition(f"## {title}\n\n")[2].partition("\n\n## ")[0]


def summary(run: RunRecord) -> str:
    return section("Summary", run)


def test_the_summary_names_the_best_of_the_models_measured() -> None:
    run = run_record(model("tiny"), model("big"))
    lighter = tuple(replace(sample, peak_rss_bytes=MIB) if sample.key == "big" else sample for sample in run.samples)
    assert summary(replace(run, samples=lighter)) == (
        "Each model was started once, and numbers differ from start to start; no answer was rated for quality.\n\n"
        "Of the 2 models measured:\n\n"
        "- Fastest first token: **tiny** (TTFT p50 200 ms), **big** takes 2.0 times [×2, ×2] as long, a clear lead\n"
        "- Highest decode rate: **tiny** (p50 50.0 tok/s), 2.0 times [×2, ×2] as fast as **big**, a clear lead\n"
        "- Smallest memory: **big** (peak RSS 1.00 MiB)\n\n"
        "In brackets: intervals at 95 % for all of these together. The intervals leave out how much numbers "
        "differ from start to start.\n\n"
        "The first token after a load (cold), which is in no average, against the later ones:\n\n"
        "- **tiny**: 600 ms cold, 200 ms warm\n"
        "- **big**: 1,200 ms cold, 400 ms warm\n\n"
        "The most memory that one model held: 100 MiB of 8.00 GiB, by **tiny**."
    )


def test_the_summary_shares_a_place_and_says_what_is_not_known() -> None:
    run = run_record(model("a"), model("b"), model("c"))
    samples = tuple(
        replace(
            sample,
            timeline=timeline(tok_s=50.0001 if sample.key == "b" else 50.0),
            peak_rss_bytes=None if sample.key == "a" else sample.peak_rss_bytes,
        )
        for sample in run.samples
    )
    shown = summary(replace(run, samples=samples))
    assert "- Highest decode rate: **b**, **a** and **c** alike (p50 50.0 tok/s)" in shown
    assert "- Smallest memory: **b** and **c** alike (peak RSS 100 MiB, known of 2 of them only)" in shown
    nowhere = tuple(replace(sample, peak_rss_bytes=None) for sample in run.samples)
    assert "- Smallest memory: not known" in summary(replace(run, samples=nowhere))


def verdict(run: RunRecord) -> str:
    """Return the line below the title."""
    return markdown_report(run).splitlines()[2]


def test_a_report_begins_with_its_verdict_in_one_line() -> None:
    run = run_record(model("tiny"), model("big"))
    assert verdict(run) == (
        "With one launch of each model, **tiny** is fastest: 50.0 tok/s, 2.0 times as fast as **big**, a clear lead."
    )
    disturbed = tuple(
        replace(sample, disturbances=(Disturbance.OTHER_LOAD,)) if index % 4 == 0 else sample
        for index, sample in enumerate(run.samples)
    )
    assert re.match(
        r"With \d of 12 requests disturbed and one launch of each model, ", verdict(replace(run, samples=disturbed))
    )
    once = verdict(run_record(model("a"), model("b"), rounds=1))
    assert "**a** and **b** ran too few rounds to tell which is faster (50.0 tok/s and 25.0 tok/s)." in once
    close = Machine(prompts=("rag",)).run(np.random.default_rng(3), 3, 8, keys=("one", "two"), slower=1.0)
    assert re.fullmatch(r"\*\*\w+\*\* and \*\*\w+\*\* are too close to call by speed \(.*\)\.", verdict(close))
    apart = Machine(prompts=("rag",)).run(np.random.default_rng(3), 3, 8, keys=("one", "slow"), slower=1.3)
    assert re.fullmatch(
        r"\*\*\w+\*\* is fastest: [\d.]+ tok/s, \d\d\.\d % ahead of \*\*\w+\*\*, a clear lead\.", verdict(apart)
    )


def test_the_verdict_compares_nothing_with_nothing() -> None:
    run = run_record(model("tiny"), model("big"))
    assert verdict(run_record(model("tiny"))).startswith(
        "With one launch, **tiny** finished its rounds: TTFT p50 200 ms, decode rate p50 50.0 tok/s"
    )
    only_one = replace(run, samples=(*run.samples, failed_sample("big")))
    assert "only **tiny** finished its rounds, so there is nothing to compare: TTFT p50 200 ms, " in verdict(
        only_one
    ), "a failed model wins nothing"
    failed = replace(run, samples=tuple(failed_sample(key) for key in ("tiny", "big")))
    assert verdict(failed).startswith("No model finished")


def test_the_summary_says_what_failed_what_stayed_and_what_is_practice() -> None:
    text = summary(whole_run())
    finished = "Of 5 models: 2 finished, 2 failed, 1 skipped, since the run was stopped before."
    assert f"{finished}\n\n- **mistral-7b** failed: out of memory: killed" in text
    assert "by **mistral-7b**. Not all memory came back after the end of:\n\n- **qwen2.5-0.5b@cpu**: 310 MiB" in text
    assert text.endswith(
        "Practice models ship with Benchtop to try it out; their numbers tell nothing about other models."
    )
    assert "Of 1 model" not in summary(run_record(model("tiny")))


def test_the_summary_has_no_doubt_of_a_rated_run_of_several_launches() -> None:
    run = run_record(model("tiny"))
    halves = tuple(replace(each, launch=1 + index % 2) for index, each in enumerate(run.samples))
    rating = Rating(answer_id="a", key="tiny", prompt_id="rag", score=4)
    assert verdict(replace(run, samples=halves, ratings=(rating,))).startswith("**tiny** finished its rounds")
    assert "started once" not in summary(replace(run, samples=halves, ratings=(rating,)))


def noisy_run(launches: int) -> RunRecord:
    """Return twelve rounds a launch of two models, one of them with a round that stands apart and a rate that sinks."""
    random = np.random.default_rng(1)
    run = Machine(prompts=("rag", "privacy")).run(random, launches, 12, keys=("tiny", "big"))
    samples = [
        replace(row, timeline=answer(900 if index == 7 else 120 + 10 * random.random(), 45 * (1 - 0.01 * row.round)))
        if row.key == "tiny"
        else row
        for index, row in enumerate(run.samples)
    ]
    return replace(run, samples=tuple(samples))


def distribution(run: RunRecord) -> str:
    return markdown_report(run).partition("## Distribution\n\n")[2].partition("\n\n## ")[0]


def test_the_distribution_names_outliers_and_drift() -> None:
    shown = distribution(noisy_run(1))
    assert "- **tiny**, TTFT: 1 outlier, kept in every number above; no drift that matters: " in shown
    assert re.search(
        r"\n  - prompt privacy, launch 1, round 4: 900 ms \(modified z-score \d+\)\n  - without them: p50 ", shown
    )
    assert re.search(r"without them: p50 125 ms, mean 12\d ms, sd \d\.\d\d ms\n", shown), "with it over 100 ms"
    assert re.search(
        r"- \*\*tiny\*\*, decode rate: no outlier; drifts by -11\.1 % \[-11\.\d, -1\d\.\d\] over the run\.", shown
    )
    assert "Each model was started once, so the intervals speak of rounds within one launch only. " in shown
    several = distribution(noisy_run(3))
    assert "started once" not in several
    assert "over a launch." in several


def test_the_distribution_tells_what_it_rests_on() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in distribution(noisy_run(1)).splitlines()]
    titles = [
        "Model",
        "n",
        "p50",
        "95 % interval",
        "Mean",
        "sd",
        "CV",
        "Min",
        "p90 of all",
        "p95 of all",
        "p99 of all",
        "Max",
    ]
    assert rows.count(titles) == 2
    tiny = rows[rows.index(titles) + 2]
    assert (tiny[0], tiny[1], tiny[-1]) == ("tiny", "24", "900 ms")
    assert re.fullmatch(r"\d{3} ms to \d{3} ms", tiny[3])
    assert not tiny[9].endswith("*"), "24 rounds are enough for p95"
    assert tiny[10].endswith("ms*")
    intervals = rows[
        rows.index(["95 % intervals", *(f"{number} of all rounds" for number in ("median", "p90", "p95", "p99"))]) + 2
    ]
    assert intervals[2:] == ["needs 36", "needs 72", "needs 368"]
    assert "how the prompts differ, and p50 can lie above them" in distribution(whole_run())


def test_histograms_stand_under_each_other() -> None:
    first, second = re.findall(r"^(tiny|big) +(\S+ ms) (.{24}) (\S+ ms)$", distribution(noisy_run(1)), re.MULTILINE)
    assert [first[0], second[0]] == ["tiny", "big"]
    assert first[2][0] == "█"
    assert first[2][-1] == "▁", "the round that stands apart"
    assert first[3] == "900 ms"


def test_tokens_that_are_estimates_are_marked_in_the_distribution_too() -> None:
    assert "| ~50.0 to ~50.0 |" in " ".join(distribution(flagged(TOKENS_ESTIMATED)).split())


def test_models_that_the_data_cannot_tell_apart_are_said_to_be() -> None:
    run = Machine(prompts=("rag",)).run(np.random.default_rng(3), 3, 8, keys=("one", "two", "slow"), slower=1.0)
    shown = summary(run)
    assert shown.count("too close to call") == 4
    assert "In brackets" not in shown
    assert "started once" not in shown
    once = summary(run_record(model("a"), model("b"), rounds=1))
    assert "There are too few rounds to say which of these differences are more than chance." in once


def test_failures_say_why_and_show_the_last_words() -> None:
    text = markdown_report(whole_run())
    failures = text.partition("## Failures\n\n")[2].partition("\n\n## ")[0]
    parts = (
        "**mistral-7b** failed: out of memory: killed while loading",
        "Peak before its end 4.88 GiB, forecast 12.9 GiB.",
        "To try: limit its context to 4,096 tokens, or use qwen2.5-0.5b@cpu, which is smaller (822 MiB).",
        "Its last lines:",
    )
    assert "\n\n".join(parts) in failures
    assert "````text\nallocating 8.6 GB\n```\n␛[31mout of memory\n````" in failures
    assert "**gemma-2-2b** failed: crashed: signal 9 (1 of 5 requests failed)" in failures
    assert "**phi-4-mini** skipped: nothing was measured" in failures
    assert "## Failures" not in markdown_report(run_record(model("tiny")))


def test_different_failures_of_a_model_are_counted() -> None:
    run = run_record(model("tiny"))
    errors = [failed_sample(error=error) for error in ("too long", "too long", "timed out")]
    text = markdown_report(replace(run, samples=(*run.samples, *errors)))
    assert "**tiny** failed: timed out (3 of 12 requests failed)\n\n- 2 times: too long\n- 1 time: timed out" in text


def test_memory_is_drawn_over_the_run_with_the_process_that_died() -> None:
    run, readings = starved_run()
    shown = section("Memory", run, readings)
    small, starved, available, axis = shown.partition("```text\n")[2].rpartition("\n```")[0].splitlines()
    assert re.fullmatch(r"small      [▁▂]+ +200 MiB", small)
    assert re.fullmatch(r"starved +[▁▂▃▄▅▆▇█]+× +900 MiB", starved)
    assert starved.index("▁") > small.rindex("▂"), "one after the other"
    assert available.endswith("at least 100 MiB of 1.00 GiB")
    assert axis.split() == ["0", "s", "20", "s"]
    assert "× marks a process that ended before it should have" in shown
    assert "## Memory" not in markdown_report(run_record(), readings[:1]), "one reading is no course"


def test_the_method_says_how_it_was_measured() -> None:
    text = section("Method", run_record(model("tiny")))
    assert "- Each model ran in a process of its own." in text
    assert "Then 1 pass over the prompts warmed up, and 3 rounds over 2 prompts were counted." in text
    assert "- Requests in this run: 1 cold, 2 warm-up, 6 counted." in text
    run = run_record(replace(model("far"), engine="endpoint"), rounds=4)
    plan = replace(
        run.plan, method=replace(run.plan.method, launches=2, mode=Mode.SIDE_BY_SIDE, warmup=0, cool_down_s=2)
    )
    text = section("Method", replace(run, plan=plan))
    assert "process of its own" not in text
    for words in ("the network included", "over 2 launches", "at the same time", "a rest of 2.00 s"):
        assert words in text


def test_a_server_and_its_builds_are_named_as_far_as_it_reports_them() -> None:
    far = replace(model("pc/far"), engine="endpoint", endpoint=Endpoint(name="pc", url="http://pc/v1"), size_bytes=None)
    served = ServedBuild(software="llama.cpp *b6123*", quantization="Q4_1", parameters=134_515_008, threads=2)
    text = section("Method", run_record(replace(far, served=served, size_bytes=96_576_768)))
    assert "- By its own account, pc is llama.cpp \\*b6123\\*." in text
    told = "Q4_1, 135M parameters, 92.1 MiB, context of 2,048 tokens, 2 threads."
    assert f"- pc/far is, by the account of its server: {told}" in text
    assert "account" not in section("Method", run_record(far))


def first_lines(run: RunRecord) -> tuple[str, str]:
    title, _, _, _, sentence, *_ = markdown_report(run).splitlines()
    return title, sentence


def test_the_sentence_says_what_was_run() -> None:
    assert first_lines(run_record(model("tiny"))) == (
        "# Benchtop: benchmark of 22 November 2026, 15:20 UTC",
        "1 model × 2 prompts (the set deterministic) × 3 rounds, one model after the other, after 1 warm-up pass, "
        "at most 150 tokens, temperature 0 (deterministic).",
    )
    run = run_record(model("a"), model("b"), rounds=1)
    plan = replace(
        run.plan,
        method=replace(run.plan.method, prompt_set="", warmup=0, temperature=0.7, seed=42, mode=Mode.SIDE_BY_SIDE),
    )
    other = replace(run, started_at="2027-01-01T00:30:00+02:00", status=RunStatus.STOPPED)
    assert first_lines(replace(other, plan=replace(plan, purpose=Purpose.ASK))) == (
        "# Benchtop: run of 31 December 2026, 22:30 UTC",
        "2 models × 2 prompts × 1 round, side by side, without warm-up, at most 150 tokens, temperature 0.7, seed 42. "
        "The run was stopped before its end.",
    )
    interleaved = replace(run.plan, method=replace(run.plan.method, order=Order.INTERLEAVED))
    assert "models interleaved" in first_lines(replace(run, plan=interleaved))[1]
    assert "interrupted" in first_lines(replace(run, status=RunStatus.RUNNING))[1]


def test_a_start_that_is_no_time_is_shown_as_it_is() -> None:
    assert first_lines(replace(run_record(), started_at="yesterday"))[0] == "# Benchtop: benchmark, yesterday"


def test_the_environment_shows_what_is_not_known() -> None:
    text = markdown_report(run_record())
    assert "- CPU: Example CPU 3000 (2 cores, 4 threads)\n- Memory: 8.00 GiB\n- GPU: -\n" in text
    assert "- Power: mains\n" in text
    unknown = replace(run_record().environment, physical_cores=None, on_battery=None, sdk=None)
    other = markdown_report(replace(run_record(), environment=unknown))
    assert "(- cores, 4 threads)" in other
    assert "- Power: -\n- Foundry Local SDK: -\n" in other


def test_every_definition_is_in_the_report() -> None:
    text = markdown_report(run_record())
    assert all(f"- **{name}**: {meaning}\n" in text for name, meaning in metrics.DEFINITIONS)


def test_the_servers_own_rates_stand_beside_ours_with_the_difference() -> None:
    def of_server(decode_tok_s: float) -> str:
        run = run_record(model())
        own = {"server_decode_tok_s": decode_tok_s, "server_prefill_tok_s": 100.0}
        samples = tuple(replace(one, timeline=replace(one.timeline, **own)) for one in run.samples)
        return markdown_report(replace(run, samples=samples))

    alike, apart = of_server(50.5), of_server(80.0)
    head, row = (line for line in alike.splitlines() if "Server's decode tok/s" in line or "-1.0 %" in line)
    assert [cell.strip() for cell in head.split("|")][-5:-1] == [
        "Server's decode tok/s",
        "Ours, decode",
        "Server's prefill tok/s",
        "Ours, prefill",
    ]
    assert [cell.strip() for cell in row.split("|")][-5:-1] == ["50.5", "-1.0 %", "100", "-20.0 %"]
    assert "by its own clock" in alike
    assert "differs by" not in alike
    assert (
        "tiny: the decode rate that arrives here differs by -37.5 % from the server's own: text is held back" in apart
    )
    assert "Server's" not in markdown_report(run_record(model())), "a server that reports none has no such column"
