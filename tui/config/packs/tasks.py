"""Read the tasks of a pack or a data set into prompts: what is asked, and how the answer is graded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from tui import json_file
from tui.config.expectations import read_facets, read_graders, read_rubric
from tui.config.graders import read_grader
from tui.json_file import ConfigError, Value
from tui.records import Prompt
from tui.records.grading import Grader, GraderKind

_LIKENESSES: Final = ("equal", "f1", "edit")
_WITH_OPTIONS: Final = {
    "number": ("tolerance", "unit"),
    "f1": ("at_least",),
    "edit": ("at_least",),
    "code": ("seconds", "memory_mb"),
}
"""The options that a way of scoring may have for all tasks of a pack."""
SCORINGS: Final = ("contains", *_LIKENESSES, "number", "choice", "values", "schema", "in_order", "tool_call", "code")
"""The ways in which "expected" can be scored."""
TASK_KEYS: Final = (
    *("id", "prompt", "text", "system", "max_tokens", "expected", "choices", "tolerance", "unit", "expect", "rubric"),
)
_MOST_TEXT: Final = 4_000_000
"""The greatest length of a prompt, in characters; no context of a model is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """How "expected" is read, and what holds for every task that does not set it itself."""

    way: str = ""
    """One of ``SCORINGS``; empty if every task has an "expect" of its own."""
    options: Mapping[str, object] = field(default_factory=dict[str, object])
    system: str | None = None
    max_tokens: int | None = None
    strict: bool = True
    """Unknown keys of a task are mistakes; a data set of others may have any columns."""

    @property
    def words(self) -> str:
        """The way of scoring in a word or two, for people."""
        options = ", ".join(f"{name} {value}" for name, value in self.options.items())
        return f"{self.way} ({options})" if options else self.way or "what each task expects"


def read_scoring(value: Value) -> Scoring:
    """Read the member "scored" of a pack: a way, or an object with the way and its options. Raises ConfigError."""
    if not value.is_object():
        return Scoring(way=_way(value))
    members = value.members()
    if "by" not in members:
        raise ConfigError(f'{value.where} has no "by"; add it, as {{"by": "number"}}.')
    way = _way(members["by"])
    value.refuse_unknown(("by", *_WITH_OPTIONS.get(way, ())))
    return Scoring(way=way, options={name: member.data for name, member in members.items() if name != "by"})


def _way(value: Value) -> str:
    if value.text() not in SCORINGS:
        raise value.error(f"one of {', '.join(SCORINGS)}", "correct it")
    return value.text()


def read_tasks(rows: Sequence[Value], scoring: Scoring) -> tuple[Prompt, ...]:
    """Read the tasks in their order. Raises ConfigError, with the line, the task and the key of the mistake."""
    prompts: dict[str, Prompt] = {}
    for number, row in enumerate(rows, start=1):
        prompt = _with_name(row, number, scoring)
        if prompt.id in prompts:
            raise ConfigError(f'{row.where}: the id "{prompt.id}" stands twice; give each task its own.')
        prompts[prompt.id] = prompt
    return tuple(prompts.values())


def _with_name(row: Value, number: int, scoring: Scoring) -> Prompt:
    try:
        return _task(row, number, scoring)
    except ConfigError as error:
        members = row.members() if row.is_object() else {}
        name = members["id"].data if "id" in members else None
        if not isinstance(name, str):
            raise
        raise ConfigError(f'{str(error).removesuffix(".")} (task "{name}").') from None


