"""What commands write where: stdin and stdout for files, JSON, tables on terminals, labels, quiet, completion."""

from __future__ import annotations

import io
import json
import re
from contextlib import closing
from functools import partial
from pathlib import Path

import click
import pytest
from click.shell_completion import BashComplete

from tests.measure.test_trend import runs_of
from tests.support.builders import model, run_record
from tests.support.command import CommandFolder, command_folder
from tests.support.instant_engine import InstantEngine
from tests.support.launches import Machine
from tui import guide
from tui.cli import COMMANDS, cli
from tui.cli.bench.terminal_table import terminal_table
from tui.cli.guide import rendered
from tui.cli.shared import session
from tui.cli.shared.comparison import CompareRequest, compare_runs
from tui.cli.shared.tables import columns, fitted
from tui.console import Console, ExitCode
from tui.measure.timing.summary import summarize
from tui.probes import disturbance
from tui.reports.formats import FORMATS
from tui.store.history import History
from tui.text import units
from tui.text.cells import cells_of
from tui.workspace.workspace import workspace_for

ASK = ("--prompt", "What is a token?")
BENCH = ("bench", "--models", "practice-small", *ASK, "--rounds", "2", "--launches", "2")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandFolder:
    """A folder for commands whose models answer at once."""
    monkeypatch.setattr(disturbance, "pace_ns", lambda: 100_000)
    monkeypatch.setattr(session, "workspace_for", partial(workspace_for, start=InstantEngine))
    return command_folder(tmp_path)


def test_a_report_on_stdout_stands_there_alone(folder: CommandFolder) -> None:
    for options in (("--json", "-"), ("--json",)):
        result = folder.run(*BENCH, *options)
        assert (result.returncode, json.loads(result.stdout)["schema"]) == (ExitCode.DONE, 1)
    assert folder.run("report", "--md", "-").stdout == folder.run("report").stdout
    assert json.loads(folder.run("compare", "--json").stdout) == json.loads(folder.run("compare", "--json=-").stdout)
    assert json.loads(folder.run("choose", "--json").stdout)
    published = {"reference": "a page", "machine": "phone", "models": [{"model": "tiny", "ttft_ms": 12}]}
    (folder.path / "published.json").write_text(json.dumps(published), encoding="utf-8")
    choice = folder.run("choose", "--md", "-", "--reference", "published.json").stdout
    assert choice.startswith("# ")
    assert "- Reference, in no statistic: tiny on phone, a page: TTFT 12.0 ms." in choice
    assert folder.run("compare", "--md", "-").stdout.startswith("# ")
    twice = folder.run("report", "--md", "-", "--csv", "-")
    assert (twice.returncode, twice.stdout) == (ExitCode.USAGE, "")
    assert not (folder.path / "-").exists()


def test_json_takes_a_file_or_stdout_in_every_command_and_old_ways_of_writing_it_still_work(
    folder: CommandFolder,
) -> None:
    for _ in range(2):
        assert folder.run(*BENCH).returncode == ExitCode.DONE
    for command in ("models", "history", "compare", "choose"):
        shown = folder.run(command, "--json").stdout
        assert json.loads(shown)
        assert folder.run(command, "--json=out.json").returncode == ExitCode.DONE
        written = json.loads((folder.path / "out.json").read_text(encoding="utf-8"))
        # What is free, and so what fits, changes from one list of models to the next.
        assert len(written) == len(json.loads(shown)) if command == "models" else written == json.loads(shown)
    assert json.loads(folder.run("compare", "--json", "previous", "last").stdout)
    assert len(json.loads(folder.run("history", "--json", "practice").stdout)) == 2
    assert folder.run("history", "--json", "list.json").returncode == ExitCode.DONE
    assert len(json.loads((folder.path / "list.json").read_text(encoding="utf-8"))) == 2
    options = {
        f"{name} {parameter.opts[0]}": parameter
        for name in COMMANDS
        if isinstance(command := cli.get_command(click.Context(cli), name), click.Command)
        for parameter in command.params
        if "--json" in parameter.opts
    }
    assert {getattr(parameter, "flag_value", None) for parameter in options.values()} == {"-"}


