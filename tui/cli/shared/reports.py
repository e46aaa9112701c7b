"""The files that a command writes a run to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.cli.shared.options import Refused
from tui.cli.shared.values import STDOUT, history_file, report_files
from tui.console import Console, ExitCode
from tui.lazy import lazy_module
from tui.log import log_to_file
from tui.records import ModelSummary, RunRecord
from tui.reports import export
from tui.reports.formats import MARKDOWN, ReportFormat

if TYPE_CHECKING:
    from tui.reports.json import references as reading_references
else:
    reading_references = lazy_module("tui.reports.json.references")


@dataclass(frozen=True, slots=True)
class Reports:
    """The files that a run is to be written to, each in its format."""

    files: Mapping[ReportFormat, Path]

    @staticmethod
    def named() -> Reports:
        """The files that the command line names, once it is known that they can be written."""
        files = report_files()
        check_files(files.values())
        return Reports(files)

    @property
    def on_stdout(self) -> bool:
        """Whether one of the reports takes stdout, where nothing else may then be written."""
        return STDOUT in self.files.values()

    def write(self, run: RunRecord, console: Console) -> bool:
        """Write every report of the run; tells whether all could be written."""
        log_to_file()
        written = [
            write_report(path, lambda wanted=report_format: export.text_of(run, wanted, history_file()), console)
            for report_format, path in self.files.items()
        ]
        return all(written)


def check_files(files: Iterable[Path]) -> None:
    """Refuse a file that cannot be written, or is named twice, before anything is measured."""
    paths = list(files)
    try:
        for path in filter(lambda path: path != STDOUT, paths):
            export.check_writable(path, history_file())
    except export.ExportError as error:
        raise Refused(str(error)) from error
    if export.lead_to_one_file(paths):
        raise Refused("two reports would go to the same file; give each a name of its own.")


def markdown_of(run: RunRecord) -> str:
    """Write a run of the history as Markdown, with the memory readings that the history has of it."""
    log_to_file()
    try:
        return export.text_of(run, MARKDOWN, history_file())
    except export.ExportError as error:
        raise Refused(str(error)) from error


def write_alone(path: Path, text: str, console: Console) -> int:
    """Write the text that is all that a command has to give, and return its exit code."""
    check_files([path])
    return ExitCode.DONE if write_report(path, lambda: text, console) else ExitCode.USAGE


def write_report(path: Path, text_of: Callable[[], str], console: Console) -> bool:
    """Write a text to a file and tell so, or to stdout; an error is told in a sentence, and the result is false."""
    try:
        if path == STDOUT:
            console.data(text_of())
            return True
        export.write(path, text_of(), history_file())
    except export.ExportError as error:
        console.fail(str(error))
        return False
    console.say(f"{path} is written.")
    return True


def reference_rows(paths: Sequence[Path]) -> tuple[ModelSummary, ...]:
    """Read the results of other machines of all these files; raises ``Refused`` for a file that has none."""
    try:
        return tuple(row for path in paths for row in reading_references.read_references(path))
    except reading_references.NotARun as error:
        raise Refused(str(error)) from error
