"""Golden bytes of every report, the rows of CSV and JSON, and files written whole or not at all."""

from __future__ import annotations

import csv
import json
import os
import re
import stat
import sys
from dataclasses import fields, replace
from io import StringIO
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.support.builders import failed_sample, run_record, sample
from tests.support.hostile import NASTY, texts
from tests.support.reports import EXPORTS, GOLDEN, named, whole_run
from tui import guide
from tui.cli.report import command as report_command
from tui.measure.comparison.compare import compare
from tui.records import (
    Environment,
    FinishReason,
    RunRecord,
    SampleStatus,
    Timeline,
    TokensSource,
)
from tui.reports import comparison as comparison_report
from tui.reports import export
from tui.reports.export import ExportError
from tui.reports.formats import FORMATS
from tui.reports.html import html_page
from tui.reports.json import arrivals_text, csv_text, json_text
from tui.reports.json.reading import NotARun
from tui.reports.json.references import read_references
from tui.reports.markdown import markdown_report
from tui.text import escape

FORMULA_SIGNS = tuple("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize("name", EXPORTS)
def test_reports_are_the_same_to_the_byte(name: str) -> None:
    """After a change on purpose: ``python -m tests.support.reports`` writes them anew, and their diff is reviewed."""
    assert EXPORTS[name](whole_run()).encode() == (GOLDEN / name).read_bytes()


def test_no_text_is_obeyed_by_a_terminal() -> None:
    obeyed = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\ud800-\udfff]")
    # Each known one by itself, and many at random in a few, since a sign is obeyed wherever it stands.
    many = texts(600)
    for text in (*NASTY, *("".join(many[start::8]) for start in range(8))):
        run = named(text)
        hostile = replace(run, samples=(*run.samples, replace(sample(text=text), reasoning=text, prompt=text)))
        for make in EXPORTS.values():
            assert not obeyed.search(make(hostile)), repr(text)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_csv_has_one_line_a_sample() -> None:
    run = whole_run()
    text = csv_text(run)
    assert len(text.splitlines()) == len(run.samples) + 1
    row = rows_of(text)[0]
    assert row["run_id"] == "run-1"
    assert row["arrivals_ms"].split()[:3] == ["600.0", "620.0", "640.0"]
    assert row["practice"] == "true"
    assert row["peak_vram_bytes"] == ""


def test_no_text_runs_as_a_formula_or_breaks_a_row() -> None:
    nasty = texts(500)
    run = named("plain")
    samples = tuple(replace(sample(text=text), key=text, alias=text, prompt=text, error=text) for text in nasty)
    text = csv_text(replace(run, samples=samples))
    assert len(text.splitlines()) == len(nasty) + 1
    rows = list(csv.reader(StringIO(text)))
    assert {len(row) for row in rows} == {len(rows[0])}
    for row in rows[1:]:
        for cell in row:
            assert not cell.lstrip(' "').startswith(FORMULA_SIGNS), repr(cell)
            # Where a comma is the decimal sign, a semicolon parts cells.
            assert not any(part.lstrip(' "').startswith(FORMULA_SIGNS) for part in cell.split(";")), repr(cell)


def test_harmless_text_stays_as_it_is_in_a_spreadsheet() -> None:
    harmless = 'It costs 3-4 ms, "quoted", a@b; then more. é 日本語'
    assert escape.spreadsheet_cell(harmless) == harmless
    (row,) = rows_of(csv_text(replace(run_record(), samples=(sample(text=harmless),))))
    assert row["text"] == harmless


