"""Doing what ``benchtop compare`` was asked: the table, what to know about it, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tui.cli.options import Refused
from tui.cli.tables import columns
from tui.console import Console, ExitCode
from tui.measure import units
from tui.measure.compare import compare, regressions
from tui.records import RunRecord
from tui.records.comparison import Change, Comparison, Difference, Outcome, Quantity
from tui.records.statistics import Interval
from tui.store.escape import visible

_HEADINGS = ("MODEL", "NUMBER", "BEFORE", "AFTER", "CHANGE", "VERDICT")
_SHOWN_CHARACTERS = 60


def compare_runs(
    before: RunRecord, after: RunRecord, console: Console, *, fail_over: float | None, anyway: bool, per_prompt: bool
) -> int:
    """Print the comparison; the number is the exit code."""
    found = compare(before, after)
    if not found.changes:
        raise Refused("the two runs have no measured model in common, so there is nothing to compare.")
    if found.unlike and not anyway:
        raise Refused(f"the runs are not alike: {_listed(found.unlike)}; --anyway compares them all the same.")
    console.data(_table(found, per_prompt=per_prompt))
    for line in _remarks(found):
        console.say(line)
    return ExitCode.DONE if fail_over is None else _gate(found, fail_over, console)


def _table(found: Comparison, *, per_prompt: bool) -> str:
    rows: list[tuple[str, ...]] = []
    for change in found.changes:
        rows.append(_row(change, visible(change.key)))
        if per_prompt:
            rows += [
                _row(single, f"  {visible(single.prompt_id or '')}")
                for single in found.by_prompt
                if (single.key, single.quantity) == (change.key, change.quantity)
            ]
    return columns(_HEADINGS, rows, right=(2, 3, 4))


def _row(change: Change, name: str) -> tuple[str, ...]:
    ratio = None if change.after is None else change.after / change.before - 1
    return (
        name,
        change.quantity.value,
        _value(change.quantity, change.before),
        _value(change.quantity, change.after),
        units.UNKNOWN if ratio is None else units.signed_share(ratio),
        _verdict(change),
    )


def _value(quantity: Quantity, value: float | None) -> str:
    return units.milliseconds(value) if quantity is Quantity.TTFT else units.rate(value)


def _verdict(change: Change) -> str:
    """``slower by 7.8 % [5.2, 10.4]``, ``faster by 7.8 % [5.2, 10.4]``, or the change that may yet be hidden."""
    if change.interval is None or change.slowdown is None:
        return change.outcome.value
    if change.outcome is Outcome.NO_DIFFERENCE:
        # Beside the change stands its own interval: a rate that falls is a model that is slower.
        hidden = change.interval if change.quantity is Quantity.TTFT else _turned(change.interval)
        return f"{change.outcome.value} {units.share_span(hidden)}"
    return f"{change.outcome.value} by {units.share(abs(change.slowdown))} {units.share_span(_sized(change))}"


def _sized(change: Change) -> Interval | None:
    """The interval of what it is slower by, or faster by."""
    if change.interval is None or change.outcome is Outcome.SLOWER:
        return change.interval
    return _turned(change.interval)


def _turned(interval: Interval) -> Interval:
    return replace(interval, low=-interval.high, high=-interval.low)


def _remarks(found: Comparison) -> list[str]:
    remarks: list[str] = []
    if found.unlike:
        remarks.append(f"Not alike: {_listed(found.unlike)}.")
    if found.environment:
        remarks.append(f"Around the models: {_listed(found.environment)}.")
    remarks += [f"Only in A: {', '.join(found.only_before)}."] if found.only_before else []
    remarks += [f"Only in B: {', '.join(found.only_after)}."] if found.only_after else []
    told = [change for change in found.changes if change.interval is not None]
    if told:
        launches = (
            f"{min(change.launches_before for change in told)} and {min(change.launches_after for change in told)}"
        )
        remarks.append(f"In brackets: intervals over {launches} launches, at 95 % for all of them together (Holm).")
    if any(change.outcome is Outcome.CANNOT_TELL for change in found.changes):
        remarks.append("A fresh start alone moves the numbers: measure each side with at least 2 launches, better 5.")
    return remarks


def _gate(found: Comparison, fail_over: float, console: Console) -> int:
    worse = regressions(found, fail_over)
    if worse:
        names = dict.fromkeys(f"{change.key} ({change.quantity.value})" for change in worse)
        console.say(f"Slower by more than {units.share(fail_over)}: {', '.join(names)}.")
        return ExitCode.REGRESSION
    if any(change.outcome is Outcome.CANNOT_TELL for change in found.changes):
        raise Refused("--fail-over cannot tell with one launch a side; measure with more launches.")
    console.say(f"Nothing is surely slower by more than {units.share(fail_over)}.")
    return ExitCode.DONE


def _listed(differences: Sequence[Difference]) -> str:
    return "; ".join(f"{each.what} {_short(each.before)} -> {_short(each.after)}" for each in differences)


def _short(text: str) -> str:
    shown = visible(text)
    return shown if len(shown) <= _SHOWN_CHARACTERS else f"{shown[:_SHOWN_CHARACTERS]}..."
