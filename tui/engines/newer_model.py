"""Finds in the words of a refusal that a model may be newer than the program that should run it."""

from __future__ import annotations

import re
from typing import Final

_UNKNOWN: Final = re.compile(
    r"unknown (?:model )?arch|unknown model type|unknown pre-?tokenizer|(?:unsupported|unrecognized) "
    r"(?:model )?(?:type|arch)|not recogni[sz]e this arch|(?:arch\w*\b|model type).{0,80}\bnot supported|"
    r"requires? a (?:newer|more recent) version|model[:.][\w:.]*\s*unknown value",
    re.IGNORECASE | re.DOTALL,
)
"""What llama.cpp, Ollama, transformers, vLLM, LM Studio and ONNX Runtime GenAI say of a model that they do not know."""


def advice_on(words: str, program: str) -> str:
    """What to do about a refusal, to follow its words; empty if it is about something else than an unknown model."""
    if not _UNKNOWN.search(words):
        return ""
    return f"; the model may be newer than the {program}: update the {program}, or take an older model"
