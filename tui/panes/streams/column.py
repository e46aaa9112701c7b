"""The column of one model: its state, its figures, and its answer while it is being written."""

from __future__ import annotations

import asyncio
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

from tui.bench.events import Event, ModelDied, RunFinished, SampleFinished, SampleStarted, TextReceived
from tui.panes.streams.figures import COUNTING, StreamFigures, StreamStage, StreamState
from tui.panes.widgets import styles
from tui.panes.widgets.tail import TailText
from tui.records import ExitCause, Load, Model, Purpose, Sample, SampleStatus
from tui.text import units
from tui.text.cells import cells_of, cut, printable

_FIGURES: Final = 4
_FIGURE_CELLS: Final = 13
"""The cells that a figure with its label needs to be read whole."""
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


def _end_note(load: Load, cause: ExitCause, told: str | None) -> str:
    """Return the note below a model that has died: the cause, its peak against the forecast, advice, and its last words
    on stderr. The cause is left out if it was ``told`` before.
    """
    lines = [] if str(cause) == told else [str(cause)]
    if cause.peak_rss_bytes is not None:
        expected = f", forecast {units.size(load.forecast_bytes)}" if load.forecast_bytes else ""
        lines.append(f"peak {units.size(cause.peak_rss_bytes)}{expected}")
    if cause.advice:
        lines += ["", "You could", *(f"- {tip}" for tip in cause.advice)]
    if cause.last_words:
        lines += ["", *cause.last_words]
    return "\n".join(lines)


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
        self._badges = _PRACTICE if model.practice else ()
        self._status = ""
        self._sample = ""
        self._figures = StreamFigures()
        self._stage = StreamStage.READY
        self._header_styles: dict[str, Style] = {}
        self._strips: dict[tuple[int, int], Strip] = {}

    def show(self, state: StreamState, now_s: float) -> None:
        """Show this state, and paint only the rows that have changed."""
        status = printable(state.status_text(now_s)).replace("\n", " ")
        if (status, state.context, state.stage) != (self._status, self._sample, self._stage):
            self._status, self._sample, self._stage = status, state.context, state.stage
            self._repaint(1, 1)
        figures = state.figures()
        if figures != self._figures:
            self._figures = figures
            self._repaint(_HEADING_ROWS, self.size.height - _HEADING_ROWS)

    def on_show(self) -> None:
        """Paint everything, since changes are not painted while the column is hidden."""
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Stack the figures if the column is narrow."""
        rows = _HEADING_ROWS + _FIGURES // _figures_per_row(event.size.width) + _BLANK_ROWS
        if self.size.height != rows:
            self.styles.height = rows

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
            badge = next((badge for badge in self._badges if len(badge) <= room), "")
            segments = self._pair(self._heading, "header--title", badge, columns)
        elif y == 1:
            segments = self._pair(self._status, _STAGE_COLOURS.get(self._stage, "header--muted"), self._sample, columns)
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
        """Return a row with one text on the left, and on the right as much of another as there is room for."""
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
        per_row = _figures_per_row(columns)
        cells = columns // per_row
        segments: list[Segment] = []
        for label, value in texts[row * per_row : (row + 1) * per_row]:
            label = label if value else ""
            segments.append(Segment(label, self._style("header--muted")))
            segments.append(Segment(cut(value, max(0, cells - len(label))), self._style("header--plain")))
        return segments


class StreamColumn(Vertical):
    """The header of a model above its live answer."""

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
        self._is_measured = False
        """Whether a benchmark runs, in which laying an answer out would take time from the models."""
        self._is_whole = False
        """Whether the answer is whole and waits to be laid out."""
        self._told_error: str | None = None
        self._background: Strip | None = None

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._background = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the background of header and answer with a line at the left, from one strip for all rows.

        Every frame of a neighbouring column asks for all of it, and a border would be drawn row by row each time.
        """
        if styles.is_removed(self):
            return []
        columns = self.size.width
        if self._background is None or self._background.cell_length != columns:
            style = styles.component_style(self, "column--line")
            self._background = Strip([Segment(f"{'' if self.has_class('-first') else '│':{columns}}", style)], columns)
        first, last = crop.column_span
        return [self._background.crop(first, last)] * crop.height

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.tail

    def on_mount(self) -> None:
        """Show the state at once, without waiting for a tick."""
        self.paint_header(monotonic())

    @property
    def stage(self) -> StreamStage:
        """The stage that the stream of the model is in."""
        return self._state.stage

    @property
    def answer(self) -> str:
        """The whole answer so far, painted or not."""
        painted = "" if self._clear_first else self.tail.text
        return painted + "".join(event.text for event in self._unpainted if not event.reasoning)

    @property
    def needs_tick(self) -> bool:
        """Whether another tick would change anything."""
        return self._clear_first or self._is_whole or bool(self._unpainted) or self._state.stage in COUNTING

    def reset(self, purpose: Purpose | None) -> None:
        """Forget the previous run; ``purpose`` is ``None`` if no run has begun."""
        self._state = StreamState(self.model.key, purpose)
        self._is_measured = purpose is Purpose.BENCHMARK
        self._begin_answer()

    def show(self, event: Event, now_s: float) -> None:
        """Record one event of this model; its text waits for the next tick."""
        self._state.follow(event, now_s)
        match event:
            case SampleStarted():
                self._begin_answer()
            case TextReceived():
                self._unpainted.append(event)
            case SampleFinished(sample=sample):
                self._end_answer(sample)
            case RunFinished():
                self._is_whole = True
            case ModelDied(load=load, cause=cause):
                self.paint_text()
                self.tail.note(_end_note(load, cause, self._told_error))
            case _:
                pass

    def paint_text(self) -> None:
        """Paint the text that has arrived since the last tick."""
        if self._clear_first:
            self._clear_first = False
            self.tail.clear()
        arrived, self._unpainted = self._unpainted, []
        for reasoning, run in groupby(arrived, key=lambda event: event.reasoning):
            self.tail.append("".join(event.text for event in run), reasoning)
        self.tail.streaming = self._state.stage in (StreamStage.WAITING, StreamStage.STREAMING)
        if self._is_whole and not self.tail.streaming and self.is_attached:
            self._is_whole = False
            self.run_worker(self._lay_out(), group="lay-out", exclusive=True, exit_on_error=False)

    def _begin_answer(self) -> None:
        self._unpainted.clear()
        self._clear_first = True
        self._is_whole, self._told_error = False, None

    def _end_answer(self, sample: Sample) -> None:
        """Show in full why an answer is not whole, and let it be laid out."""
        if sample.status is SampleStatus.FAILED and sample.error:
            self.paint_text()
            self.tail.note(sample.error)
            self._told_error = sample.error
        self._is_whole = not self._is_measured

    async def _lay_out(self) -> None:
        await asyncio.to_thread(self.tail.prepare_layout)
        # The next answer may have begun meanwhile.
        if not self._clear_first:
            self.tail.finish()

    def paint_header(self, now_s: float) -> None:
        """Show the current state and figures."""
        self.header.show(self._state, now_s)


def _figures_per_row(columns: int) -> int:
    """Return how many figures stand side by side: all four, two, or one."""
    return next((count for count in (_FIGURES, 2) if columns >= count * _FIGURE_CELLS), 1)
