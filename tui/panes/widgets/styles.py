"""What widgets share that draw their own rows: styles worked out once a theme, and strips let go in time."""

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
    """The colour of a piece of text, named as themes name it; the style sheet of each widget has the shade."""

    PLAIN = "plain"
    MUTED = "muted"
    FAINT = "faint"
    PRIMARY = "primary"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"


FIT_TONES: Final = {Fit.FITS: Tone.SUCCESS, Fit.TIGHT: Tone.WARNING, Fit.WILL_NOT_FIT: Tone.ERROR}
"""The tones of whether a model fits into memory."""

_divisions_of: Final = attrgetter("_divide_cache")


def filtered_style(widget: Widget, style: Style) -> Style:
    """A style as it leaves the widget: with ANSI colours, or with none, where theme or environment want it so.

    Textual does this to every row of a widget that it draws itself.
    """
    segments = [Segment(" ", style)]
    for line_filter in widget.get_line_filters():
        segments = line_filter.apply(segments, widget.background_colors[1])
    return segments[0].style or style


def component_style(widget: Widget, name: str) -> Style:
    """The style of one of the widget's component classes, as it leaves the widget."""
    return filtered_style(widget, widget.get_component_rich_style(name))


def is_removed(widget: Widget) -> bool:
    """Whether a widget has been removed: the screen may ask it for rows once more, when its styles are gone."""
    return not widget.is_attached


def release_strips(strips: Iterable[Strip]) -> None:
    """Let go of drawn rows. The compositor leaves a strip that refers to itself, which only the collector would free:
    thousands of them a second made it stop the app for 20 ms at a time.
    """
    for strip in strips:
        _divisions_of(strip).clear()


def release_removed() -> None:
    """Let go of what Textual keeps of widgets that have been removed: it remembers a thousand of them, with all that
    they drew, for two colours each. What is still shown is worked out once more.
    """
    StylesCache.get_inner_outer.cache_clear()
