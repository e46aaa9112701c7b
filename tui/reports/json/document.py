"""A whole run as JSON, the interface that other tools read."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Final

from tui.records import RunRecord
from tui.reports.json.rows import document_members
from tui.text import escape

_NUMBER_LIST: Final = re.compile(r"\[\n\s+([-+.\deE,\s]+?)\n\s+\]")

_Json = str | int | float | bool | None | Sequence["_Json"] | dict[str, "_Json"]


def json_text(run: RunRecord) -> str:
    """Write the document of a run, schema 1: numbers to a millionth of their unit, and unknown is ``null``."""
    members = _without_surrogates(document_members(run))
    indented = json.dumps(members, indent=2, ensure_ascii=False, allow_nan=False)
    # A list of numbers stands on one line: a thousand arrivals are one thing to a reader.
    compact = _NUMBER_LIST.sub(lambda numbers: f"[{' '.join(numbers.group(1).split())}]", indented)
    return escape.json_document(compact) + "\n"


def _without_surrogates(value: _Json) -> _Json:
    match value:
        case str():
            return escape.without_surrogates(value)
        case dict():
            return {key: _without_surrogates(member) for key, member in value.items()}
        case list() | tuple():
            return [_without_surrogates(member) for member in value]
        case _:
            return value
