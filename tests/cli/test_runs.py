"""Commands about runs that are over: listed, reported and compared."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.support.builders import model, run_record
from tests.support.command import CommandFolder, command_folder
from tests.support.launches import Machine
from tests.support.reports import starved_run
from tui.console import ExitCode
from tui.measure.answers.quality import answers_of
from tui.measure.comparison.compare import compare_all
from tui.records import Mode, Purpose, RunRecord
from tui.records.quality import Rating
from tui.reports import comparison
from tui.reports.json import csv_text, json_text
from tui.reports.markdown import markdown_report
from tui.store import ratings
from tui.store.history import History
from tui.workspace.voting import cast_vote, voted_samples

OLD, NEW, SLOW = "20261120-090000-aaaaaa", "20261121-090000-bbbbbb", "20261122-090000-cccccc"
QUESTION = "20261123-090000-dddddd"


def drawn(run_id: str, *, slower: float = 1.0, launches: int = 5) -> RunRecord:
    random = np.random.default_rng(int(run_id[:8]))
    run = Machine(prompts=("rag", "privacy")).run(random, launches, 10, slower=slower, keys=("tiny", "big"))
    return replace(run, run_id=run_id, loads=())


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a history with three benchmarks, the last of them slower, and then a question."""
    file = tmp_path_factory.mktemp("written") / "history.sqlite3"
    question = replace(run_record(model("tiny"), run_id=QUESTION), loads=())
    runs = (drawn(OLD), drawn(NEW), drawn(SLOW, slower=1.3))
    with closing(History(file)) as history:
        for run in (*runs, replace(question, plan=replace(question.plan, purpose=Purpose.ASK))):
            history.begin(run)
    return file


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> CommandFolder:
    """A folder for commands whose history has the drawn runs."""
    folder = command_folder(tmp_path)
    folder.history.parent.mkdir(parents=True)
    shutil.copyfile(written, folder.history)
    return folder


def test_the_history_lists_the_newest_first(folder: CommandFolder) -> None:
    result = folder.run("history", "--limit", "3")
    assert (result.returncode, result.stderr) == (ExitCode.DONE, "3 of 4 runs; --limit shows more.\n")
    heading, *rows = result.stdout.splitlines()
    assert heading.split("  ")[0] == "RUN"
    assert [row.split()[0] for row in rows] == ["20261123-090000-dddddd", SLOW, NEW]
    assert rows[1].split() == [
        SLOW,
        "2026-11-22",
        "15:20",
        "tiny,",
        "big",
        "200",
        "done",
        "deterministic,",
        "10",
        "rounds",
    ]


def test_a_report_of_any_run_is_what_its_benchmark_would_have_written(folder: CommandFolder) -> None:
    result = folder.run("report", NEW[:10], "--md", "report.md", "--csv", "samples.csv", "--json", "run.json")
    assert (result.returncode, result.stdout) == (ExitCode.DONE, "")
    assert result.stderr == "report.md is written.\nsamples.csv is written.\nrun.json is written.\n"
    with closing(History(folder.history)) as history:
        run = history.run(NEW)
    for name, make in (("report.md", markdown_report), ("samples.csv", csv_text), ("run.json", json_text)):
        assert (folder.path / name).read_bytes() == make(run).encode()
    assert folder.run("report", NEW).stdout == markdown_report(run), "without a file it goes to stdout"


def test_compare_and_report_mean_the_latest_benchmarks_unless_told_otherwise(folder: CommandFolder) -> None:
    for arguments in (("compare",), ("compare", "last"), ("compare", "previous")):
        assert folder.outcome_of(*arguments) == folder.outcome_of("compare", NEW, SLOW)
    assert folder.outcome_of("report") == folder.outcome_of("report", SLOW)


