"""Doing what ``benchtop route`` was asked."""

from __future__ import annotations

import json

import msgspec

from tui.bench.decision.routing import route_by_history
from tui.cli.shared.options import Refused
from tui.cli.shared.values import history_file
from tui.console import Console, ExitCode
from tui.records.decision import Fitting, Needs, Route
from tui.store.errors import HistoryError
from tui.text import units
from tui.text.escape import json_document, visible


def route_task(needs: Needs, console: Console, *, as_json: bool) -> int:
    """Print which model to take and why; the number is the exit code."""
    try:
        found = route_by_history(needs, history_file())
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    if as_json:
        console.data(_json(found))
    else:
        _tell(found, console)
    return ExitCode.MODEL_FAILED if found.model is None else ExitCode.DONE


def _json(found: Route) -> str:
    answer = {"model": found.model, **msgspec.to_builtins(found)}
    return json_document(json.dumps(answer, indent=2, ensure_ascii=False)) + "\n"


def _tell(found: Route, console: Console) -> None:
    if found.model is not None:
        console.data(f"{visible(found.model)}\n")
    elif found.dropped:
        console.say("No measured model does; nothing is named.")
    else:
        console.say('There is no benchmark in the history to route by; "benchtop bench" makes one.')
    for place, fitting in enumerate(found.fitting):
        console.say(f"{visible(fitting.key)}: {'taken, ' if place == 0 else 'does too, '}{_numbers(fitting)}.")
    for dropped in found.dropped:
        console.say(visible(f"{dropped.key}: dropped, {'; '.join(dropped.reasons)}."))


def _numbers(fitting: Fitting) -> str:
    return (
        f"{units.rate(fitting.decode_tok_s)}, TTFT {units.milliseconds(fitting.ttft_ms)}, "
        f"memory {units.size(fitting.memory_bytes)}"
    )
