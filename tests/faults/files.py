"""Files that no program should have written, in every place where Benchtop reads one."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from tests.faults.kinds import Fault
from tui import paths
from tui.bench.fleet.network.fleet_file import FleetError, read_fleet
from tui.config import ConfigError, load_config
from tui.config.fleet.machine import machine_identity
from tui.engines.foundry.foreign_folder import refusal_of
from tui.engines.foundry.providers import added_providers
from tui.library import cache
from tui.library.downloads.notes import Notes
from tui.library.fleet.content import content_hash
from tui.library.inventory import list_models, places_for
from tui.library.registrations import Registrations
from tui.library.runtime.foundry_cli import moved_caches
from tui.library.server_models import EndpointModels
from tui.palette import DARK, stored_theme
from tui.practice import practice_folder

_DIGITS: Final = b"9" * 5000
MODEL: Final = Path("home", "data", "cache", "models", "publisher", "model")


def _write(content: bytes, file: Path) -> None:
    file.unlink(missing_ok=True)
    file.write_bytes(content)


def _link(target: str, file: Path) -> None:
    file.unlink(missing_ok=True)
    file.symlink_to(target)


def _pipe(file: Path) -> None:
    file.unlink(missing_ok=True)
    os.mkfifo(file)


def _folder(file: Path) -> None:
    file.unlink(missing_ok=True)
    file.mkdir()


ODD: Final[Mapping[str, Callable[[Path], None]]] = {
    "is empty": partial(_write, b""),
    "is no text": partial(_write, b"\xff\xfe\0\x01" * 50),
    "is UTF-16": partial(_write, '{"models": {}}'.encode("utf-16")),
    "is a list": partial(_write, b"[[], 1, null]"),
    "is null": partial(_write, b"null"),
    "has other types": partial(
        _write, b'{"models": [1], "Name": {"a": 1}, "model": 7, "id": [], "sets": "x", "prompts": {"a": 5}}'
    ),
    "is nested deeply": partial(_write, b'{"models": ' + b"[" * 100_000),
    "is nested and closed": partial(_write, b'{"models": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "has 5,000 digits": partial(
        _write, b'{"models": {"a": {"size_mb": %s}}, "Name": "x:%s"}' % (b"9" * 5000, b"9" * 5000)
    ),
    "has an infinite number": partial(
        _write, b'{"models": {"a": {"size_mb": 1e999}}, "model": {"context_length": 1e999}}'
    ),
    "has 2 to the power of 70": partial(_write, b'{"model": {"context_length": 1180591620717411303424}}'),
    "has half a sign": partial(_write, b'{"models": {"\\ud800": {}}, "Name": "\\ud800:1"}'),
    "has a key twice": partial(_write, b'{"models": {}, "models": {}}'),
    "is cut": partial(_write, b'{"models": {"a": {"pa'),
    "has no end": partial(_link, "/dev/zero"),
    "is a pipe": _pipe,
    "is a loop of links": lambda file: _link(file.name, file),
    "is a folder": _folder,
    "leads nowhere": partial(_link, "/nowhere/at/all"),
}

KEPT: Final = (
    "registered.json",
    "endpoints.json",
    "agreed.json",
    "settings.json",
    "machine.json",
    "hashes.json",
    "foundry-cache.txt",
    "runtime/providers.json",
    "fleet/fleet.json",
)
"""The files among Benchtop's own data that another program, or a disk, may have changed."""
_SHA256_DIGITS: Final = 64


def _model_folder(folder: Path) -> Path:
    model = folder / MODEL
    shutil.copytree(practice_folder("practice-small"), model)
    return model


def _list_everything() -> None:
    """List the models as every command and the app do: an odd file is a row or a sentence, and the others stay."""
    listing = list_models(places_for(load_config()))
    assert sum(model.is_complete for model in listing.models) >= 3, "the practice models are lost"
    cache.caches((paths.model_cache_dir(),), listing.models)
    for model in listing.models:
        if model.folder is not None and not model.practice:
            cache.verify(model)
            refusal_of(model.folder)


def _configuration(name: str, odd: Callable[[Path], None], folder: Path) -> None:
    (folder / "config").mkdir()
    odd(folder / "config" / name)
    with suppress(ConfigError):
        load_config()


def _of_model(name: str, odd: Callable[[Path], None], folder: Path) -> None:
    file = _model_folder(folder) / name
    odd(file)
    _list_everything()


def _kept(name: str, odd: Callable[[Path], None], folder: Path) -> None:
    file = folder / "home" / "data" / name
    file.parent.mkdir(parents=True)
    odd(file)
    if file.name == "hashes.json":
        assert len(content_hash(practice_folder("practice-small")) or "") == _SHA256_DIGITS
    Registrations(paths.registrations_file()).all()
    assert EndpointModels((), paths.endpoints_file(), lambda: None).models == ()
    Notes(paths.downloads_dir()).adopt()
    assert stored_theme(()) == DARK.name
    added_providers()
    machine_identity()
    moved_caches(folder / "home")
    with suppress(FleetError):
        read_fleet()
    _list_everything()


def faults() -> Iterator[Fault]:
    """Return each odd content in each of the files."""
    for what, odd in ODD.items():
        for name in ("models.json", "prompts.json"):
            yield Fault("settings", f"{name} {what}", partial(_configuration, name, odd))
        for name in ("genai_config.json", "inference_model.json", "tokenizer_config.json", "model.onnx"):
            yield Fault("model folders", f"{name} {what}", partial(_of_model, name, odd))
        yield Fault(
            "catalogue", f"foundry.modelinfo.json {what}", partial(_of_model, "../../foundry.modelinfo.json", odd)
        )
        for name in KEPT:
            yield Fault("what is kept", f"{name} {what}", partial(_kept, name, odd))
