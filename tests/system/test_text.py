"""Text comes and goes as it was written, whatever the system makes of arguments and of pipes."""

from __future__ import annotations

import io
import json
import os
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import Mock

import click.core
import pytest

from tests.support import command
from tests.support.command import CommandFolder, command_folder
from tui import cli, json_file, startup
from tui.config.packs import data_sets
from tui.console import Console, ExitCode
from tui.screens.dialogs.prompt_file import PromptFileDialog
from tui.store.history import History
from tui.system import streams, terminals

TEXT = "Zürcher – 日本 🙂 ≥ %USERNAME% $HOME ~ *"


def main_as_started(_arguments: object) -> int:
    """Run the command line of the process, as ``benchtop`` does."""
    return cli.main()


@pytest.fixture
def folder(tmp_path: Path) -> CommandFolder:
    made = command_folder(tmp_path)
    (tmp_path / "Why.txt").touch()
    return made


def asked(folder: CommandFolder) -> str:
    """Return the prompt of the latest run, as it is in the history."""
    with closing(History(folder.history)) as history:
        return history.latest()[0].plan.prompts[0].text


@pytest.mark.parametrize("question", ["Explain %USERNAME% and $HOME", "Why*", "~", "a[bc]?"])
def test_an_argument_is_asked_as_it_is_written(
    folder: CommandFolder, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    # As on Windows, where Click by itself replaces variables and patterns in every argument of the process.
    monkeypatch.setattr(click.core, "os", SimpleNamespace(**{**vars(os), "name": "nt"}))
    monkeypatch.setattr(command, "main", main_as_started)
    monkeypatch.setattr("sys.argv", ["benchtop", "run", "practice-small", "--max-tokens", "2", "--prompt", question])
    result = folder.run()
    assert result.returncode == ExitCode.DONE, result.stderr
    assert asked(folder) == question


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace(" ", "\r\n").encode(),
    ],
    ids=["utf-8", "mark", "utf-16-le", "utf-16-be", "lines"],
)
def test_stdin_is_read_as_it_was_saved_and_not_in_the_code_page(content: bytes) -> None:
    stream = io.TextIOWrapper(io.BytesIO(content), encoding="cp1252")
    assert " ".join(streams.read_text(stream, 1000).splitlines()) == TEXT


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_that_a_shell_or_editor_of_windows_saved_is_read(tmp_path: Path, encoding: str) -> None:
    # Redirection in Windows PowerShell, and "Unicode" in its editor, mean UTF-16.
    file = tmp_path / "saved.json"
    file.write_bytes(json.dumps({"text": TEXT}, ensure_ascii=False).encode(encoding))
    assert json_file.load(file, 1000) == {"text": TEXT}
    assert json_file.read(file).members()["text"].text() == TEXT
    assert PromptFileDialog().read(file).endswith(f'{TEXT}"}}')
    assert data_sets.read_value(file).members()["text"].text() == TEXT


def test_what_is_no_utf_8_is_read_in_the_code_page() -> None:
    stream = io.TextIOWrapper(io.BytesIO("Zürcher".encode("cp1252")), encoding="cp1252")
    assert streams.read_text(stream, 1000) == "Zürcher"
    with pytest.raises(UnicodeDecodeError):
        streams.read_text(io.TextIOWrapper(io.BytesIO(b"\xff\xfeZ"), encoding="utf-8"), 1000)
    with pytest.raises(UnicodeDecodeError):
        streams.read_text(io.TextIOWrapper(io.BytesIO(b"Z\xfc"), encoding="utf-8"), 1000)


def test_what_goes_to_a_file_is_utf_8_with_plain_line_ends_on_every_system() -> None:
    raw = io.BytesIO()
    out = io.TextIOWrapper(raw, encoding="cp1252", newline="\r\n", write_through=True)
    Console(out, None).data(f"{TEXT}\n")
    assert raw.getvalue() == f"{TEXT}\n".encode()


def test_a_process_in_a_code_page_takes_and_gives_utf_8(folder: CommandFolder) -> None:
    arguments = ("run", "practice-small", "--max-tokens", "3", "--prompt", "-")
    result = folder.spawn(*arguments, stdin=TEXT)
    assert result.returncode == ExitCode.DONE, result.stderr
    assert asked(folder) == TEXT
    answers = folder.spawn("history", "answers", "--json", "-")
    assert TEXT in json.dumps(json.loads(answers.stdout), ensure_ascii=False), answers.stderr
    assert "日本 🙂" in folder.spawn("bench", "--models", "日本 🙂").stderr


class Claiming(io.StringIO):
    """A stream that says that it is a terminal, as each character device of Windows does."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return 0


@pytest.mark.parametrize("console", [True, False])
def test_the_input_of_a_windows_console_is_a_terminal_and_the_null_device_is_none(
    monkeypatch: pytest.MonkeyPatch, console: bool
) -> None:
    monkeypatch.setattr(terminals.sys, "platform", "win32")
    monkeypatch.setattr(terminals, "is_console", Mock(return_value=console))
    # Only the output of a console has a size there.
    monkeypatch.setattr(os, "get_terminal_size", Mock(side_effect=OSError(6, "The handle is invalid")))
    monkeypatch.setattr("sys.stdin", Claiming())
    monkeypatch.setattr("sys.stdout", Claiming())
    assert startup.has_terminal() is console


@pytest.mark.parametrize("obeys", [True, False])
def test_a_windows_console_gets_escape_sequences_only_if_it_obeys_them(
    monkeypatch: pytest.MonkeyPatch, obeys: bool
) -> None:
    monkeypatch.setattr(terminals.sys, "platform", "win32")
    monkeypatch.setattr(terminals, "is_console", Mock(return_value=True))
    monkeypatch.setattr(terminals, "obeys_escapes", Mock(return_value=obeys))
    out, err = Claiming(), Claiming()
    console = Console(out, err)
    console.block(["first", "second"])
    console.say("word")
    assert ("\x1b" in err.getvalue(), "first" in err.getvalue()) == (obeys, obeys)
    assert err.getvalue().endswith("word\n")
    assert (console.shows_styles, console.has_terminal) == (obeys, True)
