"""The steps of an import, each in a process of the converter's own environment."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from tui import paths
from tui.engines.foundry.model_files import CONFIG_FILE, member_of, read_json
from tui.engines.foundry.model_settings import text_in
from tui.library.importing import environment, gguf, scripts, weight_files
from tui.library.importing.environment import environment_folder, environment_is_here
from tui.library.importing.progress import HowFar
from tui.library.protocol import LibraryError
from tui.probes import host
from tui.system import INTERPRETER_OF_VENV
from tui.system.files import rename
from tui.system.processes import NO_WINDOW, ProcessGroup
from tui.text import units

PRECISIONS: Final = ("int4", "fp16", "fp32")
PROVIDERS: Final = ("cpu", "cuda", "webgpu")
QUESTION: Final = "Explain in a few sentences why the sky is blue."
COMPARED_TOKENS: Final = 64
_ENVIRONMENT_BYTES: Final = 5 * 1024**3
"""As measured on Linux, where PyTorch brings the libraries of CUDA along; it is less elsewhere."""
_EXPANDED: Final = 8.0
"""The size of the weights of a GGUF file in fp32 as a multiple of the file, where its header is blank: of 4 bits."""
_TOKENIZERS: Final = ("tokenizer*", "vocab.*", "*.tiktoken", "*.model")
"""The files of tokenizers, of which a folder has one at least."""
_WRITES_TEXT: Final = ("ForCausalLM", "LMHeadModel", "ForConditionalGeneration")
"""What the names of the classes of models that write text end in."""
_OF_HUB: Final = re.compile(r"https?:/.*|[\w.-]+/[\w.-]+")
"""What people write for a model of Hugging Face: its address, or its owner and name."""
_TAIL_LINES: Final = 6
_STEP_S: Final = 0.5
_PARTIAL: Final = ".import-"
_DISK_FULL: Final = ("No space left on device", "os error 28", "WinError 112", "not enough space on the disk")
"""What programs write if there is no room for a file."""
PLAIN_TEMPLATE: Final = (
    "{{ bos_token }}{% for message in messages %}Question: {{ message['content'] }}\n{% endfor %}Answer:"
)
"""The template for a model without one of its own, which a base model is: it goes on with an answer."""

Progress = Callable[[str, float], None]
"""Called with the step, as in ``building the ONNX model (layer 5)``, and the seconds since it began, several times a
second.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What is imported: a Hugging Face folder, or one GGUF file."""

    path: Path
    is_gguf: bool
    weights_bytes: int
    """The size of its weights in fp32, in which they are converted."""
    architecture: str | None = None
    """The class of the model by the folder's own settings, empty if they name none; ``None`` of a GGUF file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How the converted model answers a question, against the original."""

    same_tokens: int
    of_tokens: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """A model that was imported."""

    folder: Path
    comparison: Comparison | None
    has_own_template: bool


def source_of(path: Path) -> Source:
    """Look at what is to be imported.

    Raises:
        LibraryError: it is neither a Hugging Face folder with weights nor a GGUF file.
    """
    try:
        return _source_of_file(path) if paths.is_file(path) else _source_of_folder(path)
    except OSError as error:
        raise LibraryError(f"{path} cannot be read: {error.strerror or error}.") from error


def _source_of_file(path: Path) -> Source:
    weights_bytes = gguf.weights_bytes(path) or round(path.stat().st_size * _EXPANDED)
    return Source(path=path, is_gguf=True, weights_bytes=weights_bytes)


