"""The part of a model's text that is its answer, and the JSON in it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Final, NoReturn

_THOUGHTS: Final = re.compile(r"<(think|thinking|thought|reasoning)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHTS_END: Final = re.compile(r"\A.*</(?:think|thinking|thought|reasoning)>", re.DOTALL | re.IGNORECASE)
_FENCE: Final = re.compile(r"(?:```|~~~)[ \t]*([\w+-]*)[^\n]*\n(.*?)(?:\n[ \t]*(?:```|~~~)|\Z)", re.DOTALL)
_MOST_STARTS: Final = 50
"""The number of places at which JSON is looked for in a text."""


@dataclass(frozen=True, slots=True)
class AnswerJson:
    """JSON in an answer; ``alone`` tells that there is nothing else but a code fence."""

    value: object
    alone: bool


def without_thoughts(text: str) -> str:
    """Leave out what a model wrote between marks of thinking; the end of a thought without its beginning counts too."""
    return _THOUGHTS_END.sub("", _THOUGHTS.sub("", text)).strip()


def code_of(text: str) -> str:
    """Take the code of an answer: the text of its fences, or all of it if there is none."""
    blocks = [block for _, block in _FENCE.findall(without_thoughts(text))]
    return "\n\n".join(blocks) if blocks else without_thoughts(text)


def json_of(text: str) -> AnswerJson | str:
    """Read the JSON of an answer: all of it, that of its only fence, or the first object or list; else say why not."""
    answer = without_thoughts(text)
    fences = [match for match in _FENCE.finditer(answer) if match[1].lower() in ("", "json", "json5", "jsonc")]
    if len(fences) == 1 and fences[0].span() == (0, len(answer)):
        answer, fences = fences[0][2].strip(), []
    try:
        return AnswerJson(_loads(answer), alone=True)
    except (ValueError, RecursionError) as error:
        problem = _sentence(error)
    if len(fences) == 1:
        try:
            return AnswerJson(_loads(fences[0][2]), alone=False)
        except (ValueError, RecursionError) as error:
            return _sentence(error)
    return next((AnswerJson(value, alone=False) for value in json_values(answer)), problem)


def json_values(text: str) -> list[object]:
    """Read every object and list of JSON that stands in a text, in its order."""
    values: list[object] = []
    starts, place = 0, 0
    while starts < _MOST_STARTS:
        match = re.compile(r"[{\[]").search(text, place)
        if match is None:
            break
        starts += 1
        end = _end_of(text, match.start())
        place = match.end()
        if end is None:
            continue
        try:
            values.append(_loads(text[match.start() : end]))
        except (ValueError, RecursionError):
            continue
        place = end
    return values


def _end_of(text: str, start: int) -> int | None:
    """Find where the brackets that open at ``start`` are closed, leaving out those in strings."""
    depth, in_string, escaped = 0, False, False
    for place in range(start, len(text)):
        sign = text[place]
        if in_string:
            in_string, escaped = escaped or sign != '"', sign == "\\" and not escaped
        elif sign == '"':
            in_string = True
        elif sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if not depth:
                return place + 1
    return None


def _loads(text: str) -> object:
    """Read JSON strictly; Python itself refuses numbers of thousands of digits."""
    return json.loads(text, parse_constant=_refuse)


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number of JSON")


def _sentence(error: Exception) -> str:
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
