"""The pane with live answers side by side, one column for each model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from tui import records
from tui.lazy import lazy_module
from tui.panes.streams.column import StreamColumn
from tui.panes.widgets.tail import TailText
from tui.text.cells import cells_of

if TYPE_CHECKING:
    from tui.bench import events as run_events
    from tui.records import Model, Plan
else:
    run_events = lazy_module("tui.bench.events")

MOST_VISIBLE: Final = 4
"""The most columns side by side; of more models, those that are running are shown."""
LEAST_COLUMN_CELLS: Final = 18

_TICKS_PER_S: Final = 10
_PAINTS_PER_HEADER: Final = 2
_LATE_S: Final = 1.5 / _TICKS_PER_S
"""A tick that is later than this shows that the terminal or the processor cannot keep up."""
_SLOWEST: Final = 4
"""The columns are painted at least once in so many ticks."""
_CALM_TICKS: Final = 2 * _TICKS_PER_S
"""After so many punctual ticks in a row the columns are painted more often again."""

HINT: Final = "Looking for models."
_BETWEEN: Final = " · "
_KEYS_OF_ANSWERS: Final = ("I reads them whole", "G votes for the marked one (▸)", "Y for a tie")


class RepaintPace:
    """The number of ticks between two paintings: it rises while ticks are late, and falls again after a calm time."""

    def __init__(self) -> None:
        self.ticks = 1
        self._last_s: float | None = None
        self._calm_ticks = 0

    def tick(self, now_s: float) -> None:
        """Record a tick at this time."""
        late = self._last_s is not None and now_s - self._last_s > _LATE_S
        self._last_s = now_s
        self._calm_ticks = 0 if late else self._calm_ticks + 1
        if late:
            self.ticks = min(_SLOWEST, self.ticks + 1)
        elif self._calm_ticks >= _CALM_TICKS:
            self.ticks = max(1, self.ticks - 1)
            self._calm_ticks = 0

    def reset(self) -> None:
        """Take the next tick as punctual, whenever it comes."""
        self._last_s = None


class StreamsPane(Horizontal):
    """One to four columns of live text with their timers.

    Text is painted on ticks, never when it arrives, and in all columns at once: frames take time from the models, and
    one frame of four columns costs less than half of four frames of one. If ticks are late, the columns are painted
    less often.
    """

    DEFAULT_CSS = """
    StreamsPane {
        .streams--hint {
            width: 1fr;
            height: 1fr;
            content-align: center middle;
            text-align: center;
            color: $text-muted;
            &.-list { text-align: left; padding: 0 4; content-align: left middle; }
        }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "neighbour(-1)", "Column before", tooltip="Go to the column on the left", show=False),
        Binding("right", "neighbour(1)", "Next column", tooltip="Go to the column on the right", show=False),
    ]

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.border_title = "Streams"
        self._columns: dict[str, StreamColumn] = {}
        self._names_hidden = False
        self._as_source = self._with_reasoning = self._together = False
        self._spare: dict[str, StreamColumn] = {}
        """Columns to use again if the same models are asked: new ones would hold up the screen for some 60 ms."""
        self._is_question = self._can_vote = False
        """Whether a question was asked, and whether the columns show whole answers to one question."""
        self._conversation = ""
        """The id of the conversation that the columns show; empty if they show none."""
        self._timer: Timer | None = None
        self._first_visible = self._tick_number = self._ticks_to_rest = 0
        self._pace = RepaintPace()

    def compose(self) -> ComposeResult:
        hint = Static(HINT, classes="streams--hint")
        hint.display = not self._columns
        yield hint
        yield from self._columns.values()

    @property
    def is_filled(self) -> bool:
        """Whether there is a column of a model."""
        return bool(self._columns)

    def show_hint(self, words: Content, *, as_list: bool = False) -> None:
        """Show what the next key does; it is seen until the first question is asked.

        The lines of a list begin below each other; those of other words are centred.
        """
        hint = self.query_one(".streams--hint", Static)
        hint.set_class(as_list, "-list")
        hint.update(words)

    @property
    def idle(self) -> bool:
        """Whether everything is painted and no timer is counting."""
        return self._ticks_to_rest <= 0

    def on_mount(self) -> None:
        self._timer = self.set_interval(1 / _TICKS_PER_S, self._tick, pause=self.idle)

    def on_resize(self) -> None:
        self._arrange()

    def continues(self, plan: Plan) -> bool:
        """Whether a plan goes on with the conversation that is shown, perhaps with some of its models only."""
        return (
            bool(plan.conversation)
            and plan.conversation == self._conversation
            and all(model.key in self._columns for model in plan.models)
        )

    def prepare(self, models: Sequence[Model], conversation: str = "") -> None:
        """Create an empty column for each model; ``conversation`` is the id of the one that begins, if one does."""
        self._conversation, self._can_vote = conversation, False
        if self._names_hidden:
            models = random.sample(list(models), len(models))
        self._spare, self._columns = self._columns or self._spare, {}
        for column in self._spare.values():
            column.reset(None)
            column.paint_text()
        if models:
            self._take_columns(models)
        for column in self._columns.values():
            column.reset(None, asking=bool(conversation))
        for index, column in enumerate(self._columns.values()):
            column.header.hide_name(f"Answer {chr(ord('A') + index)}" if self._names_hidden else "")
        if self.is_mounted:
            # Not by a class: it would have Textual look for the styles of everything in the pane.
            self.query_one(".streams--hint").display = not self._columns
        self._first_visible = 0
        self._arrange()
        self._wake()

    def show(self, event: run_events.Event) -> None:
        """Record one event of a run; it is painted on a tick of the pane."""
        match event:
            case run_events.RunStarted(run=run):
                self._begin(run.plan)
            case run_events.ModelLoading(key=key) | run_events.SampleStarted(key=key):
                self._bring_into_view(key)
                self._pass_on(key, event)
            case (
                run_events.ModelWaiting(key=key)
                | run_events.ModelLoaded(key=key)
                | run_events.ModelUnloaded(key=key)
                | run_events.ModelDied(key=key)
                | run_events.FirstToken(key=key)
                | run_events.TextReceived(key=key)
                | run_events.SampleFinished(key=key)
            ):
                self._pass_on(key, event)
            case run_events.RunFinished() | run_events.MemoryRead():
                for key in self._columns:
                    self._pass_on(key, event)
                if isinstance(event, run_events.RunFinished):
                    answers = sum(column.has_answer for column in self._columns.values())
                    self._can_vote = self._is_question and answers > 1
                    self._show_keys()
            case _:
                pass

    @property
    def names_hidden(self) -> bool:
        """Whether the names of the models are hidden with each new question."""
        return self._names_hidden

    @property
    def names_are_seen(self) -> bool:
        """Whether the columns that are there now show the names of their models."""
        return not any(column.header.alias for column in self._columns.values())

    def hide_names(self, hidden: bool) -> None:
        """Hide the names of the models from the next question on, or show them."""
        self._names_hidden = hidden
        if not hidden:
            self.reveal_names()
        self._arrange()

    def reveal_names(self) -> None:
        """Show the names of the columns that are there now."""
        for column in self._columns.values():
            column.header.hide_name("")

    @property
    def has_reasoning(self) -> bool:
        """Whether any answer that is shown has reasoning."""
        return any(column.tail.reasoning for column in self._columns.values())

    def toggle_source(self) -> bool:
        """Show whole answers as they were written, or laid out; tells whether they are shown as written now."""
        self._as_source = not self._as_source
        self._lay_out()
        return self._as_source

    def toggle_reasoning(self) -> None:
        """Fold or unfold the reasoning of whole answers."""
        self._with_reasoning = not self._with_reasoning
        self._lay_out()

    def toggle_together(self) -> bool:
        """Scroll all columns together, or each alone; tells whether they scroll together now."""
        self._together = not self._together
        return self._together

    def current_answer(self) -> str:
        """Return the whole answer of the focused column, or of the first; empty if there is none."""
        column = self._focused or next(iter(self._visible()), None)
        return column.answer if column else ""

    @property
    def current_key(self) -> str | None:
        """The key of the model whose column has the focus, or is the only one; ``None`` if it is not clear which."""
        column = self._focused or (next(iter(self._columns.values())) if len(self._columns) == 1 else None)
        return column.model.key if column is not None else None

    @property
    def _focused(self) -> StreamColumn | None:
        return next((column for column in self._columns.values() if column.has_focus_within), None)

    def action_neighbour(self, step: int) -> None:
        """Move the focus to the column to the left or right."""
        columns = list(self._columns.values())
        index = next((index for index, column in enumerate(columns) if column.tail.has_focus), None)
        if index is not None and 0 <= index + step < len(columns):
            column = columns[index + step]
            self._bring_into_view(column.model.key)
            column.tail.focus()

    def _take_columns(self, models: Sequence[Model]) -> None:
        """Use the columns of the same models again, or make new ones."""
        spare, self._spare = self._spare, {}
        if [column.model for column in spare.values()] == list(models):
            self._columns = spare
            return
        self._columns = {model.key: StreamColumn(model) for model in models}
        if self.is_mounted:
            self.remove_children(StreamColumn)
            self.mount(*self._columns.values())
            self.call_after_refresh(self._lay_out)

    def _begin(self, plan: Plan) -> None:
        self._is_question, self._can_vote = plan.purpose is records.Purpose.ASK, False
        self._show_keys()
        if self.continues(plan):
            for model in plan.models:
                self._columns[model.key].await_turn()
            return
        if {key: column.model for key, column in self._columns.items()} != {model.key: model for model in plan.models}:
            self.prepare(plan.models, plan.conversation)
        self._conversation = plan.conversation
        for column in self._columns.values():
            column.reset(plan.purpose)

    def _pass_on(self, key: str, event: run_events.Event) -> None:
        column, now_s = self._columns.get(key), monotonic()
        if column is None:
            return
        column.show(event, now_s)
        if isinstance(event, run_events.FirstToken):
            # Painted without a tick: the text must not stand beside a timer that still counts.
            column.paint_text()
            column.paint_header(now_s)
        self._wake()

    def _lay_out(self) -> None:
        for column in (*self._columns.values(), *self._spare.values()):
            column.tail.lay_out(as_source=self._as_source, with_reasoning=self._with_reasoning)

    @on(TailText.Scrolled)
    def _scroll_others(self, event: TailText.Scrolled) -> None:
        event.stop()
        for column in self._columns.values() if self._together else ():
            if column.tail is not event.text:
                column.tail.show_share(event.share)

    def _wake(self) -> None:
        """Keep ticking until every column has been painted once more."""
        self._ticks_to_rest = 2 * _PAINTS_PER_HEADER * self._pace.ticks
        if self._timer is not None:
            self._timer.resume()

    def _tick(self) -> None:
        """Paint the columns, and stop the ticks when nothing would change any more."""
        now_s = monotonic()
        self._pace.tick(now_s)
        painting = self._tick_number % self._pace.ticks == 0
        with_header = self._tick_number % (self._pace.ticks * _PAINTS_PER_HEADER) == 0
        self._tick_number += 1
        for column in self._columns.values():
            if painting:
                column.paint_text()
                if with_header:
                    column.paint_header(now_s)
            if column.needs_tick:
                self._wake()
        self._ticks_to_rest -= 1
        if self.idle and self._timer is not None:
            # Late ticks have painted less often than was planned, so something may not be painted yet.
            for column in self._columns.values():
                column.paint_text()
                column.paint_header(now_s)
            self._timer.pause()
            self._pace.reset()

    def _capacity(self) -> int:
        """Return how many columns fit into the width."""
        return min(MOST_VISIBLE, max(1, self.size.width // LEAST_COLUMN_CELLS)) if self.size.width else MOST_VISIBLE

    def _visible(self) -> Sequence[StreamColumn]:
        return tuple(self._columns.values())[self._first_visible : self._first_visible + self._capacity()]

    def _bring_into_view(self, key: str) -> None:
        """Move the range of visible columns so that it contains the model's."""
        if key not in self._columns:
            return
        index, room = list(self._columns).index(key), self._capacity()
        if not self._first_visible <= index < self._first_visible + room:
            self._first_visible = index if index < self._first_visible else index - room + 1
            self._arrange()

    def _arrange(self) -> None:
        """Show the columns that fit, and how many more there are on either side."""
        self._first_visible = max(0, min(self._first_visible, len(self._columns) - self._capacity()))
        visible = self._visible()
        for column in (*self._spare.values(), *self._columns.values()):
            column.display = column in visible
        for column in self._columns.values():
            column.set_class(column is visible[0], "-first")
        self._show_keys()

    def _show_keys(self) -> None:
        """Show how many columns there are on either side, and the keys for whole answers."""
        after = len(self._columns) - self._first_visible - len(self._visible())
        can_vote = self._can_vote and len(self._columns) > 1
        keys = _KEYS_OF_ANSWERS if can_vote else _KEYS_OF_ANSWERS[1:] if self._names_hidden else ()
        words = _fitting(self._first_visible, after, keys, self.size.width - 2)
        if words != self.border_subtitle:
            self.border_subtitle = words


def _fitting(before: int, after: int, keys: Sequence[str], room: int) -> str:
    """Return how many columns there are on either side, and as many of the keys as there is room for."""
    marks = [f"‹ {before} more"] * bool(before) + [f"{after} more ›"] * bool(after)
    wordings = [_BETWEEN.join([*marks, *keys[:count]]) for count in range(len(keys), -1, -1)]
    return next((words for words in wordings if cells_of(words) <= room), wordings[-1])
