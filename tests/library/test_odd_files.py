"""Files that no program should have written: each is a row or a sentence, and no command waits or dies of it."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.command import benchtop
from tui import json_file, paths
from tui.config import ConfigError, load_config
from tui.engines.model_ids import parse_model_id
from tui.library import model_folders, onnx_files, registrations
from tui.practice import practice_folder

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices and links of a POSIX system")
NUMBER = "9" * 5000


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    paths.app_data_dir().mkdir(parents=True)


def put(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8")


def link(file: Path, target: str) -> None:
    file.unlink(missing_ok=True)
    file.symlink_to(target)


def pipe(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


ODD: dict[str, Callable[[Path], object]] = {
    "endless": lambda file: link(file, "/dev/zero"),
    "pipe": pipe,
    "terminal": lambda file: link(file, "/dev/tty"),
    "loop": lambda file: link(file, file.name),
    "nested": lambda file: put(file, '{"models": ' + "[" * 100_000),
    "digits": lambda file: put(file, f'{{"models": {NUMBER}}}'),
    "infinite": lambda file: put(file, '{"models": {"a": {"size_mb": 1e999}}}'),
    "empty": lambda file: put(file, ""),
    "text": lambda file: put(file, "\0" * 100),
}


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("name", ["models.json", "prompts.json"])
def test_an_odd_configuration_is_a_sentence(tmp_path: Path, odd: str, name: str) -> None:
    (tmp_path / "config").mkdir()
    ODD[odd](tmp_path / "config" / name)
    if odd == "loop":
        load_config()
        return
    with pytest.raises(ConfigError, match=name):
        load_config()


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize(
    "name", ["genai_config.json", "inference_model.json", "model.onnx", "LICENSE", "../../foundry.modelinfo.json"]
)
def test_an_odd_file_of_a_model_takes_no_command_down(tmp_path: Path, odd: str, name: str) -> None:
    model = tmp_path / "cache" / "someone" / "m"
    shutil.copytree(practice_folder("practice-small"), model)
    ODD[odd](model / name)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "models.json").write_text('{"models": {}, "model_cache_dirs": ["../cache"]}')
    done = benchtop("--config", "c", "models")
    assert (done.returncode, "practice-small" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("file", [paths.consent_file, paths.settings_file, paths.registrations_file])
def test_an_odd_file_of_our_own_takes_no_command_down(odd: str, file: Callable[[], Path]) -> None:
    ODD[odd](file())
    assert benchtop("models").returncode == 0


@pytest.mark.parametrize(
    "settings",
    [
        f'"context_length": {NUMBER}',
        '"context_length": 1' + "0" * 310,
        '"context_length": 9223372036854775808',
        '"context_length": 1e999',
        '"context_length": {"a": []}',
        '"context_length": 1000000000000000',
    ],
)
def test_an_odd_number_of_a_model_takes_no_command_down(tmp_path: Path, settings: str) -> None:
    model = tmp_path / "c" / "m"
    shutil.copytree(practice_folder("practice-small"), model)
    text = (model / "genai_config.json").read_text().replace('"context_length": 2048', settings)
    assert settings in text
    (model / "genai_config.json").write_text(text)
    (tmp_path / "c" / "models.json").write_text('{"models": {"m": {"path": "m"}}}')
    assert benchtop("--config", "c", "models").returncode == 0


@pytest.mark.parametrize("length", [NUMBER, "²", "-1", "1e9", "१"])
def test_a_length_that_is_no_number_is_damage(tmp_path: Path, length: str) -> None:
    def field(number: int, content: bytes) -> bytes:
        size, lengths = len(content), b""
        while size > 127:
            lengths, size = lengths + bytes([size & 127 | 128]), size >> 7
        return bytes([number << 3 | 2]) + lengths + bytes([size]) + content

    def pair(key: str, value: str) -> bytes:
        return field(13, field(1, key.encode()) + field(2, value.encode()))

    file = tmp_path / "model.onnx"
    file.write_bytes(field(7, field(5, pair("location", "data") + pair("length", length))))
    with pytest.raises(onnx_files.DamagedFile):
        onnx_files.needed_bytes(file)


def test_a_version_of_many_digits_is_none() -> None:
    assert parse_model_id(f"x:{NUMBER}").version == 0


@pytest.mark.parametrize("text", [NUMBER, "1e999", "-1e999", str(2**63), "[" * 100_000])
def test_a_number_or_a_depth_without_limit_is_no_value(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ValueError, match=r"too (large|deeply)"):
        json_file.load(tmp_path / "x.json", 10**6)
    (tmp_path / "y.json").write_text(json.dumps([2**63 - 1, -(2**63), 1.5]))
    assert json_file.load(tmp_path / "y.json", 100) == [2**63 - 1, -(2**63), 1.5]
    with pytest.raises(ValueError, match="too large"):
        json_file.load(tmp_path / "y.json", 10)


def test_an_endless_prompt_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.cli.shared.stdin.MOST_CHARACTERS", 1000)
    done = benchtop("run", "practice-small", "--prompt", "-", stdin="x" * 2000)
    assert (done.returncode, "the prompt on stdin has more than" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("file", "before", "after", "words"),
    [
        (
            "genai_config.json",
            '"context_length": 2048',
            '"context_length": "2048"',
            "context_length is a text and",
        ),
        (
            "genai_config.json",
            '"context_length": 2048',
            '"context_length": null',
            "context_length is null and",
        ),
        ("genai_config.json", '"vocab_size": 1024', '"vocab_size": true', "model.vocab_size is true or false and not"),
        (
            "genai_config.json",
            '"num_hidden_layers": ',
            '"num_hidden_layers": [], "x": ',
            "_layers is a list and",
        ),
        ("genai_config.json", '"top_k": 50', '"top_k": "50"', "search.top_k is a text and not a number; correct it"),
        (
            "genai_config.json",
            '"temperature": 1.0',
            '"temperature": NaN',
            "search.temperature is nan, which is no",
        ),
        ("tokenizer_config.json", '"chat_template": "', '"chat_template": "", "x": "', "is no text; copy it"),
        ("tokenizer_config.json", '"chat_template": "', '"chat_template": [{}], "x": "', "is a list of several, and"),
        ("tokenizer_config.json", '"chat_template": "', '"x": "', "neither chat_template.jinja nor a chat_template"),
    ],
)
def test_settings_that_the_runtime_refuses_to_read_are_named_before_a_model_is_registered(
    tmp_path: Path, file: str, before: str, after: str, words: str
) -> None:
    shutil.copytree(practice_folder("practice-small"), tmp_path / "m")
    text = (tmp_path / "m" / file).read_text(encoding="utf-8")
    assert before in text
    (tmp_path / "m" / file).write_text(text.replace(before, after), encoding="utf-8")
    (failed,) = [check for check in registrations.inspect(tmp_path / "m") if not check.ok]
    assert words in failed.words
    if file == "genai_config.json":
        assert words in (model_folders.read_folder(tmp_path / "m").problem or ""), "the list says it too"


def test_settings_may_hold_whole_numbers_as_floats(tmp_path: Path) -> None:
    shutil.copytree(practice_folder("practice-small"), tmp_path / "m")
    settings = (tmp_path / "m" / "genai_config.json").read_text(encoding="utf-8")
    (tmp_path / "m" / "genai_config.json").write_text(settings.replace(": 2048", ": 2048.0"), encoding="utf-8")
    assert all(check.ok for check in registrations.inspect(tmp_path / "m"))
