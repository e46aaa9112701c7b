"""What is known of licences, in one place: may a product use the model? No legal advice; the text itself decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tui.records.decision import CommercialUse

_ALLOWED: Final = {
    "mit": "MIT",
    "apache-2.0": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "isc": "ISC",
    "cc0-1.0": "CC0-1.0",
    "cc-by-4.0": "CC-BY-4.0",
}
_CONDITIONS: Final = (
    ("gemma", "Gemma Terms of Use: its list of prohibited uses goes with every copy"),
    ("llama", "Llama Community License: attribution, a policy of use, and an agreement above 700 million users"),
    ("cc-by-nc", "not commercial without an agreement"),
    ("cc-by-sa", "what is made from it keeps the licence"),
    ("qwen-research", "not commercial without an agreement"),
    ("qwen", "Qwen License Agreement: an agreement above 100 million users"),
    ("tongyi-qianwen", "Qwen License Agreement: an agreement above 100 million users"),
    ("mrl", "Mistral Research License: not commercial without an agreement"),
    ("mistral-research", "Mistral Research License: not commercial without an agreement"),
    ("mnpl", "Mistral Non-Production License: not commercial without an agreement"),
    ("openrail", "its restrictions on use go with every copy"),
    ("creativeml-openrail", "its restrictions on use go with every copy"),
    ("bigscience", "its restrictions on use go with every copy"),
    ("bigcode-openrail", "its restrictions on use go with every copy"),
)
"""How a name begins, and what to know of it; the first that fits counts."""

_TEXTS: Final = (
    (re.compile(r"Apache License\s+Version 2\.0"), "Apache-2.0"),
    (re.compile(r"\bMIT License\b|Permission is hereby granted, free of charge, to any person"), "MIT"),
    (re.compile(r"Gemma Terms of Use", re.IGNORECASE), "Gemma"),
    (re.compile(r"LLAMA [\d.]+ (?:VERSION|COMMUNITY)", re.IGNORECASE), "Llama"),
    (re.compile(r"Mistral AI Research License", re.IGNORECASE), "MRL"),
)


@dataclass(frozen=True, slots=True)
class LicenceTerms:
    """Whether a product may use what has the licence."""

    use: CommercialUse
    words: str
    """Under which conditions; empty where there are none, or where nothing is known."""


def licence_terms(licence: str | None) -> LicenceTerms:
    """What the table says of a licence by its name."""
    name = normalised(licence or "")
    if name in _ALLOWED:
        return LicenceTerms(CommercialUse.ALLOWED, "")
    for beginning, words in _CONDITIONS:
        if name.startswith(beginning):
            return LicenceTerms(CommercialUse.CONDITIONS, words)
    return LicenceTerms(CommercialUse.UNKNOWN, "")


def normalised(licence: str) -> str:
    """A name as it is compared: ``Apache License 2.0`` and ``apache-2.0`` are the same."""
    words = re.sub(r"\b(?:the|licen[cs]e|version|agreement|community|terms of use)\b", " ", licence.casefold())
    return re.sub(r"[\s,_-]+", "-", words).strip("-")


def licence_of_text(text: str) -> str | None:
    """The name of the licence whose text this is, where it is one of the common ones."""
    return next((name for pattern, name in _TEXTS if pattern.search(text)), None)
