"""Whether an ONNX file is whole, and how much of its data file it needs: read from its own tags and lengths.

Only the outline is walked (https://protobuf.dev/programming-guides/encoding): a file of gigabytes is not read, and a
file that ends early shows as a length that leads past its end.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_GRAPH: Final = 7
"""Field of ModelProto."""
_INITIALIZER: Final = 5
"""Field of GraphProto."""
_EXTERNAL_DATA: Final = 13
"""Field of TensorProto: pairs of key and value."""
_KEY, _VALUE = 1, 2


class Damaged(Exception):
    """The file is not a whole ONNX file."""


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    start: int
    end: int


def needed_bytes(path: Path) -> dict[str, int]:
    """Each data file that the model names -> the bytes it must at least have.

    Raises:
        Damaged: the file ends early or is no ONNX file.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        if not path.stat().st_size:
            raise Damaged("it is empty")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            needed: dict[str, int] = {}
            graphs = [field for field in _fields(data, 0, len(data)) if field.number == _GRAPH]
            if not graphs:
                raise Damaged("there is no graph in it")
            for graph in graphs:
                for tensor in _fields(data, graph.start, graph.end):
                    if tensor.number == _INITIALIZER:
                        _add_need(data, tensor, needed)
            return needed


def _add_need(data: mmap.mmap, tensor: _Field, needed: dict[str, int]) -> None:
    told: dict[str, str] = {}
    for field in _fields(data, tensor.start, tensor.end):
        if field.number == _EXTERNAL_DATA:
            pair = {part.number: data[part.start : part.end] for part in _fields(data, field.start, field.end)}
            told[_text(pair.get(_KEY))] = _text(pair.get(_VALUE))
    location, length = told.get("location"), told.get("length", "")
    if location and length.isdigit():
        offset = told.get("offset", "0")
        end = int(length) + (int(offset) if offset.isdigit() else 0)
        needed[location] = max(needed.get(location, 0), end)


def _fields(data: mmap.mmap, start: int, end: int) -> Iterator[_Field]:
    """The fields of the message between two places, with where their content lies."""
    at = start
    while at < end:
        tag, at = _varint(data, at, end)
        begin = at
        match tag & 7:
            case 0:
                _, at = _varint(data, at, end)
            case 1:
                at += 8
            case 2:
                size, begin = _varint(data, at, end)
                at = begin + size
            case 5:
                at += 4
            case _:
                raise Damaged("it is not in the form of an ONNX file")
        if at > end:
            raise Damaged("it ends early")
        yield _Field(tag >> 3, begin, at)


def _varint(data: mmap.mmap, at: int, end: int) -> tuple[int, int]:
    """A number of up to ten bytes, and where the next thing begins."""
    value = 0
    for shift in range(0, 70, 7):
        if at >= end:
            raise Damaged("it ends early")
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
    raise Damaged("it is not in the form of an ONNX file")


def _text(content: bytes | None) -> str:
    return (content or b"").decode("utf-8", "replace")
