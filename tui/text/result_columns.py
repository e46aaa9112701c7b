"""This module defines the columns of results: each row of its table is a column of the pane and of the reports.

A new number, such as a further percentile, is a field of ``ModelSummary`` and a row of ``RESULT_COLUMNS``. The
fields that other tools read (JSON, and CSV with a row a sample) are defined in ``tui.reports.json.rows``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Final

from tui.records import OTHER_PROVIDER, TOKENS_ESTIMATED, ModelStatus, ModelSummary
from tui.records.comparison import Quantity, left_out, mark
from tui.text import units
from tui.text.tables import TableColumn, plain_name

DISTURBED: Final = "!"
"""This marks a model if other activity on the machine may have slowed down some of its requests."""

_Words = Callable[[ModelSummary], str]


class ShownIn(Flag):
    """These are the tables in which a column can appear."""

    PANE = auto()
    REPORT = auto()
    SWEEP = auto()
    """The report of a sweep leaves out columns that depend on the length of a prompt or an answer."""
    RUNS = PANE | REPORT
    ALL = PANE | REPORT | SWEEP


class Best(Enum):
    """This enumeration names the end of a column, lowest or highest, that has the best value."""

    LOWEST = 1
    HIGHEST = -1


@dataclass(frozen=True, slots=True)
class Unit:
    """This record formats a number with its unit, or as a figure below a title that names the unit."""

    text: Callable[[float], str]
    figure: Callable[[float], str]


SECONDS: Final = Unit(units.seconds, units.three_figures)
MILLISECONDS: Final = Unit(units.milliseconds, units.three_figures)
TOKENS_PER_SECOND: Final = Unit(units.rate, units.three_figures)
TOKENS: Final = Unit(units.count, units.count)
BYTES: Final = Unit(units.size, units.size)
JOULES: Final = Unit(units.energy, units.energy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    """This record is one column: its titles, and either a number with its unit or the words of its cells."""

    id: str
    title: str
    """This is the title in a report."""
    heading: str = ""
    """These are the two lines of the title in the results pane, of which the second one names the unit."""
    number: Callable[[ModelSummary], float | None] | None = None
    """This function returns the value of a model, by which rows are sorted; columns of words are sorted by words."""
    unit: Unit = TOKENS
    marks: Callable[[ModelSummary], tuple[str, str]] = lambda _: ("", "")
    """This function returns the marks before and after a number that is not unknown."""
    quantity: Quantity | None = None
    """This is the quantity that flags can cast doubt on, so that a model may not be ranked by the column."""
    best: Best | None = None
    words: _Words | None = None
    """This function returns the words of a cell in a report, in place of a number with its unit."""
    pane_words: _Words | None = None
    """This function returns the words of a cell in the results pane, if they differ from those of a report."""
    shown_in: ShownIn = ShownIn.RUNS
    unit_in_title: bool = False
    """If true, the title in a report names the unit, and cells contain figures as in the pane."""
    is_data: bool = False
    """If true, the words come from outside, and the code that draws them must escape them."""
    needed: Callable[[ModelSummary], bool] | None = None
    """If given, a report has the column only if this returns true for some model."""

    def text(self, model: ModelSummary) -> str:
        """Return the cell of a model with the unit of its number."""
        return self.words(model) if self.words is not None else self._written(model, self.unit.text)

    def figure(self, model: ModelSummary) -> str:
        """Return the cell of a model below a title that names the unit, as all headings of the results pane do."""
        words = self.pane_words or self.words
        return words(model) if words is not None else self._written(model, self.unit.figure)

    @property
    def in_report(self) -> TableColumn[ModelSummary]:
        """Return the column in the form that a report draws."""
        show = self.figure if self.unit_in_title else self.text
        return TableColumn(self.title, show, right=self.number is not None, data=self.is_data)

    def _written(self, model: ModelSummary, show: Callable[[float], str]) -> str:
        value = None if self.number is None else self.number(model)
        before, behind = self.marks(model)
        return units.UNKNOWN if value is None else f"{before}{show(value)}{behind}"


def columns_of_report(models: Sequence[ModelSummary], kind: ShownIn) -> tuple[TableColumn[ModelSummary], ...]:
    """Return the columns of the table of these models in a report of this kind."""
    return tuple(
        column.in_report
        for column in RESULT_COLUMNS
        if kind in column.shown_in and (column.needed is None or any(map(column.needed, models)))
    )


def best_first(column: ResultColumn, models: Sequence[ModelSummary]) -> list[ModelSummary]:
    """Return the models that have the number of a column, the best one first."""
    assert column.number is not None, "words have no order from good to bad"
    values = {model.key: value for model in models if (value := column.number(model)) is not None}
    measured = [model for model in models if model.key in values]
    sign = column.best.value if column.best is not None else 1
    return sorted(measured, key=lambda model: sign * values[model.key])


def not_ranked(column: ResultColumn, models: Sequence[ModelSummary]) -> dict[str, str]:
    """Return which models take no part in a ranking by a column, each with the reason; see ``measure.doubt``."""
    if column.quantity is None:
        return {}
    assert column.number is not None, "words have no doubt"
    return left_out({model.key: model.doubt_about(column.quantity) for model in models if column.number(model)})


def interpolated_below(percent: float) -> int:
    """Return how many values a percentile above 50 needs to be more than an interpolation towards the largest value."""
    return int(100 / (100 - percent)) + 1


def interpolation_mark(values: int, percent: float) -> str:
    """Return ``*`` for a percentile of fewer values than it needs, else an empty text."""
    return "*" if values < interpolated_below(percent) else ""


def pane_status(model: ModelSummary) -> str:
    """Return the status of a model; a failure is shortened to its kind, because the cell is narrow."""
    failed = model.status is ModelStatus.FAILED
    return (model.error or model.status.value).partition(":")[0] if failed else _status(model)


def _status(model: ModelSummary) -> str:
    return f"{model.status.value} {DISTURBED}" if model.disturbed else model.status.value


def _cold_ttft_ms(model: ModelSummary) -> float | None:
    return None if model.cold_ttft_s is None else model.cold_ttft_s * 1000


def _estimated(model: ModelSummary) -> str:
    return "~" if TOKENS_ESTIMATED in model.flags else ""


def _p95_marks(model: ModelSummary) -> tuple[str, str]:
    return "", interpolation_mark(model.rounds, 95)


def _ttft_p95_marks(model: ModelSummary) -> tuple[str, str]:
    return "", mark(model.flags, Quantity.TTFT) + interpolation_mark(model.rounds, 95)


MODEL: Final = ResultColumn(
    id="model",
    title="Model",
    heading="Model\n",
    words=plain_name,
    pane_words=lambda model: model.key,
    is_data=True,
    shown_in=ShownIn.ALL,
)
COLD_TTFT: Final = ResultColumn(
    id="cold",
    title="Cold TTFT",
    heading="Cold\nTTFT ms",
    number=_cold_ttft_ms,
    unit=MILLISECONDS,
    best=Best.LOWEST,
    shown_in=ShownIn.ALL,
)
TTFT: Final = ResultColumn(
    id="ttft_p50",
    title="TTFT p50",
    heading="TTFT\np50 ms",
    number=lambda model: model.ttft_p50_ms,
    unit=MILLISECONDS,
    quantity=Quantity.TTFT,
    marks=lambda model: ("", mark(model.flags, Quantity.TTFT)),
    best=Best.LOWEST,
)
DECODE: Final = ResultColumn(
    id="decode",
    title="Decode tok/s",
    heading="Decode\ntok/s",
    number=lambda model: model.decode_p50_tok_s,
    unit=TOKENS_PER_SECOND,
    quantity=Quantity.DECODE,
    marks=lambda model: (_estimated(model), mark(model.flags, Quantity.DECODE)),
    best=Best.HIGHEST,
    unit_in_title=True,
)
PEAK_RSS: Final = ResultColumn(
    id="rss",
    title="Peak RSS",
    heading="Peak\nRSS",
    number=lambda model: model.peak_rss_bytes,
    unit=BYTES,
    best=Best.LOWEST,
    shown_in=ShownIn.ALL,
)
ENERGY: Final = ResultColumn(
    id="energy",
    title="J/token",
    number=lambda model: model.energy_j_per_token,
    unit=JOULES,
    best=Best.LOWEST,
    shown_in=ShownIn.REPORT,
    needed=lambda model: model.energy_j_per_token is not None,
)
COST: Final = ResultColumn(
    id="cost",
    title="per 1,000 requests",
    number=lambda model: model.cost_per_1000,
    words=lambda model: units.money(model.cost_per_1000, model.currency),
    is_data=True,
    best=Best.LOWEST,
    shown_in=ShownIn.REPORT,
    needed=lambda model: model.energy_j_per_token is not None and model.cost_per_1000 is not None,
)

RESULT_COLUMNS: Final[tuple[ResultColumn, ...]] = (
    MODEL,
    ResultColumn(
        id="load",
        title="Load",
        heading="Load\ns",
        number=lambda model: model.load_s,
        unit=SECONDS,
        best=Best.LOWEST,
        shown_in=ShownIn.ALL,
    ),
    COLD_TTFT,
    TTFT,
    ResultColumn(
        id="ttft_p95",
        title="TTFT p95",
        heading="TTFT\np95 ms",
        number=lambda model: model.ttft_tail_ms,
        unit=MILLISECONDS,
        quantity=Quantity.TTFT,
        marks=_ttft_p95_marks,
        best=Best.LOWEST,
    ),
    ResultColumn(
        id="e2e_p50",
        title="E2E p50",
        heading="E2E\np50 ms",
        number=lambda model: model.e2e_p50_ms,
        unit=MILLISECONDS,
        best=Best.LOWEST,
    ),
    ResultColumn(
        id="e2e_p95",
        title="E2E p95",
        heading="E2E\np95 ms",
        number=lambda model: model.e2e_tail_ms,
        unit=MILLISECONDS,
        marks=_p95_marks,
        best=Best.LOWEST,
    ),
    DECODE,
    ResultColumn(
        id="prefill",
        title="Prefill tok/s",
        heading="Prefill\ntok/s",
        number=lambda model: model.prefill_p50_tok_s,
        unit=TOKENS_PER_SECOND,
        quantity=Quantity.PREFILL,
        marks=lambda model: ("", mark(model.flags, Quantity.PREFILL)),
        best=Best.HIGHEST,
        unit_in_title=True,
    ),
    ResultColumn(
        id="tokens",
        title="Tokens",
        heading="Tokens\nmean",
        number=lambda model: model.output_tokens,
        marks=lambda model: (_estimated(model), ""),
    ),
    ResultColumn(
        id="provider",
        title="Provider",
        words=lambda model: (model.model.execution_provider or units.UNKNOWN).removesuffix("ExecutionProvider"),
        shown_in=ShownIn.REPORT | ShownIn.SWEEP,
        needed=lambda model: (
            model.model.execution_provider not in (None, "CPUExecutionProvider") or OTHER_PROVIDER in model.flags
        ),
        is_data=True,
    ),
    PEAK_RSS,
    ResultColumn(
        id="vram",
        title="Peak VRAM",
        number=lambda model: model.peak_vram_bytes,
        unit=BYTES,
        best=Best.LOWEST,
        shown_in=ShownIn.REPORT | ShownIn.SWEEP,
        needed=lambda model: bool(model.peak_vram_bytes),
    ),
    ENERGY,
    COST,
    ResultColumn(
        id="status",
        title="Status",
        heading="Status\n",
        words=_status,
        pane_words=pane_status,
        shown_in=ShownIn.ALL,
    ),
)
