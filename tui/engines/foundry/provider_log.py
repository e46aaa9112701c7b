"""Reads the runtime's log for what its calls do not tell: which provider ran, and why one was not added."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tui.engines.foundry.model_files import read_bytes

DETAIL_MARKS: Final = ("[debug]", "[info]")
"""The lines of the log that begin with one of these are there for this module alone."""
_RAN: Final = re.compile(r"\[Telemetry\] Model .*\bEP=(\w+)")
_WARNING: Final = re.compile(r"\[(?:warning|error)\] (.*)")
_OF_PROVIDER: Final = re.compile(r"\bEP\b|HTTP download")
_SUMMARIES: Final = ("Failed to download or register", "ORT registration failed")
"""What the runtime writes after the reason itself, which it gives in an earlier line."""
_CAUSE: Final = re.compile(r"RegisterExecutionProviderLibrary failed for '\w+': (.*)")
_LOADER: Final = re.compile(r"Failed to load library (?P<library>.+?) with error: (?:(?P=library): )?(?P<words>.*)")
_NO_PROVIDER: Final = re.compile(r"Failed to get symbol \w+ with error: (.+?): undefined symbol")
_WRITTEN_WITHIN_S: Final = 0.5
_LOOK_EVERY_S: Final = 0.01
_NO_REASON: Final = "the runtime does not say why"


def provider_that_ran(logs: Path) -> str | None:
    """The provider that the last request in the log ran with; ``None`` if the log does not tell."""
    providers = [match[1] for line in _lines(logs) if (match := _RAN.search(line))]
    return providers[-1] if providers else None


def await_provider(logs: Path) -> str | None:
    """The provider that the last request ran with, as soon as the runtime's own thread has written it into the log."""
    due_s = time.monotonic() + _WRITTEN_WITHIN_S
    while (provider := provider_that_ran(logs)) is None and time.monotonic() < due_s:
        time.sleep(_LOOK_EVERY_S)
    return provider


def last_warning(logs: Path) -> str:
    """The last reason in the log why a provider was not added or does not start, in words that end a sentence."""
    warnings = [match[1].strip() for line in _lines(logs) if (match := _WARNING.search(line))]
    told = [warning for warning in warnings if _OF_PROVIDER.search(warning)]
    reasons = [warning for warning in told if not any(words in warning for words in _SUMMARIES)] or told[-1:]
    return _in_words(reasons[-1]).rstrip(".") if reasons else _NO_REASON


def _in_words(warning: str) -> str:
    """A warning without the name of the provider in front of it, as in ``CUDA EP: download failed``."""
    if cause := _CAUSE.search(warning):
        if found := _LOADER.search(cause[1]):
            return f"its library {found['library']} cannot be opened: {found['words']}"
        found = _NO_PROVIDER.search(cause[1])
        return f"{found[1]} is no library of an execution provider" if found else cause[1]
    head, mark, rest = warning.partition("EP: ")
    return rest if mark and " " not in head.strip() else warning


def _lines(logs: Path) -> Iterator[str]:
    for file in sorted(logs.glob("*.log")):
        try:
            yield from read_bytes(file).decode("utf-8", "replace").splitlines()
        except (OSError, ValueError):
            continue
