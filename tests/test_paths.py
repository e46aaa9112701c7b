"""Where things are kept."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tui import paths
from tui.system import WINDOWS, files


def test_one_folder_holds_everything_when_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, str(tmp_path))
    files = (paths.history_file(), paths.log_file(), paths.user_config_dir(), paths.app_data_dir())
    assert all(tmp_path in file.parents for file in files)
    assert len(set(files)) == len(files)
    assert not list(tmp_path.iterdir()), "asking for a place makes nothing"


def test_a_relative_folder_stays_the_same_when_the_program_moves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(paths.HOME_VARIABLE, "bench")
    assert paths.history_file().is_relative_to(tmp_path / "bench")


@pytest.mark.parametrize("empty", ["", "  "])
def test_without_a_folder_the_platform_decides(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(paths.HOME_VARIABLE, empty)
    files = (paths.history_file(), paths.log_file(), paths.user_config_dir(), paths.app_data_dir())
    assert all(file.is_absolute() and "benchtop" in file.parts for file in files)


def test_importing_it_loads_nothing_heavy() -> None:
    code = "import sys, tui.paths; print('platformdirs' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert ended.stdout.strip() == "False"


def test_what_cannot_be_a_path_is_not_there() -> None:
    nobodys = Path("~nobody-has-this-name/x")
    # Windows takes it for a folder beside that of the present user.
    assert WINDOWS or paths.expanded(nobodys) == nobodys
    assert paths.expanded(Path("~")) == Path.home()
    assert not any(paths.exists(Path(name)) for name in ("x" * 5000, "a\0b", str(nobodys)))


def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path: Path) -> None:
    file = tmp_path / "below" / "file.json"
    with pytest.raises(FileNotFoundError):
        paths.write_atomically(file, b"first")
    paths.write_atomically(file, b"first", make_folder=True)
    file.chmod(0o600)
    paths.write_atomically(file, b"second", sync=False)
    assert file.read_bytes() == b"second"
    assert not files.HAS_RIGHTS or file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    file = tmp_path / "file.json"
    paths.write_atomically(file, b"first")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        paths.write_atomically(file, b"second")
    assert file.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [file]
