"""From the options of ``benchtop bench`` to its plan."""

from __future__ import annotations

from pathlib import Path
from typing import Final, cast

import click

from tui.bench.planning import sweep
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.presets import with_power, with_protocol
from tui.cli.bench.sweeping import written_out
from tui.cli.shared.gate import LAUNCHES, Gate
from tui.cli.shared.options import Refused, Setup, choose_models, one_prompt, prompts_of, refusals
from tui.cli.shared.values import ReportFiles
from tui.config import choose_preset
from tui.console import Console
from tui.records import Method, Mode, Order, Plan, Preset, Prompt, Sweep

DEFAULT = Method()
NO_PLAN = Plan(models=(), prompts=())
MODES = {mode.value.replace("_", "-"): mode for mode in Mode}
ORDERS = {order.value: order for order in Order}

_MOST_REQUESTS: Final = 1_000_000
"""Of one run: each is known before it begins."""


class BenchOptions(ReportFiles):
    """What the options of the command are given."""

    config_folder: Path | None
    cache_folder: Path | None
    models: tuple[str, ...] | None
    prompts: str | None
    prompt: str | None
    sweep: Sweep | None
    protocol: str | None
    rounds: int | None
    warmup: int
    max_tokens: int
    temperature: float
    seed: int | None
    mode: str
    order: str
    launches: int | None
    cool_down: float
    until_ci: float | None
    max_rounds: int | None
    resume: str | None
    anyway: bool
    without_disturbed: bool
    context: int | None
    memory_floor: int | None
    memory_limit: int | None
    force: bool
    endpoints: tuple[str, ...]
    trust_config: bool
    concurrency: tuple[int, ...] | None
    max_rps: float | None
    request_timeout: float | None
    baseline: str | None
    fail_over: float | None
    relative_to: str | None
    judge: str | None


def plan_of(ctx: click.Context, setup: Setup, given: BenchOptions, held: Gate | None, console: Console) -> Plan:
    """The plan that the options ask for: a flag beats a preset, which beats a variable, which beats a file."""
    preset = _preset(setup, given["protocol"])
    if preset is not None:
        given = cast(BenchOptions, {**given, **written_out(ctx, preset)})
    plan = _asked(setup, given, preset, held, console)
    plan = with_power(plan if preset is None else with_protocol(plan, preset), setup.config.power)
    for sentence in sweep.too_long(plan):
        console.say(sentence)
    if (wrong := wrong_with(plan, Names())) is not None:
        raise Refused(wrong)
    if given["anyway"]:
        raise Refused("--anyway goes with --resume only.")
    if held is not None:
        held.check(plan)
    return plan


def _preset(setup: Setup, name: str | None) -> Preset | None:
    if name is None:
        return None
    with refusals():
        return choose_preset(setup.config, name)


def _asked(setup: Setup, given: BenchOptions, preset: Preset | None, held: Gate | None, console: Console) -> Plan:
    set_name, asked = _prompts(setup, given, preset)
    launches = given["launches"] or (LAUNCHES if held is not None else DEFAULT.launches)
    rounds = given["rounds"] or setup.environment.rounds
    return Plan(
        models=choose_models(setup, given["models"], console, given["context"]),
        prompts=asked,
        method=Method(
            prompt_set=set_name,
            rounds=rounds or (DEFAULT.rounds if held is None else max(held.baseline.plan.method.rounds, launches)),
            warmup=given["warmup"],
            max_tokens=given["max_tokens"],
            temperature=given["temperature"],
            seed=given["seed"],
            mode=MODES[given["mode"]],
            order=ORDERS[given["order"]],
            launches=launches,
            cool_down_s=given["cool_down"],
            until_interval=given["until_ci"],
            max_rounds=given["max_rounds"],
            sweep=given["sweep"].of.value if given["sweep"] else "",
            concurrency=given["concurrency"] or DEFAULT.concurrency,
            max_per_second=given["max_rps"],
            time_limit_s=given["request_timeout"],
        ),
        force=given["force"],
    )


def _prompts(setup: Setup, given: BenchOptions, preset: Preset | None) -> tuple[str, tuple[Prompt, ...]]:
    """The name of the prompts and the prompts: from a flag, else from BENCH_PROMPT, else the default set."""
    flags = [name for name in ("prompt", "prompts", "sweep") if given[name] is not None]
    if len(flags) > 1:
        raise Refused(f"--{flags[0]} and --{flags[1]} exclude each other; leave one out.")
    if given["sweep"] is not None:
        return "", sweep.prompts(given["sweep"])
    if given["prompt"] is not None:
        return "", one_prompt(given["prompt"])
    if given["prompts"] is not None:
        return given["prompts"], prompts_of(setup, given["prompts"])
    if preset is not None:
        return preset.method.prompt_set, preset.prompts
    if setup.environment.prompt is not None:
        return "", one_prompt(setup.environment.prompt)
    return setup.config.default_prompt_set, setup.config.default_prompts
