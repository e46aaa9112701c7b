"""The licence of a model and its size on the disk, each with its source: the folder, the catalogue, or models.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from tui import paths
from tui.library.availability import availability_check
from tui.library.runnable_models import Configured
from tui.measure.decision import licences
from tui.records import Model, ModelState
from tui.records.decision import Origin

FOLDER: Final = "model folder"
CATALOGUE: Final = "catalogue"
CONFIGURED: Final = "models.json"
REGISTERED: Final = "its registration"
SHIPPED: Final = "Benchtop"
SERVER: Final = "its server"
RUN: Final = "the run"

_LICENCE_FILES: Final = ("LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "LICENCE.txt", "COPYING")
_READ_CHARACTERS: Final = 20_000


def origin_finder(models: Sequence[Model], configured: Mapping[str, Configured]) -> Callable[[Model], Origin]:
    """A function that gives the origin of a model of an earlier run, by what is known now or else by the run's record.

    ``models`` are those that are known now. The origin also has the reason why the model cannot be run now.
    """
    by_key = {model.key: model for model in models}
    ready = [model for model in models if model.state is ModelState.READY]
    unavailable = availability_check([model.key for model in ready], _names_by_server(ready))

    def origin(model: Model) -> Origin:
        return replace(origin_of(by_key.get(model.key, model), configured), unavailable=unavailable(model))

    return origin


def _names_by_server(models: Sequence[Model]) -> dict[str, set[str | None]]:
    """Return the names and ids of the models of servers by the address of the server."""
    names: dict[str, set[str | None]] = {}
    for model in models:
        if model.endpoint is not None:
            names.setdefault(model.endpoint.url, set()).update((model.model_id, model.alias))
    return names


def origin_of(model: Model, configured: Mapping[str, Configured]) -> Origin:
    """The licence and the size of a model with their sources."""
    entry = configured.get(model.alias)
    licence, licence_source = _licence(model, entry)
    disk_bytes, disk_source = _disk(model, entry)
    return Origin(licence=licence, licence_source=licence_source, disk_bytes=disk_bytes, disk_source=disk_source)


def _licence(model: Model, entry: Configured | None) -> tuple[str | None, str]:
    """The licence that a person has written down, else that of the catalogue, else that of a text in the folder."""
    if entry is not None and entry.license:
        return entry.license, REGISTERED if model.registered else CONFIGURED
    if model.practice:
        return model.license, SHIPPED
    if model.license:
        return model.license, CATALOGUE if model.catalog is not None or model.folder is not None else RUN
    in_folder = _licence_in(model.folder)
    return in_folder, FOLDER if in_folder else ""


def _disk(model: Model, entry: Configured | None) -> tuple[int | None, str]:
    if model.size_bytes is not None and model.traits.is_remote:
        return model.size_bytes, SERVER
    if model.size_bytes is None or not model.traits.on_disk:
        return None, ""
    if model.folder is not None and model.state is not ModelState.AVAILABLE:
        return model.size_bytes, FOLDER
    if model.catalog is not None:
        return model.size_bytes, CATALOGUE
    return model.size_bytes, CONFIGURED if entry is not None and entry.size_bytes == model.size_bytes else RUN


def _licence_in(folder: Path | None) -> str | None:
    """The licence whose text lies in the folder; ``None`` if there is none."""
    for path in () if folder is None else (folder / name for name in _LICENCE_FILES):
        try:
            text = paths.read_limited(path, _READ_CHARACTERS, in_part=True).decode("utf-8", "replace")
        except (OSError, ValueError):
            continue
        return licences.licence_of_text(text)
    return None
