"""What answers took in energy and cost, and who tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.records import EnergySource, Mode, ModelSummary, Plan, RunRecord, SampleKind
from tui.text import units
from tui.text.result_columns import COST
from tui.text.tables import TableColumn, model_column

_SOURCES: Final = {
    EnergySource.GPU_COUNTER: "the GPU's own counter: the whole GPU, without the processor",
    EnergySource.GPU_POWER: "the GPU's power, read several times a second, over time: the whole GPU, without the "
    "processor",
    EnergySource.RAPL: "the processor's own counter: all of its packages, with whatever else ran on them",
    EnergySource.CONFIGURED: "watts from models.json over the time of the answer: not measured here",
}
_AT_REST: Final = "Not known: what the rounds took cannot be told from what the machine takes at rest."
_SIDE_BY_SIDE: Final = "Not known: several models answered at once, and nothing tells the energy of one from another's."


def with_energy_known(summaries: Sequence[ModelSummary]) -> list[ModelSummary]:
    """Return the models whose energy some source tells."""
    return [summary for summary in summaries if summary.energy_source is not None]


def energy_sources(summaries: Sequence[ModelSummary]) -> list[str]:
    """Name the sources of these models' energy, and tell what each of them counts."""
    sources = dict.fromkeys(summary.energy_source for summary in summaries if summary.energy_source is not None)
    return [f"{source.value}: {_SOURCES[source]}" for source in sources]


def energy_unknown(run: RunRecord) -> str:
    """Tell why no model's energy is known although the machine tells of energy; empty if it does not tell."""
    if any(sample.energy_j is not None and sample.kind is SampleKind.ROUND for sample in run.samples):
        return "" if run.plan.method.sweep else _AT_REST
    has_source = run.plan.watts or any(load.idle_watts is not None for load in run.loads)
    shared = run.plan.method.mode is Mode.SIDE_BY_SIDE and len(run.plan.models) > 1
    return _SIDE_BY_SIDE if has_source and shared else ""


def energy_columns(run: RunRecord) -> tuple[TableColumn[ModelSummary], ...]:
    """Return the columns of the table; the cost is one of them if the price of a kilowatt hour is known."""
    idle_watts = {load.key: load.idle_watts for load in run.loads if load.idle_watts is not None}
    return (
        model_column(),
        TableColumn("per token", lambda summary: units.energy(summary.energy_j_per_token)),
        TableColumn("per request", lambda summary: units.energy(summary.energy_j_per_request)),
        *((COST.in_report,) if run.plan.price_per_kwh is not None else ()),
        TableColumn("Rest, taken off", lambda summary: units.power(idle_watts.get(summary.key))),
        TableColumn("Source", lambda summary: summary.energy_source or units.UNKNOWN, right=False),
    )


def energy_explained(plan: Plan) -> str:
    """Tell what the numbers are of, as text that is data."""
    price = "" if plan.price_per_kwh is None else f"; {units.money(plan.price_per_kwh, plan.currency)} a kWh"
    return (
        "Over the warm rounds, above what the machine takes at rest; per output token, the reading of "
        f"the prompt included{price}."
    )
