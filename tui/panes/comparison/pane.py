"""The pane that compares runs: which runs they are, and how each number of each model has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from tui.measure.comparison import wording
from tui.measure.comparison.headline import disturbance, headline
from tui.panes.comparison import rows
from tui.panes.comparison.sides import side_lines
from tui.panes.comparison.whole_numbers import wrapped
from tui.records import RunRecord
from tui.records.comparison import Comparison, Difference, LaunchSpread, Outcome
from tui.text.cells import printable
from tui.text.tables import counted

_COMPARING: Final = "Comparing the runs."
_NOTHING_IN_COMMON: Final = (
    "These runs have no measured model in common that was asked the same: choose runs of the same models and prompts."
)
_TOO_FEW: Final = "One run alone compares with nothing: choose two or more."
_NEEDS_LAUNCHES: Final = (
    "Too few launches to tell: numbers differ from one start of a model to the next. Measure both runs with at least 2 "
    "launches, better 5. Set Launches in the benchmark's dialog (b), or use benchtop bench --launches 5."
)
_ANYWAY: Final = ("y", " compares them anyway.")
_BARS: Final = "Bars (right = slower)"
_HELP: Final = "? explains TTFT, E2E and the other words."


class ComparisonPane(Vertical):
    """The comparisons of the first run with each of the others."""

    DEFAULT_CSS = """
    ComparisonPane {
        border: round $border;
        border-title-color: $primary;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        height: 1fr;
        #comparison-sides { height: auto; max-height: 8; text-wrap: nowrap; text-overflow: clip; }
        #comparison-verdict { height: auto; max-height: 5; margin-top: 1; }
        #comparison-heading { height: 1; margin-top: 1; text-wrap: nowrap; text-overflow: clip; }
        #comparison-scroll {
            height: 1fr;
            scrollbar-size-vertical: 1;
            scrollbar-gutter: stable;
        }
        #comparison-lines { height: auto; text-wrap: nowrap; text-overflow: clip; }
        #comparison-words { height: auto; margin-top: 1; }
        #comparison-notes { margin-top: 1; color: $text-muted; }
    }
    """

    def __init__(self, runs: Sequence[RunRecord], references: Sequence[str] = ()) -> None:
        """``references`` are sentences with the numbers of other machines."""
        super().__init__()
        self._runs, self._references = tuple(runs), tuple(references)
        self._comparisons: tuple[Comparison, ...] = ()
        self._spreads: tuple[LaunchSpread, ...] = ()
        self._compare_anyway = self._per_prompt = False
        self.can_choose_another = False
        """Whether the screen can ask for other runs."""
        self.border_title = "Compare"

    def compose(self) -> ComposeResult:
        yield Static(id="comparison-sides")
        yield Static(id="comparison-verdict", markup=False)
        yield Static(id="comparison-heading")
        with VerticalScroll(id="comparison-scroll"):
            yield Static(id="comparison-lines")
            yield Static(id="comparison-words", markup=False)
            yield Static(id="comparison-notes", markup=False)

    def on_mount(self) -> None:
        self._draw()
        scroll = self.query_one("#comparison-scroll")
        self.watch(scroll, "scroll_y", self._show_rest, init=False)
        self.watch(scroll, "virtual_size", self._show_rest, init=False)

    def on_resize(self, _event: events.Resize) -> None:
        self._draw()

    @property
    def refused(self) -> bool:
        """Whether no comparison is shown since the runs differ in how they were measured."""
        return not self._compare_anyway and any(comparison.unlike for comparison in self._comparisons)

    def show(self, comparisons: Sequence[Comparison]) -> None:
        """Show these comparisons of the first run with each of the others."""
        self._comparisons = tuple(comparisons)
        self._draw()

    def show_spreads(self, spreads: Sequence[LaunchSpread]) -> None:
        """Hold changes of single launches against how far runs of the history differ."""
        self._spreads = tuple(spreads)
        self._draw()

    def show_anyway(self) -> None:
        """Compare runs that differ in how they were measured."""
        self._compare_anyway = True
        self._draw()

    def toggle_prompts(self) -> None:
        """Show single prompts below each number, or only the headlines."""
        self._per_prompt = not self._per_prompt
        self._draw()

    def _draw(self) -> None:
        table, words = self._table(), self._words()
        self._update("heading", table[:1])
        self._update("lines", table[1:])
        self._update("words", self._wrapped(words))
        self._update("notes", self._wrapped([Content(note) for note in self._notes()]) if table else [])
        self._update("sides", self._side_lines())
        self._update("verdict", self._wrapped(self._verdict()) if table else [])
        self.call_after_refresh(self._show_rest)

    def _wrapped(self, lines: Sequence[Content]) -> list[Content]:
        """Break lines between numbers; one cell is left for the scrollbar."""
        return [row for line in lines for row in wrapped(line, max(1, self.content_size.width - 1))]

    def _show_rest(self) -> None:
        """Tell how many lines are below what is seen."""
        scroll = self.query_one("#comparison-scroll", VerticalScroll)
        below = round(scroll.max_scroll_y - scroll.scroll_y)
        rest = f"↓ {counted(below, 'more line')}" if below > 0 else ""
        self.border_subtitle = " · ".join(filter(None, ("single prompts" if self._per_prompt else "", rest)))

    def _update(self, name: str, lines: Sequence[Content]) -> None:
        widget = self.query_one(f"#comparison-{name}", Static)
        widget.display = bool(lines)
        widget.update(Content("\n").join(lines))

    def _verdict(self) -> list[Content]:
        """Return what has changed in a sentence for each comparison, and before it what is doubtful."""
        doubts = [
            disturbance(comparison, "A", rows.side_letter(index))
            for index, comparison in enumerate(self._comparisons, start=1)
        ]
        sentences = [
            headline(comparison, "A", rows.side_letter(index))
            for index, comparison in enumerate(self._comparisons, start=1)
        ]
        return [
            *(Content.styled(printable(doubt), "$warning") for doubt in doubts if doubt),
            *(Content.styled(printable(sentence), "bold") for sentence in sentences if sentence),
        ]

    def _table(self) -> list[Content]:
        if self.refused or not any(comparison.changes for comparison in self._comparisons):
            return []
        # One cell is left for the scrollbar.
        cells = self.content_size.width - 1
        columns = rows.layout(self._comparisons, cells, per_prompt=self._per_prompt)
        reach = rows.scale(self._comparisons, per_prompt=self._per_prompt)
        adjusted = wording.has_measured(self._comparisons)
        heading = rows.heading(columns, reach, several=len(self._comparisons) > 1, adjusted=adjusted)
        return [heading, *rows.lines(self._comparisons, columns, reach, per_prompt=self._per_prompt)]

    def _words(self) -> list[Content]:
        """Return the message in place of a table, or the advice below a table with an uncertain outcome."""
        if len(self._runs) < 2:
            return [Content(_TOO_FEW)]
        if not self._comparisons:
            return [Content.styled(_COMPARING, "$foreground-muted")]
        if self.refused:
            return self._refusal()
        changes = [change for comparison in self._comparisons for change in comparison.changes]
        if not changes:
            return [Content(_NOTHING_IN_COMMON)]
        if any(change.outcome is Outcome.CANNOT_TELL for change in changes):
            return [
                Content.styled(_NEEDS_LAUNCHES, "$warning"),
                *(
                    Content(sentence)
                    for index, comparison in enumerate(self._comparisons, start=1)
                    for sentence in rows.usual_changes(comparison.changes, self._spreads, rows.side_letter(index))
                ),
            ]
        return []

    def _refusal(self) -> list[Content]:
        drawn = [Content.styled("These runs were not asked the same, so their numbers do not compare:", "$warning")]
        for index, comparison in enumerate(self._comparisons, start=1):
            letter = rows.side_letter(index)
            drawn += [_difference(self._side_prefix(index), letter, difference) for difference in comparison.unlike]
        other = ("d", " chooses another run; those that compare come first.")
        if not self.can_choose_another:
            other = ("esc", " goes back to the history, where others can be marked.")
        steps = [Content.assemble((key, "bold $primary"), words) for key, words in (other, _ANYWAY)]
        return [*drawn, Content(""), *steps]

    def _notes(self) -> list[str]:
        notes = [stepwise] if (stepwise := wording.step_note(self._comparisons)) else []
        for index, comparison in enumerate(self._comparisons, start=1):
            remarks = wording.remarks(comparison, second=f"in {rows.side_letter(index)}")
            notes += [
                printable(f"{self._side_prefix(index)}{title}: {words}.")
                for title, words in remarks
                if not title.startswith("Disturbed")
            ]
        notes += map(printable, self._references)
        return [*notes, *wording.basis(self._comparisons, _BARS), _HELP]

    def _side_prefix(self, index: int) -> str:
        return f"{rows.side_letter(index)}: " if len(self._comparisons) > 1 else ""

    def _side_lines(self) -> list[Content]:
        return side_lines(self._runs, self.content_size.width)


def _difference(side: str, letter: str, difference: Difference) -> Content:
    return Content(printable(f"  {side}{wording.difference_sides(difference, 'A', letter)}"))
