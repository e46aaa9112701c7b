"""Which language a text is in, told from the small words that no text of a language does without.

A guess over seven languages that says ``None`` rather than a wrong one: a short text, a list of names or code has too
few of these words. Nothing heavier is needed to see that a model has slipped into another language.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

_COMMON: Final = {
    "en": "the of and to in is that it for with as are on be this by from or an at which can not have will you its "
    "their when than into more has but",
    "de": "der die das und ist nicht ein eine zu den von mit für auf dem es im sich auch werden als an wird sind "
    "oder aus bei einer einem wenn kann wie nur durch",
    "fr": "le la les de des et est un une dans pour que qui en du sur avec pas plus par ne se ce au sont il elle "
    "ou mais cette aux être leur",
    "es": "el la los las de y es un una en que para con por no se su al como más del o lo pero sus este esta son "
    "entre cuando muy sin",
    "it": "il la le di e è un una che per con in del della non si gli dei nel più alla sono al da come anche delle "
    "dal questo questa ma ogni",
    "nl": "de het een en van is in dat op te voor met niet aan zijn die er als bij ook door maar naar worden om of "
    "kan uit deze wordt meer dan",
    "pt": "o a os as de e é um uma em que para com por não se do da no na mais dos das como ao mas pelo pela ou "
    "são este esta",
}

LANGUAGES: Final = tuple(_COMMON)
FEWEST_HITS: Final = 6
"""Small words of the language that a text must hold."""
LEAST_SHARE: Final = 0.15
"""Of all its words."""
LEAD: Final = 1.4
"""Times as many as of the next language, since neighbours share some."""

_WORDS: Final = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def language_of(text: str) -> str | None:
    """The code of the language, such as ``en``; ``None`` where that cannot be told."""
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    hits = {language: sum(words[word] for word in common) for language, common in _WORDS.items()}
    best, next_best, *_ = sorted(hits, key=lambda language: -hits[language])
    enough = hits[best] >= FEWEST_HITS and hits[best] >= LEAST_SHARE * words.total()
    return best if enough and hits[best] >= LEAD * hits[next_best] else None
