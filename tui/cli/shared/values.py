"""Kinds of values that options take, and the options that the workbench shares with its commands.

The list of commands imports this module, so it imports neither records nor configuration.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tui import paths
from tui.console import process_console
from tui.lazy import lazy_module
from tui.reports.formats import FORMATS, ReportFormat
from tui.text import units
from tui.text.limits import slo_in, slo_text
from tui.text.sizes import bytes_in, numbers_in, share_in

if TYPE_CHECKING:
    from tui.cli.shared import completion
    from tui.records.grading import gates
else:
    gates = lazy_module("tui.records.grading.gates")
    completion = lazy_module("tui.cli.shared.completion")

_LARGEST_COUNT: Final = 10**9
"""The runtime takes little more than this many of anything."""
_MOST_ARRIVALS_PER_S: Final = 10_000
_LARGEST_NUMBER: Final = 10**6
"""The upper limit of seconds, milliseconds and temperatures."""


def whole_from(lowest: int) -> Callable[[object], int]:
    """Make the converter of an option that takes a whole number from ``lowest`` up."""

    def convert(value: object) -> int:
        with suppress(ValueError):
            number = int(str(value))
            if number > _LARGEST_COUNT:
                raise click.BadParameter(
                    f"{value} is too much; at most {units.count(_LARGEST_COUNT)} can be asked for."
                )
            if number >= lowest:
                return number
        raise click.BadParameter(f"{as_given(value)} is not a whole number from {lowest} up.")

    return convert


def as_given(value: object) -> str:
    """Write the value of an option for the start of a sentence; an empty one is shown as two quotation marks."""
    return str(value).strip() or '""'


def not_negative(value: object) -> float:
    """Convert the value of an option that takes a number from 0 up."""
    with suppress(ValueError):
        number = float(str(value))
        if number > _LARGEST_NUMBER:
            raise click.BadParameter(
                f"{as_given(value)} is too much; at most {units.count(_LARGEST_NUMBER)} can be asked for."
            )
        if number >= 0:
            return number
    raise click.BadParameter(f"{as_given(value)} is not a number from 0 up.")


def above_zero(value: object) -> float:
    """Convert the value of an option that takes a finite number above 0."""
    with suppress(ValueError):
        number = float(str(value))
        if math.isfinite(number) and number > 0:
            return number
    raise click.BadParameter(f"{as_given(value)} is not a number above 0.")


def numbers_up_to(most: int) -> Callable[[str], tuple[int, ...]]:
    """Make the converter of an option that takes whole numbers from 1 to ``most``, such as ``1,2,4,8``."""

    def convert(value: str) -> tuple[int, ...]:
        numbers = numbers_in(value, most)
        if numbers is None:
            raise click.BadParameter(f"{as_given(value)} are no numbers from 1 to {most}; write them as 1,2,4,8.")
        return numbers

    return convert


def rates(value: str) -> tuple[float, ...]:
    """Convert rates a second, such as ``2,4/s``, to numbers in ascending order."""
    with suppress(ValueError):
        numbers = tuple(sorted({float(part.strip().removesuffix("/s")) for part in value.split(",")}))
        if all(0 < number <= _MOST_ARRIVALS_PER_S for number in numbers):
            return numbers
    raise click.BadParameter(
        f"{as_given(value)} are no rates from 0 to {_MOST_ARRIVALS_PER_S:,} a second; write them as 2,4/s."
    )


def targets(value: str) -> str:
    """Convert limits of times, such as ``ttft=500ms,tpot=50ms``, to the form in which they are stored."""
    limits = slo_in(value)
    if limits is None:
        raise click.BadParameter(f"{as_given(value)} are no limits; write them as ttft=500ms,tpot=50ms,e2e=3s.")
    return slo_text(limits)


def percentage(value: str) -> float:
    """Convert a share in per cent, such as ``5%``, to a fraction of 1."""
    share = share_in(value)
    if share is None:
        raise click.BadParameter(f"{as_given(value)} is not a share such as 5%.")
    return share


def fail_over_of(value: str) -> gates.FailOver:
    """Convert what a comparison fails over: ``5%`` of speed, ``quality=5%`` or ``speed=5%,memory=10%,answers=0%``."""
    known = [limit.name for limit in fields(gates.FailOver)]
    limits: dict[str, float] = {}
    for part in value.split(","):
        name, equals, share = part.rpartition("=")
        name = name.strip() if equals else "speed"
        if name not in known:
            raise click.BadParameter(
                f"{as_given(value)} is not a share such as 5%, or quality=5% (of {', '.join(known)})."
            )
        limits[name] = percentage(share.strip())
    return gates.FailOver(**limits)


def fail_under_of(value: str) -> float:
    """Convert what a benchmark fails under, ``quality=0.8`` or ``quality=80%``, to a share of 1."""
    name, _, share = value.partition("=")
    limit = share_in(share.strip()) if share.strip().endswith("%") else _fraction(share)
    if name.strip() != "quality" or limit is None or not 0 < limit <= 1:
        raise click.BadParameter(f"{as_given(value)} is not a limit such as quality=0.8 or quality=80%.")
    return limit


def _fraction(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def size_in_bytes(value: str) -> int:
    """Convert a size with its unit, such as ``500mb``, to bytes."""
    size_bytes = bytes_in(value)
    if size_bytes is None:
        raise click.BadParameter(f"{as_given(value)} is not a size such as 500mb or 1gb.")
    return size_bytes


def names(value: str) -> tuple[str, ...]:
    """Split a list of names at its commas; spaces around a name do not count."""
    listed = tuple(name for part in value.split(",") if (name := part.strip()))
    if not listed:
        raise click.BadParameter("name at least one model.")
    return listed


Completion = Callable[[click.Context, click.Parameter, str], list[str]]
"""What a shell calls for the names that may stand where an option or an argument is typed."""


def completing(kind: str) -> Completion:
    """Offer the names of this kind, which is a function of ``completion``; that is imported when a shell asks."""

    def complete(ctx: click.Context, _parameter: click.Parameter, incomplete: str) -> list[str]:
        offered: list[str] = getattr(completion, kind)(ctx, incomplete)
        return offered

    return complete


STDOUT: Final = Path("-")
"""The name of a file that stands for stdout."""


def _be_quiet(_ctx: click.Context, _option: click.Parameter, quiet: bool) -> None:
    if quiet:
        process_console().quiet = True


def with_quiet_option(command: click.Command) -> click.Command:
    """Add the option ``--quiet`` to a command and its own commands, unless they have it."""
    if all(parameter.name != "quiet" for parameter in command.params):
        command.params.append(
            click.Option(
                ["-q", "--quiet"],
                is_flag=True,
                expose_value=False,
                callback=_be_quiet,
                help="Write only data, warnings and errors: no progress, no remarks.",
            )
        )
    for own_command in command.commands.values() if isinstance(command, click.Group) else ():
        with_quiet_option(own_command)
    return command


class JsonCommand(click.Command):
    """A command with words and ``--json [FILE]``: a word after it is no file unless its name ends in ``.json``."""

    takes_files = False
    """Whether the words may themselves be JSON files, so that a file must be written ``--json=FILE``."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        parsed: list[str] = []
        remaining = iter(enumerate(args))
        for index, arg in remaining:
            following = args[index + 1] if index + 1 < len(args) else ""
            if arg != "--json":
                parsed.append(arg)
            elif following == "-" or (following.endswith(".json") and not self.takes_files):
                parsed.append(f"--json={following}")
                next(remaining)
            else:
                parsed.append("--json=-")
        return super().parse_args(ctx, parsed)


