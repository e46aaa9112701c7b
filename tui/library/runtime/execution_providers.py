"""The execution providers of this machine: those that the runtime offers, and those that were added."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from tui.engines.foundry import providers
from tui.engines.foundry.providers import CPU_PROVIDER, short_name
from tui.library.protocol import LibraryError
from tui.records import Model, ModelState
from tui.records.library import ExecutionProvider
from tui.system.libraries import damage_of


def listed(offered: Iterable[str]) -> tuple[ExecutionProvider, ...]:
    """The CPU, then what the runtime offers on this machine, then what was added and is offered no longer.

    A provider whose library is named in the variable of another that is offered counts as offered.
    """
    names = dict.fromkeys(name for name in offered if name != CPU_PROVIDER)
    names |= dict.fromkeys(providers.named_in_variables(names))
    added = (name for name in providers.added_providers() if name not in names)
    cpu = ExecutionProvider(name=CPU_PROVIDER, registered=True)
    return (
        cpu,
        *(_provider(name, offered=True) for name in names),
        *(_provider(name, offered=False) for name in added),
    )


def find(name: str, among: Iterable[ExecutionProvider]) -> ExecutionProvider:
    """The provider with this name, which may be short and in lower case: ``cuda`` for ``CUDAExecutionProvider``.

    Raises:
        LibraryError: there is none.
    """
    listed_ones = tuple(among)
    for provider in listed_ones:
        if name.casefold() in (provider.name.casefold(), short_name(provider.name).casefold()):
            return provider
    others = ", ".join(short_name(provider.name).lower() for provider in listed_ones if provider.name != CPU_PROVIDER)
    offered = f"it offers {others}" if others else "it offers none but the CPU"
    raise LibraryError(f'the runtime does not offer "{name}" on this machine; {offered}.')


def check_addable(name: str) -> None:
    """Refuse to add a provider that the runtime would not download.

    Raises:
        LibraryError: a variable names a library, which the runtime takes instead.
    """
    if library := providers.library_in_variable(name):
        variable = providers.LIBRARY_VARIABLES[name]
        raise LibraryError(
            f"{short_name(name)} is not downloaded while the environment variable {variable} names a library "
            f"({library}); unset it first."
        )


def note_added(name: str) -> None:
    """Write down that a provider was added.

    Raises:
        LibraryError: the note cannot be written.
    """
    try:
        providers.note_added(name)
    except OSError as error:
        raise LibraryError(f"{error.filename} cannot be written ({error.strerror}).") from error


def remove(name: str) -> None:
    """Remove the files and the note of a provider.

    Raises:
        LibraryError: it was not added, or its files cannot be removed.
    """
    try:
        removed = providers.remove_added(name)
    except OSError as error:
        raise LibraryError(f"{error.filename} cannot be removed ({error.strerror}).") from error
    if not removed:
        raise LibraryError(f"{short_name(name)} has not been added, so that there is nothing to remove.")


def on_device(model: Model, device: str) -> Model:
    """The same build on another device; the model as it is if that is its own.

    Raises:
        LibraryError: another program runs the model, or no provider for the device is here.
    """
    if not model.traits.on_disk:
        raise LibraryError(f"{model.key} is not run by Foundry Local, so that its device cannot be chosen.")
    own = (model.variant or "cpu").partition(":")[0].rpartition("-")[2]
    chosen = model if device == own else replace(model, run_on=device)
    provider = providers.provider_of_device(chosen)
    if provider is not None:
        chosen = replace(chosen, execution_provider=provider)
    lacking = providers.lacking_provider(chosen)
    if lacking is not None:
        raise LibraryError(f"{model.key} cannot be run on the {device}: {lacking}.")
    return replace(chosen, state=ModelState.READY)


def _provider(name: str, *, offered: bool) -> ExecutionProvider:
    problem = providers.problem_of(name)
    note = ""
    if library := providers.named_by_variable(name):
        damage = damage_of(Path(library))
        note = f"its library is {library}, named by an environment variable" + (f", and {damage}" if damage else "")
    elif other := providers.library_in_variable(name):
        note = f"its environment variable {providers.LIBRARY_VARIABLES[name]} names another library, {other}"
    elif problem is None and not offered:
        note = "was added, but the runtime does not offer it on this machine now"
    elif name in providers.added_providers():
        note = (problem or "").removeprefix("which ")
    return ExecutionProvider(name=name, registered=problem is None and offered, offered=offered, note=note)
