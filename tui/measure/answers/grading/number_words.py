"""Numbers that are written in words, as a short answer often gives them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from tui.measure.answers.grading.number_table import NUMBERS
from tui.measure.answers.scripts.normal import plain

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_POWERS: Final = {"dozen": 12, "hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_OTHER_SPELLINGS: Final = {
    "पांच": 5,
    "छः": 6,
    "একটি": 1,
    "দুটি": 2,
    "তিনটি": 3,
    "ሶስት": 3,
    "أربع": 4,
    "خمس": 5,
    "ثلاث": 3,
    "eine": 1,
    "ein": 1,
    "een": 1,
    "une": 1,
    "una": 1,
    "uma": 1,
    "одна": 1,
    "две": 2,
    "한": 1,
    "두": 2,
    "세": 3,
    "네": 4,
    "스무": 20,
    "duas": 2,
}
_HAN: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_POWERS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8}
_THAI: Final = {word: number for number, word in enumerate(plain("ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า").split(" "))} | {
    plain("เอ็ด"): 1,
    plain("ยี่"): 2,
}
_THAI_POWERS: Final = {
    plain(word): 10**power for power, word in enumerate(("สิบ", "ร้อย", "พัน", "หมื่น", "แสน", "ล้าน"), start=1)
}
_DIGIT_WORDS: Final = _HAN | _THAI
_POWER_WORDS: Final = _HAN_POWERS | _THAI_POWERS
_TOKEN: Final = re.compile("|".join(sorted((*_DIGIT_WORDS, *_POWER_WORDS), key=len, reverse=True)))
_SIGNS: Final = re.compile(f"(?:{_TOKEN.pattern})+")
_POINT: Final = re.compile(f"(?P<whole>(?:{_TOKEN.pattern})+)点(?P<part>[{''.join(_HAN)}]+)")
_MOST: Final = 10**9

_VALUES: Final = {word: number for number, word in enumerate(_ONES.split())} | {
    word: 20 + 10 * number for number, word in enumerate(_TENS.split())
}
_SINO_KOREAN: Final = ("", *"일이삼사오육칠팔구")
_COMPOSED: Final = (
    # Russian, in the forms of all genders, and Turkish: the tens, then the ones.
    (
        "двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто",
        "ноль один два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать тринадцать четырнадцать "
        "пятнадцать шестнадцать семнадцать восемнадцать девятнадцать",
        "сто",
    ),
    (
        "yirmi otuz kırk elli altmış yetmiş seksen doksan",
        "sıfır bir iki üç dört beş altı yedi sekiz dokuz on on_bir on_iki on_üç on_dört on_beş on_altı on_yedi "
        "on_sekiz on_dokuz",
        "yüz",
    ),
    (
        "스물 서른 마흔 쉰 예순 일흔 여든 아흔",
        "영 하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉 열 열하나 열둘 열셋 열넷 열다섯 열여섯 열일곱 열여덟 열아홉",
        "백",
    ),
    (
        "двадцять тридцять сорок п'ятдесят шістдесят сімдесят вісімдесят дев'яносто",
        "нуль один два три чотири п'ять шість сім вісім дев'ять десять одинадцять дванадцять тринадцять чотирнадцять "
        "п'ятнадцять шістнадцять сімнадцять вісімнадцять дев'ятнадцять",
        "сто",
    ),
    (
        "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
        "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton nitton",
        "hundra",
    ),
    (
        "dwadzieścia trzydzieści czterdzieści pięćdziesiąt sześćdziesiąt siedemdziesiąt osiemdziesiąt dziewięćdziesiąt",
        "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć jedenaście dwanaście trzynaście "
        "czternaście piętnaście szesnaście siedemnaście osiemnaście dziewiętnaście",
        "sto",
    ),
)
_PLAIN: Final = re.compile(r"[\s_-]+")
"""What stands between the parts of a number in words, or does not, as in ``soixante-dix-sept``."""
_WITHIN: Final = r"\w\u0300-\u036f\u064b-\u0652\u0900-\u0dff"
"""Letters and signs beside which a word is a part of a longer one."""
_BURMESE: Final = re.compile("[\u1000-\u109f]")
_ENGLISH_WORD: Final = "|".join((*_ONES.split()[::-1], *_TENS.split(), *_POWERS))
_ENGLISH: Final = re.compile(rf"\b(?:{_ENGLISH_WORD})(?:[ -]+(?:and +)?(?:{_ENGLISH_WORD})\b)*\b", re.IGNORECASE)


def in_digits(text: str) -> str:
    """Write the numbers of a text that stand in words as digits: any of English, Chinese and Thai, others up to 100.

    ``text`` is in the form of ``normal.plain``.
    """
    text = _ENGLISH.sub(lambda match: str(_english(re.split(r"[ -]+", match[0].lower()))), text)
    text = _POINT.sub(
        lambda match: f"{_of_signs(match['whole'])}.{''.join(str(_HAN[one]) for one in match['part'])}", text
    )
    text = _SIGNS.sub(lambda match: str(_of_signs(match[0])), text)
    return _others().sub(lambda match: str(_table()[_key(match[0])]), text)


def _key(words: str) -> str:
    return _PLAIN.sub(" ", words.casefold())


@lru_cache(maxsize=1)
def _table() -> dict[str, int]:
    """The numbers up to 100 by their words in other languages."""
    table = {_key(plain(word)): number for words in NUMBERS for number, word in enumerate(words.split(" "))}
    return (
        _of_composed() | _of_korean() | table | {_key(plain(word)): number for word, number in _OTHER_SPELLINGS.items()}
    )


def _of_composed() -> dict[str, int]:
    """The numbers up to 100 of languages that put the ones after the tens, with a space or without."""
    table: dict[str, int] = {}
    for tens, ones, hundred in _COMPOSED:
        small = {_key(plain(word)): number for number, word in enumerate(ones.split(" "))}
        table |= small | {_key(plain(hundred)): 100}
        for number, ten in enumerate((_key(plain(word)) for word in tens.split(" ")), start=2):
            after = {
                f"{ten}{space}{word}": 10 * number + one
                for word, one in small.items()
                if 0 < one < 10
                for space in (" ", "")
            }
            table |= {ten: 10 * number, **after}
    return table


def _of_korean() -> dict[str, int]:
    """The numbers from 10 to 99 of Korean in words from Chinese; single ones are parts of too many words."""
    tens = [("십", 10), *((f"{sign}십", 10 * number) for number, sign in enumerate(_SINO_KOREAN) if number > 1)]
    return {f"{word}{sign}": ten + one for word, ten in tens for one, sign in enumerate(_SINO_KOREAN)}


@lru_cache(maxsize=1)
def _others() -> re.Pattern[str]:
    """The words of the table, the longest first; Burmese has no spaces, and goes on with a unit."""
    words = sorted(_table(), key=len, reverse=True)
    spaced = "|".join(re.escape(word).replace("\\ ", r"[\s-]+") for word in words if not _BURMESE.search(word))
    tight = "|".join(re.escape(word) for word in words if _BURMESE.search(word))
    return re.compile(rf"(?<![{_WITHIN}])(?:{spaced})(?![{_WITHIN}])|(?:{tight})", re.IGNORECASE)


def _english(words: list[str]) -> int:
    total, group = 0, 0
    for word in words:
        if word in _VALUES:
            group += _VALUES[word]
        elif word in ("hundred", "dozen"):
            group = max(group, 1) * _POWERS[word]
        elif word in _POWERS:
            total, group = total + max(group, 1) * _POWERS[word], 0
    return total + group


def _of_signs(signs: str) -> int:
    """Read a number of digits and powers in Chinese or Thai: ``三百二十`` is 320."""
    tokens = _TOKEN.findall(signs)
    if not any(token in _POWER_WORDS for token in tokens):
        return int("".join(str(_DIGIT_WORDS[token]) for token in tokens))
    total, group, digit = 0, 0, 0
    for token in tokens:
        if token in _DIGIT_WORDS:
            digit = _DIGIT_WORDS[token]
            continue
        power = _POWER_WORDS[token]
        if power >= 10**4:
            total, group, digit = total + max(group + digit, 1) * power, 0, 0
        else:
            group, digit = group + max(digit, 1) * power, 0
    return min(total + group + digit, _MOST * _MOST)
