"""``benchtop doctor``: checks this machine, and tells what to do about anything that is not in order."""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import click

from tui import paths
from tui.cli.shared.tables import with_notes
from tui.cli.shared.values import cache_option, config_option
from tui.config import Config, ConfigError, load_config
from tui.config.variables import read_environment
from tui.console import ExitCode, process_console
from tui.library import disk_space
from tui.library.foundry_library import FoundryLibrary
from tui.library.inventory import places_for
from tui.library.protocol import LibraryError
from tui.library.runtime.sdk_check import sdk_problem
from tui.library.server_models import EndpointModels, unnamed_local_servers
from tui.probes import host
from tui.probes.cpu_group import cpu_limit
from tui.probes.gpu import UNIFIED, Gpus
from tui.probes.power import Counters
from tui.records import Endpoint, ModelState
from tui.records.library import Check, ExecutionProvider
from tui.system.machine import cpu_name, takes_long_paths, usable_cores
from tui.system.network import proxies
from tui.text import units
from tui.text.tables import counted
from tui.workspace.library import open_library

_LEAST_MEMORY_BYTES: Final = 4 * 2**30
_LEAST_DISK_BYTES: Final = 5 * 2**30
_LONGEST_PATH: Final = 259
_LONGEST_BELOW_CACHE: Final = 130
"""How many characters the paths of a model's files have below the cache, with the marks of a download."""
_ALLOW_LONG_PATHS: Final = (
    r"reg add HKLM\SYSTEM\CurrentControlSet\Control\FileSystem /v LongPathsEnabled /t REG_DWORD /d 1 /f"
)
_MOST_NAMED: Final = 8
"""How many models that can be run are named; the others are counted."""
_HEADINGS: Final = ("WHAT", "", "HOW IT IS")


@click.command()
@cache_option
@config_option
@click.pass_context
def command(ctx: click.Context, *, config_folder: Path | None, cache_folder: Path | None) -> int:
    """Check the runtime, the execution providers, memory, GPU, cache, catalogue and configuration.

    The exit code is 1 if something that is needed does not work. A catalogue that cannot be reached is a note, because
    the models on this machine run without it.
    """
    console = process_console()
    console.status("looking")
    checks: list[Check] = [*_software()]
    try:
        config, environment = load_config(config_folder or ctx.obj), read_environment(os.environ)
    except ConfigError as error:
        checks += [Check(subject="configuration", ok=False, words=str(error)), *_hardware()]
    else:
        files = f"{config.models_file}, {config.prompts_file}"
        checks += [Check(subject="configuration", ok=True, words=files), *_hardware()]
        checks += asyncio.run(_library(config, cache_folder, environment.endpoint))
    rows = [(check.subject, _state(check), check.words) for check in checks]
    console.data(with_notes(_HEADINGS, rows, console.out_width))
    wrong = [check.subject for check in checks if not check.ok and check.needed]
    notes = [check.subject for check in checks if not check.ok and not check.needed]
    console.say(_outcome(wrong, notes))
    return ExitCode.MODEL_FAILED if wrong else ExitCode.DONE


def _state(check: Check) -> str:
    return "ok" if check.ok else "--" if check.needed else "note"


def _outcome(wrong: Sequence[str], notes: Sequence[str]) -> str:
    """Write which checks failed, if any did."""
    if wrong:
        return f"Not in order: {', '.join(wrong)}. The lines above say what to do."
    return f"All that is needed works. See the note on: {', '.join(notes)}." if notes else "Everything is in order."


def _software() -> Iterator[Check]:
    versions = host.environment()
    yield Check(subject="benchtop", ok=True, words=f"{versions.benchtop}, Python {versions.python}, {versions.os}")
    if versions.sdk is None or versions.runtime is None:
        yield Check(
            subject="runtime", ok=False, words="foundry-local-sdk is not installed whole; install Benchtop again"
        )
    else:
        words = f"foundry-local-sdk {versions.sdk}, onnxruntime-genai {versions.runtime}"
        problem = sdk_problem()
        yield Check(subject="runtime", ok=problem is None, words=f"{words}: {problem}" if problem else words)


