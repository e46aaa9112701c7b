"""What the self-test has found, as words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from tui.bench.selftest.cases import Way
from tui.bench.selftest.judging import DECODE_LIMIT, TTFT_LIMIT_MS, CaseOutcome, CaseResult
from tui.bench.selftest.whole import WORDS, MachineNoise, SelftestReport
from tui.cli.shared import tables
from tui.records import RATE_UNSURE, TOKENS_ESTIMATED
from tui.text import units

SCHEMA: Final = 1
WIDE: Final = 142
"""Columns that the whole table takes."""
_FULL: Final = (
    "CASE",
    *("TTFT", "MEASURED", "ERROR"),
    *("DECODE", "MEASURED", "ERROR"),
    *("PREFILL", "MEASURED", "ERROR"),
    *("TOKENS", "MEASURED"),
    "",
)
_SHORT: Final = ("CASE", "TTFT", "DECODE", "PREFILL", "TOKENS", "")


def as_text(report: SelftestReport, width: int | None) -> str:
    """A table for each way, and what the machine adds; in a terminal that is not wide enough, errors alone."""
    whole = width is None or width >= WIDE
    parts = [_table(way, [each for each in report.verdicts if each.way is way], whole=whole) for way in Way]
    notes = [*_machine(report.machine), *_drawn(report)]
    if not whole:
        notes.append(f"Only the errors: {WIDE} columns, or --json, show truth and measurement too.")
    return "\n".join([*filter(None, parts), *notes]) + "\n"


def as_json(report: SelftestReport) -> str:
    """The same for programs; the records as they are."""
    verdicts = [
        {
            "case": each.case.name,
            "about": each.case.about,
            "way": each.way,
            "repetitions": each.repetitions,
            "ttft_ms": each.ttft_ms,
            "decode_tok_s": each.decode_tok_s,
            "prefill_tok_s": each.prefill_tok_s,
            "output_tokens": each.output_tokens,
            "flags": each.flags,
            "outcome": each.outcome,
            "problem": each.problem,
        }
        for each in report.verdicts
    ]
    limits = {way.value: {"ttft_ms": TTFT_LIMIT_MS[way], "decode": DECODE_LIMIT[way]} for way in Way}
    drawn = [
        {"way": each.way.value, "frames": each.frames, "written_bytes": each.written_bytes} for each in report.drawn
    ]
    found = {
        "schema": SCHEMA,
        "passed": report.passed,
        "limits": limits,
        "cases": verdicts,
        "machine": {
            "clock_step_ns": report.machine.clock_step_ns,
            "late_wakeup_ns": _late(report.machine),
            "others_cores": report.machine.others_cores,
            "cores": report.machine.cores,
        },
        "drawn": drawn,
    }
    return msgspec.json.format(msgspec.json.encode(found)).decode() + "\n"


def summary(report: SelftestReport) -> str:
    """One sentence on how it went."""
    outcomes = [each.outcome for each in report.verdicts]
    if not report.passed:
        failed = f"{outcomes.count(CaseOutcome.FAILED)} of {len(outcomes)} FAILED"
        return f"{failed}: such numbers are not to be trusted on this machine as it is now."
    passed, flagged = outcomes.count(CaseOutcome.PASSED), outcomes.count(CaseOutcome.FLAGGED)
    return f"Every error is within its limit: {passed} passed, {flagged} cannot be known from outside and are flagged."


def _table(way: Way, verdicts: Sequence[CaseResult], *, whole: bool) -> str:
    if not verdicts:
        return ""
    headings = _FULL if whole else _SHORT
    rows = [[*(_figures(each) if whole else _errors(each)), _word(each)] for each in verdicts]
    limits = f"limits: TTFT {units.milliseconds(TTFT_LIMIT_MS[way])}, decode {units.share(DECODE_LIMIT[way])}"
    title = f"{WORDS[way][0].upper()}{WORDS[way][1:]} ({limits})"
    return f"{title}\n{tables.columns(headings, rows, right=range(1, len(headings) - 1))}"


def _figures(verdict: CaseResult) -> Iterator[str]:
    unsure, estimated = RATE_UNSURE in verdict.flags, TOKENS_ESTIMATED in verdict.flags
    ttft, decode = verdict.ttft_ms, verdict.decode_tok_s
    prefill, tokens = verdict.prefill_tok_s, verdict.output_tokens
    yield verdict.case.name
    yield from (units.milliseconds(ttft.truth), units.milliseconds(ttft.measured))
    yield units.signed_milliseconds(ttft.error)
    yield units.rate(decode.truth, unit="")
    yield units.rate(decode.measured, unit="", estimated=estimated, unsure=unsure)
    yield units.small_share(decode.error)
    yield from (units.rate(prefill.truth, unit=""), units.rate(prefill.measured, unit=""))
    yield units.small_share(prefill.error)
    yield from (units.count(tokens.truth), units.count(tokens.measured, estimated=estimated))


def _errors(verdict: CaseResult) -> Iterator[str]:
    yield verdict.case.name
    yield units.signed_milliseconds(verdict.ttft_ms.error)
    yield from (units.small_share(verdict.decode_tok_s.error), units.small_share(verdict.prefill_tok_s.error))
    yield units.signed_count(verdict.output_tokens.error)


def _word(verdict: CaseResult) -> str:
    match verdict.outcome:
        case CaseOutcome.PASSED:
            return "passed"
        case CaseOutcome.FLAGGED:
            return f"flagged {' '.join(verdict.flags) or 'as unknown'}"
        case CaseOutcome.FAILED:
            return f"FAILED: {verdict.problem}"


def _late(machine: MachineNoise) -> dict[str, int]:
    """How late short sleeps ended: the middle, the 95th percentile and the most."""
    last = len(machine.late_ns) - 1
    return {name: machine.late_ns[round(last * share)] for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}


def _machine(machine: MachineNoise) -> Iterator[str]:
    median, high, most = map(units.nanoseconds, _late(machine).values())
    cores = f"{units.three_figures(machine.others_cores)} of {units.count(machine.cores)} cores"
    yield f"What this machine adds: its clock steps by {units.count(machine.clock_step_ns)} ns; a short sleep ends"
    yield f"  {median} late at the median, {high} at the 95th percentile, {most} at most;"
    yield f"  other processes kept {cores} busy."


def _drawn(report: SelftestReport) -> Iterator[str]:
    if report.undrawn:
        yield f"Nothing was measured while the workbench draws: {report.undrawn}."
    if report.drawn:
        frames = sum(each.frames for each in report.drawn)
        written_bytes = sum(each.written_bytes for each in report.drawn)
        drew = f"{units.count(frames)} frames, {units.size(written_bytes)}"
        yield f"What looking adds: four-columns, while the workbench drew ({drew}), against every-2-ms."
