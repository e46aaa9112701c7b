"""What a report begins and ends with: what was run, when, and on which machine."""

from __future__ import annotations

from typing import Final

from tui.records import Environment, Method, Mode, Order, Plan, Purpose, RunRecord, RunStatus
from tui.system.meanings import PEAK_RSS_SCOPES
from tui.text import units
from tui.text.tables import counted, listed, threads_text
from tui.text.times import long_start_time

_ENDINGS: Final = {
    RunStatus.STOPPED: " The run was stopped before its end.",
    RunStatus.RUNNING: " The run has not ended, or was interrupted.",
    RunStatus.DONE: "",
}


def title(run: RunRecord) -> str:
    """Tell what was run and when, as text that is data."""
    kind = "benchmark" if run.plan.purpose is Purpose.BENCHMARK else "run"
    began = long_start_time(run.started_at)
    return f"{kind}, {run.started_at}" if began is None else f"{kind} of {began}"


def plan_sentence(run: RunRecord) -> str:
    """Tell the plan in a sentence, as text that is data, and whether the run came to its end."""
    plan, method = run.plan, run.plan.method
    least = "" if method.until_interval is None else "at least "
    spread = f" over {counted(method.launches, 'launch', 'launches')} each" if method.launches > 1 else ""
    warmup = f"after {counted(method.warmup, 'warm-up pass', 'warm-up passes')}" if method.warmup else "without warm-up"
    longest = max((prompt.max_tokens or method.max_tokens for prompt in plan.prompts), default=method.max_tokens)
    parts = (
        f"{counted(len(plan.models), 'model')} × {_prompts(plan)} × {least}{counted(method.rounds, 'round')}{spread}",
        f"{_order(method)}, {warmup}, at most {counted(longest, 'token')}",
        f"{_sampling(method)}.",
    )
    if method.no_cache_hits:
        parts = (*parts[:-1], f"no cache hits (each prompt begins with a number of its own), {parts[-1]}")
    protocol = f" Protocol: {method.protocol}." if method.protocol else ""
    return ", ".join(parts) + protocol + _from_plan(plan) + _ENDINGS[run.status]


def environment_rows(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Return what the numbers depend on besides the models: names, and values that are data."""
    cores, threads = counted(environment.physical_cores, "core"), counted(environment.logical_cores, "thread")
    limit = "" if environment.cpu_limit is None else f", limited to the time of {environment.cpu_limit:g}"
    power = {True: "battery", False: "mains", None: units.UNKNOWN}[environment.on_battery]
    return (
        ("CPU", f"{environment.cpu} ({cores}, {threads}{limit})"),
        ("Memory", units.size(environment.ram_bytes)),
        ("GPU", environment.gpu or units.UNKNOWN),
        ("System", environment.os),
        ("Power", power),
        ("Foundry Local SDK", environment.sdk or units.UNKNOWN),
        ("Runtime", environment.runtime or units.UNKNOWN),
        ("Python", environment.python),
        ("Benchtop", environment.benchtop),
        *((("Peak RSS", scope),) if (scope := PEAK_RSS_SCOPES.get(environment.peak_rss_scope)) else ()),
    )


def thread_rows(run: RunRecord) -> tuple[tuple[str, str], ...]:
    """Return with how many processor threads each local model computes; empty if no load tells it."""
    words = threads_text(run)
    return (("Processor threads of local models", words),) if words else ()


def _from_plan(plan: Plan) -> str:
    """Name the plan file that a run was made from, and where this machine's models were not those of the plan."""
    if not plan.plan_id:
        return ""
    other = [content.key for content in plan.contents if content.differs]
    differing = f" Not the bytes that the plan means: {listed(other)}." if other else ""
    return f" Plan: {plan.plan_id}.{differing}"


def _prompts(plan: Plan) -> str:
    prompts = counted(len(plan.prompts), "prompt")
    if plan.method.sweep:
        return f"{prompts} (a sweep over {plan.method.sweep} length)"
    return f"{prompts} (the set {plan.method.prompt_set})" if plan.method.prompt_set else prompts


def _order(method: Method) -> str:
    if method.mode is Mode.SIDE_BY_SIDE:
        return "side by side"
    return "models interleaved" if method.order is Order.INTERLEAVED else "one model after the other"


def _sampling(method: Method) -> str:
    deterministic = " (deterministic)" if method.temperature == 0 else ""
    seed = "" if method.seed is None else f", seed {method.seed}"
    rest = f", {units.seconds(method.cool_down_s)} of rest before each sample" if method.cool_down_s else ""
    levels = f", {listed([str(level) for level in method.concurrency])} requests at once" if method.concurrent else ""
    if method.arrivals_per_s:
        levels = f", {listed([f'{rate:g}' for rate in method.arrivals_per_s])} arrivals a second"
    return f"temperature {method.temperature:g}{deterministic}{seed}{rest}{levels}"
