"""How a run was measured, in sentences: what a reader needs to judge its numbers, or to repeat them."""

from __future__ import annotations

from collections.abc import Iterator

from tui.records import Mode, Order, RunRecord, SampleKind
from tui.reports.context import ReportContext
from tui.text import units
from tui.text.tables import counted


def method(material: ReportContext) -> tuple[str, ...]:
    """The sentences; nothing in them comes from outside."""
    return tuple(_sentences(material.run))


def _sentences(run: RunRecord) -> Iterator[str]:
    plan = run.plan
    if any(model.traits.timed_at_source for model in plan.models):
        yield (
            "Each model ran in a process of its own. Times were taken in that process, where a token arrives, so no "
            "screen and no other model's text is in them."
        )
    if any(not model.traits.timed_at_source for model in plan.models):
        yield "Where a server ran the model, times were taken where its answer arrived, the network included."
    yield (
        "The first request after a load is cold, and stands apart from all later ones. "
        + (
            f"Then {counted(plan.method.warmup, 'pass', 'passes')} over the prompts warmed up, "
            if plan.method.warmup
            else "Then "
        )
        + f"and {counted(plan.method.rounds, 'round')} over {counted(len(plan.prompts), 'prompt')} were counted."
    )
    if plan.method.launches > 1:
        launches = counted(plan.method.launches, "launch", "launches")
        yield f"The rounds were spread over {launches}, fresh starts of each model."
    yield _order(plan.method.mode, plan.method.order)
    if plan.method.concurrent:
        yield (
            "Several requests were in flight at once, level by level, each on a connection that was opened and warmed "
            "before and with a clock of its own; every one of them has the rounds of the plan."
        )
    if plan.method.max_per_second is not None:
        yield f"At most {units.mean_count(plan.method.max_per_second)} requests were sent in a second."
    if plan.method.time_limit_s is not None:
        yield f"An answer that was not complete after {units.seconds(plan.method.time_limit_s)} counts as failed."
    if plan.method.cool_down_s:
        what = "level" if plan.method.concurrent else "request"
        yield f"Before each {what} there was a rest of {units.seconds(plan.method.cool_down_s)}."
    yield (
        "Rounds of one prompt are compared with each other only: a headline is the mean over the prompts of each "
        "prompt's median."
    )
    kinds = [sample.kind for sample in run.samples]
    counts = ((SampleKind.COLD, "cold"), (SampleKind.WARMUP, "warm-up"), (SampleKind.ROUND, "counted"))
    told = ", ".join(f"{units.count(kinds.count(kind))} {word}" for kind, word in counts if kind in kinds)
    if told:
        yield f"Requests in this run: {told}."


def _order(mode: Mode, order: Order) -> str:
    if mode is Mode.SIDE_BY_SIDE:
        return "All models answered each prompt at the same time and shared the machine: other runs do not compare."
    if order is Order.INTERLEAVED:
        return "The models were in memory together and answered in turns, one request at a time."
    return "One model was in memory at a time."
