"""The form in which texts are compared, whatever the script and the keyboard that they were typed with."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_QUOTES: Final = {**dict.fromkeys("‘’‚‛ʼʹ′´`＇", "'"), **dict.fromkeys("“”„‟″«»＂「」『』", '"')}
_DASHES: Final = dict.fromkeys("‐‑‒–—―−﹣－", "-")
_ARABIC: Final = {"ي": "ی", "ى": "ی", "ك": "ک", "أ": "ا", "إ": "ا", "ٱ": "ا", "ـ": ""}
"""Letters that keyboards for Arabic, Persian and Urdu exchange, and the stroke that only lengthens a word."""
_SELECTORS: Final = {chr(number): "" for number in range(0xFE00, 0xFE10)} | {"\u20e3": ""}
"""Signs that only choose how the character before is drawn, as in the keycap of an emoji."""
_ARABIC_MARKS: Final = re.compile("[\u064b-\u0652\u0670\u06d6-\u06dc]")
"""Signs of vowels, which most texts leave out."""
_WITHOUT_TONOS: Final = dict(zip("άέήίόύώς", "αεηιουωσ", strict=True))
_TONOS: Final = re.compile(f"[{''.join(_WITHOUT_TONOS)}]")
"""Letters of Greek that capitals write without their accent, and the sigma at the end of a word."""
_ETHIOPIC: Final = str.maketrans("ሃሐሓኀኃሑኁሒኂሔኄሕኅሖኆሠሡሢሣሤሥሦኣዐዓዑዒዔዕዖፀፁፂፃፄፅፆ", "ሀሀሀሀሀሁሁሂሂሄሄህህሆሆሰሱሲሳሴስሶአአአኡኢኤእኦጸጹጺጻጼጽጾ")
"""Letters of Amharic that sound the same, and are written one for another."""
_DEVANAGARI: Final = re.compile("[\u0900-\u097f]")
_NASAL: Final = re.compile("\u0901|ङ्(?=[क-घ])|ञ्(?=[च-झ])|ण्(?=[ट-ढ])|न्(?=[त-ध])|म्(?=[प-भ])")
_LOANED: Final = re.compile("(?<=[कखगजफ])\u093c")
"""Hindi writes a nasal sound in three ways, and the dot of letters from Persian or not."""
_TIGHT: Final = r"[\u0e00-\u0e7f\u1000-\u109f\u3005\u3040-\u30ff\u3400-\u9fff]"
_SPACE_BETWEEN: Final = re.compile(rf"(?<={_TIGHT}) (?={_TIGHT})")
"""A space between signs of a script that writes none between words."""
_PUNCTUATION: Final = frozenset({"Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po"})
_INVISIBLE: Final = frozenset({"Cf", "Cc"})
_EMOJI: Final = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]")
_ARTICLE: Final = re.compile(r"^(?:the|an?) (?=\S)")


def composed(text: str) -> str:
    """Bring a text into NFC, in which each letter with its signs is written one way."""
    return unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """Write a text with one kind of digits, quotation marks, dashes and spaces, and without invisible characters.

    It is in NFKC, so that full-width letters and ligatures are plain ones, and lines stay lines.
    """
    return unicodedata.normalize("NFKC", text.translate(_OTHERS)).translate(_OTHERS)


def folded(text: str) -> str:
    """Bring a text into the form in which words are searched for: ``plain``, without case, with one space at most."""
    shown = _ARABIC_MARKS.sub("", plain(text)).casefold().translate(_ETHIOPIC)
    # The capital I with a dot, which Turkish has, becomes an i with a dot of its own.
    shown = _TONOS.sub(lambda match: _WITHOUT_TONOS[match[0]], composed(shown.replace("i\u0307", "i")))
    if _DEVANAGARI.search(shown):
        shown = _LOANED.sub("", _NASAL.sub("\u0902", shown))
    return " ".join(shown.split())


def bare(text: str, *, with_article: bool = False) -> str:
    """Bring an answer into the form in which it is compared as a whole: ``folded``, without punctuation.

    A point or a comma between digits stays, as does a sign before one. A leading English article does not count, unless
    it is to be kept ``with_article``.
    """
    words = " ".join(plain(text).casefold().split()) if with_article else folded(text)
    words = _EMOJI.sub(" ", words) if any(map(str.isalnum, words)) else words
    kept = [sign if _counts(words, place) else " " for place, sign in enumerate(words)]
    shown = " ".join("".join(kept).split())
    return shown if with_article else _SPACE_BETWEEN.sub("", _ARTICLE.sub("", shown))


def _counts(text: str, place: int) -> bool:
    """Whether the character at this place is more than punctuation."""
    sign = text[place]
    if unicodedata.category(sign) not in _PUNCTUATION:
        return True
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if sign in ".,:/'":
        return before.isdigit() and after.isdigit()
    if sign == "-":
        return not before.strip() and after.isdigit()
    return sign in "%@#&"


class _Table(dict[int, str]):
    """How characters are written another way, by their number; each is looked up when it is first met."""

    def __missing__(self, number: int) -> str:
        sign = chr(number)
        category = unicodedata.category(sign)
        if category == "Nd":
            sign = str(unicodedata.decimal(sign))
        elif category == "Zs":
            sign = " "
        elif category in _INVISIBLE and not sign.isspace():
            sign = ""
        self[number] = sign
        return sign


_OTHERS: Final = _Table(
    {ord(sign): other for signs in (_QUOTES, _DASHES, _ARABIC, _SELECTORS) for sign, other in signs.items()}
)