class JsonFilesCommand(JsonCommand):
    """A command whose words may be JSON files."""

    takes_files = True


json_option = click.option(
    "--json",
    "json_file",
    metavar="[FILE]",
    is_flag=False,
    flag_value="-",
    type=click.Path(path_type=Path),
    help="Write it as JSON for other tools, to stdout if no FILE is named.",
)

config_option = click.option(
    "--config",
    "config_folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Folder with models.json and prompts.json, looked in before ./config and your own.",
)

GUARD_OPTIONS = (
    click.option(
        "--memory-floor",
        metavar="SIZE",
        type=size_in_bytes,
        help="End a model when less than this is free. [default: 512 MiB or a tenth of what there is]",
    ),
    click.option("--memory-limit", metavar="SIZE", type=size_in_bytes, help="End a model that holds more than this."),
)


def guard_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options on when a model is ended before memory runs out."""
    for option in reversed(GUARD_OPTIONS):
        command = option(command)
    return command


ENDPOINT_OPTIONS = (
    click.option(
        "--endpoint",
        "endpoints",
        metavar="URL",
        multiple=True,
        help="Use the models of this server too, or of all servers on this machine (local); may be given more than "
        "once. [FOUNDRY_LOCAL_ENDPOINT]",
    ),
    click.option("--trust-config", is_flag=True, help="Agree for good to the servers that ./config names."),
)


def endpoint_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options on servers whose models may be used."""
    for option in reversed(ENDPOINT_OPTIONS):
        command = option(command)
    return command


