"""A benchmark held against a baseline as soon as it is measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import click

from tui.cli.shared.options import Refused
from tui.cli.shared.values import percentage
from tui.console import Console
from tui.records import Plan, RunRecord
from tui.text.escape import visible

LAUNCHES: Final = 5
"""Of a benchmark that is compared, where nobody says how many: with one a comparison cannot tell anything."""

_OPTIONS: Final = (
    click.option(
        "--baseline",
        metavar="FILE|RUN",
        help=f"Compare with this at once, over {LAUNCHES} launches; exit code 3 on a regression.",
    ),
    click.option(
        "--fail-over",
        metavar="SHARE",
        type=percentage,
        help="What is a regression: surely slower by more than this. [default: 5%]",
    ),
    click.option(
        "--relative-to",
        metavar="MODEL",
        help="Compare relative to this model, which takes turns with the others.",
    ),
)


def gate_options(command: Callable[..., int]) -> Callable[..., int]:
    """What a benchmark is held against."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True, slots=True)
class Gate:
    """What a run may not be slower than."""

    baseline: RunRecord
    fail_over: float
    relative_to: str | None

    def check(self, plan: Plan) -> None:
        """Refuse a plan that the baseline could say nothing of, before anything is measured."""
        # Imported here, so that a benchmark without a baseline does not wait for it.
        from tui.measure.comparison import wording
        from tui.measure.comparison.comparability import unlike
        from tui.measure.comparison.compare import FEWEST_LAUNCHES, why_no_reference

        if plan.method.concurrent:
            raise Refused("--concurrency and --baseline exclude each other; leave one out.")
        before, after = len({sample.launch for sample in self.baseline.samples}), plan.method.launches
        if min(before, after) < FEWEST_LAUNCHES:
            raise Refused(
                f"the baseline has {before} launches and this benchmark {after}, which tell nothing with one "
                f"on a side; measure both with --launches {LAUNCHES}."
            )
        planned = replace(self.baseline, plan=plan, samples=())
        if self.relative_to is not None and (why := why_no_reference(self.relative_to, self.baseline)):
            raise Refused(f"the baseline cannot be compared relative to {visible(self.relative_to)}: {why}.")
        common = {model.key for model in self.baseline.plan.models} & {model.key for model in plan.models}
        if self.relative_to is not None and self.relative_to not in common:
            raise Refused(
                f"this benchmark leaves out {visible(self.relative_to)}, which it is to be compared relative to."
            )
        if not common - {self.relative_to}:
            raise Refused("the baseline and this benchmark have no model in common, so there is nothing to compare.")
        if found := unlike(self.baseline, planned):
            raise Refused(
                f"the baseline was not asked the same: {visible(wording.listed(found))}; "
                "measure as it was measured, or make a new baseline."
            )

    def judge(self, run: RunRecord, console: Console) -> int:
        """Print what became of the numbers; the number is the exit code."""
        from tui.cli.compare.output import CompareRequest, compare_runs

        console.data("\n")
        wish = CompareRequest(fail_over=self.fail_over, relative_to=self.relative_to)
        return compare_runs(self.baseline, (run,), console, wish)


def gate(baseline: str | None, fail_over: float | None, relative_to: str | None) -> Gate | None:
    """The gate that the options ask for."""
    if baseline is None:
        if relative_to is not None:
            raise Refused("--relative-to needs a --baseline to hold the benchmark against.")
        if fail_over is not None:
            raise Refused("--fail-over needs a --baseline to hold the benchmark against.")
        return None
    from tui.cli.shared.run_names import named_run
    from tui.measure.comparison.power import SOUGHT

    return Gate(named_run(baseline, or_file=True), SOUGHT if fail_over is None else fail_over, relative_to)
