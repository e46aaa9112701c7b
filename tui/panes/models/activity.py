"""The words and colours of a row of the models: what a model is doing, and the group that lists it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui.records import Model


class Activity(StrEnum):
    """The activity of a model, in the words of its row."""

    MISSING = "missing"
    READY = "ready"
    LOADING = "loading"
    LOADED = "loaded"
    RUNNING = "running"
    FAILED = "failed"
    WARM = "warm"
    """Loaded, and sent a short request now and then."""


STYLES: Final = {
    Activity.MISSING: "$foreground-muted",
    Activity.READY: "$foreground-muted",
    Activity.LOADING: "$warning",
    Activity.LOADED: "$success",
    Activity.WARM: "$success",
    Activity.RUNNING: "$primary",
    Activity.FAILED: "$error",
}
GROUPS: Final = ("On this machine", "On servers", "Practice models", "Not on this machine")


def group_of(model: Model) -> int:
    """Return the group that lists the model, as an index of the group headings."""
    if model.traits.is_remote:
        return 1
    if model.practice:
        return 2
    return 0 if model.is_complete else 3
