"""Gates on what became of a run, and their results for other tools."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import click
import numpy as np
import pytest

from tests.benchmarks.real_launches import slower
from tests.support.launches import Machine
from tui.cli.shared.values import fail_over_of
from tui.measure.comparison.compare import compare
from tui.measure.comparison.gates import gate_results
from tui.records import RunRecord, SampleStatus
from tui.records.grading.gates import FailOver, GateNumber, GateResult
from tui.records.statistics import Interval
from tui.reports.gates import junit_text, summary_text, workflow_commands

MIB = 1024**2


def drawn(seed: int = 1, *, peak_mib: float = 100, text: str = "the same", failed: int = 0) -> RunRecord:
    """Draw a run of 5 launches with 4 rounds of 2 prompts each, and with these other figures."""
    random = np.random.default_rng(seed)
    run = Machine(prompts=("rag", "privacy"), launch_sd=0.01, round_sd=0.01).run(random, 5, 4)
    samples = [
        replace(
            sample,
            text=text if sample.prompt_id == "rag" else "hello",
            peak_rss_bytes=round((peak_mib + sample.launch) * MIB),
            status=SampleStatus.FAILED if index < failed else sample.status,
        )
        for index, sample in enumerate(run.samples)
    ]
    return replace(run, samples=tuple(samples))


def judged(before: RunRecord, after: RunRecord, **limits: float) -> dict[GateNumber, GateResult]:
    results = gate_results(before, (after,), (compare(before, after),), FailOver(**limits))
    return {result.number: result for result in results}


def test_each_gate_fails_on_its_own_number_alone() -> None:
    before = drawn()
    limits = {"speed": 0.05, "e2e": 0.05, "memory": 0.1, "failures": 0.0, "answers": 0.0}
    cases = (
        (drawn(2), set[GateNumber]()),
        (slower(drawn(2), "tiny", 1.2), {GateNumber.SPEED, GateNumber.E2E}),
        (drawn(2, peak_mib=130), {GateNumber.MEMORY}),
        (drawn(2, failed=3), {GateNumber.FAILURES}),
        (drawn(2, text="another"), {GateNumber.ANSWERS}),
    )
    for after, expected in cases:
        found = judged(before, after, **limits)
        assert {number for number, result in found.items() if result.passed is False} == expected
        assert all(result.passed is not None for result in found.values())


def test_a_result_has_its_limit_value_interval_and_sentence() -> None:
    found = judged(drawn(), drawn(2, peak_mib=130, text="another", failed=3), memory=0.1, answers=0.6, failures=0.1)
    memory, answers, failures = (
        found[number] for number in (GateNumber.MEMORY, GateNumber.ANSWERS, GateNumber.FAILURES)
    )
    assert memory.limit == 0.1
    assert memory.value is not None
    assert abs(memory.value - 30 / 103) < 0.01
    assert memory.interval is not None
    assert 0.1 < memory.interval.low < memory.value < memory.interval.high
    assert memory.words.startswith("tiny: peak memory 103 MiB -> 133 MiB (+29")
    assert (answers.value, answers.passed, answers.words) == (0.5, True, "tiny: changed answers: 1 of 2 prompts (rag)")
    assert (failures.passed, failures.words) == (True, "tiny: 0 of 40 requests failed before, 3 of 40 after")


def test_without_a_limit_no_request_more_may_fail() -> None:
    assert judged(drawn(), drawn(2, failed=1), speed=0.05)[GateNumber.FAILURES].passed is False


def test_what_the_data_cannot_tell_neither_passes_nor_fails() -> None:
    before = drawn()
    one_launch = replace(before, samples=tuple(sample for sample in before.samples if sample.launch == 1))
    found = judged(before, one_launch, speed=0.05, memory=0.1, e2e=0.1, answers=0.0)
    cannot = {number for number, result in found.items() if result.passed is None}
    assert cannot == {GateNumber.SPEED, GateNumber.MEMORY, GateNumber.E2E}
    warm = replace(before, plan=replace(before.plan, method=replace(before.plan.method, temperature=0.7)))
    by_chance = judged(warm, warm, answers=0.0)[GateNumber.ANSWERS]
    assert by_chance.passed is None
    assert by_chance.words == "tiny: changed answers: texts differ by chance above temperature 0"


def test_limits_are_read_by_the_name_of_their_number() -> None:
    assert fail_over_of("5%") == FailOver(speed=0.05)
    assert fail_over_of("5, memory=10%,answers=0") == FailOver(speed=0.05, memory=0.1, answers=0.0)


@pytest.mark.parametrize("value", ["fast", "weight=5%", "memory=", "=5%", ""])
def test_a_wrong_limit_is_refused(value: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a share such as 5%"):
        fail_over_of(value)


NASTY = "a<b>&\x1b[31m\n::error::x%0A, \ud800\x00"
RESULTS = (
    GateResult(number=GateNumber.SPEED, key="tiny", name="TTFT", passed=True, words="tiny: TTFT as before"),
    GateResult(
        number=GateNumber.MEMORY,
        key=NASTY,
        name=f"peak: memory, {NASTY}",
        passed=False,
        words=f"{NASTY} took more",
        limit=0.1,
        value=0.3,
        interval=Interval(low=0.2, high=0.4, level=0.95),
    ),
    GateResult(number=GateNumber.ANSWERS, key="tiny", name="changed answers", passed=None, words="no texts"),
)


def test_junit_has_a_case_for_each_gate_whatever_the_names_are() -> None:
    root = ElementTree.fromstring(junit_text(RESULTS, NASTY))
    assert root.attrib == {"tests": "3", "failures": "1", "errors": "1"}
    cases = root.findall("./testsuite/testcase")
    assert [[child.tag for child in case] for case in cases] == [["system-out"], ["failure"], ["error"]]
    assert cases[0].attrib == {"classname": "benchtop.tiny", "name": "TTFT"}
    assert "(limit 10.0 %)" in cases[1][0].attrib["message"]


def test_workflow_commands_are_one_line_each_and_cannot_be_broken_out_of() -> None:
    error, warning = workflow_commands(RESULTS)
    assert error.startswith("::error title=Benchtop%3A peak%3A memory%2C a<b>")
    assert "\n" not in error
    title, message = error.removeprefix("::error title=").split("::", 1)
    assert ":" not in title
    assert "%250A" in title
    assert "%250A" in message
    assert message.endswith("took more")
    assert warning == "::warning title=Benchtop%3A changed answers::no texts"


def test_the_summary_is_a_table_that_names_cannot_break() -> None:
    text = summary_text(RESULTS, "one against two")
    assert text.startswith("### Benchtop: one against two\n\n1 gate failed.\n\n| Gate ")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(RESULTS)
    assert rows[3].startswith("| **failed**")
    assert "<b>" not in text
