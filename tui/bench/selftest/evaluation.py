"""Count the true numbers of a played stream, and check the measured numbers against them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Final

from tui.bench.selftest.cases import Case, ChunkKind, Transport
from tui.bench.selftest.playback import Playback
from tui.measure.timing import metrics
from tui.records import RATE_UNSURE, TOKENS_ESTIMATED, FinishReason, Sample, SampleStatus

TTFT_LIMIT_MS: Final = {Transport.WIRE: 1.0, Transport.SERVER: 2.0}
DECODE_LIMIT: Final = {Transport.WIRE: 0.005, Transport.SERVER: 0.01}
"""The largest permitted error of a decode rate, as a share of the true rate."""


class CaseOutcome(StrEnum):
    PASSED = "passed"
    FLAGGED = "flagged"
    """The number is not right, but Benchtop flagged it as unsure or left it out. That is good enough if no client can
    measure it.
    """
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """The four numbers of one stream."""

    ttft_ms: float | None
    decode_tok_s: float | None
    prefill_tok_s: float | None
    output_tokens: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReading:
    """The true and the measured numbers of one stream."""

    case: Case
    transport: Transport
    truth: CaseFigures
    measured: CaseFigures
    flags: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseComparison:
    """The true and the measured value of one number of a case, from the repetition whose error is the median."""

    truth: float | None
    measured: float | None
    error: float | None
    """``None`` if the number is unknown in any repetition."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case on one transport, and whether its errors are within their limits."""

    case: Case
    transport: Transport
    repetitions: int
    ttft_ms: CaseComparison
    decode_tok_s: CaseComparison
    """The error is a share of the true rate."""
    prefill_tok_s: CaseComparison
    """The error is a share of the true rate."""
    output_tokens: CaseComparison
    """The count of the repetition with the largest error, because tokens are counted exactly or not at all."""
    flags: tuple[str, ...]
    outcome: CaseOutcome
    problem: str = ""
    """A few words about what is wrong; empty if nothing is."""


def true_figures(case: Case, played: Playback) -> CaseFigures:
    """Count the true numbers of a played case.

    The decode rate is the number of tokens generated after the first burst of text over the time that they took. An
    answer that stops by itself takes one decoding step more, unless its end comes with the last text.
    """
    first = next(index for index, chunk in enumerate(case.chunks) if chunk.kind is ChunkKind.TEXT)
    first_ns, burst_ns = played.stamps_ns[first], played.stamps_ns[case.first_burst]
    steps = sum(chunk.tokens for chunk in case.chunks[case.first_burst + 1 :])
    if case.finish_reason is FinishReason.STOP and case.step_after_ms:
        steps += 1
    return CaseFigures(
        ttft_ms=first_ns / 1e6,
        decode_tok_s=steps / ((played.end_ns - burst_ns) / 1e9),
        prefill_tok_s=case.prompt_tokens / (first_ns / 1e9),
        output_tokens=case.output_tokens,
    )


def measured_figures(sample: Sample) -> CaseFigures:
    """The numbers that Benchtop measures for a sample, by the same functions as in every run."""
    ttft_ns = metrics.ttft_ns(sample.timeline)
    return CaseFigures(
        ttft_ms=None if ttft_ns is None else ttft_ns / 1e6,
        decode_tok_s=metrics.decode_tok_s(sample.timeline),
        prefill_tok_s=metrics.prefill_tok_s(sample.timeline),
        output_tokens=sample.timeline.output_tokens,
    )


def case_reading(case: Case, transport: Transport, played: Playback, sample: Sample) -> CaseReading:
    """Pair the numbers of a sample with the true numbers of what its player sent."""
    return CaseReading(
        case=case,
        transport=transport,
        truth=true_figures(case.as_received(transport), played),
        measured=measured_figures(sample),
        flags=sample.flags,
        problem=None if sample.status is SampleStatus.OK else sample.error or sample.status.value,
    )


def evaluate(readings: Iterable[CaseReading]) -> tuple[CaseResult, ...]:
    """The result of each case on each transport, in the order in which they first appear."""
    ordered = list(readings)
    order = list(dict.fromkeys(_series(reading) for reading in ordered))
    ordered.sort(key=lambda reading: order.index(_series(reading)))
    return tuple(_result(list(group)) for _, group in groupby(ordered, key=_series))


