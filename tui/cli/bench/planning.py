"""From the options of ``benchtop bench`` to its plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import click

from tui.bench.planning import sweep
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.presets import named_after, with_power
from tui.bench.planning.sweep import MOST_TOKENS
from tui.cli.shared.gate import LAUNCHES, Gate
from tui.cli.shared.options import Refused, Setup, choose_models, one_prompt, prompts_of, refusals
from tui.cli.shared.settings import given_settings
from tui.cli.shared.values import ReportFiles, said
from tui.config import choose_preset
from tui.console import Console
from tui.records import Method, Plan, Preset, Prompt, Sweep, SweepOf
from tui.text.sizes import numbers_in

NO_PLAN: Final = Plan(models=(), prompts=())
_EXAMPLE: Final = "write it as prompt:128,512,2048 or output:32,128,512."


class BenchOptions(ReportFiles):
    """What the options of the command are given."""

    config_folder: Path | None
    cache_folder: Path | None
    models: tuple[str, ...] | None
    prompts: str | None
    prompt: str | None
    sweep: Sweep | None
    protocol: str | None
    resume: str | None
    anyway: bool
    without_disturbed: bool
    context: int | None
    memory_floor: int | None
    memory_limit: int | None
    force: bool
    endpoints: tuple[str, ...]
    trust_config: bool
    baseline: str | None
    fail_over: float | None
    relative_to: str | None
    judge: str | None


def sweep_of(value: str) -> Sweep:
    """The kind of option that takes what to step through, and the lengths."""
    kind, _, lengths = value.partition(":")
    tokens = numbers_in(lengths, MOST_TOKENS)
    if kind not in list(SweepOf) or tokens is None:
        raise click.BadParameter(f"{said(value)} is no sweep over lengths from 1 to {MOST_TOKENS:,} tokens; {_EXAMPLE}")
    return Sweep(SweepOf(kind), tokens)


def plan_of(ctx: click.Context, setup: Setup, given: BenchOptions, held: Gate | None, console: Console) -> Plan:
    """The plan that the options ask for: a flag beats a preset, which beats a variable, which beats a file."""
    preset = _preset(setup, given["protocol"])
    prompt_set, prompts = _prompts(setup, given, preset)
    method = replace(
        _method(given_settings(ctx), setup, preset, held),
        prompt_set=prompt_set,
        sweep=given["sweep"].of.value if given["sweep"] else "",
    )
    models = choose_models(setup, given["models"], console, given["context"])
    plan = Plan(models=models, prompts=prompts, method=method, force=given["force"])
    plan = with_power(plan if preset is None else named_after(plan, preset), setup.config.power)
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


def _method(flags: Mapping[str, Any], setup: Setup, preset: Preset | None, held: Gate | None) -> Method:
    """The settings of the flags, and for the others those of the preset, else of the environment and the baseline."""
    if preset is not None:
        # When to stop is one setting in two parts: a flag for the interval leaves no part to the preset.
        open_end = {"max_rounds": None} if "until_interval" in flags else {}
        return replace(preset.method, **{**open_end, **flags})
    method = Method()
    if held is not None:
        launches = flags.get("launches", LAUNCHES)
        method = replace(method, launches=launches, rounds=max(held.baseline.plan.method.rounds, launches))
    if setup.environment.rounds is not None:
        method = replace(method, rounds=setup.environment.rounds)
    return replace(method, **flags)


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