cache_option = click.option(
    "--model-cache-dir",
    "cache_folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where models are downloaded to, and looked for first. [default: in Benchtop's own data folder]",
)


_REPORTS: Final = "benchtop.reports"
_VALUE_OF_FORMAT: Final[Mapping[str, Mapping[str, Any]]] = {
    "--json": {"metavar": "[FILE]", "is_flag": False, "flag_value": "-"}
}
"""The parameters of options whose file may be left out; stdout then takes its place."""


def report_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that name the files a run is written to; ``report_files()`` gives their values."""
    for report_format in reversed(FORMATS):
        command = click.option(
            report_format.option,
            **_VALUE_OF_FORMAT.get(report_format.option, {"metavar": "FILE"}),
            type=click.Path(path_type=Path),
            expose_value=False,
            callback=partial(_keep_report_file, report_format),
            help=report_format.help,
        )(command)
    return command


def _keep_report_file(
    report_format: ReportFormat, ctx: click.Context, _option: click.Parameter, file: Path | None
) -> None:
    if file is not None:
        ctx.meta.setdefault(_REPORTS, {})[report_format] = file


def report_files() -> dict[ReportFormat, Path]:
    """The files that the options on reports name, in the order of the formats."""
    ctx = click.get_current_context(silent=True)
    named: dict[ReportFormat, Path] = ctx.meta.get(_REPORTS, {}) if ctx is not None else {}
    return {report_format: named[report_format] for report_format in FORMATS if report_format in named}


_HISTORY: Final = "benchtop.history"


def _use_history(ctx: click.Context, _option: click.Parameter, file: Path | None) -> None:
    if file == STDOUT:
        raise click.BadParameter("a history is a database, which can be neither stdin nor stdout; name a file.")
    if file is not None:
        ctx.meta[_HISTORY] = file


history_option = click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path),
    expose_value=False,
    callback=_use_history,
    help="Keep runs in this file, and look for them there. [default: in Benchtop's own data folder]",
)
"""It may stand before or after the name of the command; ``history_file()`` gives its value."""


def history_file() -> Path:
    """Give the history that the command line names, or else this user's own."""
    ctx = click.get_current_context(silent=True)
    named: Path | None = ctx.meta.get(_HISTORY) if ctx is not None else None
    return paths.history_file() if named is None else paths.expanded(named)


without_disturbed_option = click.option(
    "--without-disturbed", is_flag=True, help="Leave out requests during which other programs were busy."
)

judge_option = click.option(
    "--judge",
    "--judges",
    "judges",
    metavar="A,B",
    type=names,
    shell_complete=completing("all_models"),
    help="Afterwards let these models rate the answers, one after the other: any of the list.",
)

judge_tokens_option = click.option(
    "--judge-max-tokens",
    "judge_tokens",
    metavar="N",
    type=whole_from(1),
    help="The limit of each of its replies, thoughts included; by default 200, and 4,000 for a judge that thinks.",
)
reference_option = click.option(
    "--reference",
    "references",
    metavar="FILE",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Show the results of another machine beside these, in no statistic: a file of --json or "
    "--deterministic-json, or a published result (see benchtop guide reports). May be given several times.",
)
