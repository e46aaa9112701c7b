"""The converter's environment: the packages that convert a model, which Benchtop itself does not need."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Final

import msgspec

from tui import json_file, paths
from tui.conversion import convert
from tui.library.protocol import LibraryError
from tui.probes import host

PACKAGES: Final = (
    "torch==2.13.0",
    "transformers==5.24.0",
    "gguf",
    "accelerate",
    "sentencepiece",
    "protobuf",
    "onnxruntime-genai==0.18.0",
    "onnx==1.23.2",
    "onnx-ir==1.1.0",
)
"""The packages of the converter: the versions that were seen to work together."""
_PINNED: Final = {name: version for name, mark, version in (package.partition("==") for package in PACKAGES) if mark}
MODULES: Final = ("torch", "transformers", "onnxruntime_genai", "onnx", "onnx_ir")
"""What every conversion imports."""
ARCHITECTURES: Final = frozenset(
    {
        "ChatGLMForConditionalGeneration",
        "ChatGLMModel",
        "Ernie4_5ForCausalLM",
        "Gemma2ForCausalLM",
        "Gemma3ForCausalLM",
        "Gemma3ForConditionalGeneration",
        "Gemma4ForConditionalGeneration",
        "Gemma4UnifiedForConditionalGeneration",
        "GemmaForCausalLM",
        "GptOssForCausalLM",
        "GraniteForCausalLM",
        "GraniteMoeHybridForCausalLM",
        "HunYuanDenseV1ForCausalLM",
        "InternLM2ForCausalLM",
        "Lfm2AudioForConditionalGeneration",
        "Lfm2ForCausalLM",
        "Lfm2MoeForCausalLM",
        "Lfm2VlForConditionalGeneration",
        "LlamaForCausalLM",
        "Mistral3ForConditionalGeneration",
        "MistralForCausalLM",
        "NemotronForCausalLM",
        "OlmoForCausalLM",
        "Phi3ForCausalLM",
        "Phi3SmallForCausalLM",
        "Phi3VForCausalLM",
        "Phi4MMForCausalLM",
        "PhiForCausalLM",
        "PhiMoEForCausalLM",
        "Qwen2ForCausalLM",
        "Qwen2_5_VLForConditionalGeneration",
        "Qwen3ForCausalLM",
        "Qwen3VLForConditionalGeneration",
        "Qwen3_5ForConditionalGeneration",
        "Qwen3_5MoeForConditionalGeneration",
        "SmolLM3ForCausalLM",
        "VideoChatFlashQwenForCausalLM",
        "WhisperForConditionalGeneration",
    }
)
"""The classes of models that the builder of this version converts."""
OF_GGUF: Final = "gguf"
_STEP_S: Final = 0.5
_OLD_S: Final = 10.0
"""A claim without a number that is older was left by a process which ended at that moment."""

CHECK: Final = """
import importlib.util, json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1].split(","):
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        pass
missing = [name for name in sys.argv[2].split(",") if importlib.util.find_spec(name) is None]
print(json.dumps({"versions": found, "missing": missing}))
"""
"""Arguments: names of packages, and of modules. Prints the versions of the packages, and which modules are missing."""


class PythonCheck(msgspec.Struct, frozen=True):
    """What an interpreter of a person's own has of the packages."""

    versions: dict[str, str]
    missing: list[str]

    def others(self) -> str:
        """The packages in other versions than those that were seen to work, in words; empty if there are none."""
        differing = [
            f"{name} {here}, where {_PINNED[name]} was seen to work"
            for name, here in self.versions.items()
            if here.partition("+")[0] != _PINNED.get(name, here)
        ]
        return " and ".join(differing)


def check_arguments(*, of_gguf: bool) -> tuple[str, str]:
    """The arguments of the script that looks at an interpreter of a person's own."""
    return ",".join(_PINNED), ",".join((*MODULES, OF_GGUF) if of_gguf else MODULES)


def read_check(python: Path, output: str) -> PythonCheck:
    """What the script has found.

    Raises:
        LibraryError: packages are missing, or the file is no interpreter.
    """
    last = output.strip().splitlines()[-1:] or [""]
    try:
        check = convert(json_file.loads(last[0]), PythonCheck)
    except ValueError as error:
        raise LibraryError(f"{python} is no interpreter of Python that can convert.") from error
    if check.missing:
        names = " ".join(name.replace("_", "-") for name in check.missing)
        raise LibraryError(
            f"{python} lacks packages that convert: {names}. Install them there, or leave --python out, and an "
            "environment with all of them is made."
        )
    return check


def environment_folder() -> Path:
    return paths.app_data_dir() / "converter"


def environment_is_here() -> bool:
    """Whether the environment is complete, with the packages that this version of Benchtop wants."""
    try:
        return paths.read_limited(_mark(), 1 << 16).decode("utf-8", "replace").split() == list(PACKAGES)
    except (OSError, ValueError):
        return False


def note_complete() -> None:
    """Write down that the environment is complete. Raises OSError."""
    _mark().write_text("\n".join(PACKAGES), encoding="utf-8")


@contextlib.contextmanager
def claimed(name: str, on_wait: Callable[[float], None] | None = None) -> Generator[None]:
    """Hold a name in the environment's folder that one import at a time may have.

    With ``on_wait`` it is waited for while another import has it, and ``on_wait`` is given the seconds so far.

    Raises:
        LibraryError: another import has it, and nothing waits.
        OSError: the folder cannot be written.
    """
    file, begun_s = environment_folder() / f"{name}.claim", time.monotonic()
    while not _take(file):
        owner = _owner(file)
        if _is_old(file) if owner is None else not host.process_exists(owner):
            file.unlink(missing_ok=True)
        elif on_wait is None:
            raise LibraryError(f"another import (process {owner or 'unknown'}) is making a model of this name.")
        else:
            on_wait(time.monotonic() - begun_s)
            time.sleep(_STEP_S)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _take(file: Path) -> bool:
    """Make the file with the number of this process, unless it is there."""
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(str(os.getpid()))
    except FileExistsError:
        return False
    return True


def _owner(file: Path) -> int | None:
    """The process that has made a claim; ``None`` if its number is not written yet, or was never."""
    try:
        return int(paths.read_limited(file, 32))
    except (OSError, ValueError):
        return None


def _is_old(file: Path) -> bool:
    try:
        return time.time() - file.stat().st_mtime > _OLD_S
    except OSError:
        return False


def _mark() -> Path:
    return environment_folder() / "ready"