MODEL_FIELDS = (
    "alias, model_id, engine, status, error, load_s, cold_ttft_s, rounds, latency_avg, latency_p95, "
    "first_token_latency_avg, tokens_per_sec_avg, ttft_p50_ms, ttft_p95_ms, e2e_p50_ms, e2e_p95_ms, "
    "decode_p50_tok_s, prefill_p50_tok_s, output_tokens, peak_rss_bytes, peak_vram_bytes, key, flags, practice, "
    "context, memory_forecast_bytes, memory_measured_bytes, memory_left_bytes, distributions, "
    "energy_j_per_token, energy_j_per_request, energy_source, cost_per_1000, sweep, "
    "disturbed, repeatable, other_texts, round_trip_ms, concurrency, execution_provider, provider_s, cached, doubts, "
    "ttft_tail_ms, e2e_tail_ms, first_answer_p50_ms, itl_p50_ms, itl_p99_ms, longest_gap_ms, gaps_of_tokens, "
    "overall_p50_tok_s, requests_per_s, server_decode_p50_tok_s, server_prefill_p50_tok_s"
)
SAMPLE_FIELDS = (
    "alias, model_id, execution_provider, context, mode, order, launch, prompt_id, round, kind, status, error, flags, "
    "ttft_ms, e2e_ms, end_ms, decode_tok_s, prefill_tok_s, prompt_tokens, output_tokens, tokens_source, finish_reason, "
    "arrivals_ms, text, reasoning, peak_rss_bytes, key, practice, first_answer_ms, overall_tok_s, workshop_tok_s, "
    "prompt, started_at, peak_vram_bytes, segment, concurrency, disturbances, energy_j, energy_source, hidden_tokens, "
    "cached_prompt_tokens, sent_ms, pace_ms, first_share, one_token_first, client_busy, arrivals_per_s, "
    "server_decode_tok_s, server_prefill_tok_s, other_cores, "
    "waited_ms, itl_p50_ms, longest_gap_ms, beside, turn"
)
ARRIVAL_FIELDS = (
    "run_id, key, prompt_id, kind, round, launch, segment, concurrency, status, output_tokens, first_answer_ms, "
    "end_ms, arrivals_ms"
)
RUN_FIELDS = (
    "run_id, started_at, finished_at, status, purpose, prompt_set, prompts, rounds, warmup, max_tokens, temperature, "
    "seed, mode, order, launches, cool_down_s, protocol, until_interval, max_rounds, sweep, concurrency, name, tags, "
    "models, price_per_kwh, currency, without_disturbed, max_per_second, no_cache_hits, time_limit_s, "
    "pack, yardstick, arrivals_per_s, arrival_seed, slo"
)


def parsed(run: RunRecord) -> dict[str, Any]:
    """Read the JSON as strictly as any other tool may."""
    return msgspec.json.decode(json_text(run).encode(), type=dict[str, Any])


NEWER = ("pass_rates", "quality_differences")


def test_json_has_the_promised_fields() -> None:
    run = parsed(whole_run())
    assert list(run) == ["schema", "run", "environment", "models", "samples", "answers", "judges", *NEWER, "choice"]
    assert run["schema"] == 1
    assert set(run["run"]) == set(RUN_FIELDS.split(", "))
    # What a run of an earlier Benchtop has not noted is left out.
    assert set(run["environment"]) == {field.name for field in fields(Environment)} - {"peak_rss_scope"}
    assert all(set(model) == set(MODEL_FIELDS.split(", ")) for model in run["models"])
    assert all(set(row) == set(SAMPLE_FIELDS.split(", ")) for row in run["samples"])
    assert [model["status"] for model in run["models"]] == ["ok", "ok", "failed", "failed", "skipped"]
    assert run["run"]["models"] == [model["key"] for model in run["models"]]
    text = "Summarize retrieval augmented generation."
    expected: dict[str, object] = {
        "id": "rag",
        "text": text,
        "system": None,
        "max_tokens": None,
        "facets": [],
        "rubric": [],
        "graders": [],
    }
    assert run["run"]["prompts"][0] == expected


def test_json_tells_how_the_numbers_spread() -> None:
    (row,) = parsed(run_record(rounds=6))["models"]
    assert set(row["distributions"]) == {"ttft_ms", "e2e_ms", "decode_tok_s"}
    ttft = row["distributions"]["ttft_ms"]
    assert (ttft["n"], ttft["launches"], ttft["within_one_launch"]) == (12, 1, True)
    same = ("headline", "low", "high", "mean", "median", "min", "max")
    assert {ttft[name] for name in same} == {200.0}
    assert (ttft["sd"], ttft["cv"]) == (0.0, 0.0)
    assert (ttft["outliers"], ttft["outliers_judged"], ttft["drift"]) == ([], True, None)
    assert ttft["percentiles"][0] == {"percent": 50.0, "value": 200.0, "low": 200.0, "high": 200.0, "needs": 6}
    assert ttft["percentiles"][3] == {"percent": 99.0, "value": 200.0, "low": None, "high": None, "needs": 368}
    (nothing,) = parsed(replace(run_record(), samples=()))["models"]
    assert nothing["distributions"] == {"ttft_ms": None, "e2e_ms": None, "decode_tok_s": None}


