"""Files that are in use, read-only, without holes, or named as Windows does not allow."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from unittest.mock import Mock

import pytest

from tui import paths
from tui.library import cache
from tui.library.cache import sweep_removed
from tui.library.protocol import LibraryError
from tui.records import Model, ModelState
from tui.reports import export
from tui.system import files


class Busy:
    """Stands for a call that another program's hold on the file makes fail some times before it works."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, times: int) -> None:
        self.left = times
        self._call = getattr(os, name)
        monkeypatch.setattr(os, name, self)

    def __call__(self, *arguments: object, **options: object) -> object:
        if self.left > 0:
            self.left -= 1
            raise PermissionError(errno.EACCES, "The process cannot access the file because it is being used")
        return self._call(*arguments, **options)


def downloaded(root: Path, name: str = "tiny-cpu-1") -> Path:
    folder = root / name
    folder.mkdir(parents=True)
    for file in ("genai_config.json", "model.onnx"):
        (folder / file).write_bytes(b"x" * 100)
    return folder


def test_a_file_that_is_in_use_for_a_moment_is_replaced_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.json"
    file.write_bytes(b"old")
    busy = Busy(monkeypatch, "replace", 2)
    paths.write_atomically(file, b"new")
    assert (file.read_bytes(), busy.left) == (b"new", 0)
    busy.left = 1000
    with pytest.raises(PermissionError):
        paths.write_atomically(file, b"newer")
    assert (file.read_bytes(), list(tmp_path.iterdir())) == (b"new", [file])


def test_a_model_is_removed_although_a_file_of_it_is_in_use_for_a_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = downloaded(tmp_path)
    Busy(monkeypatch, "replace", 1)
    Busy(monkeypatch, "unlink", 2)
    freed = cache.remove(Model(alias="tiny", folder=folder, state=ModelState.READY), (tmp_path,))
    assert (freed > 0, list(tmp_path.iterdir())) == (True, [])


def test_what_stays_in_use_is_removed_by_a_later_look_at_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = downloaded(tmp_path / "Microsoft")
    monkeypatch.setattr(files, "IN_USE_S", 0.1)
    with monkeypatch.context() as in_use:
        Busy(in_use, "unlink", 1000)
        with pytest.raises(LibraryError, match=r"tiny is removed, but .* is in use .*the next look at the disk"):
            cache.remove(Model(alias="tiny", folder=folder, state=ModelState.READY), (tmp_path,))
        assert not folder.exists()
    others = tmp_path / f".removed-{os.getppid()}-other"
    others.mkdir()
    sweep_removed((tmp_path,))
    assert [*tmp_path.rglob(".removed-*")] == [others], "another process that runs is at work on it"


@pytest.mark.skipif(not files.HAS_RIGHTS, reason="rights are those of POSIX")
def test_a_read_only_file_does_not_keep_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = downloaded(tmp_path)
    file = folder / "model.onnx"
    file.chmod(0o444)
    unlink: Callable[..., None] = os.unlink

    def as_on_windows(*arguments: object, **options: object) -> None:
        # Windows refuses to remove a file that is read-only.
        if file.exists() and not file.stat().st_mode & 0o200:
            raise PermissionError(errno.EACCES, "Access is denied")
        unlink(*arguments, **options)

    monkeypatch.setattr(os, "unlink", as_on_windows)
    files.remove_tree(folder)
    assert not folder.exists()


@pytest.mark.parametrize("number", [errno.ENOTTY, errno.EINVAL, errno.ENOTSUP])
def test_a_whole_model_on_a_disk_without_holes_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refuse(*_: object) -> int:
        raise OSError(number, "Inappropriate ioctl for device")

    folder = downloaded(tmp_path)
    (folder / "weights.data").write_bytes(b"x" * 5000)
    (folder / "model.onnx").unlink()
    monkeypatch.setattr(os, "SEEK_HOLE", 4, raising=False)
    monkeypatch.setattr(os, "lseek", refuse)
    assert files.first_hole(folder / "weights.data") is None
    assert cache.damage(folder) is None


def is_null_device(path: Path) -> bool:
    return path.stem.lower() == "nul"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("re:port.md", "no colon"),
        ("report.md.", "dot or space"),
        ("report ", "dot or space"),
        ("nul.md", "keeps the name nul for a device"),
        ("COM1", "for a device"),
        ("com\u00b9.md", "for a device"),
        ("conout$", "for a device"),
        ("why?.md", "none of <"),
        ("a\tb.md", "no control character"),
    ],
)
def test_a_name_that_windows_would_change_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: str
) -> None:
    monkeypatch.setattr(files, "name_problem", partial(files.name_problem, system="win32"))
    # As Windows tells of each name that it keeps for a device, in every folder.
    monkeypatch.setattr(export, "_is_stream", is_null_device)
    monkeypatch.chdir(tmp_path)
    for write, path in product(
        (export.check_writable, partial(export.write, text="text")), (tmp_path / name, Path(name))
    ):
        with pytest.raises(export.ExportError, match=words):
            write(path)
    assert not list(tmp_path.iterdir())
    export.write(tmp_path / "null.report.md", "text")


def test_a_name_that_the_disk_does_not_take_is_refused_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Path.open

    def as_on_exfat(path: Path, mode: str = "r") -> object:
        if "?" in path.name:
            raise OSError(errno.EINVAL, "Invalid argument")
        return make(path, mode)

    monkeypatch.setattr(Path, "open", as_on_exfat)
    monkeypatch.setattr(files, "name_problem", Mock(return_value=None))
    with pytest.raises(export.ExportError, match="Invalid argument"):
        export.check_writable(tmp_path / "why?.md")
    busy = Busy(monkeypatch, "unlink", 1)
    export.check_writable(tmp_path / "why.md")
    assert (busy.left, list(tmp_path.iterdir())) == (0, [])


def test_a_file_that_was_read_is_not_written_over_under_its_name_in_another_case(tmp_path: Path) -> None:
    given, other = tmp_path / "plan.json", tmp_path / "Plan.json"
    given.write_text("{}")
    paths.read_limited(given, 100)
    if not other.exists():
        assert not paths.was_read(other)
        # One file under both names, as on a disk that makes no difference between them.
        os.link(given, other)
        os.link(given, tmp_path / "copy.json")
        assert not paths.was_read(tmp_path / "copy.json"), "the other name stays"
    with pytest.raises(export.ExportError, match="this command reads it"):
        export.write(other, "text")


def resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def test_a_link_that_leads_to_itself_is_refused_by_every_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = tmp_path / "loop"
    try:
        loop.symlink_to(loop)
    except OSError:
        pytest.skip("links are not allowed here")
    if not loop.is_symlink():
        pytest.skip("links are not made here, though the system says so")
    # From Python 3.13 on it raises no error any more.
    monkeypatch.setattr(Path, "resolve", resolved)
    with pytest.raises(export.ExportError, match="leads to itself"):
        export.check_writable(loop)
    with pytest.raises(export.ExportError, match="leads to itself"):
        export.write(loop, "text")
    assert loop.is_symlink()


def test_no_query_numbers_its_placeholders() -> None:
    # Python 3.12.0 to 3.12.3 warn of them, since a sequence fills them.
    for file in (Path(paths.__file__).parent / "store").glob("*.py"):
        assert "?1" not in file.read_text(encoding="utf-8")
