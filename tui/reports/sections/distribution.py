"""How the numbers of each model spread over its rounds, and which of them stand out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.doubt import reason_of_sample
from tui.measure.statistics.distribution import PERCENTS, mean_over_prompts, sd_within_prompts
from tui.measure.statistics.drift import FEWEST_ROUNDS as FEWEST_FOR_DRIFT
from tui.measure.statistics.intervals import headline, is_measured
from tui.measure.statistics.outliers import FEWEST_ROUNDS as FEWEST_FOR_OUTLIERS
from tui.measure.statistics.outliers import without_outliers
from tui.measure.timing import metrics
from tui.measure.timing.columns import as_rounds
from tui.measure.timing.summary import measured, rounds_of, ttft_ms
from tui.records import ModelSummary, RunRecord, Timeline
from tui.records.comparison import Quantity, marked
from tui.records.statistics import Distribution, Distributions, Drift
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.reports.sections.levels import load_words
from tui.text import units
from tui.text.result_columns import DISTURBED, interpolation_mark
from tui.text.tables import TableColumn, counted, plain_name

_MOST_NAMED: Final = 10
"""How many outliers of a model are listed one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quantity:
    """One number that this section is about."""

    title: str
    in_sentence: str
    kind: Quantity
    of_timeline: Callable[[Timeline], float | None]
    of_model: Callable[[Distributions], Distribution | None]
    of_row: Callable[[ModelSummary], float | None]
    show: Callable[[ModelSummary, float | None], str]
    show_on_axis: Callable[[float], str]
    """How a value is written that belongs to no model."""


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """One model in the table of one number."""

    summary: ModelSummary
    distribution: Distribution
    quantity: _Quantity

    def show(self, value: float | None) -> str:
        """Write a value as the numbers of this model are written."""
        return self.quantity.show(self.summary, value)

    def values(self, run: RunRecord) -> list[float]:
        """Return the values of all rounds that the row summarises."""
        rounds = rounds_of(run, self.summary.key)
        return [round_.value for round_ in measured(rounds, self.quantity.of_timeline)]

    def doubts(self, run: RunRecord) -> list[str]:
        """Return why each of ``values`` is in doubt, in words that follow "because"; empty where it is not."""
        rounds = as_rounds(rounds_of(run, self.summary.key))
        values = rounds.column(self.quantity.of_timeline)
        return [
            reason_of_sample(sample, self.quantity.kind)
            for sample, value in zip(rounds, values, strict=True)
            if is_measured(value)
        ]

    def name(self, run: RunRecord) -> str:
        """Return the name of the model as a chart writes it, with a mark if one of its rounds was disturbed."""
        disturbed = any(sample.disturbances for sample in rounds_of(run, self.summary.key))
        return f"{self.summary.key} {DISTURBED}" if disturbed else self.summary.key


@dataclass(frozen=True, slots=True)
class SpreadPart:
    """The tables of one number."""

    title: str
    rows: tuple[SpreadRow, ...]
    columns: tuple[TableColumn[SpreadRow], ...]
    interval_columns: tuple[TableColumn[SpreadRow], ...]
    """The columns of the table of percentiles with their intervals; empty if no percentile has one."""
    launch_columns: tuple[TableColumn[SpreadRow], ...]
    """The columns of the table of the launches; empty if each model was started once."""

    def references(self, run: RunRecord) -> dict[str, float]:
        """Return the headline of each reference row that has the number."""
        values = {row.key: self.rows[0].quantity.of_row(row) for row in run.references}
        return {key: value for key, value in values.items() if value}

    @property
    def show_on_axis(self) -> Callable[[float], str]:
        """How a value is written on the axis of a chart."""
        return self.rows[0].quantity.show_on_axis


def _milliseconds(summary: ModelSummary, value_ms: float | None) -> str:
    return _marked(units.milliseconds(value_ms), summary, Quantity.TTFT)