def test_json_keeps_what_was_measured() -> None:
    times = Timeline(
        arrivals_ns=(100_000_001, 150_000_000),
        first_answer_ns=150_000_000,
        end_ns=160_000_000,
        prompt_tokens=4,
        output_tokens=3,
        tokens_source=TokensSource.TOKENIZER,
        finish_reason=FinishReason.LENGTH,
    )
    text = "one\ntwo | \x1b[31m \u202e日本語 \U0001f98a"
    measured = replace(sample(text=text, times=times), reasoning="hm", status=SampleStatus.CANCELLED)
    (row,) = parsed(replace(run_record(), samples=(measured,)))["samples"]
    assert (row["ttft_ms"], row["first_answer_ms"], row["e2e_ms"], row["end_ms"]) == (100.000001, 150.0, 150.0, 160.0)
    assert row["arrivals_ms"] == [100.000001, 150.0]
    assert row["decode_tok_s"] == round(2e9 / 59_999_999, 6)
    assert (row["prefill_tok_s"], row["overall_tok_s"], row["workshop_tok_s"]) == (40.0, 20.0, round(7 / 0.15, 6))
    assert (row["tokens_source"], row["finish_reason"]) == ("tokenizer", "length")
    assert (row["kind"], row["status"], row["context"]) == ("round", "cancelled", 2048)
    assert (row["text"], row["reasoning"]) == (text, "hm")


def test_json_says_null_for_what_is_not_known() -> None:
    (row,) = parsed(replace(run_record(), samples=(failed_sample(),)))["samples"]
    unknown = {name for name, value in row.items() if value is None}
    assert {"ttft_ms", "e2e_ms", "end_ms", "decode_tok_s", "output_tokens", "tokens_source", "peak_rss_bytes"} < unknown
    assert row["arrivals_ms"] == []
    (summary,) = parsed(replace(run_record(), samples=()))["models"]
    assert summary["ttft_p50_ms"] is None
    assert summary["rounds"] == 0


def test_any_text_survives_json_but_for_halves_of_pairs() -> None:
    nasty = texts(300)
    samples = tuple(sample(text=text) for text in nasty)
    read = [row["text"] for row in parsed(replace(run_record(), samples=samples))["samples"]]
    assert read == [escape.without_surrogates(text) for text in nasty]
    assert escape.without_surrogates("a\ud83db") == "a\\ud83db"


def test_arrivals_are_one_line_a_sample_whatever_its_texts_are() -> None:
    run = whole_run()
    rows = [json.loads(line) for line in arrivals_text(run).splitlines()]
    assert [(row["key"], row["kind"], row["round"], row["status"]) for row in rows] == [
        (sample.key, sample.kind.value, sample.round, sample.status.value) for sample in run.samples
    ]
    assert rows[0]["arrivals_ms"][:3] == [600.0, 620.0, 640.0]
    assert rows[0]["end_ms"] == 1020.0
    assert (rows[-1]["arrivals_ms"], rows[-1]["end_ms"], rows[-1]["output_tokens"]) == ([], None, None)
    assert {tuple(row) for row in rows} == {tuple(ARRIVAL_FIELDS.split(", "))}
    for text in texts(100):
        hostile = named(text)
        lines = arrivals_text(hostile).split("\n")
        assert len(lines) == len(hostile.samples) + 1
        assert json.loads(lines[0])["key"] == escape.without_surrogates(text)


def test_json_is_written_for_eyes_as_well() -> None:
    text = json_text(run_record())
    assert text.endswith("}\n")
    assert '\n  "run": {\n    "run_id": "run-1",' in text
    arrivals = next(line for line in text.splitlines() if '"arrivals_ms"' in line)
    assert arrivals.endswith("],"), "a list of numbers stands on one line"
    assert json.loads(text)["run"]["temperature"] == 0.0


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_report_is_written_whole_over_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "report.md"
    export.write(path, "first\n")
    export.write(path, "sécond\r\n")
    assert path.read_bytes() == "sécond\r\n".encode()
    assert names_in(tmp_path) == ["report.md"]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_an_old_report_outlives_a_write_that_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "report.md"
    export.write(path, "old")

    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, failing, no_space)
    if failing == "replace":
        monkeypatch.setattr(Path, failing, no_space)
    with pytest.raises(ExportError) as refused:
        export.write(path, "new")
    assert str(refused.value) == f"cannot write {path}: No space left on device; choose another path"
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["report.md"], "no temporary file stays behind"


def test_checking_leaves_nothing_behind_and_changes_nothing(tmp_path: Path) -> None:
    export.check_writable(tmp_path / "new.md")
    (tmp_path / "old.md").write_text("old")
    export.check_writable(tmp_path / "old.md")
    assert names_in(tmp_path) == ["old.md"]
    assert (tmp_path / "old.md").read_text() == "old"


