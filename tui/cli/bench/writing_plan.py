"""Writes the plan of a benchmark to a file or stdout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from tui import paths
from tui.bench.fleet.planning import portable_plan
from tui.cli.bench.planning import plan_of
from tui.cli.fleet.bundles import write_bundle
from tui.cli.shared.options import set_up
from tui.cli.shared.reports import check_files, write_alone
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.values import STDOUT
from tui.config.fleet.plan_text import plan_text
from tui.console import Console, ExitCode

if TYPE_CHECKING:
    from tui.cli.plan import PlanOptions


def write_plan(ctx: click.Context, options: PlanOptions, console: Console) -> int:
    """Make the plan of the benchmark that the options describe, and return the exit code."""
    if options["out"] != STDOUT:
        check_files([options["out"]])
    server_options = ServerOptions(options["endpoints"], options["trust_config"], options["models"])
    setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], server_options)
    plan = plan_of(ctx, setup, options, None, console)
    portable = portable_plan(plan, options["memory_floor"], options["memory_limit"], console.status)
    if options["bundle"] is not None:
        models = {planned.key: model for planned, model in zip(portable.models, plan.models, strict=True)}
        write_bundle(paths.expanded(options["bundle"]), portable, plan_text(portable), models, console)
        return ExitCode.DONE
    return write_alone(options["out"], plan_text(portable), console)
