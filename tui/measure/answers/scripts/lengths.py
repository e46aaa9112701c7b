"""The length of an answer as people count it: words, characters, and the bullets of its lists."""

from __future__ import annotations

import re
from typing import Final

from tui.measure.answers.scripts.normal import composed
from tui.measure.answers.scripts.words import characters_of

_MARK: Final = (
    r"[-*+•·・‣◦▪▫●○■□◆◇➤►▶→–—✓✔✅☑☐✗✘❌]|\(?\d{1,3}[.)、．）:।](?!\d)|\d{1,3}\s?-(?=\s)|[（(][一二三四五六七八九十]{1,3}[)）]|"
    r"[一二三四五六七八九十]{1,3}、|[①-⑳]|[^\W\d_][\u0300-\u036f\u0900-\u0903\u0980-\u0983]?\)"
)
_TIGHT_MARK: Final = (
    r"[•·・‣▪●■➤►✓✔✅☑①-⑳]|\d{1,3}[、．।]|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[)）]"
)
_BULLET: Final = re.compile(
    rf"^(?P<indent>[ \t]*)(?:>[ \t]*)?(?:(?:{_MARK})[ \t]+|(?:{_TIGHT_MARK}))(?=\S)", re.MULTILINE
)
_FENCE: Final = re.compile(r"^[ \t]*(?:```|~~~)[^\n]*$", re.MULTILINE)
_RULE: Final = re.compile(r"^[ \t]*(?:[-*_][ \t]*){3,}$", re.MULTILINE)
_GAP: Final = re.compile(r"[\s—|]+|--+|(?<=[^\W\d_])/(?=[^\W\d_])")
_HAN_AND_KANA: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff々〇]")
_NO_SPACES: Final = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Letters of Thai, Lao, Burmese and Khmer."""


def words(text: str) -> int | None:
    """Count words as a word processor does: what stands between spaces and has a letter or a digit.

    Each sign of Chinese and Japanese is one word. Thai, Lao, Burmese and Khmer join their words, which only a
    dictionary tells apart: ``None``. The marks of lists, code fences and tables do not count.
    """
    shown = _BULLET.sub("", _FENCE.sub("", composed(text)))
    if _NO_SPACES.search(shown):
        return None
    signs = len(_HAN_AND_KANA.findall(shown))
    parts = _GAP.split(_HAN_AND_KANA.sub(" ", shown))
    return signs + sum(1 for part in parts if any(sign.isalnum() for sign in part))


def characters(text: str) -> int:
    """Count the characters of an answer as a reader sees them, spaces included, without those around it."""
    return characters_of(composed(text).strip())


def bullets(text: str) -> int:
    """Count the items of the lists of an answer, with bullets or numbers; items within items do not count."""
    shown = _RULE.sub("", text)
    indents = [len(match["indent"].expandtabs(4)) for match in _BULLET.finditer(shown)]
    return sum(indent < min(indents) + 2 for indent in indents)
