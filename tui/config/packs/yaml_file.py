"""Read YAML as data: no tags, no anchors that repeat a part, no key twice, and limits for depth and digits.

The values are those of YAML 1.2, so that ``no`` is a text. Every value keeps its line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tui.json_file import ConfigError

_MOST_DEPTH: Final = 50
_MOST_DIGITS: Final = 20
_WORDS: Final[dict[str, object]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE: Final = re.compile(r"[-+]?\d+")
_REAL: Final = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?")


@dataclass(slots=True)
class _Part:
    """A list or an object that is not complete yet."""

    key: str
    data: list[object] | dict[str, object]
    name: str | None = None
    """The name of the next member of an object."""


@dataclass(slots=True)
class _Reading:
    file: Path
    lines: dict[str, int] = field(default_factory=dict[str, int])
    stack: list[_Part] = field(default_factory=list[_Part])
    top: object = None


def read_yaml(file: Path, content: str) -> tuple[object, dict[str, int]]:
    """Read a YAML text; gives its value, and the line of each value by its key.

    Raises:
        ConfigError: it is no YAML, or has what is refused; the message has the line.
    """
    yaml: Any = import_module("yaml")
    reading = _Reading(file)
    documents = 0
    try:
        for event in yaml.parse(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            kind = type(event).__name__
            documents += kind == "DocumentStartEvent"
            if documents > 1:
                raise _refused(reading, event, "a second document; keep one in a file")
            _take(reading, kind, event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line = f", line {mark.line + 1}" if mark is not None else ""
        problem = str(getattr(error, "problem", None) or error).split("\n", 1)[0]
        raise ConfigError(f"{file}{line}: this is not YAML ({problem}); correct it there.") from None
    return reading.top, reading.lines


def _take(reading: _Reading, kind: str, event: Any) -> None:
    """Add one event of the parser to what was read."""
    if kind == "AliasEvent":
        raise _refused(reading, event, f"the alias *{event.anchor}, which repeats another part; write the part out")
    if kind in ("ScalarEvent", "SequenceStartEvent", "MappingStartEvent"):
        if event.tag is not None and event.tag != "!":
            raise _refused(reading, event, f"the tag {event.tag}; remove it")
        part = reading.stack[-1] if reading.stack else None
        if part is not None and isinstance(part.data, dict) and part.name is None:
            _name(reading, part, kind, event)
            return
        key = _place(reading, part, event)
        if kind == "ScalarEvent":
            _add(reading, part, _scalar(reading, event))
            return
        if len(reading.stack) >= _MOST_DEPTH:
            raise _refused(reading, event, f"more than {_MOST_DEPTH} levels; simplify it")
        value: list[object] | dict[str, object] = {} if kind == "MappingStartEvent" else []
        _add(reading, part, value)
        reading.stack.append(_Part(key, value))
    elif kind in ("SequenceEndEvent", "MappingEndEvent"):
        reading.stack.pop()


def _name(reading: _Reading, part: _Part, kind: str, event: Any) -> None:
    if kind != "ScalarEvent":
        raise _refused(reading, event, "a key that is no text; write a plain word")
    if event.value in part.data:
        raise _refused(reading, event, f'the key "{event.value}" twice in one object; keep one of them')
    part.name = event.value


def _place(reading: _Reading, part: _Part | None, event: Any) -> str:
    key = ""
    if part is not None:
        key = f"{part.key}.{part.name}".lstrip(".") if part.name is not None else f"{part.key}[{len(part.data) + 1}]"
    reading.lines.setdefault(key, event.start_mark.line + 1)
    return key


def _add(reading: _Reading, part: _Part | None, value: object) -> None:
    if part is None:
        reading.top = value
    elif isinstance(part.data, list):
        part.data.append(value)
    elif part.name is not None:
        part.data[part.name] = value
        part.name = None


def _scalar(reading: _Reading, event: Any) -> object:
    text: str = event.value
    if event.style not in (None, ""):
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        if len(text.lstrip("+-")) > _MOST_DIGITS:
            raise _refused(reading, event, f"a number with more than {_MOST_DIGITS} digits; put it in quotes")
        return int(text)
    if _REAL.fullmatch(text):
        number = float(text)
        if number in (float("inf"), float("-inf")):
            raise _refused(reading, event, "a number that is too large; put it in quotes")
        return number
    return text


def _refused(reading: _Reading, event: Any, what: str) -> ConfigError:
    return ConfigError(f"{reading.file}, line {event.start_mark.line + 1}: there is {what}.")
