"""``benchtop selftest``: checks that the numbers of Benchtop are right on this machine as it is now."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import click

from tui.bench.selftest.cases import CASES, SHORT, Case
from tui.bench.selftest.measurement import SelftestError, reference_server
from tui.bench.selftest.suite import SelftestOptions, SelftestReport, selftest
from tui.cli.selftest import output
from tui.cli.shared.options import Refused
from tui.cli.shared.reports import check_files, write_report
from tui.cli.shared.values import json_option, names
from tui.console import Console, ExitCode, process_console
from tui.engines.process.child_process import python_command
from tui.engines.process.scratch import sweep_scratch
from tui.text import units

_CASES_BY_NAME: Final = {case.name: case for case in CASES}


def known_cases(value: str) -> tuple[Case, ...]:
    """Convert names of cases with commas between them."""
    return tuple(one_case(name) for name in names(value))


def one_case(value: str) -> Case:
    """Convert the name of a case."""
    if value not in _CASES_BY_NAME:
        raise click.BadParameter(f"there is no case {value}; there are {', '.join(_CASES_BY_NAME)}.")
    return _CASES_BY_NAME[value]


@click.command()
@click.option("--quick", is_flag=True, help="Each short case once, and nothing is drawn.")
@click.option("--case", "cases", metavar="NAMES", type=known_cases, help="Only these cases.")
@click.option("--no-drawing", is_flag=True, help="Leave out what is measured while the workbench draws.")
@json_option
@click.option("--serve", metavar="CASE", type=one_case, help="Serve a case to other tools, until Ctrl-C.")
def command(
    *, quick: bool, cases: tuple[Case, ...] | None, no_drawing: bool, json_file: Path | None, serve: Case | None
) -> int:
    """Measure streams whose truth is known, and say how far off the numbers are.

    They come from a child process, as from the runtime, and from an OpenAI-compatible server on this machine; then
    both again while the workbench draws four columns. The truth is what the player did by its own clock. The exit code
    is 1 when an error passes its limit.
    """
    console = process_console()
    sweep_scratch()
    check_files([json_file] if json_file is not None else [])
    try:
        if serve is not None:
            return asyncio.run(_serve(serve, console))
        options = SelftestOptions(
            cases=cases or (SHORT if quick else CASES),
            repetitions=1 if quick else 3,
            workbench=() if quick or no_drawing else python_command("tui.cli.selftest.drawing"),
        )
        report = asyncio.run(_test(options, console))
    except SelftestError as error:
        raise Refused(str(error)) from error
    except KeyboardInterrupt:
        console.say("stopped")
        return ExitCode.INTERRUPTED
    if json_file is None:
        console.data(output.as_text(report, console.out_width))
    elif not write_report(json_file, lambda: output.as_json(report), console):
        return ExitCode.USAGE
    console.say(output.summary(report))
    return ExitCode.DONE if report.passed else ExitCode.MODEL_FAILED


async def _test(options: SelftestOptions, console: Console) -> SelftestReport:
    """Do the self-test, and tell which streams are played and what share of them is done."""
    streams_told = ""

    def tell(streams: str, share: float | None) -> None:
        nonlocal streams_told
        if streams != streams_told:
            streams_told = streams
            console.say(f"Playing {streams}.")
        console.status(f"{units.percent(share)} of the streams" if share is not None else "")

    return await selftest(options, tell)


async def _serve(case: Case, console: Console) -> int:
    async with reference_server(case=case.name) as server:
        console.data(f"{server.url}\n")
        console.say(f"Every chat request is answered with {case.name} ({case.about}); Ctrl-C ends it.")
        await server.wait()
    raise Refused("the server of known truth has been ended from outside; start it again.")
