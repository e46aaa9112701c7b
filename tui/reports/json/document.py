"""A whole run as JSON, the interface that other tools read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from tui.records import RunRecord
from tui.reports.json.rows import document_members
from tui.text import escape

_NUMBERS: Final = frozenset({int, float})


def json_text(run: RunRecord) -> str:
    """Write the document of a run, schema 1: numbers to a millionth of their unit, and unknown is ``null``."""
    return escape.json_document("".join(_indented(escape.json_value(document_members(run)), "\n"))) + "\n"


def _indented(value: escape.Json, line_start: str) -> Iterator[str]:
    """Write a value as ``json.dumps`` does with an indent of two, but a list of numbers on one line.

    A thousand arrivals are one thing to a reader. The encoder of the standard library takes ten times as long, because
    with an indent it is written in Python and handles the numbers one by one.
    """
    inner = f"{line_start}  "
    match value:
        case dict() if value:
            before = "{"
            for name, member in value.items():
                yield f"{before}{inner}{_compact(name)}: "
                yield from _indented(member, inner)
                before = ","
            yield f"{line_start}}}"
        case list() if value and not _NUMBERS.issuperset(map(type, value)):
            before = "["
            for member in value:
                yield f"{before}{inner}"
                yield from _indented(member, inner)
                before = ","
            yield f"{line_start}]"
        case _:
            yield _compact(value)


_compact: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