def test_a_page_and_the_arrivals_are_written_with_what_memory_held(folder: CommandFolder) -> None:
    starved, readings = starved_run()
    with closing(History(folder.history)) as history:
        history.begin(replace(starved, run_id="starved"))
        history.add_readings("starved", readings)
    result = folder.run("report", "starved", "--html", "run.html", "--arrivals", "run.jsonl", "--md", "run.md")
    assert (result.returncode, result.stdout) == (ExitCode.DONE, "")
    assert "<!doctype html>" in (folder.path / "run.html").read_text(encoding="utf-8")
    assert "Memory over the run" in (folder.path / "run.html").read_text(encoding="utf-8")
    assert "Over the run, models against 900 MiB" in (folder.path / "run.md").read_text(encoding="utf-8")
    assert len((folder.path / "run.jsonl").read_text(encoding="utf-8").splitlines()) == len(starved.samples)


def test_what_did_not_change_is_no_difference_and_no_regression(folder: CommandFolder) -> None:
    result = folder.run("compare", OLD, NEW, "--fail-over", "5%")
    assert result.returncode == ExitCode.DONE
    heading, *rows = result.stdout.splitlines()
    assert heading.split() == ["MODEL", "NUMBER", "BEFORE", "AFTER", "CHANGE", "VERDICT"]
    assert [row.split()[0] for row in rows] == ["tiny"] * 4 + ["big"] * 4
    assert all(re.search(r"no measurable difference \[-?\d\.\d, \d\.\d\]$", row) for row in rows)
    assert result.stderr.endswith("PASS. Nothing is surely slower by more than 5.0 %.\n")
    assert re.search(r"A slowdown of [\d.]+ % in TTFT and", result.stderr)
    assert re.search(
        r"The gate at 5.0 % fails nine times out of ten at a slowdown of [\d.]+ % in TTFT and", result.stderr
    )
    quieter = folder.run("compare", OLD, NEW, "--fail-over", "1%")
    assert "To find 1.0 %, " in quieter.stderr


def test_a_regression_is_told_and_is_exit_code_3(folder: CommandFolder) -> None:
    result = folder.spawn("compare", "previous", "last", "--fail-over", "5", "--per-prompt")
    assert result.returncode == ExitCode.REGRESSION
    assert result.stderr.splitlines()[-1].startswith("FAIL. The lines above name what became worse.")
    rows = result.stdout.splitlines()[1:]
    per_prompt = {key: [key, "rag", "privacy"] * 2 + [key, key] for key in ("tiny", "big")}
    assert [row.split()[0] for row in rows] == per_prompt["tiny"] + per_prompt["big"], "E2E and peak memory come last"
    assert "slower by" in rows[0]
    assert "no measurable difference" in rows[8]
    assert "Slower by more than 5.0 %: tiny (TTFT), tiny (decode rate).\n" in result.stderr
    assert folder.run("compare", "previous", "last").returncode == ExitCode.DONE, "nobody asked it to fail"
    faster = folder.run("compare", "last", "previous", "--fail-over", "0%")
    assert faster.returncode == ExitCode.DONE
    assert "faster by" in faster.stdout.splitlines()[1]
    assert "[-" not in faster.stdout.splitlines()[1], "faster by so much, not by less than nothing"


def test_the_results_of_gates_are_written_for_other_tools(folder: CommandFolder) -> None:
    summary = folder.path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    gates = ("--fail-over", "5%,e2e=10%", "--junit", "gates.xml", "--github")
    result = folder.spawn("compare", OLD, SLOW, *gates, variables={"GITHUB_STEP_SUMMARY": str(summary)})
    assert result.returncode == ExitCode.REGRESSION
    assert "\n::error title=Benchtop%3A TTFT::tiny: TTFT " in result.stderr
    assert "Slower: tiny: E2E " in result.stderr
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n### Benchtop: ")
    assert "\n\n3 gates failed.\n" in text
    assert '<failure message="tiny: TTFT ' in (folder.path / "gates.xml").read_text(encoding="utf-8")
    passed = folder.run("compare", OLD, NEW, "--fail-over", "5%,failures=0%", "--json")
    assert passed.returncode == ExitCode.DONE
    assert {gate["passed"] for gate in json.loads(passed.stdout)["gates"]} == {True}
    assert folder.run("compare", OLD, NEW, "--github").returncode == ExitCode.USAGE
    assert "is not a share such as 5%" in folder.run("compare", OLD, NEW, "--fail-over", "weight=5%").stderr


