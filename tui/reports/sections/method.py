"""How a run was measured, in sentences: what a reader needs to judge its numbers, or to repeat them."""

from __future__ import annotations

from collections.abc import Iterator

from tui.records import Method, Mode, Order, RunRecord, SampleKind
from tui.text import units
from tui.text.escape import visible
from tui.text.tables import counted, listed


def method_sentences(run: RunRecord) -> Iterator[str]:
    """Tell how the run was measured, in the order of a run; nothing in the sentences comes from outside."""
    method, models = run.plan.method, run.plan.models
    if any(model.traits.timed_at_source for model in models):
        yield (
            "Each model ran in a process of its own. Times were taken in that process, where a token arrives, so no "
            "screen and no other model's text is in them."
        )
    if any(not model.traits.timed_at_source for model in models):
        yield "Where a server ran the model, times were taken where its answer arrived, the network included."
    warmup = f"{counted(method.warmup, 'pass', 'passes')} over the prompts warmed up, and " if method.warmup else ""
    yield (
        f"The first request after a load is cold, and stands apart from all later ones. Then {warmup}"
        f"{counted(method.rounds, 'round')} over {counted(len(run.plan.prompts), 'prompt')} "
        f"{'was' if method.rounds == 1 else 'were'} counted."
    )
    if method.launches > 1:
        launches = counted(method.launches, "launch", "launches")
        yield f"The rounds were spread over {launches}, fresh starts of each model."
    yield _order(method)
    yield from _limits(method)
    yield (
        "Rounds of one prompt are compared with each other only: a headline is the mean over the prompts of each "
        "prompt's median."
    )
    kinds = [sample.kind for sample in run.samples]
    words = ((SampleKind.COLD, "cold"), (SampleKind.WARMUP, "warm-up"), (SampleKind.ROUND, "counted"))
    counts = ", ".join(f"{units.count(kinds.count(kind))} {word}" for kind, word in words if kind in kinds)
    if counts:
        yield f"Requests in this run: {counts}."


def pack_sentence(run: RunRecord) -> str:
    """Tell which pack the prompts come from, empty if from none; the caller must escape it for its format.

    Two runs with the same hash were asked and graded the same.
    """
    pack = run.plan.pack
    if pack is None:
        return ""
    facts = [
        f"version {pack.version}" if pack.version else "",
        f"licence {pack.licence}" if pack.licence else "",
        f"language {pack.language}" if pack.language else "",
        f"graded by {pack.scored}" if pack.scored else "",
        f"SHA-256 {pack.digest[:12]}",
    ]
    shown = ", ".join(fact for fact in facts if fact)
    return visible(f"The prompts are the {counted(pack.tasks, 'task')} of the pack {pack.name} ({shown}).")


def server_sentences(run: RunRecord) -> Iterator[str]:
    """Tell what the servers report of themselves and of each model; the caller must escape it for its format."""
    served = [model for model in run.plan.models if model.served is not None and model.endpoint is not None]
    software = {model.endpoint.name: model.served.software for model in served if model.endpoint and model.served}
    names = [f"{name} is {said}" for name, said in software.items() if said]
    if names:
        yield visible(f"By its own account, {listed(names)}.")
    for model in served:
        if facts := units.build_of_server(model):
            yield visible(f"{model.key} is, by the account of its server: {facts}.")


def _order(method: Method) -> str:
    if method.mode is Mode.SIDE_BY_SIDE:
        return "All models answered each prompt at the same time and shared the machine: other runs do not compare."
    if method.order is Order.INTERLEAVED:
        return "The models were in memory together and answered in turns, one request at a time."
    return "One model was in memory at a time."


def _limits(method: Method) -> Iterator[str]:
    if method.concurrent:
        yield (
            "Several requests were in flight at once, level by level, each on a connection that was opened and warmed "
            "before and with a clock of its own; every one of them has the rounds of the plan."
        )
    if method.arrivals_per_s:
        yield (
            f"Requests arrived by a schedule of a Poisson process with the seed {method.arrival_seed}, the same for "
            "the same plan; each was sent when it was due, over connections that were opened before."
        )
    if method.max_per_second is not None:
        yield f"At most {units.mean_count(method.max_per_second)} requests were sent in a second."
    if method.time_limit_s is not None:
        yield f"An answer that was not complete after {units.seconds(method.time_limit_s)} counts as failed."
    if method.cool_down_s:
        unit_of_work = "level" if method.has_levels else "request"
        yield f"Before each {unit_of_work} there was a rest of {units.seconds(method.cool_down_s)}."
