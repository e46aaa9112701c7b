"""The records that the catalogue pane lists: a build of a model with its download, and a row of one or more builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tui.records import Fit, Model, ModelState
from tui.records.library import Download, DownloadState
from tui.text import units


class BuildStatus(StrEnum):
    """The state of a build as its row shows it; the states nearest to being usable come first."""

    LOADED = "loaded"
    DOWNLOADING = "downloading"
    STALLED = "stalled"
    WAITING = "waiting"
    PAUSED = "paused"
    FAILED = "failed"
    CACHED = "cached"
    NO_PROVIDER = "no provider"
    PARTIAL = "partial"
    NOT_TEXT = "not for text"
    BROKEN = "broken"
    AVAILABLE = "available"
    NOT_HERE = "not here"
    """It is not on this machine, and whether the catalogue has it is not known, since it was never read."""
    MISSING = "missing"


_STATUS_RANKS = {status: rank for rank, status in enumerate(BuildStatus)}
_DOWNLOAD_STATUSES = {
    DownloadState.WAITING: BuildStatus.WAITING,
    DownloadState.RUNNING: BuildStatus.DOWNLOADING,
    DownloadState.STALLED: BuildStatus.STALLED,
    DownloadState.PAUSED: BuildStatus.PAUSED,
    DownloadState.FAILED: BuildStatus.FAILED,
}
_MODEL_STATUSES = {
    ModelState.READY: BuildStatus.CACHED,
    ModelState.AVAILABLE: BuildStatus.AVAILABLE,
    ModelState.NO_PROVIDER: BuildStatus.NO_PROVIDER,
    ModelState.NOT_TEXT: BuildStatus.NOT_TEXT,
    ModelState.PARTIAL: BuildStatus.PARTIAL,
    ModelState.BROKEN: BuildStatus.BROKEN,
    ModelState.MISSING: BuildStatus.MISSING,
}
IN_TRANSFER = frozenset(_DOWNLOAD_STATUSES.values())
"""The statuses of downloads that are not finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One build of a model, with its download if there is one."""

    model: Model
    download: Download | None = None
    loaded: bool = False
    fit: Fit | None = None
    context_that_fits: int | None = None
    """The largest context with which the build would fit, if it does not with its own."""
    catalogue_read: bool = True
    """Whether this machine has ever read the public catalogue."""

    @property
    def status(self) -> BuildStatus:
        if self.loaded:
            return BuildStatus.LOADED
        of_download = _DOWNLOAD_STATUSES.get(self.download.state) if self.download else None
        return of_download or (BuildStatus.NOT_HERE if self._is_unknown else _MODEL_STATUSES[self.model.state])

    @property
    def _is_unknown(self) -> bool:
        """Whether only a configuration names the build, and the catalogue was never read to tell whether it has it."""
        model = self.model
        named_only = model.catalog is None and model.folder is None and model.adapter is None
        absent = model.state in (ModelState.AVAILABLE, ModelState.MISSING)
        return not self.catalogue_read and named_only and absent

    @property
    def status_rank(self) -> int:
        """The position of the status in ``BuildStatus``: the lower, the nearer the build is to being usable."""
        return _STATUS_RANKS[self.status]

    @property
    def state_text(self) -> str:
        """The status in words, with the progress of a download."""
        status = self.status
        if status in (BuildStatus.DOWNLOADING, BuildStatus.PAUSED, BuildStatus.STALLED) and self.share is not None:
            return f"{status} {units.percent(self.share)}"
        if status is BuildStatus.WAITING and self.download is not None and self.download.starts_at:
            return f"{status}, {self.download.starts_at}"
        if status is BuildStatus.NOT_TEXT:
            return self.model.purpose.value
        return status.value

    @property
    def share(self) -> float | None:
        """The part of the download that is on the disk, from 0 to 1."""
        return None if self.download is None else downloaded_share(self.download)

    @property
    def size_bytes(self) -> int | None:
        """The size of the download if the catalogue has it, else of the files on the disk."""
        catalogue = self.model.catalog
        return (catalogue.download_bytes if catalogue else None) or self.model.size_bytes

    @property
    def disk_bytes(self) -> int | None:
        """The bytes that the build takes on the disk now; ``None`` if it is not there."""
        if self.status in IN_TRANSFER and self.download is not None:
            return self.download.done_bytes or None
        on_disk = self.model.is_complete or self.model.state in (ModelState.BROKEN, ModelState.PARTIAL)
        return self.model.size_bytes if on_disk else None

    @property
    def device(self) -> str:
        """The device that the build runs on; if the model does not name it, the CPU's execution provider does."""
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
        """The version in the catalogue, else the number at the end of the runtime's id for the build."""
        if self.model.catalog is not None and self.model.catalog.version is not None:
            return self.model.catalog.version
        _, _, version = (self.model.model_id or "").rpartition(":")
        return int(version) if version.isdecimal() else None


def downloaded_share(download: Download) -> float | None:
    """The part of a download that is on the disk, from 0 to 1; ``None`` while the total is unknown."""
    return min(1.0, download.done_bytes / download.total_bytes) if download.total_bytes else None


def lead_build(builds: Sequence[Build]) -> Build:
    """Return the build that represents its alias: the first of those nearest to being usable."""
    return min(builds, key=lambda build: build.status_rank)


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueRow:
    """A line of the list: one build, or an alias with all of its builds."""

    builds: tuple[Build, ...]
    of_several: bool = False
    """Whether the alias has several builds, even if the filter has left only one."""
    folded: bool = True
    is_child: bool = False
    """Whether the row is a build below the line of its alias."""

    @property
    def is_group(self) -> bool:
        """Whether the row is an alias with several builds."""
        return len(self.builds) > 1

    @property
    def lead(self) -> Build:
        """The build that the keys act on: the first of those nearest to being usable."""
        return lead_build(self.builds)

    @property
    def alias(self) -> str:
        return self.builds[0].model.alias

    @property
    def build_name(self) -> str:
        """The part of the build's name that differs between the builds of an alias."""
        model = self.lead.model
        return model.key.removeprefix(model.alias) or model.model_id or model.key
