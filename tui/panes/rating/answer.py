"""One answer to be read and rated: its text, what was said of it, and openly whose it is."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from tui.panes.widgets.tail import TailText
from tui.records.quality import Answer, FacetCheck, Rating
from tui.text.cells import printable

_SIGNS = {True: ("✓ ", "$success"), False: ("✗ ", "$error"), None: ("? ", "$foreground-muted")}
_GAP = "  "


class AnswerText(TailText):
    """The text from its start; up, down and the page keys scroll it."""

    def on_resize(self) -> None:
        super().on_resize()
        self.action_scroll_first()


class AnswerColumn(Vertical):
    """A frame around an answer."""

    DEFAULT_CSS = """
    AnswerColumn {
        width: 1fr;
        height: 1fr;
        border: round $border-blurred;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        &.-current { border: round $border; border-title-color: $primary; }
        &.-rated { border-subtitle-color: $success; }
        AnswerText { height: 1fr; background: $background; }
        .checks, .note { height: auto; max-height: 5; color: $text-muted; }
    }
    """

    class Clicked(Message):
        """It was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def __init__(self, place: int, answer: Answer) -> None:
        super().__init__()
        self._place, self._answer = place, answer
        self._checks: tuple[FacetCheck, ...] = ()
        self.text = AnswerText()

    def compose(self) -> ComposeResult:
        yield self.text
        yield Static("", classes="checks", markup=False)
        yield Static("", classes="note", markup=False)

    def on_mount(self) -> None:
        self.text.append(self._answer.text)
        self.text.action_scroll_first()

    def show(self, *, blind: bool, rating: Rating | None, note: str, checks: Sequence[FacetCheck]) -> None:
        """Bring everything around the text up to what is known; blind that is less."""
        name = f"Answer {chr(ord('A') + self._place)}"
        models = printable(", ".join(self._answer.keys))
        self.border_title = Content(name if blind else f"{name} · {models}")
        said = f"{rating.score} of 5" if rating is not None and rating.score is not None else "not rated"
        self.border_subtitle = Content(f"{said} · cut at the limit" if self._answer.cut else said)
        self.set_class(rating is not None, "-rated")
        self._checks = () if blind else tuple(checks)
        self._show_checks()
        written = self.query_one(".note", Static)
        written.display = bool(note)
        written.update(Content(f"Note: {printable(note)}"))

    def on_resize(self) -> None:
        self._show_checks()

    def _show_checks(self) -> None:
        line = self.query_one(".checks", Static)
        line.display = bool(self._checks)
        line.update(_packed(self._checks, self.content_size.width))

    def on_click(self, _event: events.Click) -> None:
        self.post_message(self.Clicked(self._place))


def _packed(checks: Sequence[FacetCheck], width: int) -> Content:
    """As many checks on a line as fit, each with its sign."""
    lines: list[Content] = []
    for check in checks:
        shown = Content.assemble(_SIGNS[check.met], printable(str(check.facet)))
        if lines and lines[-1].cell_length + len(_GAP) + shown.cell_length <= width:
            lines[-1] = lines[-1] + _GAP + shown
        else:
            lines.append(shown)
    return Content("\n").join(lines)
