"""Words and characters as Unicode Standard Annex 29 bounds them, by the library ``regex``, which follows it.

Scripts without spaces between words (Thai, Lao, Khmer, Burmese, Chinese, Japanese) have a boundary between any two
characters as a reader sees them, since only a dictionary could tell more. A word is then found wherever it stands.
"""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Any, Final

from tui.measure.answers.scripts.normal import folded

_JOINING: Final = ".:'_·"
"""Signs that join two letters to one word by the standard; here a word also ends at them, as in ``Ann's``."""
_KATAKANA: Final = r"[\p{Katakana}ー]"
_PARTICLES: Final = "은|는|이|가|을|를|의|에|에서|에게|로|으로|와|과|도|만|까지|부터|이다|입니다|이며|이고"
"""Particles of Korean, which stand at a word without a space."""
_CACHED: Final = 512


def has_word(word: str, text: str) -> bool:
    """Whether a text has this word, or these words one after the other, and not only as a part of a longer one.

    ``text`` is in the form of ``normal.folded``.
    """
    return _whole(folded(word)).search(text) is not None


def find_text(wanted: str, text: str, start: int = 0) -> tuple[int, int] | None:
    """Find these words in a folded text from ``start`` on; gives where they begin and end."""
    found = _whole(folded(wanted)).search(text, start)
    return None if found is None else (found.start(), found.end())


def words_of(text: str) -> list[str]:
    """Split a text into its words, without punctuation; of a script without spaces each character is one."""
    return [part for part in _boundaries().split(text) if _has_letter(part)]


def characters_of(text: str) -> int:
    """Count the characters of a text as a reader sees them: a letter with all its signs is one."""
    return len(_compiled(r"\X").findall(text))


@lru_cache(maxsize=_CACHED)
def _whole(word: str) -> Any:
    """Compile the search for a whole word, which is folded."""
    letters = r"\s+".join(regex().escape(part) for part in word.split(" "))
    if not word or not _has_letter(word):
        return _compiled(letters or r"(?!)")
    before = rf"(?:\b|(?<=[{_JOINING}])|(?<={_KATAKANA})(?={_KATAKANA}))"
    after = rf"(?:\b|(?=[{_JOINING}]\p{{L}}|_)|(?<={_KATAKANA})(?={_KATAKANA})|(?=(?:{_PARTICLES})\b))"
    if word[-1].isdigit():
        # Many languages write a classifier at a number without a space.
        after = r"(?:\b|_|(?=\p{L}))(?![\p{Latin}\d])"
    return _compiled(f"{before if _is_letter(word[0]) else ''}{letters}{after if _is_letter(word[-1]) else ''}")


def _has_letter(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _is_letter(sign: str) -> bool:
    return sign.isalnum() or not sign.isascii()


@lru_cache(maxsize=1)
def _boundaries() -> Any:
    return _compiled(r"\b")


@lru_cache(maxsize=_CACHED)
def _compiled(source: str) -> Any:
    """Compile a pattern whose ``\\b`` is the default word boundary of Unicode."""
    return regex().compile(source, regex().WORD | regex().VERSION1)


def regex() -> Any:
    """The library, which is imported when the first text is looked at."""
    return import_module("regex")
