"""What the catalogue's keys can do with a build, and what they ask before they do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tui import paths
from tui.panes.catalogue.builds import IN_TRANSFER, Build, BuildStatus
from tui.records import ModelState
from tui.records.library import Cache, Listing
from tui.screens.dialogs.question import ConfirmDialog
from tui.text import units

_HERE: Final = (ModelState.READY, ModelState.BROKEN, ModelState.PARTIAL)
STOPPED: Final = (BuildStatus.PAUSED, BuildStatus.FAILED)
"""Statuses of a download that goes on only when it is told to."""


def _is_cached(build: Build) -> bool:
    return not build.model.practice and build.model.state in _HERE


OFFERS: Final[dict[str, Callable[[Build], bool]]] = {
    "download": lambda build: build.status in (BuildStatus.AVAILABLE, BuildStatus.PARTIAL, *STOPPED),
    "start_at": lambda build: build.status in (BuildStatus.AVAILABLE, BuildStatus.PARTIAL),
    "pause": lambda build: build.status in IN_TRANSFER,
    "remove": lambda build: build.status in IN_TRANSFER or (_is_cached(build) and not build.model.registered),
    "verify": lambda build: build.model.folder is not None and build.status not in IN_TRANSFER,
    "unregister": lambda build: build.model.registered,
}
"""Actions that are for one build, and whether they make sense for it."""


def freshness(listing: Listing, now: datetime, *, refreshing: bool) -> str:
    """Where the list comes from, in a few words."""
    age = ""
    if listing.as_of:
        answered = datetime.fromisoformat(listing.as_of)
        age = units.ago((now - answered.replace(tzinfo=answered.tzinfo or UTC)).total_seconds())
    if refreshing:
        return f"refreshing · as of {age}" if age else "refreshing"
    if listing.problem:
        known = f"offline: list is from {age}" if age else "offline: only what is on this machine"
        return f"{known} ({listing.problem.rstrip('.')})"
    return f"as of {age}" if age else "only what is on this machine"


def words_on_caches(caches: Sequence[Cache]) -> str:
    """Where the models are, how many, and what they take on the disk."""
    if not caches:
        return ""
    models, broken = sum(cache.models for cache in caches), sum(cache.broken for cache in caches)
    where = _from_home(caches[0].folder) if len(caches) == 1 else f"{len(caches)} caches"
    parts = [where, f"{models} model{'s' if models != 1 else ''}", units.size(sum(each.disk_bytes for each in caches))]
    return " · ".join([*parts, f"{broken} broken"] if broken else parts)


def _from_home(folder: Path) -> str:
    home = paths.expanded(Path("~"))
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)


def question_before_cancelling(build: Build) -> ConfirmDialog | None:
    """What is lost; ``None`` where nothing has arrived yet."""
    if not build.disk_bytes:
        return None
    arrived = units.size(build.disk_bytes)
    return ConfirmDialog(
        "Cancel the download",
        f"{arrived} of {build.model.key} have arrived; they are removed. Pausing with p would keep them.",
        yes="Cancel and remove",
        no="Go on",
    )


def question_before_removing(build: Build) -> ConfirmDialog:
    """How much it frees, and from where."""
    folder = f"\n\n{build.model.folder}" if build.model.folder else ""
    return ConfirmDialog(
        f"Remove {build.model.key}",
        f"This frees {units.size(build.disk_bytes)} on the disk. It can be downloaded again.{folder}"
        if build.model.catalog
        else f"This frees {units.size(build.disk_bytes)} on the disk. The catalogue does not list it: "
        f"it cannot be downloaded again.{folder}",
        yes="Remove",
        no="Keep",
    )
