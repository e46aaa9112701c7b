"""Importing: what is refused, what each step gets, and what is left behind.

A stand-in for the interpreter of the converter's environment does what its packages would: it takes the place of
torch, transformers and the model builder, which are gigabytes.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from tests.support.command import CommandFolder, command_folder
from tests.support.conditions import until
from tui.console import ExitCode
from tui.library.importing import converter
from tui.library.protocol import LibraryError
from tui.practice import practice_folder

STAND_IN = f"""#!{sys.executable}
import json, pathlib, shutil, sys, time
script, arguments = sys.argv[2], sys.argv[3:]
if "gguf_file" in script:
    assert pathlib.Path(arguments[0]).read_bytes().startswith(b"GGUF")
    pathlib.Path(arguments[1]).mkdir()
elif "models.builder" in script:
    if "webgpu" in arguments:
        time.sleep(60)
    if "fp16" in arguments:
        sys.exit("KeyError: 'rope_type'")
    out = pathlib.Path(arguments[arguments.index("-o") + 1])
    shutil.copytree({str(practice_folder("practice-small"))!r}, out)
    (out / "chat_template.jinja").unlink(missing_ok=True)
    settings = json.loads((out / "tokenizer_config.json").read_text())
    settings.pop("chat_template", None)
    (out / "tokenizer_config.json").write_text(json.dumps(settings))
else:
    print("a word of some library")
    print(json.dumps({{"same": 40, "of": 64, "text": "Paris. \\x1b[31m"}}))
"""


@pytest.fixture
def folder(tmp_path: Path) -> CommandFolder:
    made = command_folder(tmp_path)
    stand_in = tmp_path / "python"
    stand_in.write_text(STAND_IN)
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "small.gguf").write_bytes(b"GGUF" + bytes(100))
    return made


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is started by its first line")
def test_a_gguf_file_becomes_a_registered_model_that_answers(folder: CommandFolder, tmp_path: Path) -> None:
    options = ("--python", str(tmp_path / "python"))
    done = folder.run("import", str(tmp_path / "small.gguf"), "--as", "mine", *options)
    assert done.returncode == ExitCode.DONE, done.stderr
    for words in (
        "needs about",
        "It has no chat template, as a base model",
        "Its answer is that of the original for 40 tokens, and differs from there on, which weights in int4 can do.",
        "mine is ready",
    ):
        assert words in done.stderr
    assert "\x1b" not in done.stderr
    answered = folder.run("run", "mine", "--prompt", "What is a token?")
    assert answered.returncode == ExitCode.DONE, answered.stderr
    again = folder.run("import", str(tmp_path / "small.gguf"), "--as", "mine", *options)
    assert again.returncode == ExitCode.USAGE
    assert "mine is taken by another model" in again.stderr
    listed = json.loads(folder.run("models", "--json").stdout)
    models = Path(next(model["folder"] for model in listed if model["key"] == "mine")).parent
    for left in (".import-abcd", ".import-999999999-ab"):
        (models / left / "converted").mkdir(parents=True)
    failed = folder.run("import", str(tmp_path / "small.gguf"), "--as", "other", "--precision", "fp16", *options)
    assert failed.returncode == ExitCode.USAGE
    no_python = folder.run("import", str(tmp_path / "small.gguf"), "--as", "other", "--python", str(tmp_path / "none"))
    assert (no_python.returncode, "none cannot be started (No such file" in no_python.stderr) == (ExitCode.USAGE, True)
    assert "building the ONNX model failed: KeyError: 'rope_type' (all of it is in " in failed.stderr
    assert [path.name for path in models.iterdir()] == ["mine"], "nothing of a failed import is left"
    shutil.rmtree(models / "mine")
    assert "is gone already" in folder.run("unregister", "mine").stderr, "files that are gone do not stay"


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
async def test_an_import_that_is_asked_to_end_leaves_nothing_behind(folder: CommandFolder, tmp_path: Path) -> None:
    source, python = str(tmp_path / "small.gguf"), str(tmp_path / "python")
    with folder.started("import", source, "--as", "mine", "--python", python, "--provider", "webgpu") as process:
        await until(lambda: list(tmp_path.rglob(".import-*/original")), 60)
        process.terminate()
        assert process.wait(30) == ExitCode.INTERRUPTED
    assert not list(tmp_path.rglob(".import-*"))


def test_of_several_chat_templates_the_one_for_chats_is_taken(tmp_path: Path) -> None:
    settings = tmp_path / "tokenizer_config.json"
    several = [{"name": "rag", "template": "x"}, {"name": "default", "template": "{{ messages }}"}]
    settings.write_text(json.dumps({"bos_token": "<s>", "chat_template": several}), encoding="utf-8")
    converter.keep_one_template(settings)
    written = {"bos_token": "<s>", "chat_template": "{{ messages }}"}
    assert json.loads(settings.read_text(encoding="utf-8")) == written
    converter.keep_one_template(settings)
    assert json.loads(settings.read_text(encoding="utf-8")) == written


def test_what_cannot_be_imported_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("no model")
    (tmp_path / "empty").mkdir()
    (tmp_path / "weightless").mkdir()
    (tmp_path / "weightless" / "config.json").write_text('{"model_type": "llama"}')
    for name, words in (
        ("nowhere", "there is no file or folder"),
        ("text.gguf", "is no GGUF file"),
        ("empty", "has no config.json of a model"),
        ("weightless", "has no weights"),
    ):
        with pytest.raises(LibraryError, match=words):
            converter.source_of(tmp_path / name)
    with pytest.raises(LibraryError, match=r'downloaded first, as with "hf download NAME'):
        converter.source_of(Path("https://huggingface.co/owner/model"))
    with pytest.raises(LibraryError, match=r'it is converted already: "benchtop register NAME .*" adds it'):
        converter.source_of(practice_folder("practice-small"))
    (tmp_path / "empty" / "a.gguf").write_bytes(b"GGUF")
    with pytest.raises(LibraryError, match="name the file itself"):
        converter.source_of(tmp_path / "empty")
    (tmp_path / "weightless" / "model.safetensors").write_bytes(bytes(1000))
    assert converter.source_of(tmp_path / "weightless").weights_bytes == 2000, "16 bits a weight become 32"
