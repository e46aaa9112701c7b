"""This module lists shapes of well-known models, so that memory can be forecast before a download.

Layers, key and value heads and the size of a head come from the ``config.json`` that each model's publisher released
(``num_hidden_layers``, ``num_key_value_heads``, ``head_dim`` or ``hidden_size / num_attention_heads``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui.records import MemoryShape

_HALF_BYTES: Final = 2
_SINGLE_BYTES: Final = 4

_VOCABULARIES: Final[Mapping[str, int]] = {
    "gemma2": 256_000,
    "gptoss": 201_088,
    "llama": 128_256,
    "mistral": 32_768,
    "phi3": 32_064,
    "qwen2": 151_936,
    "qwen3": 151_936,
    "smollm3": 128_256,
}
"""The runtime's name of an architecture -> the size of its vocabulary, ``vocab_size``."""
_WINDOWS: Final[Mapping[str, int]] = {"gemma2": 4096, "gptoss": 128}
"""Architectures in which every other layer keeps a sliding window of so many tokens, ``sliding_window``."""
_SHAPES: Final[Mapping[str, tuple[str, int, int, int]]] = {
    "deepseek r1 1.5b": ("qwen2", 28, 2, 128),
    "deepseek r1 7b": ("qwen2", 28, 4, 128),
    "deepseek r1 8b": ("llama", 32, 8, 128),
    "deepseek r1 14b": ("qwen2", 48, 8, 128),
    "gemma 2 2b": ("gemma2", 26, 4, 256),
    "gemma 2 9b": ("gemma2", 42, 8, 256),
    "gpt oss 20b": ("gptoss", 24, 8, 64),
    "llama 3.1 8b": ("llama", 32, 8, 128),
    "llama 3.2 1b": ("llama", 16, 8, 64),
    "llama 3.2 3b": ("llama", 28, 8, 128),
    "mistral 7b": ("mistral", 32, 8, 128),
    "mistral nemo 12b": ("mistral", 40, 8, 128),
    "phi 3 medium": ("phi3", 40, 10, 128),
    "phi 3 mini": ("phi3", 32, 32, 96),
    "phi 3.5 mini": ("phi3", 32, 32, 96),
    "phi 4": ("phi3", 40, 10, 128),
    "phi 4 mini": ("phi3", 32, 8, 128),
    "qwen2.5 0.5b": ("qwen2", 24, 2, 64),
    "qwen2.5 1.5b": ("qwen2", 28, 2, 128),
    "qwen2.5 3b": ("qwen2", 36, 2, 128),
    "qwen2.5 7b": ("qwen2", 28, 4, 128),
    "qwen2.5 14b": ("qwen2", 48, 8, 128),
    "qwen3 0.6b": ("qwen3", 28, 8, 128),
    "qwen3 1.7b": ("qwen3", 28, 8, 128),
    "qwen3 4b": ("qwen3", 36, 8, 128),
    "qwen3 8b": ("qwen3", 36, 8, 128),
    "qwen3 14b": ("qwen3", 40, 8, 128),
    "smollm3 3b": ("smollm3", 36, 4, 128),
}
"""The words of a name map to the runtime's name of the architecture, layers, key and value heads, size of a head."""


def known_shape(name: str, *, on_cpu: bool) -> MemoryShape | None:
    """Return the shape of the family whose words are all in the model's name; of several the one with most words.

    The result is ``None`` if no family matches. The KV cache has numbers of 4 bytes on the CPU, of 2 elsewhere.
    """
    words = set(re.split(r"[-_ :@]+", name.lower()))
    fitting = [family for family in _SHAPES if words.issuperset(family.split())]
    if not fitting:
        return None
    architecture, layers, kv_heads, head_size = _SHAPES[max(fitting, key=lambda family: len(family.split()))]
    return MemoryShape(
        family=architecture,
        layers=layers,
        kv_heads=kv_heads,
        head_size=head_size,
        element_bytes=_SINGLE_BYTES if on_cpu else _HALF_BYTES,
        window_layers=layers // 2 if architecture in _WINDOWS else 0,
        window_tokens=_WINDOWS.get(architecture, 0),
        vocabulary=_VOCABULARIES[architecture],
    )
