"""The files that Benchtop keeps for the user: no report is ever written over one of them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from tui import paths

_BESIDE_A_HISTORY: Final = ("", "-wal", "-shm", "-journal")
"""The suffixes of the files that SQLite keeps for one database."""
_DATABASE: Final = b"SQLite format 3\0"
"""The first bytes of every database, and so of a history wherever it lies."""
_CONFIGURATION: Final = ("models.json", "prompts.json")
_MODEL_SETTINGS: Final = "genai_config.json"
"""The file that every folder of a model has."""
_PROGRAM: Final = Path(__file__).resolve().parents[1]
"""The folder of this package."""


def kept_as(path: Path, history: Path | None = None) -> str | None:
    """What Benchtop keeps in the file that a path leads to, over links and in any case; ``None`` if it keeps nothing.

    ``history`` is the history that is used besides the user's own.
    """
    target = os.path.realpath(path)
    for file, what in _kept_files(history):
        if _is_same(target, file):
            return what
    if Path(target.casefold()).is_relative_to(os.path.realpath(paths.app_data_dir()).casefold()):
        return "its own data"
    if paths.exists(Path(target)) and (what := _kept_there(Path(target))):
        return what
    stem = next((target.removesuffix(end) for end in _BESIDE_A_HISTORY[1:] if target.endswith(end)), target)
    return "a history" if _is_database(Path(stem)) else None


def _kept_there(file: Path) -> str | None:
    """What an existing file is that no report should take the place of, wherever it lies."""
    if file.name.casefold() in _CONFIGURATION:
        return "a configuration"
    if paths.is_file(file.parent / _MODEL_SETTINGS):
        return "a model"
    if file.is_relative_to(_PROGRAM) or _is_same(str(file), Path(sys.executable)):
        return "its own program"
    return None


def _is_database(file: Path) -> bool:
    if not paths.is_file(file):
        return False
    with suppress(OSError), file.open("rb") as opened:
        return opened.read(len(_DATABASE)) == _DATABASE
    return False


def _kept_files(history: Path | None) -> Iterator[tuple[Path, str]]:
    for database in filter(None, (history, paths.history_file())):
        yield from ((Path(f"{os.path.realpath(database)}{suffix}"), "the history") for suffix in _BESIDE_A_HISTORY)
    yield paths.settings_file(), "your settings"
    yield paths.registrations_file(), "your registered models"
    yield paths.consent_file(), "what you have agreed to"
    yield paths.endpoints_file(), "the models of servers"
    yield paths.log_file(), "its log"
    for folder in (paths.user_config_dir(), Path("config")):
        yield from ((folder / name, "a configuration") for name in _CONFIGURATION)
    with suppress(OSError):
        yield from ((note, "a download") for note in paths.downloads_dir().iterdir())


def _is_same(target: str, file: Path) -> bool:
    """Whether both are one file, by name or by another name of it; some disks make no difference between cases."""
    if target.casefold() == os.path.realpath(file).casefold():
        return True
    with suppress(OSError, ValueError):
        return Path(target).samefile(file)
    return False
