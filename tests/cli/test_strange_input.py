"""Names, numbers and folders that nobody should write, and somebody will: each gets one sentence and a named code."""

from __future__ import annotations

import errno
import io
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest

from tests.support.builders import model
from tests.support.command import CommandFolder, command_folder
from tui import paths
from tui.bench.planning.steps import steps, total_samples
from tui.cli import cli
from tui.cli.shared.tables import columns
from tui.config import ConfigError, load_config
from tui.console import ExitCode, process_console
from tui.library.model_folders import read_folder, runtime_caches
from tui.library.registrations import inspect
from tui.log import tell_of_crash
from tui.records import Method, Plan, Prompt, Purpose
from tui.screens.catalogue.register import complete_path
from tui.text import tables

LONG = "x" * 5000
DIGITS = "9" * 5000
NOBODY = "~nobody-of-this-name/file"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandFolder:
    monkeypatch.chdir(tmp_path)
    for name in ("BENCH_MODELS", "BENCH_ROUNDS", "BENCH_PROMPT", "BENCH_STREAM", "FOUNDRY_LOCAL_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    return command_folder(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("bench", "--prompts", LONG), "there is no prompt set or file"),
        (("bench", "--prompts", "What is a token?"), "--prompt asks one prompt"),
        (("bench", "--prompts", NOBODY), "there is no such prompt file"),
        (("report", NOBODY), "there is no history yet"),
        (("compare", LONG, "last"), "there is no history yet"),
        (("--config", LONG, "models"), "there is no such configuration folder"),
        (("register", "mine", NOBODY), "there is no folder"),
        (("--history", NOBODY, "history"), "there is no history yet"),
        (("bench", "--memory-limit", f"{DIGITS}gb"), "is not a size"),
        (("bench", "--max-tokens", "9" * 20), "is too much; at most 1,000,000,000"),
        (("bench", "--temperature", "1e99"), "1e99 is too much; at most 1,000,000"),
        (("bench", "--rounds", " "), '"" is not a whole number'),
        (("bench", "--sweep", f"prompt:{DIGITS}"), "is no sweep"),
        (("bench", "--models", "practice-small", "--rounds", "999999999"), "a run has at most 1,000,000"),
        (("run", "practice-small", "--prompt", "caf\udce9"), "the prompt is not UTF-8 text"),
        (("bench", "--round", "3"), "there is no option --round; the closest are"),
        (("choose", "--weights", ""), "name at least one weight"),
        (("choose", "--history", NOBODY, "--md", "one", "--json", "./one"), "two reports would go to the same file"),
    ],
)
def test_what_nobody_should_write_gets_one_short_sentence(
    folder: CommandFolder, arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, words = folder.outcome_of(*arguments)
    assert (code, out, words.count("\n")) == (ExitCode.USAGE, "", 1)
    assert sentence in words
    assert words.startswith("benchtop: ")
    assert words.endswith(".\n")
    assert len(words) < 800


@pytest.mark.parametrize(
    ("models", "prompts", "sentence"),
    [
        ('{"models": {"a": {"path": "a\\u0000b"}}}', None, "models.a.path holds half a character or a null character"),
        (f'{{"models": {{"a": {{"path": "{LONG}"}}}}}}', None, "but a path is expected; shorten it"),
        ('{"models": {"a": {"context": 99999999999}}}', None, "at most a thousand million tokens"),
        ('{"models": {}, "endpoints": {"x": {"url": "http://[::1"}}}', None, "is no address"),
        (None, '["\\ud800"]', "[1] holds half a character"),
        (None, '{"sets": {"a": ["x"]}, "default": 5}', "default is 5, but a text is expected"),
        (None, '{"sets": {"a": ["x"]}, "protocols": {"p": {"mode": ["x"]}}}', "protocols.p.mode is"),
    ],
)
def test_files_with_what_no_program_would_write(
    folder: CommandFolder, models: str | None, prompts: str | None, sentence: str
) -> None:
    for name, text in (("models.json", models), ("prompts.json", prompts)):
        if text is not None:
            (folder.path / name).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(folder.path)
    assert sentence in str(caught.value)


class TestClosedFolders:
    """Folders that may not be read, even if root runs the tests: the calls that read them are made to fail."""

    @pytest.fixture(autouse=True)
    def closed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        closed = tmp_path / "closed"

        def refuse_inside(refused: Any) -> Any:
            def look(path: Any, *arguments: Any, **options: Any) -> Any:
                if (str(path).startswith(str(closed)) and str(path) != str(closed)) or refused is os.scandir:
                    raise PermissionError(errno.EACCES, "Permission denied", str(path))
                return refused(path, *arguments, **options)

            return look

        closed.mkdir()
        monkeypatch.setattr("os.stat", refuse_inside(os.stat))
        monkeypatch.setattr("os.scandir", refuse_inside(os.scandir))
        return closed

    def test_a_model_folder_says_so_in_the_list(self, closed: Path) -> None:
        assert read_folder(closed / "model").problem == (
            "its folder may not be read: change its rights, or those of the folders above it"
        )
        assert not inspect(closed / "model")[0].ok

    def test_what_may_not_be_looked_at_is_there_for_reading_to_name(self, closed: Path) -> None:
        assert paths.exists(closed / "models.json")
        assert not paths.is_file(closed / "models.json")
        assert not paths.is_folder(closed / "models")


def test_no_other_models_are_measured_in_place_of_a_server_that_is_named(folder: CommandFolder) -> None:
    code, out, words = folder.outcome_of("bench", "--endpoint", "http://127.0.0.1:1", "--prompt", "hi")
    assert (code, out) == (ExitCode.USAGE, "")
    assert "nothing answers at http://127.0.0.1:1" in words
    assert "there is no model of 127.0.0.1:1 to use" in words


def test_a_very_long_name_widens_no_other_row() -> None:
    rows = [["m" * 300, "1"], ["tiny", "2"]]
    assert columns(["Model", "Number"], rows).splitlines()[2] == "tiny   2"
    names: list[tables.TableColumn[list[str]]] = [tables.TableColumn("Model", lambda row: row[0], right=False)]
    drawn = tables.drawn(names, rows)
    assert drawn.splitlines()[3] == "| tiny  |"


def test_a_run_is_counted_before_it_is_planned() -> None:
    prompts = (Prompt(id="a", text="a"), Prompt(id="b", text="b"))
    plan = Plan(models=(model(),), prompts=prompts, method=Method(rounds=7, launches=3, warmup=2, concurrency=(1, 4)))
    for variant in (plan, replace(plan, purpose=Purpose.ASK)):
        assert total_samples(variant) == len(steps(variant))


@pytest.mark.usefixtures("folder")
def test_without_a_home_there_is_no_place_and_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    assert paths.can_keep_files()
    monkeypatch.delenv(paths.HOME_VARIABLE, raising=False)

    def no_home(_: Path) -> Path:
        raise RuntimeError

    monkeypatch.setattr(Path, "expanduser", no_home)
    assert not paths.can_keep_files()
    assert runtime_caches() == ()
    with pytest.raises(click.UsageError, match="there is no home folder to keep anything in; set BENCHTOP_HOME"):
        cli.main(["models"], standalone_mode=False)
    assert complete_path(NOBODY) is None, "typed into the app it is a path like any other"


def test_a_crash_is_told_where_no_log_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> Path:
        raise FileNotFoundError(errno.ENOENT, "No such file or directory")

    words = io.StringIO()
    monkeypatch.setattr(paths, "log_file", gone)
    monkeypatch.setattr(sys, "stderr", words)
    process_console.cache_clear()
    tell_of_crash(RuntimeError, RuntimeError("why"), None)
    process_console.cache_clear()
    assert words.getvalue().count("\n") == 1
    assert "RuntimeError: why" in words.getvalue()


def test_help_that_finds_no_room_says_so(monkeypatch: pytest.MonkeyPatch, folder: CommandFolder) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("click.decorators.echo", full)
    code, _, words = folder.outcome_of("--help")
    assert (code, words.count("\n")) == (ExitCode.USAGE, 1)
    assert "the output could not be written" in words
