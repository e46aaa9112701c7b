"""The table that a report is about: its columns, and what the marks in it mean."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.records import (
    ANSWER_TOO_LONG,
    ANSWERED_BY,
    COUNT_DOUBTED,
    COUNTS_DIFFER,
    END_UNKNOWN,
    IN_LUMPS,
    MAYBE_CACHED,
    NEW_CONNECTION,
    NOT_LISTED,
    OTHER_PROVIDER,
    PROMPT_CACHED,
    PROMPT_CUT,
    RATE_UNSURE,
    SENT_AS,
    SERVER_MEMORY,
    THROUGH_PROXY,
    TOKENS_BY_TOKENIZER,
    TOKENS_ESTIMATED,
    TOKENS_HIDDEN,
    ModelSummary,
    RunRecord,
)
from tui.records.comparison import Quantity
from tui.reports.sections.levels import headline_level
from tui.reports.sections.quality.rates import quality_columns
from tui.reports.sections.sweep import NO_HEADLINE
from tui.text import units
from tui.text.column_types import ShownIn
from tui.text.result_columns import columns_of_report, interpolated_below, share_of_change
from tui.text.tables import TableColumn, plain_name

_P95_NEEDS: Final = interpolated_below(95)
_P99_NEEDS: Final = interpolated_below(99)
DETAIL_TITLE: Final = "Tokens and requests"
OWN_LIMIT: Final = 0.05
"""The share by which our decode rate may differ from the server's own before that is told."""
_OF_FLAGS: Final = (
    (RATE_UNSURE, "`?` at a decode rate: several tokens came in one piece, so the first piece's share is assumed."),
    (TOKENS_HIDDEN, "`?` also: the server counted more tokens than it sent, and does not tell how many it kept back."),
    (NEW_CONNECTION, "The server closes its connections: some requests went over a new one, which is not in TTFT."),
    (COUNT_DOUBTED, "`?` also: the server counted fewer tokens than the pieces of text that it sent."),
    (
        COUNTS_DIFFER,
        "`?` also: the server counted the tokens of an answer twice, and not the same; the larger is shown.",
    ),
    (END_UNKNOWN, "`?` also: the server did not give a known reason for the end, so whether it is whole is not known."),
    (IN_LUMPS, "`?` at TTFT too: the answer came in a few lumps, so no time in it is that of a token."),
    (
        PROMPT_CUT,
        "`?` at TTFT and prefill: the server counted too few prompt tokens, so it read only a part of the text.",
    ),
    (MAYBE_CACHED, "`?` at a prefill rate, TTFT and E2E: part of a repeated prompt was probably not computed again."),
    (PROMPT_CACHED, "`c` by the server's account a part of the prompts came from its cache."),
    (ANSWER_TOO_LONG, "Some answers were longer than was asked for: the server did not keep to the limit."),
    (
        SERVER_MEMORY,
        "`?` at a peak: the memory is that of the whole server, which has several models, and not of one alone.",
    ),
    (NOT_LISTED, "A model is not among those that its server lists: check its name."),
)


YARDSTICK_NOTE: Final = (
    "The yardstick is a practice model that took turns with the models, so that runs can be compared relative to the "
    "pace of the machine."
)
REFERENCE_NOTE: Final = (
    "A reference row was measured or published elsewhere, on the machine in its name. It is in no statistic, and in no "
    "ranking or choice."
)
_PROXY_TIME: Final = ", whose time is in TTFT and in the round trip"


def result_columns(run: RunRecord, summaries: Sequence[ModelSummary]) -> tuple[TableColumn[ModelSummary], ...]:
    """Return the columns of the table; for a sweep only those that do not depend on a length.

    If answers were checked, their quality stands before the speed.
    """
    if run.plan.method.sweep:
        return columns_of_report(summaries, ShownIn.SWEEP)
    name, *others = columns_of_report(summaries, ShownIn.REPORT)
    return (name, *quality_columns(run), *others)


def detail_columns(run: RunRecord, summaries: Sequence[ModelSummary]) -> tuple[TableColumn[ModelSummary], ...]:
    """Return the columns of the second table, about how tokens and requests flow; none for a sweep."""
    return () if run.plan.method.sweep else columns_of_report(summaries, ShownIn.DETAIL)


