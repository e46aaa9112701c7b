"""Numbers that are written in words, as a short answer often gives them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_ONES: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS: Final = "twenty thirty forty fifty sixty seventy eighty ninety"
_POWERS: Final = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_OTHERS: Final = {
    "de": "null eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci undici dodici",
    "pt": "zero um dois três quatro cinco seis sete oito nove dez onze doze",
    "nl": "nul één twee drie vier vijf zes zeven acht negen tien elf twaalf",
    "bn": "শূন্য এক দুই তিন চার পাঁচ ছয় সাত আট নয় দশ এগারো বারো",
    "hi": "शून्य एक दो तीन चार पाँच छह सात आठ नौ दस ग्यारह बारह",
    "ur": "صفر ایک دو تین چار پانچ چھ سات آٹھ نو دس گیارہ بارہ",
    "ar": "صفر واحد اثنان ثلاثة أربعة خمسة ستة سبعة ثمانية تسعة عشرة",
    "am": "ዜሮ አንድ ሁለት ሦስት አራት አምስት ስድስት ሰባት ስምንት ዘጠኝ አስር",
    "my": "သုည တစ် နှစ် သုံး လေး ငါး ခြောက် ခုနစ် ရှစ် ကိုး တစ်ဆယ်",
    "th": "ศูนย์ หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ",
}
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
    "duas": 2,
}
_HAN: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_POWERS: Final = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "萬": 10**4, "亿": 10**8}
_HAN_NUMBER: Final = re.compile(f"[{''.join(_HAN)}{''.join(_HAN_POWERS)}]+")

_VALUES: Final = {word: number for number, word in enumerate(_ONES.split())} | {
    word: 20 + 10 * number for number, word in enumerate(_TENS.split())
}
_SINGLE: Final = {
    word: number for words in _OTHERS.values() for number, word in enumerate(words.split())
} | _OTHER_SPELLINGS
_ENGLISH_WORD: Final = "|".join((*_ONES.split()[::-1], *_TENS.split(), *_POWERS))
_ENGLISH: Final = re.compile(rf"\b(?:{_ENGLISH_WORD})(?:[ -]+(?:and +)?(?:{_ENGLISH_WORD})\b)*\b", re.IGNORECASE)


def in_digits(text: str) -> str:
    """Write the numbers of a text that stand in words as digits: any of English, small ones of twelve languages."""
    text = _ENGLISH.sub(lambda match: str(_english(re.split(r"[ -]+", match[0].lower()))), text)
    text = _HAN_NUMBER.sub(lambda match: str(_han(match[0])), text)
    return "".join(_with_single_words(text))


def _with_single_words(text: str) -> Iterator[str]:
    for part in re.split(r"([^\s.,;:!?।。、؟۔።။()*]+)", text):
        number = _SINGLE.get(part.lower())
        yield part if number is None else str(number)


def _english(words: list[str]) -> int:
    total, group = 0, 0
    for word in words:
        if word in _VALUES:
            group += _VALUES[word]
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in _POWERS:
            total, group = total + max(group, 1) * _POWERS[word], 0
    return total + group


def _han(signs: str) -> int:
    """Read a number in Chinese characters: ``三百二十`` is 320."""
    if not any(sign in _HAN_POWERS for sign in signs):
        return int("".join(str(_HAN[sign]) for sign in signs))
    total, group, digit = 0, 0, 0
    for sign in signs:
        if sign in _HAN:
            digit = _HAN[sign]
        elif _HAN_POWERS[sign] >= 10**4:
            total, group, digit = total + max(group + digit, 1) * _HAN_POWERS[sign], 0, 0
        else:
            group, digit = group + max(digit, 1) * _HAN_POWERS[sign], 0
    return total + group + digit
