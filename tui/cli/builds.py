"""``benchtop builds``: tells which builds of a model still answer as the best of them does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tui.cli.shared.values import STDOUT, completing, history_option, json_option, names
from tui.console import Console, ExitCode, process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    import msgspec

    from tui.cli.shared import options, reports, run_names, tables
    from tui.measure.answers import builds
    from tui.records import RunRecord
    from tui.records.grading.builds import Build
    from tui.reports.sections.quality import builds as section
    from tui.text import escape
else:
    msgspec = lazy_module("msgspec")
    options = lazy_module("tui.cli.shared.options")
    reports = lazy_module("tui.cli.shared.reports")
    run_names = lazy_module("tui.cli.shared.run_names")
    tables = lazy_module("tui.cli.shared.tables")
    builds = lazy_module("tui.measure.answers.builds")
    section = lazy_module("tui.reports.sections.quality.builds")
    escape = lazy_module("tui.text.escape")

SCHEMA = 1


@click.command()
@click.argument("runs", metavar="[RUN...]", nargs=-1, shell_complete=completing("runs_and_files"))
@click.option(
    "--models",
    metavar="A,B",
    type=names,
    shell_complete=completing("all_models"),
    help="Models that are builds of one, such as one here and one behind a server. [default: those of one alias]",
)
@json_option
@history_option
def command(*, runs: tuple[str, ...], models: tuple[str, ...] | None, json_file: Path | None) -> int:
    """Compare builds of one model: for CPU, GPU and NPU, in other precisions, of other runtimes, here and on a server.

    Builds are the models of one alias in the latest run or in RUN; with several runs, the same model in each of them.
    Each is compared with the best of them: where the answers part, how many are right, and whether a build is broken.
    Exit code 3 if one is.

    \b
    benchtop bench --models phi-4-mini@cpu,phi-4-mini@gpu --temperature 0
    benchtop builds
    benchtop builds before-update last --models phi-4-mini
    """
    console = process_console()
    records = [run_names.named_run(name, or_file=True) for name in runs or ("last",)]
    groups = [builds.compare_builds(group) for group in _groups(records, models)]
    if json_file != STDOUT:
        _show(groups, console)
    written = True
    if json_file is not None:
        document = {"schema": SCHEMA, "groups": msgspec.to_builtins(groups)}
        text = escape.json_document(escape.without_surrogates(json.dumps(document, indent=2, ensure_ascii=False)))
        written = reports.write_report(json_file, lambda: f"{text}\n", console)
    if any(build.state.value == "broken" for group in groups for build in group):
        return ExitCode.REGRESSION
    return ExitCode.DONE if written else ExitCode.USAGE


def _groups(records: list[RunRecord], models: tuple[str, ...] | None) -> list[tuple[builds.Side, ...]]:
    """Find what is a build of what."""
    if models is not None:
        sides = [
            builds.Side(run, model.key)
            for run in records
            for model in run.plan.models
            if model.key in models or model.alias in models
        ]
        groups = [tuple(sides)] if len(sides) > 1 else []
    elif len(records) > 1:
        keys = dict.fromkeys(model.key for run in records for model in run.plan.models)
        of_keys = [[builds.Side(run, key) for run in records if _has(run, key)] for key in keys]
        groups = [tuple(sides) for sides in of_keys if len(sides) > 1]
    else:
        groups = list(builds.build_groups(records[0]))
    if not groups:
        raise options.Refused(
            "there are no two builds of one model to compare; name builds of one with --models A,B, or two runs of the "
            "same model."
        )
    return groups


def _has(run: RunRecord, key: str) -> bool:
    return any(model.key == key for model in run.plan.models)


def _show(groups: list[tuple[Build, ...]], console: Console) -> None:
    columns = section.BUILD_COLUMNS
    for group in groups:
        headings = tuple(column.title.upper() for column in columns)
        rows = [tuple(escape.visible(column.show(build)) for column in columns) for build in group]
        console.data(tables.fitted(headings, rows, console.out_width, right=(2, 3, 4, 5)) + "\n")
    for group in groups:
        for sentence in section.broken_sentences(group):
            console.warn(escape.visible(sentence))
    console.say(section.BUILDS_NOTE)