def test_a_file_is_compared_like_a_run_of_the_history(folder: CommandFolder) -> None:
    (folder.path / "old.json").write_text(json_text(drawn(OLD)), encoding="utf-8")
    assert folder.run("compare", "old.json", SLOW).stdout == folder.run("compare", OLD, SLOW).stdout


def test_several_runs_stand_under_each_other(folder: CommandFolder) -> None:
    result = folder.run("compare", OLD, NEW, SLOW, "--fail-over", "5%", "--md", "report.md")
    assert result.returncode == ExitCode.REGRESSION
    heading, *rows = result.stdout.splitlines()
    assert heading.split() == ["MODEL", "NUMBER", "RUN", "BEFORE", "AFTER", "CHANGE", "VERDICT"]
    assert [row.split()[0] for row in rows] == ["tiny"] * 8 + ["big"] * 8
    assert [SLOW in row for row in rows] == [False, True] * 8
    slower = [False, True] * 3, [False] * 2, [False] * 8
    assert ["slower by" in row for row in rows] == [told for part in slower for told in part], "TTFT, decode and E2E"
    assert f"Slower by more than 5.0 %: tiny (TTFT) in {SLOW}, tiny (decode rate) in {SLOW}.\n" in result.stderr
    with closing(History(folder.history)) as history:
        runs = [history.run(run_id) for run_id in (OLD, NEW, SLOW)]
    expected = comparison.markdown(runs, compare_all(runs[0], runs[1:]))
    assert (folder.path / "report.md").read_text(encoding="utf-8") == expected
    assert "report.md is written.\n" in result.stderr
    for words in (
        f"1. {OLD}, 2026-11-22 15:20 UTC: 10 rounds over 1 launch",
        f"## {SLOW}",
        "| tiny  | peak memory |",
        "| tiny, rag ",
        "### By prompt",
    ):
        assert words in expected


def test_a_comparison_for_programs(folder: CommandFolder) -> None:
    result = folder.run("compare", OLD, SLOW, "--json")
    document = json.loads(result.stdout)
    assert (result.returncode, result.stderr, document["schema"]) == (ExitCode.DONE, "", comparison.SCHEMA)
    (only,) = document["comparisons"]
    first = only["changes"][0]
    assert (only["before_id"], only["after_id"]) == (OLD, SLOW)
    assert (first["key"], first["quantity"], first["outcome"]) == ("tiny", "TTFT", "slower")
    assert 0 < first["interval"]["low"] < first["slowdown"] < first["interval"]["high"]


def test_a_baseline_is_made_of_any_run_and_compared(folder: CommandFolder) -> None:
    for name in ("baseline.json", "again.json"):
        assert folder.run("report", OLD, "--deterministic-json", name).stderr == f"{name} is written.\n"
    text = (folder.path / "baseline.json").read_bytes()
    assert text == (folder.path / "again.json").read_bytes()
    assert OLD.encode() not in text
    gate = folder.run("compare", "baseline.json", "last", "--fail-over", "5%")
    assert gate.returncode == ExitCode.REGRESSION
    assert [row.split()[0] for row in gate.stdout.splitlines()[1:]] == ["big"] * 4 + ["tiny"] * 4


