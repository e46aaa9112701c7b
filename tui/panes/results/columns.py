"""The columns of the results: what a cell says, and what a column sorts by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.measure.timing import metrics
from tui.records import ModelStatus, ModelSummary
from tui.records.flags import MAYBE_CACHED, RATE_UNSURE, TOKENS_ESTIMATED
from tui.text import units


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    """One column: what it sorts by, and how a cell reads."""

    id: str
    label: str
    text: Callable[[ModelSummary], str]
    number: Callable[[ModelSummary], float | None] | None = None
    """What a column of numbers sorts by; one without sorts by its text."""


def _figure(value: float | None, mark: str = "") -> str:
    return units.UNKNOWN if value is None else f"{units.three_figures(value)}{mark}"


def _p95(row: ModelSummary, value: float | None) -> str:
    return _figure(value, "*" if row.rounds < metrics.P95_NEEDS else "")


def _decode(row: ModelSummary) -> str:
    estimated, unsure = TOKENS_ESTIMATED in row.flags, RATE_UNSURE in row.flags
    return units.rate(row.decode_p50_tok_s, estimated=estimated, unsure=unsure, unit="")


def _prefill(row: ModelSummary) -> str:
    return units.rate(row.prefill_p50_tok_s, unsure=MAYBE_CACHED in row.flags, unit="")


def _cold_ms(row: ModelSummary) -> float | None:
    return None if row.cold_ttft_s is None else row.cold_ttft_s * 1000


def status_word(row: ModelSummary) -> str:
    """How it came out, with a mark where something else disturbed it."""
    if row.status is ModelStatus.FAILED:
        return (row.error or row.status.value).partition(":")[0]
    return f"{row.status.value} {metrics.DISTURBED}" if row.disturbed else row.status.value


COLUMNS: Final[tuple[ResultColumn, ...]] = (
    ResultColumn(id="model", label="Model\n", text=lambda row: row.key),
    ResultColumn(id="load", label="Load\ns", number=lambda row: row.load_s, text=lambda row: _figure(row.load_s)),
    ResultColumn(id="cold", label="Cold\nTTFT ms", number=_cold_ms, text=lambda row: _figure(_cold_ms(row))),
    ResultColumn(
        id="ttft_p50",
        label="TTFT\np50 ms",
        number=lambda row: row.ttft_p50_ms,
        text=lambda row: _figure(row.ttft_p50_ms),
    ),
    ResultColumn(
        id="ttft_p95",
        label="TTFT\np95 ms",
        number=lambda row: row.ttft_p95_ms,
        text=lambda row: _p95(row, row.ttft_p95_ms),
    ),
    ResultColumn(
        id="e2e_p50",
        label="E2E\np50 ms",
        number=lambda row: row.e2e_p50_ms,
        text=lambda row: _figure(row.e2e_p50_ms),
    ),
    ResultColumn(
        id="e2e_p95",
        label="E2E\np95 ms",
        number=lambda row: row.e2e_p95_ms,
        text=lambda row: _p95(row, row.e2e_p95_ms),
    ),
    ResultColumn(
        id="decode",
        label="Decode\ntok/s",
        number=lambda row: row.decode_p50_tok_s,
        text=_decode,
    ),
    ResultColumn(
        id="prefill",
        label="Prefill\ntok/s",
        number=lambda row: row.prefill_p50_tok_s,
        text=_prefill,
    ),
    ResultColumn(
        id="tokens",
        label="Tokens\nmean",
        number=lambda row: row.output_tokens,
        text=lambda row: units.count(row.output_tokens, estimated=TOKENS_ESTIMATED in row.flags),
    ),
    ResultColumn(
        id="rss",
        label="Peak\nRSS",
        number=lambda row: row.peak_rss_bytes,
        text=lambda row: units.size(row.peak_rss_bytes),
    ),
    ResultColumn(id="status", label="Status\n", text=status_word),
)


def sorted_rows(rows: Sequence[ModelSummary], column: ResultColumn, *, descending: bool) -> list[ModelSummary]:
    """The rows by one column; what is not known comes last in either direction."""
    number = column.number
    if number is None:
        return sorted(rows, key=column.text, reverse=descending)
    values = {row.key: value for row in rows if (value := number(row)) is not None}
    known = sorted((row for row in rows if row.key in values), key=lambda row: values[row.key], reverse=descending)
    return known + [row for row in rows if row.key not in values]
