"""The sentences of the catalogue: how recent its list is, where the models are, and the questions before a removal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from tui import paths
from tui.panes.catalogue.builds import Build
from tui.records import Model
from tui.records.library import Cache, Listing
from tui.screens.dialogs.question import ConfirmDialog
from tui.text import units
from tui.text.tables import counted


def freshness(listing: Listing, now: datetime, *, refreshing: bool) -> str:
    """Describe in a few words where the list comes from, and how old it is."""
    age = ""
    if listing.as_of:
        answered = datetime.fromisoformat(listing.as_of)
        age = units.ago((now - answered.replace(tzinfo=answered.tzinfo or UTC)).total_seconds())
    if refreshing:
        return f"refreshing · list from {age}" if age else "refreshing"
    if listing.problem:
        offline = f"offline: list is from {age}" if age else "offline: the catalogue was never read"
        # The line at the top leaves out the reason where there is no room for it.
        reason = listing.problem.rstrip(".").removeprefix("the catalogue could not be asked: ")
        return f"{offline} · {reason}"
    return f"list from {age} · f5 asks again" if age else "only what is on this machine"


def words_on_caches(caches: Sequence[Cache]) -> str:
    """Describe how many builds of models are on the disk, how much of it they take, and where."""
    if not caches:
        return ""
    models, broken = sum(cache.models for cache in caches), sum(cache.broken for cache in caches)
    size = units.size(sum(cache.disk_bytes for cache in caches))
    where = _short_path(caches[0].folder) if len(caches) == 1 else f"{len(caches)} folders"
    if not models:
        return f"nothing is in {where} yet"
    incomplete = f" · {broken} broken or incomplete" if broken else ""
    return f"on disk: {counted(models, 'build')}, {size} in {where}{incomplete}"


def _short_path(folder: Path) -> str:
    """The path of a folder, with ``~`` for the home folder."""
    home = paths.expanded(Path("~"))
    return f"~/{folder.relative_to(home).as_posix()}" if folder.is_relative_to(home) else str(folder)


def words_on_forgetting(model: Model) -> str:
    """Say what is left of a registered model after it has been forgotten."""
    is_gone = model.folder is None or not paths.exists(model.folder)
    files = "its folder is gone already" if is_gone else f"its files stay in {model.folder}"
    return f"{model.alias} is forgotten; {files}."


def question_before_cancelling(build: Build) -> ConfirmDialog | None:
    """Ask whether a download is to be cancelled, with what is lost; ``None`` if nothing has arrived yet."""
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
    """Ask whether the files of a build are to be removed, with the space that this frees."""
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
