"""A bundle: a plan with the models that it needs, as a folder or a ZIP file, for a machine without a network.

Everything in a bundle is foreign. Only files that its own list names are read, by names that were checked; a ZIP must
hold them as they are, so that nothing in it can become larger than it is.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import IO, Final, Protocol

import msgspec

from tui import json_file, paths
from tui.conversion import convert
from tui.engines.foundry.foreign_folder import refusal_of
from tui.library import disk_space
from tui.library.fleet.arriving import ArrivingModel, NotAcceptable, check_manifest
from tui.library.fleet.content import FileEntry
from tui.system import files
from tui.text import units

_SCHEMA: Final = 1
_INDEX, _PLAN, _MODELS, RESULTS = "bundle.json", "plan.json", "models", "results"
_MOST_TEXT_BYTES: Final = 64 * 1024**2
_MOST_ENTRIES: Final = 20_000
_MOST_NAME_CHARACTERS: Final = 300
_PIECE_BYTES: Final = 4 * 1024**2
_SPARE_BYTES: Final = 1024**3
_ENCRYPTED: Final = 1


class BundleError(Exception):
    """A bundle cannot be written, read or trusted; the message is one sentence for a person."""


class BundledModel(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model in a bundle: its name, the hash of its folder, and its files."""

    alias: str
    content: str
    files: tuple[FileEntry, ...]


class _Index(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    benchtop_bundle: int
    models: tuple[BundledModel, ...]


class _Source(Protocol):
    def open(self, name: str, most_bytes: int) -> IO[bytes]:
        """Open a file of the bundle that is no link and not larger. Raises BundleError and OSError."""
        ...


def is_bundle(path: Path) -> bool:
    """Whether this is a folder or a ZIP file, and not a plan alone."""
    try:
        return path.is_dir() or (path.is_file() and zipfile.is_zipfile(path))
    except OSError:
        return False


def results_folder(bundle: Path) -> Path:
    """Where the results of a bundle go: into it if it is a folder, else into a folder beside the ZIP file."""
    return bundle / RESULTS if bundle.is_dir() else bundle.with_name(f"{bundle.stem}-{RESULTS}")


def write_bundle(
    target: Path, plan_text: str, models: Sequence[tuple[BundledModel, Path]], notify: Callable[[str], None]
) -> None:
    """Write a plan and models from their folders into a new folder, or into a ZIP file if the name ends so.

    Raises:
        BundleError: there is something of that name, or it cannot be written; nothing half is left behind.
    """
    if paths.exists(target) and not (target.is_dir() and not any(target.iterdir())):
        raise BundleError(f"{target} is there already; name another one for the bundle.")
    unfinished = paths.temporary_beside(target)
    texts = {
        _INDEX: msgspec.json.encode(_Index(benchtop_bundle=_SCHEMA, models=tuple(model for model, _ in models))),
        _PLAN: plan_text.encode("utf-8", "surrogatepass"),
    }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix.lower() == ".zip":
            _write_zip(unfinished, texts, models, notify)
        else:
            _write_folder(unfinished, texts, models, notify)
            if target.is_dir():
                target.rmdir()
        files.rename(unfinished, target)
    except OSError as error:
        raise BundleError(f"{target} cannot be written ({error.strerror or error}).") from error
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            unfinished.unlink(missing_ok=True)


def _write_zip(
    target: Path,
    texts: dict[str, bytes],
    models: Sequence[tuple[BundledModel, Path]],
    notify: Callable[[str], None],
) -> None:
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED) as written:
        for name, text in texts.items():
            written.writestr(name, text)
        for model, folder in models:
            notify(f"bundling {model.alias}")
            for entry in model.files:
                written.write(folder / entry.name, f"{_MODELS}/{model.content}/{entry.name}")


def _write_folder(
    target: Path,
    texts: dict[str, bytes],
    models: Sequence[tuple[BundledModel, Path]],
    notify: Callable[[str], None],
) -> None:
    target.mkdir()
    for name, text in texts.items():
        (target / name).write_bytes(text)
    for model, folder in models:
        notify(f"bundling {model.alias}")
        for entry in model.files:
            file = target / _MODELS / model.content / entry.name
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / entry.name, file)


