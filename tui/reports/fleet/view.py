"""The results of many machines as the screen shows them: a table a model, with a row a machine."""

from __future__ import annotations

from typing import Final

from tui.measure.fleet.comparing import ratio_to
from tui.records.fleet.results import Fleet, FleetQuantity, MeasuredMachine
from tui.records.fleet.view import FleetView, Grid
from tui.reports.fleet.sections import title
from tui.reports.fleet.tables import TITLES, difference_text, doubt_sentences, number_cell, ratio_text
from tui.text import units

_SHOWN: Final = (
    FleetQuantity.TTFT,
    FleetQuantity.DECODE,
    FleetQuantity.MEMORY,
    FleetQuantity.E2E,
    FleetQuantity.LOAD,
)


def fleet_view(fleet: Fleet) -> FleetView:
    """Make what the screen shows."""
    return FleetView(
        title=title(fleet),
        answer=fleet.answer,
        unlike=fleet.unlike,
        differences=tuple(f"{found.what}: {difference_text(found)}" for found in fleet.differences),
        models=tuple(_grid(fleet, key) for key in fleet.keys),
        failures=tuple(f"{failure.key} on {failure.label}: {failure.reason}" for failure in fleet.failures),
        doubts=doubt_sentences(fleet),
        machines=len(fleet.machines),
    )


def _grid(fleet: Fleet, key: str) -> Grid:
    heads = ("Machine", *(TITLES[quantity].replace("rate, ", "") for quantity in _SHOWN))
    if fleet.reference not in (None, key):
        heads = (*heads, f"TTFT / {fleet.reference}")
    rows = tuple(_row(fleet, machine, key) for machine in fleet.machines if key in machine.models)
    return Grid(key, heads, rows)


def _row(fleet: Fleet, machine: MeasuredMachine, key: str) -> tuple[str, ...]:
    cells = tuple(number_cell(machine.models.get(key), quantity) for quantity in _SHOWN)
    if fleet.reference in (None, key):
        return (machine.label, *cells)
    ratio = ratio_to(fleet, machine, key, FleetQuantity.TTFT)
    return (machine.label, *cells, units.UNKNOWN if ratio is None else ratio_text(ratio))
