"""A whole run as JSON, the interface that other tools read."""

from __future__ import annotations

import json
import re
from typing import Final

from tui.records import RunRecord
from tui.reports.json.rows import document_members
from tui.text import escape

_NUMBER_LIST: Final = re.compile(r"\[\n\s+([-+.\deE,\s]+?)\n\s+\]")


def json_text(run: RunRecord) -> str:
    """Write the document of a run, schema 1: numbers to a millionth of their unit, and unknown is ``null``."""
    members = escape.json_value(document_members(run))
    indented = json.dumps(members, indent=2, ensure_ascii=False, allow_nan=False)
    # A list of numbers stands on one line: a thousand arrivals are one thing to a reader.
    compact = _NUMBER_LIST.sub(lambda numbers: f"[{' '.join(numbers.group(1).split())}]", indented)
    return escape.json_document(compact) + "\n"
