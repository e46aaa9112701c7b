"""The sentences of a text, by the signs that end them in many scripts.

The table of signs is Unicode's (Sentence_Terminal), without those that stand within a sentence, such as the Burmese
little section, which is a comma. Unicode's own algorithm (UAX 29) is not used: it counts neither list items nor knows
abbreviations, and Thai, which ends a sentence with a space, has no sign at all.
"""

from __future__ import annotations

import re
from typing import Final

from tui.measure.answers.scripts.normal import composed
from tui.measure.answers.scripts.words import characters_of

_STRONG: Final = "।॥۔؟።፧፨။。！？．｡។៕։՞᙮꓿᠃᠉܀܁܂؞"
"""Signs that end a sentence wherever they stand; no space need follow."""
_WEAK: Final = ".!?…‽⁇⁈⁉"
"""Signs that end a sentence where a space or the end of the line follows."""
_CLOSING: Final = r"\"'”’»)\]}*_」』】）〉》"
_END: Final = "\x00"
_STRONG_END: Final = re.compile(rf"[{_STRONG}][{_STRONG}{re.escape(_WEAK)}]*[{_CLOSING}]*")
_WEAK_END: Final = re.compile(rf"[{re.escape(_WEAK)}]+[{_CLOSING}]*(?=\s|$)")
_QUOTED_END: Final = re.compile(rf"[{_STRONG}{re.escape(_WEAK)}]+[」』](?=[とってはがをのにも、，])")
"""The end of a quoted sentence of Japanese within another sentence."""
_GOES_ON: Final = re.compile(r"(?:\.{2,}|…|[.!?][\"'”’)»]+)(?=\s+(?:[-–—]\s+)?[a-zà-öø-ÿа-яё])")
"""Three points, or the end of a quotation, within a sentence that goes on with a small letter."""
_BULLET: Final = re.compile(r"^[ \t]*(?:[-*•+–—]|\(?\d{1,3}[.)।、．）:]|[a-zA-Z]\))[ \t]+", re.MULTILINE)
_TIGHT_BULLET: Final = re.compile(r"^[ \t]*(?:[•・]|\d{1,3}[、．।)])", re.MULTILINE)
_ABBREVIATION: Final = re.compile(
    r"(?<!\w)(?:e\.g|i\.e|vs|approx|Mr|Mrs|Ms|Dr|Prof|St|Sra?|Mme|Mlle|cf|ca|z\. ?B|d\. ?h|u\. ?a|o\. ?ä|"
    r"i\. ?d\. ?R|bzw|т\. ?е|т\. ?к|напр|ул|им|руб|рис|гл|стр|örn|np|tj|bijv|d\. ?w\. ?z|o\. ?a|Sr\.?ª|Av|Eng|"
    r"Exm[oa]|EE\. ?UU|"
    r"p\.ex|p\.ej|dott|Sig|"
    r"ড|ডা|মো|প্রো|डॉ|श्री|प्रो|د|أ|م)\.(?=\s+[\w(])",
    re.IGNORECASE,
)
_PAIRED: Final = re.compile(
    r"(?<!\w)(?:z\. ?B|d\. ?h|u\. ?a|o\. ?ä|i\. ?d\. ?R|т\. ?е|т\. ?к|d\. ?w\. ?z|o\. ?a)\.(?=\s+[\w(])"
)
"""Abbreviations whose second letter could be the first one of a name."""
_NUMBERED: Final = re.compile(
    r"(?<!\w)(?:No|Nr|Fig|Abb|Art|p|S|n|N|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Okt|Nov|Dec|Dez)\.(?=\s+\d)",
    re.IGNORECASE,
)
_MAYBE_END: Final = re.compile(
    r"(?<!\w)(?:etc|usw|ecc|т\. ?д|т\. ?п|др|г|гг|vb|itd|enz|p\. ?m|a\. ?m|Inc|Ltd|Co|Corp|al|Jr)\.(?=\s+[^A-ZÀ-ÝА-ЯЁ])"
)
"""Abbreviations that may end a sentence: they do if a capital letter follows."""
_INITIAL: Final = re.compile(
    r"(?:(?<=^)|(?<=\. )|(?<=\bby )|(?<=\bof )|(?<=\bto )|(?<=\band )|(?<=\bfrom )|(?<=\bwith )|"
    r"(?<=\bvon )|(?<=\bund ))"
    r"(?:[A-ZÀ-Ý]\. ?)+(?=[A-ZÀ-Ý][a-zà-ÿ])",
    re.MULTILINE,
)
"""The first letters of a name, as in ``by M. Okafor`` or ``J. R. Smith``."""
_CLOCK: Final = re.compile(r"(?<=\d )([ap])\. m\.", re.IGNORECASE)
"""Half a day of the clock, as Spanish writes it."""
_LETTERS: Final = re.compile(r"(?<!\w)(?:[A-Za-z]\.){2,}(?=\s+[a-z])")
"""Letters with points within a sentence, as in ``the U.S. team``."""
_THAI_POINT: Final = re.compile(r"(?<=[\u0e01-\u0e5b])\.(?=\s*[\u0e01-\u0e5b])")
"""A point of Thai shortens a word and ends no sentence."""
_GERMAN_DAY: Final = re.compile(
    r"(?<=\d)\.(?=\s+(?:Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember|"
    r"Jan|Feb|Jahrhundert)\b)"
)
_SPACED_QUOTES: Final = re.compile(r"(?<=«)[ \u00a0\u202f]+|[ \u00a0\u202f]+(?=»)")
"""The spaces within quotation marks of French."""
_GREEK_QUESTION: Final = re.compile(r"(?<=[\u0370-\u03ff\u1f00-\u1fff]);(?=\s|$)")
_ETHIOPIC_STOP: Final = re.compile("፡፡|::(?=\\s|$)")
_THAI_GAP: Final = re.compile(r"(?<=[\u0e01-\u0e5b])[ \u00a0]+(?=[\u0e01-\u0e5b])")
_THAI_WITHIN: Final = re.compile(r"และ|หรือ|ที่|ซึ่ง|โดย|เพราะ|เพื่อ|แต่|จาก|ใน|กับ|ของ|ว่า|คือ|เป็น|เช่น|ได้แก่|รวมถึง|ๆ|ฯ")
_THAI_BEFORE: Final = ("ๆ", "ฯ", "คือ", "ว่า", "ได้แก่", "เช่น", "และ", "หรือ")
_SHORTEST_THAI: Final = 8
"""A part of Thai text with fewer characters is an item of a list rather than a sentence."""


