"""The column of one model: its header, the turns of a conversation, and its answer while it is being written."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.segment import Segment
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip

from tui import records
from tui.lazy import lazy_module
from tui.panes.streams.figures import COUNTING, StreamStage, StreamState
from tui.panes.streams.header import ColumnHeader
from tui.panes.widgets import styles
from tui.panes.widgets.tail import TailText
from tui.text import units
from tui.text.wrap import RowStyle

if TYPE_CHECKING:
    from tui.bench import events as run_events
    from tui.records import ExitCause, Load, Model, Purpose, Sample
else:
    run_events = lazy_module("tui.bench.events")

_LAYOUT_THREAD: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="layout")
"""Lays out one answer at a time: several threads in turn would keep the event loop waiting for the interpreter."""


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


class ShownTurn(NamedTuple):
    """One turn of a conversation, as a column shows it."""

    question: str
    answer: str
    reasoning: str


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
        TailText { height: 1fr; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {"column--line"}

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
        self.tail = TailText()
        self.header = ColumnHeader(model)
        self.turns: list[ShownTurn] = []
        """The turns that stand above the answer that is being written, or that are all that is shown."""
        self._question = ""
        self._answer: list[str] = []
        self._state = StreamState(model.key)
        self._unpainted: list[run_events.TextReceived] = []
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

    def on_descendant_focus(self) -> None:
        self.header.show_focus(True)

    def on_descendant_blur(self) -> None:
        self.header.show_focus(False)

    @property
    def stage(self) -> StreamStage:
        """The stage that the stream of the model is in."""
        return self._state.stage

    @property
    def answer(self) -> str:
        """The whole newest answer so far, painted or not."""
        return "".join(self._answer)

    @property
    def has_answer(self) -> bool:
        """Whether there is anything to read: text of this answer, or an earlier turn."""
        return bool(self._answer or self.turns)

    @property
    def is_cut(self) -> bool:
        """Whether the newest answer was cut at the limit of tokens."""
        return self._state.is_cut

    @property
    def needs_tick(self) -> bool:
        """Whether another tick would change anything."""
        return self._clear_first or self._is_whole or bool(self._unpainted) or self._state.stage in COUNTING

    def reset(self, purpose: Purpose | None, *, asking: bool = False) -> None:
        """Forget the previous run; ``purpose`` is ``None`` if no run has begun. ``asking`` makes room for the place in
        a conversation.
        """
        self._state = StreamState(self.model.key, purpose, asking=asking)
        self._is_measured = purpose is records.Purpose.BENCHMARK
        self.turns.clear()
        self._begin_answer("")

    def await_turn(self) -> None:
        """Wait for the next question of the conversation; the turns so far stay on the screen."""
        self._state = StreamState(self.model.key, records.Purpose.ASK)

    def show(self, event: run_events.Event, now_s: float) -> None:
        """Record one event of this model; its text waits for the next tick."""
        self._state.follow(event, now_s)
        match event:
            case run_events.SampleStarted(prompt=prompt, turn=turn):
                del self.turns[turn - 1 :]
                self._begin_answer(prompt.text)
            case run_events.TextReceived():
                self._unpainted.append(event)
                if not event.reasoning:
                    self._answer.append(event.text)
            case run_events.SampleFinished(sample=sample):
                if self._state.asking and sample.text:
                    self.turns.append(ShownTurn(sample.prompt, sample.text, sample.reasoning))
                self._end_answer(sample)
            case run_events.RunFinished():
                self._is_whole = True
            case run_events.ModelDied(load=load, cause=cause):
                self.paint_text()
                self.tail.note(_end_note(load, cause, self._told_error))
            case _:
                pass

    def paint_text(self) -> None:
        """Paint the text that has arrived since the last tick."""
        if self._clear_first:
            self._clear_first = False
            self._paint_earlier_turns()
        arrived, self._unpainted = self._unpainted, []
        for reasoning, run in groupby(arrived, key=lambda event: event.reasoning):
            self.tail.append("".join(event.text for event in run), reasoning)
        self.tail.streaming = self._state.stage in (StreamStage.WAITING, StreamStage.STREAMING)
        if self._is_whole and not self.tail.streaming and self.is_attached:
            self._is_whole = False
            self.run_worker(self._lay_out(), group="lay-out", exclusive=True, exit_on_error=False)

    def _end_answer(self, sample: Sample) -> None:
        """Show in full why an answer is not whole, and let it be laid out."""
        if sample.status is records.SampleStatus.FAILED and sample.error:
            self.paint_text()
            self.tail.note(sample.error)
            self._told_error = sample.error
        self._is_whole = not self._is_measured

    async def _lay_out(self) -> None:
        await asyncio.get_running_loop().run_in_executor(_LAYOUT_THREAD, self.tail.prepare_layout)
        # The next answer may have begun meanwhile.
        if not self._clear_first and not self.tail.streaming:
            self.tail.finish()
            if not self._told_error:
                self.tail.show_newest_answer()

    def _begin_answer(self, question: str) -> None:
        self._question = question
        self._answer.clear()
        self._unpainted.clear()
        self._clear_first = True
        self._is_whole, self._told_error = False, None

    def _paint_earlier_turns(self) -> None:
        """Show the turns before this one, each under its question; of a first turn the question is not repeated."""
        pieces: list[tuple[str, RowStyle]] = []
        for number, turn in enumerate(self.turns[: self._state.turn - 1]):
            pieces += [
                (f"❯ {turn.question}" if number == 0 else f"\n❯ {turn.question}", RowStyle.QUESTION),
                (turn.reasoning, RowStyle.REASONING),
                (turn.answer, RowStyle.PLAIN),
            ]
        if self._state.turn > 1:
            pieces.append((f"\n❯ {self._question}", RowStyle.QUESTION))
        self.tail.clear()
        self.tail.append_whole([(text, look) for text, look in pieces if text])

    def paint_header(self, now_s: float) -> None:
        """Show the current state and figures."""
        self.header.show(self._state, now_s)
