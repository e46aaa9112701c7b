"""The columns of the catalogue: what a cell says, what a column sorts by, and which columns there is room for."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tui.panes.catalogue.builds import Build, CatalogueRow, Status
from tui.panes.widgets.columns import GAP, Column, fit_columns
from tui.panes.widgets.styles import FIT_TONES, Tone
from tui.records import Fit
from tui.text import units

NAME_LEAST, NAME_MOST = 20, 36
MARK_CELLS: Final = 2
"""Before a name: whether builds are folded under it."""
_DIGITS: Final = re.compile(r"(\d+)")
_DEVICES: Final = ("cpu", "gpu", "npu")
_FITS: Final = tuple(Fit)
_STATUS_TONES: Final = {
    Status.LOADED: Tone.SUCCESS,
    Status.DOWNLOADING: Tone.PRIMARY,
    Status.STALLED: Tone.WARNING,
    Status.WAITING: Tone.PRIMARY,
    Status.PAUSED: Tone.WARNING,
    Status.FAILED: Tone.ERROR,
    Status.CACHED: Tone.SUCCESS,
    Status.PARTIAL: Tone.WARNING,
    Status.BROKEN: Tone.ERROR,
    Status.AVAILABLE: Tone.MUTED,
    Status.MISSING: Tone.MUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedColumn(Column[CatalogueRow]):
    """A column that the rows can be sorted by."""

    value: Callable[[CatalogueRow], Any]
    """What it sorts by; ``None`` is unknown, and comes last."""


@functools.lru_cache(maxsize=8192)
def natural(text: str) -> tuple[str | int, ...]:
    """A key to sort names by, with the numbers in them as numbers: 7b comes before 14b."""
    return tuple(int(part) if place % 2 else part for place, part in enumerate(_DIGITS.split(text.casefold())))


def _name(row: CatalogueRow) -> str:
    if row.child:
        return f"  {row.build_name}"
    return row.lead.model.key if row.several and not row.heading else row.alias


def _name_value(row: CatalogueRow) -> Any:
    return natural(row.build_name if row.child else row.alias)


def _disk_bytes(row: CatalogueRow) -> int | None:
    return sum(build.disk_bytes or 0 for build in row.builds) or None


def _devices(row: CatalogueRow) -> str:
    devices = {build.device for build in row.builds if build.device}
    known = [device for device in _DEVICES if device in devices]
    return " ".join([*known, *sorted(devices.difference(known))])


def _provider(row: CatalogueRow) -> str:
    return " ".join(dict.fromkeys(build.provider for build in row.builds if build.provider))


def _of_lead(read: Callable[[Build], Any]) -> Callable[[CatalogueRow], Any]:
    """What the build says that stands for the row; words of no letters count as unknown."""
    return lambda row: read(row.lead) or None


def _text(read: Callable[[Build], str | None]) -> Callable[[CatalogueRow], str]:
    return lambda row: read(row.lead) or units.UNKNOWN


def _fit_value(row: CatalogueRow) -> int | None:
    fit = row.lead.fit
    return None if fit is None else _FITS.index(fit)


def _fit_tone(row: CatalogueRow) -> Tone:
    fit = row.lead.fit
    return Tone.FAINT if fit is None else FIT_TONES[fit]


COLUMNS: Final[tuple[SortedColumn, ...]] = (
    SortedColumn(
        id="name",
        label=" " * MARK_CELLS + "Name",
        width=NAME_LEAST,
        text=_name,
        value=_name_value,
        tone=lambda _: Tone.PLAIN,
    ),
    SortedColumn(
        id="state",
        label="State",
        width=16,
        text=lambda row: row.lead.state_text,
        value=lambda row: row.lead.nearness,
        tone=lambda row: _STATUS_TONES[row.lead.status],
    ),
    SortedColumn(
        id="size",
        label="Size",
        width=8,
        text=lambda row: units.size(row.lead.size_bytes),
        value=_of_lead(lambda build: build.size_bytes),
        number=True,
    ),
    SortedColumn(
        id="disk",
        label="On disk",
        width=9,
        text=lambda row: units.size(_disk_bytes(row)),
        value=_disk_bytes,
        tone=lambda row: Tone.FAINT if _disk_bytes(row) is None else Tone.PLAIN,
        number=True,
    ),
    SortedColumn(
        id="fit",
        label="Memory",
        width=12,
        text=_text(lambda build: build.fit.value if build.fit else None),
        value=_fit_value,
        tone=_fit_tone,
    ),
    SortedColumn(
        id="device",
        label="Device",
        width=11,
        text=lambda row: _devices(row) or units.UNKNOWN,
        value=lambda row: _devices(row) or None,
    ),
    SortedColumn(
        id="provider",
        label="Runs with",
        width=11,
        text=lambda row: _provider(row) or units.UNKNOWN,
        value=lambda row: _provider(row) or None,
    ),
    SortedColumn(
        id="context",
        label="Context",
        width=9,
        text=lambda row: units.count(row.lead.model.context_tokens),
        value=_of_lead(lambda build: build.model.context_tokens),
        number=True,
    ),
    SortedColumn(
        id="capabilities",
        label="Capabilities",
        width=23,
        text=_text(lambda build: ", ".join(build.model.capabilities)),
        value=_of_lead(lambda build: build.model.capabilities),
    ),
    SortedColumn(
        id="license",
        label="Licence",
        width=12,
        text=_text(lambda build: build.model.license),
        value=_of_lead(lambda build: (build.model.license or "").casefold()),
    ),
    SortedColumn(
        id="publisher",
        label="Publisher",
        width=12,
        text=_text(lambda build: build.publisher),
        value=_of_lead(lambda build: build.publisher.casefold()),
    ),
    SortedColumn(
        id="version",
        label="Version",
        width=9,
        text=lambda row: units.count(row.lead.version),
        value=_of_lead(lambda build: build.version),
        number=True,
    ),
)
PRIORITY: Final = (
    "name",
    "state",
    "size",
    "device",
    "fit",
    "disk",
    "context",
    "license",
    "capabilities",
    "publisher",
    "provider",
    "version",
)
"""The order in which columns are given room: the last are the first to go."""


def fit_catalogue_columns(
    width: int, names: int = NAME_LEAST, *, without: Sequence[str] = ()
) -> list[tuple[Column[CatalogueRow], int]]:
    """The columns that fit into ``width`` cells, each with its width; what is left over goes to the name.

    ``names`` is how many cells the longest name takes: it gets them where there is room.
    """
    promised = max(0, min(names, NAME_MOST, width // 4) - NAME_LEAST)
    kept = [name for name in PRIORITY if name not in without]
    (name, least), *others = fit_columns(COLUMNS, kept, width - promised, ())
    left = width - least - sum(GAP + cells for _, cells in others)
    return [(name, min(NAME_MOST, least + max(0, left))), *others]
