"""What reports tell of quality: the verdict first, pass rates, the worst answers and disagreements."""

from __future__ import annotations

from dataclasses import replace

from tests.support.graded import graded_run
from tui.measure.answers.quality import answers_of
from tui.records import RunRecord
from tui.records.quality import RaterKind, Rating
from tui.reports.html import html_page
from tui.reports.markdown import markdown_report


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
    assert summary.startswith("Quality first: **good** answers 95 % [76, 99] of 20 prompts rightly, surely more than")
    assert summary.endswith("**poor** (40 %).")
    verdict = report.splitlines()[2]
    assert "**good** answers most rightly: 95 % of 20 prompts, 55.0 points ahead of **poor**, told apart; " in verdict
    assert verdict.index("rightly") < verdict.index("tok/s")
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
