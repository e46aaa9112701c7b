"""The tasks of the context pack: a fact hidden in a long text. They are made here, so no long text is stored."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from tui.json_file import ConfigError, Value
from tui.records import Prompt
from tui.records.grading import Grader, GraderKind

LENGTHS: Final = (1024, 4096, 8192, 16384)
"""About the tokens of the text, by default."""
DEPTHS: Final = (10, 50, 90)
"""How far into the text the fact stands, in per cent, by default."""
MOST_TOKENS: Final = 131_072
_ANSWER_TOKENS: Final = 48
_AROUND: Final = 60
"""About the tokens of the question and of the fact."""
_TOKENS_OF_A_WORD: Final = 1.15
"""Most words of these sentences are one token, some are two."""
_PLACES: Final = (
    *("Dhaka", "Lisbon", "Oslo", "Nairobi", "Lima", "Kyoto", "Quito", "Tunis", "Riga", "Hanoi", "Cork", "Turin"),
)
_WHO: Final = ("The team", "A visitor", "The office", "One engineer", "The library", "A neighbour", "The school")
_DID: Final = ("wrote about", "looked at", "asked for", "talked about", "worked on", "read about", "found")
_WHAT: Final = ("the old garden", "a new table", "the small river", "a long letter", "the open window", "a warm room")
_WHEN: Final = ("in the morning", "after the rain", "before lunch", "late in the year", "on a quiet day", "last week")
_TASK: Final = (
    "Read the text, then answer the question after it.\n\nText:\n{text}\n\n"
    "Question: What is the code of the archive in {place}? Answer with the code alone."
)


def context_tasks(value: Value) -> tuple[Prompt, ...]:
    """Make a task for each length and depth that the pack names; the same pack always gives the same texts.

    The id of a task is ``context-LENGTH-DEPTH``. Raises ConfigError.
    """
    value.refuse_unknown(("lengths", "depths"))
    members = value.members()
    lengths = _numbers(members.get("lengths"), LENGTHS, 128, MOST_TOKENS, "tokens")
    depths = _numbers(members.get("depths"), DEPTHS, 0, 100, "per cent")
    return tuple(_task(length, depth) for length in lengths for depth in depths)


def _numbers(value: Value | None, default: tuple[int, ...], least: int, most: int, unit: str) -> tuple[int, ...]:
    if value is None:
        return default
    numbers = tuple(item.whole(least, unit) for item in value.items())
    if not numbers or max(numbers) > most or len(set(numbers)) < len(numbers):
        raise value.error(f"different numbers of {unit} up to {most}", "correct it")
    if len(numbers) > len(_PLACES):
        raise ConfigError(f"{value.where} has more than {len(_PLACES)} numbers; take fewer.")
    return numbers


def _task(length: int, depth: int) -> Prompt:
    generator = random.Random(length * 101 + depth)
    place = generator.choice(_PLACES)
    code = generator.randint(10_000, 99_999)
    sentences = list(_sentences(generator, length - _AROUND))
    sentences.insert(round(len(sentences) * depth / 100), f"The code of the archive in {place} is {code}.")
    return Prompt(
        id=f"context-{length}-{depth}",
        text=_TASK.format(text=" ".join(sentences), place=place),
        max_tokens=_ANSWER_TOKENS,
        graders=(Grader(kind=GraderKind.IN_ORDER, name="finds the fact", in_order=((str(code),),)),),
    )


def _sentences(generator: random.Random, tokens: int) -> Iterator[str]:
    """Write sentences of about so many tokens together, none of which is about an archive or a code."""
    left = float(tokens)
    while left > 0:
        parts = (generator.choice(words) for words in (_WHO, _DID, _WHAT, _WHEN))
        sentence = f"{' '.join(parts)}."
        left -= len(sentence.split()) * _TOKENS_OF_A_WORD + 1
        yield sentence