def test_what_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    missing, taken = tmp_path / "no" / "report.md", tmp_path / "file" / "report.md"
    reasons = {
        missing: f"the folder {tmp_path / 'no'} does not exist; create it or choose another path",
        taken: f"{tmp_path / 'file'} is not a folder; choose another path",
        tmp_path: "it is a folder; add a file name",
        tmp_path / ("long" * 100): None,
        tmp_path / "nul\0": None,
    }
    for path, reason in reasons.items():
        with pytest.raises(ExportError) as refused:
            export.check_writable(path)
        if reason is None:
            # The system's own words.
            assert str(refused.value).endswith("; choose another path")
        else:
            assert str(refused.value) == f"cannot write {path}: {reason}"
        with pytest.raises(ExportError, match="cannot write"):
            export.write(path, "text")
    assert names_in(tmp_path) == ["file"]


def test_a_folder_that_takes_no_file_is_found_before_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ExportError, match="Permission denied; choose another path"):
        export.check_writable(tmp_path / "report.md")


@pytest.mark.skipif(sys.platform == "win32", reason="modes, links and pipes of a POSIX system")
def test_modes_links_and_pipes_are_respected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    export.write(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with monkeypatch.context() as patch:
        patch.setattr(export, "temporary_beside", None)
        export.check_writable(pipe)
    export.write(pipe, "through it")
    assert os.read(reader, 100) == b"through it", "what is no file is written to, not replaced"
    os.close(reader)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    with pytest.raises(ExportError, match="cannot write"):
        export.check_writable(loop)


def test_every_format_has_its_option_and_its_line_in_the_guide() -> None:
    page = guide.source_of("reports")
    options = {parameter.opts[0]: parameter for parameter in report_command.params}
    for report_format in FORMATS:
        assert f"| `{report_format.option} FILE` | " in page
        assert getattr(options[report_format.option], "help", None) == report_format.help
        assert report_format.render(whole_run(), ())


def test_json_is_written_as_the_standard_library_writes_it_but_for_lists_of_numbers() -> None:
    times = Timeline(arrivals_ns=(1, 2_500_000, 10**15))
    hostile = sample(times=times, text='quote " \n \u2028 \udc80', flags=("a", "b"))
    text = json_text(replace(run_record(), samples=(hostile, sample())))
    indented = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    one_line = re.sub(r"\[\n\s+([-+.\deE,\s]+?)\n\s+\]", lambda numbers: f"[{' '.join(numbers[1].split())}]", indented)
    assert text == escape.json_document(one_line) + "\n"
    assert '"arrivals_ms": [1e-06, 2.5, 1000000000.0]' in text


def test_reference_rows_stand_beside_the_results_and_in_no_statistic(tmp_path: Path) -> None:
    exported, published, other = (tmp_path / name for name in ("run.json", "published.json", "other.json"))
    there = replace(whole_run(), environment=replace(whole_run().environment, machine_name="lab"))
    exported.write_text(json_text(there), encoding="utf-8")
    vendor = {"reference": "a page", "machine": "phone", "models": [{"model": "tiny|x", "ttft_ms": 12345}]}
    published.write_text(json.dumps(vendor), encoding="utf-8")
    other.write_text(json.dumps({"reference": "a page", "models": []}), encoding="utf-8")
    rows = (*read_references(exported), *read_references(published))
    assert [row.quiet for row in rows] == ["reference"] * len(rows)
    run = replace(whole_run(), references=rows)
    plain, shown = (re.sub("[ -]+", " ", markdown_report(one)).splitlines() for one in (whole_run(), run))
    added = {line.strip() for line in shown} - {line.strip() for line in plain}
    assert sum(" on lab" in line for line in added) == len(rows) - 1
    assert any("tiny\\|x on phone, a page" in line and "12.3 s" in line and "reference" in line for line in added)
    assert all(" on " in line or "reference row" in line for line in added), "nothing else has changed"
    assert "tiny|x on phone, a page (reference) 12.3 s" in html_page(run)
    assert json_text(run) == json_text(whole_run())
    found = [compare(run, run)]
    plain_text, text = (comparison_report.markdown([one, one], found) for one in (whole_run(), run))
    assert re.search(r"tiny\\\|x on phone, a page +\| TTFT +\| +12\.3 s", text)
    first, _, last = text.partition("## References")
    assert plain_text == first + last.partition("in no ranking or choice.\n\n")[2], "nothing else has changed"
    with pytest.raises(NotARun, match="it needs reference, machine and models"):
        read_references(other)
