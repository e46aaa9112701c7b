"""The models of the public catalogue, from its last answer that the runtime keeps: without runtime and network."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from tui import paths
from tui.engines.foundry.catalogue_file import CatalogueEntry, read_entries
from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.engines.model_ids import parse_model_id
from tui.library import purpose
from tui.records import CatalogueFacts, Model, ModelState

_MIB: Final = 1024 * 1024
_MOST_MB: Final = 10**8
"""No model is larger by far: a larger number counts as unknown."""
_ADDRESS: Final = re.compile(r"https?://[^\s)\]>\"']+")


def read(cache: Path) -> tuple[Model, ...]:
    """Every build in the snapshot of this cache as a model that could be downloaded; empty if there is no snapshot."""
    return tuple(_model(entry, entry.alias) for entry in read_entries(cache) if entry.alias)


def written_at(cache: Path) -> str | None:
    """The time at which the snapshot was taken, ISO 8601 UTC; ``None`` if there is none."""
    try:
        seconds = (cache / SNAPSHOT_FILE).stat().st_mtime
    except OSError:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def copy_snapshot(source: Path, cache: Path) -> bool:
    """Put the snapshot of one cache into another; false if the source has none that can be read.

    Raises:
        OSError: the cache cannot be written.
    """
    if not read(source):
        return False
    paths.write_atomically(cache / SNAPSHOT_FILE, (source / SNAPSHOT_FILE).read_bytes(), make_folder=True)
    return True


def _model(entry: CatalogueEntry, alias: str) -> Model:
    device = (entry.runtime.device_type or "").lower()
    if not device.isalnum():
        device = (parse_model_id(entry.id).device or "").rpartition("-")[2]
    megabytes = _positive(entry.file_size_mb)
    size = megabytes * _MIB if megabytes is not None and megabytes <= _MOST_MB else None
    made_for, sees_images = purpose.purpose_of_entry(entry), purpose.entry_sees_images(entry)
    return Model(
        alias=alias,
        variant=device or None,
        model_id=entry.id,
        state=ModelState.AVAILABLE,
        size_bytes=size,
        context_tokens=_positive(entry.int_properties.get("context_length")),
        execution_provider=entry.runtime.execution_provider or None,
        license=entry.license,
        capabilities=_capabilities(entry),
        purpose=made_for,
        sees_images=sees_images,
        catalog=_facts(entry, size),
        note=purpose.note_on(made_for, task=entry.task, sees_images=sees_images),
    )


def _facts(entry: CatalogueEntry, size: int | None) -> CatalogueFacts:
    return CatalogueFacts(
        alias=entry.alias,
        display_name=entry.display_name,
        publisher=entry.publisher,
        version=entry.version,
        created_at=_time_of(entry.created_at),
        task=entry.task,
        download_bytes=size,
        max_output_tokens=_positive(entry.max_output_tokens),
        license_description=entry.license_description,
        license_url=_address_in(entry.license_description),
        model_type=entry.model_type,
        inputs=_words_in(entry.string_properties.get("input_modalities")),
        outputs=_words_in(entry.string_properties.get("output_modalities")),
        uri=entry.uri,
    )


def _capabilities(entry: CatalogueEntry) -> tuple[str, ...]:
    """The capabilities that the catalogue lists in words, and the two that it has fields of their own for."""
    capabilities = list(_words_in(entry.string_properties.get("capabilities")))
    if entry.supports_tool_calling:
        capabilities.append("tool-calling")
    if entry.supports_reasoning:
        capabilities.append("reasoning")
    return tuple(dict.fromkeys(capabilities))


@lru_cache
def _words_in(text: str | None) -> tuple[str, ...]:
    return tuple(word for part in (text or "").split(",") if (word := part.strip()))


def _positive(number: int | None) -> int | None:
    return number if number is not None and number > 0 else None


@lru_cache
def _address_in(text: str | None) -> str | None:
    match = _ADDRESS.search(text or "")
    return match[0].rstrip(".,;") if match else None


@lru_cache
def _time_of(seconds: int | None) -> str | None:
    if not seconds or seconds < 0:
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return None
