"""The report on a benchmark on a fleet: the same that ``benchtop merge`` makes of files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

from tui import json_file
from tui.cli.bench.own_options import BenchOptions
from tui.cli.shared.options import Refused
from tui.cli.shared.reports import check_files, write_report
from tui.cli.shared.values import STDOUT, history_file, report_files
from tui.console import Console
from tui.measure.fleet.comparing import fleet_of
from tui.records import RunRecord
from tui.records.fleet.results import Fleet, FleetFailure, FleetRun
from tui.reports import export
from tui.reports.fleet.html import html_text
from tui.reports.fleet.json import json_text
from tui.reports.fleet.markdown import markdown_text
from tui.reports.fleet.reading import results_in
from tui.reports.formats import FORMATS, ReportFormat
from tui.text.escape import visible

_TEXTS: Final[Mapping[str, Callable[[Fleet], str]]] = {
    "--md": markdown_text,
    "--html": html_text,
    "--json": json_text,
}
_NOT_WITH_FLEET: Final = ("judges", "baseline", "fail_over", "relative_to", "without_disturbed")
_ALL_MODELS: Final = "all"


@dataclass(frozen=True, slots=True)
class FleetReports:
    """The files that the report on a fleet is written to."""

    files: Mapping[ReportFormat, Path]

    @staticmethod
    def named(options: BenchOptions) -> FleetReports:
        """The files that the command line names, once it is known that they can be written.

        Options that a report on many machines cannot take are refused.
        """
        files = report_files()
        others = [entry.option for entry in files if entry.option not in _TEXTS]
        others += [f"--{name.replace('_', '-')}" for name in _NOT_WITH_FLEET if options[name]]
        if others:
            raise Refused(
                f"{', '.join(others)} cannot be given with --fleet; each machine's run is in the history, "
                "where benchtop report and compare take it."
            )
        check_files(files.values())
        return FleetReports(files)

    @property
    def on_stdout(self) -> bool:
        """Whether one of the reports takes stdout."""
        return STDOUT in self.files.values()

    def write(self, runs: Mapping[str, RunRecord], failures: Sequence[FleetFailure], console: Console) -> bool:
        """Write the reports, print the one for people where no other takes stdout, and tell the answer.

        Without a run there is nothing to report.
        """
        if not runs:
            return not self.files
        try:
            fleet = fleet_of(_results(runs))
        except export.ExportError as error:
            console.fail(str(error))
            return False
        fleet = replace(fleet, failures=(*fleet.failures, *failures))
        written = [
            write_report(path, partial(_TEXTS[entry.option], fleet), console) for entry, path in self.files.items()
        ]
        if not self.on_stdout:
            console.data(f"\n{markdown_text(fleet)}")
        console.say(visible(fleet.answer))
        return all(written)


def not_measured(name: str, reason: str) -> FleetFailure:
    """The row of a machine that gave no result at all, or not all of them."""
    return FleetFailure(key=_ALL_MODELS, label=name, reason=reason)


def _results(runs: Mapping[str, RunRecord]) -> list[FleetRun]:
    """Read the results of all machines; machines that share one home still stand apart, under their names."""
    by_option = {entry.option: entry for entry in FORMATS}
    found: list[FleetRun] = []
    for name, run in runs.items():
        data: object = json_file.loads(export.text_of(run, by_option["--json"], history_file()))
        for result in results_in(data, name):
            taken = result.machine in {other.machine for other in found}
            machine = f"{result.machine}-{len(found)}" if taken else result.machine
            found.append(replace(result, label=name, machine=machine))
    return found