def test_runs_prompts_and_baselines_are_read_from_stdin(folder: CommandFolder) -> None:
    prompts = '[{"id": "one", "text": "What is a token?"}]'
    result = folder.run("bench", "--models", "practice-small", "--prompts", "-", "--json", "-", stdin=prompts)
    assert (result.returncode, '"one"' in result.stdout) == (ExitCode.DONE, True)
    assert folder.run(*BENCH, "--deterministic-json", "base.json").returncode == ExitCode.DONE
    baseline = (folder.path / "base.json").read_text(encoding="utf-8")
    assert folder.run("compare", "-", "last", stdin=baseline).returncode == ExitCode.DONE
    assert folder.run(*BENCH, "--baseline", "-", stdin=baseline).returncode in (ExitCode.DONE, ExitCode.REGRESSION)
    for stdin in ("", "{", "[]"):
        wrong = folder.run("compare", "-", "last", stdin=stdin)
        assert (wrong.returncode, wrong.stdout) == (ExitCode.USAGE, "")
        assert "stdin" in wrong.stderr
        assert "/tmp" not in wrong.stderr
    assert "neither stdin nor stdout" in folder.run("history", "--history", "-").stderr


def test_answers_of_several_models_stand_below_their_names_and_a_cut_is_told(folder: CommandFolder) -> None:
    both = folder.run("run", "practice-small,practice-large", *ASK, "--max-tokens", "5")
    assert re.findall(r"^## (.*)$", both.stdout, re.MULTILINE) == ["practice-small", "practice-large"]
    one = folder.run("run", "practice-small", *ASK)
    assert "##" not in one.stdout
    assert "cut" not in one.stderr
    silent = folder.run("run", "practice-small")
    assert 'Asking "Summarize retrieval augmented generation."' in silent.stderr