def _hardware() -> Iterator[Check]:
    limit = cpu_limit()
    limited = "" if limit is None else f", limited to the time of {limit:g}"
    yield Check(subject="processor", ok=True, words=f"{cpu_name()}, {usable_cores()} cores{limited}")
    memory = host.memory({})
    words = f"{units.size(memory.available_bytes)} of {units.size(memory.total_bytes)} free"
    enough = memory.available_bytes >= _LEAST_MEMORY_BYTES
    advice = "; close other programs, or choose models below 2 GiB"
    yield Check(subject="memory", ok=enough, words=words if enough else words + advice)
    yield gpu_check(Gpus())
    yield Check(subject="energy", ok=True, words=energy_in_words(Counters()))


def gpu_check(gpus: Gpus) -> Check:
    """Write which GPUs are here and how much memory they have, or why they cannot be read."""
    readings = gpus.read({})
    unknown = "which shares the machine's memory" if gpus.note == UNIFIED else "whose memory is not known"
    all_named = [
        f"{gpu.name}, {unknown if gpu.total_bytes is None else units.size(gpu.total_bytes)}" for gpu in readings
    ]
    named = [f"{count} × {words}" if count > 1 else words for words, count in Counter(all_named).items()]
    named += [f"{name}, whose memory is not read here" for name in gpus.unread]
    if gpus.note and gpus.note != UNIFIED:
        return Check(subject="GPU", ok=False, words="; ".join([*named, gpus.note]))
    return Check(subject="GPU", ok=True, words=", ".join(named) or "no GPU was found; models run on the CPU")


def energy_in_words(counters: Counters) -> str:
    """Write which counters measure the energy of models here, and why one of them cannot."""
    problem = counters.rapl.problem
    sources = [f"{units.count(gpus)} GPU"] if (gpus := len(counters.gpus.read())) else []
    sources += [] if problem else ["the processor (RAPL)"]
    counted = f"counted by {' and '.join(sources)}" if sources else ""
    advice = f'{problem}; "watts" in models.json can stand in' if problem else ""
    return "; ".join(part for part in (counted, advice) if part)


async def _library(config: Config, cache_folder: Path | None, endpoint: Endpoint | None) -> list[Check]:
    places = places_for(config, cache_folder, () if endpoint is None else (endpoint,))
    async with open_library(places) as library:
        listing = await library.refresh()
        offered = sum(model.catalog is not None for model in listing.models)
        since = f"the list is of {listing.as_of}" if listing.as_of else "models on the disk run without it"
        catalogue = (
            f"{listing.problem}; {since}" if listing.problem else f"it answers; builds for this machine: {offered}"
        )
        return [
            await _local_servers(config),
            await _providers(library),
            *_caches(library, places.cache),
            Check(subject="proxy", ok=True, words=proxy_in_words(proxies())),
            Check(subject="catalogue", ok=not listing.problem, words=catalogue, needed=False),
            *await _models(library, places.endpoints),
            _app_data(),
        ]


async def _local_servers(config: Config) -> Check:
    """Suggest the servers of this machine that list models and that the configuration does not name."""
    servers = await unnamed_local_servers(config.endpoints)
    found = ", ".join(f"{server.address} ({counted(server.models, 'model')})" for server in servers)
    words = f'{found}; "--endpoint local" uses them' if found else "no other server with models was found here"
    return Check(subject="servers here", ok=True, words=words, needed=False)


async def _providers(library: FoundryLibrary) -> Check:
    try:
        providers = await library.providers()
    except LibraryError as error:
        return Check(subject="execution providers", ok=False, words=str(error))
    words = ", ".join(_provider_in_words(provider) for provider in providers)
    missing = [provider for provider in providers if not provider.registered and provider.offered]
    if missing:
        short = missing[0].name.removesuffix("ExecutionProvider").lower()
        words += f'; builds for the GPU need it: "benchtop providers add {short}"'
    return Check(subject="execution providers", ok=not any(provider.note for provider in missing), words=words)


