"""Doing what ``benchtop compare`` was asked: the table, what to know about it, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.cli.shared.options import Refused
from tui.cli.shared.tables import columns
from tui.console import Console, ExitCode
from tui.measure.comparison import wording
from tui.measure.comparison.compare import compare_all, regressions, why_no_reference
from tui.measure.comparison.power import SOUGHT
from tui.records import RunRecord
from tui.records.comparison import Change, Comparison, Outcome
from tui.reports import comparison, export
from tui.text import units
from tui.text.escape import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """What is wanted of a comparison."""

    fail_over: float | None = None
    relative_to: str | None = None
    anyway: bool = False
    per_prompt: bool = False
    as_json: bool = False
    markdown: Path | None = None


def compare_runs(before: RunRecord, others: Sequence[RunRecord], console: Console, wish: CompareRequest) -> int:
    """Print each of the others against the first run; the number is the exit code."""
    if wish.relative_to is not None:
        _check_reference(wish.relative_to, (before, *others))
    found = compare_all(before, others, wish.relative_to)
    for each in found:
        _refuse(each, len(found), anyway=wish.anyway)
    if wish.as_json:
        console.data(comparison.json_text(found))
    else:
        console.data(_table(found, per_prompt=wish.per_prompt))
        if before.plan.method.concurrent:
            console.say(f"Compared at the lowest level: {units.at_once(min(before.plan.method.concurrency))}.")
        for line in _remarks(found, SOUGHT if wish.fail_over is None else wish.fail_over):
            console.say(line)
    written = wish.markdown is None or _write(wish.markdown, comparison.markdown((before, *others), found), console)
    outcome = ExitCode.DONE if wish.fail_over is None else _gate(found, wish.fail_over, console)
    return outcome or (ExitCode.DONE if written else ExitCode.USAGE)


def _check_reference(key: str, runs: Sequence[RunRecord]) -> None:
    for run in runs:
        if why := why_no_reference(key, run):
            raise Refused(f"{visible(run.run_id)} cannot be compared relative to {visible(key)}: {why}.")


def _refuse(found: Comparison, count: int, *, anyway: bool) -> None:
    """Refuse what says nothing, naming the run where there are several."""
    which = "the two runs" if count == 1 else f"{visible(found.before_id)} and {visible(found.after_id)}"
    if not found.changes:
        why = f" ({visible(wording.listed(found.unlike))})" if found.unlike else ""
        raise Refused(
            f"{which} have no measured model in common that was asked the same, so there is nothing to compare{why}."
        )
    if found.unlike and not anyway:
        alike = "the runs are not alike" if count == 1 else f"{which} are not alike"
        raise Refused(f"{alike}: {visible(wording.listed(found.unlike))}; --anyway compares them all the same.")


def _table(found: Sequence[Comparison], *, per_prompt: bool) -> str:
    """Number by number; the run and the step have a column where there are several of them."""
    several, stepwise = len(found) > 1, any(each.along for each in found)
    rows: list[tuple[str, ...]] = []
    for key, quantity in dict.fromkeys((change.key, change.quantity) for each in found for change in each.changes):
        for each in found:
            run = (visible(each.after_id),) if several else ()
            rows += [
                _row(change, run, stepwise=stepwise)
                for change in (*each.changes, *(each.by_prompt if per_prompt else ()))
                if (change.key, change.quantity) == (key, quantity)
            ]
    headings = (
        "MODEL",
        *(("STEP",) if stepwise else ()),
        "NUMBER",
        *(("RUN",) if several else ()),
        "BEFORE",
        "AFTER",
        "CHANGE",
        "VERDICT",
    )
    return columns(headings, rows, right=range(len(headings) - 4, len(headings) - 1))


def _row(change: Change, run: tuple[str, ...], *, stepwise: bool) -> tuple[str, ...]:
    step = visible(change.step.name)
    names = (visible(change.key), step) if stepwise else (f"  {step}" if step else visible(change.key),)
    return (
        *names,
        change.quantity.value,
        *run,
        wording.value(change.quantity, change.before),
        wording.value(change.quantity, change.after),
        wording.relative(change.before, change.after),
        wording.verdict(change),
    )


def _remarks(found: Sequence[Comparison], sought: float) -> list[str]:
    remarks = [stepwise] if (stepwise := wording.stepwise(found)) else []
    for each in found:
        aside = f"{visible(each.after_id)}: " if len(found) > 1 else ""
        remarks += [f"{aside}{title}: {visible(words)}." for title, words in wording.remarks(each)]
    remarks += wording.basis(found, sought=sought)
    if any(change.outcome is Outcome.CANNOT_TELL for each in found for change in each.changes):
        remarks.append(wording.BETTER_MEASURED)
    return remarks


def _write(path: Path, text: str, console: Console) -> bool:
    try:
        export.write(path, text)
    except export.ExportError as error:
        console.fail(str(error))
        return False
    console.say(f"{path} is written.")
    return True


def _gate(found: Sequence[Comparison], fail_over: float, console: Console) -> int:
    several = len(found) > 1
    names = dict.fromkeys(
        f"{change.key} ({', '.join(filter(None, (change.quantity.value, change.step.name)))})"
        f"{f' in {each.after_id}' if several else ''}"
        for each in found
        for change in regressions(each, fail_over)
    )
    if names:
        console.say(f"Slower by more than {units.share(fail_over)}: {', '.join(names)}.")
        return ExitCode.REGRESSION
    if any(change.outcome is Outcome.CANNOT_TELL for each in found for change in each.changes):
        raise Refused("--fail-over cannot tell with one launch a side; measure with more launches.")
    console.say(f"Nothing is surely slower by more than {units.share(fail_over)}.")
    return ExitCode.DONE