def of_a_fast_machine(text: str, *, times_as_slow: float = 1) -> str:
    """Return the baseline as of a machine faster than any real one, so that no measured run equals it by chance.

    Every round has the same numbers. ``times_as_slow`` makes the machine slower by a known factor.
    """
    document = json.loads(text)
    ttft_ms, e2e_ms, decode_tok_s = 0.001 * times_as_slow, 0.002 * times_as_slow, 1e8 / times_as_slow
    for of_model in document["models"]:
        for rounds in of_model["rounds"].values():
            for number, value in (("ttft_ms", ttft_ms), ("e2e_ms", e2e_ms), ("decode_tok_s", decode_tok_s)):
                rounds[number] = [[value for _ in launch] for launch in rounds[number]]
    return json.dumps(document)


def test_a_benchmark_is_held_against_its_baseline_at_once(folder: CommandFolder) -> None:
    bench = ("bench", "--models", "practice-small", "--prompt", "What is a token?", "--max-tokens", "24")
    first = folder.run(*bench, "--launches", "2", "--rounds", "2", "--deterministic-json", "baseline.json")
    assert first.returncode == ExitCode.DONE
    text = (folder.path / "baseline.json").read_text(encoding="utf-8")
    (folder.path / "fast.json").write_text(of_a_fast_machine(text), encoding="utf-8")
    refused = folder.run(*bench[:-1], "25", "--baseline", "baseline.json")
    assert refused.returncode == ExitCode.USAGE
    assert refused.stderr == (
        "benchtop: the baseline was not asked the same: max tokens 24 -> 25; "
        "measure as it was measured, or make a new baseline.\n"
    )
    single = folder.run(*bench, "--baseline", "baseline.json", "--launches", "1")
    assert (single.returncode, single.stdout) == (ExitCode.USAGE, "")
    assert "the baseline has 2 launches and this benchmark 1" in single.stderr
    gated = folder.run(*bench, "--baseline", "fast.json", "--no-yardstick")
    assert gated.returncode == ExitCode.REGRESSION
    assert "Slower by more than 5.0 %: practice-small (TTFT), practice-small (decode rate).\n" in gated.stderr
    assert "VERDICT" in gated.stdout
    with closing(History(folder.history)) as history:
        plan = history.latest(1)[0].plan
    assert (plan.method.launches, plan.method.rounds) == (5, 5), "a baseline is compared over five launches"


def test_a_benchmark_is_held_against_its_baseline_relative_to_a_model(folder: CommandFolder) -> None:
    bench = ("bench", "--prompt", "What is a token?", "--max-tokens", "8", "--launches", "2", "--rounds", "2")
    both = (*bench, "--models", "practice-small,practice-medium", "--order", "interleaved", "--no-yardstick")
    assert folder.run(*both, "--deterministic-json", "baseline.json").returncode == ExitCode.DONE
    text = (folder.path / "baseline.json").read_text(encoding="utf-8")
    (folder.path / "fast.json").write_text(of_a_fast_machine(text), encoding="utf-8")
    (folder.path / "slow.json").write_text(of_a_fast_machine(text, times_as_slow=1000), encoding="utf-8")
    (folder.path / "blocks.json").write_text(text.replace("interleaved", "blocks"), encoding="utf-8")
    relative = ("--relative-to", "practice-medium")
    for options, words in (
        ((*both, *relative), "--relative-to needs a --baseline"),
        ((*both, "--baseline", "blocks.json", *relative), "its models did not take turns"),
        ((*bench, "--models", "practice-small", "--baseline", "fast.json", *relative), "leaves out practice-medium"),
    ):
        refused = folder.run(*options)
        assert (refused.returncode, refused.stdout) == (ExitCode.USAGE, "")
        assert words in refused.stderr
    assert folder.run("compare", "fast.json", "slow.json", "--fail-over", "5%").returncode == ExitCode.REGRESSION
    gated = folder.run(*both, "--baseline", "fast.json", *relative)
    assert gated.returncode == ExitCode.DONE, "all that the small one lost the medium one lost as well, and more"
    assert "Round by round relative to: practice-medium.\n" in gated.stderr
    verdicts = gated.stdout[gated.stdout.index("VERDICT") :].splitlines()[1:]
    assert [row.split()[0] for row in verdicts] == ["practice-small"] * 4


