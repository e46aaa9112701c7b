"""``benchtop models``: what can be run now, what can be downloaded, and what is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

import click

from tui.bench.memory.fit import predict_fit
from tui.bench.memory.guard import default_floor_bytes
from tui.cli import config_option
from tui.cli.shared.options import Servers, set_up
from tui.cli.shared.tables import with_notes
from tui.cli.shared.values import cache_option, endpoint_options, history_file
from tui.console import Console, ExitCode, process_console
from tui.library.inventory import ModelPlaces
from tui.probes import host
from tui.records import FitForecast, Model, ModelState
from tui.records.library import Listing
from tui.store.history import observed_loads
from tui.text import units

_HEADINGS: Final = ("MODEL", "STATE", "SIZE", "MEMORY", "CONTEXT", "LICENCE", "CAPABILITIES", "NOTE")
_ORDER: Final = tuple(ModelState)


@click.command()
@click.option("--runnable", is_flag=True, help="Only those that can be run now.")
@click.option("--cached", is_flag=True, help="Only those on this machine, also half downloaded or broken ones.")
@click.option("--refresh", is_flag=True, help="Ask the public catalogue first.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list for other tools.")
@endpoint_options
@cache_option
@config_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    config_folder: Path | None,
    cache_folder: Path | None,
    runnable: bool,
    cached: bool,
    refresh: bool,
    as_json: bool,
    endpoints: tuple[str, ...],
    trust_config: bool,
) -> int:
    """List the models: those that can be run first, then what can be downloaded, then what is missing.

    \b
    benchtop models --runnable
    benchtop models --refresh --json
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder, Servers(endpoints, trust_config, ()))
    models = asyncio.run(_refreshed(setup.places, console)) if refresh else setup.models
    chosen = [
        model
        for model in models
        if (model.state is ModelState.READY or not runnable) and (model.folder is not None or not cached)
    ]
    chosen.sort(key=lambda model: _ORDER.index(model.state))
    outlooks = _look_ahead(chosen)
    console.data(as_json_text(chosen, outlooks) if as_json else as_table(chosen, outlooks, console.out_width))
    return ExitCode.DONE


def as_table(models: Sequence[Model], outlooks: Mapping[str, FitForecast], width: int | None) -> str:
    """A row a model."""
    return with_notes(_HEADINGS, [_row(model, outlooks.get(model.key)) for model in models], width)


def as_json_text(models: Sequence[Model], outlooks: Mapping[str, FitForecast]) -> str:
    """A list of objects; names of fields may be added, never changed."""
    listed = [
        {
            "key": model.key,
            "alias": model.alias,
            "variant": model.variant,
            "model_id": model.model_id,
            "engine": model.engine,
            "state": model.state.value,
            "size_bytes": model.size_bytes,
            "context_tokens": model.context_tokens,
            "execution_provider": model.execution_provider,
            "license": model.license,
            "capabilities": list(model.capabilities),
            "practice": model.practice,
            "folder": None if model.folder is None else str(model.folder),
            "note": model.note,
            "catalog": None if model.catalog is None else asdict(model.catalog),
            "fit": outlook.fit.value if outlook else None,
            "memory_forecast_bytes": outlook.forecast.total_bytes if outlook else None,
            "context_that_fits": outlook.context_that_fits if outlook else None,
        }
        for model, outlook in ((model, outlooks.get(model.key)) for model in models)
    ]
    return json.dumps(listed, indent=2) + "\n"


def tell_of_refresh(listing: Listing, console: Console) -> None:
    """Why the list is old, and since when."""
    if listing.problem:
        since = f"the list is of {listing.as_of}" if listing.as_of else "there is no list from before"
        console.say(f"{listing.problem}; {since}.")


def _look_ahead(models: Sequence[Model]) -> dict[str, FitForecast]:
    """What each would take now, as far as it is known."""
    reading = host.memory({})
    floor_bytes, seen = default_floor_bytes(reading.total_bytes), observed_loads(history_file())
    outlooks = ((model.key, predict_fit(model, reading, floor_bytes, seen)) for model in models)
    return {key: outlook for key, outlook in outlooks if outlook is not None}


async def _refreshed(places: ModelPlaces, console: Console) -> tuple[Model, ...]:
    # Imported here: a list from the disk needs none of it.
    from tui.cli.library.session import open_library

    async with open_library(places) as library:
        console.status("asking the catalogue")
        listing = await library.refresh()
    tell_of_refresh(listing, console)
    return listing.models


def _row(model: Model, outlook: FitForecast | None) -> tuple[str, ...]:
    return (
        model.key,
        model.state.value,
        units.size(model.size_bytes),
        outlook.fit.value if outlook else units.UNKNOWN,
        units.count(model.used_context_tokens),
        model.license or units.UNKNOWN,
        ", ".join(model.capabilities) or units.UNKNOWN,
        model.note,
    )
