"""Looks at the files of weights in a folder from Hugging Face, so that a damaged one is refused before it is converted.

The form of safetensors is that of https://github.com/huggingface/safetensors: the length of a header, the header in
JSON with the place of each tensor, the tensors.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Annotated, Final, cast

import msgspec

from tui import json_file
from tui.conversion import convert
from tui.library.protocol import LibraryError
from tui.text import units

_MOST_HEADER_BYTES: Final = 100_000_000
"""The limit of the form itself."""
_TO_FP32: Final = {"F64": 0.5, "F32": 1.0, "I32": 1.0, "I64": 0.5, "F16": 2.0, "BF16": 2.0}
"""The size in fp32 as a multiple of the bytes, by kind of number; those of 8 bits and less are a quarter of it."""
_NARROW: Final = 4.0
_PICKLE_FACTOR: Final = 2.0
"""The same for a file of PyTorch, whose kind of numbers is not looked at: mostly 16 bits."""
_POINTER: Final = b"version https://git-lfs"
_PAGES: Final = (b"<!doctype", b"<html", b'{"error"', b"access to model", b"invalid username")
"""What stands in a file in place of weights where a site has refused the download."""


class _Tensor(msgspec.Struct, frozen=True):
    dtype: str
    data_offsets: tuple[Annotated[int, msgspec.Meta(ge=0)], Annotated[int, msgspec.Meta(ge=0)]]


def weights_bytes(folder: Path) -> int:
    """The size in fp32 of the weights in a folder, in bytes; 0 if it has none. Safetensors go before other files.

    Raises:
        LibraryError: a file is damaged, or is not the weights themselves.
        OSError: a file cannot be read.
    """
    files = sorted(folder.glob("*.safetensors"))
    if files:
        return sum(_of_safetensors(file) for file in files)
    return sum(_of_pickle(file) for file in sorted(folder.glob("*.bin")))


def _of_safetensors(file: Path) -> int:
    size = file.stat().st_size
    with file.open("rb") as opened:
        head = opened.read(64)
        _refuse_stand_in(file, head)
        length = struct.unpack("<Q", head[:8])[0] if len(head) >= 8 else 0
        if not 2 <= length <= min(size, _MOST_HEADER_BYTES):
            raise LibraryError(f"{file} is damaged (it has no header of safetensors); download it again.")
        opened.seek(8)
        content = opened.read(length)
    try:
        header = cast("dict[str, object]", json_file.loads(content.decode("utf-8")))
        tensors = [convert(value, _Tensor) for name, value in header.items() if name != "__metadata__"]
    except (ValueError, AttributeError, RecursionError):
        raise LibraryError(f"{file} is damaged (its header cannot be read); download it again.") from None
    whole = 8 + length + max((tensor.data_offsets[1] for tensor in tensors), default=0)
    if size < whole:
        raise LibraryError(f"{file} is incomplete ({units.size(size)} of {units.size(whole)}); download it again.")
    ends = ((tensor.dtype, tensor.data_offsets[1] - tensor.data_offsets[0]) for tensor in tensors)
    return round(sum(max(0, count) * _TO_FP32.get(kind, _NARROW) for kind, count in ends))


def _of_pickle(file: Path) -> int:
    with file.open("rb") as opened:
        _refuse_stand_in(file, opened.read(64))
    return round(file.stat().st_size * _PICKLE_FACTOR)


def _refuse_stand_in(file: Path, head: bytes) -> None:
    """Refuse a file that stands in the place of weights."""
    start = head.lstrip().lower()
    if not head:
        raise LibraryError(f"{file} is empty; download it again.")
    if start.startswith(_POINTER):
        raise LibraryError(f'{file} is only a pointer of Git LFS; fetch the weights with "git lfs pull".')
    if start.startswith(_PAGES):
        raise LibraryError(
            f"{file} holds the refusal of a site and no weights; accept the licence of the model there, log in, and "
            "download it again."
        )
