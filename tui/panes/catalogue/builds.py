"""A build of a model as the catalogue shows it: what is known of it, and what happens to it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tui.records import Fit, Model, ModelState
from tui.records.library import Download, DownloadState
from tui.text import units


class Status(StrEnum):
    """What a build's row says of it; those nearest to being used come first."""

    LOADED = "loaded"
    DOWNLOADING = "downloading"
    STALLED = "stalled"
    WAITING = "waiting"
    PAUSED = "paused"
    FAILED = "failed"
    CACHED = "cached"
    PARTIAL = "partial"
    BROKEN = "broken"
    AVAILABLE = "available"
    MISSING = "missing"


_NEARNESS = {status: place for place, status in enumerate(Status)}
_OF_DOWNLOAD = {
    DownloadState.WAITING: Status.WAITING,
    DownloadState.RUNNING: Status.DOWNLOADING,
    DownloadState.STALLED: Status.STALLED,
    DownloadState.PAUSED: Status.PAUSED,
    DownloadState.FAILED: Status.FAILED,
}
_OF_MODEL = {
    ModelState.READY: Status.CACHED,
    ModelState.AVAILABLE: Status.AVAILABLE,
    ModelState.PARTIAL: Status.PARTIAL,
    ModelState.BROKEN: Status.BROKEN,
    ModelState.MISSING: Status.MISSING,
}
IN_TRANSFER = frozenset(_OF_DOWNLOAD.values())
"""Statuses of a download that has not come to its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One build with its download, if there is one."""

    model: Model
    download: Download | None = None
    loaded: bool = False
    fit: Fit | None = None

    @property
    def status(self) -> Status:
        if self.loaded:
            return Status.LOADED
        of_download = _OF_DOWNLOAD.get(self.download.state) if self.download else None
        return of_download or _OF_MODEL[self.model.state]

    @property
    def nearness(self) -> int:
        """Place of the status in the order of ``Status``."""
        return _NEARNESS[self.status]

    @property
    def state_text(self) -> str:
        """The status, with how far a download is."""
        status = self.status
        if status in (Status.DOWNLOADING, Status.PAUSED, Status.STALLED) and self.share is not None:
            return f"{status} {units.percent(self.share)}"
        if status is Status.WAITING and self.download is not None and self.download.starts_at:
            return f"{status}, {self.download.starts_at}"
        return status.value

    @property
    def share(self) -> float | None:
        """The part of the download that is here, from 0 to 1."""
        return None if self.download is None else share_of(self.download)

    @property
    def size_bytes(self) -> int | None:
        """What a download fetches, or what is known of the files."""
        catalog = self.model.catalog
        return (catalog.download_bytes if catalog else None) or self.model.size_bytes

    @property
    def disk_bytes(self) -> int | None:
        """What it takes on the disk now; ``None`` where it is not here."""
        if self.status in IN_TRANSFER and self.download is not None:
            return self.download.done_bytes or None
        here = self.model.state in (ModelState.READY, ModelState.BROKEN, ModelState.PARTIAL)
        return self.model.size_bytes if here else None

    @property
    def device(self) -> str:
        """What it runs on; the provider of the CPU tells it where the model does not."""
        return self.model.variant or ("cpu" if self.provider == "CPU" else "")

    @property
    def provider(self) -> str:
        """The execution provider, without the word that all of their names end with."""
        return (self.model.execution_provider or "").removesuffix("ExecutionProvider")

    @property
    def publisher(self) -> str:
        return (self.model.catalog.publisher if self.model.catalog else None) or ""

    @property
    def version(self) -> int | None:
        """As the catalogue says, else as the runtime's own name of the build ends."""
        if self.model.catalog is not None and self.model.catalog.version is not None:
            return self.model.catalog.version
        _, _, version = (self.model.model_id or "").rpartition(":")
        return int(version) if version.isdecimal() else None


def share_of(download: Download) -> float | None:
    """The part that is here, from 0 to 1; ``None`` while the total is unknown."""
    return min(1.0, download.done_bytes / download.total_bytes) if download.total_bytes else None


def lead_of(builds: Sequence[Build]) -> Build:
    """The build that stands for its alias: the one nearest to being used, the first of these."""
    return min(builds, key=lambda build: build.nearness)


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueRow:
    """A line of the list: one build, or an alias that stands for several."""

    builds: tuple[Build, ...]
    several: bool = False
    """Whether the alias has more than one build, of which a filter may have left one."""
    folded: bool = True
    child: bool = False
    """Whether it stands below the line of its alias."""

    @property
    def heading(self) -> bool:
        """Whether it stands for several builds."""
        return len(self.builds) > 1

    @property
    def lead(self) -> Build:
        """What the keys act on: the build nearest to being used, the first of these."""
        return lead_of(self.builds)

    @property
    def alias(self) -> str:
        return self.builds[0].model.alias

    @property
    def build_name(self) -> str:
        """What tells a build from others of its alias."""
        model = self.lead.model
        return model.key.removeprefix(model.alias) or model.model_id or model.key
