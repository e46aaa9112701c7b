"""The Markdown section on energy and cost."""

from __future__ import annotations

from collections.abc import Sequence

from tui.records import ModelSummary, RunRecord
from tui.reports.markdown.elements import bulleted, joined
from tui.reports.sections.energy import (
    energy_columns,
    energy_explained,
    energy_sources,
    energy_unknown,
    with_energy_known,
)
from tui.text.escape import markdown_inline
from tui.text.tables import drawn


def energy_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """Write a table with the sources of its numbers, or why they are unknown; empty if nothing tells of energy."""
    known = with_energy_known(summaries)
    if not known:
        reason = energy_unknown(run)
        return joined("## Energy", reason) if reason else ""
    table = drawn(energy_columns(run), summaries)
    return joined("## Energy", table, markdown_inline(energy_explained(run.plan)), bulleted(energy_sources(known)))
