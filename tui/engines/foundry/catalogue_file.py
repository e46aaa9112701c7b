"""The snapshot of the public catalogue that the runtime keeps in its cache, read record by record."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from math import isfinite
from pathlib import Path
from typing import Any, Final, cast, get_args, get_type_hints

import msgspec
from msgspec.structs import fields

from tui.conversion import convert
from tui.engines.foundry.model_files import SNAPSHOT_FILE, read_bytes
from tui.engines.model_ids import can_be_a_folder, plain_name


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
_MOST_DIGITS: Final = 18
"""A number with more digits is none."""
_members = msgspec.json.Decoder(dict[str, object])
_KINDS: Final = {field.encode_name: get_type_hints(CatalogueEntry)[field.name] for field in fields(CatalogueEntry)}


def read_entries(cache: Path) -> tuple[CatalogueEntry, ...]:
    """Every record in the snapshot of this cache; empty if there is no snapshot that can be read.

    A record without a name, or whose name leads out of the cache, is left out, and of several with one name the last is
    taken. A member of another form than the runtime's is read as what it stands for, or counts as missing.
    """
    try:
        records = _snapshots.decode(read_bytes(cache / SNAPSHOT_FILE)).models
    except (OSError, ValueError, RecursionError):
        return ()
    entries: list[CatalogueEntry] = []
    for record in records:
        with contextlib.suppress(msgspec.DecodeError, RecursionError):
            entries.append(_entry(record))
    return tuple({entry.id: entry for entry in entries if can_be_a_folder(entry.id)}.values())


def _entry(record: msgspec.Raw) -> CatalogueEntry:
    """The record of one build; raises ``msgspec.DecodeError`` if it has no name."""
    try:
        return _named(_entries.decode(record))
    except msgspec.ValidationError:
        pass
    members = _members.decode(record)
    read = {name: _as(value, _KINDS[name]) for name, value in members.items() if name in _KINDS}
    return _named(convert({name: value for name, value in read.items() if value is not None}, CatalogueEntry))


def _named(entry: CatalogueEntry) -> CatalogueEntry:
    """The entry with an alias that can be typed, if it has one."""
    alias = plain_name(entry.alias or "") or None
    return entry if alias == entry.alias else msgspec.structs.replace(entry, alias=alias)


def _as(value: object, kind: Any) -> object:
    """The value as this kind, if it is one or stands for one: a list for its words, 8192.0 or "8192" for the number.

    Of an object the members that do not fit are left out. ``None`` if nothing fits.
    """
    if isinstance(value, dict):
        of_member = next((part for part in get_args(kind)[1:] if part is not type(None)), object)
        members = cast("Mapping[str, object]", value).items()
        value = {name: read for name, member in members if (read := _as(member, of_member)) is not None}
    return next((read for read in (value, *_stand_ins(value)) if read is not None and _fits(read, kind)), None)


def _stand_ins(value: object) -> Iterator[str | int]:
    if isinstance(value, list):
        words = (word for word in cast("list[object]", value) if isinstance(word, str))
        yield ",".join(words)
    elif isinstance(value, float) and isfinite(value):
        yield round(value)
    elif isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS:
        yield int(value)


def _fits(value: object, kind: Any) -> bool:
    try:
        convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True
