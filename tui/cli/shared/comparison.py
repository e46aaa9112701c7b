"""Prints what became of the numbers of one run in others: the table, remarks on it, and the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tui.cli.shared.gates import GateFiles, write_results
from tui.cli.shared.options import Refused
from tui.cli.shared.reports import write_report
from tui.cli.shared.tables import fitted
from tui.cli.shared.values import STDOUT
from tui.console import Console, ExitCode
from tui.measure.answers import quality_gate, quality_words
from tui.measure.comparison import wording
from tui.measure.comparison.compare import compare_all, reference_problem
from tui.measure.comparison.gates import failure_words, gate_results
from tui.measure.comparison.headline import headline
from tui.measure.comparison.reference_rows import VERDICT, all_reference_values
from tui.records import ModelSummary, RunRecord
from tui.records.comparison import Change, Comparison, Outcome
from tui.records.grading.gates import FailOver, GateNumber, GateResult
from tui.records.grading.rates import RateDifference
from tui.reports import comparison as comparison_report
from tui.text import units
from tui.text.escape import visible


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRequest:
    """How runs are to be compared, and how the comparison is to be printed."""

    fail_over: FailOver | None = None
    """The losses above which a change is a regression; ``None`` looks for none."""
    gate_files: GateFiles = field(default_factory=GateFiles)
    further_results: Sequence[GateResult] = ()
    """The results of gates that need no other run, which are written with those of the comparison."""
    relative_to: str | None = None
    """The key of a model that took turns with the others: what slowed both is left out."""
    by_yardstick: bool = True
    """Whether models that have a yardstick beside them in both runs are compared relative to it."""
    anyway: bool = False
    """Whether runs are compared although their models or prompts were not asked the same."""
    per_prompt: bool = False
    json_file: Path | None = None
    """Where the comparison is written as JSON."""
    markdown: Path | None = None
    with_table: bool = True

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(file for file in (self.json_file, self.markdown, self.gate_files.junit) if file is not None)


_FAIL: Final = (
    "FAIL. The lines above name what became worse. Find out what changed between the runs (benchtop trend), or make a "
    "new baseline if it was meant."
)
_ADJUSTED: Final = (
    "ADJUSTED is AFTER at the pace that the machine had in the first run, which a yardstick (a practice model taking "
    "turns with the others) tells: what slowed the whole machine is left out. CHANGE and VERDICT are of BEFORE and "
    "ADJUSTED."
)


def compare_runs(before: RunRecord, others: Sequence[RunRecord], console: Console, request: CompareRequest) -> int:
    """Print each of the other runs against the first, and return the exit code."""
    if request.relative_to is not None:
        _check_reference(request.relative_to, (before, *others))
    comparisons = compare_all(before, others, request.relative_to, by_yardstick=request.by_yardstick)
    for comparison in comparisons:
        _check_comparable(comparison, len(comparisons), anyway=request.anyway)
    if request.with_table and STDOUT not in request.files:
        console.data(_table(comparisons, console.out_width, before.references, per_prompt=request.per_prompt))
    if request.json_file != STDOUT:
        if request.with_table and wording.has_measured(comparisons):
            console.say(_ADJUSTED)
        if before.plan.method.concurrent and not any(comparison.along for comparison in comparisons):
            console.say(f"Compared at the lowest level: {units.at_once(min(before.plan.method.concurrency))}.")
        for line in _remarks(comparisons, None if request.fail_over is None else request.fail_over.speed):
            console.say(line)
    gates = () if request.fail_over is None else gate_results(before, others, comparisons, request.fail_over)
    texts = (
        (request.json_file, lambda: comparison_report.json_text(comparisons, gates)),
        (request.markdown, lambda: comparison_report.markdown((before, *others), comparisons)),
    )
    written = [write_report(file, text_of, console) for file, text_of in texts if file is not None]
    outcome = ExitCode.DONE
    if request.fail_over is not None:
        title = f"{before.run_id} against {', '.join(run.run_id for run in others)}"
        written.append(write_results((*gates, *request.further_results), title, request.gate_files, console))
        outcome = _look_for_regressions(gates, comparisons, request.fail_over, console)
    return outcome or (ExitCode.DONE if all(written) else ExitCode.USAGE)


def _check_reference(key: str, runs: Sequence[RunRecord]) -> None:
    for run in runs:
        if why := reference_problem(key, run):
            raise Refused(f"{visible(run.run_id)} cannot be compared relative to {visible(key)}: {why}.")


def _check_comparable(comparison: Comparison, count: int, *, anyway: bool) -> None:
    """Refuse a comparison that tells nothing; if it is one of several, the sentence names the run."""
    which = "the two runs" if count == 1 else f"{visible(comparison.before_id)} and {visible(comparison.after_id)}"
    if not comparison.changes:
        why = f" ({visible(wording.differences_text(comparison.unlike))})" if comparison.unlike else ""
        raise Refused(
            f"{which} have no measured model in common that was asked the same, so there is nothing to compare{why}."
        )
    if comparison.unlike and not anyway:
        alike = "the runs are not alike" if count == 1 else f"{which} are not alike"
        raise Refused(
            f"{alike}: {visible(wording.differences_text(comparison.unlike))}; --anyway compares them all the same."
        )


def _table(
    comparisons: Sequence[Comparison], width: int | None, references: Sequence[ModelSummary], *, per_prompt: bool
) -> str:
    """Set the changes number by number; run and step have a column of their own if there are several of them.

    The numbers of other machines come last, in no conclusion.
    """
    several, stepwise = len(comparisons) > 1, any(comparison.along for comparison in comparisons)
    with_measured = wording.has_measured(comparisons)
    shown = [(*comparison.changes, *comparison.further) for comparison in comparisons]
    keys = [*dict.fromkeys(change.key for changes in shown for change in changes)]
    groups = dict.fromkeys((change.key, change.quantity) for changes in shown for change in changes)
    rows: list[tuple[str, ...]] = []
    for group in sorted(groups, key=lambda group: keys.index(group[0])):
        for comparison in comparisons:
            run = (visible(comparison.after_id),) if several else ()
            rows += [
                _row(change, run, stepwise=stepwise, with_measured=with_measured)
                for change in (*comparison.changes, *(comparison.by_prompt if per_prompt else ()), *comparison.further)
                if (change.key, change.quantity) == group
            ]
    for comparison, found in _qualities(comparisons):
        run = (visible(comparison.after_id),) if several else ()
        rows.append(_quality_row(found, run, stepwise=stepwise, with_measured=with_measured))
    unknown, step, run = units.UNKNOWN, ("",) * stepwise, ("",) * several
    rows += [
        (visible(name), *step, quantity.value, *run, unknown, value, *(unknown,) * (1 + with_measured), VERDICT)
        for name, quantity, value in all_reference_values(references)
    ]
    headings = (
        "MODEL",
        *(("STEP",) if stepwise else ()),
        "NUMBER",
        *(("RUN",) if several else ()),
        "BEFORE",
        "AFTER",
        # What was measured is turned into what it would have been at the yardstick's pace of the other run.
        *(("ADJUSTED",) if with_measured else ()),
        "CHANGE",
        "VERDICT",
    )
    return fitted(headings, rows, width, right=range(headings.index("BEFORE"), len(headings) - 1))


def _row(change: Change, run: tuple[str, ...], *, stepwise: bool, with_measured: bool) -> tuple[str, ...]:
    step = visible(change.step.name)
    names = (visible(change.key), step) if stepwise else (f"  {step}" if step else visible(change.key),)
    return (
        *names,
        change.quantity.value,
        *run,
        *_values(change, with_measured=with_measured),
        wording.relative_change(change.before, change.after),
        wording.outcome_words(change),
    )


def _values(change: Change, *, with_measured: bool) -> tuple[str, ...]:
    """Write both values as they were measured, and then the one that the first is held against, if that has a column.

    Memory, and a model without a yardstick beside it, are compared as they were measured.
    """
    before, after = wording.sides(change)
    if not with_measured:
        return before, after
    return before, wording.measured_after(change), after


def _qualities(comparisons: Sequence[Comparison]) -> list[tuple[Comparison, RateDifference]]:
    """List what became of the pass rates, model by model."""
    keys = dict.fromkeys(found.after_key for comparison in comparisons for found in comparison.quality)
    return [
        (comparison, found)
        for key in keys
        for comparison in comparisons
        for found in comparison.quality
        if found.after_key == key
    ]


def _quality_row(
    found: RateDifference, run: tuple[str, ...], *, stepwise: bool, with_measured: bool
) -> tuple[str, ...]:
    return (
        visible(found.after_key),
        *(("",) if stepwise else ()),
        quality_gate.NAME,
        *run,
        units.percent(found.before),
        units.percent(found.after),
        *((units.UNKNOWN,) if with_measured else ()),
        quality_words.signed_points(found.difference),
        quality_words.outcome_words(found),
    )


def _remarks(comparisons: Sequence[Comparison], gate: float | None) -> list[str]:
    """List what a reader should know about the table; ``gate`` is the slowdown that a gate lets pass, if any."""
    remarks = [stepwise] if (stepwise := wording.step_note(comparisons)) else []
    for comparison in comparisons:
        which = f"{visible(comparison.after_id)}: " if len(comparisons) > 1 else ""
        if sentence := headline(comparison, "BEFORE", "AFTER"):
            remarks.append(f"{which}{visible(sentence)}")
        remarks += [
            f"{which}{title}: {visible(words)}."
            for title, words in wording.remarks(comparison, "in BEFORE", "in AFTER")
        ]
    remarks += wording.basis(comparisons, gate=gate)
    if _has_undecided_changes(comparisons):
        remarks.append(wording.LAUNCH_ADVICE)
    return remarks


def _look_for_regressions(
    results: Sequence[GateResult], comparisons: Sequence[Comparison], fail_over: FailOver, console: Console
) -> ExitCode:
    """Tell which numbers have surely become worse by more than ``fail_over``, and return the exit code.

    The last line begins with PASS, FAIL or CANNOT TELL. A gate that proves nothing ends with ``DONE`` if it is blind to
    large slowdowns, since there were enough launches to compare.
    """
    for words in failure_words(results, fail_over):
        console.warn(visible(words))
    if any(result.passed is False for result in results):
        console.warn(_FAIL)
        return ExitCode.REGRESSION
    passed: list[str] = []
    if fail_over.speed is not None:
        _check_speed_told(comparisons)
        passed.append(f"Nothing is surely slower by more than {units.share(fail_over.speed)}.")
    if fail_over.quality is not None:
        _check_quality_told(results)
        passed.append(f"No model has surely lost more than {fail_over.quality * 100:g} points of quality.")
    for result in results:
        if result.passed is None and result.number not in (GateNumber.SPEED, GateNumber.QUALITY):
            raise Refused(f"CANNOT TELL: {visible(result.words)}.")
    told = " ".join(passed or ["No gate failed."])
    if fail_over.speed is not None and (blind := wording.blind_gate(comparisons, fail_over.speed)):
        console.warn(f"CANNOT TELL. {visible(blind)} {told} The exit code is 0, and proves as little.")
    else:
        console.say(f"PASS. {told}")
    return ExitCode.DONE


def _check_speed_told(comparisons: Sequence[Comparison]) -> None:
    if _has_undecided_changes(comparisons):
        raise Refused("CANNOT TELL: a run has a single launch of a model; measure both with --launches 5.")
    if all(change.outcome is Outcome.IN_DOUBT for comparison in comparisons for change in comparison.changes):
        raise Refused("CANNOT TELL: every number is in doubt on one side; the remarks above say why.")


def _check_quality_told(results: Sequence[GateResult]) -> None:
    told = [result for result in results if result.number is GateNumber.QUALITY and result.passed is not None]
    if not told:
        raise Refused(
            "CANNOT TELL the quality: no two prompts with expectations were asked alike in both runs "
            "(a baseline file holds no answers; compare with a run of the history or its --json)."
        )


def _has_undecided_changes(comparisons: Sequence[Comparison]) -> bool:
    """Tell whether there is a change that cannot be judged, because a side has a single launch."""
    return any(change.outcome is Outcome.CANNOT_TELL for comparison in comparisons for change in comparison.changes)