def _source_of_folder(path: Path) -> Source:
    if not paths.is_folder(path):
        hint = ""
        if _OF_HUB.fullmatch(str(path)):
            hint = '; a model of Hugging Face is downloaded first, as with "hf download NAME --local-dir FOLDER"'
        raise LibraryError(f"there is no file or folder {path}{hint}.")
    config = read_json(path / "config.json")
    if member_of(config, "model_type") is None:
        files = sorted(path.glob("*.gguf"))
        hint = f"; name the file itself: {files[0]}" if files else ""
        if paths.is_file(path / CONFIG_FILE):
            hint = f'; it is converted already: "benchtop register NAME {path}" adds it'
        if paths.is_file(path / "adapter_config.json"):
            hint = "; it is an adapter (LoRA) that changes another model: merge it with its model first"
        raise LibraryError(f"{path} has no config.json of a model, so it is no folder from Hugging Face{hint}.")
    made_for = gguf.NO_TEXT.get(str(member_of(config, "model_type")))
    if made_for is not None:
        raise LibraryError(f"{path} is made for {made_for}, and writes no text.")
    listed = member_of(config, "architectures")
    names = cast("list[object]", listed) if isinstance(listed, list) else []
    architectures = [name for name in names if isinstance(name, str)]
    if architectures and not any(name.endswith(_WRITES_TEXT) for name in architectures):
        raise LibraryError(f"{path} is a {architectures[0]} by its config.json, which writes no text.")
    _check_shards(path)
    size = weight_files.weights_bytes(path)
    if not size:
        raise LibraryError(
            f"{path} has no weights (*.safetensors); download the whole folder, of a gated model after its licence "
            "has been accepted."
        )
    if not any(next(path.glob(pattern), None) for pattern in _TOKENIZERS):
        raise LibraryError(f"{path} has no tokenizer (tokenizer.json); download the whole folder.")
    return Source(path=path, is_gguf=False, weights_bytes=size, architecture=architectures[0] if architectures else "")


def _check_shards(path: Path) -> None:
    """Refuse a folder that lacks one of the files that its weights are spread over."""
    for index in ("model.safetensors.index.json", "pytorch_model.bin.index.json"):
        files = member_of(read_json(path / index), "weight_map")
        names = cast("dict[str, object]", files).values() if isinstance(files, dict) else ()
        missing = sorted({name for name in names if isinstance(name, str) and not paths.is_file(path / name)})
        # Weights in the other form are enough.
        if missing and not any((path / name).is_file() for name in ("model.safetensors", "pytorch_model.bin")):
            raise LibraryError(f"{path} lacks {missing[0]}, a part of its weights; download the whole folder.")


def check_architecture(source: Source) -> None:
    """Refuse a model that the builder in the converter's own environment does not know.

    Raises:
        LibraryError: it would only say so after gigabytes have been installed and the weights read.
    """
    if source.architecture is None or source.architecture in environment.ARCHITECTURES:
        return
    if not source.architecture:
        raise LibraryError(f"{source.path} names no architecture in its config.json, so it cannot be converted.")
    builder = next(package for package in environment.PACKAGES if package.startswith("onnxruntime-genai"))
    raise LibraryError(
        f"{source.path} is a {source.architecture}, which the model builder ({builder.replace('==', ' ')}) does not "
        "convert; a GGUF file of it runs on a server such as llama.cpp. A newer builder is named with --python."
    )


def needed_disk_bytes(source: Source, *, own_environment: bool) -> int:
    """The bytes that an import needs on the disk: twice the weights, and the converter's environment the first time."""
    return 2 * source.weights_bytes + (_ENVIRONMENT_BYTES if own_environment and not environment_is_here() else 0)


def needed_memory_bytes(source: Source) -> int:
    """About the memory that the conversion needs at its peak, in bytes."""
    return round(2.5 * source.weights_bytes)


class StepFailed(LibraryError):
    """A program of the conversion has ended with an error."""


