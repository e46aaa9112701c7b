"""The section of a report that shows how a model's numbers spread, and what stands out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui.measure.statistics.distribution import PERCENTS
from tui.measure.statistics.drift import FEWEST_ROUNDS as FEWEST_FOR_DRIFT
from tui.measure.statistics.outliers import FEWEST_ROUNDS as FEWEST_FOR_OUTLIERS
from tui.measure.timing import metrics
from tui.measure.timing.summary import distributions, measured, rounds_of, ttft_ms
from tui.records import TOKENS_ESTIMATED, ModelSummary, RunRecord, Timeline
from tui.records.statistics import Distribution, Distributions, Drift
from tui.reports.context import ReportContext
from tui.reports.findings import Finding, Markup
from tui.text import units
from tui.text.cells import cells_of, padded
from tui.text.escape import markdown_block, visible
from tui.text.result_columns import interpolation_mark
from tui.text.tables import TableColumn, counted, drawn, plain_name

_BINS: Final = 24
_BLOCKS: Final = " ▁▂▃▄▅▆▇█"
_NAMED: Final = 10
"""Outliers of a model that are listed one by one."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A number of this section: how it is called, found and formatted."""

    title: str
    of_timeline: Callable[[Timeline], float | None]
    of_model: Callable[[Distributions], Distribution | None]
    show: Callable[[ModelSummary, float | None], str]
    plain: Callable[[float], str]
    """As on an axis, where it is nobody's."""


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """One model in the table of one number."""

    summary: ModelSummary
    found: Distribution
    shown: _Shown

    def show(self, value: float | None) -> str:
        """A value as this model's are shown."""
        return self.shown.show(self.summary, value)


def _rate(summary: ModelSummary, value_tok_s: float | None) -> str:
    return units.rate(value_tok_s, estimated=TOKENS_ESTIMATED in summary.flags, unit="")


_NUMBERS: Final = (
    _Shown(
        "TTFT", ttft_ms, lambda every: every.ttft_ms, lambda _, value: units.milliseconds(value), units.milliseconds
    ),
    _Shown("decode rate", metrics.decode_tok_s, lambda every: every.decode_tok_s, _rate, units.three_figures),
)


@dataclass(frozen=True, slots=True)
class SpreadPart:
    """One number of this section: its tables, and the values behind each of their rows."""

    title: str
    rows: tuple[SpreadRow, ...]
    columns: tuple[TableColumn[SpreadRow], ...]
    columns_of_intervals: tuple[TableColumn[SpreadRow], ...]
    """Of the percentiles; empty where there are too few rounds for any."""


def distribution_section(material: ReportContext, markup: Markup) -> str:
    """Tables, histograms, outliers and drift of TTFT and decode rate; empty where nothing was measured."""
    parts = distribution_parts(material)
    if not parts:
        return ""
    sections = ["## Distribution"]
    for part in parts:
        sections += [f"### {part.title}", drawn(part.columns, part.rows), _histograms(material.run, part.rows)]
        if part.columns_of_intervals:
            sections.append(drawn(part.columns_of_intervals, part.rows))
    lines = [line for note in notes(material.run, parts, markup) for line in _listed(note)]
    return "\n\n".join(section for section in [*sections, explained(parts, "`*`"), "\n".join(lines)] if section)


def distribution_parts(material: ReportContext) -> tuple[SpreadPart, ...]:
    """TTFT and decode rate, each where it was measured of any model."""
    return tuple(part for shown in _NUMBERS if (part := _part(material, shown)) is not None)


def _part(material: ReportContext, shown: _Shown) -> SpreadPart | None:
    plan, rows = material.run.plan, tuple(_rows(material.summaries, shown))
    if not rows:
        return None
    title = "TTFT" if shown.of_timeline is ttft_ms else "Decode rate in tok/s"
    if plan.method.concurrent:
        title += f", {units.at_once(min(plan.method.concurrency))}"
    known = any(percentile.interval for row in rows for percentile in row.found.percentiles)
    return SpreadPart(title, rows, tuple(_columns()), tuple(_columns_of_intervals()) if known else ())


def _listed(note: Finding) -> list[str]:
    return [f"- {note.sentence}", *(f"  - {point}" for point in note.points)]


def _rows(summaries: Sequence[ModelSummary], shown: _Shown) -> list[SpreadRow]:
    return [
        SpreadRow(summary, found, shown)
        for summary in summaries
        if (found := shown.of_model(summary.distributions or Distributions())) is not None
    ]


def _columns() -> list[TableColumn[SpreadRow]]:
    return [
        TableColumn("Model", lambda row: plain_name(row.summary), right=False, data=True),
        TableColumn("n", lambda row: units.count(row.found.count)),
        TableColumn("p50", lambda row: row.show(row.found.headline)),
        TableColumn("95 % interval", lambda row: units.span(row.found.interval, row.show)),
        TableColumn("Mean", lambda row: row.show(row.found.mean)),
        TableColumn("sd", lambda row: row.show(row.found.sd)),
        TableColumn("CV", lambda row: units.share(row.found.cv)),
        TableColumn("Min", lambda row: row.show(row.found.minimum)),
        *(_percentile_column(place, percent) for place, percent in enumerate(PERCENTS) if percent > 50),
        TableColumn("Max", lambda row: row.show(row.found.maximum)),
    ]