def test_one_launch_a_side_tells_nothing_and_is_no_green_light(folder: CommandFolder) -> None:
    (folder.path / "once.json").write_text(json_text(drawn(NEW, launches=1)), encoding="utf-8")
    result = folder.run("compare", OLD, "once.json")
    assert result.returncode == ExitCode.DONE
    assert all(row.endswith("too few launches to tell") for row in result.stdout.splitlines()[1:])
    assert "measure each run with at least 2 launches" in result.stderr
    gate = folder.run("compare", OLD, "once.json", "--fail-over", "5%")
    assert gate.returncode == ExitCode.USAGE
    assert gate.stderr.endswith("CANNOT TELL: a run has a single launch of a model; measure both with --launches 5.\n")


def test_unlike_runs_are_refused_unless_asked_for(folder: CommandFolder) -> None:
    run = drawn(NEW)
    other = replace(
        run,
        plan=replace(run.plan, method=replace(run.plan.method, mode=Mode.SIDE_BY_SIDE)),
        environment=replace(run.environment, runtime="onnxruntime 1.32.0"),
    )
    (folder.path / "other.json").write_text(json_text(other), encoding="utf-8")
    refused = folder.run("compare", OLD, "other.json")
    assert (refused.returncode, refused.stdout) == (ExitCode.USAGE, "")
    assert refused.stderr == (
        "benchtop: the runs are not alike: mode one by one -> side by side; --anyway compares them all the same.\n"
    )
    compared = folder.run("compare", OLD, "other.json", "--anyway")
    assert compared.returncode == ExitCode.DONE
    assert "Not alike: mode one by one -> side by side.\n" in compared.stderr
    assert "Machine or software differs: runtime onnxruntime 1.31.0 -> onnxruntime 1.32.0.\n" in compared.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("compare nope last", 'there is no run "nope"; "benchtop history" lists them, and a file ends in .json.'),
        ("compare 2026 last", '"2026" begins 20261123-090000-dddddd, 20261122-090000-cccccc, 20261121-090000-bbbbbb'),
        ("compare gone.json last", "gone.json: there is no such file; correct the path."),
        ("bench --fail-over 5%", "--fail-over needs a --baseline to hold the benchmark against."),
        ("bench --baseline gone.json", "gone.json: there is no such file; correct the path."),
        ("compare last previous --md gone/report.md", "cannot write gone/report.md: the folder"),
        ("compare last last --fail-over much", "much is not a share such as 5%"),
        ("report last --md gone/report.md", "cannot write gone/report.md: the folder"),
        ("report nope", 'there is no run "nope"'),
        ("history --limit 0", "0 is not a whole number from 1 up"),
        ("history --since yesterday", "--since yesterday is not a day such as 2026-11-22."),
        ("history --status odd", "'odd' is not one of"),
        ("history name nope x", 'there is no run "nope"'),
        ("history name last", "missing argument 'TEXT'"),
        ("history pin", "missing argument 'RUN...'"),
        ("history delete last", "deleting asks first, but there is no terminal; add --yes."),
    ],
)
def test_what_cannot_be_done_is_one_sentence(folder: CommandFolder, arguments: str, sentence: str) -> None:
    code, shown, words = folder.outcome_of(*arguments.split())
    assert (code, shown, words.count("\n")) == (ExitCode.USAGE, "", 1)
    assert sentence in words


def test_reading_makes_no_history(tmp_path: Path) -> None:
    empty = command_folder(tmp_path)
    for arguments in (("history",), ("report", "last"), ("compare", "previous", "last")):
        result = empty.run(*arguments)
        assert (result.returncode, result.stdout, result.stderr.count("\n")) == (ExitCode.USAGE, "", 1)
        assert "there is no history yet" in result.stderr
    assert not empty.history.exists()


