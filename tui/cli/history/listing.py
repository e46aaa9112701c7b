"""Runs as rows on stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import msgspec

from tui.cli.shared.tables import columns
from tui.records import RunEntry
from tui.text import units
from tui.text.escape import json_document, visible, without_surrogates

_PINNED: Final = "pinned"


def as_table(entries: Sequence[RunEntry]) -> str:
    """A row a run; names and tags have a column where there are any."""
    headings = ["RUN", "BEGAN (UTC)", "MODELS", "SAMPLES", "STATUS"]
    named, tagged = any(each.name for each in entries), any(each.tags or each.pinned for each in entries)
    headings += [*(["NAME"] if named else []), *(["TAGS"] if tagged else [])]
    rows = [
        [
            entry.run_id,
            _began(entry),
            visible(", ".join(entry.models)),
            units.count(entry.samples),
            _status(entry),
            *([visible(entry.name)] if named else []),
            *([visible(_tags(entry))] if tagged else []),
        ]
        for entry in entries
    ]
    return columns(headings, rows, right=(3,))


def as_json_text(entries: Sequence[RunEntry]) -> str:
    """A list of objects; names of fields may be added, never changed."""
    values = [msgspec.to_builtins(entry) for entry in entries]
    return json_document(without_surrogates(json.dumps(values, indent=2, ensure_ascii=False))) + "\n"


def described(entry: RunEntry) -> str:
    """A run in one line."""
    name = f'"{visible(entry.name)}", ' if entry.name else ""
    models = visible(", ".join(entry.models))
    return f"{entry.run_id}: {name}{_began(entry)} UTC, {models}, {units.count(entry.samples)} samples"


def words_on_rest(shown: int, found: int, kept: int) -> str:
    """What is to be said of the runs that are not shown."""
    if not kept:
        return 'The history is empty; "benchtop bench" measures, and every run is kept.'
    if not found:
        return f"None of {units.count(kept)} runs matches."
    if shown < found:
        return f"{units.count(shown)} of {units.count(found)} runs; --limit shows more."
    return ""


def _began(entry: RunEntry) -> str:
    return entry.started_at[:16].replace("T", " ")


def _status(entry: RunEntry) -> str:
    return f"{entry.status.value}, {units.count(entry.failed)} failed" if entry.failed else entry.status.value


def _tags(entry: RunEntry) -> str:
    return " ".join([*([_PINNED] if entry.pinned else []), *(f"#{tag}" for tag in entry.tags)])
