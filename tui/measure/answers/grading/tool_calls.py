"""The grader of tool calls: which tools an answer calls in one of the forms that models write, and with what."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

from tui.measure.answers.grading.json_answers import BadSchema, schema_problems
from tui.measure.answers.grading.replies import json_values, without_thoughts
from tui.records.grading import Grade, Grader

_NAME_KEYS: Final = ("name", "tool", "tool_name", "function_name")
_ARGUMENT_KEYS: Final = ("arguments", "parameters", "args", "input", "tool_input")
_PYTHONIC: Final = re.compile(r"\A\s*(?:```\w*\n)?\[?\s*[A-Za-z_][\w.]*\(.*\)\s*\]?\s*(?:\n```)?\s*\Z", re.DOTALL)
_MARKED: Final = re.compile(
    r"<(?:function|tool)=(?P<name>[\w.-]+)>\s*(?P<arguments>\{.*?\})\s*</(?:function|tool)>", re.DOTALL
)
_CHANNELLED: Final = re.compile(
    r"(?:\bto=functions\.|<｜tool▁call▁begin｜>(?:function<｜tool▁sep｜>)?)(?P<name>[A-Za-z_][\w-]*)[^{]*?"
    r"(?P<arguments>\{.*?\})\s*(?=```|<|\Z)",
    re.DOTALL,
)
"""A call after a mark of its own, as gpt-oss and DeepSeek write it."""
_AROUND: Final = re.compile(r"<\|tool_call_(?:start|end)\|>")
"""Marks around calls of Python, as LFM writes them."""
_ELEMENTS: Final = re.compile(
    r"<(?:function|tool|invoke)(?:=|\s+name=[\"'])(?P<name>[\w.-]+)[\"']?>(?P<body>.*?)</(?:function|tool|invoke)>",
    re.DOTALL,
)
"""A call whose arguments are elements of XML of their own, as Qwen's coder and Claude write them."""
_ELEMENT: Final = re.compile(
    r"<(?:parameter|arg|argument)(?:=|\s+name=[\"'])(?P<name>[\w.-]+)[\"']?>(?P<value>.*?)</(?:parameter|arg|argument)>",
    re.DOTALL,
)
_KEY_AND_VALUE: Final = re.compile(
    r"<arg_key>(?P<name>.*?)</arg_key>\s*<arg_value>(?P<value>.*?)</arg_value>", re.DOTALL
)
_KEYED: Final = re.compile(r"<tool_call>\s*(?P<name>[\w.-]+)\s*(?P<body><arg_key>.*?)</tool_call>", re.DOTALL)
"""A call of keys and values that take turns, as GLM writes it."""
_NAMED: Final = re.compile(
    r"(?:^|\n)\s*(?:<\|?tool_call\|?>|\[TOOL_CALLS\])?\s*"
    r"(?P<name>[A-Za-z_][\w.-]*)\s*(?:\[ARGS\]|[:(])?\s*(?P<arguments>\{)"
)
_ACTION: Final = re.compile(
    r"Action:\s*(?P<name>[A-Za-z_][\w.-]*)\s*\n\s*Action Input:\s*(?P<arguments>\{.*\})", re.DOTALL
)
"""How agents of the ReAct kind write a call."""
_PRINTED: Final = re.compile(r"\A\s*print\((.*)\)\s*\Z", re.DOTALL)
_RIGHT_NAME: Final = 0.5
"""The credit for the right tool with wrong arguments."""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that an answer makes."""

    name: str
    arguments: object


def grade(grader: Grader, text: str) -> Grade:
    """Grade the calls of an answer: none, or exactly one to the right tool with arguments as the schema asks."""
    calls = calls_in(text)
    if not grader.tool:
        if calls:
            return Grade.of(grader, 0, f"it calls {calls[0].name}, where no tool is to be called")
        answered = bool(without_thoughts(text))
        return Grade.of(grader, float(answered), "it calls no tool" if answered else "there is no answer")
    if not calls:
        return Grade.of(grader, 0, f"it calls no tool, {grader.tool} is right")
    right = [call for call in calls if call.name == grader.tool]
    if not right:
        return Grade.of(grader, 0, f"it calls {calls[0].name}, {grader.tool} is right")
    try:
        problems = schema_problems(grader.schema, right[0].arguments) if grader.schema else []
    except BadSchema as error:
        return Grade.untold(grader, f"it cannot be checked: {error}")
    if problems:
        return Grade.of(grader, _RIGHT_NAME, f"it calls {grader.tool}, but {'; '.join(problems[:3])}")
    if len(calls) > 1:
        return Grade.of(grader, _RIGHT_NAME, f"it calls {grader.tool} rightly, and then {len(calls) - 1} more")
    return Grade.of(grader, 1, f"it calls {grader.tool} with the right arguments")


def calls_in(text: str) -> list[ToolCall]:
    """Find the calls in a text: as JSON of several makes, in tags, or as a call of Python that is all of the text."""
    answer = _AROUND.sub("", without_thoughts(text)).strip()
    action = _ACTION.search(answer)
    if action is not None:
        return [ToolCall(action["name"], _arguments(action["arguments"]))]
    marked = [
        ToolCall(match["name"], _arguments(match["arguments"]))
        for form in (_MARKED, _CHANNELLED)
        for match in form.finditer(answer)
    ]
    if marked:
        return marked
    elements = [
        ToolCall(match["name"], {one["name"].strip(): _element(one["value"]) for one in pairs.finditer(match["body"])})
        for form, pairs in ((_ELEMENTS, _ELEMENT), (_KEYED, _KEY_AND_VALUE))
        for match in form.finditer(answer)
    ]
    if elements:
        return elements
    calls = [call for value in json_values(answer) for call in _of_json(value)]
    if calls:
        return calls
    if _PYTHONIC.match(answer):
        return _of_python(answer)
    named = _NAMED.search(answer)
    if named is not None and answer[: named.start()].strip() in ("", "<tool_call>", "Action:"):
        values = json_values(answer[named.start("arguments") :])
        if values and isinstance(values[0], dict):
            return [ToolCall(named["name"], cast("object", values[0]))]
    return []


def _of_json(value: object) -> Iterator[ToolCall]:
    if isinstance(value, list):
        for item in cast("list[object]", value):
            yield from _of_json(item)
    if not isinstance(value, dict):
        return
    members = cast("dict[str, object]", value)
    for key in ("tool_calls", "function", "function_call", "tool_call"):
        if isinstance(members.get(key), list | dict):
            yield from _of_json(members[key])
            return
    name = next((members[key] for key in _NAME_KEYS if isinstance(members.get(key), str)), None)
    if not isinstance(name, str) and isinstance(members.get("function"), str):
        name = members["function"]
    key = next((key for key in _ARGUMENT_KEYS if key in members), None)
    if isinstance(name, str) and key is not None:
        yield ToolCall(name, _arguments(members[key]))


def _element(text: str) -> object:
    """Read the value of an element: JSON if it is some, else its text."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()


def _arguments(value: object) -> object:
    """Read arguments that are JSON in a string, as OpenAI's API has them."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _of_python(text: str) -> list[ToolCall]:
    source = _PRINTED.sub(r"\1", re.sub(r"\A\s*```\w*\n|\n```\s*\Z", "", text).strip())
    try:
        tree = ast.parse(source, mode="eval").body
        nodes = tree.elts if isinstance(tree, ast.List) else [tree]
        return [
            ToolCall(
                ast.unparse(node.func),
                json.loads(json.dumps({keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords})),
            )
            for node in nodes
            if isinstance(node, ast.Call) and not node.args
        ]
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError):
        return []
