"""What a machine does with the pieces of a model that the desk brings: it keeps, checks and registers them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tui import paths
from tui.bench.fleet import wire
from tui.engines.foundry.foreign_folder import refusal_of
from tui.engines.process.child_process import python_command
from tui.library import disk_space
from tui.library.fleet.arriving import ArrivingModel, NotAcceptable, arrived_folder
from tui.library.fleet.content import FileEntry
from tui.library.registrations import Registrations
from tui.records import RunStatus
from tui.system.processes import NO_WINDOW
from tui.text import units

PIECE_BYTES: Final = 4 * 1024**2
"""A model comes in pieces of at most this size, one a request."""
_SPARE_BYTES: Final = 1024**3
"""So much of the disk stays free."""
_REGISTER_S: Final = 120.0
_NAME_DIGITS: Final = 8


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model that is brought: the hash of its folder, its name, and its files."""

    content: str
    alias: str
    files: tuple[FileEntry, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a file of a model; without data only the question what has arrived."""

    manifest: bytes
    file: str
    offset: int
    data: bytes


def lines_of(piece: Piece, takes_bytes: int) -> Iterator[wire.Line]:
    """Take in a piece, and tell what has arrived; the model is registered as soon as it is complete."""
    try:
        manifest = wire.decoded(piece.manifest, Manifest)
        arriving = ArrivingModel(manifest.content, manifest.files)
        if not arriving.is_complete:
            _check_room(arriving, takes_bytes)
            if piece.data:
                arriving.write(piece.file, piece.offset, piece.data)
        if not arriving.missing_bytes:
            _register(manifest.alias, manifest.content, arriving.finish())
        yield wire.ArrivedLine(sizes_bytes=dict(arriving.arrived()))
        yield wire.EndLine(status=RunStatus.DONE)
    except (NotAcceptable, wire.NotReadable) as error:
        yield wire.EndLine(problem=str(error))
    except OSError as error:
        yield wire.EndLine(problem=f"a model cannot be kept ({error.strerror or error})")


def _check_room(arriving: ArrivingModel, takes_bytes: int) -> None:
    if not takes_bytes:
        raise NotAcceptable("it takes no models; let it join with --take-models SIZE")
    missing = arriving.missing_bytes
    taken = disk_space.disk_use(arriving.whole.parent).length_bytes
    if taken + missing > takes_bytes:
        raise NotAcceptable(
            f"it takes models of {units.size(takes_bytes)} together, has {units.size(taken)}, and this one lacks "
            f"{units.size(missing)}"
        )
    free = disk_space.free_bytes(paths.app_data_dir())
    if free is not None and missing + _SPARE_BYTES > free:
        raise NotAcceptable(f"its disk has {units.size(free)} left, and the model lacks {units.size(missing)}")


def _register(alias: str, content: str, folder: Path) -> None:
    """List a model that has arrived, under its own name or, if that is taken, with the beginning of its hash."""
    listed = Registrations(paths.registrations_file()).all().values()
    if any(paths.real(entry.path) == paths.real(folder) for entry in listed):
        return
    if (refusal := refusal_of(folder)) is not None:
        shutil.rmtree(folder, ignore_errors=True)
        raise NotAcceptable(refusal.removeprefix("refused: ").partition(", and only")[0].partition(";")[0])
    said = ""
    for name in (alias, f"{alias}-{content[:_NAME_DIGITS]}"):
        command = [*python_command("tui"), "register", "--", name, str(arrived_folder(content))]
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_REGISTER_S,
            check=False,
            creationflags=NO_WINDOW,
        )
        if done.returncode == 0:
            return
        said = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    raise NotAcceptable(f"it has arrived, but cannot be listed: {said.removeprefix('benchtop: ').rstrip('.')}")
