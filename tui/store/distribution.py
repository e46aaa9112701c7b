"""The section of a report that shows how a model's numbers spread, and what stands out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tui.measure import metrics, units
from tui.measure.drift import FEWEST_ROUNDS as FEWEST_FOR_DRIFT
from tui.measure.outliers import FEWEST_ROUNDS as FEWEST_FOR_OUTLIERS
from tui.measure.statistics import PERCENTS
from tui.measure.summary import distributions, measured, rounds_of, ttft_ms
from tui.records import ModelSummary, RunRecord, Timeline
from tui.records.statistics import Distribution, Distributions, Drift
from tui.store.escape import markdown_block, markdown_inline, visible
from tui.store.tables import Column, cells, counted, drawn, model_name, padded

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


@dataclass(frozen=True, slots=True)
class _Row:
    """One model in the table of one number."""

    summary: ModelSummary
    found: Distribution
    shown: _Shown

    def show(self, value: float | None) -> str:
        """A value as this model's are shown."""
        return self.shown.show(self.summary, value)


def _rate(summary: ModelSummary, value_tok_s: float | None) -> str:
    return units.rate(value_tok_s, estimated=metrics.TOKENS_ESTIMATED in summary.flags, unit="")


_NUMBERS: Final = (
    _Shown("TTFT", ttft_ms, lambda every: every.ttft_ms, lambda _, value: units.milliseconds(value)),
    _Shown("decode rate", metrics.decode_tok_s, lambda every: every.decode_tok_s, _rate),
)


def distribution_section(run: RunRecord, summaries: Sequence[ModelSummary]) -> str:
    """Tables, histograms, outliers and drift of TTFT and decode rate; empty where nothing was measured."""
    parts = [part for shown in _NUMBERS for part in _of_number(run, summaries, shown)]
    if not parts:
        return ""
    standing_out = [line for shown in _NUMBERS for row in _rows(summaries, shown) for line in _notes(run, row)]
    sections = ["## Distribution", *parts, _explained(summaries), "\n".join(standing_out)]
    return "\n\n".join(section for section in sections if section)


def _of_number(run: RunRecord, summaries: Sequence[ModelSummary], shown: _Shown) -> list[str]:
    rows = _rows(summaries, shown)
    if not rows:
        return []
    title = "### TTFT" if shown.of_timeline is ttft_ms else "### Decode rate in tok/s"
    parts = [title, drawn(_columns(), rows), _histograms(run, rows)]
    if any(percentile.interval for row in rows for percentile in row.found.percentiles):
        parts.append(drawn(_columns_of_intervals(), rows))
    return parts


def _rows(summaries: Sequence[ModelSummary], shown: _Shown) -> list[_Row]:
    return [
        _Row(summary, found, shown)
        for summary in summaries
        if (found := shown.of_model(summary.distributions or Distributions())) is not None
    ]


def _columns() -> list[Column[_Row]]:
    return [
        Column("Model", lambda row: model_name(row.summary), right=False),
        Column("n", lambda row: units.count(row.found.count)),
        Column("p50", lambda row: row.show(row.found.headline)),
        Column("95 % interval", lambda row: units.span(row.found.interval, row.show)),
        Column("Mean", lambda row: row.show(row.found.mean)),
        Column("sd", lambda row: row.show(row.found.sd)),
        Column("CV", lambda row: units.share(row.found.cv)),
        Column("Min", lambda row: row.show(row.found.minimum)),
        *(_percentile_column(place, percent) for place, percent in enumerate(PERCENTS) if percent > 50),
        Column("Max", lambda row: row.show(row.found.maximum)),
    ]


def _percentile_column(place: int, percent: float) -> Column[_Row]:
    def cell(row: _Row) -> str:
        mark = "*" if row.found.count < metrics.interpolated_below(percent) else ""
        return row.show(row.found.percentiles[place].value) + mark

    return Column(f"p{percent:g}", cell)


def _columns_of_intervals() -> list[Column[_Row]]:
    """The intervals of the percentiles over all rounds, or from how many rounds on there is one."""

    def column(place: int, percent: float) -> Column[_Row]:
        def cell(row: _Row) -> str:
            found = row.found.percentiles[place]
            return f"needs {found.needs}" if found.interval is None else units.span(found.interval, row.show)

        return Column("median of all rounds" if percent == 50 else f"p{percent:g}", cell)

    return [
        Column("95 % intervals", lambda row: model_name(row.summary), right=False),
        *(column(place, percent) for place, percent in enumerate(PERCENTS)),
    ]


def _histograms(run: RunRecord, rows: Sequence[_Row]) -> str:
    """A line a model, from its least to its greatest value."""
    names = [visible(row.summary.key) for row in rows]
    least = [row.show(row.found.minimum) for row in rows]
    name_width, side = max(map(cells, names)), max(map(len, least))
    lines = (
        f"{padded(name, name_width)}  {low:>{side}} {_bars(_values(run, row))} {row.show(row.found.maximum)}"
        for name, low, row in zip(names, least, rows, strict=True)
    )
    return markdown_block("\n".join(lines))


def _values(run: RunRecord, row: _Row) -> list[float]:
    return [each.value for each in measured(rounds_of(run, row.summary.key), row.shown.of_timeline)]


def _bars(values: Sequence[float]) -> str:
    counts, _ = np.histogram(values, bins=_BINS, range=(min(values), max(values)))
    tops = np.ceil(counts / counts.max() * (len(_BLOCKS) - 1)).astype(int)
    return "".join(_BLOCKS[top] for top in tops)


def _explained(summaries: Sequence[ModelSummary]) -> str:
    """What the intervals do not know, and what the marks mean."""
    found = [row.found for shown in _NUMBERS for row in _rows(summaries, shown)]
    once = "Each model was started once, so the intervals speak of rounds within one launch only. "
    needs = ", ".join(
        f"{each.needs} for {'the median' if each.percent == 50 else f'p{each.percent:g}'}"
        for each in found[0].percentiles
    )
    return (
        f"{once if all(each.within_one_launch for each in found) else ''}"
        f"The interval of a percentile needs rounds: {needs}. `*` rests on too few: an interpolation. Outliers are "
        f"told from {FEWEST_FOR_OUTLIERS} rounds of a prompt on, drift from {FEWEST_FOR_DRIFT} within a launch."
    )


def _notes(run: RunRecord, row: _Row) -> list[str]:
    """Outliers and drift of one number of one model, in a sentence and a list."""
    found = row.found
    if not found.outliers_judged:
        return []
    drift = f"; {_drift_said(found.drift, found)}" if found.drift else ""
    lines = [f"- **{model_name(row.summary)}**, {row.shown.title}: {_outliers_said(found)}{drift}."]
    lines += [
        f"  - prompt {markdown_inline(each.prompt_id)}, launch {each.launch}, round {each.round}: "
        f"{row.show(each.value)} (modified z-score {units.three_figures(each.score)})"
        for each in found.outliers[:_NAMED]
    ]
    if len(found.outliers) > _NAMED:
        lines.append(f"  - and {units.count(len(found.outliers) - _NAMED)} more")
    if found.outliers:
        lines.append(f"  - {_without_outliers(run, row)}")
    return lines


def _without_outliers(run: RunRecord, row: _Row) -> str:
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
