"""Importing: what is refused, what each step gets, and what is left behind.

A stand-in for the interpreter of the converter's environment does what its packages would: it takes the place of
torch, transformers and the model builder, which are gigabytes.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from tests.support.command import CommandFolder, command_folder
from tests.support.conditions import until
from tui.console import ExitCode
from tui.library.importing import converter, environment
from tui.library.importing.converter import Converter, Source
from tui.library.protocol import LibraryError
from tui.practice import practice_folder
from tui.system import INTERPRETER_OF_VENV

STAND_IN = f"""#!{sys.executable}
import json, pathlib, shutil, subprocess, sys, time
script, arguments = sys.argv[2], sys.argv[3:]
if "find_spec" in script:
    print(json.dumps({{"versions": {{"torch": "2.13.0+cpu", "onnx": "1.19.0"}}, "missing": []}}))
elif "gguf_file" in script:
    assert pathlib.Path(arguments[0]).read_bytes().startswith(b"GGUF")
    pathlib.Path(arguments[1]).mkdir()
elif "models.builder" in script:
    if "webgpu" in arguments:
        idle = [sys.executable, "-c", "import time; time.sleep(600)"]
        pathlib.Path(sys.argv[0]).with_name("started").write_text(str(subprocess.Popen(idle).pid))
        time.sleep(60)
    if "fp16" in arguments:
        sys.exit("KeyError: 'rope_type'")
    if "cuda" in arguments:
        sys.exit("OSError: [Errno 28] No space left on device: 'model.onnx.data'\\nException ignored in: x")
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
    others = "(it has onnx 1.19.0, where 1.23.2 was seen to work)"
    assert f"building the ONNX model failed {others}: KeyError: 'rope_type' (all of it is in " in failed.stderr
    assert [path.name for path in models.iterdir()] == ["mine"], "nothing of a failed import is left"
    full = folder.run("import", str(tmp_path / "small.gguf"), "--as", "other", "--provider", "cuda", *options)
    assert (full.returncode, "failed: no space is left on the disk of " in full.stderr) == (ExitCode.USAGE, True)
    assert [path.name for path in models.iterdir()] == ["mine"]
    strange = tmp_path / "a model's folder, 模型"
    strange.mkdir()
    (tmp_path / "small.gguf").rename(strange / "petit modèle.gguf")
    done = folder.run("import", str(strange / "petit modèle.gguf"), "--as", "modèle-模型", *options)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "is not" not in folder.run("unregister", "modèle-模型").stderr
    again = folder.run("import", str(strange / "petit modèle.gguf"), "--as", "modèle-模型", *options)
    assert (again.returncode, "is there from an earlier import; add it with " in again.stderr) == (ExitCode.USAGE, True)
    shutil.rmtree(models / "mine")
    assert "is gone already" in folder.run("unregister", "mine").stderr, "files that are gone do not stay"


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
async def test_an_import_that_is_asked_to_end_leaves_nothing_behind(folder: CommandFolder, tmp_path: Path) -> None:
    source, python = str(tmp_path / "small.gguf"), str(tmp_path / "python")
    with folder.started("import", source, "--as", "mine", "--python", python, "--provider", "webgpu") as process:
        await until(lambda: list(tmp_path.rglob(".import-*/original")), 60)
        await until(lambda: (tmp_path / "started").exists() and (tmp_path / "started").read_text(), 60)
        second = folder.run("import", source, "--as", "MINE", "--python", python)
        assert second.returncode == ExitCode.USAGE
        assert f"another import (process {process.pid}) is making a model of this name." in second.stderr
        process.terminate()
        assert process.wait(60) == ExitCode.INTERRUPTED
    assert not list(tmp_path.rglob(".import-*"))
    await until(lambda: not is_running(int((tmp_path / "started").read_text())))


