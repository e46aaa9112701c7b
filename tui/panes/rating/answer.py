"""The column with one answer to be rated, its checks and note, and its model unless the rating is blind."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.panes.widgets.answer_frame import AnswerFrame
from tui.records.quality import Answer, FacetCheck, Rating
from tui.text import units
from tui.text.cells import printable

_SIGNS = {True: ("✓ ", "$success"), False: ("✗ ", "$error"), None: ("? ", "$foreground-muted")}
_GAP = "  "


def answer_name(index: int) -> str:
    """Name an answer by its position on the screen, which tells nothing about its model."""
    return f"Answer {chr(ord('A') + index)}"


class AnswerColumn(AnswerFrame):
    """The text of an answer in a frame that shows its rating."""

    DEFAULT_CSS = """
    AnswerColumn {
        &.-rated { border-subtitle-color: $success; }
        .checks, .note { height: auto; max-height: 5; color: $text-muted; }
    }
    """

    def __init__(self, index: int, answer: Answer) -> None:
        super().__init__(index)
        self._answer = answer
        self._checks: tuple[FacetCheck, ...] = ()
        self._as_source = False
        self._checks_line = Static("", classes="checks", markup=False)
        self._note_line = Static("", classes="note", markup=False)

    def compose(self) -> ComposeResult:
        yield self.text
        yield self._checks_line
        yield self._note_line

    def on_mount(self) -> None:
        self.text.append(self._answer.text)
        self.text.finish()

    def show(
        self,
        *,
        blind: bool,
        rating: Rating | None,
        note: str,
        checks: Sequence[FacetCheck],
        as_source: bool = False,
        hidden_before: int = 0,
        hidden_after: int = 0,
    ) -> None:
        """Show the rating, the note and the checks; while ``blind``, neither the model nor the checks.

        With ``as_source`` the text stands as it was written.
        The title counts the columns that are hidden on either side of this one for want of room.
        """
        if as_source is not self._as_source:
            self._as_source = as_source
            self.text.lay_out(as_source=as_source, with_reasoning=False)
        name = answer_name(self._index)
        models = printable(", ".join(self._answer.keys))
        before = f"‹ {hidden_before} more · " if hidden_before else ""
        after = f" · {hidden_after} more ›" if hidden_after else ""
        count = len(self._answer.keys)
        hidden = f" ({units.count(count)} models)" if count > 1 else ""
        self.border_title = Content(f"{before}{name}{after}{hidden if blind else f' · {models}'}")
        score_text = f"{rating.score} of 5" if rating is not None and rating.score is not None else "not rated"
        self.border_subtitle = Content(f"{score_text} · cut at the limit" if self._answer.cut else score_text)
        self.set_class(rating is not None, "-rated")
        self._checks = () if blind else tuple(checks)
        self._show_checks()
        self._note_line.display = bool(note)
        self._note_line.update(Content(f"Note: {printable(note)}"))

    def on_resize(self) -> None:
        self._show_checks()

    def _show_checks(self) -> None:
        self._checks_line.display = bool(self._checks)
        self._checks_line.update(_packed_lines(self._checks, self.content_size.width))


def _packed_lines(checks: Sequence[FacetCheck], width: int) -> Content:
    """Return the checks, each with its sign, with as many on a line as fit."""
    lines: list[Content] = []
    for check in checks:
        shown = Content.assemble(_SIGNS[check.met], printable(str(check.facet)))
        if lines and lines[-1].cell_length + len(_GAP) + shown.cell_length <= width:
            lines[-1] = lines[-1] + _GAP + shown
        else:
            lines.append(shown)
    return Content("\n").join(lines)
