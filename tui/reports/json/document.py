"""A whole run as JSON, the interface that other tools read."""

from __future__ import annotations

import json
from collections.abc import Callable
from json.encoder import encode_basestring
from typing import Final

from tui.records import RunRecord
from tui.reports.json.rows import document_members
from tui.text import escape

_NUMBERS: Final = frozenset({int, float})


def json_text(run: RunRecord) -> str:
    """Write the document of a run, schema 1: numbers to a millionth of their unit, and unknown is ``null``."""
    pieces: list[str] = []
    _write(escape.json_value(document_members(run)), "\n", pieces.append)
    return escape.json_document("".join(pieces)) + "\n"


def _write(value: escape.Json, line_start: str, write: Callable[[str], None]) -> None:
    """Write a value as ``json.dumps`` does with an indent of two, but a list of numbers on one line.

    A thousand arrivals are one thing to a reader. The encoder of the standard library takes ten times as long, because
    with an indent it is written in Python and handles the numbers one by one.
    """
    inner = f"{line_start}  "
    if isinstance(value, dict) and value:
        before = "{"
        for name, member in value.items():
            write(f"{before}{inner}{_text(name)}: ")
            _write_member(member, inner, write)
            before = ","
        write(f"{line_start}}}")
    elif isinstance(value, list) and value and not _NUMBERS.issuperset(map(type, value)):
        before = "["
        for member in value:
            write(f"{before}{inner}")
            _write_member(member, inner, write)
            before = ","
        write(f"{line_start}]")
    else:
        write(_compact(value))


def _write_member(member: escape.Json, line_start: str, write: Callable[[str], None]) -> None:
    """Write a member of an object or a list: most are plain values, for which an encoder would be set up each time."""
    if member is None:
        write("null")
    elif type(member) is str:
        write(_text(member))
    elif type(member) is float:
        write(float.__repr__(member))
    else:
        _write(member, line_start, write)


_compact: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
_text: Final[Callable[[str], str]] = encode_basestring
