"""Notices at the edge of the screen, whose toast may be built again when their time is just over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from textual.notifications import Notification

_SHORTEST_TIME_LEFT_S: Final = 0.1


@dataclass
class Notice(Notification):
    """A notification that never leaves its toast a time below zero.

    Every change of the screen builds the toasts again, each with a timer for the time that is left. Between the check
    that there is some and the timer it can run out, and a timer of Textual with a negative time never gives way to
    anything else: the app would stand still for good.
    """

    @classmethod
    def of(cls, notification: Notification) -> Notice:
        """Return the same notification as a notice."""
        return cls(**vars(notification))

    @property
    def time_left(self) -> float:
        """The time in seconds that its toast is still shown, always above zero."""
        return max(super().time_left, _SHORTEST_TIME_LEFT_S)

    @property
    def has_expired(self) -> bool:
        """Whether its time is over."""
        return super().time_left <= 0
