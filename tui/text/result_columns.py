"""This module defines the columns of results: each row of its table is a column of the pane and of the reports.

A new number, such as a further percentile, is a field of ``ModelSummary`` and a row of ``RESULT_COLUMNS``. The
fields that other tools read (JSON, and CSV with a row a sample) are defined in ``tui.reports.json.rows``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from tui.records import COUNT_DOUBTED, COUNTS_DIFFER, IN_LUMPS, OTHER_PROVIDER, TOKENS_ESTIMATED
from tui.records.comparison import Quantity, left_out, mark
from tui.records.summary import ModelStatus, ModelSummary
from tui.text import units
from tui.text.cells import cells_of
from tui.text.column_types import (
    BYTES,
    JOULES,
    MILLISECONDS,
    REQUESTS_PER_SECOND,
    SECONDS,
    TOKENS_PER_SECOND,
    Best,
    ResultColumn,
    ShownIn,
)
from tui.text.tables import TableColumn, plain_name

_COUNTS: Final = {COUNT_DOUBTED, COUNTS_DIFFER}
DISTURBED: Final = "!"
"""This marks a model if other activity on the machine may have slowed down some of its requests."""


def counted_rounds(rounds: int, disturbed: int) -> str:
    """Write a number of rounds, with a mark if other activity disturbed some of them."""
    return f"{units.count(rounds)} {DISTURBED}" if disturbed else units.count(rounds)


def columns_of_report(models: Sequence[ModelSummary], kind: ShownIn) -> tuple[TableColumn[ModelSummary], ...]:
    """Return the columns of the table of these models in a report of this kind."""
    return tuple(
        column.in_report
        for column in RESULT_COLUMNS
        if kind in column.shown_in and (column.needed is None or any(map(column.needed, models)))
    )


def detail_words(model: ModelSummary, room: int, shown: Collection[ResultColumn] = ()) -> str:
    """Return the numbers of the second table of a report as one line of at most ``room`` cells, the first ones first.

    Columns that are ``shown`` already are not in it. The line is empty if nothing else is known.
    """
    parts = [
        f"{column.title} {column.figure(model) if column.unit_in_title else column.text(model)}"
        for column in RESULT_COLUMNS
        if ShownIn.DETAIL in column.shown_in and column not in shown
        if column.number is not None and column.number(model) is not None
    ]
    while parts and cells_of(" · ".join(parts)) > room:
        parts.pop()
    return " · ".join(parts)


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
    if model.quiet:
        return model.quiet
    word = "stopped" if model.status is ModelStatus.SKIPPED and model.error == "stopped" else model.status.value
    return f"{word} {DISTURBED}" if model.disturbed else word


def share_of_change(before: float | None, after: float | None) -> float | None:
    """Return by which share of the first number the second one differs; ``None`` if one is unknown."""
    return after / before - 1 if before and after else None


def _cold_ttft_ms(model: ModelSummary) -> float | None:
    return None if model.cold_ttft_s is None else model.cold_ttft_s * 1000


def _token_marks(model: ModelSummary) -> tuple[str, str]:
    return "~" if TOKENS_ESTIMATED in model.flags else "", mark(set(model.flags) & _COUNTS, Quantity.TOTAL)


def _p95_mark(model: ModelSummary) -> str:
    return interpolation_mark(model.rounds, 95)


def _gap_marks(model: ModelSummary) -> tuple[str, str]:
    return "", mark(model.flags, Quantity.DECODE) if model.gaps_of_tokens else "?"


def _stall_mark(model: ModelSummary) -> str:
    """Mark the longest gap between lumps, which hides those within them."""
    return "?" if IN_LUMPS in model.flags else ""


MODEL: Final = ResultColumn(
    id="model",
    title="Model",
    heading="Model\n",
    words=plain_name,
    pane_words=lambda model: model.key,
    is_data=True,
    shown_in=ShownIn.EVERYWHERE,
)
COLD_TTFT: Final = ResultColumn(
    id="cold",
    title="Cold TTFT",
    heading="Cold\nTTFT ms",
    number=_cold_ttft_ms,
    unit=MILLISECONDS,
    marks=lambda model: ("", mark(model.cold_flags, Quantity.TTFT)),
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
    best=Best.LOWEST,
)
DECODE: Final = ResultColumn(
    id="decode",
    title="Decode tok/s",
    heading="Decode\ntok/s",
    number=lambda model: model.decode_p50_tok_s,
    unit=TOKENS_PER_SECOND,
    quantity=Quantity.DECODE,
    best=Best.HIGHEST,
    unit_in_title=True,
)
PEAK_RSS: Final = ResultColumn(
    id="rss",
    title="Peak RSS",
    heading="Peak\nRSS",
    number=lambda model: model.peak_rss_bytes,
    unit=BYTES,
    quantity=Quantity.MEMORY,
    best=Best.LOWEST,
    shown_in=ShownIn.ALL,
)
ENERGY: Final = ResultColumn(
    id="energy",
    title="J/token",
    number=lambda model: model.energy_j_per_token,
    unit=JOULES,
    marks=_token_marks,
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

FIRST_ANSWER: Final = ResultColumn(
    id="first_answer",
    title="First answer p50",
    number=lambda model: model.first_answer_p50_ms,
    unit=MILLISECONDS,
    quantity=Quantity.TTFT,
    best=Best.LOWEST,
    shown_in=ShownIn.DETAIL,
)
ITL_P50: Final = ResultColumn(
    id="itl_p50",
    title="ITL p50",
    heading="ITL\np50 ms",
    number=lambda model: model.itl_p50_ms,
    unit=MILLISECONDS,
    marks=_gap_marks,
    best=Best.LOWEST,
    shown_in=ShownIn.DETAIL | ShownIn.PANE,
)
ITL_P99: Final = ResultColumn(
    id="itl_p99",
    title="ITL p99",
    heading="ITL\np99 ms",
    number=lambda model: model.itl_p99_ms,
    unit=MILLISECONDS,
    marks=_gap_marks,
    further_mark=lambda model: interpolation_mark(model.gaps, 99),
    best=Best.LOWEST,
    shown_in=ShownIn.DETAIL | ShownIn.PANE,
)
LONGEST_STALL: Final = ResultColumn(
    id="stall",
    title="Longest stall",
    heading="Longest\nstall ms",
    number=lambda model: model.longest_gap_ms,
    unit=MILLISECONDS,
    further_mark=_stall_mark,
    best=Best.LOWEST,
    shown_in=ShownIn.DETAIL | ShownIn.PANE,
)
OVERALL: Final = ResultColumn(
    id="overall",
    title="Overall tok/s",
    heading="Overall\ntok/s",
    number=lambda model: model.overall_p50_tok_s,
    unit=TOKENS_PER_SECOND,
    quantity=Quantity.TOTAL,
    best=Best.HIGHEST,
    unit_in_title=True,
    shown_in=ShownIn.DETAIL | ShownIn.PANE,
)
REQUESTS: Final = ResultColumn(
    id="requests",
    title="Requests/s",
    heading="Requests\na second",
    number=lambda model: model.requests_per_s,
    unit=REQUESTS_PER_SECOND,
    best=Best.HIGHEST,
    unit_in_title=True,
    shown_in=ShownIn.DETAIL | ShownIn.PANE,
)

SERVER_DECODE: Final = ResultColumn(
    id="server_decode",
    title="Server's decode tok/s",
    number=lambda model: model.server_decode_p50_tok_s,
    unit=TOKENS_PER_SECOND,
    best=Best.HIGHEST,
    unit_in_title=True,
    shown_in=ShownIn.DETAIL,
    needed=lambda model: model.server_decode_p50_tok_s is not None,
)
SERVER_PREFILL: Final = ResultColumn(
    id="server_prefill",
    title="Server's prefill tok/s",
    number=lambda model: model.server_prefill_p50_tok_s,
    unit=TOKENS_PER_SECOND,
    best=Best.HIGHEST,
    unit_in_title=True,
    shown_in=ShownIn.DETAIL,
    needed=lambda model: model.server_prefill_p50_tok_s is not None,
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
        further_mark=_p95_mark,
        best=Best.LOWEST,
    ),
    ResultColumn(
        id="e2e_p50",
        title="E2E p50",
        heading="E2E\np50 ms",
        number=lambda model: model.e2e_p50_ms,
        unit=MILLISECONDS,
        quantity=Quantity.E2E,
        best=Best.LOWEST,
    ),
    ResultColumn(
        id="e2e_p95",
        title="E2E p95",
        heading="E2E\np95 ms",
        number=lambda model: model.e2e_tail_ms,
        unit=MILLISECONDS,
        quantity=Quantity.E2E,
        further_mark=_p95_mark,
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
        best=Best.HIGHEST,
        unit_in_title=True,
    ),
    ResultColumn(
        id="tokens",
        title="Tokens",
        heading="Tokens\nmean",
        number=lambda model: model.output_tokens,
        marks=_token_marks,
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
    FIRST_ANSWER,
    ITL_P50,
    ITL_P99,
    LONGEST_STALL,
    OVERALL,
    REQUESTS,
    SERVER_DECODE,
    ResultColumn(
        id="decode_differs",
        title="Ours, decode",
        words=lambda model: units.signed_share(share_of_change(model.server_decode_p50_tok_s, model.decode_p50_tok_s)),
        shown_in=ShownIn.DETAIL,
        needed=lambda model: model.server_decode_p50_tok_s is not None,
    ),
    SERVER_PREFILL,
    ResultColumn(
        id="prefill_differs",
        title="Ours, prefill",
        words=lambda model: units.signed_share(
            share_of_change(model.server_prefill_p50_tok_s, model.prefill_p50_tok_s)
        ),
        shown_in=ShownIn.DETAIL,
        needed=lambda model: model.server_prefill_p50_tok_s is not None,
    ),
    ResultColumn(
        id="status",
        title="Status",
        heading="Status\n",
        words=_status,
        pane_words=pane_status,
        shown_in=ShownIn.ALL,
    ),
)
