"""The lines of a JSON text on which its values begin, so that a message can name the line of a mistake."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from tui import json_file

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+|\n')


def lines_of_json(content: str) -> Mapping[str, int]:
    """Map the key of each value of a JSON text, as ``tasks[2].expect.number``, to its line, from 1."""
    lines: dict[str, int] = {}
    stack: list[tuple[str, int | None]] = []
    line, key = 1, ""
    is_name = False
    for match in _TOKEN.finditer(content):
        token = match[0]
        if token == "\n":
            line += 1
            continue
        inside, number = stack[-1] if stack else ("", None)
        if token in "}]":
            stack.pop()
        elif token == ",":
            is_name = number is None
            if number is not None:
                stack[-1] = inside, number + 1
        elif token == ":":
            is_name = False
        elif is_name:
            key = f"{inside}.{json_file.loads(token)}".lstrip(".")
            lines[key] = line
        else:
            place = key if number is None else f"{inside}[{number}]"
            lines.setdefault(place, line)
            if token in "{[":
                stack.append((place, None if token == "{" else 1))
                is_name = token == "{"
    return lines
