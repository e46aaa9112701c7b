"""The columns of the catalogue: their cells, what the rows are sorted by, and which of them fit into a width."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tui.panes.catalogue.builds import Build, BuildStatus, CatalogueRow
from tui.panes.widgets.columns import GAP, Column, fit_columns
from tui.panes.widgets.styles import Tone, fit_tone, fit_words
from tui.records import Fit, ModelPurpose
from tui.text import units

NAME_LEAST, NAME_MOST = 20, 40
MARK_CELLS: Final = 2
"""The cells in front of a name for the mark that shows whether its builds are folded."""
_DIGITS: Final = re.compile(r"(\d+)")
_DEVICES: Final = ("cpu", "gpu", "npu")
_FITS: Final = tuple(Fit)
_STATUS_TONES: Final = {
    BuildStatus.LOADED: Tone.SUCCESS,
    BuildStatus.DOWNLOADING: Tone.PRIMARY,
    BuildStatus.STALLED: Tone.WARNING,
    BuildStatus.WAITING: Tone.PRIMARY,
    BuildStatus.PAUSED: Tone.WARNING,
    BuildStatus.FAILED: Tone.ERROR,
    BuildStatus.CACHED: Tone.SUCCESS,
    BuildStatus.NO_PROVIDER: Tone.WARNING,
    BuildStatus.PARTIAL: Tone.WARNING,
    BuildStatus.NOT_TEXT: Tone.MUTED,
    BuildStatus.BROKEN: Tone.ERROR,
    BuildStatus.AVAILABLE: Tone.MUTED,
    BuildStatus.NOT_HERE: Tone.MUTED,
    BuildStatus.MISSING: Tone.MUTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedColumn(Column[CatalogueRow]):
    """A column that the rows can be sorted by."""

    value: Callable[[CatalogueRow], Any]
    """What the rows are sorted by; rows for which it is ``None``, unknown, come last."""


@functools.lru_cache(maxsize=8192)
def natural_key(text: str) -> tuple[str | int, ...]:
    """Return a key that sorts names with their numbers as numbers: 7b comes before 14b."""
    return tuple(int(part) if index % 2 else part for index, part in enumerate(_DIGITS.split(text.casefold())))


def name_of(row: CatalogueRow) -> str:
    """Return the name of a row: of an alias, or of one of its builds."""
    if row.is_child:
        return f"  {row.build_name}"
    return row.lead.model.key if row.of_several and not row.is_group else row.alias


def _name_value(row: CatalogueRow) -> Any:
    return natural_key(row.build_name if row.is_child else row.alias)


def _disk_bytes(row: CatalogueRow) -> int | None:
    return sum(build.disk_bytes or 0 for build in row.builds) or None


def _devices(row: CatalogueRow) -> str:
    devices = {build.device for build in row.builds if build.device}
    usual = [device for device in _DEVICES if device in devices]
    return " ".join([*usual, *sorted(devices.difference(usual))])


def _provider(row: CatalogueRow) -> str:
    return " ".join(dict.fromkeys(build.provider for build in row.builds if build.provider))


def _lead_value(read: Callable[[Build], Any]) -> Callable[[CatalogueRow], Any]:
    """Read a value of the row's leading build to sort by, with an empty text as unknown."""
    return lambda row: read(row.lead) or None


def _lead_text(read: Callable[[Build], str | None]) -> Callable[[CatalogueRow], str]:
    return lambda row: read(row.lead) or units.UNKNOWN


def _abilities(build: Build) -> str:
    """The capabilities of a build; of one that is not made for text the purpose, which excludes them."""
    purpose = build.model.purpose
    return ", ".join(build.model.capabilities) if purpose is ModelPurpose.TEXT else purpose.value


def _few_abilities(build: Build) -> str:
    """The first capability, and how many there are besides."""
    first, *others = _abilities(build).split(", ")
    return f"{first} +{len(others)}" if others else first


def _fit_value(row: CatalogueRow) -> int | None:
    fit = row.lead.fit
    return None if fit is None else _FITS.index(fit)


def _fit_tone(row: CatalogueRow) -> Tone:
    build = row.lead
    return Tone.FAINT if build.fit is None else fit_tone(build.fit, build.context_that_fits)


COLUMNS: Final[tuple[SortedColumn, ...]] = (
    SortedColumn(
        id="name",
        label=" " * MARK_CELLS + "Name",
        width=NAME_LEAST,
        text=name_of,
        value=_name_value,
        tone=lambda _: Tone.PLAIN,
    ),
    SortedColumn(
        id="state",
        label="State",
        width=16,
        text=lambda row: row.lead.state_text,
        value=lambda row: row.lead.status_rank,
        tone=lambda row: _STATUS_TONES[row.lead.status],
    ),
    SortedColumn(
        id="size",
        label="Size",
        width=8,
        text=lambda row: units.size(row.lead.size_bytes),
        value=_lead_value(lambda build: build.size_bytes),
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
        text=_lead_text(lambda build: fit_words(build.fit, build.context_that_fits) if build.fit else None),
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
        value=_lead_value(lambda build: build.model.context_tokens),
        number=True,
    ),
    SortedColumn(
        id="capabilities",
        label="Capabilities",
        width=23,
        text=_lead_text(_abilities),
        short_text=_lead_text(_few_abilities),
        value=_lead_value(lambda build: build.model.capabilities),
    ),
    SortedColumn(
        id="license",
        label="Licence",
        width=12,
        text=_lead_text(lambda build: build.model.license),
        value=_lead_value(lambda build: (build.model.license or "").casefold()),
    ),
    SortedColumn(
        id="publisher",
        label="Publisher",
        width=12,
        text=_lead_text(lambda build: build.publisher),
        value=_lead_value(lambda build: build.publisher.casefold()),
    ),
    SortedColumn(
        id="version",
        label="Version",
        width=9,
        text=lambda row: units.count(row.lead.version),
        value=_lead_value(lambda build: build.version),
        number=True,
    ),
)
PRIORITY: Final = (
    "name",
    "state",
    "size",
    "fit",
    "device",
    "disk",
    "context",
    "license",
    "capabilities",
    "publisher",
    "provider",
    "version",
)
"""The order in which columns are given room: on a narrow screen the last are left out first."""
_ALWAYS: Final = PRIORITY.index("fit") + 1
"""The columns that a long name takes no room from: whether a model fits is asked before its whole name."""


def fit_catalogue_columns(
    width: int, longest_name: int = NAME_LEAST, *, without: Sequence[str] = ()
) -> list[tuple[Column[CatalogueRow], int]]:
    """Return the columns that fit into ``width`` cells, each with its width; cells left over go to the name.

    ``longest_name`` is how many cells the longest name takes. The name gets them as far as the columns that matter
    most leave room.
    """
    columns = {column.id: column for column in COLUMNS}
    before_name = width - sum(columns[name].width + GAP for name in PRIORITY[1:_ALWAYS] if name not in without)
    reserved = max(0, min(longest_name, NAME_MOST, width // 2, before_name) - NAME_LEAST)
    priority = [column_id for column_id in PRIORITY if column_id not in without]
    (name, least), *others = fit_columns(COLUMNS, priority, width - reserved, ())
    left = width - least - sum(GAP + cells for _, cells in others)
    return [(name, min(NAME_MOST, least + max(0, left))), *others]
