"""The one place that decides how the time at which a run began is shown on screens, in reports and by commands.

Times are stored in UTC as ISO 8601 text. Text that is no such time is shown as it is, because it may come from a file
that somebody else has written.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from tui.records import Purpose, RunRecord

# The calendar module names months in the language of the system, and a report should keep to that of its sentences.
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_LONGEST_ZONE: Final = 5


def start_time(moment: str) -> str:
    """Return a stored time to the minute, such as ``2026-11-22 16:20``; a heading or the text says that it is UTC."""
    return moment[:16].replace("T", " ")


def start_time_utc(moment: str) -> str:
    """Return a stored time with its time zone, such as ``2026-11-22 16:20 UTC``; empty if there is none."""
    return f"{start_time(moment)} UTC" if moment else ""


def local_start_time(moment: str) -> str:
    """Return a stored time by the local clock with its time zone, such as ``2026-11-22 17:20 CET``."""
    try:
        at = datetime.fromisoformat(moment).astimezone()
    except ValueError:
        return moment
    # Where the system has only a long name for the zone, its offset is shorter.
    zone = at.tzname() or ""
    return f"{at:%Y-%m-%d %H:%M} {zone if zone.isalpha() and len(zone) <= _LONGEST_ZONE else f'{at:UTC%z}'}"


def run_and_time(run: RunRecord) -> str:
    """Return what a run was and when it began, as the results and the screens of a run have it in their headings.

    ``benchmark of 2026-11-22 17:20 CET``, with the name of the run before it if it has one.
    """
    what = "question" if run.plan.purpose is Purpose.ASK else "benchmark"
    began = f"{what} of {local_start_time(run.started_at)}" if run.started_at else what
    return f"{run.name}, {began}" if run.name else began


def local_start_time_cell(moment: str) -> str:
    """Return a stored time by the local clock for a column whose heading says so, such as ``2026-11-22 17:20``."""
    try:
        return f"{datetime.fromisoformat(moment).astimezone():%Y-%m-%d %H:%M}"
    except ValueError:
        return moment


def long_start_time(moment: str) -> str | None:
    """Return a stored time in words, such as ``22 November 2026, 16:20 UTC``; ``None`` if it cannot be read."""
    try:
        at = datetime.fromisoformat(moment).astimezone(UTC)
    except ValueError:
        return None
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"