def sentences(text: str) -> int:
    """Count the sentences of a text; each line and each item of a list counts as one at least."""
    plain = _TIGHT_BULLET.sub("", _BULLET.sub("", composed(text)))
    plain = _CLOCK.sub(r"\1m.", _SPACED_QUOTES.sub("", plain))
    plain = _ETHIOPIC_STOP.sub("።", _GREEK_QUESTION.sub("?", plain))
    for within in (
        _PAIRED,
        _INITIAL,
        _LETTERS,
        _THAI_POINT,
        _ABBREVIATION,
        _NUMBERED,
        _MAYBE_END,
        _GERMAN_DAY,
        _QUOTED_END,
        _GOES_ON,
    ):
        plain = within.sub(" ", plain)
    ended = _WEAK_END.sub(_END, _STRONG_END.sub(_END, plain))
    parts = [part for line in ended.split("\n") for part in line.split(_END) if re.search(r"\w", part)]
    return sum(1 + _thai_ends(part) for part in parts)


def _thai_ends(part: str) -> int:
    """Count the spaces of Thai that end a sentence: both sides are long enough, and no joining word stands at them."""
    pieces = _THAI_GAP.split(part)
    lengths = [characters_of(piece) for piece in pieces]
    ends, length = 0, lengths[0]
    for before, after, after_length in zip(pieces, pieces[1:], lengths[1:], strict=False):
        joined = before.endswith(_THAI_BEFORE) or _THAI_WITHIN.match(after) is not None
        if not joined and min(length, after_length) >= _SHORTEST_THAI:
            ends, length = ends + 1, after_length
        else:
            length += after_length
    return ends
