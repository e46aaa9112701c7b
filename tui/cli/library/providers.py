"""``benchtop providers``: the execution providers of this machine, and how one is added or removed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

import click

from tui.cli.shared.options import Refused, refusals, set_up
from tui.cli.shared.tables import with_notes
from tui.console import Console, ExitCode, process_console
from tui.engines.foundry.providers import CPU_PROVIDER, short_name
from tui.library.inventory import ModelPlaces
from tui.library.runtime import execution_providers
from tui.records.library import ExecutionProvider
from tui.text import units
from tui.workspace.library import open_library

_HEADINGS: Final = ("PROVIDER", "STATE", "NOTE")
_ACTIONS: Final = ("list", "add", "remove")


@click.command()
@click.argument("action", type=click.Choice(_ACTIONS), default="list")
@click.argument("name", required=False)
@click.option("--force", is_flag=True, help="Download it although libraries that it needs are missing here.")
@click.pass_context
def command(ctx: click.Context, *, action: str, name: str | None, force: bool) -> int:
    """List the execution providers of this machine, or add or remove one.

    A provider runs the operators of a model on one kind of hardware. What is added stays: later runs, also without a
    network, register it by themselves, and no run downloads one.

    \b
    benchtop providers
    benchtop providers add cuda
    benchtop providers remove cuda
    """
    console = process_console()
    places = set_up(ctx, None, console).places
    if action != "list" and name is None:
        raise click.UsageError(f'name the provider: "benchtop providers {action} cuda"')
    try:
        with refusals():
            return asyncio.run(_carry_out(places, action, name or "", console, force=force))
    except KeyboardInterrupt:
        console.say("Stopped; nothing was added.")
        return ExitCode.INTERRUPTED


async def _carry_out(places: ModelPlaces, action: str, name: str, console: Console, *, force: bool) -> int:
    async with open_library(places) as library:
        listed = await library.providers()
        if action == "list":
            console.data(as_table(listed, console.out_width))
            return ExitCode.DONE
        provider = execution_providers.find(name, listed)
        short = short_name(provider.name)
        if provider.name == CPU_PROVIDER:
            raise Refused("the CPU is always there; there is nothing to add or to remove.")
        if action == "remove":
            await library.remove_provider(provider.name)
            console.say(f"{short} is removed.")
            return ExitCode.DONE
        if provider.registered:
            console.say(f"{short} is here already.")
            return ExitCode.DONE
        if not provider.offered:
            raise Refused(f"the runtime does not offer {short} on this machine.")
        await library.add_provider(
            provider.name, lambda share: console.status(f"{short}: adding, {units.percent(share)}"), force=force
        )
        console.say(f"{short} is added: models that need it can be run.")
        return ExitCode.DONE


def as_table(listed: Sequence[ExecutionProvider], width: int | None) -> str:
    """Set the providers in a table for a terminal of this ``width``."""
    return with_notes(_HEADINGS, [_row(provider) for provider in listed], width)


def _row(provider: ExecutionProvider) -> tuple[str, str, str]:
    return short_name(provider.name), state_of(provider), provider.note


def state_of(provider: ExecutionProvider) -> str:
    """What a provider is on this machine, in a word or two."""
    if provider.name == CPU_PROVIDER:
        return "always here"
    if provider.registered:
        return "added"
    return "can be added" if provider.offered else "not offered"
