"""Headers of GGUF files: the size of the weights is exact, and what cannot be converted is refused in one sentence."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from tui.library.importing import converter, gguf
from tui.library.protocol import LibraryError

LLAMA: Final[Mapping[str, str | int | list[str] | list[int]]] = {"general.architecture": "llama"}


def text(words: str) -> bytes:
    return struct.pack("<Q", len(words.encode())) + words.encode()


def member(name: str, value: str | int | list[str] | list[int]) -> bytes:
    if isinstance(value, str):
        return text(name) + struct.pack("<I", 8) + text(value)
    if isinstance(value, int):
        return text(name) + struct.pack("<IH", 2, value)
    content = b"".join(text(item) if isinstance(item, str) else struct.pack("<i", item) for item in value)
    of = 8 if value and isinstance(value[0], str) else 5
    return text(name) + struct.pack("<IIQ", 9, of, len(value)) + content


def made(
    members: Mapping[str, str | int | list[str] | list[int]] = LLAMA, *, version: int = 3, tensors: int = 2
) -> bytes:
    """Return a file with tensors of 64 x 8 numbers of 16 bits."""
    head = b"GGUF" + struct.pack("<IQQ", version, tensors, len(members))
    listed = b"".join(text(f"t{index}") + struct.pack("<IQQIQ", 2, 64, 8, 1, index * 1024) for index in range(tensors))
    return head + b"".join(member(name, value) for name, value in members.items()) + listed + bytes(tensors * 1024 + 32)


@pytest.mark.parametrize(
    "content",
    [
        made(),
        made(version=2),
        made({"tokens": ["a", "b" * 300], "scores": [1, 2], "empty": [], **LLAMA, "general.type": "model"}),
        made({**LLAMA, "split.count": 1}),
        made({**LLAMA, "tokenizer.chat_template": "x" * 2_000_000}),
        made({"general.architecture": "a-new-one"}),
    ],
)
def test_the_size_of_the_weights_is_what_the_header_tells(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    source = converter.source_of(tmp_path / "m.gguf")
    assert (source.is_gguf, source.weights_bytes) == (True, 2 * 64 * 8 * 4)


def test_of_a_blank_header_the_size_is_a_guess(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").write_bytes(b"GGUF" + bytes(100))
    assert gguf.weights_bytes(tmp_path / "m.gguf") is None
    assert converter.source_of(tmp_path / "m.gguf").weights_bytes == 832


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is no GGUF file"),
        (b"GGML" + bytes(100), "is no GGUF file"),
        (b"GGUF", "is damaged .it ends in its header."),
        (made(version=1), "version 1 of GGUF"),
        (made(version=9), "version 9 of GGUF, which is not known here yet"),
        (made(version=0x03000000), "other byte order"),
        (made(version=70_000), "is damaged .version 70000."),
        (made()[:40], "is damaged .it ends in its header."),
        (made()[:-2000], "is damaged .it ends before its last tensor."),
        (made({}), "does not name its architecture"),
        (made({"general.architecture": 7}), "does not name its architecture"),
        (made({"general.architecture": " "}), "does not name its architecture"),
        (made({**LLAMA, "split.count": 3}), "is one of 3 parts of a model"),
        (made({**LLAMA, "general.type": "adapter"}), "is an adapter .LoRA."),
        (made({"general.architecture": "clip", "general.type": "mmproj"}), "the part of a model that sees images"),
        (made({"general.architecture": "clip"}), "is made for images .clip., and writes no text"),
        (made({"general.architecture": "nomic-bert"}), "is made for embeddings"),
        (made(tensors=0), "has no weights, only a vocabulary"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 1), "is damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 1 << 60), "is damaged"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 1, 1, 1 << 60), "is damaged"),
        (
            b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<I", 99),
            "a member of kind 99",
        ),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 0, 1 << 50), "is damaged"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1) + text("a") + struct.pack("<IIQ", 9, 9, 1), "a list of kind 9"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text("t") + struct.pack("<I", 1 << 30), "dimensions"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1, 0) + text("t") + struct.pack("<IQIQ", 1, 1 << 62, 0, 0) + b"0", "larger"),
    ],
)
def test_what_is_no_model_of_text_is_refused_in_a_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "m.gguf").write_bytes(content)
    with pytest.raises(LibraryError, match=words) as refused:
        converter.source_of(tmp_path / "m.gguf")
    assert str(refused.value).startswith(f"{tmp_path / 'm.gguf'} ")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"model_type": "bert", "architectures": ["BertModel"]}, "is made for embeddings, and writes no text"),
        ({"model_type": "whisper"}, "is made for speech"),
        ({"model_type": "vit", "architectures": ["ViTForImageClassification"]}, "is a ViTForImageClassification"),
        ({"model_type": "llama", "architectures": [5, None]}, "lacks b.safetensors, a part of its weights"),
        ({"model_type": "llama", "architectures": "LlamaForCausalLM"}, "lacks b.safetensors"),
    ],
)
def test_a_folder_that_cannot_be_converted_is_refused_in_a_sentence(
    tmp_path: Path, config: dict[str, object], words: str
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(config))
    (tmp_path / "a.safetensors").write_bytes(bytes(100))
    index = {"weight_map": {"one": "a.safetensors", "two": "b.safetensors", "odd": 5}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(LibraryError, match=words):
        converter.source_of(tmp_path)