def _provider_in_words(provider: ExecutionProvider) -> str:
    if provider.registered:
        return provider.name
    remark = provider.note or "can be added"
    return f"{provider.name} ({remark})"


def _caches(library: FoundryLibrary, own: Path) -> Iterator[Check]:
    """Check the room on the disk of the ``own`` cache, and every cache for broken models."""
    free_bytes = disk_space.free_bytes(own)
    room = f"{units.size(free_bytes)} free on the disk"
    enough = free_bytes is None or free_bytes >= _LEAST_DISK_BYTES
    advice = "; make room, or name another disk with --model-cache-dir"
    yield Check(subject="disk", ok=enough, words=f"{own}: {room}{'' if enough else advice}")
    yield from path_check(own, takes_long_paths())
    for cache in library.caches:
        words = f"{cache.folder}: {cache.models} models, {units.size(cache.disk_bytes)}"
        broken = f', {cache.broken} half here or broken: see "benchtop models --cached"' if cache.broken else ""
        yield Check(subject="cache", ok=not cache.broken, words=words + broken)


def path_check(cache: Path, long_paths: bool | None) -> Iterator[Check]:
    """Check, where a path has a greatest length, that the files of a model fit below the cache."""
    if long_paths is None:
        return
    allowed = "longer than 260 characters can be used" if long_paths else "have at most 260 characters here"
    fits = long_paths or len(str(cache)) + _LONGEST_BELOW_CACHE <= _LONGEST_PATH
    advice = (
        f", and those of a model's files in {cache} can be longer; name a shorter folder with --model-cache-dir, or "
        f"run as administrator: {_ALLOW_LONG_PATHS}"
    )
    yield Check(subject="paths", ok=fits, words=allowed if fits else allowed + advice, needed=False)


def proxy_in_words(proxies: Mapping[str, str]) -> str:
    """Write which proxies the catalogue, downloads and servers elsewhere are asked through."""
    if not proxies:
        return "none; the network is asked directly"
    ways = " and ".join(f"{scheme} through {address}" for scheme, address in proxies.items())
    return f"{ways}; servers on this machine are asked directly"


async def _models(library: FoundryLibrary, endpoints: Sequence[Endpoint]) -> list[Check]:
    """Count what ``benchtop models --runnable`` lists, with the models of servers, and tell which did not answer."""
    servers = EndpointModels(endpoints, paths.endpoints_file())
    await servers.refresh()
    models = (*library.listing().models, *servers.models)
    ready = [model for model in models if model.state is ModelState.READY]
    own = [model.key for model in ready if not model.practice]
    practice = counted(len(ready) - len(own), "practice model")
    shown = [*own[:_MOST_NAMED], *([f"{counted(len(own) - _MOST_NAMED, 'more', 'more')}"] if own[_MOST_NAMED:] else [])]
    words = f"{len(ready)} can be run: {', '.join([*shown, practice])}" if own else f"{practice} can be run, no other"
    advice = "lists them" if own else "lists what can be downloaded"
    command = "benchtop models --runnable" if own else "benchtop models"
    problems = [Check(subject="servers", ok=False, words=problem, needed=False) for problem in servers.problems]
    return [Check(subject="models", ok=True, words=f'{words}; "{command}" {advice}'), *problems]


def _app_data() -> Check:
    """Check that a file can be written into the folder of Benchtop's own data, which has the history."""
    folder = paths.app_data_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError as error:
        words = f"{folder} cannot be written ({error.strerror}); make it writable, or set {paths.HOME_VARIABLE}"
        return Check(subject="app data", ok=False, words=words)
    return Check(subject="app data", ok=True, words=str(folder))
