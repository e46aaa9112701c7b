"""Merging results of many machines: the order of files makes no difference, and nothing is averaged over machines."""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import model, run_record
from tests.support.fleet_results import failed_model, fleet_model, fleet_run, number
from tui.measure.fleet.comparing import fleet_of, ratio_to
from tui.measure.fleet.merging import duplicates_in, merged_runs, unlike_in
from tui.measure.statistics.intervals import Measured, estimate, headline_interval, ratio
from tui.records.fleet.results import FleetLimits, FleetNumber, FleetQuantity, FleetRun
from tui.reports.fleet.html import html_text
from tui.reports.fleet.json import json_text
from tui.reports.fleet.markdown import markdown_text
from tui.reports.fleet.reading import results_in
from tui.reports.json import json_text as run_json
from tui.reports.json.reading import NotARun

SMALL, BIG = fleet_model("small"), fleet_model("big", ttft_ms=300.0, rate=10.0, memory_mib=4000)
LIMITS = FleetLimits(ttft_ms=500, memory_bytes=3 << 30)

LABELS = st.one_of(
    st.just(""),
    st.sampled_from(
        ["a|b", "<script>alert(1)</script>", "x" * 10_000, "\u202eright to left", "| --- |", "](http://x)"]
    ),
    st.text(max_size=30),
)
MODELS = st.lists(st.sampled_from(["small", "big", "`x`|<b>"]), min_size=1, max_size=3, unique=True)


def drawn_run(machine: int, run: int, label: str, keys: list[str], ttft_ms: float) -> FleetRun:
    return fleet_run(machine, *(fleet_model(key, ttft_ms=ttft_ms) for key in keys), label=label, run=run)


RUNS = st.builds(drawn_run, st.integers(0, 4), st.integers(1, 4), LABELS, MODELS, st.floats(0.001, 1e6))


def read_again(*runs: FleetRun) -> tuple[FleetRun, ...]:
    """Return the runs as they are in the file of a merge of these runs."""
    return results_in(json.loads(json_text(fleet_of(runs))), "merged.json")


@settings(max_examples=60, deadline=None)
@given(runs=st.lists(RUNS, min_size=1, max_size=6), data=st.data())
def test_neither_order_nor_grouping_nor_repetition_changes_the_report(
    runs: list[FleetRun], data: st.DataObject
) -> None:
    runs = [again for run in runs for again in read_again(run)]
    whole = json_text(fleet_of(runs))
    assert json_text(fleet_of(data.draw(st.permutations(runs)))) == whole
    cut = data.draw(st.integers(1, len(runs)))
    left, right = read_again(*runs[:cut]), read_again(*runs[cut:]) if runs[cut:] else ()
    assert json_text(fleet_of([*right, *left])) == whole
    assert json_text(fleet_of([*runs, *runs[:cut]])) == whole
    assert markdown_text(fleet_of(list(reversed(runs)))) == markdown_text(fleet_of(runs))


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The page's own links lead to its sections.
        if tag != "a" or not (dict(attrs).get("href") or "").startswith("#"):
            self.tags.add(tag)


@settings(max_examples=40, deadline=None)
@given(labels=st.lists(LABELS, min_size=1, max_size=4))
def test_labels_are_data_in_every_format(labels: list[str]) -> None:
    runs = [
        fleet_run(index, SMALL, failed_model("big", label[:300]), label=label) for index, label in enumerate(labels)
    ]
    fleet = fleet_of(read_again(*runs))
    assert len({machine.label for machine in fleet.machines}) == len(labels)
    text = markdown_text(fleet)
    tables = [line for line in text.splitlines() if line.startswith("|")]
    columns = {line.replace("\\|", "").count("|") for line in tables}
    assert columns <= {len(labels) + 2, 4, 10}
    assert "<script" not in text
    assert "\u202e" not in text
    assert max(map(len, tables)) < 2000
    page = _Tags()
    page.feed(html_text(fleet))
    assert page.tags.isdisjoint({"script", "b", "img", "a"})
    json.loads(json_text(fleet))


def test_the_answer_says_on_how_many_machines_a_model_keeps_to_the_limits() -> None:
    slow = fleet_model("small", ttft_ms=900)
    runs = [
        *(fleet_run(machine, SMALL, BIG, label=f"edge-{machine}") for machine in (1, 3, 4, 5)),
        fleet_run(2, slow, failed_model("big", "will not fit: needs 4 GiB"), label="edge-2"),
    ]
    fleet = fleet_of(runs, limits=LIMITS)
    assert fleet.answer == (
        "small meets TTFT <= 500 ms and peak memory <= 3.00 GiB on 4 of 5 machines; nothing meets them on edge-2."
    )
    assert [(failure.key, failure.label, failure.reason) for failure in fleet.failures] == [
        ("big", "edge-2", "will not fit: needs 4 GiB")
    ]
    assert fleet.reference == "small"
    none = fleet_of(runs, limits=FleetLimits(ttft_ms=1))
    assert none.answer == "No model meets TTFT <= 1.00 ms on any of 5 machines."
    assert fleet_of(runs).answer == "small has a result on all 5 machines."
    doubted = replace(SMALL, doubted=("TTFT",))
    in_doubt = fleet_of([fleet_run(1, doubted)], limits=LIMITS)
    assert in_doubt.answer.startswith("No model")
    beside = fleet_of([fleet_run(1, doubted, BIG)], reference="big")
    assert ratio_to(beside, beside.machines[0], "small", FleetQuantity.TTFT) is None
    assert ratio_to(beside, beside.machines[0], "small", FleetQuantity.MEMORY) is not None


