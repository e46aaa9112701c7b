"""The section of a report that shows what answers took and cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.records import EnergySource, Mode, ModelSummary, Plan, RunRecord, SampleKind
from tui.text import units
from tui.text.escape import markdown_inline
from tui.text.result_columns import COST
from tui.text.tables import TableColumn, drawn, model_column

_SOURCES: Final = {
    EnergySource.GPU_COUNTER: "the GPU's own counter: the whole GPU, without the processor",
    EnergySource.GPU_POWER: "the GPU's power, read several times a second, over time: the whole GPU, without the "
    "processor",
    EnergySource.RAPL: "the processor's own counter: all of its packages, with whatever else ran on them",
    EnergySource.CONFIGURED: "watts from models.json over the time of the answer: not measured here",
}
_AT_REST: Final = "Not known: what the rounds took cannot be told from what the machine takes at rest."
_CROWDED: Final = "Not known: several models answered at once, and nothing tells the energy of one from another's."


def energy_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """A table, and where its numbers come from; empty where nothing told the energy."""
    known = [summary for summary in summaries if summary.energy_source is not None]
    if not known:
        why = reason(run)
        return f"## Energy\n\n{why}" if why else ""
    lines = "\n".join(f"- {line}" for line in source_lines(known))
    return f"## Energy\n\n{drawn(columns_of(run), summaries)}\n\n{markdown_inline(explained(run.plan))}\n\n{lines}"


def source_lines(known: Sequence[ModelSummary]) -> list[str]:
    """What the sources of these numbers count."""
    sources = dict.fromkeys(summary.energy_source for summary in known if summary.energy_source is not None)
    return [f"{source.value}: {_SOURCES[source]}" for source in sources]


def reason(run: RunRecord) -> str:
    """Why no model's energy is known although something tells energy; empty where nothing does."""
    if any(sample.energy_j is not None and sample.kind is SampleKind.ROUND for sample in run.samples):
        return "" if run.plan.method.sweep else _AT_REST
    told = run.plan.watts or any(load.idle_watts is not None for load in run.loads)
    return _CROWDED if told and run.plan.method.mode is Mode.SIDE_BY_SIDE and len(run.plan.models) > 1 else ""


def columns_of(run: RunRecord) -> tuple[TableColumn[ModelSummary], ...]:
    """The columns of the section's table."""
    rest = {load.key: load.idle_watts for load in run.loads if load.idle_watts is not None}
    return (
        model_column(),
        TableColumn("per token", lambda summary: units.energy(summary.energy_j_per_token)),
        TableColumn("per request", lambda summary: units.energy(summary.energy_j_per_request)),
        *((COST.in_report,) if run.plan.price_per_kwh is not None else ()),
        TableColumn("Rest, taken off", lambda summary: units.power(rest.get(summary.key))),
        TableColumn("Source", lambda summary: summary.energy_source or units.UNKNOWN, right=False),
    )


def explained(plan: Plan) -> str:
    """What the numbers are of, as text that is data."""
    price = "" if plan.price_per_kwh is None else f"; {units.money(plan.price_per_kwh, plan.currency)} a kWh"
    return (
        "Over the warm rounds, above what the machine takes at rest; per output token, the reading of "
        f"the prompt included{price}."
    )