def test_a_benchmark_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    single = command_folder(tmp_path)
    with closing(History(single.history)) as history:
        history.begin(replace(run_record(model("tiny")), loads=()))
    result = single.run("compare", "previous", "last")
    assert result.returncode == ExitCode.USAGE
    assert 'there is no previous benchmark in the history; "benchtop history" lists what there is.' in result.stderr


def test_the_list_is_narrowed_by_words_and_options(folder: CommandFolder) -> None:
    def listed(*arguments: str) -> list[str]:
        return [row.split()[0] for row in folder.outcome_of("history", *arguments)[1].splitlines()[1:]]

    assert listed("big") == [SLOW, NEW, OLD]
    assert listed("20261121") == [NEW]
    assert listed("ask") == [QUESTION]
    assert folder.outcome_of("history", "tag", NEW, "#Fast", "cpu") == (0, "", f"{NEW} is tagged.\n")
    assert folder.outcome_of("history", "name", "20261122", "after the update") == (0, "", f"{SLOW} is named.\n")
    assert listed("--tag", "fast") == listed("#cpu") == [NEW]
    assert listed("update") == [SLOW]
    assert listed("--status", "stopped", "--status", "interrupted") == []
    assert listed("--until", "2026") == [QUESTION, SLOW, NEW, OLD]
    code, shown, _ = folder.outcome_of("history")
    assert code == ExitCode.DONE
    heading, *rows = shown.splitlines()
    assert heading.split()[-2:] == ["WHAT", "TAGS"]
    assert rows[1].endswith("after the update")
    assert rows[2].endswith("#Fast #cpu")
    assert folder.outcome_of("history", "nothing at all")[1:] == ("", "None of 4 runs matches.\n")


def test_the_list_for_other_tools(folder: CommandFolder) -> None:
    folder.outcome_of("history", "note", NEW, "grün\x1b[31m")
    code, shown, _ = folder.outcome_of("history", "--json", "--limit", "2", "big")
    assert code == ExitCode.DONE
    newest, second = json.loads(shown)
    assert (newest["run_id"], second["run_id"]) == (SLOW, NEW)
    assert second["note"] == "grün\x1b[31m"
    assert "\x1b" not in shown
    assert set(newest) == {
        *("run_id", "started_at", "finished_at", "status", "purpose", "name", "tags", "pinned", "note"),
        *("models", "prompt_set", "rounds", "launches", "samples", "failed", "prompts", "question"),
    }
    assert (newest["models"], newest["samples"], newest["status"]) == (["tiny", "big"], 200, "done")


def test_a_run_is_called_by_its_name_or_its_tag(folder: CommandFolder) -> None:
    folder.outcome_of("history", "name", OLD, "Before")
    folder.outcome_of("history", "tag", SLOW, "candidate")
    by_name = folder.outcome_of("compare", "before", "candidate")
    assert by_name[0] == ExitCode.DONE
    assert by_name == folder.outcome_of("compare", OLD, SLOW)
    folder.outcome_of("history", "tag", NEW, "candidate")
    code, _, words = folder.outcome_of("report", "candidate")
    assert (code, words) == (
        ExitCode.USAGE,
        f'benchtop: "candidate" names {SLOW}, {NEW}; write the id of one.\n',
    )


def test_a_run_is_deleted_only_when_it_may_be(folder: CommandFolder) -> None:
    assert folder.outcome_of("history", "pin", OLD, NEW)[2] == f"{OLD} is pinned.\n{NEW} is pinned.\n"
    code, shown, words = folder.outcome_of("history", "delete", SLOW, OLD, "--yes")
    assert (code, shown) == (ExitCode.USAGE, "")
    assert words == f"benchtop: the run {OLD} is pinned, and stays; unpin it first.\n"
    assert len(folder.outcome_of("history")[1].splitlines()) == 5
    assert folder.outcome_of("history", "unpin", OLD)[0] == ExitCode.DONE
    assert folder.outcome_of("history", "delete", SLOW, OLD, "--yes")[2] == (f"{SLOW} is deleted.\n{OLD} is deleted.\n")
    assert [row.split()[0] for row in folder.outcome_of("history")[1].splitlines()[1:]] == [QUESTION, NEW]


