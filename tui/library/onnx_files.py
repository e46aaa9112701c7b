"""Finds out whether the files of a model are whole: an ONNX file by its own tags and lengths, the others beside it.

Only the outline is followed (https://protobuf.dev/programming-guides/encoding), so a file of gigabytes is not read. A
file that ends early has a length that leads past its end.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.engines.foundry.model_files import IDENTITY_FILE, load_json
from tui.records.library import Check
from tui.system.files import first_hole
from tui.text import units

WEIGHTS: Final = (".onnx", ".data", ".bin")
REPAIR: Final = "remove the model and download it again"
_OWN_REPAIR: Final = "copy it here again from where it is whole"
_LINK_REPAIR: Final = 'put the file itself in place of the link, as "cp -rL" copies a folder'

_GRAPH: Final = 7
"""The field of ModelProto that holds the graph."""
_INITIALIZER: Final = 5
"""The field of GraphProto that holds a tensor of weights."""
_EXTERNAL_DATA: Final = 13
"""The field of TensorProto that holds a pair of key and value."""
_KEY, _VALUE = 1, 2
"""The fields of such a pair."""

_MOST_DIGITS: Final = 18
"""More than the size of any file has."""


class DamagedFile(Exception):
    """The file is not a whole ONNX file."""


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    start: int
    end: int


def needed_bytes(path: Path) -> dict[str, int]:
    """The data files that a model names, each with the bytes that it must at least have.

    Raises:
        DamagedFile: the file ends early or is no ONNX file.
        OSError: it cannot be read.
    """
    if not path.is_file():
        raise DamagedFile("it is no file")
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise DamagedFile("it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            needed: dict[str, int] = {}
            graphs = [field for field in _fields(data, 0, len(data)) if field.number == _GRAPH]
            if not graphs:
                raise DamagedFile("there is no graph in it")
            for graph in graphs:
                for tensor in _fields(data, graph.start, graph.end):
                    if tensor.number == _INITIALIZER:
                        _add_need(data, tensor, needed)
            return needed


def _add_need(data: mmap.mmap, tensor: _Field, needed: dict[str, int]) -> None:
    external: dict[str, str] = {}
    for field in _fields(data, tensor.start, tensor.end):
        if field.number == _EXTERNAL_DATA:
            pair = {part.number: data[part.start : part.end] for part in _fields(data, field.start, field.end)}
            external[_text(pair.get(_KEY))] = _text(pair.get(_VALUE))
    location, length = external.get("location"), external.get("length", "")
    if location and length:
        end = _number_in(length) + _number_in(external.get("offset") or "0")
        needed[location] = max(needed.get(location, 0), end)


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[_Field]:
    """The fields of the message between two offsets, each with the offsets of its content."""
    offset = start
    while offset < end:
        tag, offset = _varint(data, offset, end)
        begin = offset
        match tag & 7:
            case 0:
                _, offset = _varint(data, offset, end)
            case 1:
                offset += 8
            case 2:
                size, begin = _varint(data, offset, end)
                offset = begin + size
            case 5:
                offset += 4
            case _:
                raise DamagedFile("it is not in the form of an ONNX file")
        if offset > end:
            raise DamagedFile("it ends early")
        yield _Field(tag >> 3, begin, offset)


def _varint(data: mmap.mmap, offset: int, end: int) -> tuple[int, int]:
    """A number of up to ten bytes, and the offset after it."""
    value = 0
    for shift in range(0, 70, 7):
        if offset >= end:
            raise DamagedFile("it ends early")
        byte = data[offset]
        offset += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, offset
    raise DamagedFile("it is not in the form of an ONNX file")


def _number_in(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise DamagedFile("the place of its data is no number")
    return int(text)


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")


def wrong_files(folder: Path) -> tuple[Check, ...]:
    """The files of a folder of the user's own that are not whole, each with advice. For a thread: it reads disks."""
    try:
        files = files_of(folder)
    except OSError:
        return ()
    checks = (*(json_check(path, folder) for path in files if path.suffix == ".json"), *weight_checks(folder, files))
    return tuple(with_remedy(check, own=True) for check in checks if not check.ok)


def is_download(folder: Path) -> bool:
    """Whether the runtime has downloaded what is in a folder, so that it can do so again."""
    return any(paths.is_file(place / IDENTITY_FILE) for place in (folder, folder.parent))


def with_remedy(check: Check, *, own: bool) -> Check:
    """The check with the remedy for a folder of the user's own, which nothing can download and nobody may remove."""
    return replace(check, words=check.words.replace(REPAIR, _OWN_REPAIR)) if own and not check.ok else check


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def weight_checks(folder: Path, files: Sequence[Path]) -> Iterator[Check]:
    """A check of each file of weights: that it is whole in itself, and as long as the graph of the model needs it."""
    needed: dict[Path, int] = {}
    graphs = [path for path in files if path.suffix == ".onnx"]
    for path in graphs:
        yield _onnx_check(path, folder, needed)
    others = (path for path in files if path.suffix != ".onnx" and path.name.endswith(WEIGHTS))
    for path in sorted({*needed, *others}):
        outside = path in needed and path.is_symlink() and not _is_beside(path, graphs)
        if outside and path.exists():
            words = f"it is a link that leads out of the folder, which the runtime does not follow; {_LINK_REPAIR}"
            yield Check(subject=_name(path, folder), ok=False, words=words)
        else:
            yield _data_check(path, folder, needed.get(path, 1))


def _is_beside(path: Path, graphs: Sequence[Path]) -> bool:
    """Whether a file of weights really lies where one of these graphs does: the runtime reads it from nowhere else."""
    real = paths.real(path)
    return any(real.is_relative_to(paths.real(graph).parent) for graph in graphs)


def check_of(subject: str, ok: bool, words: str, advice: str) -> Check:
    return Check(subject=subject, ok=ok, words=words if ok else advice)


def json_check(path: Path, folder: Path) -> Check:
    try:
        # A tokenizer may be of any size.
        load_json(path, most_bytes=path.stat().st_size)
    except (OSError, ValueError):
        return Check(subject=_name(path, folder), ok=False, words=f"cannot be read as JSON; {REPAIR}")
    return Check(subject=_name(path, folder), ok=True)


def _onnx_check(path: Path, folder: Path, needed: dict[Path, int]) -> Check:
    """The check of an ONNX file; the bytes that it needs of its data files are added to ``needed``."""
    name = _name(path, folder)
    try:
        of_data_files = needed_bytes(path)
        hole = first_hole(path)
    except (DamagedFile, OSError) as error:
        return Check(subject=name, ok=False, words=f"broken: {error}; {REPAIR}")
    needed.update({path.parent / location: size for location, size in of_data_files.items()})
    return check_of(name, hole is None, units.size(path.stat().st_size), f"parts of it were never written; {REPAIR}")


def _data_check(path: Path, folder: Path, needed: int) -> Check:
    name = _name(path, folder)
    try:
        size, hole = path.stat().st_size, first_hole(path)
    except FileNotFoundError:
        return Check(subject=name, ok=False, words=f"missing; {REPAIR}")
    except OSError as error:
        return Check(subject=name, ok=False, words=f"cannot be read ({error.strerror}); {REPAIR}")
    if size < needed:
        words = f"ends early: {size:,} of at least {needed:,} bytes; {REPAIR}"
        return Check(subject=name, ok=False, words=words)
    return check_of(name, hole is None, units.size(size), f"parts of it were never written; {REPAIR}")


def _name(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else path.name
