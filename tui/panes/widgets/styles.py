"""What widgets that draw their own rows share: tones, styles as the terminal gets them, and strips freed in time."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from operator import attrgetter
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual._styles_cache import StylesCache
from textual.strip import Strip
from textual.widget import Widget

from tui.records import Fit


class Tone(StrEnum):
    """The colour of a piece of text, named as themes name it; the style sheet of each widget sets the shade."""

    PLAIN = "plain"
    MUTED = "muted"
    FAINT = "faint"
    PRIMARY = "primary"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


FIT_TONES: Final = {Fit.FITS: Tone.SUCCESS, Fit.TIGHT: Tone.WARNING, Fit.WILL_NOT_FIT: Tone.ERROR}
"""The tone for each answer to the question whether a model fits into memory."""

_divisions_of: Final = attrgetter("_divide_cache")


def filtered_style(widget: Widget, style: Style) -> Style:
    """Return a style as the terminal gets it: in ANSI colours or without colour, if the theme or the environment asks
    for it.

    Textual filters the rows that it draws itself. A widget that overrides ``render_lines`` has to do it on its own.
    """
    segments = [Segment(" ", style)]
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, widget.background_colors[1])
    return segments[0].style or style


def component_style(widget: Widget, name: str) -> Style:
    """Return the style of one of the widget's component classes, as the terminal gets it."""
    return filtered_style(widget, widget.get_component_rich_style(name))


def is_removed(widget: Widget) -> bool:
    """Return whether a widget has been removed: the screen may still ask it for rows once, when it has no styles any
    more.
    """
    return not widget.is_attached


def release_strips(strips: Iterable[Strip]) -> None:
    """Free drawn rows at once instead of leaving them to the garbage collector.

    The compositor leaves a strip that refers to itself. Thousands of them a second made the collector stop the app for
    20 ms at a time.
    """
    for strip in strips:
        _divisions_of(strip).clear()


def release_removed() -> None:
    """Free what Textual has cached of removed widgets.

    Its cache of two colours holds up to a thousand widgets, with everything that they drew. Widgets that are still
    shown are computed once more.
    """
    StylesCache.get_inner_outer.cache_clear()
