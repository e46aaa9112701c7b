"""The language of a text: by its script where that tells, by small words, and else by the library ``py3langid``.

A text that is too short, a list of names, code, or a mixture of languages has no answer rather than a wrong one. The
library knows 139 languages offline; its model takes a second to load, so the other two ways come first.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from tui.measure.answers.scripts.normal import composed

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
_CODES: Final = (
    "en de fr es it nl pt af am ar as az be bg bn bs ca cs cy da el eo et eu fa fi ga gl gu ha he hi hr hu hy "
    "id ig is ja jv ka kk km kn ko ku ky la lb lo lt lv mg mk ml mn mr ms mt my ne nn no om or pa pl ps ro ru "
    "rw sa si sk sl sn so sq sr sv sw ta te tg th tk tl tr tt ug uk ur uz vi xh yo zh zu"
)
LANGUAGES: Final = tuple(_CODES.split())
"""The codes of the languages that can be told, the ones with small words first."""
MIN_HITS: Final = 6
"""The number of small words of a language that a text must have."""
MIN_SHARE: Final = 0.15
"""The share that these words must have in all words of the text."""
MIN_LEAD: Final = 1.4
"""The ratio of these words to those of the language with the next most; related languages share some small words."""
MIN_SCRIPT: Final = 0.6
"""The share of the letters that must be of one script; names and terms in Latin letters stand in most texts."""
MIN_LETTERS: Final = 12
"""The number of letters from which on the library is asked about Latin script."""
MIN_OTHER_LETTERS: Final = 6
"""The number of letters and signs from which on it is asked about other scripts."""
MIN_KNOWN: Final = 0.3
"""The probability that the languages which can be told must have together."""
MIN_PROBABILITY: Final = 0.8

_WORDS: Final = {language: frozenset(words.split()) for language, words in _COMMON.items()}
_BY_SCRIPT: Final = {
    "THAI": "th",
    "LAO": "lo",
    "KHMER": "km",
    "MYANMAR": "my",
    "ETHIOPIC": "am",
    "HANGUL": "ko",
    "GEORGIAN": "ka",
    "ARMENIAN": "hy",
    "GREEK": "el",
    "HEBREW": "he",
    "GURMUKHI": "pa",
    "GUJARATI": "gu",
    "TAMIL": "ta",
    "TELUGU": "te",
    "KANNADA": "kn",
    "MALAYALAM": "ml",
    "SINHALA": "si",
    "ORIYA": "or",
    "BENGALI": "bn",
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "CJK": "zh",
}
_OF_SCRIPT: Final = {
    "ARABIC": frozenset({"ar", "fa", "ur", "ps", "ug", "ku"}),
    "DEVANAGARI": frozenset({"hi", "mr", "ne", "sa"}),
    "CYRILLIC": frozenset({"ru", "uk", "bg", "sr", "be", "mk", "kk", "ky", "mn", "tg", "tt"}),
}
_RARE: Final = frozenset({"af", "eo", "gl", "la", "lb", "nn", "sa", "tg", "ku", "om", "tk"})
"""Languages that are only told if they are expected: their short texts are like those of larger ones."""
_LATIN: Final = frozenset(LANGUAGES) - frozenset(_BY_SCRIPT.values()) - frozenset().union(*_OF_SCRIPT.values())
_SAME: Final = ({"no", "nn", "nb"}, {"hr", "bs", "sr"}, {"id", "ms"})
"""Languages that are too close to each other to be told apart."""
_ASSAMESE: Final = re.compile("[ৰৱ]")
_TIGRINYA: Final = re.compile("[ኣቐቑቒቓቔቕቖኸኹኺኻኼኽኾዀ]|ኢኻ|ኢና|እዩ(?!\\w)")
"""What Tigrinya has, which shares its script with Amharic, and Amharic hardly."""
_MOST_TIGRINYA: Final = 0.06
_KANA_SHARE: Final = 0.05
"""Chinese characters with more kana than this are Japanese."""
_MOST_CHARACTERS: Final = 4000


def language_of(text: str, expected: str = "") -> str | None:
    """Detect the language of a text; returns its code, such as ``en``, or ``None`` if it cannot be told.

    A language that is like a larger one is told only if it is the ``expected`` one.
    """
    shown = composed(text)[:_MOST_CHARACTERS]
    scripts = _scripts_of(shown)
    if not scripts:
        return None
    script, letters = scripts.most_common(1)[0]
    if letters < MIN_SCRIPT * scripts.total():
        return None
    if script in _BY_SCRIPT:
        return _of_script(script, shown, letters)
    if script == "LATIN":
        by_words = _by_small_words(shown)
        if by_words is not None:
            return by_words
    if letters < (MIN_LETTERS if script == "LATIN" else MIN_OTHER_LETTERS):
        return None
    known = _OF_SCRIPT.get(script, _LATIN if script == "LATIN" else frozenset(LANGUAGES))
    return _by_library(shown, known - (_RARE - {expected}))


def other_script(text: str, expected: Iterable[str]) -> str:
    """The script of a text, in words, if none of the expected languages is written in it; empty if that is not sure.

    Latin letters are never sure: names, formulas and code stand in texts of all languages.
    """
    scripts = _scripts_of(composed(text)[:_MOST_CHARACTERS])
    if not scripts:
        return ""
    script, letters = scripts.most_common(1)[0]
    languages = _OF_SCRIPT.get(script, frozenset({_BY_SCRIPT[script]}) if script in _BY_SCRIPT else frozenset[str]())
    enough = letters >= max(MIN_OTHER_LETTERS, MIN_SCRIPT * scripts.total())
    return f"the script {script.capitalize()}" if enough and languages and not languages & set(expected) else ""


def same_language(one: str, other: str) -> bool:
    """Whether two codes mean one language, or languages that cannot be told apart."""
    return one == other or any({one, other} <= group for group in _SAME)


def _scripts_of(text: str) -> Counter[str]:
    """Count the letters of each script, by the first word of their names; kana among Chinese signs count for all."""
    scripts: Counter[str] = Counter()
    for sign, count in Counter(text).items():
        name = unicodedata.name(sign, "")
        if (sign.isalpha() or unicodedata.category(sign)[0] == "M") and not name.startswith("COMBINING"):
            scripts[name.removeprefix("FULLWIDTH ").removeprefix("HALFWIDTH ").split(" ")[0].split("-")[0]] += count
    kana = scripts["HIRAGANA"] + scripts["KATAKANA"]
    if kana > _KANA_SHARE * (kana + scripts["CJK"]):
        scripts["HIRAGANA"] = kana + scripts.pop("CJK", 0)
        scripts.pop("KATAKANA", None)
    return +scripts


def _of_script(script: str, text: str, letters: int) -> str:
    if script == "BENGALI" and _ASSAMESE.search(text):
        return "as"
    if script == "ETHIOPIC" and len(_TIGRINYA.findall(text)) >= _MOST_TIGRINYA * letters:
        return "ti"
    return _BY_SCRIPT[script]


def _by_small_words(text: str) -> str | None:
    words = Counter(re.findall(r"[^\W\d_]+", text.lower()))
    hits = {language: sum(words[word] for word in common) for language, common in _WORDS.items()}
    best, next_best, *_ = sorted(hits, key=lambda language: -hits[language])
    enough = hits[best] >= MIN_HITS and hits[best] >= MIN_SHARE * words.total()
    return best if enough and hits[best] >= MIN_LEAD * hits[next_best] else None


def _by_library(text: str, known: frozenset[str]) -> str | None:
    """Ask the library, of whose answers only those among ``known`` count; they are made to add up to 1."""
    ranked: list[tuple[str, float]] = _library().rank(" ".join(text.split()))
    if ranked[0][0] == "zxx":
        return None
    shares: dict[str, float] = {}
    for language, probability in ranked:
        if language in known:
            group = next((min(same) for same in _SAME if language in same), language)
            shares[group] = shares.get(group, 0.0) + probability
    total = sum(shares.values())
    best = max(shares, key=lambda group: shares[group], default="")
    if total < MIN_KNOWN or shares[best] < MIN_PROBABILITY * total:
        return None
    members = next((same for same in _SAME if best in same), {best})
    return next(language for language, _ in ranked if language in members)


@lru_cache(maxsize=1)
def _library() -> Any:
    """Load the model of the library, which is kept."""
    langid: Any = import_module("py3langid.langid")
    return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