def _task(row: Value, number: int, scoring: Scoring) -> Prompt:
    default_id = f"t{number}"
    if row.is_text():
        return Prompt(id=default_id, text=row.text(), system=scoring.system, max_tokens=scoring.max_tokens)
    if not row.is_object():
        raise row.error('a task, an object with a "prompt"', "put it in braces: {...}")
    if scoring.strict:
        row.refuse_unknown(TASK_KEYS)
    members = row.members()
    text = members.get("prompt") or members.get("text")
    if text is None:
        other = "" if scoring.strict else f"; it has {', '.join(members)}, and --map prompt=NAME names the one to ask"
        raise ConfigError(f'{row.where} has no "prompt"{other or "; add it, it is what the model is asked"}.')
    if len(text.text()) > _MOST_TEXT:
        raise ConfigError(f"{text.where} has more than {_MOST_TEXT} characters; shorten it.")
    task_id, system, max_tokens = members.get("id"), members.get("system"), members.get("max_tokens")
    expect, rubric = members.get("expect"), members.get("rubric")
    return Prompt(
        id=default_id if task_id is None else _id(task_id),
        text=_with_choices(text.text(), members),
        system=scoring.system if system is None else system.text(),
        max_tokens=scoring.max_tokens if max_tokens is None else _number(max_tokens).whole(1, "tokens"),
        facets=() if expect is None else read_facets(expect),
        rubric=() if rubric is None else read_rubric(rubric),
        graders=(*(() if expect is None else read_graders(expect)), *_of_expected(members, row, scoring)),
    )


def _id(value: Value) -> str:
    return str(value.data) if isinstance(value.data, int) and not isinstance(value.data, bool) else value.text().strip()


def _with_choices(text: str, members: Mapping[str, Value]) -> str:
    """Write the choices under a question, unless they stand in it already."""
    choices = _choices(members)
    if not choices or all(choice in text for choice in choices.values()):
        return text
    return "\n".join((text, *(f"{label}) {choice}" for label, choice in choices.items())))


def _choices(members: Mapping[str, Value]) -> dict[str, str]:
    if "choices" not in members:
        return {}
    value = _parsed(members["choices"])
    if value.is_object():
        return {label: choice.text() for label, choice in value.members().items()}
    return {chr(ord("A") + place): str(item.data) for place, item in enumerate(value.items())}


def _of_expected(members: Mapping[str, Value], row: Value, scoring: Scoring) -> tuple[Grader, ...]:
    """Make the grader of "expected", in the way in which the pack is scored."""
    if "expected" not in members:
        if scoring.way and "expect" not in members:
            raise ConfigError(f'{row.where} has no "expected"; add it, it is what is right.')
        return ()
    if not scoring.way:
        raise ConfigError(
            f'{members["expected"].where} can only be read if the pack says how it is scored; add "scored".'
        )
    expected = _parsed(members["expected"])
    own = {name: _number(members[name]).data for name in ("tolerance", "unit") if name in members}
    options = {**scoring.options, **own}

    def of(data: object) -> Value:
        return replace(expected, data=data)

    match scoring.way:
        case "contains":
            texts = [item.data for item in expected.items()] if expected.is_list() else [expected.data]
            return (replace(read_grader(GraderKind.IN_ORDER, of([texts])), name="contains"),)
        case "equal" | "f1" | "edit":
            return (read_grader(GraderKind.REFERENCE, of({"answers": expected.data, "by": scoring.way, **options})),)
        case "number":
            number = {"value": _number(expected).data, **options}
            return (read_grader(GraderKind.NUMBER, of(number)),)
        case "choice":
            choices = _choices(members)
            right = f"{expected.data}"
            of_choices = {"right": right, "of": choices} if choices else right
            return (read_grader(GraderKind.CHOICE, of(of_choices)),)
        case "code":
            return (read_grader(GraderKind.CODE, of({"tests": expected.data, **options})),)
        case _:
            return (read_grader(GraderKind(scoring.way), expected),)


def _parsed(value: Value) -> Value:
    """Read the JSON that a cell of a table holds, if it begins as an object or a list."""
    if isinstance(value.data, str) and value.data.lstrip()[:1] in ("{", "["):
        try:
            return replace(value, data=json_file.loads(value.data))
        except (ValueError, RecursionError):
            return value
    return value


def _number(value: Value) -> Value:
    """Read the number that a cell of a table holds."""
    if isinstance(value.data, str):
        for kind in (int, float):
            try:
                return replace(value, data=kind(value.data))
            except ValueError:
                continue
    return value
