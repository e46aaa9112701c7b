"""Reports of runs with odd numbers and gaps: every format is written, or fails alone with a sentence."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import model, run_record
from tests.support.command import benchtop
from tests.support.reports import whole_run
from tui import paths
from tui.measure.statistics import intervals
from tui.records import RunRecord
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
