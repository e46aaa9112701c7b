"""Read the graders under the key ``expect`` of a prompt into records."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui.json_file import ConfigError, Value
from tui.lazy import lazy_module
from tui.measure.answers.scripts.normal import folded
from tui.records.grading import Grader, GraderKind, Likeness
from tui.text.sizes import share_in

if TYPE_CHECKING:
    from tui.measure.answers.grading import json_answers
else:
    # Only a prompt with a schema needs it, and the first frame does not wait for it.
    json_answers = lazy_module("tui.measure.answers.grading.json_answers")

GRADER_KEYS: Final = tuple(kind.value for kind in GraderKind)
NO_TOOL: Final = "none"
"""The value of ``tool_call`` where no tool is to be called."""
MOST_SECONDS: Final = 60
MOST_MEMORY_MB: Final = 4096

_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_SCHEMA: Final = 64 * 1024
"""The greatest length of a schema, in characters of JSON."""
_MOST_TEXT: Final = 20_000
"""The greatest length of a text that an answer is compared with."""


def read_grader(kind: GraderKind, value: Value) -> Grader:
    """Read one grader. Raises ConfigError with the place of the mistake."""
    return _READERS[kind](value)


def _number(value: Value) -> Grader:
    if not value.is_object():
        return Grader(kind=GraderKind.NUMBER, number=_any_number(value))
    members = _members(value, "value", "tolerance", "unit")
    grader = Grader(kind=GraderKind.NUMBER, name=_name(members), number=_any_number(members["value"]))
    tolerance, unit = members.get("tolerance"), members.get("unit")
    if unit is not None:
        grader = replace(grader, units=_one_or_more(unit))
    if tolerance is None:
        return grader
    if tolerance.is_text():
        share = share_in(tolerance.text())
        if share is None:
            raise tolerance.error("a number or a share such as 1%", "correct or remove it")
        return replace(grader, tolerance_share=share)
    distance = _any_number(tolerance)
    if distance < 0:
        raise tolerance.error("a number from 0 up", "correct or remove it")
    return replace(grader, tolerance=distance)


def _choice(value: Value) -> Grader:
    """Read a choice: the right label alone means A to D; with "of" the choices are their number or their texts."""
    if not value.is_object():
        right, labels = value.text().strip(), tuple(_LETTERS[:4])
        if right.upper() not in _LETTERS[: len(_LETTERS)] or len(right) > 1:
            raise value.error("a letter from A to Z", 'write {"right": ..., "of": [...]} for other labels')
        last = max(4, _LETTERS.index(right.upper()) + 1)
        return Grader(kind=GraderKind.CHOICE, labels=tuple(_LETTERS[:last]) or labels, right=right.upper())
    members = _members(value, "right", "of")
    of = members.get("of")
    if of is None:
        raise ConfigError(f'{value.where} has no "of"; add the number of choices, or their texts in a list.')
    labels, choices = _choices_of(of)
    right = members["right"].text().strip()
    if right not in labels:
        same = [label for label, choice in zip(labels, choices, strict=False) if folded(choice) == folded(right)]
        same = same or [label for label in labels if label.casefold() == right.casefold()]
        if not same:
            raise members["right"].error(f"one of {', '.join(labels)}", "correct it")
        right = same[0]
    return Grader(kind=GraderKind.CHOICE, name=_name(members), labels=labels, choices=choices, right=right)


def _choices_of(of: Value) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read the labels of the choices and their texts, which may be unknown."""
    if of.is_object():
        members = of.members()
        labels, choices = tuple(members), tuple(member.text() for member in members.values())
    elif of.is_list():
        choices = of.texts()
        labels = tuple(_LETTERS[: len(choices)])
    else:
        labels, choices = tuple(_LETTERS[: of.whole(2, "choices")]), ()
    if not 2 <= max(len(choices), len(labels)) <= len(_LETTERS):
        raise of.error(f"from 2 to {len(_LETTERS)} choices", "correct it")
    return labels, choices


def _schema(value: Value) -> Grader:
    return Grader(kind=GraderKind.SCHEMA, schema=_schema_text(value))


def _values(value: Value) -> Grader:
    if not value.members():
        raise value.error("an object with at least one member", "add one, or remove the key")
    return Grader(kind=GraderKind.VALUES, values=_json_text(value))


