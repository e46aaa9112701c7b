"""Registers the execution providers that were added to this machine, in the child that is about to load a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from tui.engines.foundry import provider_log, providers
from tui.system import LINUX
from tui.system.machine import library_opens

_PRESENT_PERCENT: Final = 90.0
"""The first progress that the runtime reports for a provider whose files are here."""


class OfferedProvider(Protocol):
    """A provider as the runtime offers it."""

    @property
    def name(self) -> str: ...


class RegistrationResult(Protocol):
    """What the runtime reports of a registration; its ``status`` is always the same word."""

    @property
    def success(self) -> bool: ...


class ProviderRuntime(Protocol):
    """The part of the runtime that is used here."""

    def discover_eps(self) -> Sequence[OfferedProvider]: ...
    def download_and_register_eps(
        self, names: list[str], progress_callback: Callable[[str, float], None]
    ) -> RegistrationResult: ...


class WouldDownloadError(Exception):
    """A provider is not on this machine, and only a person may have it downloaded."""


@dataclass(frozen=True, slots=True)
class Registration:
    """The execution providers of this process, after those that were added have been registered."""

    registered: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    """The providers whose files are not here, or are of no use to the runtime of today."""
    failed: tuple[str, ...] = ()
    """The providers that are here but do not start."""

    def reason_for(self, refusal: str, needed: str | None, logs: Path) -> str | None:
        """Why a model does not load, where a provider is the reason; the runtime says "not registered" of each case."""
        if "No supported adapters" in refusal:
            return "it needs WebGpu, which finds no graphics card that it can use: install a Vulkan driver for it"
        if "which is not registered" not in refusal:
            return None
        named = refusal.partition(" requires ")[2].partition(" ")[0] or needed or "a provider"
        short = providers.short_name(named)
        add = f'"benchtop providers add {short.lower()}"'
        warning = provider_log.last_warning(logs) if self.failed else ""
        # Files that are damaged or of another version are no reason to the runtime: it tries to download them anew.
        wants_download = "download failed" in warning
        if warning and not wants_download:
            return f"it needs {short}, which does not start here: {warning}"
        problem = providers.problem_of(named)
        if problem is None and (wants_download or named in self.absent):
            return f"it needs {short}, whose files are missing, damaged or of another version: add it again, {add}"
        if problem is None and self.registered:
            return f"it needs {short}, which is here but finds no device of its kind"
        return f"it needs {short}, {problem or 'which the runtime does not offer on this machine'}"


def register_added(runtime: ProviderRuntime, refusal: type[Exception]) -> Registration:
    """Register the providers that were added to this machine; nothing is downloaded.

    The runtime, which raises ``refusal``, has no such call. It reports a progress of 90 % at once for what is on the
    disk, and less for a download, which is refused at its first report.
    """
    registered, absent, failed = list[str](), list[str](), list[str]()

    def refuse_download(_name: str, percent: float) -> None:
        if percent < _PRESENT_PERCENT:
            raise WouldDownloadError

    for offered in runtime.discover_eps():
        if not providers.can_be_tried(offered.name):
            absent.append(offered.name)
            continue
        try:
            result = runtime.download_and_register_eps([offered.name], refuse_download)
        except (refusal, WouldDownloadError):
            absent.append(offered.name)
        else:
            (registered if result.success else failed).append(offered.name)
    return Registration(tuple(registered), tuple(absent), tuple(failed))


def missing_libraries(name: str) -> tuple[str, ...]:
    """The libraries of the system that a provider opens and that cannot be opened; known for CUDA on Linux alone."""
    if name != providers.CUDA_PROVIDER or not LINUX or providers.named_by_variable(name):
        return ()
    return tuple(library for library in providers.CUDA_LIBRARIES if not library_opens(library))