class Converter:
    """One import. ``python`` is the interpreter of an environment that has the packages already."""

    def __init__(self, on_progress: Progress, python: Path | None = None) -> None:
        self._on_progress = on_progress
        self._python = python
        self._log = environment_folder() / "last.log"
        self._hint = ""
        """What may be wrong with an interpreter of a person's own."""

    def convert(self, source: Source, destination: Path, precision: str, provider: str) -> Imported:
        """Write the converted model into ``destination``, which appears only once it is complete.

        Raises:
            LibraryError: a step failed; the message has the last lines that it wrote.
        """
        self._log = environment_folder() / f"{destination.name}.log"
        try:
            environment_folder().mkdir(parents=True, exist_ok=True)
            destination.parent.mkdir(parents=True, exist_ok=True)
            with environment.claimed(f"model-{destination.name.casefold()}"):
                imported = self._convert(source, destination, precision, provider)
            self._log.unlink(missing_ok=True)
        except OSError as error:
            raise LibraryError(
                f"{error.filename or destination} cannot be written ({error.strerror or error})."
            ) from error
        return imported

    def _convert(self, source: Source, destination: Path, precision: str, provider: str) -> Imported:
        python = self._checked(source) or self.environment()
        _sweep(destination.parent)
        with tempfile.TemporaryDirectory(
            prefix=f"{_PARTIAL}{os.getpid()}-", dir=destination.parent, ignore_cleanup_errors=True
        ) as folder:
            original = source.path
            if source.is_gguf:
                original = Path(folder, "original")
                self._script(python, "reading the GGUF file", scripts.READ_GGUF, source.path, original)
            part = Path(folder, "converted")
            arguments = ("-m", original, "-o", part, "-p", precision, "-e", provider, "-c", Path(folder, "cache"))
            self._script(python, "building the ONNX model", scripts.BUILD, *arguments)
            has_template = _give_template(original, part)
            comparison = self._compare(python, part, original) if provider == "cpu" else None
            rename(part, destination)
        return Imported(folder=destination, comparison=comparison, has_own_template=has_template)

    def _checked(self, source: Source) -> Path | None:
        """The interpreter of a person's own after a look at its packages; ``None`` if none is named."""
        if self._python is None:
            return None
        arguments = environment.check_arguments(of_gguf=source.is_gguf)
        title = "looking at the packages"
        try:
            output = self._script(self._python, title, environment.CHECK, *arguments)
        except StepFailed:
            output = ""
        check = environment.read_check(self._python, output)
        if others := check.others():
            self._hint = f" (it has {others})"
        return self._python

    def environment(self) -> Path:
        """Make the converter's environment unless it is there, and return its interpreter."""
        python = environment_folder() / "venv" / INTERPRETER_OF_VENV
        waiting = "waiting for another import, which makes the converter's environment"
        with environment.claimed("environment", lambda waited_s: self._on_progress(waiting, waited_s)):
            if not environment_is_here() or not python.exists():
                self._make_environment(python)
        return python

    def _make_environment(self, python: Path) -> None:
        folder = environment_folder() / "venv"
        shutil.rmtree(folder, ignore_errors=True)
        uv = shutil.which("uv")
        title = "making the converter's environment"
        try:
            if uv is not None:
                self._run(title, [uv, "venv", "--python", sys.executable, str(folder)])
                self._run(title, [uv, "pip", "install", "--python", str(python), *environment.PACKAGES])
            else:
                self._run(title, [sys.executable, "-m", "venv", str(folder)])
                self._run(title, [str(python), "-m", "pip", "install", *environment.PACKAGES])
            environment.note_complete()
        except BaseException:
            # Half of it is of no use, and takes gigabytes; the installer's own cache keeps what was downloaded.
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _compare(self, python: Path, folder: Path, original: Path) -> Comparison:
        arguments = (folder, original, QUESTION, COMPARED_TOKENS)
        output = self._script(python, "comparing answers", scripts.COMPARE, *arguments)
        last = output.strip().splitlines()[-1] if output.strip() else ""
        try:
            found = cast("dict[str, Any]", json.loads(last))
            return Comparison(same_tokens=int(found["same"]), of_tokens=int(found["of"]), text=str(found["text"]))
        except (ValueError, KeyError, TypeError) as error:
            raise LibraryError(f"the converted model gave no answer: {last}") from error

    def _script(self, python: Path, title: str, script: str, *arguments: object) -> str:
        return self._run(title, [str(python), "-c", script, *map(str, arguments)])

    def _run(self, title: str, command: Sequence[str]) -> str:
        """Run a step and return its output; what it writes to stderr goes to a log."""
        own = {
            "PYTHONIOENCODING": "utf-8",
            "PYTHONUNBUFFERED": "1",
            "HF_HUB_OFFLINE": "1",
            "TOKENIZERS_PARALLELISM": "false",
        }
        environment = {**os.environ, **own}
        begun_s = time.monotonic()
        output = self._log.with_suffix(".out")
        how_far = HowFar(output, self._log)
        with self._log.open("wb") as log, output.open("wb") as out:
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=log,
                    env=environment,
                    creationflags=NO_WINDOW,
                    start_new_session=True,
                )
                group = ProcessGroup(process)
            except OSError as error:
                raise LibraryError(f"{command[0]} cannot be started ({error.strerror or error}).") from error
            try:
                while process.poll() is None:
                    words = how_far.words()
                    self._on_progress(f"{title} ({words})" if words else title, time.monotonic() - begun_s)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(_STEP_S)
            finally:
                # An installer runs programs of its own, which would go on without it.
                group.kill()
                process.kill()
                process.wait()
        words = output.read_text(encoding="utf-8", errors="replace")
        output.unlink()
        if process.returncode:
            raise StepFailed(f"{title} failed{self._reason(process.returncode)} (all of it is in {self._log})")
        return words

    def _reason(self, code: int) -> str:
        """Why a step has ended with this exit code, in words that go on from "failed"."""
        text = self._log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n")
        if any(words in text for words in _DISK_FULL):
            return (
                f": no space is left on the disk of {environment_folder().parent}, or of the folder for temporary files"
            )
        reason = " ".join(line.strip() for line in text.strip().splitlines()[-_TAIL_LINES:]) or f"exit code {code}"
        hint = "; was it ended for memory?" if code == -9 else self._hint
        return f"{hint}: {reason}"