def test_the_system_prompt_reaches_the_model(folder: CommandFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    engines: list[InstantEngine] = []

    def start(model: object) -> InstantEngine:
        engines.append(InstantEngine(model))  # pyright: ignore[reportArgumentType]
        return engines[-1]

    monkeypatch.setattr(session, "workspace_for", partial(workspace_for, start=start))
    settings = ("--system", "Be short.", "--temperature", "0.5", "--seed", "7", "--max-tokens", "9")
    assert folder.run("run", "practice-small", *ASK, *settings).returncode == ExitCode.DONE
    request = engines[0].requests[-1]
    assert (request.system, request.temperature, request.seed, request.max_tokens) == ("Be short.", 0.5, 7, 9)
    assert folder.run("run", "practice-small", *ASK, "--system", " ").returncode == ExitCode.USAGE


def test_quiet_leaves_data_and_errors(folder: CommandFolder) -> None:
    result = folder.run("--quiet", *BENCH)
    assert (result.returncode, result.stderr) == (ExitCode.DONE, "")
    assert result.stdout.startswith("| Model")
    assert folder.run("run", "practice-small", *ASK, "-q").stderr == ""
    assert folder.run("history", "-q", "--limit", "1").stderr == ""
    assert folder.run("run", "nobody", *ASK, "-q").stderr.startswith('benchtop: there is no model "nobody"')


def test_models_are_listed_by_words_of_their_names(folder: CommandFolder) -> None:
    shown = folder.run("models", "practice", "small").stdout
    assert "practice-small" in shown
    assert "practice-large" not in shown
    assert 'No model has "nobody"' in folder.run("models", "nobody").stderr


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("bench --models practice-small,practice-l", "practice-small,practice-large"),
        ("run practice-m", "practice-medium"),
        ("bench --protocol th", "thorough"),
        ("bench --prompts ext", "extended"),
        ("compare pre", "previous"),
        ("report la", "last"),
        ("history name la", "last"),
        ("history tag 2026", "20261120-090000-aaaaaa"),
        ("guide hist", "history"),
        ("verify practice-s", "practice-small"),
    ],
)
def test_values_are_completed(folder: CommandFolder, words: str, offered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in folder.environment({}).items():
        monkeypatch.setenv(name, value)
    folder.history.parent.mkdir(parents=True)
    with closing(History(folder.history)) as history:
        history.begin(run_record(model("tiny"), run_id="20261120-090000-aaaaaa"))
    monkeypatch.chdir(folder.path)
    *before, incomplete = words.split()
    completions = BashComplete(cli, {}, "benchtop", "_BENCHTOP_COMPLETE").get_completions(before, incomplete)
    assert offered in [completion.value for completion in completions]


def test_the_options_of_bench_are_listed_in_sections(folder: CommandFolder) -> None:
    text = folder.run("bench", "--help").stdout
    sections = re.findall(r"^(\w.*):$", text, re.MULTILINE)
    assert len(sections) == 9
    bench = cli.get_command(click.Context(cli), "bench")
    assert bench is not None
    for parameter in bench.params:
        line = rf"^  (?:-q, |--judge, )?{parameter.opts[-1]}(?![\w-])"
        assert len(re.findall(line, text, re.MULTILINE)) == 1, parameter.opts
    rest = text.partition("Folders and help:")[2]
    assert set(re.findall(r"--[a-z-]+", rest)) == {"--history", "--model-cache-dir", "--config", "--help"}
    assert all(entry.option in text.partition("What is written:")[2].partition(":")[0] for entry in FORMATS)


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_the_table_of_results_fits_the_terminal_and_keeps_the_status(width: int) -> None:
    import numpy as np

    run = Machine().run(np.random.default_rng(1), 2, 4, keys=("tiny", "a-model-with-a-long-name@generic-cpu"))
    text = terminal_table(run, width)
    table = text.split("\n\n")[0]
    assert max(map(cells_of, table.splitlines())) <= width
    assert "ok" in table
    assert "Decode" in table or "decode" in table
    assert ("did not fit" in text) == (width < 150)


def test_a_table_that_is_too_wide_wraps_one_column_or_becomes_blocks() -> None:
    headings, rows = ("NAME", "VERDICT", "N"), [("first", "slower than before by a lot, surely", "1"), ("b", "", "2")]
    assert fitted(headings, rows, None, right=(2,)) == columns(headings, rows, right=(2,))
    wrapped = fitted(headings, rows, 30, right=(2,), flexible=1)
    assert max(map(len, wrapped.splitlines())) <= 30
    assert " ".join(wrapped.split()) == "NAME VERDICT N first slower than before 1 by a lot, surely b 2"
    blocks = fitted(headings, rows, 16, right=(2,), flexible=1)
    assert max(map(len, blocks.splitlines())) <= 16
    assert blocks.startswith("first\n  verdict\n  slower than\n")


def test_a_page_of_the_guide_is_rendered_for_the_width_of_the_terminal() -> None:
    text = rendered(guide.page("compare").text, 60)
    assert max(map(len, re.sub(r"\x1b\[[\d;]*m", "", text).splitlines())) <= 60
    assert "## " not in text


def test_a_run_of_the_history_is_shown(folder: CommandFolder) -> None:
    table = folder.run(*BENCH).stdout
    for name in ((), ("last",)):
        assert folder.run("history", "show", *name).stdout == table
    assert folder.run("history", "show", "nobody").returncode == ExitCode.USAGE


def test_a_model_of_a_server_that_nobody_named_is_told_as_that(folder: CommandFolder) -> None:
    result = folder.run("bench", "--models", "127.0.0.1:9/mistral-7b", *ASK)
    assert (result.returncode, result.stdout) == (ExitCode.USAGE, "")
    assert "no server is named 127.0.0.1:9; add --endpoint http://127.0.0.1:9" in result.stderr


def test_a_comparison_relative_to_the_yardstick_shows_the_plain_values_too_and_says_what_it_adjusts() -> None:
    before, after = runs_of(1.0, 1.2, yardstick=True)
    out, err = io.StringIO(), io.StringIO()
    compare_runs(before, (after,), Console(out, err), CompareRequest(with_table=True))
    heading, ttft, *_ = out.getvalue().splitlines()
    assert heading.split() == ["MODEL", "NUMBER", "BEFORE", "AFTER", "ADJUSTED", "CHANGE", "VERDICT"]
    plain = [units.milliseconds(summarize(run)[0].ttft_p50_ms) for run in (before, after)]
    shown = re.findall(r"[\d.]+ ms", ttft)
    assert shown[:2] == plain, "both are the values that the tables of the runs show"
    assert shown[2] != shown[1], "the value at the pace that the yardstick had before"
    assert "what slowed the whole machine is left out" in err.getvalue()
