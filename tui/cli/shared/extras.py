"""Extras of the installation that some commands need."""

from __future__ import annotations

import click

from tui.bench.fleet.extra import lacking


def need_extra() -> None:
    """Refuse the command if the packages of a fleet are not installed."""
    if (problem := lacking()) != "":
        raise click.UsageError(problem)
