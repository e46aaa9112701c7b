"""Reads the JSON files that the runtime and its model builder write, whatever they contain.

A byte order mark is accepted, since editors on Windows add one. A file that is too deep or too large to be what it
should be counts as broken.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from pathlib import Path
from typing import Final, cast

from tui import json_file, paths

CONFIG_FILE: Final = "genai_config.json"
"""The settings of a model, written by the model builder; a folder without them is no model of this runtime."""
IDENTITY_FILE: Final = "inference_model.json"
"""The name of the build in a folder, written by the runtime after a download."""
SNAPSHOT_FILE: Final = "foundry.modelinfo.json"
"""The last answer of the catalogue, written by the runtime into the cache."""
MOST_BYTES: Final = 64 * 1024**2
"""More than any of these files has by far; the snapshot of the whole catalogue takes well under a tenth of it."""


def read_bytes(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """The content of a file without a byte order mark.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is no file, or larger than ``most_bytes``.
    """
    return paths.read_limited(path, most_bytes).removeprefix(BOM_UTF8)


def has_mark(path: Path) -> bool:
    """Whether a file begins with a byte order mark, which the runtime does not take in the settings of a model."""
    try:
        return paths.read_limited(path, MOST_BYTES).startswith(BOM_UTF8)
    except (OSError, ValueError):
        return False


def load_json(path: Path, most_bytes: int = MOST_BYTES) -> object:
    """The value in a JSON file.

    Raises:
        OSError: the file cannot be read.
        ValueError: the file is no JSON in UTF-8, nested too deeply, or larger than ``most_bytes``.
    """
    return json_file.load(path, most_bytes)


def read_json(path: Path) -> object:
    """The value in a JSON file; ``None`` if the file is missing or broken."""
    try:
        return load_json(path)
    except (OSError, ValueError):
        return None


def member_of(data: object, *keys: str) -> object:
    """The member that a path of keys leads to; ``None`` if there is none."""
    for key in keys:
        if not isinstance(data, dict):
            return None
        data = cast("dict[str, object]", data).get(key)
    return data
