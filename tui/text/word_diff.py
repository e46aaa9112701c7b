"""This module compares two texts word by word with ``difflib``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from tui.text.cells import printable
from tui.text.markdown import Run, wrapped_runs
from tui.text.wrap import RowStyle, WrappedRow

MOST_WORDS: Final = 3_000
"""Of longer texts only so many words are compared, because the time grows with the square of their number."""

_TOKEN: Final = re.compile(r"\w+|[^\w\s]|\s+")


@dataclass(frozen=True, slots=True)
class DiffPart:
    """A part of a text, and whether the other text lacks it."""

    text: str
    differs: bool


@dataclass(frozen=True, slots=True)
class WordDiff:
    """Two texts in parts, and how much of their words they share."""

    first: tuple[DiffPart, ...]
    second: tuple[DiffPart, ...]
    unified: str
    """One text with both: words of the first alone in ``[-...-]``, those of the second alone in ``{+...+}``."""
    shared: float
    """``2 x shared words / words of both``, from 0 to 1; 1 for two empty texts."""
    shortened: bool
    """Whether a text was longer than what is compared."""


def word_diff(first: str, second: str) -> WordDiff:
    """Compare two texts by words and signs; how they are spaced makes no difference."""
    left, right = _TOKEN.findall(first), _TOKEN.findall(second)
    shortened = max(len(left), len(right)) > 2 * MOST_WORDS
    left, right = left[: 2 * MOST_WORDS], right[: 2 * MOST_WORDS]
    left_words, right_words = _words(left), _words(right)
    matcher = SequenceMatcher(None, [token for _, token in left_words], [token for _, token in right_words], False)
    blocks = matcher.get_matching_blocks()
    common = sum(block.size for block in blocks)
    shared_left = {left_words[block.a + step][0] for block in blocks for step in range(block.size)}
    shared_right = {right_words[block.b + step][0] for block in blocks for step in range(block.size)}
    total = len(left_words) + len(right_words)
    return WordDiff(
        first=tuple(_parts(left, shared_left)),
        second=tuple(_parts(right, shared_right)),
        unified=_unified(left_words, right_words, matcher, left, right),
        shared=2 * common / total if total else 1.0,
        shortened=shortened,
    )


def diff_rows(parts: Iterable[DiffPart], width: int) -> list[WrappedRow]:
    """Lay out one of two texts, in which the words that the other lacks are marked."""
    runs = [Run(printable(part.text), RowStyle.ADDED if part.differs else RowStyle.PLAIN) for part in parts]
    return wrapped_runs(runs, width)


def _words(tokens: Sequence[str]) -> list[tuple[int, str]]:
    return [(index, token) for index, token in enumerate(tokens) if not token.isspace()]


def _parts(tokens: Sequence[str], shared: set[int]) -> Iterable[DiffPart]:
    """Join tokens to parts; the spaces between two words that differ differ, too."""
    flags = [index in shared for index in range(len(tokens))]
    for index, token in enumerate(tokens):
        if token.isspace():
            before, after = flags[max(0, index - 1)], flags[index + 1] if index + 1 < len(tokens) else True
            flags[index] = before or after
    text, differs = "", False
    for token, is_shared in zip(tokens, flags, strict=True):
        if text and differs is is_shared:
            yield DiffPart(text, differs)
            text = ""
        text, differs = text + token, not is_shared
    if text:
        yield DiffPart(text, differs)


def _unified(
    left_words: Sequence[tuple[int, str]],
    right_words: Sequence[tuple[int, str]],
    matcher: SequenceMatcher[str],
    left: Sequence[str],
    right: Sequence[str],
) -> str:
    """Return both texts in one, in the form of ``wdiff``; the spaces of what is shared are those of the second."""
    pieces: list[str] = []
    for kind, low, high, start, end in matcher.get_opcodes():
        removed = _slice(left, left_words, low, high)
        added = _slice(right, right_words, start, end)
        if kind == "equal":
            pieces.append(added)
        else:
            marks = ((f"[-{removed.strip()}-]", removed.strip()), (f"{{+{added.strip()}+}}", added.strip()))
            pieces.append(" ".join(mark for mark, words in marks if words))
            tail = added if added.strip() else removed
            pieces.append(tail[len(tail.rstrip()) :])
    return "".join(pieces)


def _slice(tokens: Sequence[str], words: Sequence[tuple[int, str]], low: int, high: int) -> str:
    """Return the tokens of these words, with the spaces up to the next word."""
    if low == high:
        return ""
    start = words[low][0]
    end = words[high][0] if high < len(words) else len(tokens)
    return "".join(tokens[start:end])
