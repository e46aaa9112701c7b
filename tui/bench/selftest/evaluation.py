"""The truth of what was played, by plain counting, and the judgement of what was measured."""

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
"""As a share of the truth."""


class CaseOutcome(StrEnum):
    PASSED = "passed"
    FLAGGED = "flagged"
    """Not right, but said to be unsure or left out; good enough where nobody outside can know."""
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFigures:
    """The numbers of one stream, or their medians."""

    ttft_ms: float | None
    decode_tok_s: float | None
    prefill_tok_s: float | None
    output_tokens: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReading:
    """One stream as it was, and as it was measured."""

    case: Case
    transport: Transport
    truth: CaseFigures
    measured: CaseFigures
    flags: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseComparison:
    """One number of a case: its truth and what was measured, in the repetition whose error is the median."""

    truth: float | None
    measured: float | None
    error: float | None
    """``None`` where any repetition has left the number unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """A case that came one way, and whether its errors are within their limits."""

    case: Case
    transport: Transport
    repetitions: int
    ttft_ms: CaseComparison
    decode_tok_s: CaseComparison
    """Its error, and that of the next, are shares of the truth."""
    prefill_tok_s: CaseComparison
    output_tokens: CaseComparison
    """Of the repetition with the largest error: tokens are counted exactly or not at all."""
    flags: tuple[str, ...]
    outcome: CaseOutcome
    problem: str = ""
    """What is wrong, in a few words."""


def true_figures(case: Case, played: Playback) -> CaseFigures:
    """Count what was generated after the first text, over the time that took; a stop takes one step more."""
    first = next(index for index, beat in enumerate(case.chunks) if beat.kind is ChunkKind.TEXT)
    first_ns = played.stamps_ns[first]
    steps = sum(beat.tokens for beat in case.chunks[first + 1 :])
    if case.finish_reason is FinishReason.STOP:
        steps += 1
    return CaseFigures(
        ttft_ms=first_ns / 1e6,
        decode_tok_s=steps / ((played.end_ns - first_ns) / 1e9),
        prefill_tok_s=case.prompt_tokens / (first_ns / 1e9),
        output_tokens=case.output_tokens,
    )


def measured_figures(sample: Sample) -> CaseFigures:
    """What Benchtop makes of it, by the functions of every run."""
    ttft_ns = metrics.ttft_ns(sample.timeline)
    return CaseFigures(
        ttft_ms=None if ttft_ns is None else ttft_ns / 1e6,
        decode_tok_s=metrics.decode_tok_s(sample.timeline),
        prefill_tok_s=metrics.prefill_tok_s(sample.timeline),
        output_tokens=sample.timeline.output_tokens,
    )


def case_reading(case: Case, way: Transport, played: Playback, sample: Sample) -> CaseReading:
    """A sample beside what its player did."""
    return CaseReading(
        case=case,
        transport=way,
        truth=true_figures(case.as_received(way), played),
        measured=measured_figures(sample),
        flags=sample.flags,
        problem=None if sample.status is SampleStatus.OK else sample.error or sample.status.value,
    )


def evaluate(readings: Iterable[CaseReading]) -> tuple[CaseResult, ...]:
    """A verdict on each case and way, in the order in which they first came."""
    kept = list(readings)
    order = list(dict.fromkeys((each.case.name, each.transport) for each in kept))
    kept.sort(key=lambda each: order.index((each.case.name, each.transport)))
    return tuple(_verdict(list(group)) for _, group in groupby(kept, key=lambda each: (each.case.name, each.transport)))


def _verdict(readings: Sequence[CaseReading]) -> CaseResult:
    case, way = readings[0].case, readings[0].transport
    failed = next((reading.problem for reading in readings if reading.problem), None)
    sound = [reading for reading in readings if not reading.problem] or readings
    ttft_ms = _median([(each.truth.ttft_ms, each.measured.ttft_ms) for each in sound], _difference)
    decode = _median([(each.truth.decode_tok_s, each.measured.decode_tok_s) for each in sound], _share)
    prefill = _median([(each.truth.prefill_tok_s, each.measured.prefill_tok_s) for each in sound], _share)
    tokens = _worst([(each.truth.output_tokens, each.measured.output_tokens) for each in sound])
    wrong = {
        "TTFT": _beyond(ttft_ms, TTFT_LIMIT_MS[way]),
        "decode rate": _beyond(decode, DECODE_LIMIT[way]),
        "prefill rate": _beyond(prefill, _prefill_limit(ttft_ms, way)),
        "tokens": _beyond(tokens, 0),
    }
    problems = [name for name, is_wrong in wrong.items() if is_wrong]
    flags = tuple(dict.fromkeys(flag for each in sound for flag in each.flags))
    unsure = not case.knowable and _excused(flags, prefill, tokens).issuperset(problems)
    outcome = CaseOutcome.PASSED if not problems else CaseOutcome.FLAGGED if unsure else CaseOutcome.FAILED
    return CaseResult(
        case=case,
        transport=way,
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
    """Whether a number is not known, or further off than it may be."""
    return number.error is None or abs(number.error) > limit


def _prefill_limit(ttft_ms: CaseComparison, way: Transport) -> float:
    """The prefill rate is prompt tokens over TTFT: it may be off by what that may be."""
    limit_ms = TTFT_LIMIT_MS[way]
    return limit_ms / max((ttft_ms.truth or 0.0) - limit_ms, limit_ms)


def _excused(flags: Sequence[str], prefill: CaseComparison, tokens: CaseComparison) -> set[str]:
    """What was said to be unsure, or left unknown."""
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
    """The repetition in the middle when they are sorted by their errors."""
    found = _compared(pairs, error)
    return found[(len(found) - 1) // 2]


def _worst(pairs: _Pairs) -> CaseComparison:
    return max(_compared(pairs, _difference), key=lambda each: abs(each.error or 0.0))


def _compared(pairs: _Pairs, error: Callable[[float, float], float]) -> list[CaseComparison]:
    """Each repetition against its own truth, by rising error; one that has left it unknown stands for all."""
    found: list[CaseComparison] = []
    for truth, measured in pairs:
        if truth is None or measured is None:
            return [CaseComparison(truth=truth, measured=None, error=None)]
        found.append(CaseComparison(truth=truth, measured=measured, error=error(truth, measured)))
    return sorted(found, key=lambda each: each.error or 0.0)
