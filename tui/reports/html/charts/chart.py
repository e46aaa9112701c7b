"""A chart before it has a width: what is drawn, in the units of its own axes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

MODEL_COLOURS: Final = 6
"""How many colours the page has for models; further models begin again with the first one."""

Ticks = Sequence[tuple[float, str]]
"""Positions on an axis, and the words that stand there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Points of one kind: a line through them, a dot at each, or a name at each."""

    classes: str
    """The classes of the page's CSS that give it its colour and width."""
    points: Sequence[tuple[float, float | None]]
    """A y of ``None`` interrupts a line."""
    radius: float | None = None
    """The radius of the dots; without one the points are joined by a line."""
    titles: Sequence[str] = ()
    """What each dot tells when it is pointed at."""
    labels: Sequence[str] = ()
    """What is written at each point, in place of a dot or a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart. Its axes have the ticks that are given, else round numbers written by ``show_across`` and
    ``show_upward``; an axis with neither has no ticks.
    """

    title: str
    summary: str
    """What the chart shows, for those who do not see it."""
    lines: Sequence[Line]
    across: tuple[float, float]
    """The ends of the horizontal axis."""
    upward: tuple[float, float]
    """The ends of the vertical axis."""
    show_across: Callable[[float], str] | None = None
    show_upward: Callable[[float], str] | None = None
    ticks_across: Ticks = ()
    ticks_upward: Ticks = ()
    height: int
    narrow_height: int
    across_title: str = ""
    legend: Sequence[tuple[str, str]] = ()
    """Classes of the page's CSS, and what stands for them."""
