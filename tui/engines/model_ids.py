"""The names that the runtime gives to builds, such as ``phi-4-cuda-gpu:3``, and to the folders of their downloads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_DEVICE: Final = re.compile(
    r"-(?P<device>(?:generic|cuda|trt-?rtx|openvino|vitis(?:ai)?|qnn|webgpu|dml)-(?:cpu|gpu|npu))$"
)

_OF_SHELLS: Final = frozenset("$`|&;<>\"'\\")
_MOST_CHARACTERS: Final = 200
"""File systems take names of 255 bytes, and a note on a download has a longer one than its folder."""
_MOST_DIGITS: Final = 18
"""A version with more digits is none, and would be too large for a number of 64 bits."""


@dataclass(frozen=True, slots=True)
class NamedBuild:
    """The parts of the name of a build."""

    name: str
    """The name of the model without device and version."""
    device: str | None
    """The device in the runtime's words, such as ``cuda-gpu``; ``None`` if the name has none."""
    version: int
    """0 if the name has none."""


def parse_model_id(model_id: str) -> NamedBuild:
    """Take a name apart: ``phi-4-cuda-gpu:3`` is version 3 of ``phi-4``, built for ``cuda-gpu``."""
    full_name, colon, version = model_id.rpartition(":")
    full_name = full_name if colon else model_id
    device = _DEVICE.search(full_name.lower())
    return NamedBuild(
        name=full_name[: device.start()] if device else full_name,
        device=device["device"] if device else None,
        version=int(version) if version.isascii() and version.isdigit() and len(version) <= _MOST_DIGITS else 0,
    )


def plain_name(text: str) -> str:
    """The name without what separates names from variants and from each other, or what a shell would carry out.

    Sentences name the command to type next, and the name may come from anybody.
    """
    odd = _OF_SHELLS | {"@", ","}
    plain = "".join("-" if sign in odd or sign.isspace() or not sign.isprintable() else sign for sign in text.strip())
    return plain.lstrip("-")[:_MOST_CHARACTERS]


def can_be_a_folder(model_id: str) -> bool:
    """Whether a name leads to a folder of the cache and nowhere else: a catalogue may come from anybody."""
    name = download_name(model_id)
    return (
        0 < len(name) <= _MOST_CHARACTERS
        and name.isprintable()
        and name == name.strip(" .")
        and not any(sign in name for sign in '/\\:<>"|?*~')
        and ".." not in name
    )


def download_name(model_id: str) -> str:
    """The name that the runtime gives to the folder of a download: ``phi-4-cuda-gpu-3``."""
    return "-".join(model_id.rsplit(":", 1))
