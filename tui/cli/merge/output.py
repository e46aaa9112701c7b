"""Reads the results of machines, merges them, and prints and writes the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tui import paths
from tui.cli.shared.options import Refused
from tui.cli.shared.reports import check_files, write_report
from tui.cli.shared.stdin import file_of
from tui.cli.shared.values import STDOUT
from tui.config.fleet.machine import clean_name
from tui.console import Console, ExitCode
from tui.measure.fleet.comparing import fleet_of, meets, result_of
from tui.measure.fleet.merging import duplicates_in, machines_of, merged_runs, unlike_in
from tui.records.fleet.results import Fleet, FleetLimits, FleetRun, MeasuredMachine
from tui.reports.fleet.html import html_text
from tui.reports.fleet.json import json_text
from tui.reports.fleet.markdown import markdown_text
from tui.reports.fleet.reading import read_results
from tui.reports.json.reading import NotARun
from tui.text.escape import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeRequest:
    """The values of all options of the command."""

    files: tuple[Path, ...]
    anyway: bool
    labels: tuple[tuple[str, str], ...]
    reference: str | None
    ttft_ms: float | None
    memory_bytes: int | None
    decode_tok_s: float | None
    markdown: Path | None
    html: Path | None
    json: Path | None


def merge_files(request: MergeRequest, console: Console) -> int:
    """Merge the files, write the report, and return the exit code."""
    formats = ((request.markdown, markdown_text), (request.html, html_text), (request.json, json_text))
    check_files(path for path, _ in formats if path is not None)
    read = _read(request.files, json_on_stdout=request.json == STDOUT)
    runs = merged_runs(run for _, run in read)
    for sentence in duplicates_in(read):
        console.say(f"{visible(sentence)}, and counts once.")
    unlike = unlike_in(runs)
    if unlike and not request.anyway:
        raise Refused(f"these runs were not asked the same: {'; '.join(unlike)}; --anyway merges them all the same.")
    limits = FleetLimits(ttft_ms=request.ttft_ms, memory_bytes=request.memory_bytes, decode_tok_s=request.decode_tok_s)
    labels = _labels(request.labels, machines_of(runs))
    fleet = fleet_of(runs, limits=limits, reference=request.reference, labels=labels)
    if request.reference is not None and request.reference not in fleet.keys:
        raise Refused(f"none of these runs has the model {request.reference}; there are {', '.join(fleet.keys)}.")
    written = [write_report(path, partial(text_of, fleet), console) for path, text_of in formats if path is not None]
    if not written:
        console.data(markdown_text(fleet))
    if not all(written):
        return ExitCode.USAGE
    console.say(visible(fleet.answer))
    return ExitCode.DONE if _is_kept(fleet) else ExitCode.MODEL_FAILED


def _read(files: Sequence[Path], *, json_on_stdout: bool) -> list[tuple[str, FleetRun]]:
    found: list[tuple[str, FleetRun]] = []
    for file in files:
        with file_of(str(file), "the results") as name:
            try:
                found += [(str(file), run) for run in read_results(paths.expanded(Path(name)))]
            except NotARun as error:
                # After --json a word is one of the files, so that no results are ever written over.
                hint = f" To write the report there, say --json={file}." if json_on_stdout and not file.exists() else ""
                raise Refused(f"{error}{hint}") from error
    if not found:
        raise Refused("there are no results in these files.")
    return found


def _labels(given: Sequence[tuple[str, str]], machines: Sequence[MeasuredMachine]) -> dict[str, str]:
    """Find the machine that each label is for."""
    labels: dict[str, str] = {}
    for named, label in given:
        meant = [machine.id for machine in machines if machine.id.startswith(named) or machine.label == named]
        if len(meant) != 1:
            known = ", ".join(f"{machine.id} ({machine.label})" for machine in machines)
            raise Refused(f"{named} means {'several machines' if meant else 'no machine'}; there are {known}.")
        labels[meant[0]] = clean_name(label)
    return labels


def _is_kept(fleet: Fleet) -> bool:
    """Whether some model keeps to the limits on every machine; without limits this is always so."""
    return not fleet.limits.any or any(
        all(meets(result_of(machine, key), fleet.limits) for machine in fleet.machines) for key in fleet.keys
    )
