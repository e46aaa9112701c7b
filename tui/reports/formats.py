"""The formats that a run can be written in: one row a format, for the export dialog and for the options of commands.

A row names the function that writes the format. That function's module is imported when a run is first written, so that
neither a help text nor a dialog waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tui.reports import html, json, markdown

if TYPE_CHECKING:
    from tui.records import MemoryReading, RunRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFormat:
    """One format: how it is named to a person, and who writes it."""

    title: str
    suffix: str
    option: str
    """The option of a command that names the file."""
    help: str
    """What the option does, in the help of the command."""
    about: str
    """What is in the file, in the export dialog; empty if the dialog does not offer the format."""
    render: Callable[[RunRecord, Sequence[MemoryReading]], str]
    """Gives the text of a run, from the run and what memory held meanwhile."""
    needs_readings: bool = False
    """Whether the text depends on what memory held, which only the history has."""


MARKDOWN: Final = ReportFormat(
    title="Markdown",
    suffix=".md",
    option="--md",
    help="Write the report as Markdown.",
    about="a report: summary, table, definitions",
    render=lambda run, readings: markdown.markdown_report(run, readings),
    needs_readings=True,
)
BASELINE: Final = ReportFormat(
    title="Baseline",
    suffix=".json",
    option="--deterministic-json",
    help="Write a baseline for version control: the same data gives the same bytes.",
    about="",
    render=lambda run, _: json.baseline_text(run),
)
FORMATS: Final = (
    MARKDOWN,
    ReportFormat(
        title="HTML",
        suffix=".html",
        option="--html",
        help="Write the report as a page with charts.",
        about="the same as a page with charts, in one file",
        render=lambda run, readings: html.html_page(run, readings),
        needs_readings=True,
    ),
    ReportFormat(
        title="CSV",
        suffix=".csv",
        option="--csv",
        help="Write one row a sample.",
        about="one row a sample, for a spreadsheet",
        render=lambda run, _: json.csv_text(run),
    ),
    ReportFormat(
        title="JSON",
        suffix=".json",
        option="--json",
        help="Write the whole run for other tools.",
        about="everything, for other tools",
        render=lambda run, _: json.json_text(run),
    ),
    ReportFormat(
        title="JSONL",
        suffix=".jsonl",
        option="--arrivals",
        help="Write when each piece of text came, as JSONL.",
        about="when each piece of text came",
        render=lambda run, _: json.arrivals_text(run),
    ),
    BASELINE,
)