class Bundle:
    """A bundle that was opened; its list of files was checked."""

    def __init__(self, path: Path, source: _Source) -> None:
        self._path, self._source = path, source
        try:
            index = convert(json_file.loads(self._text(_INDEX).decode()), _Index)
        except (ValueError, RecursionError) as error:
            raise BundleError(f"{path} is no bundle that benchtop plan --bundle has written.") from error
        if index.benchtop_bundle != _SCHEMA:
            raise BundleError(f"{path} is a bundle of another version of Benchtop; make it anew.")
        self.models = index.models
        for model in self.models:
            if not 0 < len(model.alias) <= _MOST_NAME_CHARACTERS or not model.alias.isprintable():
                raise BundleError(f"{path} has a model whose name is none, so it is not accepted.")
            try:
                check_manifest(model.content, model.files)
            except NotAcceptable as error:
                raise BundleError(f"{path} is not accepted: {error}.") from error

    @property
    def plan_text(self) -> bytes:
        """The plan, as its file has it."""
        return self._text(_PLAN)

    def copy(self, model: BundledModel, progress: Callable[[int], None]) -> Path:
        """Copy a model to this machine, check it, and give its folder; ``progress`` is told how much is there.

        Raises:
            BundleError: the model is damaged, would load foreign code, or has no room.
        """
        try:
            arriving = ArrivingModel(model.content, model.files)
            missing, free = arriving.missing_bytes, disk_space.free_bytes(paths.app_data_dir())
            if free is not None and missing + _SPARE_BYTES > free:
                raise NotAcceptable(f"it lacks {units.size(missing)}, and the disk has {units.size(free)} left")
            there = sum(arriving.arrived().values())
            for entry in () if arriving.is_complete else model.files:
                there += self._copy_file(model, entry, arriving, lambda more, before=there: progress(before + more))
            folder = arriving.finish()
        except NotAcceptable as error:
            raise BundleError(f"the model {model.alias} of {self._path} is not accepted: {error}.") from error
        except (OSError, zipfile.BadZipFile) as error:
            raise BundleError(f"the model {model.alias} cannot be copied ({error}).") from error
        if (refusal := refusal_of(folder)) is not None:
            shutil.rmtree(folder, ignore_errors=True)
            words = refusal.removeprefix("refused: ").partition(", and only")[0].partition(";")[0]
            raise BundleError(f"the model {model.alias} of {self._path} is not accepted: {words}.")
        return folder

    def _copy_file(
        self, model: BundledModel, entry: FileEntry, arriving: ArrivingModel, progress: Callable[[int], None]
    ) -> int:
        first = offset = arriving.arrived()[entry.name]
        with self._source.open(f"{_MODELS}/{model.content}/{entry.name}", entry.size_bytes) as opened:
            opened.seek(offset)
            while offset < entry.size_bytes and (piece := opened.read(min(_PIECE_BYTES, entry.size_bytes - offset))):
                arriving.write(entry.name, offset, piece)
                offset += len(piece)
                progress(offset - first)
        return offset - first

    def _text(self, name: str) -> bytes:
        try:
            with self._source.open(name, _MOST_TEXT_BYTES) as opened:
                return opened.read(_MOST_TEXT_BYTES)
        except (OSError, zipfile.BadZipFile) as error:
            words = f"{self._path} has no {name} that can be read, so it is no bundle of benchtop plan --bundle."
            raise BundleError(words) from error


@contextlib.contextmanager
def open_bundle(path: Path) -> Generator[Bundle]:
    """Open a bundle for the time of a block. Raises BundleError if it is none, or is not to be trusted."""
    if path.is_dir():
        yield Bundle(path, _Folder(path))
        return
    try:
        opened = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise BundleError(f"{path} cannot be read as a ZIP file ({error}).") from error
    with opened:
        source = _Zip(path, opened)
        bundle = Bundle(path, source)
        expected = {f"{_MODELS}/{model.content}/{entry.name}" for model in bundle.models for entry in model.files}
        source.refuse_others({_INDEX, _PLAN, *expected})
        yield bundle


class _Folder:
    def __init__(self, path: Path) -> None:
        self._path = path

    def open(self, name: str, most_bytes: int) -> IO[bytes]:
        place = self._path
        for part in name.split("/"):
            place = place / part
            if stat.S_ISLNK(place.lstat().st_mode):
                raise BundleError(f"{place} is a link, and a bundle has none.")
        flags = os.O_RDONLY | files.BINARY | files.NOT_WAITING | getattr(os, "O_NOFOLLOW", 0)
        opened = os.fdopen(os.open(place, flags), "rb")
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > most_bytes:
            opened.close()
            raise BundleError(f"{place} is not the file that the bundle lists.")
        return opened


class _Zip:
    def __init__(self, path: Path, opened: zipfile.ZipFile) -> None:
        self._path, self._opened = path, opened
        names = opened.namelist()
        if len(names) > _MOST_ENTRIES or len(set(names)) < len(names):
            raise BundleError(f"{path} has too many files, or one twice, so it is no bundle.")

    def refuse_others(self, expected: set[str]) -> None:
        """Refuse a file that the bundle does not list."""
        other = next((name for name in self._opened.namelist() if name not in expected), None)
        if other is not None:
            raise BundleError(f"{self._path} has a file that it does not list ({other[:80]!r}); it is not opened.")

    def open(self, name: str, most_bytes: int) -> IO[bytes]:
        try:
            entry = self._opened.getinfo(name)
        except KeyError as error:
            raise FileNotFoundError(name) from error
        kind = stat.S_IFMT(entry.external_attr >> 16)
        if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED or kind not in (0, stat.S_IFREG):
            raise BundleError(f"{self._path} holds {name!r} compressed, encrypted or as a link; a bundle does not.")
        if entry.file_size > most_bytes or entry.file_size != entry.compress_size:
            raise BundleError(f"{self._path} holds {name!r} in another size than it lists.")
        try:
            return self._opened.open(entry)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
            raise BundleError(f"{self._path} is damaged ({error}).") from error
