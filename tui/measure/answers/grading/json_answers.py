"""The graders of JSON: an answer against a JSON Schema, and its members against the right values."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import Any, Final, cast

from tui.measure.answers import patterns
from tui.measure.answers.grading.replies import AnswerJson, json_of
from tui.measure.answers.scripts.normal import bare
from tui.records.grading import Grade, Grader

_MOST_STEPS: Final = 20_000
"""A schema whose check takes more steps is too complex, such as one whose parts refer to each other again and again."""
_MOST_ERRORS: Final = 20
_BESIDE: Final = 0.5
"""The credit for right JSON with other text around it, which a program could not read."""


class BadSchema(ValueError):
    """A schema cannot be used; the message is the reason, without a full stop."""


def check_schema(schema: object) -> None:
    """Check a schema before it is used. Raises BadSchema."""
    exceptions: Any = import_module("jsonschema.exceptions")
    try:
        _validator_class().check_schema(schema)
        for source in _patterns_in(schema):
            patterns.compile_pattern(source)
        # What it refers to is looked up here, so that a mistake is told when the file is read.
        list(_errors(json.dumps(schema), {}))
    except exceptions.SchemaError as error:
        where = "".join(f".{part}" for part in error.absolute_path)
        raise BadSchema(f"{where.lstrip('.') or 'it'}: {_first_line(error.message)}") from None
    except (patterns.BadPattern, RecursionError) as error:
        raise BadSchema(_first_line(str(error))) from None


def grade_schema(grader: Grader, text: str) -> Grade:
    """Grade an answer by a schema; right JSON with text around it, and some right members, are partial credit."""
    found = json_of(text)
    if isinstance(found, str):
        return Grade.of(grader, 0, f"it is no JSON: {_first_line(found)}")
    try:
        problems = schema_problems(grader.schema, found.value)
    except BadSchema as error:
        return Grade.untold(grader, f"it cannot be checked: {error}")
    if problems:
        return Grade.of(grader, _share_without(grader.schema, found.value, problems), "; ".join(problems[:3]))
    return _of_found(grader, found, 1.0, "it is JSON as the schema asks")


def grade_values(grader: Grader, text: str) -> Grade:
    """Grade the members of an answer's JSON: the score is the share that has the right value."""
    found = json_of(text)
    if isinstance(found, str):
        return Grade.of(grader, 0, f"it is no JSON: {_first_line(found)}")
    wanted = list(_leaves(json.loads(grader.values)))
    problems: list[str] = []
    for path, value in wanted:
        has, given = _at(found.value, path)
        where = ".".join(map(str, path)) or "the value"
        if not has:
            problems.append(f"{where} is missing")
        elif not equal_values(given, value):
            problems.append(f"{where} is {_shown(given)}, {_shown(value)} is right")
    share = 1 - len(problems) / len(wanted)
    reason = "; ".join(problems[:3]) if problems else "all values are right"
    return _of_found(grader, found, share, reason)


def schema_problems(schema: str, value: object) -> list[str]:
    """List what of a value is not as the schema asks, each with its place. Raises BadSchema."""
    try:
        errors = list(_errors(schema, value))
    except RecursionError:
        raise BadSchema("the schema is nested too deeply") from None
    return [
        f"{'.'.join(map(str, error.absolute_path)) or 'the answer'}: {_first_line(error.message)}" for error in errors
    ]


def equal_values(given: object, wanted: object) -> bool:
    """Whether two values of JSON are the same: texts in their plain form, 3 and 3.0, and lists in any order."""
    if isinstance(wanted, str):
        return isinstance(given, str) and bare(given) == bare(wanted)
    if isinstance(wanted, bool) or wanted is None:
        return given is wanted
    if isinstance(wanted, int | float):
        return isinstance(given, int | float) and not isinstance(given, bool) and abs(given - wanted) < 1e-9
    if isinstance(wanted, list):
        others = list(cast("list[object]", given)) if isinstance(given, list) else None
        if others is None or len(others) != len(cast("list[object]", wanted)):
            return False
        for item in cast("list[object]", wanted):
            place = next((place for place, other in enumerate(others) if equal_values(other, item)), None)
            if place is None:
                return False
            del others[place]
        return True
    return given == wanted


