"""A comparison to take away: Markdown that stands alone, and JSON for other tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import msgspec

from tui.measure.answers import quality_words
from tui.measure.comparison import wording
from tui.measure.comparison.headline import disturbance, headline
from tui.measure.comparison.reference_rows import all_reference_values
from tui.measure.statistics.multiple_comparisons import CORRECTION
from tui.records import RunRecord
from tui.records.comparison import Change, Comparison, OtherFigures, Outcome, Quantity
from tui.records.grading.gates import GateResult
from tui.records.grading.rates import RateDifference
from tui.reports.sections.results import REFERENCE_NOTE
from tui.text import escape, units
from tui.text.escape import markdown_inline
from tui.text.tables import TableColumn, counted, drawn
from tui.text.times import local_start_time

SCHEMA: Final = 1
_MEANING: Final = (
    f"A difference is told only where its interval over launches says so, corrected after {CORRECTION} for all that is "
    "compared here; E2E and peak memory are corrected apart from the others. Peak memory is the median over launches "
    "of the highest reading."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    model: str
    step: str = ""
    number: str
    before: str
    after: str
    change: str
    measured: str = units.UNKNOWN
    verdict: str = units.UNKNOWN


_COLUMNS: Final[tuple[TableColumn[_Row], ...]] = (
    TableColumn("Model", lambda row: row.model, right=False),
    TableColumn("Number", lambda row: row.number, right=False),
    TableColumn("Before", lambda row: row.before),
    TableColumn("After", lambda row: row.after),
    TableColumn("Change", lambda row: row.change),
    TableColumn("Verdict", lambda row: row.verdict, right=False),
)
_REFERENCE_COLUMNS: Final[tuple[TableColumn[_Row], ...]] = (
    TableColumn("Model and machine", lambda row: row.model, right=False),
    TableColumn("Number", lambda row: row.number, right=False),
    TableColumn("Value", lambda row: row.after),
)
_RELATIVE: Final[TableColumn[_Row]] = TableColumn("After (adjusted)", lambda row: row.after)
_MEASURED: Final[TableColumn[_Row]] = TableColumn("Change as measured", lambda row: row.measured)
_STEP: Final[TableColumn[_Row]] = TableColumn("Step", lambda row: row.step, right=False)


def markdown(runs: Sequence[RunRecord], comparisons: Sequence[Comparison]) -> str:
    """Write the report: how the first of these runs compares with each of the others."""
    sides = "\n".join(f"{number}. {_side(run)}" for number, run in enumerate(runs, start=1))
    sections = ["# Benchtop: comparison", f"The first is what the others are held against:\n\n{sides}"]
    for comparison, run in zip(comparisons, runs[1:], strict=True):
        sections += [f"## {_name(run)}", *_sections(comparison)]
    if runs[0].references:
        rows = [_reference_row(*values) for values in all_reference_values(runs[0].references)]
        sections += ["## References", drawn(_REFERENCE_COLUMNS, rows), REFERENCE_NOTE]
    if basis := wording.basis(comparisons):
        sections.append(" ".join(basis))
    changes = [change for comparison in comparisons for change in comparison.changes]
    if any(change.outcome is Outcome.CANNOT_TELL for change in changes):
        sections.append(wording.LAUNCH_ADVICE)
    return "\n\n".join([*sections, _MEANING]) + "\n"


def json_text(comparisons: Sequence[Comparison], gates: Sequence[GateResult] = ()) -> str:
    """Write the comparisons as JSON: shares are of 1, times in ms, rates in tok/s, and unknown is ``null``.

    The results of gates stand beside them, if there is a gate.
    """
    document = {"schema": SCHEMA, "comparisons": msgspec.to_builtins(comparisons)}
    if gates:
        document["gates"] = msgspec.to_builtins(gates)
    return escape.json_document(json.dumps(escape.json_value(document), indent=2, allow_nan=False)) + "\n"


def _side(run: RunRecord) -> str:
    plan = run.plan
    began = f", {local_start_time(run.started_at)}" if run.started_at else ""
    rounds = f"{counted(plan.method.rounds, 'round')} over {counted(plan.method.launches, 'launch', 'launches')}"
    return f"{_name(run)}{began}: {rounds}"


def _name(run: RunRecord) -> str:
    run_id = f" ({markdown_inline(run.run_id)})" if run.name else ""
    return markdown_inline(run.name or run.run_id) + run_id


def _sections(comparison: Comparison) -> list[str]:
    rows = [_row(change) for change in (*comparison.changes, *comparison.further)]
    rows += [row for figures in comparison.beside for row in _rows_without_verdict(comparison, figures)]
    rows += [_quality_row(found) for found in comparison.quality]
    order = {key: index for index, key in enumerate(dict.fromkeys(row.model for row in rows))}
    rows.sort(key=lambda row: order[row.model])
    columns = (*_COLUMNS[:3], _RELATIVE, _COLUMNS[4], _MEASURED, _COLUMNS[5]) if comparison.by_yardstick else _COLUMNS
    told = (disturbance(comparison, "the first run", "this one"), headline(comparison, "the first run", "this one"))
    sections = [markdown_inline(sentence) for sentence in told if sentence]
    if note := wording.step_note([comparison]):
        sections += [note, drawn((columns[0], _STEP, *columns[1:]), rows)]
    else:
        sections.append(drawn(columns, rows))
    if len({change.prompt_id for change in comparison.by_prompt}) > 1:
        sections += ["### By prompt", drawn(columns, [_row_of_prompt(change) for change in comparison.by_prompt])]
    remarks = wording.remarks(comparison, "before", "after")
    lines = [f"- {title}: {markdown_inline(words)}" for title, words in remarks]
    return [*sections, "\n".join(lines)] if lines else sections


def _row_of_prompt(change: Change) -> _Row:
    row = _row(change)
    return replace(row, model=f"{row.model}, {row.step}")


def _row(change: Change) -> _Row:
    before, after = wording.sides(change)
    return _Row(
        model=markdown_inline(change.key),
        step=markdown_inline(change.step.name),
        number=change.quantity.value,
        before=before,
        after=after,
        change=wording.relative_change(change.before, change.after),
        measured=wording.measured_change(change),
        verdict=markdown_inline(wording.outcome_words(change)),
    )


def _reference_row(name: str, quantity: Quantity, value: str) -> _Row:
    return _Row(
        model=markdown_inline(name), number=quantity.value, before=units.UNKNOWN, after=value, change=units.UNKNOWN
    )


def _quality_row(found: RateDifference) -> _Row:
    return _Row(
        model=markdown_inline(found.after_key),
        number="quality",
        before=units.percent(found.before),
        after=units.percent(found.after),
        change=quality_words.signed_points(found.difference),
        verdict=markdown_inline(quality_words.outcome_words(found)),
    )


def _rows_without_verdict(comparison: Comparison, figures: OtherFigures) -> Iterable[_Row]:
    """Make the rows of E2E and peak memory that lack a value to compare; over several steps there is no E2E."""
    for quantity in (Quantity.E2E, Quantity.MEMORY):
        before, after = figures.sides(quantity)
        compared = any((change.key, change.quantity) == (figures.key, quantity) for change in comparison.further)
        if compared or (quantity is Quantity.E2E and (before, after) == (None, None)):
            continue
        yield _Row(
            model=markdown_inline(figures.key),
            number=quantity.value,
            before=wording.value(quantity, before),
            after=wording.value(quantity, after),
            change=wording.relative_change(before, after),
        )
