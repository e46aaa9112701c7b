"""Writes the results of the self-test as words and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from tui.bench.selftest.cases import Transport
from tui.bench.selftest.evaluation import DECODE_LIMIT, TTFT_LIMIT_MS, CaseOutcome, CaseResult
from tui.bench.selftest.suite import TRANSPORT_NAMES, MachineNoise, SelftestReport
from tui.cli.shared import tables
from tui.records import RATE_UNSURE, TOKENS_ESTIMATED
from tui.text import units

SCHEMA: Final = 1
WIDE: Final = 142
"""The width of the whole table, in cells."""
_ALL_HEADINGS: Final = (
    "CASE",
    *("TTFT", "MEASURED", "ERROR"),
    *("DECODE", "MEASURED", "ERROR"),
    *("PREFILL", "MEASURED", "ERROR"),
    *("TOKENS", "MEASURED"),
    "",
)
_ERROR_HEADINGS: Final = ("CASE", "TTFT", "DECODE", "PREFILL", "TOKENS", "")


def as_text(report: SelftestReport, width: int | None) -> str:
    """Write a table for each way of measuring, and what the machine adds; a narrow terminal gets the errors alone.

    ``None`` stands for a width without limit.
    """
    whole = width is None or width >= WIDE
    parts = [
        _table(way, [result for result in report.results if result.transport is way], whole=whole) for way in Transport
    ]
    notes = [*_machine(report.machine), *_drawn(report)]
    if not whole:
        notes.append(f"Only errors are shown: {WIDE} columns or --json show all the rest.")
    return "\n".join([*filter(None, parts), *notes]) + "\n"


def as_json(report: SelftestReport) -> str:
    """Write the results as JSON for other tools."""
    results = [
        {
            "case": result.case.name,
            "about": result.case.about,
            "way": result.transport,
            "repetitions": result.repetitions,
            "ttft_ms": result.ttft_ms,
            "decode_tok_s": result.decode_tok_s,
            "prefill_tok_s": result.prefill_tok_s,
            "output_tokens": result.output_tokens,
            "flags": result.flags,
            "outcome": result.outcome,
            "problem": result.problem,
        }
        for result in report.results
    ]
    limits = {way.value: {"ttft_ms": TTFT_LIMIT_MS[way], "decode": DECODE_LIMIT[way]} for way in Transport}
    drawn = [
        {"way": observed.transport.value, "frames": observed.frames, "written_bytes": observed.written_bytes}
        for observed in report.workbench_runs
    ]
    document = {
        "schema": SCHEMA,
        "passed": report.passed,
        "limits": limits,
        "cases": results,
        "machine": {
            "clock_step_ns": report.machine.clock_step_ns,
            "late_wakeup_ns": _late(report.machine),
            "others_cores": report.machine.others_cores,
            "cores": report.machine.cores,
        },
        "drawn": drawn,
    }
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def summary(report: SelftestReport) -> str:
    """Write one sentence on how the self-test ended."""
    outcomes = [result.outcome for result in report.results]
    if not report.passed:
        failed = f"{outcomes.count(CaseOutcome.FAILED)} of {len(outcomes)} FAILED"
        return f"{failed}: do not trust measurements on this machine right now."
    passed, flagged = outcomes.count(CaseOutcome.PASSED), outcomes.count(CaseOutcome.FLAGGED)
    flagged_words = (
        f"; {flagged} cannot be measured from outside, whatever the error, and are flagged in every report"
        if flagged
        else ""
    )
    return f"Every error that can be known is within its limit: {passed} passed{flagged_words}."


def _table(way: Transport, results: Sequence[CaseResult], *, whole: bool) -> str:
    if not results:
        return ""
    headings = _ALL_HEADINGS if whole else _ERROR_HEADINGS
    rows = [[*(_figures(result) if whole else _errors(result)), _outcome(result)] for result in results]
    limits = f"limits: TTFT {units.milliseconds(TTFT_LIMIT_MS[way])}, decode {units.share(DECODE_LIMIT[way])}"
    title = f"{TRANSPORT_NAMES[way][0].upper()}{TRANSPORT_NAMES[way][1:]} ({limits})"
    return f"{title}\n{tables.columns(headings, rows, right=range(1, len(headings) - 1))}"


def _figures(result: CaseResult) -> Iterator[str]:
    unsure, estimated = RATE_UNSURE in result.flags, TOKENS_ESTIMATED in result.flags
    ttft, decode = result.ttft_ms, result.decode_tok_s
    prefill, tokens = result.prefill_tok_s, result.output_tokens
    yield result.case.name
    yield from (units.milliseconds(ttft.truth), units.milliseconds(ttft.measured))
    yield units.signed_milliseconds(ttft.error)
    yield units.rate(decode.truth, unit="")
    yield units.rate(decode.measured, unit="", estimated=estimated, unsure=unsure)
    yield units.small_share(decode.error)
    yield from (units.rate(prefill.truth, unit=""), units.rate(prefill.measured, unit=""))
    yield units.small_share(prefill.error)
    yield from (units.count(tokens.truth), units.count(tokens.measured, estimated=estimated))


def _errors(result: CaseResult) -> Iterator[str]:
    yield result.case.name
    yield units.signed_milliseconds(result.ttft_ms.error)
    yield from (units.small_share(result.decode_tok_s.error), units.small_share(result.prefill_tok_s.error))
    yield units.signed_count(result.output_tokens.error)


def _outcome(result: CaseResult) -> str:
    match result.outcome:
        case CaseOutcome.PASSED:
            return "passed"
        case CaseOutcome.FLAGGED:
            return f"flagged {' '.join(result.flags) or 'as unknown'}"
        case CaseOutcome.FAILED:
            return f"FAILED: {result.problem}"


def _late(machine: MachineNoise) -> dict[str, int]:
    """Give how late short sleeps ended, in ns: the median, the 95th percentile and the maximum."""
    last = len(machine.late_ns) - 1
    return {name: machine.late_ns[round(last * share)] for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1.0))}


def _machine(machine: MachineNoise) -> Iterator[str]:
    median, high, most = map(units.nanoseconds, _late(machine).values())
    cores = f"{units.three_figures(machine.others_cores)} of {units.count(machine.cores)} cores"
    yield f"What this machine adds: its clock steps by {units.count(machine.clock_step_ns)} ns; a short sleep ends"
    yield f"  {median} late at the median, {high} at the 95th percentile, {most} at most;"
    yield f"  other processes kept {cores} busy."


def _drawn(report: SelftestReport) -> Iterator[str]:
    if report.not_drawn_reason:
        yield f"Nothing was measured while the workbench draws: {report.not_drawn_reason}."
    if report.workbench_runs:
        frames = sum(observed.frames for observed in report.workbench_runs)
        written_bytes = sum(observed.written_bytes for observed in report.workbench_runs)
        drew = f"{units.count(frames)} frames, {units.size(written_bytes)}"
        yield f"What looking adds: four-columns, while the workbench drew ({drew}), against every-2-ms."