def _rate(summary: ModelSummary, value_tok_s: float | None) -> str:
    return _marked(units.rate(value_tok_s, unit=""), summary, Quantity.DECODE)


def _marked(text: str, summary: ModelSummary, quantity: Quantity) -> str:
    return text if text == units.UNKNOWN else marked(text, summary.flags, quantity)


_QUANTITIES: Final = (
    _Quantity(
        title="TTFT",
        in_sentence="TTFT",
        kind=Quantity.TTFT,
        of_timeline=ttft_ms,
        of_model=lambda numbers: numbers.ttft_ms,
        of_row=lambda row: row.ttft_p50_ms,
        show=_milliseconds,
        show_on_axis=units.milliseconds,
    ),
    _Quantity(
        title="Decode rate in tok/s",
        in_sentence="decode rate",
        kind=Quantity.DECODE,
        of_timeline=metrics.decode_tok_s,
        of_model=lambda numbers: numbers.decode_tok_s,
        of_row=lambda row: row.decode_p50_tok_s,
        show=_rate,
        show_on_axis=units.three_figures,
    ),
)


def distribution_parts(context: ReportContext) -> tuple[SpreadPart, ...]:
    """Make the tables of TTFT and of the decode rate, of each if some model has it."""
    parts = (_part(context, quantity) for quantity in _QUANTITIES)
    return tuple(part for part in parts if part.rows)


def distribution_notes(run: RunRecord, parts: Sequence[SpreadPart], markup: Markup) -> list[Finding]:
    """Tell the outliers and the drift of each number of each model, in a sentence and a list."""
    rows = (row for part in parts for row in part.rows if row.distribution.outliers_judged)
    return [_note(run, row, markup) for row in rows]


def distribution_explained(run: RunRecord, parts: Sequence[SpreadPart], mark: str) -> str:
    """Tell of which rounds the columns are, what the intervals do not know, and what the ``*`` means.

    A report writes the ``*`` as ``mark``.
    """
    every = [row.distribution for part in parts for row in part.rows]
    once = "Each model was started once, so the intervals speak of rounds within one launch only. "
    needs = ", ".join(
        f"{percentile.needs} for {'the median' if percentile.percent == 50 else f'p{percentile.percent:g}'}"
        for percentile in every[0].percentiles
    )
    several = "Percentiles over several launches have no interval, because the rounds of a launch are alike. "
    mixed = (
        "p50 is the mean of the prompts' medians; Min, p90 to p99 and Max are of all rounds together, so they also "
        "tell how the prompts differ, and p50 can lie above them. "
    )
    return (
        f"{mixed if len(run.plan.prompts) > 1 else ''}"
        f"{once if all(distribution.within_one_launch for distribution in every) else several}"
        f"The interval of a percentile needs rounds: {needs}. {mark} rests on too few: an interpolation. Outliers are "
        f"told from {FEWEST_FOR_OUTLIERS} rounds of a prompt on, drift from {FEWEST_FOR_DRIFT} within a launch."
    )


def _part(context: ReportContext, quantity: _Quantity) -> SpreadPart:
    method = context.run.plan.method
    rows = tuple(
        SpreadRow(summary, distribution, quantity)
        for summary in context.summaries
        if (distribution := quantity.of_model(summary.distributions or Distributions())) is not None
    )
    level = f", {load_words(context.run.plan)}" if method.has_levels else ""
    has_intervals = any(percentile.interval for row in rows for percentile in row.distribution.percentiles)
    several = any(row.distribution.launches > 1 for row in rows)
    return SpreadPart(
        quantity.title + level,
        rows,
        _COLUMNS,
        _INTERVAL_COLUMNS if has_intervals else (),
        _LAUNCH_COLUMNS if several else (),
    )


def _percentile_column(index: int, percent: float) -> TableColumn[SpreadRow]:
    def cell(row: SpreadRow) -> str:
        return row.show(row.distribution.percentiles[index].value) + interpolation_mark(row.distribution.count, percent)

    return TableColumn(f"p{percent:g} of all", cell)