def test_a_ratio_is_the_one_that_a_comparison_within_the_machine_finds() -> None:
    def of(values: list[float]) -> tuple[FleetNumber, list[Measured]]:
        measured = [Measured("p", launch, 1, value) for launch, value in enumerate(values)]
        found = estimate(measured)
        assert found is not None
        interval = headline_interval(found)
        return FleetNumber(
            value=found.value, low=interval.low, high=interval.high, units=len(values), launches=len(values)
        ), measured

    base, base_rows = of([100.0, 104.0, 97.0, 101.0])
    other, other_rows = of([205.0, 199.0, 211.0, 190.0, 203.0])
    fleet = fleet_of([fleet_run(1, replace(SMALL, ttft_ms=base), replace(BIG, ttft_ms=other))])
    found = ratio_to(fleet, fleet.machines[0], "big", FleetQuantity.TTFT)
    before, after = estimate(base_rows), estimate(other_rows)
    assert found is not None
    assert before is not None
    assert after is not None
    expected = ratio(before, after).interval()
    assert found.low is not None
    assert found.high is not None
    assert math.isclose(found.low, expected.low)
    assert math.isclose(found.high, expected.high)
    assert math.isclose(found.value, other.value / base.value)


def test_what_differs_stands_at_the_top_and_the_latest_result_of_a_machine_counts() -> None:
    other = replace(SMALL, content="b" * 64)
    first, again = (
        fleet_run(1, SMALL, label="desk"),
        fleet_run(1, fleet_model("small", ttft_ms=80), label="desk", run=2),
    )
    failed = fleet_run(1, failed_model("small", "crashed"), label="desk", run=3)
    second = fleet_run(2, other, label="lap")
    second = replace(second, environment=replace(second.environment, runtime="9.9", on_battery=True, gpu_driver="600"))
    fleet = fleet_of([failed, second, again, first])
    named = {difference.what: difference.values for difference in fleet.differences}
    assert list(named) == ["files of small", "runtime", "GPU driver", "power"]
    assert named["files of small"] == (
        ("as planned (aaaaaaaaaaaa)", ("desk",)),
        ("other than planned (bbbbbbbbbbbb)", ("lap",)),
    )
    ttft = fleet.machines[0].models["small"].ttft_ms
    assert ttft is not None
    assert (ttft.value, len(fleet.machines[0].runs)) == (80, 3)


def test_unlike_plans_and_duplicates_are_named() -> None:
    one, two = fleet_run(1), replace(fleet_run(2, plan_id="f" * 16), asked={"rounds": "3", "prompts": "rag"})
    assert unlike_in([one, two]) == ("plan: 0123456789abcdef or ffffffffffffffff", "rounds: 2 or 3")
    assert unlike_in([one, replace(fleet_run(2), plan_id="")]) == ()
    assert duplicates_in([("a", one), ("b", two), ("c", one)]) == (f"c brings the run {one.run_id} of a again",)
    later = replace(one, finished_at="2026-11-28T06:00:00.000+00:00", status="done")
    assert merged_runs([later, one]) == merged_runs([one, later]) == (later,)


def places_in(value: Any) -> list[Any]:
    """Return the keys or indices of a part of JSON; a single value has none."""
    if isinstance(value, dict):
        return list(cast("dict[str, Any]", value))
    return list(range(len(cast("list[Any]", value)))) if isinstance(value, list) else []


ODD: list[Any] = [None, True, -1, 0, 1e308, math.nan, math.inf, 10**30, "", "x" * 5000, "\ud800", [], [[]], {}]


@settings(max_examples=60, deadline=None)
@given(data=st.data(), merged=st.booleans())
def test_whatever_a_file_holds_is_reported_or_refused(data: st.DataObject, merged: bool) -> None:
    text = json_text(fleet_of([fleet_run(1, SMALL, BIG)])) if merged else run_json(run_record(model("a"), model("b")))
    whole: Any = json.loads(text)
    place = whole
    while True:
        key = data.draw(st.sampled_from(places_in(place)))
        if not places_in(place[key]) or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from(ODD))
            break
        place = place[key]
    with suppress(NotARun):
        fleet = fleet_of(results_in(whole, "x.json"), limits=LIMITS)
        for text_of in (markdown_text, html_text, json_text):
            text_of(fleet).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"machine": "/etc/passwd"},
        {"run_id": "../../x"},
        {"models": [msgspec.to_builtins(SMALL)] * 2},
        {"models": [msgspec.to_builtins(replace(SMALL, ttft_ms=number(-1)))]},
        {"environment": {}},
        {"asked": None},
    ],
)
def test_a_damaged_file_is_refused(change: dict[str, object]) -> None:
    document = json.loads(json_text(fleet_of([fleet_run(1)])))
    document["runs"][0] |= change
    with pytest.raises(NotARun, match="is damaged"):
        results_in(document, "x.json")
    others: list[object] = [[], {}, {"fleet": 99}, {"schema": 1, "run": {}, "environment": {}, "models": {}}]
    for other in others:
        with pytest.raises(NotARun):
            results_in(other, "x.json")


def test_machines_with_long_names_of_their_parts_are_a_list_where_a_table_would_be_wider_than_a_terminal() -> None:
    usual = fleet_run(1, label="a")
    cpu, gpu = "Snapdragon(R) X Elite " * 3, "Adreno | X1-85"
    long = replace(usual, environment=replace(usual.environment, cpu=cpu, gpu=gpu))
    text = markdown_text(fleet_of([long]))
    (line,) = (line for line in text.splitlines() if line.startswith("- **a**, Id: 0000000000000001; CPU: Snapdragon"))
    assert "; GPU: Adreno \\| X1-85" in line
    assert "| Machine | Id " not in text
