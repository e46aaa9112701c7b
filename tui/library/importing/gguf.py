"""Reads the header of a GGUF file, so that what cannot be converted is refused before gigabytes are installed for it.

The form is that of https://github.com/ggml-org/ggml/blob/master/docs/gguf.md.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from tui.library.protocol import LibraryError

MAGIC: Final = b"GGUF"
_VERSIONS: Final = (2, 3)
_LATER: Final = range(4, 100)
_MOST: Final = 10**6
"""No file has more tensors or more members in its header, and no text in one that is kept is longer."""
_MOST_DIMENSIONS: Final = 8
_FP32_BYTES: Final = 4
_STRING, _ARRAY = 8, 9
_NUMBERS: Final = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""The kinds of numbers as ``struct`` names them."""
_ARCHITECTURE: Final = "general.architecture"
NO_TEXT: Final = {
    "bert": "embeddings",
    "nomic-bert": "embeddings",
    "nomic-bert-moe": "embeddings",
    "jina-bert-v2": "embeddings",
    "jina-bert-v3": "embeddings",
    "modern-bert": "embeddings",
    "neo-bert": "embeddings",
    "gemma-embedding": "embeddings",
    "clip": "images",
    "whisper": "speech",
    "wavtokenizer-dec": "speech",
    "flux": "images",
    "sd1": "images",
    "sd3": "images",
    "sdxl": "images",
    "t5encoder": "embeddings",
}
"""Architectures that write no text, with what they are made for."""
_PARTS: Final = {
    "adapter": "an adapter (LoRA) that changes another model: merge it with its model first",
    "mmproj": "the part of a model that sees images: name the file of the model itself",
    "imatrix": "a list of how much weights matter, and no model",
    "vocab": "a vocabulary without weights",
}
"""The kinds in ``general.type`` that are no models."""


class _Damaged(Exception):
    """The header cannot be what its form demands; the message tells where."""


@dataclass(frozen=True, slots=True)
class _Header:
    members: dict[str, object]
    weights: int
    """How many numbers all tensors hold."""
    tensors: int


def weights_bytes(path: Path) -> int | None:
    """The size in fp32 of the weights in a GGUF file, in bytes; ``None`` if its header is blank, so that nobody knows.

    Raises:
        LibraryError: the file is damaged, or is no model of text that can be converted.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise LibraryError(f"{path} is no GGUF file; name a .gguf file, or a folder from Hugging Face.")
        try:
            version = _number(file, "I")
            if not version:
                return None
            _check_version(path, version)
            header = _read(file)
        except _Damaged as damage:
            raise LibraryError(f"{path} is damaged ({damage}); download it again.") from None
    _check(path, header)
    return header.weights * _FP32_BYTES


def _check_version(path: Path, version: int) -> None:
    if version in _VERSIONS:
        return
    if int.from_bytes(version.to_bytes(4, "little"), "big") in (*_VERSIONS, *_LATER):
        raise LibraryError(f"{path} was made for machines of the other byte order; download the usual file.")
    if version == 1:
        raise LibraryError(f"{path} is of version 1 of GGUF, which is not read any more; download a newer file.")
    if version in _LATER:
        raise LibraryError(f"{path} is of version {version} of GGUF, which is not known here yet.")
    raise _Damaged(f"version {version}")


def _check(path: Path, header: _Header) -> None:
    """Refuse what is a part of a model, or a model that writes no text."""
    members = header.members
    parts = members.get("split.count")
    if isinstance(parts, int) and parts > 1:
        raise LibraryError(
            f"{path} is one of {parts} parts of a model; merge them first: llama-gguf-split --merge FIRST ALL."
        )
    kind = str(members.get("general.type") or "model")
    if kind in _PARTS:
        raise LibraryError(f"{path} is {_PARTS[kind]}.")
    architecture = members.get(_ARCHITECTURE)
    if not isinstance(architecture, str) or not architecture.strip():
        raise LibraryError(f"{path} does not name its architecture ({_ARCHITECTURE}), so it cannot be converted.")
    if architecture in NO_TEXT:
        raise LibraryError(f"{path} is made for {NO_TEXT[architecture]} ({architecture}), and writes no text.")
    if not header.tensors:
        raise LibraryError(f"{path} has no weights, only a vocabulary; download the file of the whole model.")


def _read(file: BinaryIO) -> _Header:
    size = file.seek(0, 2)
    file.seek(len(MAGIC) + 4)
    tensors, count = _number(file, "Q"), _number(file, "Q")
    if tensors > _MOST or count > _MOST:
        raise _Damaged(f"{tensors} tensors and {count} members")
    members = dict(_members(file, count, size))
    weights, furthest = 0, 0
    for _ in range(tensors):
        _text(file, size)
        dimensions = _number(file, "I")
        if dimensions > _MOST_DIMENSIONS:
            raise _Damaged(f"a tensor of {dimensions} dimensions")
        weights += math.prod(_number(file, "Q") for _ in range(dimensions))
        _number(file, "I")
        furthest = max(furthest, _number(file, "Q"))
    if tensors and file.tell() + furthest >= size:
        raise _Damaged("it ends before its last tensor")
    if weights > size * _FP32_BYTES * _FP32_BYTES:
        raise _Damaged("its tensors are larger than the file can hold")
    return _Header(members, weights, tensors)


def _members(file: BinaryIO, count: int, size: int) -> Iterator[tuple[str, object]]:
    for _ in range(count):
        name = _text(file, size)
        yield name, _value(file, _number(file, "I"), size)


def _value(file: BinaryIO, kind: int, size: int) -> object:
    """The value of a member; a list is passed over, since none of them is needed."""
    if kind == _STRING:
        return _text(file, size)
    if kind in _NUMBERS:
        return _number(file, _NUMBERS[kind])
    if kind != _ARRAY:
        raise _Damaged(f"a member of kind {kind}")
    of, length = _number(file, "I"), _number(file, "Q")
    if length > size:
        raise _Damaged(f"a list of {length}")
    if of in _NUMBERS:
        _pass_over(file, struct.calcsize(f"<{_NUMBERS[of]}") * length, size)
    elif of == _STRING:
        for _ in range(length):
            _pass_over(file, _number(file, "Q"), size)
    else:
        raise _Damaged(f"a list of kind {of}")
    return None


def _text(file: BinaryIO, size: int) -> str:
    length = _number(file, "Q")
    if length > _MOST:
        # Such as a long chat template, which is not needed here.
        _pass_over(file, length, size)
        return ""
    text = file.read(length)
    if len(text) < length:
        raise _Damaged("it ends in its header")
    return text.decode("utf-8", "replace")


def _pass_over(file: BinaryIO, count: int, size: int) -> None:
    if file.tell() + count > size:
        raise _Damaged("it ends in its header")
    file.seek(count, 1)


def _number(file: BinaryIO, kind: str) -> int:
    form = f"<{kind}"
    data = file.read(struct.calcsize(form))
    if len(data) < struct.calcsize(form):
        raise _Damaged("it ends in its header")
    return struct.unpack(form, data)[0]
