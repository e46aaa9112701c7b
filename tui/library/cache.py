"""The models in the cache: what they take on the disk, whether their files are whole, and how one is removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Final

from tui import paths
from tui.engines.foundry.model_files import IDENTITY_FILE
from tui.engines.model_ids import can_be_a_folder, download_name
from tui.library import model_folders, onnx_files
from tui.library.disk_space import disk_bytes
from tui.library.protocol import LibraryError
from tui.probes.host import process_exists
from tui.records import Model, ModelState
from tui.records.library import Cache, Check
from tui.system.files import remove_tree, rename
from tui.text import units

_REMOVED: Final = ".removed-"
"""The beginning of the name of a folder that is being removed, which no scan of a cache takes for a model."""
_MOST_DIGITS: Final = 10
_LEAST_SHARE: Final = 0.8
"""A folder with less than this share of the catalogue's size, which is rounded, has lost a file."""


def caches(roots: Sequence[Path], models: Sequence[Model]) -> tuple[Cache, ...]:
    """The roots that exist, each with the number of its models and the disk space that it takes."""
    return tuple(_cache(root, models) for root in roots if paths.is_folder(root))


def folder_of_download(cache: Path, model_id: str) -> Path | None:
    """The folder that the runtime downloads a model to, which may lie in one of its publisher; ``None`` before that."""
    if not can_be_a_folder(model_id):
        return None
    name = download_name(model_id)
    try:
        return next((folder for folder in (cache / name, *cache.glob(f"*/{name}")) if folder.is_dir()), None)
    except OSError:
        return None


def verify(model: Model) -> tuple[Check, ...]:
    """Look at the files of a model, one check each, without a checksum to compare with. For a thread: it reads disks.

    The files of a model with another engine than Foundry Local are not looked at, since their form is not known.
    """
    if not model.traits.on_disk:
        return (Check(subject="files", ok=True, words="only its engine knows their form; they are not checked"),)
    folder = model.folder
    if folder is None or not paths.is_folder(folder):
        return (Check(subject="folder", ok=False, words="it is not on this machine; download it"),)
    own = model.registered or not onnx_files.is_download(folder)
    return tuple(onnx_files.with_remedy(check, own=own) for check in _checks(folder, model))


def damage(folder: Path) -> str | None:
    """The reason for which the weights of a model cannot be whole; ``None`` if there is no sign of that.

    The files are read again only if one of them has changed.
    """
    try:
        files = sorted(path for path in folder.iterdir() if path.name.endswith(onnx_files.WEIGHTS))
        versions = tuple((path, stat.st_size, stat.st_mtime_ns) for path in files if (stat := _stat_of(path)))
    except OSError:
        return None
    return _damage(folder, versions)


def _stat_of(path: Path) -> os.stat_result | None:
    """The properties of a file; ``None`` for a link that leads nowhere."""
    try:
        return path.stat()
    except FileNotFoundError:
        return None


@lru_cache(maxsize=1024)
def _damage(folder: Path, versions: tuple[tuple[Path, int, int], ...]) -> str | None:
    own = not onnx_files.is_download(folder)
    checks = (
        onnx_files.with_remedy(check, own=own)
        for check in onnx_files.weight_checks(folder, [path for path, _, _ in versions])
    )
    return next((f"{check.subject}: {check.words}" for check in checks if not check.ok), None)


def remove(model: Model, roots: Sequence[Path]) -> int:
    """Remove a downloaded model from the disk, and give the bytes that it took. For a thread.

    Raises:
        LibraryError: it is no download, or cannot be removed, and then all of it is still there; or some of its files
            are in use. Those are removed later by ``sweep_removed``.
    """
    folder = _download_folder(model, roots)
    freed_bytes = disk_bytes(folder)
    # The rename fails for a model that is in use or whose folder is not ours, and then nothing has been removed yet.
    renamed = folder.with_name(f"{_REMOVED}{os.getpid()}-{folder.name}")
    try:
        rename(folder, renamed)
    except OSError as error:
        raise LibraryError(f"{error.filename or folder} cannot be removed ({error.strerror}).") from error
    try:
        remove_tree(renamed)
    except OSError as error:
        raise LibraryError(
            f"{model.key} is removed, but {error.filename or renamed} is in use ({error.strerror}); what is left of it "
            "is removed by the next look at the disk once nothing uses it."
        ) from error
    if folder.parent not in roots and not any(folder.parent.iterdir()):
        folder.parent.rmdir()
    return freed_bytes


def sweep_removed(roots: Sequence[Path]) -> None:
    """Remove what an earlier ``remove`` had to leave because it was in use. For a thread: it changes disks."""
    for root in roots:
        for pattern in (f"{_REMOVED}*", f"*/{_REMOVED}*"):
            with suppress(OSError):
                for folder in root.glob(pattern):
                    if _may_be_swept(folder):
                        shutil.rmtree(folder, ignore_errors=True)


def _may_be_swept(folder: Path) -> bool:
    """Whether no other Benchtop that runs now is removing this folder."""
    pid = folder.name.removeprefix(_REMOVED).partition("-")[0]
    return pid.isdecimal() and len(pid) < _MOST_DIGITS and (int(pid) == os.getpid() or not process_exists(int(pid)))


def _download_folder(model: Model, roots: Sequence[Path]) -> Path:
    """The folder of the whole download, which may be the one above that of the model."""
    if model.folder is None:
        raise LibraryError(f"{model.key} is not on this machine.")
    folder = paths.real(model.folder)
    marks = (IDENTITY_FILE, model_folders.UNFINISHED_FILE)
    if folder.parent not in roots and any((folder.parent / mark).exists() for mark in marks):
        folder = folder.parent
    if not any(root in folder.parents for root in roots):
        ships = "it ships with Benchtop" if model.practice else f"its files are your own, in {folder}"
        raise LibraryError(f"{model.key} is not removed: {ships}.")
    return folder


def _cache(root: Path, models: Sequence[Model]) -> Cache:
    inside = [model for model in models if model.folder is not None and root in paths.real(model.folder).parents]
    broken = (ModelState.BROKEN, ModelState.PARTIAL)
    return Cache(
        folder=root,
        models=len(inside),
        disk_bytes=disk_bytes(root),
        broken=sum(model.state in broken for model in inside),
    )


def _checks(folder: Path, model: Model) -> Iterator[Check]:
    unfinished = model_folders.is_unfinished(folder)
    yield onnx_files.check_of("download", not unfinished, "complete", "half here: download it again to finish it")
    files = onnx_files.files_of(folder)
    yield from (onnx_files.json_check(path, folder) for path in files if path.suffix == ".json")
    yield from onnx_files.weight_checks(folder, files)
    problem = model_folders.read_folder(folder).problem
    if problem is not None and not unfinished:
        yield Check(subject="settings", ok=False, words=problem)
    expected = model.catalog.download_bytes if model.catalog else None
    if expected:
        size = sum(path.stat().st_size for path in files)
        words = f"{units.size(size)} of the {units.size(expected)} that the catalogue tells"
        yield onnx_files.check_of("size", size >= expected * _LEAST_SHARE, words, f"{words}; {onnx_files.REPAIR}")
