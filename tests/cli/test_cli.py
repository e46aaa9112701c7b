"""The command as a user types it, on the real runtime with the practice models."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from functools import partial
from pathlib import Path
from typing import IO

import psutil
import pytest

import tui
from tests.support.command import LIMIT_S, REPOSITORY, CommandFolder, command_folder
from tests.support.processes import descendants, interrupt
from tests.support.scripted_server import HttpRequest, Reply, Scene, serving
from tui.cli.shared import session
from tui.console import ExitCode
from tui.engines.contract import Loaded
from tui.engines.foundry.engine import FoundryEngine
from tui.practice import practice_folder
from tui.records import Model, RunStatus
from tui.store.history import History
from tui.workspace.workspace import workspace_for

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and pseudo-terminals as POSIX has them")


@pytest.fixture
def folder(tmp_path: Path) -> CommandFolder:
    return command_folder(tmp_path)


def read_until(stream: IO[str] | None, mark: str) -> list[str]:
    """Read the lines up to the one that holds the mark."""
    assert stream is not None
    lines: list[str] = []
    for line in stream:
        lines.append(line)
        if mark in line:
            return lines
    raise AssertionError(f"{mark!r} is not in {lines}")


def children_of(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return descendants(process.pid)


def config_folder(folder: CommandFolder, name: str, content: object) -> Path:
    config = folder.path / "settings"
    config.mkdir(exist_ok=True)
    text = content if isinstance(content, str) else json.dumps(content)
    (config / name).write_text(text, encoding="utf-8")
    return config


def test_version_and_help_come_without_anything_heavy(folder: CommandFolder) -> None:
    assert folder.spawn("--version").stdout == f"benchtop {tui.__version__}\n"
    general = folder.run("--help")
    assert general.returncode == ExitCode.DONE
    for name in ("bench", "run", "models", "practice"):
        assert re.search(rf"^  {name} +\w", general.stdout, re.MULTILINE)
        assert f"benchtop {name} [OPTIONS]" in folder.run(name, "--help").stdout
    heavy = "{'numpy', 'openai', 'textual', 'psutil', 'asyncio', 'msgspec', 'sqlite3', 'foundry_local_sdk'}"
    code = "import sys; sys.argv[1:] = ['--help']; from tui.__main__ import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", f"{code}; print({heavy} & set(sys.modules))"],
        env=folder.environment({}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.splitlines()[-1] == "set()"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            "bench --models mistrl-7b",
            'there is no model "mistrl-7b"; the closest is mistral-7b; "benchtop models" lists',
        ),
        ("run practice-smal", 'there is no model "practice-smal"; the closest are practice-small, practice-'),
        (
            "run mistral-7b",
            'mistral-7b cannot be run: not on this machine: "benchtop download mistral-7b" fetches it',
        ),
        ("bench --rounds -1", "'--rounds': -1 is not a whole number from 1 up; see \"benchtop bench --help\""),
        ("bench --rounds 0", "'--rounds': 0 is not a whole number from 1 up"),
        ("bench --rounds two", "'--rounds': two is not a whole number from 1 up"),
        ("bench --warmup -1", "'--warmup': -1 is not a whole number from 0 up"),
        ("bench --max-tokens 0", "'--max-tokens': 0 is not a whole number from 1 up"),
        ("bench --temperature -0.1", "'--temperature': -0.1 is not a number from 0 up"),
        ("bench --temperature nan", "'--temperature': nan is not a number from 0 up"),
        ("bench --models ,", "'--models': name at least one model"),
        ("bench --mode sideways", "'--mode': 'sideways' is not one of 'one-by-one', 'side-by-side'"),
        (
            "bench --prompts gone.json",
            "gone.json: there is no such prompt file; correct the path, or name one of the sets",
        ),
        ("bench --prompts extnded", 'no prompt set or file "extnded"; the closest is "extended"'),
        ("bench --prompts extended --prompt why", "--prompt and --prompts exclude each other"),
        ("bench --md gone/report.md --models practice-small", "cannot write gone/report.md: the folder"),
        ("bench --json user --models practice-small", "cannot write user: it is a folder"),
        ("bench --md one --csv ./one --models practice-small", "two reports would go to the same file"),
        ("--config gone models", "gone: there is no such configuration folder"),
        ("models --config gone", "gone: there is no such configuration folder"),
        ("bnch", 'there is no command "bnch"; the closest is "bench"'),
        ("pull phi-4-mini", 'there is no command "pull"; the closest is "download"'),
        ("frobnicate", 'there is no command "frobnicate"; see "benchtop --help".'),
        ("run", "missing argument 'MODEL[,MODEL...]'"),
        ("bench --fast", "there is no option --fast"),
        ("practice --size much", "'--size': much is not a size such as 500mb or 1gb"),
        ("practice --size 900gb", "The size must be from"),
        ("run practice-small --prompt -", "the prompt is empty"),
        ("", 'the workbench needs a terminal; in a script use "benchtop bench" or "benchtop run"'),
    ],
)
def test_wrong_input_gets_one_sentence(folder: CommandFolder, arguments: str, sentence: str) -> None:
    result = folder.run(*arguments.split())
    assert result.returncode == ExitCode.USAGE
    assert result.stdout == ""
    assert result.stderr.startswith("benchtop: ")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.endswith(".\n")
    assert not folder.history.exists()
    assert not folder.log.exists()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"BENCH_ROUNDS": "-3"}, 'BENCH_ROUNDS is "-3", but a whole number from 1 up is expected'),
        ({"BENCH_MODELS": "practice-smal"}, 'BENCH_MODELS: there is no model "practice-smal"'),
        ({"BENCH_STREAM": "maybe"}, 'BENCH_STREAM is "maybe", but 0 or 1 is expected'),
    ],
)
def test_a_wrong_variable_is_named(folder: CommandFolder, variables: Mapping[str, str], sentence: str) -> None:
    result = folder.run("bench", variables=variables)
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (ExitCode.USAGE, "", 1)
    assert sentence in result.stderr


def test_a_broken_configuration_is_named_with_its_place(folder: CommandFolder) -> None:
    config = config_folder(folder, "models.json", '{\n  "models": {\n    "a": {"size_mb": }\n  }\n}')
    result = folder.spawn("bench", "--config", str(config))
    assert (result.returncode, result.stdout, result.stderr.count("\n")) == (ExitCode.USAGE, "", 1)
    assert f"{config / 'models.json'}, line 3, column 22: this is not JSON" in result.stderr
    config = config_folder(folder, "models.json", {"models": {"a": {"size_mb": "4 GB"}}})
    assert (
        'models.a.size_mb is "4 GB", but a number of MB is expected'
        in folder.run("models", "--config", str(config)).stderr
    )


def test_models_are_listed_ready_ones_first(folder: CommandFolder) -> None:
    result = folder.run("models")
    assert result.returncode == ExitCode.DONE
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["MODEL", "STATE", "SIZE", "MEMORY", "CONTEXT", "LICENCE", "CAPABILITIES", "NOTE"]
    assert [line.split()[0] for line in lines[1:4]] == ["practice-small", "practice-medium", "practice-large"]
    mistral = next(line for line in lines if line.startswith("mistral-7b"))
    fit = "(fits|tight|will not fit)"
    facts = rf"missing +4\.07 GiB +{fit} +32,768 +Apache-2\.0 +chat, summarize, reasoning +not on this machine"
    assert re.search(facts, mistral)
    listed = json.loads(folder.run("models", "--json").stdout)
    forecast = next(model["memory_forecast_bytes"] for model in listed if model["key"] == "mistral-7b")
    assert 13.8 < forecast / 2**30 < 14.0, "4.07 GiB x 1.42 + 8 GiB of KV cache + the runtime"
    assert [model["key"] for model in listed] == [line.split()[0] for line in lines[1:]]
    assert set(listed[0]) == {
        *("key", "alias", "variant", "model_id", "engine", "state", "size_bytes", "context_tokens"),
        *("execution_provider", "license", "capabilities", "practice", "folder", "note", "catalog"),
        *("fit", "memory_forecast_bytes", "context_that_fits", "purpose", "served"),
    }
    assert listed[0]["state"] == "ready"
    assert Path(listed[0]["folder"]) == practice_folder("practice-small")


def test_a_benchmark_leaves_table_reports_and_history(folder: CommandFolder) -> None:
    result = folder.spawn(
        *("bench", "--models", "practice-small,practice-medium", "--rounds", "2", "--max-tokens", "24"),
        *("--md", "report.md", "--csv", "samples.csv", "--json", "run.json"),
    )
    assert result.returncode == ExitCode.DONE, result.stderr
    rows = [line for line in result.stdout.splitlines() if line.startswith("| practice-")]
    assert [row.split()[1] for row in rows] == ["practice-small", "practice-medium"]
    assert all(re.search(r"\| ok( !)? +\|$", row) for row in rows)
    # One cold request, a pass to warm up and two rounds over three prompts, for each of two models.
    finished = re.findall(
        r"^\[(\d+)/20\] practice-\w+, (?:cold|warm-up 1|round [12]), (\w+): TTFT", result.stderr, re.M
    )
    assert [int(number) for number, _ in finished] == list(range(1, 21))
    assert {prompt for _, prompt in finished} == {"rag", "privacy", "slm"}
    assert re.search(r"^\[5/20\].*; about .* left$", result.stderr, re.MULTILINE)
    document = json.loads((folder.path / "run.json").read_text(encoding="utf-8"))
    assert (document["schema"], len(document["samples"])) == (1, 20)
    assert [model["alias"] for model in document["models"]] == ["practice-small", "practice-medium"]
    assert result.stdout.splitlines()[2] in (folder.path / "report.md").read_text(encoding="utf-8")
    assert len((folder.path / "samples.csv").read_text(encoding="utf-8").splitlines()) == 21
    history = History(folder.history)
    (run,) = history.latest()
    assert len(history.run(run.run_id).samples) == 20
    history.close()
    assert not folder.log.exists()


def test_options_beat_variables_and_variables_beat_files(folder: CommandFolder) -> None:
    variables = {"BENCH_MODELS": "practice-small", "BENCH_ROUNDS": "1", "BENCH_PROMPT": "Why?", "BENCH_STREAM": "0"}
    report = ("--json", "run.json", "--warmup", "0", "--max-tokens", "8")
    result = folder.run("bench", *report, variables=variables)
    assert result.returncode == ExitCode.DONE, result.stderr
    assert "BENCH_STREAM asks for no streaming; it is always on here" in result.stderr
    run = json.loads((folder.path / "run.json").read_text(encoding="utf-8"))["run"]
    assert (run["models"], run["rounds"]) == (["practice-small"], 1)
    assert [prompt["text"] for prompt in run["prompts"]] == ["Why?"]
    flags = ("--models", "practice-medium", "--rounds", "2", "--prompts", "extended", "--mode", "side-by-side")
    assert folder.run("bench", *report, *flags, variables=variables).returncode == ExitCode.DONE
    run = json.loads((folder.path / "run.json").read_text(encoding="utf-8"))["run"]
    assert (run["models"], run["rounds"], run["prompt_set"]) == (["practice-medium"], 2, "extended")
    assert run["mode"] == "side_by_side"


def test_without_models_of_the_default_the_practice_models_run(folder: CommandFolder) -> None:
    models = {"mistral-7b": {}, "helper": {"path": "."}}
    config = config_folder(folder, "models.json", {"models": models, "default": ["mistral-7b", "helper"]})
    short = ("--rounds", "1", "--warmup", "0", "--max-tokens", "2", "--prompt", "Why?")
    result = folder.run("--config", str(config), "bench", *short)
    assert result.returncode == ExitCode.DONE, result.stderr
    assert "Not on this machine: mistral-7b. Running practice-small, practice-medium, practice-large." in result.stderr
    assert "helper cannot be run: " in result.stderr


def test_a_model_that_fails_is_a_row_and_the_others_go_on(folder: CommandFolder) -> None:
    broken = folder.path / "broken"
    broken.mkdir()
    for file in practice_folder("practice-small").iterdir():
        (broken / file.name).write_bytes(b"{}" if file.name == "tokenizer.json" else file.read_bytes())
    config = config_folder(folder, "models.json", {"models": {"broken": {"path": str(broken)}}})
    short = ("--rounds", "1", "--warmup", "0", "--max-tokens", "4", "--prompt", "Why?")
    result = folder.run("bench", "--config", str(config), "--models", "broken,practice-small", *short)
    assert result.returncode == ExitCode.MODEL_FAILED
    assert re.search(r"^broken: refused: .+ \(2 requests skipped\)$", result.stderr, re.MULTILINE)
    rows = [line for line in result.stdout.splitlines() if line.startswith(("| broken", "| practice-small"))]
    assert ["failed" in row for row in rows] == [True, False]
    answered = folder.run("run", "broken,practice-small", "--config", str(config), "--max-tokens", "4")
    assert answered.returncode == ExitCode.MODEL_FAILED
    assert "practice-small: TTFT" in answered.stderr


def test_an_answer_streams_to_stdout_and_its_numbers_to_stderr(folder: CommandFolder) -> None:
    result = folder.spawn("run", "practice-small,practice-medium")
    assert result.returncode == ExitCode.DONE, result.stderr
    # The same weights speak in both: two whole answers, each below its name and ended by a line break.
    first, second = re.split(r"\n?## practice-\w+\n\n", result.stdout)[1:]
    assert first == second
    assert "retriev" in first.lower()
    assert first.endswith("\n")
    numbers = r"TTFT [\d.,]+ ms, \d+ tokens, [\d.,]+ tok/s, E2E [\d.,]+ m?s, peak RSS [\d.]+ MiB"
    asking = r'Asking "[^"]+" \(the first default prompt\); --prompt asks another\.\n'
    assert re.fullmatch(rf"{asking}practice-small: {numbers}\npractice-medium: {numbers}\n", result.stderr)


def test_models_that_are_asked_in_turn_are_not_in_memory_together(
    folder: CommandFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened: list[str] = []

    class Recorded(FoundryEngine):
        """An engine that records when its process begins to load the model, and when the process has ended."""

        def __init__(self, model: Model) -> None:
            super().__init__(model)
            self._name = model.key

        async def load(self, timeout_s: float) -> Loaded:
            happened.append(f"{self._name} loads")
            return await super().load(timeout_s)

        async def close(self) -> None:
            await super().close()
            happened.append(f"{self._name} is gone")

    monkeypatch.setattr(session, "workspace_for", partial(workspace_for, start=Recorded))
    assert folder.run("run", "practice-small,practice-medium", "--max-tokens", "4").returncode == ExitCode.DONE
    assert happened[:3] == ["practice-small loads", "practice-small is gone", "practice-medium loads"]


def test_a_question_comes_from_a_flag_from_stdin_or_from_a_variable(folder: CommandFolder) -> None:
    question = "List 3 privacy benefits of local inference."
    by_flag = folder.run("run", "practice-small", "--prompt", question)
    by_stdin = folder.spawn("run", "practice-small", "--prompt", "-", stdin=question)
    by_variable = folder.run("run", "practice-small", variables={"BENCH_PROMPT": question})
    assert len(by_flag.stdout) > 40
    assert by_flag.stdout == by_stdin.stdout == by_variable.stdout
    assert by_flag.stdout != folder.run("run", "practice-small").stdout


@pytest.mark.parametrize("asked_by", [interrupt, pytest.param(subprocess.Popen[str].terminate, marks=posix)])
def test_a_signal_ends_a_benchmark_and_keeps_what_is_finished(
    folder: CommandFolder, asked_by: Callable[[subprocess.Popen[str]], None]
) -> None:
    arguments = ("bench", "--models", "practice-small", "--rounds", "3000", "--json", "run.json")
    with folder.started(*arguments) as process:
        read_until(process.stderr, "[6/")
        children = children_of(process)
        assert children
        asked_by(process)
        table, words = process.communicate(timeout=LIMIT_S)
    assert process.returncode == ExitCode.INTERRUPTED
    assert not any(child.is_running() for child in children)
    assert "| practice-small" in table
    assert 'Stopped; what was finished is kept, and "benchtop bench --resume" goes on from there.' in words
    document = json.loads((folder.path / "run.json").read_text(encoding="utf-8"))
    assert document["run"]["status"] == RunStatus.STOPPED
    # How soon a run stops is measured where its process cannot be held up.
    assert 6 <= sum(sample["status"] == "ok" for sample in document["samples"]) < 3000


@posix
def test_a_second_signal_leaves_at_once(folder: CommandFolder) -> None:
    with folder.started("bench", "--models", "practice-small", "--rounds", "3000") as process:
        read_until(process.stderr, "[6/")
        (child,) = children_of(process)
        # A child that cannot answer makes the clean end take its while, and a command that is held meanwhile finds both
        # signals when it goes on; two of one kind would be one.
        child.suspend()
        for number in (signal.SIGSTOP, signal.SIGINT, signal.SIGTERM, signal.SIGCONT):
            process.send_signal(number)
        _, words = process.communicate(timeout=LIMIT_S)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "left at once" in words
    psutil.wait_procs([child], timeout=LIMIT_S)
    assert not child.is_running()


@contextlib.contextmanager
def asking_a_server(folder: CommandFolder, scene: Scene) -> Generator[subprocess.Popen[str]]:
    """Ask two models of a server in turn, which answers as the scene does."""
    with serving(("first", "second")) as server:
        server.scene = scene
        address = server.url.removeprefix("http://").removesuffix("/v1")
        names = f"{address}/first,{address}/second"
        with folder.started("run", names, "--endpoint", server.url, "--prompt", "What is RAG?") as process:
            yield process


@posix
def test_a_question_can_be_interrupted(folder: CommandFolder) -> None:
    async def endless(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        await reply.text("Retrieval\n")
        await asyncio.Event().wait()

    with asking_a_server(folder, endless) as process:
        read_until(process.stdout, "Retrieval")
        process.send_signal(signal.SIGINT)
        _, words = process.communicate(timeout=LIMIT_S)
    assert process.returncode == ExitCode.INTERRUPTED
    assert words == "stopped\n"


def test_a_reader_that_leaves_ends_the_command_quietly(folder: CommandFolder) -> None:
    left = threading.Event()

    async def going_on(_: HttpRequest, reply: Reply) -> None:
        await reply.head()
        await reply.text("Retrieval ")
        await asyncio.to_thread(left.wait, LIMIT_S)
        await reply.text("goes ", "on.")
        await reply.finish(3)

    with asking_a_server(folder, going_on) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        left.set()
        words = process.stderr.read()
        assert process.wait(LIMIT_S) == ExitCode.DONE
    assert "second" not in words
    assert "Traceback" not in words


@posix
@pytest.mark.parametrize("descriptors", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_are_no_error(folder: CommandFolder, descriptors: str) -> None:
    line = f'"$0" -m tui bench --models practice-small --rounds 1 --max-tokens 2 --md report.md {descriptors}'
    result = subprocess.run(
        ["sh", "-c", line, sys.executable],
        cwd=folder.path,
        env=folder.environment({}),
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert result.returncode == ExitCode.DONE
    assert result.stderr == ""
    assert "| practice-small" in (folder.path / "report.md").read_text(encoding="utf-8")


@posix
def test_closed_descriptors_are_taken_before_a_file_can_get_their_number() -> None:
    code = "import os; from tui.__main__ import keep_first_descriptors as keep; keep(); list(map(os.fstat, range(3)))"
    line = ["sh", "-c", '"$0" -c "$1" <&- >&- 2>&-', sys.executable, code]
    assert subprocess.run(line, cwd=REPOSITORY, timeout=LIMIT_S, check=False).returncode == 0


def test_a_history_that_cannot_be_used_does_not_stop_a_run(folder: CommandFolder) -> None:
    folder.history.parent.mkdir(parents=True)
    folder.history.write_bytes(b"not a database, " * 100)
    result = folder.run("run", "practice-small", "--max-tokens", "4")
    assert result.returncode == ExitCode.DONE
    assert result.stdout
    assert "history.sqlite3" in result.stderr
    assert "The run goes on, but is not kept in the history." in result.stderr
    assert "Traceback" not in result.stderr


def test_an_error_nobody_expected_goes_to_the_log(folder: CommandFolder) -> None:
    code = (
        "import sys, tui.config\n"
        "def fail(*_): raise RuntimeError('a secret of the house')\n"
        "tui.config.load_config = fail\n"
        "sys.argv[1:] = ['models']\n"
        "from tui.__main__ import main\n"
        "sys.exit(main())\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], env=folder.environment({}), capture_output=True, text=True, check=False
    )
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert str(folder.log) in result.stderr
    assert "Traceback" not in result.stderr
    assert "RuntimeError: a secret of the house" in folder.log.read_text(encoding="utf-8")


def test_writing_a_practice_model_names_what_is_missing_for_it(folder: CommandFolder) -> None:
    (folder.path / "without").mkdir()
    (folder.path / "without" / "onnx.py").write_text("raise ImportError('hidden', name='onnx')\n", encoding="utf-8")
    variables = {"PYTHONPATH": str(folder.path / "without")}
    result = folder.spawn("practice", "--size", "60mb", variables=variables)
    assert (result.returncode, result.stdout) == (ExitCode.USAGE, "")
    assert result.stderr.count("\n") == 1
    assert 'pip install "foundry-benchtop[heavy]"' in result.stderr


def test_a_practice_model_that_was_written_can_be_asked(folder: CommandFolder) -> None:
    pytest.importorskip("onnx")
    result = folder.run("practice", "--size", "60mb")
    assert result.returncode == ExitCode.DONE, result.stderr
    assert Path(result.stdout.strip()).is_dir()
    assert "practice-heavy" in folder.run("run", "practice-heavy", "--max-tokens", "4").stderr


@posix
def test_on_a_terminal_progress_is_one_line_that_repaints_itself(folder: CommandFolder) -> None:
    import pty

    ours, theirs = pty.openpty()
    arguments = ("bench", "--models", "practice-small", "--rounds", "1", "--max-tokens", "4")
    painted = b""
    with folder.started(*arguments, stderr=theirs) as process:
        os.close(theirs)
        # Linux reports the end of a pseudo-terminal as an error.
        with contextlib.suppress(OSError):
            while piece := os.read(ours, 4096):
                painted += piece
        table, _ = process.communicate(timeout=LIMIT_S)
    os.close(ours)
    lines = painted.decode().split("\r")
    assert process.returncode == ExitCode.DONE
    assert "| practice-small" in table
    assert any(re.fullmatch(r"\[#{20}\] 7/7 .*practice-small: round 1, slm *", line) for line in lines)
    # A busy machine is remarked on below, in a line of its own.
    progress, cleared, _ = painted.decode().rpartition(f"{' ' * 20}\r")
    assert cleared
    assert "\n" not in progress
