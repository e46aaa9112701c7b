"""The agreement of a panel of judges, against values of the package krippendorff and of statsmodels."""

from __future__ import annotations

import json
import math
from dataclasses import replace

from tests.support.graded import graded_run
from tui.measure.answers.agreement import agreement_sentence, krippendorff_alpha, panel_agreement
from tui.measure.answers.judges import weighted_kappa
from tui.measure.answers.quality import answers_of
from tui.records import RunRecord
from tui.records.quality import RaterKind, Rating
from tui.reports.json import json_text
from tui.reports.markdown import markdown_report

# Krippendorff (2011), section E: four observers, twelve units, with gaps; krippendorff 0.8: alpha(..., "ordinal").
FOUR = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, 0, 0, 0),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, 0, 3),
    (0, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, 0),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, 0),
)
# The example of the package: three observers, fifteen units, with gaps.
THREE = (
    (0, 0, 0, 0, 0, 3, 4, 1, 2, 1, 1, 3, 3, 0, 3),
    (1, 0, 2, 1, 3, 3, 4, 3, 0, 0, 0, 0, 0, 0, 0),
    (0, 0, 2, 1, 3, 4, 4, 0, 2, 1, 1, 3, 3, 0, 4),
)
# Means of two scores, as judges give them.
HALVES = ((1, 2.5, 3, 5, 4.5), (1.5, 2.5, 2, 5, 4), (1, 3, 3, 0, 5))
# statsmodels 0.15: cohens_kappa(TABLE, wt="quadratic").kappa
TABLE = ((3, 1, 0, 0, 0), (1, 4, 2, 0, 0), (0, 1, 5, 1, 0), (0, 0, 1, 6, 2), (0, 0, 0, 1, 3))


def test_agreement_is_that_of_published_examples() -> None:
    for observers, expected in ((FOUR, 0.8153875037548814), (THREE, 0.8067214199413153), (HALVES, 0.8685393258426967)):
        scores = [[score for score in of_unit if score] for of_unit in zip(*observers, strict=True)]
        alpha = krippendorff_alpha(scores)
        assert alpha is not None
        assert math.isclose(alpha, expected, rel_tol=1e-9)
    pairs = [
        (float(row), float(column))
        for row, counts in enumerate(TABLE)
        for column, n in enumerate(counts)
        for _ in range(n)
    ]
    kappa = weighted_kappa(pairs)
    assert kappa is not None
    assert math.isclose(kappa, 0.8974189278623428, rel_tol=1e-9)
    assert krippendorff_alpha([[3, 3], [3, 3]]) is None
    assert krippendorff_alpha([[3], [4]]) is None


def judged_run(scores: dict[str, list[int]]) -> RunRecord:
    """Return a run whose answers have these scores, judge by judge; 0 is none."""
    run = graded_run({"good": ["1"] * 12})
    ratings = tuple(
        Rating(
            answer_id=answer.answer_id,
            key="good",
            prompt_id=answer.prompt_id,
            score=score,
            rater=judge,
            kind=RaterKind.JUDGE,
        )
        for judge, of_judge in scores.items()
        for answer, score in zip(answers_of(run), of_judge, strict=False)
        if score
    )
    return replace(run, ratings=ratings)


def test_a_report_tells_whether_the_judges_of_a_panel_agree() -> None:
    first = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1, 2]
    two = panel_agreement(judged_run({"a": first, "b": first}).ratings)
    assert two is not None
    assert agreement_sentence(two) == "a and b agree: weighted kappa 1 on 12 answers."
    run = judged_run({"a": first, "b": first[::-1], "c": [3, *first[:-1]]})
    three = panel_agreement(run.ratings)
    assert three is not None
    assert (three.measure, three.answers) == ("alpha", 12)
    assert agreement_sentence(three) == "a, b and c do not agree: alpha 0.314 on 12 answers."
    assert agreement_sentence(three) in markdown_report(run)
    assert json.loads(json_text(run))["judge_agreement"]["judges"] == ["a", "b", "c"]
    few = panel_agreement(judged_run({"a": first[:4], "b": first[:4]}).ratings)
    assert few is not None
    assert "have 4 answers in common, and 9 are needed" in agreement_sentence(few)
    assert panel_agreement(judged_run({"a": first}).ratings) is None


def test_the_table_of_answers_counts_facets_and_graders_apart() -> None:
    report = markdown_report(judged_run({"a": [5] * 12}))
    header = next(line for line in report.splitlines() if line.startswith("| Prompt | Answer of"))
    assert "Graders" in header
    assert "Facets" not in header
