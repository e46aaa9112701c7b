"""The tables of a report on many machines, as cells that are data: Markdown, HTML and the screen draw the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tui.measure.fleet.comparing import OK, ratio_to, result_of
from tui.records.comparison import Quantity, marked
from tui.records.fleet.results import (
    Fleet,
    FleetDifference,
    FleetModel,
    FleetNumber,
    FleetQuantity,
    FleetRatio,
    MeasuredMachine,
)
from tui.records.fleet.view import Grid
from tui.text import units
from tui.text.tables import counted
from tui.text.times import long_start_time

MOST_COLUMNS: Final = 6
"""With more machines than this, the machines are rows and the models are columns."""
FAILED: Final = "failed"
SKIPPED: Final = "skipped"
"""The state of a model that a run was stopped before; it has not failed."""
_SHOWN_LABELS: Final = 8
_LARGEST_RATIO: Final = 1000.0
_SHOWN: Final[Mapping[FleetQuantity, Callable[[float], str]]] = {
    FleetQuantity.TTFT: units.milliseconds,
    FleetQuantity.DECODE: lambda value: units.rate(value, unit=""),
    FleetQuantity.E2E: units.milliseconds,
    FleetQuantity.MEMORY: units.size,
    FleetQuantity.LOAD: units.seconds,
}
TITLES: Final[Mapping[FleetQuantity, str]] = {
    FleetQuantity.TTFT: "TTFT",
    FleetQuantity.DECODE: "Decode rate, tok/s",
    FleetQuantity.E2E: "E2E",
    FleetQuantity.MEMORY: "Peak memory",
    FleetQuantity.LOAD: "Load time",
}
_QUANTITIES: Final[Mapping[FleetQuantity, Quantity]] = {
    FleetQuantity.TTFT: Quantity.TTFT,
    FleetQuantity.DECODE: Quantity.DECODE,
    FleetQuantity.E2E: Quantity.E2E,
    FleetQuantity.MEMORY: Quantity.MEMORY,
}
_DISTURBED: Final = frozenset({FleetQuantity.TTFT, FleetQuantity.DECODE, FleetQuantity.E2E})
"""The numbers that other programs slow down."""
INTERVAL_NOTE: Final = (
    "Each number is the headline of one machine, with its 95 % interval in brackets; no number is an average over "
    "machines. ~ marks an estimate, c prompts from a cache, ? another doubt, and ! that other programs were busy."
)


def number_grid(fleet: Fleet, quantity: FleetQuantity) -> Grid | None:
    """Make the table model x machine of a number; ``None`` if no machine has it."""
    if not any(
        model.number(quantity) for machine in fleet.machines for model in machine.models.values() if model.status == OK
    ):
        return None
    return _grid(fleet, TITLES[quantity], lambda machine, key: number_cell(machine.models.get(key), quantity))


def ratio_grid(fleet: Fleet, quantity: FleetQuantity) -> Grid | None:
    """Make the table of the ratios to the reference model; ``None`` if nothing can be compared with it."""
    others = [key for key in fleet.keys if key != fleet.reference]
    if fleet.reference is None or not any(
        ratio_to(fleet, machine, key, quantity) for machine in fleet.machines for key in others
    ):
        return None
    return _grid(
        fleet, TITLES[quantity].partition(",")[0], lambda machine, key: _ratio_cell(fleet, machine, key, quantity)
    )


def machine_grid(fleet: Fleet) -> Grid:
    """Make the table of the machines."""
    rows = tuple(_machine_row(machine) for machine in fleet.machines)
    heads = ("Machine", "Id", "CPU", "Memory", "GPU", "System", "Power", "Latest run", "Runs")
    return Grid("Machines", heads, rows, numbers=False, as_list=True)


def failure_grid(fleet: Fleet) -> Grid | None:
    """Make the table of the models that gave no result, with the reasons; ``None`` if there is none."""
    if not fleet.failures:
        return None
    rows = tuple((failure.key, failure.label, failure.reason) for failure in fleet.failures)
    return Grid("Failures", ("Model", "Machine", "Reason"), rows, numbers=False)


def doubt_grid(fleet: Fleet) -> Grid | None:
    """Make the table of the numbers that take part in no conclusion, with the reasons; ``None`` if there is none."""
    rows = tuple(
        (key, machine.label, TITLES[quantity].partition(",")[0], model.reasons.get(quantity.value, units.UNKNOWN))
        for key in fleet.keys
        for machine in fleet.machines
        if (model := result_of(machine, key)) is not None
        for quantity in FleetQuantity
        if quantity.value in model.doubted and model.number(quantity) is not None
    )
    if not rows:
        return None
    return Grid("In doubt, so in no conclusion", ("Model", "Machine", "Number", "Because"), rows, numbers=False)


def doubt_sentences(fleet: Fleet) -> tuple[str, ...]:
    """Write the rows of that table as sentences."""
    grid = doubt_grid(fleet)
    rows = () if grid is None else grid.rows
    return tuple(f"{key} on {label}: {number} in doubt, because {reason}" for key, label, number, reason in rows)


def difference_text(difference: FleetDifference) -> str:
    """Write which machines have which value, as data: ``1.2 on a and b; 1.3 on c``."""
    return "; ".join(f"{value} on {_some(labels)}" for value, labels in difference.values)


def number_cell(model: FleetModel | None, quantity: FleetQuantity) -> str:
    """Write a number with its interval: ``412 ms (400 to 425)``."""
    if model is None:
        return units.UNKNOWN
    if model.status != OK:
        return without_result(model)
    number = model.number(quantity)
    if number is None:
        return units.UNKNOWN
    text = _SHOWN[quantity](number.value)
    if quantity in _QUANTITIES:
        in_doubt, disturbed = quantity.value in model.doubted, model.disturbed > 0 and quantity in _DISTURBED
        text = marked(text, model.flags, _QUANTITIES[quantity], in_doubt=in_doubt, disturbed=disturbed)
    return f"{text}{_interval(number, _SHOWN[quantity])}"


def without_result(model: FleetModel) -> str:
    """Write why there is no number of a model, in one word."""
    return SKIPPED if model.status == SKIPPED else FAILED


def ratio_text(ratio: FleetRatio) -> str:
    """Write a ratio with its interval: ``1.52 (1.4 to 1.6)``."""
    if ratio.low is None or ratio.high is None:
        return _factor(ratio.value)
    return f"{_factor(ratio.value)} ({_factor(ratio.low)} to {_factor(ratio.high)})"


def _grid(fleet: Fleet, title: str, cell: Callable[[MeasuredMachine, str], str]) -> Grid:
    if len(fleet.machines) > MOST_COLUMNS:
        heads = ("Machine", *fleet.keys)
        rows = tuple((machine.label, *(cell(machine, key) for key in fleet.keys)) for machine in fleet.machines)
    else:
        heads = ("Model", *(machine.label for machine in fleet.machines))
        rows = tuple((key, *(cell(machine, key) for machine in fleet.machines)) for key in fleet.keys)
    return Grid(title, heads, rows)


def _ratio_cell(fleet: Fleet, machine: MeasuredMachine, key: str, quantity: FleetQuantity) -> str:
    model = machine.models.get(key)
    if model is not None and result_of(machine, key) is None:
        return without_result(model)
    ratio = ratio_to(fleet, machine, key, quantity)
    if ratio is None:
        return units.UNKNOWN
    return "1" if key == fleet.reference else ratio_text(ratio)


def _interval(number: FleetNumber, shown: Callable[[float], str]) -> str:
    if number.low is None or number.high is None:
        return ""
    low, high = shown(number.low), shown(number.high)
    # A unit that all three have stands once, beside the number.
    endings = {text.partition(" ")[2] for text in (shown(number.value), low, high)}
    if len(endings) == 1:
        low, high = low.partition(" ")[0], high.partition(" ")[0]
    return f" ({low} to {high})"


def _factor(value: float) -> str:
    if value > _LARGEST_RATIO:
        return f">{_LARGEST_RATIO:,.0f}"
    return f"<{1 / _LARGEST_RATIO:g}" if value < 1 / _LARGEST_RATIO else f"{value:.3g}"


def _machine_row(machine: MeasuredMachine) -> tuple[str, ...]:
    found, latest = machine.environment, machine.runs[0]
    power = {True: "battery", False: "mains", None: units.UNKNOWN}[found.on_battery]
    driver = f", driver {found.gpu_driver}" if found.gpu_driver else ""
    return (
        machine.label,
        machine.id,
        f"{found.cpu}, {counted(found.logical_cores, 'logical core')}",
        units.size(found.ram_bytes),
        f"{found.gpu}{driver}" if found.gpu else units.UNKNOWN,
        found.os,
        power,
        long_start_time(latest.started_at) or latest.started_at or units.UNKNOWN,
        units.count(len(machine.runs)),
    )


def _some(labels: tuple[str, ...]) -> str:
    if len(labels) <= _SHOWN_LABELS:
        return ", ".join(labels)
    return f"{', '.join(labels[: _SHOWN_LABELS - 1])} and {len(labels) - _SHOWN_LABELS + 1} others"