def test_another_file_is_used_and_nothing_else_touched(folder: CommandFolder) -> None:
    own = folder.history.read_bytes()
    other = folder.path / "other" / "runs.sqlite3"
    missing = folder.outcome_of("history", "--history", str(other))
    assert missing[0] == ExitCode.USAGE
    assert f"there is no history yet ({other})" in missing[2]
    assert not other.exists()
    answered = folder.run("run", "practice-small", "--prompt", "Hi", "--max-tokens", "4", "--history", str(other))
    assert answered.returncode == ExitCode.DONE
    for before in (("--history", str(other), "history"), ("history", f"--history={other}")):
        code, shown, _ = folder.outcome_of(*before, "--json")
        (entry,) = json.loads(shown)
        assert (code, entry["purpose"], entry["models"]) == (ExitCode.DONE, "ask", ["practice-small"])
    assert folder.outcome_of("history", "--history", str(other), "name", entry["run_id"], "first")[0] == ExitCode.DONE
    assert folder.outcome_of("report", "first", "--history", str(other))[1].startswith("# ")
    assert folder.history.read_bytes() == own


def overwrite(file: Path) -> None:
    file.write_bytes(b"once upon a time\n" * 100)


def make_newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute("PRAGMA user_version = 1000")


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (overwrite, "move the file away, and a new history begins."),
        (make_newer, "was written by a newer Benchtop"),
    ],
)
def test_a_history_that_cannot_be_used_is_one_sentence(
    folder: CommandFolder, spoil: Callable[[Path], object], sentence: str
) -> None:
    spoil(folder.history)
    before = folder.history.read_bytes()
    for arguments in (
        ("history",),
        ("history", "name", "last", "x"),
        ("history", "delete", "last", "--yes"),
        ("report", "last"),
        ("compare", "previous", "last"),
    ):
        code, shown, words = folder.outcome_of(*arguments)
        assert (code, shown, words.count("\n")) == (ExitCode.USAGE, "", 1)
        assert sentence in words
    assert folder.history.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_may_only_be_read_is_one_sentence(folder: CommandFolder) -> None:
    folder.history.parent.chmod(0o500)
    try:
        code, _, words = folder.outcome_of("history", "name", "last", "x")
    finally:
        folder.history.parent.chmod(0o700)
    assert (code, words.count("\n")) == (ExitCode.USAGE, 1)
    assert "make the file and its folder writable, or name another file with --history" in words


