"""Writes a plan with its models as a bundle, and takes the models of a bundle over on another machine."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

from tui import __version__, paths
from tui.cli.shared.options import Refused, Setup
from tui.config.fleet.plan_file import read_plan
from tui.console import Console
from tui.engines.process.scratch import scratch_prefix
from tui.json_file import ConfigError
from tui.library.fleet import bundle as bundles
from tui.library.fleet.bundle import Bundle, BundledModel, BundleError
from tui.library.fleet.content import files_of, hash_of
from tui.library.foundry_library import FoundryLibrary
from tui.library.protocol import LibraryError
from tui.records import Model, RunRecord
from tui.records.fleet.plan import FleetPlan
from tui.reports.json.document import json_text
from tui.text import units
from tui.text.escape import visible

_NAME_DIGITS: Final = 8


def write_bundle(target: Path, plan: FleetPlan, text: str, models: Mapping[str, Model], console: Console) -> None:
    """Write a plan and the folders of its models, by the keys of the plan; models of servers have none."""
    found: dict[str, tuple[BundledModel, Path]] = {}
    for planned in plan.models:
        folder = models[planned.key].folder
        if folder is None or planned.content is None or planned.content in found:
            continue
        try:
            entries = files_of(folder)
        except (OSError, ValueError) as error:
            raise Refused(f"{planned.key} cannot be read ({error}), so it cannot be bundled.") from error
        content = hash_of(entries)
        if content != planned.content:
            raise Refused(f"the files of {planned.key} change while they are read; begin again.")
        found[content] = BundledModel(alias=planned.alias, content=content, files=entries), folder
    try:
        bundles.write_bundle(target, text, list(found.values()), console.status)
    except BundleError as error:
        raise Refused(str(error)) from error
    size = sum(entry.size_bytes for model, _ in found.values() for entry in model.files)
    console.say(
        f"Wrote {target}: the plan and {units.size(size)} of models. It does not hold Benchtop itself: on the other "
        f"machine, where Benchtop {__version__} is installed, benchtop bench --plan {target.name} does it. Another "
        "version measures it too, and says that the numbers may not compare."
    )


def is_bundle(name: str) -> bool:
    """Whether this names a bundle, and not a plan alone."""
    return name != "-" and bundles.is_bundle(paths.expanded(Path(name)))


@contextmanager
def opened(name: str) -> Generator[tuple[Bundle, FleetPlan]]:
    """Open a bundle and read its plan; refuse the command if it is not to be trusted."""
    try:
        with bundles.open_bundle(paths.expanded(Path(name))) as bundle:
            with tempfile.TemporaryDirectory(
                prefix=scratch_prefix("bundle"), dir=paths.scratch_parent(), ignore_cleanup_errors=True
            ) as folder:
                file = Path(folder, "plan.json")
                file.write_bytes(bundle.plan_text)
                plan = read_plan(file)
            yield bundle, plan
    except (BundleError, ConfigError) as error:
        raise Refused(str(error)) from error


def take_over(bundle: Bundle, plan: FleetPlan, setup: Setup, console: Console) -> bool:
    """Copy the models to this machine that it lacks, and list them; tells whether there are new ones.

    Nothing is copied of a model whose bytes are here under its name.
    """
    here = _contents_here(plan, setup)
    brought = False
    for model in bundle.models:
        if model.content in here:
            continue
        size = sum(entry.size_bytes for entry in model.files)
        show = partial(_show, console, model.alias, size)
        folder = bundle.copy(model, show)
        _register(model, folder, setup, console)
        console.say(f"{visible(model.alias)}: copied from the bundle, {units.size(size)}.")
        brought = True
    return brought


def keep_result(name: str, run: RunRecord, console: Console) -> None:
    """Write the result of a run into the bundle, or beside one that is a ZIP file."""
    folder = bundles.results_folder(paths.expanded(Path(name)))
    file = folder / f"{run.run_id}.json"
    try:
        paths.write_atomically(file, json_text(run).encode("utf-8", "surrogatepass"), make_folder=True)
    except OSError as error:
        console.warn(
            f"{file} cannot be written ({error.strerror or error}); benchtop report --json writes it elsewhere."
        )
        return
    console.say(f"Wrote {file}; benchtop merge brings the results of all machines together.")


def _contents_here(plan: FleetPlan, setup: Setup) -> set[str]:
    """The hashes of the models of the plan that this machine has."""
    names = {model.alias for model in plan.models}
    found: set[str] = set()
    for model in setup.models:
        if model.folder is not None and (model.alias in names or model.registered):
            with suppress(OSError, ValueError):
                found.add(hash_of(files_of(model.folder)))
    return found


def _register(model: BundledModel, folder: Path, setup: Setup, console: Console) -> None:
    """List a model under its own name or, if that is taken, with the beginning of its hash."""
    library = FoundryLibrary(setup.places)
    try:
        library.register(model.alias, folder)
    except LibraryError:
        other = f"{model.alias}-{model.content[:_NAME_DIGITS]}"
        try:
            library.register(other, folder)
        except LibraryError as error:
            raise Refused(f"{visible(model.alias)} was copied, but cannot be listed: {error}") from error
        console.say(f"{visible(model.alias)} is another model here; that of the bundle is listed as {other}.")


def _show(console: Console, alias: str, size_bytes: int, there_bytes: int) -> None:
    share = units.percent(there_bytes / size_bytes if size_bytes else None)
    console.status(f"{visible(alias)}: {share} of {units.size(size_bytes)}")
