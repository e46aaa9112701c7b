"""One model's column: what it is doing, its numbers, and its answer as it is written."""

from __future__ import annotations

from itertools import groupby
from time import monotonic
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.bench.events import Event, ModelDied, SampleStarted, TextReceived
from tui.panes.streams.state import COUNTING, StreamFigures, StreamStage, StreamState
from tui.panes.widgets import styles
from tui.panes.widgets.tail import TailText
from tui.records import ExitCause, Load, Model, Purpose
from tui.text import units
from tui.text.cells import cells_of, cut, printable

_FIGURES: Final = 4
_FIGURE_CELLS: Final = 13
"""Room that a figure with its label needs to be read whole."""
_HEADING_ROWS: Final = 2
_BLANK_ROWS: Final = 1
_LEAST_WORD_CELLS: Final = 6
_PRACTICE: Final = ("practice model", "practice")

_STAGE_COLOURS: Final = {
    StreamStage.LOADING: "header--waiting",
    StreamStage.WAITING: "header--waiting",
    StreamStage.STREAMING: "header--streaming",
    StreamStage.DONE: "header--done",
    StreamStage.FAILED: "header--failed",
}


def _last_word(load: Load, verdict: ExitCause) -> str:
    """Why a model ended, what it held and was expected to hold, what to try, and what it said last."""
    lines = [str(verdict)]
    if verdict.peak_rss_bytes is not None:
        expected = f", forecast {units.size(load.forecast_bytes)}" if load.forecast_bytes else ""
        lines.append(f"peak {units.size(verdict.peak_rss_bytes)}{expected}")
    if verdict.advice:
        lines += ["", "You could", *(f"- {tip}" for tip in verdict.advice)]
    if verdict.stderr_tail:
        lines += ["", *verdict.stderr_tail]
    return "\n".join(lines)


class ColumnHeader(Widget):
    """The rows above an answer: name, state and numbers, each always in the same place."""

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
        self._marks = _PRACTICE if model.practice else ()
        self._words = ""
        self._place = ""
        self._figures = StreamFigures()
        self._stage = StreamStage.READY
        self._ink: dict[str, Style] = {}
        self._strips: dict[tuple[int, int], Strip] = {}

    def show(self, state: StreamState, now_s: float) -> None:
        """Bring the rows up to the state; only those that changed are painted."""
        words = printable(state.status_text(now_s)).replace("\n", " ")
        if (words, state.context, state.stage) != (self._words, self._place, self._stage):
            self._words, self._place, self._stage = words, state.context, state.stage
            self._repaint(1, 1)
        figures = state.figures()
        if figures != self._figures:
            self._figures = figures
            self._repaint(_HEADING_ROWS, self.size.height - _HEADING_ROWS)

    def on_show(self) -> None:
        """What changed while the column was hidden was not painted."""
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """A narrow column has its figures below each other."""
        rows = _HEADING_ROWS + _FIGURES // _figures_a_row(event.size.width) + _BLANK_ROWS
        if self.size.height != rows:
            self.styles.height = rows

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._ink.clear()
        self._forget_strips()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Draw the rows of a region, past the cache that a widget with a border needs."""
        if styles.is_removed(self):
            return []
        columns = self.size.width
        strips = [self._strip(y, columns) for y in crop.line_range]
        first, last = crop.column_span
        return strips if (first, last) == (0, columns) else [strip.crop(first, last) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One row, filled up to the width."""
        return self._strip(y, self.size.width)

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
            room = columns - cells_of(self._heading) - 2
            mark = next((mark for mark in self._marks if len(mark) <= room), "")
            segments = self._pair(self._heading, "header--title", mark, columns)
        elif y == 1:
            segments = self._pair(self._words, _STAGE_COLOURS.get(self._stage, "header--muted"), self._place, columns)
        else:
            segments = self._figure_row(y - _HEADING_ROWS, columns)
        return Strip(segments).adjust_cell_length(columns, self._style("header--plain"))

    def _style(self, name: str) -> Style:
        style = self._ink.get(name)
        if style is None:
            style = self._ink[name] = styles.component_style(self, name)
        return style

    def _repaint(self, first: int, count: int) -> None:
        self._forget_strips()
        if self.is_on_screen and count > 0:
            self.refresh(Region(0, first, self.size.width, count))

    def _pair(self, left: str, colour: str, right: str, columns: int) -> list[Segment]:
        """Words on the left, and on the right what finds room beside them."""
        room = columns - cells_of(left) - 2
        right = cut(right, min(cells_of(right), room)) if room >= _LEAST_WORD_CELLS else ""
        left_cells = columns - cells_of(right)
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
        a_row = _figures_a_row(columns)
        cells = columns // a_row
        segments: list[Segment] = []
        for label, value in texts[row * a_row : (row + 1) * a_row]:
            label = label if value else ""
            segments.append(Segment(label, self._style("header--muted")))
            segments.append(Segment(cut(value, max(0, cells - len(label))), self._style("header--plain")))
        return segments


