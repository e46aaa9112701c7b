"""Lists the runs of the history on stdout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from tui.cli.shared.options import Refused
from tui.cli.shared.reports import write_alone
from tui.cli.shared.run_names import opened_runs
from tui.cli.shared.tables import fitted
from tui.console import Console, ExitCode
from tui.records import RunEntry, RunFilter, RunState
from tui.store.runs import is_date, parse_filter
from tui.text import units
from tui.text.cells import cut_words
from tui.text.escape import json_document, visible, without_surrogates
from tui.text.run_titles import run_title
from tui.text.times import local_start_time, local_start_time_cell, zone_heading

_PINNED: Final = "pinned"
_WIDE: Final = 110
"""The cells of a terminal from which the list tells what each run was."""
_LONGEST_TITLE: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRequest:
    """The values of the options that choose the runs."""

    words: Sequence[str]
    tags: Sequence[str]
    statuses: Sequence[str]
    since: str | None
    until: str | None
    limit: int


def list_runs(request: ListRequest, console: Console, json_file: Path | None) -> int:
    """Print the runs that were asked for, and return the exit code."""
    run_filter = _filter_of(request)
    with opened_runs() as runs:
        entries, matching, total = runs.entries(run_filter), runs.count(run_filter), runs.count()
    if json_file is not None:
        return write_alone(json_file, as_json_text(entries), console)
    if entries:
        console.data(as_table(entries, console.out_width))
    if sentence := _on_the_others(len(entries), matching, total):
        console.say(sentence)
    return ExitCode.DONE


def as_table(entries: Sequence[RunEntry], width: int | None) -> str:
    """Set the runs in a table for a terminal of this ``width``.

    Tags have a column if there are any; what each run was has one if there is room, and names always.
    """
    wide = width is None or width >= _WIDE
    headings = ["RUN", f"BEGAN ({zone_heading(entry.started_at for entry in entries)})", "MODELS", "SAMPLES", "STATUS"]
    named, tagged = any(entry.name for entry in entries), any(entry.tags or entry.pinned for entry in entries)
    headings += [*(["WHAT"] if wide else ["NAME"] if named else []), *(["TAGS"] if tagged else [])]
    rows = [
        [
            entry.run_id,
            local_start_time_cell(entry.started_at),
            visible(", ".join(entry.models)),
            units.count(entry.samples),
            _status(entry),
            *([_what(entry)] if wide else [visible(entry.name)] if named else []),
            *([visible(_tags(entry))] if tagged else []),
        ]
        for entry in entries
    ]
    return fitted(headings, rows, width, right=(3,), flexible=2)


def as_json_text(entries: Sequence[RunEntry]) -> str:
    """Write a JSON list of objects; names of fields may be added, never changed."""
    values = [msgspec.to_builtins(entry) for entry in entries]
    return json_document(without_surrogates(json.dumps(values, indent=2, ensure_ascii=False))) + "\n"


def described(entry: RunEntry) -> str:
    """Describe a run in one line."""
    name = f'"{visible(entry.name)}", ' if entry.name else ""
    models = visible(", ".join(entry.models))
    return f"{entry.run_id}: {name}{local_start_time(entry.started_at)}, {models}, {units.count(entry.samples)} samples"


def _filter_of(request: ListRequest) -> RunFilter:
    """Combine the options with the tags and days that stand among the words; an option takes precedence."""
    by_words = parse_filter(" ".join(request.words))
    return replace(
        by_words,
        tags=(*by_words.tags, *request.tags),
        statuses=tuple(RunState(status) for status in request.statuses),
        since=_day(request.since, "--since") or by_words.since,
        until=_day(request.until, "--until") or by_words.until,
        limit=request.limit,
    )


def _day(text: str | None, option: str) -> str | None:
    if text is not None and not is_date(text):
        raise Refused(f"{option} {text} is not a day such as 2026-11-22.")
    return text


def _on_the_others(shown: int, matching: int, total: int) -> str:
    """Write a sentence on the runs that are not shown; the text is empty if all are."""
    if not total:
        return 'The history is empty; "benchtop bench" measures, and every run is kept.'
    if not matching:
        return f"None of {units.count(total)} runs matches."
    if shown < matching:
        return f"{units.count(shown)} of {units.count(matching)} runs; --limit shows more."
    return ""


def _what(entry: RunEntry) -> str:
    return cut_words(visible(run_title(entry)), _LONGEST_TITLE).rstrip()


def _status(entry: RunEntry) -> str:
    return f"{entry.status.value}, {units.count(entry.failed)} failed" if entry.failed else entry.status.value


def _tags(entry: RunEntry) -> str:
    return " ".join([*([_PINNED] if entry.pinned else []), *(f"#{tag}" for tag in entry.tags)])
