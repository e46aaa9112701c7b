"""What a shell offers while a command line is typed: models, runs, prompt sets and protocols.

Whatever goes wrong, nothing is offered: a message in the middle of a command line would help nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import click

from tui import paths
from tui.cli.shared.run_names import RECENT_BENCHMARKS
from tui.cli.shared.values import history_file
from tui.config import Config
from tui.config.packs.data_sets import is_data_set
from tui.config.packs.pack_file import shipped_packs, user_packs
from tui.library.inventory import list_models, places_for
from tui.probes import host
from tui.records import ModelState, RunFilter
from tui.store.history import History
from tui.store.runs import Runs
from tui.workspace.configuration import read_configuration

_MOST_RUNS = 50


def models(ctx: click.Context, incomplete: str) -> list[str]:
    """The models that can be run, for the last name of a list with commas."""
    return _offered(incomplete, lambda: _models(ctx, all_of_them=False), listed=True)


def all_models(ctx: click.Context, incomplete: str) -> list[str]:
    """All models, also those that can be downloaded."""
    return _offered(incomplete, lambda: _models(ctx, all_of_them=True))


def prompt_sets(ctx: click.Context, incomplete: str) -> list[str]:
    """The sets of prompts.json, and the JSON files of this folder."""
    return _offered(incomplete, lambda: [*_config(ctx).prompt_sets, *_json_files(incomplete)])


def packs(_ctx: click.Context, incomplete: str) -> list[str]:
    """The packs of the user and those that ship, and the data sets of this folder."""
    folder = Path(incomplete).parent if "/" in incomplete else Path()
    return _offered(
        incomplete,
        lambda: [
            *(path.stem for path in (*shipped_packs(), *user_packs())),
            *(str(file) for file in sorted(folder.glob("*")) if is_data_set(file)),
        ],
    )


def protocols(ctx: click.Context, incomplete: str) -> list[str]:
    """The protocols of prompts.json and those that ship with Benchtop."""
    return _offered(incomplete, lambda: _config(ctx).presets)


def runs(_ctx: click.Context, incomplete: str) -> list[str]:
    """The words for recent benchmarks, and the ids, names and tags of the newest runs."""
    return _offered(incomplete, _runs)


def runs_and_files(_ctx: click.Context, incomplete: str) -> list[str]:
    """The runs, and the JSON files of this folder."""
    return _offered(incomplete, lambda: [*_runs(), *_json_files(incomplete)])


def _offered(incomplete: str, names_of: Callable[[], Iterable[str]], *, listed: bool = False) -> list[str]:
    """Return the names that begin with what is typed; of a list with commas only its last name is completed."""
    before, comma, last = incomplete.rpartition(",") if listed else ("", "", incomplete)
    with suppress(Exception):
        found = dict.fromkeys(name for name in names_of() if name.lower().startswith(last.lower()))
        return [f"{before}{comma}{name}" for name in found]
    return []


def _config(ctx: click.Context) -> Config:
    folder: Path | None = ctx.params.get("config_folder") or ctx.find_root().params.get("config_folder")
    return read_configuration(folder).config


def _models(ctx: click.Context, *, all_of_them: bool) -> list[str]:
    listed = list_models(places_for(_config(ctx), ctx.params.get("cache_folder"))).models
    chosen = [model for model in listed if all_of_them or model.state is ModelState.READY]
    return [*(model.key for model in chosen), *(model.alias for model in chosen)]


def _runs() -> list[str]:
    file = history_file()
    if not paths.exists(file):
        return []
    history = History(file)
    try:
        entries = Runs(history.database, host.owner_lives).entries(RunFilter(limit=_MOST_RUNS))
    finally:
        history.close()
    names = [name for entry in entries for name in (entry.name, *entry.tags) if name]
    return [*RECENT_BENCHMARKS, *names, *(entry.run_id for entry in entries)]


def _json_files(incomplete: str) -> list[str]:
    folder = Path(incomplete).parent if "/" in incomplete else Path()
    return sorted(str(file) for file in folder.glob("*.json"))