def test_a_full_disk_is_one_sentence_and_costs_nothing(folder: CommandFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def connect_to_a_full_disk(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 1")
        return connection

    monkeypatch.setattr(sqlite3, "connect", connect_to_a_full_disk)
    code, _, words = folder.outcome_of("history", "note", "last", "long " * 20_000)
    monkeypatch.undo()
    assert (code, words.count("\n")) == (ExitCode.USAGE, 1)
    assert "free some disk space" in words
    assert len(folder.outcome_of("history")[1].splitlines()) == 5


def test_the_answers_of_a_run_are_printed_searched_and_compared(folder: CommandFolder) -> None:
    run = run_record(model("small"), model("medium"), run_id="20261122-152000-ans")
    texts = {"small": "A short \x1b[2Janswer.", "medium": "A longer answer."}
    with closing(History(folder.history)) as history:
        history.begin(replace(run, samples=tuple(replace(sample, text=texts[sample.alias]) for sample in run.samples)))
    everything = folder.run("history", "answers")
    assert everything.returncode == ExitCode.DONE
    assert "--- small (given 5 times)\nA short ␛[2Janswer." in everything.stdout
    found = folder.run("history", "answers", "20261122-152000-ans", "--search", "LONGER", "--json")
    assert [model["key"] for page in json.loads(found.stdout) for model in page["models"]] == ["medium", "medium"]
    diff = folder.run("history", "answers", "--diff", "--prompt", "rag")
    assert "A [-short ␛[2Janswer-] {+longer answer+}." in diff.stdout
    assert "gave no answer in this run" in folder.run("history", "answers", "--model", "other").stderr
    assert "matches" in folder.run("history", "answers", "--search", "nowhere").stderr


def test_a_run_that_is_over_is_graded_by_a_data_set(folder: CommandFolder, tmp_path: Path) -> None:
    run = run_record(model("small"), model("medium"), run_id="20261122-152000-grd")
    texts = {"small": "It is 5 km.", "medium": "It is 7 km."}
    with closing(History(folder.history)) as history:
        history.begin(replace(run, samples=tuple(replace(sample, text=texts[sample.alias]) for sample in run.samples)))
    rows = [{"q": f" {prompt.text.upper()}", "a": 5} for prompt in run.plan.prompts]
    sheet = tmp_path / "sheet.json"
    sheet.write_text(json.dumps(rows), encoding="utf-8")
    asked = ("grade", run.run_id, "--pack", str(sheet), "--map", "prompt=q,expected=a", "--scored")
    graded = folder.run(*asked, "number")
    assert graded.returncode == ExitCode.DONE, graded.stderr
    first, second = (line.split() for line in graded.stdout.splitlines()[1:])
    assert (first[0], first[1]) == ("small", "100")
    assert (second[0], second[1]) == ("medium", "0")
    assert "graded by sheet" in graded.stderr
    assert "Right answers" in folder.run("report", run.run_id).stdout
    again = folder.run(*asked, "contains")
    assert again.returncode == ExitCode.USAGE
    assert "--replace" in again.stderr
    assert folder.run(*asked, "contains", "--replace").returncode == ExitCode.DONE
    other = folder.run("grade", run.run_id, "--pack", "arithmetic")
    assert other.returncode == ExitCode.USAGE
    assert "no prompt" in other.stderr


def test_the_ranking_by_votes_is_printed(folder: CommandFolder) -> None:
    assert "Nobody has voted yet" in folder.run("arena").stderr
    run = run_record(model("tiny"), model("big"), run_id=QUESTION)
    cast_vote(folder.history, run, voted_samples(run), "big", blind=True)
    lines = folder.run("arena").stdout.splitlines()
    assert lines[0].split()[:2] == ["MODEL", "PREFERRED"]
    assert [line.split()[0] for line in lines[1:]] == ["big", "tiny"]
    listed = json.loads(folder.run("arena", "--json").stdout)
    assert (listed["votes"], [entry["wins"] for entry in listed["models"]]) == (1, [1, 0])


def test_the_ranking_by_several_sources_is_printed_and_one_can_be_left_out(folder: CommandFolder) -> None:
    run = run_record(model("tiny"), model("big"), run_id="20261122-152000-sev")
    run = replace(run, samples=tuple(replace(sample, text=f"{sample.alias} answers.") for sample in run.samples))
    cast_vote(folder.history, run, voted_samples(run), "big", blind=True)
    with closing(History(folder.history)) as history:
        history.begin(run)
        for answer in answers_of(run):
            score = 5 if "tiny" in answer.text else 2
            rating = Rating(answer_id=answer.answer_id, key="", prompt_id=answer.prompt_id, score=score, rater="Ann")
            ratings.add(history, rating)
    ranked = folder.run("arena")
    assert ranked.stdout.splitlines()[0].split("  ")[-2:] == ["BY VOTES", "BY RATINGS"]
    assert "Votes put big first and ratings put tiny first" in ranked.stderr
    listed = json.loads(folder.run("arena", "--json", "--by", "ratings").stdout)
    assert (listed["by"], listed["votes"], listed["pairs"]["ratings"]) == (["ratings"], 0, len(run.plan.prompts))
    assert listed["models"][0]["key"] == "tiny"
    assert folder.run("arena", "--by", "friends").returncode == ExitCode.USAGE
