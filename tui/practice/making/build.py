"""Turns the trained core into the three folders that ship: int4 for the CPU, and extra layers for the pace."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tui.practice import PRACTICE_MODELS, practice_folder
from tui.practice.layers import Extension, write_extended

# The pace was set on two cores of a server: about 1,300, 400 and 100 tokens per second.
EXTENSIONS = {
    "practice-small": Extension(layers=12, width=256, inner=512, shared=True, name="pace"),
    "practice-medium": Extension(layers=10, width=768, inner=2048, shared=True, prompt_layers=5),
    "practice-large": Extension(layers=44, width=768, inner=2048, shared=True, prompt_layers=16),
}
_TOKENIZER_KEYS = ("is_local", "local_files_only", "name_or_path", "backend")


def build(core: Path, scratch: Path) -> None:
    """Builds the three from the folder of the trained core."""
    built = scratch / "built"
    command = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
    command += ["-m", str(core), "-o", str(built), "-p", "int4", "-e", "cpu", "-c", str(scratch / "cache")]
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    _tidy(built)
    for name in PRACTICE_MODELS:
        folder = practice_folder(name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        write_extended(built, folder, EXTENSIONS[name])


def _tidy(folder: Path) -> None:
    """Leaves out what tells about the machine, and writes compact files."""
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text("utf-8"))
    settings = {key: value for key, value in settings.items() if key not in _TOKENIZER_KEYS}
    template = folder / "chat_template.jinja"
    if template.exists():
        settings["chat_template"] = template.read_text("utf-8")
        template.unlink()
    path.write_text(json.dumps(settings, indent=2) + "\n", "utf-8")
    path = folder / "tokenizer.json"
    tokenizer = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(tokenizer, ensure_ascii=False, separators=(",", ":")), "utf-8")
