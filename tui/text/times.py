"""The one place that decides how the time at which a run began is shown on screens, in reports and by commands.

Times are stored in UTC as ISO 8601 text, and shown by the local clock with its zone. Text that is no such time is shown
as it is, because it may come from a file that somebody else has written.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

# The calendar module names months in the language of the system, and a report should keep to that of its sentences.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONGEST_ZONE: Final = 5
_YEAR, _MONTH = 1, 2


def local_start_time(moment: str, *, seconds: bool = False) -> str:
    """Return a stored time by the local clock with its time zone: ``2026-11-22 17:20 CET``, ``17:20:36`` if asked."""
    at = _local(moment)
    return moment if at is None else f"{_cell(at, seconds)} {_zone_of(at)}"


def local_start_time_cell(moment: str, *, seconds: bool = False) -> str:
    """Return a stored time by the local clock for a column whose heading names the zone: ``2026-11-22 17:20``."""
    at = _local(moment)
    return moment if at is None else _cell(at, seconds)


def zone_heading(moments: Iterable[str]) -> str:
    """Return the zone that the heading of a column of times names; ``local`` if summer time divides them."""
    zones = {_zone_of(at) for at in map(_local, moments) if at is not None}
    return zones.pop() if len(zones) == 1 else "local"


def long_start_time(moment: str) -> str | None:
    """Return a stored time in words, such as ``22 November 2026, 17:20 CET``; ``None`` if it cannot be read."""
    at = _local(moment)
    return None if at is None else f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} {_zone_of(at)}"


def begin_of(day: str, *, following: bool = False) -> str:
    """Return when a local day, month or year begins, or with ``following`` the one after it, as times are stored.

    ``day`` is ``2026-11-22``, ``2026-11`` or ``2026``. A day that no calendar has is returned as it is.
    """
    year, month, first = [*map(int, day.split("-")), 1, 1][:3]
    try:
        at = datetime(year, month, first)
        if following:
            at = _after(at, 1 + day.count("-"))
        return at.astimezone(UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        # Windows knows no local time before 1970.
        return day


def _after(at: datetime, parts: int) -> datetime:
    if parts == _YEAR:
        return at.replace(year=at.year + 1)
    if parts == _MONTH:
        return at.replace(year=at.year + at.month // 12, month=at.month % 12 + 1)
    return at + timedelta(days=1)


def _local(moment: str) -> datetime | None:
    try:
        return datetime.fromisoformat(moment).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def _cell(at: datetime, seconds: bool) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if seconds else f"{at:%Y-%m-%d %H:%M}"


def _zone_of(at: datetime) -> str:
    # Where the system has only a long name for the zone, its offset is shorter.
    zone = at.tzname() or ""
    return zone if zone.isalpha() and len(zone) <= _LONGEST_ZONE else f"{at:UTC%z}"
