"""The snapshot of the public catalogue that the runtime keeps in its cache, read record by record."""

from __future__ import annotations

import contextlib
from pathlib import Path

import msgspec

from tui.engines.foundry.model_files import SNAPSHOT_FILE, read_bytes
from tui.engines.model_ids import can_be_a_folder


class BuildRuntime(msgspec.Struct, frozen=True, rename="camel"):
    """The device and the execution provider that a build is made for."""

    device_type: str | None = None
    execution_provider: str | None = None


class CatalogueEntry(msgspec.Struct, frozen=True, rename="camel"):
    """The part of the catalogue's record of one build that is used here; the runtime writes more."""

    id: str
    alias: str | None = None
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
    """When the build was published, in seconds since the epoch."""
    supports_tool_calling: bool | None = None
    supports_reasoning: bool | None = None
    runtime: BuildRuntime = BuildRuntime()
    int_properties: dict[str, int] = {}
    string_properties: dict[str, str] = {}


class _Snapshot(msgspec.Struct, frozen=True):
    models: list[msgspec.Raw] = []


_snapshots = msgspec.json.Decoder(_Snapshot)
_entries = msgspec.json.Decoder(CatalogueEntry)


def read_entries(cache: Path) -> tuple[CatalogueEntry, ...]:
    """Every record in the snapshot of this cache; empty if there is no snapshot that can be read.

    A record that is not in the runtime's form, or whose name leads out of the cache, is left out, and the rest is read.
    """
    try:
        records = _snapshots.decode(read_bytes(cache / SNAPSHOT_FILE)).models
    except (OSError, ValueError, RecursionError):
        return ()
    entries: list[CatalogueEntry] = []
    for record in records:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            entries.append(_entries.decode(record))
    return tuple(entry for entry in entries if can_be_a_folder(entry.id))