class StreamColumn(Vertical):
    """A model's header and its live answer."""

    DEFAULT_CSS = """
    StreamColumn {
        width: 1fr;
        height: 1fr;
        padding: 0 0 0 2;
        background: $surface;
        & > .column--line { color: $border-blurred; }
        &.-first { padding: 0; }
        &.-hidden { display: none; }
        TailText { height: 1fr; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"column--line"}

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self.tail = TailText()
        self.header = ColumnHeader(model)
        self._state = StreamState(model.key)
        self._unpainted: list[TextReceived] = []
        self._clear_first = False
        self._ground: Strip | None = None

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._ground = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """The ground under header and answer, with a line on its left: the same strip for every row.

        Every frame of a neighbour asks for all of it; a border would be drawn row by row each time.
        """
        if styles.is_removed(self):
            return []
        columns = self.size.width
        if self._ground is None or self._ground.cell_length != columns:
            style = styles.component_style(self, "column--line")
            self._ground = Strip([Segment(f"{'' if self.has_class('-first') else '│':{columns}}", style)], columns)
        first, last = crop.column_span
        return [self._ground.crop(first, last)] * crop.height

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.tail

    def on_mount(self) -> None:
        """Say what there is to say without waiting for a tick."""
        self.paint_header(monotonic())

    @property
    def stage(self) -> StreamStage:
        """What the model is doing now."""
        return self._state.stage

    @property
    def answer(self) -> str:
        """The whole answer so far, painted or not."""
        painted = "" if self._clear_first else self.tail.text
        return painted + "".join(event.text for event in self._unpainted if not event.reasoning)

    @property
    def needs_tick(self) -> bool:
        """Whether another tick would change anything."""
        return self._clear_first or bool(self._unpainted) or self._state.stage in COUNTING

    def begin(self, purpose: Purpose | None) -> None:
        """Forget the run before; ``None`` where no run has begun."""
        self._state = StreamState(self.model.key, purpose)
        self._unpainted.clear()
        self._clear_first = True

    def show(self, event: Event, now_s: float) -> None:
        """Take in one event of this model; text waits for the next tick."""
        self._state.follow(event, now_s)
        match event:
            case SampleStarted():
                self._unpainted.clear()
                self._clear_first = True
            case TextReceived():
                self._unpainted.append(event)
            case ModelDied(load=load, cause=verdict):
                self.paint_text()
                self.tail.note(_last_word(load, verdict))
            case _:
                pass

    def paint_text(self) -> None:
        """Paint what has arrived since the last tick, at once."""
        if self._clear_first:
            self._clear_first = False
            self.tail.clear()
        arrived, self._unpainted = self._unpainted, []
        for reasoning, run in groupby(arrived, key=lambda event: event.reasoning):
            self.tail.append("".join(event.text for event in run), reasoning)
        self.tail.streaming = self._state.stage in (StreamStage.WAITING, StreamStage.STREAMING)

    def paint_header(self, now_s: float) -> None:
        """Bring state and numbers up to date."""
        self.header.show(self._state, now_s)


def _figures_a_row(columns: int) -> int:
    """How many figures stand beside each other: all four, two, or one."""
    return next((count for count in (_FIGURES, 2) if columns >= count * _FIGURE_CELLS), 1)
