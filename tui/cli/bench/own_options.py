"""The options of ``benchtop bench`` that no other command has, and the values that they take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypedDict

import click
from click.core import ParameterSource

from tui.bench.planning.sweep import MOST_TOKENS
from tui.cli.shared.gates import gate_file_options
from tui.cli.shared.options import Refused
from tui.cli.shared.setting_options import OTHER_SETTINGS, SERVER_SETTINGS
from tui.cli.shared.values import as_given, completing, fail_over_of, fail_under_of
from tui.config.fleet.machine import name_machine
from tui.records import Sweep, SweepOf
from tui.records.grading.gates import FailOver
from tui.reports.formats import FORMATS
from tui.text.sizes import numbers_in

GATE_LAUNCHES: Final = 5
"""Launches of a benchmark that is compared with a baseline, if no option names a number: a single launch on each side
does not allow to tell anything.
"""

_SWEEP_EXAMPLE: Final = "write it as prompt:128,512 or output:32,128, or as context:2048,8192 or chunk:128,2048."
_WITH_RESUME: Final = {
    "resume",
    "fleet",
    "fetch",
    "push",
    "label",
    "anyway",
    "memory_floor",
    "memory_limit",
    "without_disturbed",
    "endpoints",
    "trust_config",
    "judges",
    "judge_tokens",
    "run_code",
    "history",
    "quiet",
    "fail_under",
}
"""Options that may stand beside ``--resume``, as folders and reports may. All others belong to the run's own plan."""
_WITH_PLAN: Final = {
    "plan_file",
    "fleet",
    "fetch",
    "push",
    "anyway",
    "trust_plan",
    "label",
    "without_disturbed",
    "endpoints",
    "trust_config",
    "judges",
    "judge_tokens",
    "run_code",
    "history",
    "quiet",
    "baseline",
    "fail_over",
    "fail_under",
    "relative_to",
    "junit",
    "github",
}
"""Options that may stand beside ``--plan``."""


_SECTIONS: Final = {
    "What is measured": ("models", "prompts", "prompt", "pack", "fields", "scored", "sweep", "protocol"),
    "How often and how": OTHER_SETTINGS,
    "What is written": (*(entry.option for entry in FORMATS), "without_disturbed", "quiet"),
    "Gates (see benchtop guide compare)": ("baseline", "fail_over", "relative_to", "fail_under", "junit", "github"),
    "Going on, judging and grading": ("resume", "anyway", "judges", "judge_tokens", "run_code"),
    "A plan for many machines (see benchtop guide fleet)": (
        "plan_file",
        "trust_plan",
        "fleet",
        "fetch",
        "push",
        "label",
    ),
    "Memory and device": ("device", "context", "--chunk", "memory_floor", "memory_limit", "force"),
    "Servers (see benchtop guide servers)": (
        *("endpoints", "trust_config"),
        *SERVER_SETTINGS,
    ),
}
"""The sections of the help with the names of their options; those of reports stand by what is typed."""


class BenchCommand(click.Command):
    """Lists its many options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        records = {
            parameter: record for parameter in self.get_params(ctx) if (record := parameter.get_help_record(ctx))
        }
        for title, names in _SECTIONS.items():
            listed = [parameter for parameter in records if {str(parameter.name), parameter.opts[0]} & set(names)]
            with formatter.section(title):
                formatter.write_dl([records.pop(parameter) for parameter in listed])
        with formatter.section("Folders and help"):
            formatter.write_dl(list(records.values()))


class WhatOptions(TypedDict):
    """The values of the options that a plan is made from, besides those of ``shared.setting_options``."""

    config_folder: Path | None
    cache_folder: Path | None
    models: tuple[str, ...] | None
    prompts: str | None
    prompt: str | None
    pack: str | None
    fields: dict[str, str] | None
    scored: str | None
    sweep: Sweep | None
    protocol: str | None
    device: tuple[str, ...] | None
    context: int | None
    chunk: int | None
    memory_floor: int | None
    memory_limit: int | None
    force: bool
    endpoints: tuple[str, ...]
    trust_config: bool


class BenchOptions(WhatOptions):
    """The values of all options of the command besides those of ``shared.setting_options``."""

    resume: str | None
    plan_file: str | None
    trust_plan: bool
    fleet: str | None
    fetch: bool
    push: bool
    label: str | None
    run_code: bool
    anyway: bool
    without_disturbed: bool
    baseline: str | None
    fail_over: FailOver | None
    fail_under: float | None
    relative_to: str | None
    junit: Path | None
    github: bool
    judges: tuple[str, ...] | None
    judge_tokens: int | None


def sweep_of(value: str) -> Sweep:
    """Convert the dimension of a sweep and its lengths, such as ``prompt:128,512``."""
    dimension, _, lengths = value.partition(":")
    tokens = numbers_in(lengths, MOST_TOKENS)
    if dimension not in list(SweepOf) or tokens is None:
        raise click.BadParameter(
            f"{as_given(value)} is no sweep over lengths from 1 to {MOST_TOKENS:,} tokens; {_SWEEP_EXAMPLE}"
        )
    return Sweep(SweepOf(dimension), tokens)


def fields_of(value: str) -> dict[str, str]:
    """Convert the names of a data set's columns, such as ``prompt=question,expected=answer``."""
    pairs = [part.partition("=") for part in value.split(",") if part.strip()]
    fields = {ours.strip(): theirs.strip() for ours, _, theirs in pairs}
    if not fields or not all((*fields, *fields.values())):
        raise click.BadParameter(f"{as_given(value)} names no columns; write it as prompt=question,expected=answer.")
    return fields


_GATE_OPTIONS: Final = (
    click.option(
        "--baseline",
        shell_complete=completing("runs_and_files"),
        metavar="FILE|RUN",
        help=f"Compare with this run, over {GATE_LAUNCHES} launches; exit code 3 on a regression.",
    ),
    click.option(
        "--fail-over",
        metavar="SHARE",
        type=fail_over_of,
        help="What counts as a regression: certainly slower by more; also quality=, e2e=, memory=, failures= and "
        "answers=5%. [default: 5%]",
    ),
    click.option(
        "--fail-under",
        metavar="quality=SHARE",
        type=fail_under_of,
        help="Exit code 3 if fewer prompts are surely answered rightly, such as quality=0.8.",
    ),
    click.option(
        "--relative-to",
        shell_complete=completing("all_models"),
        metavar="MODEL",
        help="Compare relative to this model, which takes turns with the others.",
    ),
)


def gate_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options on the run that the benchmark is compared with."""
    command = gate_file_options(command)
    for option in reversed(_GATE_OPTIONS):
        command = option(command)
    return command


def name_this_machine(name: str) -> None:
    """Keep the name of this machine for reports on many machines, or refuse the command."""
    try:
        name_machine(name)
    except OSError as error:
        raise Refused(f"the name of this machine could not be kept ({error}); make room.") from error


def refuse_other_plan(ctx: click.Context, giver: str) -> None:
    """Refuse options that would change the plan, which the option ``giver``, --resume or --plan, brings."""
    allowed = _WITH_RESUME if giver == "--resume" else _WITH_PLAN
    options = {str(param.name): param.opts[0] for param in ctx.command.params}
    reports = {entry.option for entry in FORMATS}
    others = [
        option
        for name, option in options.items()
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        and name not in allowed
        and option not in reports
        and not name.endswith("_folder")
    ]
    if others:
        doing = "goes on with the run's own plan" if giver == "--resume" else "does what the file says"
        raise Refused(f"{giver} {doing}, so {', '.join(others)} cannot be given with it.")
