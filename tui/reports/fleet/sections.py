"""What a report on many machines has, in its order: one source of its Markdown and its HTML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.records.fleet.results import Fleet, FleetQuantity
from tui.records.fleet.view import Grid
from tui.reports.fleet.tables import difference_text, doubt_grid, failure_grid, machine_grid, number_grid, ratio_grid
from tui.text.tables import counted

NO_DIFFERENCES: Final = "Nothing that is known: models, software and parts are the same."
RATIO_NOTE: Final = "Each number over that of the reference model on the same machine, with its 95 % interval."
_RATIOS: Final = (FleetQuantity.TTFT, FleetQuantity.DECODE, FleetQuantity.E2E)


@dataclass(frozen=True, slots=True)
class FleetSections:
    """The parts of the report; all texts are data."""

    title: str
    answer: str
    unlike: tuple[str, ...]
    differences: tuple[str, ...]
    numbers: tuple[Grid, ...]
    ratio_title: str
    ratios: tuple[Grid, ...]
    others: tuple[Grid, ...]
    """The failures and the doubts, if there are any, and the machines."""


def sections_of(fleet: Fleet) -> FleetSections:
    """Make the parts of the report."""
    others = (failure_grid(fleet), doubt_grid(fleet), machine_grid(fleet))
    return FleetSections(
        title=title(fleet),
        answer=fleet.answer,
        unlike=fleet.unlike,
        differences=tuple(f"{found.what}: {difference_text(found)}" for found in fleet.differences),
        numbers=tuple(grid for quantity in FleetQuantity if (grid := number_grid(fleet, quantity)) is not None),
        ratio_title=f"Relative to {fleet.reference}",
        ratios=tuple(grid for quantity in _RATIOS if (grid := ratio_grid(fleet, quantity)) is not None),
        others=tuple(grid for grid in others if grid is not None),
    )


def title(fleet: Fleet) -> str:
    """Name the plan and count the machines."""
    plan = f"plan {fleet.plan_ids[0]}" if len(fleet.plan_ids) == 1 else "runs of unlike plans"
    return f"{plan if fleet.plan_ids else 'a benchmark'} on {counted(len(fleet.machines), 'machine')}"
