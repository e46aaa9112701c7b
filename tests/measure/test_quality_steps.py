"""Right answers over the length of the context and over the load."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest

from tests.support.builders import failed_sample
from tests.support.graded import context_run, graded_run, loaded_run
from tui.measure.answers.quality_steps import quality_over_length, quality_over_load, quality_steps
from tui.measure.statistics.proportions import fisher
from tui.records import RunRecord
from tui.records.grading.steps import QualitySteps
from tui.reports.html import html_page
from tui.reports.json import json_text
from tui.reports.markdown import markdown_report
from tui.reports.sections.quality.steps import steps_sentence

# scipy 1.16: fisher_exact([[a, n - a], [b, m - b]]).pvalue
FISHER = [
    (6, 6, 0, 6, 0.0021645021645021645),
    (3, 3, 0, 3, 0.1),
    (8, 10, 3, 9, 0.06977851869492736),
    (1, 12, 5, 7, 0.009545923632610939),
]
LENGTHS = (1024, 4096, 8192, 16384)


@pytest.mark.parametrize(("first", "of_first", "second", "of_second", "probability"), FISHER)
def test_fishers_exact_test_is_that_of_scipy(
    first: int, of_first: int, second: int, of_second: int, probability: float
) -> None:
    assert math.isclose(fisher(first, of_first, second, of_second), probability, rel_tol=1e-9)


def over_length(digits: str, depths: tuple[int, ...] = (10, 50, 90)) -> QualitySteps:
    """Return the steps of a model that found the fact where there is a 1, length by length."""
    parts = digits.split()
    run = context_run({"tiny": dict(zip(LENGTHS[: len(parts)], parts, strict=True))}, depths)
    steps = quality_over_length(run, "tiny")
    assert steps is not None
    return steps


@pytest.mark.parametrize(
    ("digits", "sentence"),
    [
        ("111 111 111 000", "tiny finds the fact up to 8k; at 16k 0 of 3 places, surely fewer beyond."),
        ("111 110 000 000", "tiny finds the fact up to 4k; at 8k 0 of 3 places, surely fewer beyond."),
        ("111 000", "tiny finds the fact up to 1k; at 4k 0 of 3 places, too few to tell whether that is chance."),
        (
            "111 101 100 111",
            "tiny finds the fact up to 4k; at 8k 1 of 3 places, too few to tell whether that is chance.",
        ),
        ("000 000 000 000", "tiny does not find the fact even at 1k: 0 of 3 places."),
        (
            "111 111 111 111",
            "tiny finds the fact up to 16k, the longest text: 3 of 3 places, too few to tell it from half of them.",
        ),
    ],
)
def test_a_sentence_tells_until_which_length_the_fact_is_found(digits: str, sentence: str) -> None:
    assert steps_sentence(over_length(digits)) == sentence


def test_more_places_make_it_certain() -> None:
    steps = over_length("11111 11111", (0, 25, 50, 75, 100))
    assert steps_sentence(steps) == "tiny finds the fact up to 4k, the longest text: 5 of 5 places."
    missed = over_length("11011 00000", (0, 25, 50, 75, 100))
    assert missed.steps[0].missed == (50,)
    assert missed.certain


def test_a_length_at_which_every_request_failed_has_no_rate_and_ends_what_is_found() -> None:
    run = context_run({"tiny": {1024: "111", 4096: "111"}})
    failed = replace(failed_sample("tiny"), prompt_id="context-4096-10")
    run = replace(run, samples=(*run.samples[:3], failed))
    steps = quality_over_length(run, "tiny")
    assert steps is not None
    assert (steps.good_up_to, steps.steps[1].rate, steps.steps[1].failed) == (1024, None, 1)
    assert "at 4k no answer, 1 request failed, too few to tell" in steps_sentence(steps)


def test_load_is_compared_prompt_by_prompt_with_the_lowest() -> None:
    falls = quality_over_load(loaded_run("tiny", {1: "1" * 20, 8: "1" * 8 + "0" * 12}), "tiny")
    assert falls is not None
    sentence = steps_sentence(falls)
    assert sentence.startswith(
        "tiny gets worse under load: 40 % [22, 61] rightly at 8 at once against 100 % [84, 100] at"
    )
    holds = quality_over_load(loaded_run("tiny", {1: "1" * 18 + "00", 4: "1" * 20, 8: "1" * 17 + "010"}), "tiny")
    assert holds is not None
    assert steps_sentence(holds).startswith(
        "tiny answers 90 % [70, 97] rightly at 8 at once against 90 % [70, 97] at 1"
    )
    assert "too close to call" in steps_sentence(holds)


def test_a_run_of_one_length_and_one_load_has_no_steps() -> None:
    assert quality_steps(graded_run({"tiny": ["1", "0"]})) == ()
    assert quality_steps(context_run({"tiny": {1024: "111"}})) == ()


@pytest.mark.parametrize(
    ("run", "title", "words"),
    [
        (
            context_run({"tiny": {1024: "111", 4096: "011"}, "other": {1024: "000", 4096: "000"}}),
            "Right answers over context length",
            "4k  ██████▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░    67 % [21, 94]",
        ),
        (loaded_run("tiny", {1: "1111", 8: "1100"}), "Right answers under load", "8 at once"),
    ],
)
def test_reports_have_a_table_a_chart_and_a_sentence(run: RunRecord, title: str, words: str) -> None:
    report, page = markdown_report(run), html_page(run)
    assert f"### {title}" in report
    assert words in report
    assert f">{title}<" in page
    assert "whisker m0" in page
    for steps in quality_steps(run):
        assert report.count(steps_sentence(steps)) == 1, "below the chart"
        assert report.count(steps_sentence(steps, f"**{steps.key}**")) == 1, "in the summary"
        assert steps_sentence(steps) in page
    members = json.loads(json_text(run))
    assert [len(steps["steps"]) for steps in members["quality_steps"]] == [2] * len(quality_steps(run))
    assert "quality_steps" not in json.loads(json_text(graded_run({"tiny": ["1"]})))
