"""The options of a gate, and where its results are written: exit code, JUnit XML, and GitHub Actions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.shared.values import STDOUT
from tui.console import Console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.shared import reports as report_files
    from tui.records.grading.gates import GateResult
    from tui.reports import export
    from tui.reports import gates as gate_reports
else:
    export = lazy_module("tui.reports.export")
    gate_reports = lazy_module("tui.reports.gates")
    report_files = lazy_module("tui.cli.shared.reports")

_SUMMARY: Final = "GITHUB_STEP_SUMMARY"
"""The variable of GitHub Actions that names the file of a step's summary."""


@dataclass(frozen=True, slots=True)
class GateFiles:
    """Where the results of a gate are written, besides the terminal."""

    junit: Path | None = None
    github: bool = False

    @property
    def is_wanted(self) -> bool:
        """Whether the results are written anywhere."""
        return self.junit is not None or self.github


_OPTIONS: Final = (
    click.option("--junit", metavar="FILE", type=click.Path(path_type=Path), help="Write the gates as JUnit XML."),
    click.option(
        "--github",
        is_flag=True,
        help="In GitHub Actions: a summary of the step, and an annotation for each failed gate.",
    ),
)


def gate_file_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that say where the results of a gate are written."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def write_results(results: Sequence[GateResult], title: str, files: GateFiles, console: Console) -> bool:
    """Write the results where they are wanted; tells whether all could be written."""
    written = True
    if files.junit is not None:
        written = report_files.write_report(files.junit, lambda: gate_reports.junit_text(results, title), console)
    if files.github:
        written = _write_github(results, title, console) and written
    return written


def _write_github(results: Sequence[GateResult], title: str, console: Console) -> bool:
    for line in gate_reports.workflow_commands(results):
        console.warn(line)
    file = os.environ.get(_SUMMARY)
    if not file:
        console.say(f"{_SUMMARY} is not set, so there is no summary of a step to write.")
        return True
    try:
        export.append(Path(file), gate_reports.summary_text(results, title))
    except export.ExportError as error:
        console.warn(f"{error}.")
        return False
    return True


def checked_files(files: GateFiles) -> tuple[Path, ...]:
    """Return the files that must be writable before anything is measured."""
    return () if files.junit is None or files.junit == STDOUT else (files.junit,)
