"""What reports tell of quality: the verdict first, pass rates, the worst answers and disagreements."""

from __future__ import annotations

from dataclasses import replace

from tests.support.graded import graded_run
from tui.cli.bench.remarks import remarks
from tui.cli.bench.terminal_table import terminal_table
from tui.console import wrapped
from tui.measure.answers.quality import answers_of
from tui.records import Disturbance, RunRecord
from tui.records.quality import RaterKind, Rating
from tui.reports.html import html_page
from tui.reports.markdown import markdown_report

DISTURBED = (Disturbance.OTHER_LOAD,)


def rated_run() -> RunRecord:
    """Return a run with a good and a poor model, of which people and two judges see an answer differently."""
    run = graded_run({"poor": ["1"] * 8 + ["0"] * 12, "good": ["1"] * 19 + ["0"]}, temperature=0.5)
    right, wrong = answers_of(run)[0], answers_of(run)[-1]

    def rating(answer_id: str, score: int, rater: str, kind: RaterKind) -> Rating:
        return Rating(answer_id=answer_id, key="good", prompt_id="p1", score=score, rater=rater, kind=kind)

    ratings = (
        rating(right.answer_id, 1, "ann", RaterKind.HUMAN),
        rating(right.answer_id, 5, "judge-a", RaterKind.JUDGE),
        rating(wrong.answer_id, 5, "judge-a", RaterKind.JUDGE),
        rating(wrong.answer_id, 2, "judge-b", RaterKind.JUDGE),
    )
    return replace(run, ratings=ratings)


def test_a_report_speaks_of_quality_first_and_shows_the_worst_and_what_is_seen_differently() -> None:
    report = markdown_report(rated_run())
    summary = report.partition("## Summary\n\n")[2].partition("\n")[0]
    assert summary.startswith("Quality first: **good** has 95 % [76, 99] of 20 prompts wholly right, surely more than")
    assert summary.endswith("**poor** (40 %).")
    verdict = report.splitlines()[2]
    assert (
        "**good** has most answers wholly right: 95 % of 20 prompts, 55.0 points ahead of **poor**, a clear lead; "
        in verdict
    )
    assert verdict.index("wholly right") < verdict.index("tok/s")
    assert "| good  | 95 % [76, 99] | 19 of 20 |      20 |" in report
    assert "poor against good: worse by 55 points" in report
    worst = report.partition("### Worst answers")[2].partition("###")[0]
    assert worst.count("41") >= 5
    differing = report.partition("disagree\n")[2].partition("###")[0]
    assert "graders find it right, people give it 1 of 5" in differing
    assert "people give it 1 of 5, judges 5" in differing
    assert "judges differ: judge-a 5, judge-b 2" in differing
    page = html_page(rated_run())
    for words in ("Quality first:", "95 % [76, 99]", "Worst answers", "judges differ: judge-a 5, judge-b 2"):
        assert words in page


def test_the_printed_table_tells_quality_in_the_words_of_the_report_and_wraps_its_notes() -> None:
    table = terminal_table(rated_run(), 140)
    heading, *rows = table.splitlines()
    assert heading.split("  ")[0].strip() == "Model"
    assert "Wholly right" in heading
    assert "Expected facts found" in heading
    assert "95 % [76, 99]" in next(row for row in rows if row.startswith("good"))
    assert all(len(line) <= 60 for line in wrapped("nothing tells how much that mattered " * 9, 60).splitlines())
    busy = replace(rated_run(), samples=tuple(replace(row, disturbances=DISTURBED) for row in rated_run().samples))
    told = [remark for remark in remarks(busy) if "disturbed" in remark]
    assert len(told) == 1, "what holds of both models is said once"
    assert told[0].startswith(("poor and good, each: ", "good and poor, each: "))