def _reference(value: Value) -> Grader:
    if not value.is_object():
        return Grader(kind=GraderKind.REFERENCE, answers=_one_or_more(value))
    members = _members(value, "answers", "by", "at_least")
    by, at_least = members.get("by"), members.get("at_least")
    likeness = Likeness.EQUAL
    if by is not None:
        names = [likeness.value for likeness in Likeness]
        if by.text() not in names:
            raise by.error(f"one of {', '.join(names)}", "correct it")
        likeness = Likeness(by.text())
    share = 1.0 if likeness is Likeness.EQUAL else 0.8
    if at_least is not None:
        given = share_in(at_least.text()) if at_least.is_text() else _any_number(at_least)
        if given is None or not 0 < given <= 1:
            raise at_least.error("a number above 0 and up to 1", "correct or remove it")
        share = given
    return Grader(
        kind=GraderKind.REFERENCE,
        name=_name(members),
        answers=_one_or_more(members["answers"]),
        likeness=likeness,
        at_least=share,
    )


def _in_order(value: Value) -> Grader:
    if value.is_object():
        members = _members(value, "texts")
        return replace(_in_order(members["texts"]), name=_name(members))
    texts = tuple(_one_or_more(item) for item in value.items())
    if not texts:
        raise value.error("a list with at least one text", "add one, or remove the key")
    return Grader(kind=GraderKind.IN_ORDER, in_order=texts)


def _tool_call(value: Value) -> Grader:
    if not value.is_object():
        name = value.text().strip()
        return Grader(kind=GraderKind.TOOL_CALL, tool="" if name == NO_TOOL else name)
    members = _members(value, "tool", "arguments")
    arguments = members.get("arguments")
    return Grader(
        kind=GraderKind.TOOL_CALL,
        name=_name(members),
        tool=members["tool"].text().strip(),
        schema="" if arguments is None else _schema_text(arguments),
    )


def _code(value: Value) -> Grader:
    members = {"tests": value} if not value.is_object() else _members(value, "tests", "seconds", "memory_mb")
    tests = _one_or_more(members["tests"])
    for test, item in zip(tests, members["tests"].items() if members["tests"].is_list() else [value], strict=False):
        try:
            ast.parse(test)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ConfigError(f"{item.where} is no Python ({error}); correct it.") from None
    grader = Grader(kind=GraderKind.CODE, name=_name(members), tests=tests)
    seconds, memory = members.get("seconds"), members.get("memory_mb")
    if seconds is not None:
        limit = seconds.positive("seconds")
        if limit > MOST_SECONDS:
            raise seconds.error(f"at most {MOST_SECONDS} seconds", "correct or remove it")
        grader = replace(grader, seconds=limit)
    if memory is None:
        return grader
    limit = memory.whole(32, "MiB")
    if limit > MOST_MEMORY_MB:
        raise memory.error(f"at most {MOST_MEMORY_MB} MiB", "correct or remove it")
    return replace(grader, memory_mb=limit)


_READERS: Final[Mapping[GraderKind, Callable[[Value], Grader]]] = {
    GraderKind.NUMBER: _number,
    GraderKind.CHOICE: _choice,
    GraderKind.SCHEMA: _schema,
    GraderKind.VALUES: _values,
    GraderKind.REFERENCE: _reference,
    GraderKind.IN_ORDER: _in_order,
    GraderKind.TOOL_CALL: _tool_call,
    GraderKind.CODE: _code,
}


def _members(value: Value, first: str, *others: str) -> dict[str, Value]:
    """Read an object that must have its first key, and may have a name."""
    value.refuse_unknown((first, *others, "name"))
    members = value.members()
    if first not in members:
        raise ConfigError(f'{value.where} has no "{first}"; add it.')
    return members


def _name(members: Mapping[str, Value]) -> str:
    return members["name"].text().strip() if "name" in members else ""


def _one_or_more(value: Value) -> tuple[str, ...]:
    """Read a text, or a list of texts of which there is at least one; numbers are read as they are written."""
    texts = tuple(_text(item) for item in value.items()) if value.is_list() else (_text(value),)
    if not texts:
        raise value.error("a list with at least one text", "add one, or remove the key")
    return texts


def _text(value: Value) -> str:
    if isinstance(value.data, int | float) and not isinstance(value.data, bool):
        return f"{value.data}"
    text = value.text().strip()
    if len(text) > _MOST_TEXT:
        raise value.error(f"at most {_MOST_TEXT} characters", "shorten it")
    return text


def _any_number(value: Value) -> float:
    if isinstance(value.data, bool) or not isinstance(value.data, int | float):
        raise value.error("a number", "write it without quotes and unit")
    return float(value.data)


def _schema_text(value: Value) -> str:
    value.members()
    try:
        json_answers.check_schema(value.data)
    except json_answers.BadSchema as error:
        raise ConfigError(f"{value.where} is no JSON Schema that can be used: {error}; correct it.") from None
    return _json_text(value)


def _json_text(value: Value) -> str:
    text = json.dumps(value.data, ensure_ascii=False, sort_keys=True)
    if len(text) > _MOST_SCHEMA:
        raise value.error(f"at most {_MOST_SCHEMA >> 10} KiB", "shorten it")
    return text