def _of_found(grader: Grader, found: AnswerJson, share: float, reason: str) -> Grade:
    if found.alone:
        return Grade.of(grader, share, reason)
    return Grade.of(grader, share * _BESIDE, f"{reason}, but there is other text around the JSON")


def _leaves(value: object, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield from _leaves(member, (*path, name))
    else:
        yield path, value


def _at(value: object, path: tuple[str, ...]) -> tuple[bool, object]:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False, None
        value = cast("dict[str, object]", value)[name]
    return True, value


def _share_without(schema: str, value: object, problems: list[str]) -> float:
    """The share of the required members that are right, for partial credit; 0 if the schema requires none."""
    required: list[str] = cast("Mapping[str, Any]", json.loads(schema)).get("required", [])
    if not required or not isinstance(value, dict):
        return 0.0
    wrong = {problem.partition(":")[0].partition(".")[0] for problem in problems}
    right = [name for name in required if name in value and name not in wrong]
    return min(len(right) / len(required), 0.99)


def _errors(schema: str, value: object) -> Iterator[Any]:
    """Find errors by a validator that fetches nothing, searches by RE2, and gives up on what takes too long."""
    registry: Any = import_module("referencing").Registry()
    unresolvable: Any = import_module("referencing.exceptions").Unresolvable
    steps = iter(range(_MOST_STEPS))
    base = _validator_class()

    def counted(name: str) -> Any:
        checked = base.VALIDATORS[name]

        def check(validator: Any, keyword: Any, instance: Any, part: Any) -> Iterator[Any]:
            if next(steps, None) is None:
                raise BadSchema("its check takes too many steps")
            yield from checked(validator, keyword, instance, part) or ()

        return check

    names = ("$ref", "allOf", "anyOf", "oneOf", "not", "if", "items", "properties", "$dynamicRef")
    counting = import_module("jsonschema.validators").extend(
        base, {name: counted(name) for name in names if name in base.VALIDATORS}
    )
    validator = counting(json.loads(schema), registry=registry)
    try:
        for number, error in enumerate(validator.iter_errors(value)):
            if number >= _MOST_ERRORS:
                return
            yield error
    except unresolvable as error:
        raise BadSchema(f"it refers to {getattr(error, 'ref', 'something')}, which is not in it") from None


@lru_cache(maxsize=1)
def _validator_class() -> Any:
    """Draft 2020-12 with patterns of RE2, whose time is linear."""
    exceptions: Any = import_module("jsonschema.exceptions")
    module: Any = import_module("jsonschema")

    def pattern(_validator: Any, source: str, instance: object, _schema: object) -> Iterator[Any]:
        if isinstance(instance, str) and not patterns.matches_any([f"(?-i){source}"], instance):
            yield exceptions.ValidationError(f"{_shown(instance)} does not match {source}")

    def pattern_properties(
        validator: Any, members: Mapping[str, Any], instance: object, _schema: object
    ) -> Iterator[Any]:
        if not isinstance(instance, dict):
            return
        for source, part in members.items():
            for name, value in cast("dict[str, object]", instance).items():
                if patterns.matches_any([f"(?-i){source}"], name):
                    yield from validator.descend(value, part, path=name, schema_path=source)

    return import_module("jsonschema.validators").extend(
        module.Draft202012Validator, {"pattern": pattern, "patternProperties": pattern_properties}
    )


def _patterns_in(schema: object) -> Iterator[str]:
    members = cast("dict[str, object]", schema) if isinstance(schema, dict) else {}
    for name, member in members.items():
        if name == "pattern" and isinstance(member, str):
            yield member
        elif name == "patternProperties" and isinstance(member, dict):
            yield from cast("dict[str, object]", member)
        yield from _patterns_in(cast("object", member))
    for item in cast("list[object]", schema) if isinstance(schema, list) else []:
        yield from _patterns_in(item)


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= 200 else f"{line[:197]}..."