def _percentile_column(place: int, percent: float) -> TableColumn[SpreadRow]:
    def cell(row: SpreadRow) -> str:
        return row.show(row.found.percentiles[place].value) + interpolation_mark(row.found.count, percent)

    return TableColumn(f"p{percent:g}", cell)


def _columns_of_intervals() -> list[TableColumn[SpreadRow]]:
    """The intervals of the percentiles over all rounds, or from how many rounds on there is one."""

    def column(place: int, percent: float) -> TableColumn[SpreadRow]:
        def cell(row: SpreadRow) -> str:
            found = row.found.percentiles[place]
            return f"needs {found.needs}" if found.interval is None else units.span(found.interval, row.show)

        return TableColumn("median of all rounds" if percent == 50 else f"p{percent:g}", cell)

    return [
        TableColumn("95 % intervals", lambda row: plain_name(row.summary), right=False, data=True),
        *(column(place, percent) for place, percent in enumerate(PERCENTS)),
    ]


def _histograms(run: RunRecord, rows: Sequence[SpreadRow]) -> str:
    """A line a model, from its least to its greatest value."""
    names = [visible(row.summary.key) for row in rows]
    least = [row.show(row.found.minimum) for row in rows]
    name_width, side = max(map(cells_of, names)), max(map(len, least))
    lines = (
        f"{padded(name, name_width)}  {low:>{side}} {_bars(values_of_row(run, row))} {row.show(row.found.maximum)}"
        for name, low, row in zip(names, least, rows, strict=True)
    )
    return markdown_block("\n".join(lines))


def values_of_row(run: RunRecord, row: SpreadRow) -> list[float]:
    """Every round behind a row."""
    return [each.value for each in measured(rounds_of(run, row.summary.key), row.shown.of_timeline)]


def _bars(values: Sequence[float]) -> str:
    counts, _ = np.histogram(values, bins=_BINS, range=(min(values), max(values)))
    tops = np.ceil(counts / counts.max() * (len(_BLOCKS) - 1)).astype(int)
    return "".join(_BLOCKS[top] for top in tops)


def explained(parts: Sequence[SpreadPart], mark: str) -> str:
    """What the intervals do not know, and what the marks mean."""
    found = [row.found for part in parts for row in part.rows]
    once = "Each model was started once, so the intervals speak of rounds within one launch only. "
    needs = ", ".join(
        f"{each.needs} for {'the median' if each.percent == 50 else f'p{each.percent:g}'}"
        for each in found[0].percentiles
    )
    return (
        f"{once if all(each.within_one_launch for each in found) else ''}"
        f"The interval of a percentile needs rounds: {needs}. {mark} rests on too few: an interpolation. Outliers are "
        f"told from {FEWEST_FOR_OUTLIERS} rounds of a prompt on, drift from {FEWEST_FOR_DRIFT} within a launch."
    )


def notes(run: RunRecord, parts: Sequence[SpreadPart], markup: Markup) -> list[Finding]:
    """Outliers and drift of each number of each model, in a sentence and a list."""
    return [_note(run, row, markup) for part in parts for row in part.rows if row.found.outliers_judged]


def _note(run: RunRecord, row: SpreadRow, markup: Markup) -> Finding:
    found = row.found
    drift = f"; {_drift_said(found.drift, found)}" if found.drift else ""
    points = [
        f"prompt {markup.data(each.prompt_id)}, launch {each.launch}, round {each.round}: "
        f"{row.show(each.value)} (modified z-score {units.three_figures(each.score)})"
        for each in found.outliers[:_NAMED]
    ]
    if len(found.outliers) > _NAMED:
        points.append(f"and {units.count(len(found.outliers) - _NAMED)} more")
    if found.outliers:
        points.append(_without_outliers(run, row))
    sentence = f"{markup.name(row.summary)}, {row.shown.title}: {_outliers_said(found)}{drift}."
    return Finding(sentence, tuple(points))


def _without_outliers(run: RunRecord, row: SpreadRow) -> str:
    rest = row.shown.of_model(distributions(rounds_of(run, row.summary.key), with_outliers=False))
    if rest is None:
        return "without them nothing is left"
    return f"without them: p50 {row.show(rest.headline)}, mean {row.show(rest.mean)}, sd {row.show(rest.sd)}"


def _outliers_said(found: Distribution) -> str:
    if not found.outliers:
        return "no outlier"
    return f"{counted(len(found.outliers), 'outlier')}, kept in every number above"


def _drift_said(drift: Drift, of: Distribution) -> str:
    moved = f"{units.signed_share(drift.share)} {units.share_span(drift.interval)}"
    within = "the run" if of.within_one_launch else "a launch"
    return f"{'drifts by' if drift.drifts else 'no drift that matters:'} {moved} over {within}"