def is_running(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


@pytest.mark.usefixtures("own_home")
@pytest.mark.skipif(os.name == "nt", reason="it has no program that does nothing")
def test_an_interpreter_of_ones_own_is_looked_at_first(tmp_path: Path) -> None:
    python = tmp_path / "python"
    with pytest.raises(LibraryError, match=r"lacks packages that convert: onnx-ir gguf\. Install them there, or leave"):
        environment.read_check(python, 'words\n{"versions": {}, "missing": ["onnx_ir", "gguf"]}\n')

    def quiet(_step: str, _elapsed_s: float) -> None:
        pass

    other = Converter(quiet, Path(shutil.which("false") or ""))
    with pytest.raises(LibraryError, match="is no interpreter of Python that can convert"):
        other.convert(Source(path=tmp_path, is_gguf=False, weights_bytes=1), tmp_path / "out" / "x", "int4", "cpu")
    for output in ("", "usage: ls", "[1]", '{"versions": {}}'):
        with pytest.raises(LibraryError, match="is no interpreter of Python that can convert"):
            environment.read_check(python, output)
    own = [sys.executable, "-c", environment.CHECK, *environment.check_arguments(of_gguf=True)]
    found = subprocess.run(own, capture_output=True, text=True, check=True, timeout=120).stdout
    with pytest.raises(LibraryError, match=r"lacks packages that convert: .*torch"):
        environment.read_check(python, found)


@pytest.mark.usefixtures("own_home")
def test_one_import_at_a_time_makes_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    waited: list[str] = []

    class Making(Converter):
        def _run(self, title: str, command: Sequence[str]) -> str:
            made.append(title)
            if len(made) == 1:
                begun.set()
                assert second_waits.wait(60)
            if command[1] == "-m":
                python = environment.environment_folder() / "venv" / INTERPRETER_OF_VENV
                python.parent.mkdir(parents=True, exist_ok=True)
                python.touch()
            return ""

    def note(step: str, _elapsed_s: float) -> None:
        waited.append(step)
        second_waits.set()

    begun, second_waits = threading.Event(), threading.Event()
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(environment, "_STEP_S", 0.01)
    environment.environment_folder().mkdir(parents=True)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(Making(note).environment)
        assert begun.wait(60)
        second = threads.submit(Making(note).environment)
        assert first.result(60) == second.result(60)
    assert set(waited) == {"waiting for another import, which makes the converter's environment"}
    assert made == ["making the converter's environment"] * 2, "the second one made nothing"
    assert environment.environment_is_here()
    monkeypatch.setattr(environment, "PACKAGES", ("torch==3.0",))
    assert not environment.environment_is_here(), "another version of Benchtop wants others"


STEPS = ("layer 7", "layer 2 quantized", "45 % saved", "token 3 of 64 of the original")
SLOW_STEP = """
import pathlib, sys, time
written = ((1, "Reading layer 7"), (2, "complete quantization of /model/layers.2/mlp/MatMul"))
saving = "Loading: 100%|#| 2/2\\rSaving layers.1 (f32, [9]):  45%|##| 9/20"
for index, (where, words) in enumerate((*written, (2, saving), (1, "token 3 of 64 of the original"))):
    print(words, file=sys.stdout if where == 1 else sys.stderr, flush=True)
    while not pathlib.Path(sys.argv[1], f"step {index}").exists():
        time.sleep(0.01)
"""


@pytest.mark.usefixtures("own_home")
def test_a_long_step_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Running(Converter):
        def run(self) -> str:
            return self._run("building", [sys.executable, "-c", SLOW_STEP, str(tmp_path)])

    def note(step: str, _elapsed_s: float) -> None:
        told.append(step)
        for index, words in enumerate(STEPS):
            if step == f"building ({words})":
                (tmp_path / f"step {index}").touch()

    told: list[str] = []
    monkeypatch.setattr(converter, "_STEP_S", 0.01)
    environment.environment_folder().mkdir(parents=True)
    assert Running(note).run().splitlines() == ["Reading layer 7", "token 3 of 64 of the original"]
    assert [step for step in dict.fromkeys(told) if step != "building"] == [f"building ({words})" for words in STEPS]


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
    (tmp_path / "empty" / "adapter_config.json").touch()
    with pytest.raises(LibraryError, match=r"it is an adapter \(LoRA\)"):
        converter.source_of(tmp_path / "empty")


def safetensors(*tensors: tuple[str, int]) -> bytes:
    """Return a file with tensors of these kinds and sizes in bytes."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    end = 0
    for number, (kind, size) in enumerate(tensors):
        header[f"t{number}"] = {"dtype": kind, "shape": [size], "data_offsets": [end, end + size]}
        end += size
    content = json.dumps(header).encode()
    return struct.pack("<Q", len(content)) + content + bytes(end)


def test_the_weights_of_a_folder_are_looked_at_before_anything_is_installed(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama", "architectures": ["LlamaForCausalLM"]}')
    weights = tmp_path / "model.safetensors"
    whole = safetensors(("F32", 400), ("BF16", 200), ("I8", 100))
    weights.write_bytes(whole)
    with pytest.raises(LibraryError, match="has no tokenizer"):
        converter.source_of(tmp_path)
    (tmp_path / "tokenizer.json").touch()
    source = converter.source_of(tmp_path)
    assert source.weights_bytes == 400 + 400 + 400, "all of them in 32 bits"
    converter.check_architecture(source)
    for content, words in (
        (b"", "is empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1", "is only a pointer of Git LFS"),
        (b"<!DOCTYPE html><html>", "accept the licence of the model there"),
        (b"Access to model google/gemma-3 is restricted", "accept the licence of the model there"),
        (whole[:-1], "is incomplete ("),
        (whole[:6], "has no header of safetensors"),
        (bytes(1000), "has no header of safetensors"),
        (whole[:8] + b"x" * len(whole), "its header cannot be read"),
        (struct.pack("<Q", 50_000) + b'{"a":' * 10_000, "its header cannot be read"),
        (struct.pack("<Q", 2) + b"[]" + bytes(99), "its header cannot be read"),
        (struct.pack("<Q", 20) + b'{"a":{"dtype":"F32"}' + bytes(99), "its header cannot be read"),
    ):
        weights.write_bytes(content)
        with pytest.raises(LibraryError, match=re.escape(words)):
            converter.source_of(tmp_path)
    weights.unlink()
    (tmp_path / "pytorch_model.bin").write_bytes(b"PK" + bytes(998))
    assert converter.source_of(tmp_path).weights_bytes == 2000, "16 bits a weight become 32"


def test_an_architecture_that_the_builder_does_not_know_is_refused(tmp_path: Path) -> None:
    source = Source(path=tmp_path, is_gguf=False, weights_bytes=1, architecture="NewForCausalLM")
    with pytest.raises(
        LibraryError, match=r"is a NewForCausalLM, which the model builder \(onnxruntime-genai 0\.18\.0\)"
    ):
        converter.check_architecture(source)
    with pytest.raises(LibraryError, match="names no architecture"):
        converter.check_architecture(replace(source, architecture=""))
    converter.check_architecture(replace(source, is_gguf=True, architecture=None))
    spec = importlib.util.find_spec("onnxruntime_genai")
    assert spec is not None
    builder = Path(str(spec.origin)).with_name("models") / "builder.py"
    named = re.findall(r'architectures\[0\] == "(\w+)"', builder.read_text(encoding="utf-8"))
    assert set(named) == environment.ARCHITECTURES, "those of the version that the environment gets"
