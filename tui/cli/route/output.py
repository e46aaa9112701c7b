"""Prints which measured model a task should go to, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec

from tui.bench.decision.routing import route_by_history
from tui.cli.shared.options import Refused, set_up
from tui.cli.shared.reports import write_alone
from tui.cli.shared.servers import ranked_servers
from tui.cli.shared.values import history_file
from tui.console import Console, ExitCode
from tui.library.origins import origin_finder
from tui.records.comparison import Quantity, marked
from tui.records.decision import EligibleModel, Needs, Route
from tui.store.errors import HistoryError
from tui.text import units
from tui.text.escape import json_document, visible
from tui.text.result_columns import DISTURBED


def route_task(
    ctx: click.Context,
    needs: Needs,
    console: Console,
    json_file: Path | None,
    endpoints: tuple[str, ...] = (),
    *,
    every_machine: bool = False,
    trust: bool = False,
) -> int:
    """Print which model to take and why, and return the exit code."""
    setup = set_up(ctx, None, console, None, ranked_servers(endpoints, trust=trust))
    try:
        describe = origin_finder(setup.models, setup.config.models)
        route = route_by_history(needs, history_file(), describe, every_machine=every_machine)
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    if route.model is None:
        console.warn(
            "No measured model meets these needs."
            if route.dropped
            else 'There is no benchmark in the history to route by; "benchtop bench" makes one.'
        )
    if json_file is None:
        _tell(route, console)
    elif write_alone(json_file, _json(route), console):
        return ExitCode.USAGE
    return ExitCode.MODEL_FAILED if route.model is None else ExitCode.DONE


def _json(route: Route) -> str:
    document = {"model": route.model, **msgspec.to_builtins(route)}
    return json_document(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def _tell(route: Route, console: Console) -> None:
    if route.model is not None:
        console.data(f"{visible(route.model)}\n")
    for line in route_lines(route):
        console.say(line)


def route_lines(route: Route) -> Iterator[str]:
    """Write a line for each model: its figures, or why it was dropped."""
    for index, fitting in enumerate(route.fitting):
        yield f"{visible(fitting.key)}: {'taken, ' if index == 0 else 'also meets them, '}{_figures(fitting)}."
    for dropped in route.dropped:
        yield visible(f"{dropped.key}: dropped, {'; '.join(dropped.reasons)}.")


def _figures(fitting: EligibleModel) -> str:
    notes = [f"in doubt, because {'; '.join(fitting.doubts)}"] if fitting.doubts else []
    notes += [*fitting.otherwise, *([f"{DISTURBED} other programs were busy"] if fitting.disturbed else [])]
    why = visible(f" ({', '.join(notes)})") if notes else ""
    rate = marked(units.rate(fitting.decode_tok_s), fitting.flags, Quantity.DECODE, in_doubt=fitting.in_doubt)
    ttft = marked(units.milliseconds(fitting.ttft_ms), fitting.flags, Quantity.TTFT, in_doubt=fitting.ttft_in_doubt)
    return f"{rate}, TTFT {ttft}, memory {units.size(fitting.memory_bytes)}{why}"
