"""Reports of runs with odd numbers and gaps: every format is written, or fails alone with a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.builders import model, run_record
from tests.support.command import benchtop
from tests.support.reports import whole_run
from tui import paths
from tui.measure.comparison.compare import compare
from tui.measure.comparison.trend import model_trends
from tui.measure.statistics import intervals
from tui.records import (
    Disturbance,
    EnergySource,
    FinishReason,
    GpuReading,
    Load,
    MemoryReading,
    RunRecord,
    Sample,
    SampleKind,
    SampleStatus,
    Timeline,
    TokensSource,
)
from tui.reports import export
from tui.reports.formats import FORMATS, ReportFormat
from tui.store.history import History


def without_memory() -> RunRecord:
    run = whole_run()
    samples = tuple(replace(sample, peak_rss_bytes=None, peak_vram_bytes=None) for sample in run.samples)
    return replace(run, samples=samples, loads=())


RUNS: dict[str, Callable[[], RunRecord]] = {
    "64 models": lambda: run_record(*(model(f"m{number}") for number in range(64)), rounds=2),
    "no memory": without_memory,
    "no samples": lambda: replace(whole_run(), samples=()),
    "nothing": lambda: replace(whole_run(), samples=(), loads=()),
    "one sample": lambda: replace(whole_run(), samples=whole_run().samples[:1]),
}


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("report_format", FORMATS, ids=lambda each: each.title)
def test_every_format_can_show_every_run(run: str, report_format: ReportFormat) -> None:
    text = export.text_of(RUNS[run](), report_format, None)
    assert text or report_format.option == "--arrivals"
    assert "Traceback" not in text


LARGE = st.integers(0, 2**62)
SMALL = st.integers(0, 10**10)
NUMBER = st.one_of(SMALL, LARGE, st.sampled_from((0, 1, 2, -1, -(10**9))))
KEYS: tuple[str, ...] = ("tiny", "small", "nobody")
MAYBE = st.none() | NUMBER
FLOAT = st.none() | st.floats()
TEXT = st.text(max_size=12) | st.sampled_from(("<script>alert(1)</script>", "a|b\n---|", "\ud83d", "`" * 9, "\x1b[31m"))


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    return Timeline(
        arrivals_ns=tuple(sorted(draw(st.lists(NUMBER, max_size=6)))),
        first_answer_ns=draw(MAYBE),
        end_ns=draw(MAYBE),
        prompt_tokens=draw(MAYBE),
        output_tokens=draw(MAYBE),
        tokens_source=draw(st.sampled_from(TokensSource)),
        finish_reason=draw(st.none() | st.sampled_from(FinishReason)),
        one_token_first=draw(st.booleans()),
        first_share=draw(st.none() | st.floats(0, 1)),
        hidden_tokens=draw(MAYBE),
        cached_prompt_tokens=draw(MAYBE),
    )


@st.composite
def samples(draw: st.DrawFn, base: Sample) -> Sample:
    return replace(
        base,
        kind=draw(st.sampled_from(SampleKind)),
        status=draw(st.sampled_from(SampleStatus)),
        launch=draw(st.integers(1, 3)),
        round=draw(st.integers(0, 3)),
        concurrency=draw(st.sampled_from((1, 1, 1, 4))),
        error=draw(st.none() | TEXT),
        flags=tuple(draw(st.lists(TEXT, max_size=2))),
        timeline=draw(timelines()),
        text=draw(TEXT),
        reasoning=draw(TEXT),
        peak_rss_bytes=draw(MAYBE),
        peak_vram_bytes=draw(MAYBE),
        disturbances=tuple(draw(st.lists(st.sampled_from(Disturbance), max_size=2))),
        pace_ns=draw(MAYBE),
        energy_j=draw(FLOAT),
        energy_source=draw(st.none() | st.sampled_from(EnergySource)),
    )


@st.composite
def runs(draw: st.DrawFn) -> RunRecord:
    """A whole run of which any number may be missing or absurd, as a history or a file of somebody else may hold it."""
    run = whole_run()
    numbers = dict.fromkeys(("load_ns", "peak_rss_bytes", "forecast_bytes", "measured_bytes", "round_trip_ns"), MAYBE)
    loads: tuple[Load, ...] = tuple(
        replace(load, idle_watts=draw(FLOAT), **{name: draw(number) for name, number in numbers.items()})
        for load in run.loads
    )
    return replace(
        run, loads=loads, samples=tuple(draw(samples(sample)) for sample in run.samples[:8]), note=draw(TEXT)
    )


@st.composite
def memory_readings(draw: st.DrawFn) -> MemoryReading:
    """What memory held at one moment, which need not be later than that of the reading before."""
    keys = st.sampled_from(KEYS)
    gpu = GpuReading(
        index=draw(NUMBER),
        name=draw(TEXT),
        used_bytes=draw(MAYBE),
        total_bytes=draw(MAYBE),
        process_bytes=draw(st.dictionaries(keys, MAYBE, max_size=3)),
        utilisation=draw(FLOAT),
        power_watts=draw(FLOAT),
    )
    return MemoryReading(
        at_s=draw(st.floats()),
        total_bytes=draw(NUMBER),
        available_bytes=draw(NUMBER),
        swap_used_bytes=draw(NUMBER),
        rss_bytes=draw(st.dictionaries(keys, NUMBER, max_size=3)),
        gpus=(gpu,) * draw(st.integers(0, 2)),
    )


@settings(max_examples=20, phases=[Phase.generate], derandomize=True, deadline=None, database=None)
@given(runs(), st.lists(memory_readings(), max_size=4))
def test_no_number_and_no_gap_ends_a_format(run: RunRecord, readings: list[MemoryReading]) -> None:
    written = {each.title: each.render(run, readings) for each in FORMATS}
    other = whole_run()
    compare(run, run)
    for key in (found.key for found in run.plan.models):
        model_trends((other, run, run, other), key)
    assert "<script>alert" not in written["HTML"]
    assert "\x1b" not in written["Markdown"]
    msgspec.json.decode(written["JSON"])


def test_an_interval_without_limit_is_a_number() -> None:
    wide = intervals.Ratio(log=0.0, log_error=5.0, freedom=1.0).interval(1 - 0.05 / 63)
    assert (wide.low, math.isfinite(wide.high)) == (0.0, True)
    assert wide.high > 1e300


def test_a_format_that_fails_keeps_no_other_from_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    with closing(History(paths.history_file())) as history:
        history.begin(whole_run())

    def fail(*_: object) -> str:
        raise OverflowError("math range error")

    for name in ("markdown.markdown_report", "html.html_page"):
        monkeypatch.setattr(f"tui.reports.{name}", fail)
    options = [word for each in FORMATS for word in (each.option, str(tmp_path / f"run{each.option}"))]
    done = benchtop("report", "last", *options)
    written = sorted(path.name for path in tmp_path.glob("run*"))
    assert written == ["run--arrivals", "run--csv", "run--deterministic-json", "run--json"]
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "this run cannot be written as HTML (OverflowError: math range error); use another format" in done.stderr
    assert benchtop("report", "last").returncode == 2
