"""``benchtop bench``: measure models without a screen."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import click

from tui.cli import config_option
from tui.cli.gate import LAUNCHES, Gate, gate, gate_options
from tui.cli.options import Refused, Setup, choose_models, memory_options, one_prompt, prompts_of, set_up
from tui.cli.values import ReportFiles, cache_option, names, not_negative, report_options, whole_from
from tui.console import Console, process_console
from tui.records import Mode, Order, Plan, Prompt

_DEFAULT = Plan(models=(), prompts=())
_MODES = {mode.value.replace("_", "-"): mode for mode in Mode}
_ORDERS = {order.value: order for order in Order}


class Options(ReportFiles):
    """What the options of the command are given."""

    config_folder: Path | None
    cache_folder: Path | None
    models: tuple[str, ...] | None
    prompts: str | None
    prompt: str | None
    rounds: int | None
    warmup: int
    max_tokens: int
    temperature: float
    seed: int | None
    mode: str
    order: str
    launches: int | None
    cool_down: float
    context: int | None
    memory_floor: int | None
    memory_limit: int | None
    force: bool
    baseline: str | None
    fail_over: float | None


@click.command()
@click.option("--models", metavar="A,B", type=names, help="Models to measure; see benchtop models. [BENCH_MODELS]")
@click.option("--prompts", metavar="SET|FILE", help="A set of prompts.json, or a file with prompts.")
@click.option("--prompt", metavar="TEXT", help="One prompt instead of a set. [BENCH_PROMPT]")
@click.option(
    "--rounds",
    metavar="N",
    type=whole_from(1),
    help=f"Measured passes over the prompts, {_DEFAULT.rounds}. [BENCH_ROUNDS]",
)
@click.option("--warmup", metavar="N", type=whole_from(0), default=_DEFAULT.warmup, help="Passes before them, 1.")
@click.option("--max-tokens", metavar="N", type=whole_from(1), default=_DEFAULT.max_tokens, help="Longest answer, 150.")
@click.option("--temperature", metavar="T", type=not_negative, default=_DEFAULT.temperature, help="0: deterministic.")
@click.option("--seed", metavar="N", type=whole_from(0), help="Seed of the sampling, where the temperature is above 0.")
@click.option(
    "--mode", type=click.Choice(list(_MODES)), default="one-by-one", help="One model after the other, or all at once."
)
@click.option(
    "--order",
    type=click.Choice(list(_ORDERS)),
    default="blocks",
    help="One by one: all of one model, then the next, or in turns (A B C, A B C) with all of them loaded.",
)
@click.option("--launches", metavar="N", type=whole_from(1), help="Fresh starts to spread the rounds over, 1.")
@click.option("--cool-down", metavar="S", type=not_negative, default=0, help="Seconds of rest before each sample.")
@memory_options
@report_options
@gate_options
@cache_option
@config_option
@click.pass_context
def command(ctx: click.Context, **given: Unpack[Options]) -> int:
    """Measure models on a set of prompts, each model in a process of its own.

    Progress goes to stderr, the table to stdout. Ctrl-C stops and keeps what is finished.
    """
    console = process_console()
    setup = set_up(ctx, given["config_folder"], console, given["cache_folder"])
    held = gate(given["baseline"], given["fail_over"])
    plan = _plan(setup, given, console, held)
    # Imported here, so that neither help nor a wrong option waits for it.
    from tui.bench.guard import Guard
    from tui.cli.benchmark import Reports, benchmark
    from tui.cli.session import Surroundings

    reports = Reports.of(given)
    reports.check()
    guard = Guard(given["memory_floor"], given["memory_limit"])
    return benchmark(plan, reports, Surroundings(guard, setup.models), console, held)


def _plan(setup: Setup, given: Options, console: Console, held: Gate | None) -> Plan:
    set_name, asked = _prompts(setup, given["prompts"], given["prompt"])
    launches = given["launches"] or (LAUNCHES if held is not None else _DEFAULT.launches)
    asked_rounds = given["rounds"] or setup.environment.rounds
    plan = Plan(
        models=choose_models(setup, given["models"], console, given["context"]),
        prompts=asked,
        prompt_set=set_name,
        rounds=asked_rounds or (_DEFAULT.rounds if held is None else max(held.baseline.plan.rounds, launches)),
        warmup=given["warmup"],
        max_tokens=given["max_tokens"],
        temperature=given["temperature"],
        seed=given["seed"],
        mode=_MODES[given["mode"]],
        order=_ORDERS[given["order"]],
        launches=launches,
        cool_down_s=given["cool_down"],
        force=given["force"],
    )
    if plan.rounds < plan.launches:
        raise Refused(
            f"{plan.launches} launches need at least as many rounds, and there are {plan.rounds}; use --rounds."
        )
    if plan.mode is Mode.SIDE_BY_SIDE and plan.order is Order.INTERLEAVED:
        raise Refused("side by side all models answer at once, so there are no turns; leave --order or --mode out.")
    if held is not None:
        held.check(plan)
    return plan


def _prompts(setup: Setup, set_or_file: str | None, text: str | None) -> tuple[str, tuple[Prompt, ...]]:
    """The name of the prompts and the prompts: from a flag, else from BENCH_PROMPT, else the default set."""
    if set_or_file is not None and text is not None:
        raise Refused("--prompt and --prompts exclude each other; leave one out.")
    if text is not None:
        return "", one_prompt(text)
    if set_or_file is not None:
        return set_or_file, prompts_of(setup, set_or_file)
    if setup.environment.prompt is not None:
        return "", one_prompt(setup.environment.prompt)
    return setup.config.default_prompt_set, setup.config.default_prompts
