"""Makes the plan of a benchmark from the options of ``benchtop bench``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import click

from tui.bench import yardstick
from tui.bench.planning import sweep
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.presets import named_after, with_power
from tui.cli.bench.own_options import GATE_LAUNCHES, BenchOptions, WhatOptions
from tui.cli.shared.gates import GateFiles, checked_files
from tui.cli.shared.options import Refused, Setup, choose_models, one_prompt, prompts_of, refusals
from tui.cli.shared.reports import check_files
from tui.cli.shared.setting_options import given_settings
from tui.cli.shared.stdin import file_of
from tui.cli.shared.values import report_files
from tui.config import choose_preset
from tui.config.packs.pack_file import DataSetOptions, find_pack
from tui.console import Console
from tui.lazy import lazy_module
from tui.records import Method, Plan, Preset, Prompt, PromptPack, SweepOf
from tui.reports.formats import BASELINE

if TYPE_CHECKING:
    from tui.cli.bench import gate as gates
    from tui.cli.bench.gate import Gate
else:
    gates = lazy_module("tui.cli.bench.gate")


_SOURCES: Final[tuple[Literal["prompt", "prompts", "pack", "sweep"], ...]] = ("prompt", "prompts", "pack", "sweep")
"""The options that name prompts; one of them is given."""


def gate_of(options: BenchOptions) -> Gate | None:
    """Open the gate that the options ask for; ``None`` if there is no baseline to compare with."""
    files = GateFiles(options["junit"], options["github"])
    if options["baseline"] is not None:
        return gates.open_gate(options["baseline"], options["fail_over"], options["relative_to"], files)
    if options["relative_to"] is not None:
        raise Refused("--relative-to needs a --baseline to hold the benchmark against.")
    if files.is_wanted and options["fail_under"] is None:
        raise Refused("--junit and --github write the results of gates; add --baseline, --fail-under or both.")
    check_files(checked_files(files))
    if options["fail_over"] is not None:
        raise Refused("--fail-over needs a --baseline to hold the benchmark against.")
    return None


def plan_of(ctx: click.Context, setup: Setup, options: WhatOptions, gate: Gate | None, console: Console) -> Plan:
    """Make the plan: an option takes precedence over a preset, this over a variable, and this over a file."""
    preset = _preset(setup, options["protocol"])
    pack = _pack(options)
    prompt_set, prompts = _prompts(ctx, setup, options, preset) if pack is None else (pack.pack.name, pack.prompts)
    swept = options["sweep"]
    method = replace(
        _method(given_settings(ctx), setup, preset, gate),
        prompt_set=prompt_set,
        sweep=swept.of.value if swept is not None and not swept.of.of_models else "",
    )
    models = choose_models(setup, options["models"], console, options["context"], options["chunk"], options["device"])
    if swept is not None and swept.of.of_models:
        if swept.of is SweepOf.CHUNK and not prompts:
            prompts = sweep.prompts_for_pieces(models, given_settings(ctx).get("max_tokens"))
        models = sweep.models_of(swept, models)
    plan = Plan(
        models=models,
        prompts=prompts,
        method=method,
        force=options["force"],
        pack=None if pack is None else pack.pack,
    )
    plan = with_power(plan if preset is None else named_after(plan, preset), setup.config.power)
    plan = _with_yardstick(plan, given_settings(ctx), taken=gate is not None or BASELINE in report_files())
    for sentence in sweep.too_long(plan):
        console.say(sentence)
    if (problem := wrong_with(plan, Names())) is not None:
        raise Refused(problem)
    if gate is not None:
        gate.check(plan)
    return plan


def _with_yardstick(plan: Plan, flags: Mapping[str, Any], *, taken: bool) -> Plan:
    """Take a yardstick along for a run that others will be compared with, unless an option says otherwise."""
    possible = yardstick.is_possible(plan) and any(map(yardstick.can_stand_beside, plan.models))
    if flags.get("yardstick") and not possible:
        raise Refused(
            "--yardstick measures the pace of this machine's processor beside one request at a time, which is not what "
            "these models depend on; leave it out."
        )
    wanted = flags.get("yardstick", plan.method.yardstick or taken)
    return replace(plan, method=replace(plan.method, yardstick=wanted and possible))


def _preset(setup: Setup, name: str | None) -> Preset | None:
    if name is None:
        return None
    with refusals():
        return choose_preset(setup.config, name)


def _method(flags: Mapping[str, Any], setup: Setup, preset: Preset | None, gate: Gate | None) -> Method:
    """Combine the settings of the flags with those of the preset or, without one, of the environment and the gate."""
    if preset is not None:
        # The interval and the rounds that end a run belong together: a flag for the interval overrides both.
        open_end = {"max_rounds": None} if "until_interval" in flags else {}
        return replace(preset.method, **{**open_end, **flags})
    method = Method()
    if gate is not None:
        launches = flags.get("launches", GATE_LAUNCHES)
        method = replace(method, launches=launches, rounds=max(gate.baseline.plan.method.rounds, launches))
    return replace(method, **{**setup.environment.settings, **flags})


def _pack(options: WhatOptions) -> PromptPack | None:
    """Read the pack that the options name; ``None`` if they name none."""
    if options["pack"] is None:
        if options["fields"] is not None or options["scored"] is not None:
            raise Refused("--map and --scored go with --pack, which names the data set.")
        return None
    others = [name for name in _SOURCES if options[name] is not None and name != "pack"]
    if others and not (options["sweep"] is not None and options["sweep"].of.of_models and len(others) == 1):
        raise Refused(f"--pack and --{others[0]} exclude each other; leave one out.")
    with refusals(), file_of(options["pack"], "the pack") as file:
        return find_pack(file, DataSetOptions(fields=options["fields"] or {}, scored=options["scored"] or ""))


def _prompts(
    ctx: click.Context, setup: Setup, options: WhatOptions, preset: Preset | None
) -> tuple[str, tuple[Prompt, ...]]:
    """Give the name of the set of prompts, which may be empty, and the prompts.

    They come from an option, else from the preset, from BENCH_PROMPT, or from the default set.
    """
    given = [name for name in _SOURCES if options[name] is not None]
    of_models = options["sweep"] is not None and options["sweep"].of.of_models
    if len(given) > 1 and not (of_models and len(given) == 2):
        raise Refused(f"--{given[0]} and --{given[1]} exclude each other; leave one out.")
    if options["sweep"] is not None and not of_models:
        return "", sweep.prompts(options["sweep"], given_settings(ctx).get("max_tokens"))
    if options["sweep"] is not None and options["sweep"].of is SweepOf.CHUNK and len(given) == 1 and preset is None:
        return "", ()
    if options["prompt"] is not None:
        return "", one_prompt(options["prompt"])
    if options["prompts"] is not None:
        with file_of(options["prompts"], "the prompts") as file:
            return options["prompts"], prompts_of(setup, file)
    if preset is not None:
        return preset.method.prompt_set, preset.prompts
    if setup.environment.prompt is not None:
        return "", one_prompt(setup.environment.prompt)
    return setup.config.default_prompt_set, setup.config.default_prompts
