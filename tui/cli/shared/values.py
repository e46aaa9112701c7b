"""Kinds of values that options take, and the options that the workbench and its commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypedDict

import click

from tui import paths
from tui.text import units
from tui.text.sizes import bytes_in, numbers_in, share_in

_MOST: Final = 10**9
"""Of anything that is counted; the runtime takes little more."""
_MOST_MEASURED: Final = 10**6
"""Of anything that is measured: seconds, milliseconds, a temperature."""


def whole_from(lowest: int) -> Callable[[object], int]:
    """The kind of option that takes a whole number from ``lowest`` up."""

    def convert(value: object) -> int:
        with suppress(ValueError):
            number = int(str(value))
            if number > _MOST:
                raise click.BadParameter(f"{value} is too much; at most {units.count(_MOST)} can be asked for.")
            if number >= lowest:
                return number
        raise click.BadParameter(f"{said(value)} is not a whole number from {lowest} up.")

    return convert


def said(value: object) -> str:
    """What was given to an option, as a sentence can begin with it; nothing at all is seen as well."""
    return str(value).strip() or '""'


def not_negative(value: object) -> float:
    """The kind of option that takes a number from 0 up."""
    with suppress(ValueError):
        number = float(str(value))
        if number > _MOST_MEASURED:
            raise click.BadParameter(
                f"{said(value)} is too much; at most {units.count(_MOST_MEASURED)} can be asked for."
            )
        if number >= 0:
            return number
    raise click.BadParameter(f"{said(value)} is not a number from 0 up.")


def above_zero(value: object) -> float:
    """The kind of option that takes a number above 0."""
    with suppress(ValueError):
        number = float(str(value))
        if math.isfinite(number) and number > 0:
            return number
    raise click.BadParameter(f"{said(value)} is not a number above 0.")


def numbers_up_to(most: int) -> Callable[[str], tuple[int, ...]]:
    """The kind of option that takes whole numbers from 1 up to ``most`` with commas between them: ``1,2,4,8``."""

    def convert(value: str) -> tuple[int, ...]:
        numbers = numbers_in(value, most)
        if numbers is None:
            raise click.BadParameter(f"{said(value)} are no numbers from 1 to {most}; write them as 1,2,4,8.")
        return numbers

    return convert


def percentage(value: str) -> float:
    """The kind of option that takes a share in per cent: ``5%``."""
    share = share_in(value)
    if share is None:
        raise click.BadParameter(f"{said(value)} is not a share such as 5%.")
    return share


def size_in_bytes(value: str) -> int:
    """The kind of option that takes a size with its unit."""
    found = bytes_in(value)
    if found is None:
        raise click.BadParameter(f"{said(value)} is not a size such as 500mb or 1gb.")
    return found


def names(value: str) -> tuple[str, ...]:
    """The kind of option that takes names with commas between them."""
    found = tuple(name for part in value.split(",") if (name := part.strip()))
    if not found:
        raise click.BadParameter("name at least one model.")
    return found


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
    """When a model is ended before memory runs out."""
    for option in reversed(GUARD_OPTIONS):
        command = option(command)
    return command


ENDPOINT_OPTIONS = (
    click.option(
        "--endpoint",
        "endpoints",
        metavar="URL",
        multiple=True,
        help="Use the models of this server too; may be given more than once. [FOUNDRY_LOCAL_ENDPOINT]",
    ),
    click.option("--trust-config", is_flag=True, help="Agree for good to the servers that ./config names."),
)


def endpoint_options(command: Callable[..., int]) -> Callable[..., int]:
    """Servers whose models may be used."""
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


class ReportFiles(TypedDict):
    """What the options that name reports are given."""

    markdown_file: Path | None
    html_file: Path | None
    csv_file: Path | None
    json_file: Path | None
    arrivals_file: Path | None
    deterministic_file: Path | None


_FILE = click.Path(path_type=Path)
_REPORT_OPTIONS = (
    click.option("--md", "markdown_file", metavar="FILE", type=_FILE, help="Write the report as Markdown."),
    click.option("--html", "html_file", metavar="FILE", type=_FILE, help="Write the report as a page with charts."),
    click.option("--csv", "csv_file", metavar="FILE", type=_FILE, help="Write one row a sample."),
    click.option("--json", "json_file", metavar="FILE", type=_FILE, help="Write the whole run for other tools."),
    click.option(
        "--arrivals", "arrivals_file", metavar="FILE", type=_FILE, help="Write when each piece of text came, as JSONL."
    ),
    click.option(
        "--deterministic-json",
        "deterministic_file",
        metavar="FILE",
        type=_FILE,
        help="Write a baseline for version control: the same data gives the same bytes.",
    ),
)


def report_options(command: Callable[..., int]) -> Callable[..., int]:
    """The files that a run can be written to."""
    for option in reversed(_REPORT_OPTIONS):
        command = option(command)
    return command


_HISTORY: Final = "benchtop.history"


def _use_history(ctx: click.Context, _option: click.Parameter, file: Path | None) -> None:
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
"""Before or after the command; what it names is ``history_file()``."""


def history_file() -> Path:
    """The history that the command line names, else this user's own."""
    ctx = click.get_current_context(silent=True)
    named: Path | None = ctx.meta.get(_HISTORY) if ctx is not None else None
    return paths.history_file() if named is None else paths.expanded(named)


without_disturbed_option = click.option(
    "--without-disturbed", is_flag=True, help="Leave rounds that something else disturbed out of the numbers."
)

judge_option = click.option(
    "--judge", metavar="MODEL", help="Afterwards let this model rate the answers; any model of the list."
)