def _interval_column(index: int, percent: float) -> TableColumn[SpreadRow]:
    """Make the column of a percentile's interval over all rounds, or of how many rounds it needs."""

    def cell(row: SpreadRow) -> str:
        percentile = row.distribution.percentiles[index]
        interval = percentile.interval
        if interval is None and not row.distribution.within_one_launch:
            return units.UNKNOWN
        return f"needs {percentile.needs}" if interval is None else units.span(interval, row.show)

    return TableColumn(f"{'median' if percent == 50 else f'p{percent:g}'} of all rounds", cell)


_COLUMNS: Final[tuple[TableColumn[SpreadRow], ...]] = (
    TableColumn("Model", lambda row: plain_name(row.summary), right=False, data=True),
    TableColumn("n", lambda row: units.count(row.distribution.count)),
    TableColumn("p50", lambda row: row.show(row.distribution.headline)),
    TableColumn("95 % interval", lambda row: units.span(row.distribution.interval, row.show)),
    TableColumn("Mean", lambda row: row.show(row.distribution.mean)),
    TableColumn("sd", lambda row: row.show(row.distribution.sd)),
    TableColumn("CV", lambda row: units.share(row.distribution.cv)),
    TableColumn("Min", lambda row: row.show(row.distribution.minimum)),
    *(_percentile_column(index, percent) for index, percent in enumerate(PERCENTS) if percent > 50),
    TableColumn("Max", lambda row: row.show(row.distribution.maximum)),
)
_INTERVAL_COLUMNS: Final[tuple[TableColumn[SpreadRow], ...]] = (
    TableColumn("95 % intervals", lambda row: plain_name(row.summary), right=False, data=True),
    *(_interval_column(index, percent) for index, percent in enumerate(PERCENTS)),
)
_LAUNCH_COLUMNS: Final[tuple[TableColumn[SpreadRow], ...]] = (
    TableColumn("Launches", lambda row: plain_name(row.summary), right=False, data=True),
    TableColumn("p50 of each launch", lambda row: ", ".join(map(row.show, row.distribution.launch_headlines))),
    TableColumn("sd between launches", lambda row: row.show(row.distribution.sd_between_launches)),
    TableColumn("sd within launches", lambda row: row.show(row.distribution.sd_within_launches)),
)


def _note(run: RunRecord, row: SpreadRow, markup: Markup) -> Finding:
    distribution = row.distribution
    outliers = distribution.outliers
    points = [
        f"prompt {markup.data(outlier.prompt_id)}, launch {outlier.launch}, round {outlier.round}: "
        f"{row.show(outlier.value)} (modified z-score {units.three_figures(outlier.score)})"
        for outlier in outliers[:_MOST_NAMED]
    ]
    if len(outliers) > _MOST_NAMED:
        points.append(f"and {units.count(len(outliers) - _MOST_NAMED)} more")
    if outliers:
        points.append(_without_outliers(run, row))
    count = f"{counted(len(outliers), 'outlier')}, kept in every number above" if outliers else "no outlier"
    drift = f"; {_drift(distribution.drift, distribution)}" if distribution.drift else ""
    return Finding(f"{markup.name(row.summary)}, {row.quantity.in_sentence}: {count}{drift}.", tuple(points))


def _without_outliers(run: RunRecord, row: SpreadRow) -> str:
    rest = without_outliers(measured(rounds_of(run, row.summary.key), row.quantity.of_timeline))
    if not rest:
        return "without them nothing is left"
    mean, sd = mean_over_prompts(rest), sd_within_prompts(rest)
    return f"without them: p50 {row.show(headline(rest))}, mean {row.show(mean)}, sd {row.show(sd)}"


def _drift(drift: Drift, distribution: Distribution) -> str:
    moved = f"{units.signed_share(drift.share)} {units.share_span(drift.interval)}"
    period = "the run" if distribution.within_one_launch else "a launch"
    return f"{'drifts by' if drift.drifts else 'no drift that matters:'} {moved} over {period}"
