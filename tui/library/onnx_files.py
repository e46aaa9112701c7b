"""Finds out whether an ONNX file is whole, and how much of its data files it needs, from its own tags and lengths.

Only the outline is followed (https://protobuf.dev/programming-guides/encoding), so a file of gigabytes is not read. A
file that ends early has a length that leads past its end.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

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
