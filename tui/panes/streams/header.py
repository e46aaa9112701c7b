"""The header of a column: name, state, figures and place in the conversation, above the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.streams.figures import CONTINUES, SEPARATOR, StreamFigures, StreamStage, StreamState
from tui.panes.widgets import styles
from tui.text.cells import cells_of, cut, cut_name, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tui.records import Model

_FIGURES: Final = 4
_FIGURE_CELLS: Final = 13
"""The cells that a figure with its label needs to be read whole."""
_HEADING_ROWS: Final = 2
_BLANK_ROWS: Final = 1
_EDGE: Final = 1
"""The cells that stay free at the right of a row, before the line of the next column."""
_PRACTICE: Final = ("practice model", "practice")

_STAGE_COLOURS: Final = {
    StreamStage.LOADING: "header--waiting",
    StreamStage.WAITING: "header--waiting",
    StreamStage.STREAMING: "header--streaming",
    StreamStage.DONE: "header--done",
    StreamStage.FAILED: "header--failed",
}
_FOCUSED: Final = "▸ "
"""Stands before the name of the column that has the focus, so that not its colour alone tells which it is."""


class ColumnHeader(Widget):
    """The rows above an answer, in which name, state and figures always stand in the same place.

    It is our own so that only the rows that have changed are painted, without a layout: while models are measured, a
    header changes several times a second.
    """

    DEFAULT_CSS = """
    ColumnHeader {
        height: 5;
        background: $surface;
        color: $foreground;
        & > .header--plain { color: $foreground; }
        & > .header--title { text-style: bold; }
        & > .header--muted { color: $text-muted; }
        & > .header--waiting { color: $text-warning; }
        & > .header--streaming { color: $text-primary; }
        & > .header--done { color: $text-success; }
        & > .header--failed { color: $text-error; }
    }
    StreamColumn:focus-within ColumnHeader > .header--title { color: $primary; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "header--plain",
        "header--title",
        "header--muted",
        "header--waiting",
        "header--streaming",
        "header--done",
        "header--failed",
    }
    ALLOW_SELECT = False

    def __init__(self, model: Model) -> None:
        super().__init__()
        self._heading = printable(model.key).replace("\n", " ")
        # A name that has the word in it needs no badge.
        self._badges = _PRACTICE if model.practice and _PRACTICE[-1] not in model.key else ()
        self._status = ""
        self._sample = ""
        self._figures = StreamFigures()
        self._place: tuple[str, ...] = ()
        """The place in the conversation in several lengths, the longest first; empty outside of one."""
        self._stage = StreamStage.READY
        self._is_focused = False
        self.alias = ""
        """Stands in place of a hidden name; the figures, which would tell the model, are hidden, too."""
        self._header_styles: dict[str, Style] = {}
        self._strips: dict[tuple[int, int], Strip] = {}

    def show(self, state: StreamState, now_s: float) -> None:
        """Show this state, and paint only the rows that have changed."""
        status = printable(state.status_text(now_s)).replace("\n", " ")
        if (status, state.context, state.stage) != (self._status, self._sample, self._stage):
            self._status, self._sample, self._stage = status, state.context, state.stage
            self._repaint(1, 1)
        self._show_place(state.place)
        figures = state.figures()
        if figures != self._figures:
            self._figures = figures
            self._repaint(_HEADING_ROWS, self.size.height - _HEADING_ROWS)

    def show_focus(self, focused: bool) -> None:
        """Show whether votes and other keys that act on one answer act on this one."""
        self._is_focused = focused
        self._repaint(0, 1)

    def hide_name(self, alias: str) -> None:
        """Show this alias without any figures, or with an empty one the name again."""
        self.alias = alias
        self._repaint(0, self.size.height)

    def on_show(self) -> None:
        """Paint everything, since changes are not painted while the column is hidden."""
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Stack the figures if the column is narrow."""
        self._fit(event.size.width)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._header_styles.clear()
        self._forget_strips()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows of a region directly, without the cache that Textual keeps for widgets with a border."""
        if styles.is_removed(self):
            return []
        columns = self.size.width
        strips = [self._strip(y, columns) for y in crop.line_range]
        first, last = crop.column_span
        return strips if (first, last) == (0, columns) else [strip.crop(first, last) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """Return one row, filled up to the width."""
        return self._strip(y, self.size.width)

    def _show_place(self, place: tuple[str, ...]) -> None:
        if place == self._place:
            return
        appears_or_goes = bool(place) != bool(self._place)
        self._place = place
        if appears_or_goes and self.size.width:
            self._fit(self.size.width)
        self._repaint(_HEADING_ROWS, self.size.height - _HEADING_ROWS)

    def _fit(self, columns: int) -> None:
        rows = _HEADING_ROWS + _FIGURES // _figures_per_row(columns) + bool(self._place) + _BLANK_ROWS
        if self.size.height != rows:
            self.styles.height = rows

    def _forget_strips(self) -> None:
        styles.release_strips(self._strips.values())
        self._strips.clear()

    def _strip(self, y: int, columns: int) -> Strip:
        strip = self._strips.get((y, columns))
        if strip is None:
            strip = self._strips[y, columns] = self._draw(y, columns)
        return strip

    def _draw(self, y: int, columns: int) -> Strip:
        if y == 0:
            heading, badges = (self.alias, ()) if self.alias else (self._heading, self._badges)
            heading = f"{_FOCUSED}{heading}" if self._is_focused else heading
            room = columns - cells_of(heading) - 2
            badge = next((badge for badge in badges if len(badge) <= room), "")
            segments = self._pair(cut_name(heading, min(cells_of(heading), columns)), "header--title", badge, columns)
        elif y == 1:
            # How long a model took to load would tell which one it is.
            status = self._stage.value if self.alias else self._status
            segments = self._pair(status, _STAGE_COLOURS.get(self._stage, "header--muted"), self._sample, columns)
        elif self.alias:
            segments = []
        elif y == _HEADING_ROWS + _FIGURES // _figures_per_row(columns):
            place = next((text for text in self._place if cells_of(text) <= columns), "")
            segments = [Segment(place, self._style("header--muted"))]
        else:
            segments = self._figure_row(y - _HEADING_ROWS, columns)
        return Strip(segments).adjust_cell_length(columns, self._style("header--plain"))

    def _style(self, name: str) -> Style:
        style = self._header_styles.get(name)
        if style is None:
            style = self._header_styles[name] = styles.component_style(self, name)
        return style

    def _repaint(self, first: int, count: int) -> None:
        self._forget_strips()
        if self.is_on_screen and count > 0:
            self.refresh(Region(0, first, self.size.width, count))

    def _pair(self, left: str, colour: str, right: str, columns: int) -> list[Segment]:
        """Return a row with one text on the left, and on the right the parts of another that fit whole."""
        room = columns - cells_of(left) - 2 - _EDGE
        right = next((text for text in _shorter(right) if cells_of(text) <= room), "")
        left_cells = columns - cells_of(right) - (_EDGE if right else 0)
        return [
            Segment(cut(left, left_cells), self._style(colour)),
            Segment(right, self._style("header--muted")),
        ]

    def _figure_row(self, row: int, columns: int) -> list[Segment]:
        figures = self._figures
        texts = (
            ("TTFT ", figures.ttft),
            ("", f"{figures.tokens} tok" if figures.tokens else ""),
            ("", figures.rate),
            ("peak ", figures.peak_rss),
        )
        per_row = _figures_per_row(columns)
        cells = columns // per_row
        segments: list[Segment] = []
        for label, value in texts[row * per_row : (row + 1) * per_row]:
            label = label if value else ""
            segments.append(Segment(label, self._style("header--muted")))
            segments.append(Segment(cut(value, max(0, cells - len(label))), self._style("header--plain")))
        return segments


def _shorter(text: str) -> Iterator[str]:
    """Yield the text, then shorter ones without a cut word: its last parts alone, and of a key with a word the key."""
    parts = text.split(SEPARATOR)
    yield from (SEPARATOR.join(parts[index:]) for index in range(len(parts)))
    if text == CONTINUES:
        yield CONTINUES[0]


def _figures_per_row(columns: int) -> int:
    """Return how many figures stand side by side: all four, two, or one."""
    return next((count for count in (_FIGURES, 2) if columns >= count * _FIGURE_CELLS), 1)
