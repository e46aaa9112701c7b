"""Where the command line of Foundry Local keeps its models, which ``foundry cache cd`` may have moved.

The place stands in the settings of that command, and the command itself prints it. It is asked when the catalogue is,
since its start takes a second or more, and its answer is kept for the listings in between.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from tui import paths
from tui.engines.foundry.model_files import read_json
from tui.system.processes import NO_WINDOW

_COMMAND: Final = "foundry"
_ANSWER_S: Final = 10.0
_MOST_SETTINGS: Final = 20
_MOST_BYTES: Final = 64 * 1024
_CACHE_KEY: Final = re.compile(r"cache|model.?dir", re.IGNORECASE)
"""The keys under which a settings file may name the folder; they have differed between versions."""


def moved_caches(home: Path) -> tuple[Path, ...]:
    """The folders that the settings of the command name, and the one that it printed last, as far as they exist."""
    named = [path for file in _settings_files(home / ".foundry") for path in _named_folders(read_json(file))]
    with contextlib.suppress(OSError, ValueError):
        named.append(Path(paths.read_limited(_answer_file(), _MOST_BYTES).decode("utf-8")))
    return tuple(dict.fromkeys(path for path in named if path.is_absolute() and paths.is_folder(path)))


def ask_for_cache() -> Path | None:
    """Ask the command where its models lie, and keep the answer; ``None`` if it is not here or does not tell."""
    command = shutil.which(_COMMAND)
    if command is None:
        return None
    try:
        done = subprocess.run(
            [command, "cache", "location"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWER_S,
            check=False,
            creationflags=NO_WINDOW,
        )
        folder = next(iter(_printed_folders(done.stdout[:_MOST_BYTES].decode("utf-8", "replace"))), None)
        if folder is not None:
            paths.write_atomically(_answer_file(), str(folder).encode("utf-8", "surrogateescape"), make_folder=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return folder


def _answer_file() -> Path:
    return paths.app_data_dir() / "foundry-cache.txt"


def _settings_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.glob("*.json"))[:_MOST_SETTINGS]
    except OSError:
        return []


def _named_folders(settings: object) -> Iterator[Path]:
    """Every text under a key that names a cache, at the top of the settings or one level below."""
    if not isinstance(settings, dict):
        return
    for key, value in cast("dict[str, object]", settings).items():
        if isinstance(value, str) and _CACHE_KEY.search(key):
            yield paths.expanded(Path(value))
        elif isinstance(value, dict):
            for name, text in cast("dict[str, object]", value).items():
                if isinstance(text, str) and _CACHE_KEY.search(name):
                    yield paths.expanded(Path(text))


def _printed_folders(output: str) -> Iterator[Path]:
    """The folders in the output, which has words before the path or is JSON."""
    for line in output.splitlines():
        for text in (line.strip(), line.partition(": ")[2].strip(' ",'), *re.findall(r'"([^"]+)"', line)):
            path = Path(text.replace("\\\\", "\\"))
            if text and path.is_absolute() and paths.is_folder(path):
                yield path
