"""What ``benchtop bench`` was told with ``--protocol`` and ``--sweep``."""

from __future__ import annotations

import click
from click.core import ParameterSource

from tui.bench.planning.sweep import MOST_TOKENS
from tui.cli.shared.values import said
from tui.records import Preset, Sweep, SweepOf
from tui.text.sizes import numbers_in

_EXAMPLE = "write it as prompt:128,512,2048 or output:32,128,512."


def sweep_of(value: str) -> Sweep:
    """The kind of option that takes what to step through, and the lengths."""
    kind, _, lengths = value.partition(":")
    tokens = numbers_in(lengths, MOST_TOKENS)
    if kind not in list(SweepOf) or tokens is None:
        raise click.BadParameter(f"{said(value)} is no sweep over lengths from 1 to {MOST_TOKENS:,} tokens; {_EXAMPLE}")
    return Sweep(SweepOf(kind), tokens)


def written_out(ctx: click.Context, preset: Preset) -> dict[str, object]:
    """The options of the command as the protocol has them, but for those that stand on the command line."""
    options = {
        "rounds": preset.method.rounds,
        "warmup": preset.method.warmup,
        "launches": preset.method.launches,
        "max_tokens": preset.method.max_tokens,
        "cool_down": preset.method.cool_down_s,
        "mode": preset.method.mode.value.replace("_", "-"),
        "order": preset.method.order.value,
    }
    flags = {name for name in options if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    return {name: value for name, value in options.items() if name not in flags}
