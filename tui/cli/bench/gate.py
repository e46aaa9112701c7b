"""Compares a benchmark with a baseline as soon as it is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tui.cli.bench.own_options import GATE_LAUNCHES
from tui.cli.shared.comparison import CompareRequest, compare_runs
from tui.cli.shared.gates import GateFiles, checked_files
from tui.cli.shared.options import Refused
from tui.cli.shared.reports import check_files
from tui.cli.shared.run_names import named_run
from tui.console import Console, ExitCode
from tui.measure.answers.pass_rates import is_graded
from tui.measure.comparison import wording
from tui.measure.comparison.comparability import find_differences
from tui.measure.comparison.compare import reference_problem
from tui.measure.comparison.pairs import FEWEST_LAUNCHES
from tui.measure.comparison.power import DEFAULT_SLOWDOWN
from tui.records import Plan, RunRecord
from tui.records.grading.gates import FailOver, GateResult
from tui.text.escape import visible


@dataclass(frozen=True, slots=True)
class Gate:
    """The run that a benchmark is compared with, and the loss of speed that counts as a regression."""

    baseline: RunRecord
    fail_over: FailOver
    files: GateFiles
    """Where the results are written."""
    relative_to: str | None
    """The key of a model that took turns with the others: what slowed both is left out."""

    def check(self, plan: Plan) -> None:
        """Refuse a plan that cannot be compared with the baseline, before anything is measured."""
        if plan.method.concurrent:
            raise Refused("--concurrency and --baseline exclude each other; leave one out.")
        if plan.method.arrivals_per_s:
            raise Refused("--rate and --baseline exclude each other; leave one out.")
        before, after = len({sample.launch for sample in self.baseline.samples}), plan.method.launches
        if min(before, after) < FEWEST_LAUNCHES:
            raise Refused(
                f"the baseline has {before} launches and this benchmark {after}, which tell nothing with one "
                f"on a side; measure both with --launches {GATE_LAUNCHES}."
            )
        self._check_models(plan)
        if differences := find_differences(self.baseline, replace(self.baseline, plan=plan, samples=())):
            raise Refused(
                f"the baseline was not asked the same: {visible(wording.differences_text(differences))}; "
                "measure as it was measured, or make a new baseline."
            )

    def judge(
        self, run: RunRecord, console: Console, *, with_table: bool, further_results: Sequence[GateResult] = ()
    ) -> int:
        """Print the comparison of the run with the baseline, and return the exit code.

        ``further_results`` are written into the same files.
        """
        if with_table:
            console.data("\n")
        request = CompareRequest(
            fail_over=self.fail_over,
            gate_files=self.files,
            further_results=further_results,
            relative_to=self.relative_to,
            with_table=with_table,
        )
        return compare_runs(self.baseline, (run,), console, request)

    def _check_models(self, plan: Plan) -> None:
        if self.relative_to is not None and (why := reference_problem(self.relative_to, self.baseline)):
            raise Refused(f"the baseline cannot be compared relative to {visible(self.relative_to)}: {why}.")
        common = {model.key for model in self.baseline.plan.models} & {model.key for model in plan.models}
        if self.relative_to is not None and self.relative_to not in common:
            raise Refused(
                f"this benchmark leaves out {visible(self.relative_to)}, which it is to be compared relative to."
            )
        if not common - {self.relative_to}:
            raise Refused("the baseline and this benchmark have no model in common, so there is nothing to compare.")


def check_expectations(plan: Plan) -> None:
    """Refuse ``--fail-under`` for prompts of which nothing is expected, before anything is measured."""
    if not any(is_graded(prompt) for prompt in plan.prompts):
        raise Refused(
            '--fail-under needs prompts with expectations ("expect" in their file), and none of these has any.'
        )


def judge_quality(results: Sequence[GateResult], console: Console, *, is_failed: bool = False) -> int:
    """Tell which models are surely below the limit of ``--fail-under``, and return the exit code.

    If another gate ``is_failed``, no line tells that this one passes.
    """
    for result in results:
        (console.warn if result.passed is False else console.say)(f"{visible(result.words)}.")
    if any(result.passed is False for result in results):
        console.warn("FAIL. A model surely answers fewer prompts rightly than --fail-under asks for.")
        return ExitCode.REGRESSION
    if all(result.passed is None for result in results):
        raise Refused("CANNOT TELL: no answer was graded, so --fail-under decides nothing.")
    if not is_failed:
        console.say("PASS. No model is surely below the limit of --fail-under.")
    return ExitCode.DONE


def open_gate(baseline: str, fail_over: FailOver | None, relative_to: str | None, files: GateFiles) -> Gate:
    """Read the baseline, which is the name of a run or a file, and set the gate that the options ask for."""
    run = named_run(baseline, or_file=True)
    check_files(checked_files(files))
    return Gate(run, FailOver(speed=DEFAULT_SLOWDOWN) if fail_over is None else fail_over, files, relative_to)
