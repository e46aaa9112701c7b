"""``benchtop fleet``: the machines that measure one plan together, and the desk that they belong to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.cli.shared.extras import need_extra
from tui.cli.shared.values import JsonCommand, above_zero, json_option, size_in_bytes, whole_from
from tui.console import process_console
from tui.lazy import lazy_module

if TYPE_CHECKING:
    from tui.cli.fleet import asking, desk, fetching, joining, measuring
else:
    asking = lazy_module("tui.cli.fleet.asking")
    desk = lazy_module("tui.cli.fleet.desk")
    fetching = lazy_module("tui.cli.fleet.fetching")
    joining = lazy_module("tui.cli.fleet.joining")
    measuring = lazy_module("tui.cli.fleet.measuring")

DEFAULT_PORT: Final = 8790
_DAYS: Final = 90.0
_LOST_AFTER_S: Final = 60.0


@click.group()
def command() -> None:
    """Measure one plan on many machines; see benchtop guide fleet.

    This machine becomes the desk with benchtop fleet create, each other machine joins with the file that it writes, and
    benchtop bench --fleet measures on all of them. Whoever has a certificate of the fleet can run code on it.
    """


@command.command("create")
@click.option("--bind", metavar="ADDRESS", default="127.0.0.1", help="The address to listen on. [default: 127.0.0.1]")
@click.option(
    "--port",
    metavar="N",
    type=whole_from(1),
    default=DEFAULT_PORT,
    help=f"The port to listen on. [default: {DEFAULT_PORT}]",
)
@click.option(
    "--join-file",
    metavar="FILE",
    type=click.Path(path_type=Path),
    default=Path("join.json"),
    help="Write what machines join with to this file. [default: join.json]",
)
@click.option(
    "--days",
    metavar="N",
    type=above_zero,
    default=_DAYS,
    help=f"How long certificates are valid. [default: {_DAYS:.0f}]",
)
@click.option(
    "--lost-after",
    metavar="S",
    type=above_zero,
    default=_LOST_AFTER_S,
    help=f"A machine without a sign of life for so many seconds has left. [default: {_LOST_AFTER_S:.0f}]",
)
@click.option("--new", is_flag=True, help="Make a new fleet in place of the one that there is; all have to join anew.")
def create(*, bind: str, port: int, join_file: Path, days: float, lost_after: float, new: bool) -> int:
    """Make this machine the desk of a fleet, and keep the fleet open until Ctrl-C.

    The first time certificates are made. Later the same fleet is opened again, and its machines come back by
    themselves. Every connection is encrypted, and both sides show a certificate.

    \b
    benchtop fleet create --bind 192.168.1.5
    """
    need_extra()
    return desk.create(bind, port, join_file, days, lost_after, process_console(), new=new)


@command.command("join")
@click.argument("join_file", metavar="JOIN.JSON", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="What this machine is called. [default: a name that is made up]")
@click.option("--group", metavar="NAME", default="", help="Machines of one group take turns.")
@click.option(
    "--take-models",
    metavar="SIZE",
    type=size_in_bytes,
    help="Let the desk bring models to this machine, so much together. [default: none]",
)
def join(*, join_file: Path, name: str | None, group: str, take_models: int | None) -> int:
    """Let this machine measure for the desk that wrote the file, until Ctrl-C.

    It connects to the desk, and nobody connects to it. Whoever has a certificate of the fleet can run code here.
    """
    need_extra()
    return joining.join(join_file, name, group, process_console(), take_models or 0)


@command.command("status", cls=JsonCommand)
@json_option
def status(*, json_file: Path | None) -> int:
    """List the machines of this desk: which are here, which are away, and which were ended."""
    need_extra()
    return desk.status(process_console(), json_file)


@command.command("revoke")
@click.argument("name")
def revoke(*, name: str) -> int:
    """End the certificate of a machine: it is cut off, and refused from now on.

    The file to join with is made anew, because that machine has it as well; machines that have joined go on.
    """
    need_extra()
    return desk.revoke(name, process_console())


@command.command("check", hidden=True)
@click.argument("plan_file", type=click.Path(path_type=Path))
@click.pass_context
def check(ctx: click.Context, *, plan_file: Path) -> int:
    """Write on stdout, line by line, what this machine has of a plan; the desk asks for it."""
    return measuring.check(ctx, plan_file, process_console())


@command.command("ask", hidden=True)
@click.pass_context
def ask(ctx: click.Context) -> int:
    """Answer questions, line by line on stdout; each line of stdin names the file of a plan, and its end ends all."""
    return asking.ask(ctx, process_console())


@command.command("fetch", hidden=True)
@click.argument("plan_file", type=click.Path(path_type=Path))
@click.option("--most", metavar="BYTES", type=int, default=0, help="The most that may be downloaded.")
@click.pass_context
def fetch(ctx: click.Context, *, plan_file: Path, most: int) -> int:
    """Download the models of a plan that are missing here, and write on stdout, line by line, how far that is."""
    return fetching.fetch(ctx, plan_file, most, process_console())


@command.command("measure", hidden=True)
@click.argument("plan_file", type=click.Path(path_type=Path))
@click.option("--resume", metavar="RUN", default="", help="The run of this machine that goes on.")
@click.option("--anyway", is_flag=True, help="Go on also when models or machine have changed.")
@click.pass_context
def measure(ctx: click.Context, *, plan_file: Path, resume: str, anyway: bool) -> int:
    """Do a plan and write on stdout, line by line, what happens; it ends when its stdin ends."""
    return measuring.measure(ctx, plan_file, resume, process_console(), anyway=anyway)
