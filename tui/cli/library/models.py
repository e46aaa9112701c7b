"""``benchtop models``: lists what can be run now, what can be downloaded, and what is missing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from tui.bench.memory.fit import predict_fit
from tui.bench.memory.guard import default_floor_bytes
from tui.cli.shared import reports
from tui.cli.shared.options import set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.tables import with_notes
from tui.cli.shared.values import (
    JsonCommand,
    cache_option,
    config_option,
    endpoint_options,
    history_file,
    json_option,
)
from tui.console import Console, ExitCode, process_console
from tui.lazy import lazy_module
from tui.library.inventory import ModelPlaces
from tui.probes import host
from tui.records import FitForecast, Model, ModelState
from tui.records.library import Listing
from tui.store.history import observed_loads
from tui.text import units
from tui.text.cells import cut

if TYPE_CHECKING:
    from tui.workspace import library as libraries
else:
    libraries = lazy_module("tui.workspace.library")

_HEADINGS: Final = ("MODEL", "STATE", "SIZE", "MEMORY", "CONTEXT", "LICENCE", "CAPABILITIES", "NOTE")
_STATES: Final = tuple(ModelState)
_MOST_CELLS: Final = 40
"""The widest that the licence and the capabilities may be: a catalogue may put a whole text there."""


@click.command(cls=JsonCommand)
@click.argument("words", nargs=-1)
@click.option("--runnable", is_flag=True, help="Only those that can be run now.")
@click.option("--cached", is_flag=True, help="Only those on this machine, also half downloaded or broken ones.")
@click.option("--refresh", is_flag=True, help="Ask the public catalogue first.")
@json_option
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
    json_file: Path | None,
    words: tuple[str, ...],
    endpoints: tuple[str, ...],
    trust_config: bool,
) -> int:
    """List the models: those that can be run first, then what can be downloaded, then what is missing.

    With WORDS only models that have all of them in their name.

    \b
    benchtop models phi --runnable
    benchtop models --refresh --json
    """
    console = process_console()
    setup = set_up(ctx, config_folder, console, cache_folder, ServerOptions(endpoints, trust_config, ()))
    models = asyncio.run(_refreshed(setup.places, console)) if refresh else setup.models
    listed = [
        model
        for model in models
        if (model.state is ModelState.READY or not runnable)
        and (model.folder is not None or not cached)
        and all(word.lower() in f"{model.key} {model.model_id}".lower() for word in words)
    ]
    listed.sort(key=lambda model: _STATES.index(model.state))
    forecasts = _predict_fits(listed)
    if json_file is not None:
        return reports.write_alone(json_file, as_json_text(listed, forecasts), console)
    if words and not listed:
        console.warn(f'No model has "{" ".join(words)}" in its name; "benchtop models" lists all.')
        return ExitCode.DONE
    console.data(as_table(listed, forecasts, console.out_width))
    return ExitCode.DONE


def as_table(models: Sequence[Model], forecasts: Mapping[str, FitForecast], width: int | None) -> str:
    """Set the models in a table for a terminal of this ``width``; ``forecasts`` are by model key."""
    return with_notes(_HEADINGS, [_row(model, forecasts.get(model.key)) for model in models], width)


def as_json_text(models: Sequence[Model], forecasts: Mapping[str, FitForecast]) -> str:
    """Write a JSON list of objects; names of fields may be added, never changed."""
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
            "served": None if model.served is None else asdict(model.served),
            "execution_provider": model.execution_provider,
            "license": model.license,
            "capabilities": list(model.capabilities),
            "purpose": model.purpose.value,
            "practice": model.practice,
            "folder": None if model.folder is None else str(model.folder),
            "note": model.note,
            "catalog": None if model.catalog is None else asdict(model.catalog),
            "fit": forecast.fit.value if forecast else None,
            "memory_forecast_bytes": forecast.forecast.total_bytes if forecast else None,
            "context_that_fits": forecast.context_that_fits if forecast else None,
        }
        for model, forecast in ((model, forecasts.get(model.key)) for model in models)
    ]
    return json.dumps(listed, indent=2) + "\n"


def tell_of_refresh(listing: Listing, console: Console) -> None:
    """Tell why the catalogue could not be asked, and how old the list is."""
    if listing.problem:
        since = f"the list is of {listing.as_of}" if listing.as_of else "there is no list from before"
        console.say(f"{listing.problem}; {since}.")


def _predict_fits(models: Sequence[Model]) -> dict[str, FitForecast]:
    """Forecast the memory of each model whose size is known; the forecasts are by model key."""
    reading = host.memory({})
    floor_bytes, observed = default_floor_bytes(reading.total_bytes), observed_loads(history_file())
    forecasts = ((model.key, predict_fit(model, reading, floor_bytes, observed)) for model in models)
    return {key: forecast for key, forecast in forecasts if forecast is not None}


async def _refreshed(places: ModelPlaces, console: Console) -> tuple[Model, ...]:
    async with libraries.open_library(places) as library:
        console.status("asking the catalogue")
        listing = await library.refresh()
    tell_of_refresh(listing, console)
    return listing.models


def _row(model: Model, forecast: FitForecast | None) -> tuple[str, ...]:
    return (
        model.key,
        model.state.value,
        units.size(model.size_bytes),
        forecast.fit.value if forecast else units.UNKNOWN,
        units.count(model.used_context_tokens),
        cut(model.license or units.UNKNOWN, _MOST_CELLS),
        cut(", ".join(model.capabilities) or units.UNKNOWN, _MOST_CELLS),
        _note(model),
    )


def _note(model: Model) -> str:
    """The sentence on a model and, if a server runs it, what the server reports of itself and the build."""
    if model.served is None or model.state is not ModelState.READY:
        return model.note
    # The size and the context have columns of their own.
    build = units.build_of_server(replace(model, size_bytes=None, context_tokens=None))
    facts = (model.note, model.served.software, build)
    return ", ".join(fact for fact in facts if fact)