def _sweep(folder: Path) -> None:
    """Remove what imports have left behind that were killed: gigabytes that nobody would find."""
    for left in folder.glob(f"{_PARTIAL}*"):
        owner = left.name.removeprefix(_PARTIAL).partition("-")[0]
        if not owner.isdigit() or not host.process_exists(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _give_template(original: Path, folder: Path) -> bool:
    """Take the chat template of the original along, or write a plain one; return whether it has one of its own."""
    template = folder / "chat_template.jinja"
    keep_one_template(folder / "tokenizer_config.json")
    if template.is_file() or member_of(read_json(folder / "tokenizer_config.json"), "chat_template"):
        return True
    if (original / "chat_template.jinja").is_file():
        shutil.copyfile(original / "chat_template.jinja", template)
        return True
    own = member_of(read_json(original / "tokenizer_config.json"), "chat_template")
    own = _default_of(cast("list[object]", own)) if isinstance(own, list) else own
    template.write_text(own if isinstance(own, str) and own else PLAIN_TEMPLATE, encoding="utf-8")
    return isinstance(own, str) and bool(own)


def keep_one_template(file: Path) -> None:
    """Put the template for chats in place of a list of templates for several uses: the runtime takes one text."""
    settings = read_json(file)
    templates = member_of(settings, "chat_template")
    if isinstance(templates, list):
        written = {**cast("dict[str, object]", settings), "chat_template": _default_of(cast("list[object]", templates))}
        file.write_text(json.dumps(written, ensure_ascii=False), encoding="utf-8")


def _default_of(templates: Sequence[object]) -> str:
    """The text of the template for chats, or else of the first, in a list of templates for several uses."""
    texts = {member_of(each, "name"): text_in(member_of(each, "template")) for each in templates}
    return texts.get("default") or next((text for text in texts.values() if text), "")


def size_words(source: Source, *, own_environment: bool) -> str:
    """Tell what an import needs: ``about 1.3 GiB of memory and 2.6 GiB of disk``."""
    disk = units.size(needed_disk_bytes(source, own_environment=own_environment))
    return f"about {units.size(needed_memory_bytes(source))} of memory and {disk} of disk"