def _series(reading: CaseReading) -> tuple[str, Transport]:
    """The case and the transport, which all repetitions of one measurement share."""
    return reading.case.name, reading.transport


def _result(readings: Sequence[CaseReading]) -> CaseResult:
    case, transport = readings[0].case, readings[0].transport
    failed = next((reading.problem for reading in readings if reading.problem), None)
    sound = [reading for reading in readings if not reading.problem] or readings
    ttft_ms = _median([(reading.truth.ttft_ms, reading.measured.ttft_ms) for reading in sound], _difference)
    decode = _median([(reading.truth.decode_tok_s, reading.measured.decode_tok_s) for reading in sound], _share)
    prefill = _median([(reading.truth.prefill_tok_s, reading.measured.prefill_tok_s) for reading in sound], _share)
    tokens = _worst([(reading.truth.output_tokens, reading.measured.output_tokens) for reading in sound])
    wrong = {
        "TTFT": _beyond(ttft_ms, TTFT_LIMIT_MS[transport]),
        "decode rate": _beyond(decode, DECODE_LIMIT[transport]),
        "prefill rate": _beyond(prefill, _prefill_limit(ttft_ms, transport)),
        "tokens": _beyond(tokens, 0),
    }
    problems = [name for name, is_wrong in wrong.items() if is_wrong]
    flags = tuple(dict.fromkeys(flag for reading in sound for flag in reading.flags))
    unsure = not case.knowable and _excused(flags, prefill, tokens).issuperset(problems)
    outcome = CaseOutcome.PASSED if not problems else CaseOutcome.FLAGGED if unsure else CaseOutcome.FAILED
    return CaseResult(
        case=case,
        transport=transport,
        repetitions=len(readings),
        ttft_ms=ttft_ms,
        decode_tok_s=decode,
        prefill_tok_s=prefill,
        output_tokens=tokens,
        flags=flags,
        outcome=CaseOutcome.FAILED if failed else outcome,
        problem=failed or ", ".join(problems),
    )


def _beyond(number: CaseComparison, limit: float) -> bool:
    """Whether a number is unknown, or its error is larger than the limit."""
    return number.error is None or abs(number.error) > limit


def _prefill_limit(ttft_ms: CaseComparison, transport: Transport) -> float:
    """The permitted error of the prefill rate, as a share.

    The rate is the prompt tokens over the TTFT, so its limit follows from the limit of the TTFT.
    """
    limit_ms = TTFT_LIMIT_MS[transport]
    return limit_ms / max((ttft_ms.truth or 0.0) - limit_ms, limit_ms)


def _excused(flags: Sequence[str], prefill: CaseComparison, tokens: CaseComparison) -> set[str]:
    """The names of the numbers that were flagged as unsure or left unknown."""
    excused: set[str] = set()
    if RATE_UNSURE in flags:
        excused.add("decode rate")
    if TOKENS_ESTIMATED in flags or tokens.measured is None:
        excused.update(("decode rate", "tokens"))
    if prefill.measured is None:
        excused.add("prefill rate")
    return excused


def _difference(truth: float, measured: float) -> float:
    return measured - truth


def _share(truth: float, measured: float) -> float:
    return measured / truth - 1


_Pairs = Sequence[tuple[float | None, float | None]]


def _median(pairs: _Pairs, error: Callable[[float, float], float]) -> CaseComparison:
    """The middle one of the repetitions, sorted by their errors."""
    comparisons = _compared(pairs, error)
    return comparisons[(len(comparisons) - 1) // 2]


def _worst(pairs: _Pairs) -> CaseComparison:
    return max(_compared(pairs, _difference), key=lambda comparison: abs(comparison.error or 0.0))


def _compared(pairs: _Pairs, error: Callable[[float, float], float]) -> list[CaseComparison]:
    """Compare each repetition with its own true value, sorted by rising error.

    If any repetition left the number unknown, the result is a single comparison without an error.
    """
    comparisons: list[CaseComparison] = []
    for truth, measured in pairs:
        if truth is None or measured is None:
            return [CaseComparison(truth=truth, measured=None, error=None)]
        comparisons.append(CaseComparison(truth=truth, measured=measured, error=error(truth, measured)))
    return sorted(comparisons, key=lambda comparison: comparison.error or 0.0)
