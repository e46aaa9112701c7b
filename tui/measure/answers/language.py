"""Detection of the language of a text, by the small words that every longer text of a language has.

Seven languages are known. A text with too few of these words, such as a short one, a list of names or code, has no
answer rather than a wrong one. Nothing heavier is needed to see that a model has slipped into another language.
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
MIN_HITS: Final = 6
"""The number of small words of a language that a text must have."""
MIN_SHARE: Final = 0.15
"""The share that these words must have in all words of the text."""
MIN_LEAD: Final = 1.4
"""The ratio of these words to those of the language with the next most; related languages share some small words."""

_WORDS: Final = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def language_of(text: str) -> str | None:
    """Detect the language of a text; returns its code, such as ``en``, or ``None`` if it cannot be told."""
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    hits = {language: sum(words[word] for word in common) for language, common in _WORDS.items()}
    best, next_best, *_ = sorted(hits, key=lambda language: -hits[language])
    enough = hits[best] >= MIN_HITS and hits[best] >= MIN_SHARE * words.total()
    return best if enough and hits[best] >= MIN_LEAD * hits[next_best] else None