def detail_notes(summaries: Sequence[ModelSummary]) -> list[str]:
    """Tell what the marks in the second table mean; signs stand between backticks."""
    notes: list[str] = []
    if any(summary.gaps < _P99_NEEDS and summary.itl_p99_ms is not None for summary in summaries):
        notes.append(f"`*` p99 of fewer than {_P99_NEEDS} gaps: an interpolation.")
    if not all(summary.gaps_of_tokens for summary in summaries):
        notes.append("`?` at ITL: the pieces of text hold more or less than a token each, so it is the gap of pieces.")
    return notes + _of_own_timings(summaries)


def _of_own_timings(summaries: Sequence[ModelSummary]) -> list[str]:
    """Tell what the servers' own rates are, and which differ from ours."""
    told = [summary for summary in summaries if summary.server_decode_p50_tok_s or summary.server_prefill_p50_tok_s]
    if not told:
        return []
    notes = [
        "The server's rates are by its own clock; `Ours` is by how much the rates that were measured here differ from "
        "them. Our prefill rate is a lower bound, since TTFT also has the way to and fro and the wait for a turn."
    ]
    for summary in told:
        change = share_of_change(summary.server_decode_p50_tok_s, summary.decode_p50_tok_s)
        if change is not None and abs(change) > OWN_LIMIT and summary.doubt_about(Quantity.DECODE) is None:
            why = (
                "text is held back on its way, or its clock leaves out work" if change < 0 else "its clock counts more"
            )
            notes.append(
                f"{plain_name(summary)}: the decode rate that arrives here differs by {units.signed_share(change)} "
                f"from the server's own: {why}."
            )
    return notes


def result_notes(run: RunRecord, summaries: Sequence[ModelSummary]) -> list[str]:
    """Tell of which requests the headlines are and what the marks mean; signs stand between backticks."""
    flags = {flag for summary in summaries for flag in summary.flags}
    notes: list[str] = [NO_HEADLINE] if run.plan.method.sweep else []
    if run.plan.method.has_levels:
        notes.append(headline_level(run.plan))
    if any(summary.rounds < _P95_NEEDS and summary.ttft_p95_ms is not None for summary in summaries):
        notes.append(f"`*` p95 of fewer than {_P95_NEEDS} requests: an interpolation.")
    notes += [*_of_tokens(summaries), *(note for flag, note in _OF_FLAGS if flag in flags)]
    notes += [_on_provider(summary) for summary in summaries if OTHER_PROVIDER in summary.flags]
    notes += [
        f"{plain_name(summary)}: {flag}{_PROXY_TIME if flag.startswith(THROUGH_PROXY) else ''}."
        for summary in summaries
        for flag in summary.flags
        if flag.startswith((SENT_AS, ANSWERED_BY, THROUGH_PROXY))
    ]
    if any(summary.disturbed for summary in summaries):
        notes.append("`!` other programs or the machine disturbed some of its requests; see the samples for details.")
    if run.plan.method.yardstick:
        notes.append(YARDSTICK_NOTE)
    if run.references:
        notes.append(REFERENCE_NOTE)
    return notes


def _of_tokens(summaries: Sequence[ModelSummary]) -> list[str]:
    """Tell whether the tokens with ``~`` were counted by a tokenizer or estimated."""
    marked = [summary for summary in summaries if TOKENS_ESTIMATED in summary.flags]
    counted = [summary for summary in marked if TOKENS_BY_TOKENIZER in summary.flags]
    notes: list[str] = []
    if len(counted) < len(marked):
        notes.append("`~` tokens not counted by the runtime: an estimate, and so is the rate.")
    if counted:
        whose = "" if len(counted) == len(marked) else f" of {', '.join(map(plain_name, counted))}"
        notes.append(f"`~` tokens{whose} counted after the request by the server's own tokenizer, not by the runtime.")
    return notes


def _on_provider(summary: ModelSummary) -> str:
    """Tell that a model ran elsewhere than its build is made for, which the runtime does without a word."""
    provider = (summary.model.execution_provider or "").removesuffix("ExecutionProvider")
    return (
        f"`{summary.key}` ran with {provider}, which is not what its build is made for: "
        "its numbers are those of that provider."
    )
