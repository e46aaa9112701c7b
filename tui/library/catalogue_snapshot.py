"""The public catalogue as the runtime last wrote it down: read without the runtime, and without a network."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec

from tui.library.model_folders import SNAPSHOT_FILE
from tui.records import CatalogueFacts, Model, ModelState

_MIB: Final = 1024 * 1024
_ADDRESS: Final = re.compile(r"https?://[^\s)\]>\"']+")


class _Runtime(msgspec.Struct, frozen=True, rename="camel"):
    device_type: str | None = None
    execution_provider: str | None = None


class _Entry(msgspec.Struct, frozen=True, rename="camel"):
    """What is read of one build; the runtime writes more."""

    id: str
    alias: str
    version: int | None = None
    display_name: str | None = None
    publisher: str | None = None
    license: str | None = None
    license_description: str | None = None
    model_type: str | None = None
    task: str | None = None
    uri: str | None = None
    file_size_mb: int | None = None
    max_output_tokens: int | None = None
    created_at: int | None = None
    supports_tool_calling: bool | None = None
    supports_reasoning: bool | None = None
    runtime: _Runtime = _Runtime()
    int_properties: dict[str, int] = {}
    string_properties: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True):
    models: list[msgspec.Raw] = []


_file = msgspec.json.Decoder(_File)
_entry = msgspec.json.Decoder(_Entry)


def read(cache: Path) -> tuple[Model, ...]:
    """Every build in the snapshot of this cache, as one that could be downloaded; empty where there is no snapshot.

    A record that is not in the runtime's form is left out, and the rest is read.
    """
    try:
        records = _file.decode((cache / SNAPSHOT_FILE).read_bytes()).models
    except (OSError, msgspec.DecodeError):
        return ()
    return tuple(_model(entry) for entry in _entries(records))


def written_at(cache: Path) -> str | None:
    """When the snapshot was taken, ISO 8601 UTC."""
    try:
        seconds = (cache / SNAPSHOT_FILE).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def adopt(source: Path, cache: Path) -> bool:
    """Put the snapshot of one cache into another in a single step; false where there is none that can be read.

    Raises:
        OSError: the cache cannot be written.
    """
    if not read(source):
        return False
    cache.mkdir(parents=True, exist_ok=True)
    beside = cache / f".{SNAPSHOT_FILE}.{os.getpid()}"
    try:
        shutil.copyfile(source / SNAPSHOT_FILE, beside)
        beside.replace(cache / SNAPSHOT_FILE)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
    return True


def _entries(records: list[msgspec.Raw]) -> Iterator[_Entry]:
    for record in records:
        with contextlib.suppress(msgspec.DecodeError):
            entry = _entry.decode(record)
            if entry.id and entry.alias:
                yield entry


def _model(entry: _Entry) -> Model:
    device = (entry.runtime.device_type or "").lower()
    size = entry.file_size_mb * _MIB if entry.file_size_mb else None
    task = entry.task or ""
    return Model(
        alias=entry.alias,
        variant=device or None,
        model_id=entry.id,
        state=ModelState.AVAILABLE,
        size_bytes=size,
        context_tokens=_positive(entry.int_properties.get("context_length")),
        execution_provider=entry.runtime.execution_provider or None,
        license=entry.license,
        capabilities=_capabilities(entry),
        catalog=_facts(entry, size),
        note="" if not task or task.startswith("chat") else f"made for {task}, not for chat",
    )


def _facts(entry: _Entry, size: int | None) -> CatalogueFacts:
    return CatalogueFacts(
        alias=entry.alias,
        display_name=entry.display_name,
        publisher=entry.publisher,
        version=entry.version,
        created_at=_moment(entry.created_at),
        task=entry.task,
        download_bytes=size,
        max_output_tokens=_positive(entry.max_output_tokens),
        license_description=entry.license_description,
        license_url=_address(entry.license_description),
        model_type=entry.model_type,
        inputs=_words(entry.string_properties.get("input_modalities")),
        outputs=_words(entry.string_properties.get("output_modalities")),
        uri=entry.uri,
    )


def _capabilities(entry: _Entry) -> tuple[str, ...]:
    """What the catalogue names, and the two that it tells apart from the rest."""
    told = list(_words(entry.string_properties.get("capabilities")))
    if entry.supports_tool_calling:
        told.append("tool-calling")
    if entry.supports_reasoning:
        told.append("reasoning")
    return tuple(dict.fromkeys(told))


@lru_cache
def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word for part in (text or "").split(",") if (word := part.strip()))


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


@lru_cache
def _address(text: str | None) -> str | None:
    found = _ADDRESS.search(text or "")
    return found[0].rstrip(".,;") if found else None


@lru_cache
def _moment(seconds: int | None) -> str | None:
    if not seconds or seconds < 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return None
