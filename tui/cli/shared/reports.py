"""The files that a command writes a run to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui.cli.shared.options import Refused
from tui.cli.shared.values import ReportFiles, history_file
from tui.console import Console
from tui.records import RunRecord
from tui.reports import export
from tui.reports.json import baseline
from tui.store.history import readings_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """The file of each kind of report that is to be written; ``None`` for a kind that is not wanted."""

    markdown: Path | None = None
    html: Path | None = None
    csv: Path | None = None
    json: Path | None = None
    arrivals: Path | None = None
    deterministic: Path | None = None

    @staticmethod
    def of(options: ReportFiles) -> Reports:
        """Take the files from the options of a command."""
        return Reports(
            markdown=options["markdown_file"],
            html=options["html_file"],
            csv=options["csv_file"],
            json=options["json_file"],
            arrivals=options["arrivals_file"],
            deterministic=options["deterministic_file"],
        )

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is to be written."""
        files = (self.markdown, self.html, self.csv, self.json, self.arrivals, self.deterministic)
        return tuple(file for file in files if file is not None)

    def check(self) -> None:
        """Refuse a file that cannot be written, or is named twice, before anything is measured."""
        try:
            for path in self.files:
                export.check_writable(path)
        except export.ExportError as error:
            raise Refused(str(error)) from error
        if len({path.resolve() for path in self.files}) < len(self.files):
            raise Refused("two reports would go to the same file; give each a name of its own.")

    def write(self, run: RunRecord, console: Console) -> bool:
        """Write every report of the run; tells whether all could be written."""
        readings = readings_of(history_file(), run.run_id) if self.markdown or self.html else ()
        kinds: tuple[tuple[Path | None, Callable[[], str]], ...] = (
            (self.markdown, lambda: export.markdown(run, readings)),
            (self.html, lambda: export.html(run, readings)),
            (self.csv, lambda: export.csv(run)),
            (self.json, lambda: export.json_text(run)),
            (self.arrivals, lambda: export.arrivals(run)),
            (self.deterministic, lambda: baseline.text_of(run)),
        )
        all_written = True
        for path, text_of in kinds:
            if path is not None and not write_report(path, text_of, console):
                all_written = False
        return all_written


def markdown_of(run: RunRecord) -> str:
    """Write a run of the history as Markdown, with the memory readings that the history has of it."""
    return export.markdown(run, readings_of(history_file(), run.run_id))


def write_report(path: Path, text_of: Callable[[], str], console: Console) -> bool:
    """Write a text to a file and tell so; an error is told in a sentence, and the result is false."""
    try:
        export.write(path, text_of())
    except export.ExportError as error:
        console.fail(str(error))
        return False
    console.say(f"{path} is written.")
    return True
