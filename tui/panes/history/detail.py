"""The details of the run that is highlighted in the history: facts about it, with a line for each model."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.panes.history.columns import STATE_TONES, tags_text, took_text
from tui.panes.widgets.columns import fit_text
from tui.panes.widgets.facts import MUTED_STYLE, Fact, FactsPane
from tui.records import ModelStatus, ModelSummary, Purpose, RunEntry
from tui.text import units
from tui.text.cells import printable
from tui.text.result_columns import DECODE, TTFT
from tui.text.run_titles import prompts_of, run_title
from tui.text.times import local_start_time

_TTFT_CELLS, _RATE_CELLS = 10, 14
_BETWEEN: Final = " · "
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_GAP: Final = 2
_BESIDE_FROM: Final = 84
"""Cells from which the models stand beside the facts."""
BRIEF_ROWS: Final = 3
"""Up to so many rows only what was asked and the figures of the models are shown."""
_LEAST_NAME: Final = 12


def run_facts(entry: RunEntry) -> list[Fact]:
    """Return the facts about a run that its entry in the list has."""
    launches = f" over {units.count(entry.launches)} launches" if (entry.launches or 1) > 1 else ""
    failed = f", {units.count(entry.failed)} failed" if entry.failed else ""
    return [
        Fact("Status", entry.status.value, f"${STATE_TONES[entry.status]}"),
        Fact("Began", local_start_time(entry.started_at, seconds=True)),
        Fact("Took", took_text(entry)),
        Fact("Prompts", _prompts_text(entry)),
        Fact("Rounds", f"{units.count(entry.rounds)}{launches}" if entry.rounds else None),
        Fact("Samples", f"{units.count(entry.samples)}{failed}", "$error" if failed else ""),
        Fact("Tags", tags_text(entry)),
        Fact("Pinned", "it is not deleted" if entry.pinned else None),
        Fact("Note", entry.note),
        Fact("Id", entry.run_id),
    ]


def _prompts_text(entry: RunEntry) -> str | None:
    """Return what was asked, with the number of prompts where a set has several; a title that tells it is enough."""
    if entry.purpose is Purpose.ASK:
        return prompts_of(entry) if entry.name else None
    several = f" ({units.count(entry.prompts)} prompts)" if entry.prompt_set and (entry.prompts or 1) > 1 else ""
    return f"{prompts_of(entry)}{several}" or None


class RunDetail(FactsPane):
    """The highlighted run in short; enter opens it whole."""

    def __init__(self) -> None:
        super().__init__()
        self.border_title = "Run"
        self._entry: RunEntry | None = None
        self._rows: Sequence[ModelSummary] = ()

    def compose(self) -> ComposeResult:
        yield Static("", id="run-detail")

    def show(self, entry: RunEntry | None, rows: Sequence[ModelSummary] = ()) -> None:
        """Show a run; the figures of its models may follow later."""
        self._entry, self._rows = entry, rows
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        words = Content("") if self._entry is None else self._words(self._entry)
        self.query_one("#run-detail", Static).update(words)

    def _words(self, entry: RunEntry) -> Content:
        """Write the run in as many rows as there are, with its models beside the facts where there is room."""
        if self.size.height <= BRIEF_ROWS:
            return self._brief(entry)
        title = [*self.paragraph(run_title(entry), "bold $primary"), Content("")]
        if self.cells < _BESIDE_FROM:
            lines = [*self.lines(run_facts(entry)), Content(""), *self._models(entry, self.cells)]
            return Content("\n").join([*title, *lines])
        half = self.cells // 2
        facts, models = self.lines(run_facts(entry), half - _GAP), self._models(entry, half)
        pairs = zip_longest(facts, models, fillvalue=Content(""))
        beside = [left + Content(" " * (half - left.cell_length)) + right for left, right in pairs]
        return Content("\n").join([*title, *beside])

    def _brief(self, entry: RunEntry) -> Content:
        """Write what was asked how often, and the figures of the models."""
        facts = {fact.label: fact.words for fact in run_facts(entry) if fact.words}
        rounds = f"{facts['Rounds']} round{'s' if entry.rounds != 1 else ''}" if "Rounds" in facts else ""
        known = (facts.get("Prompts"), rounds, f"{facts['Samples']} samples", facts.get("Tags"), facts.get("Note"))
        figures = [f"{row.key} {_figures(row)}" for row in self._rows] or list(entry.models)
        whole = _BETWEEN.join(printable(figure).replace(" ", _NO_BREAK) for figure in figures)
        told = textwrap.wrap(whole, self.cells)[: BRIEF_ROWS - 1]
        first = Content.styled(fit_text(_BETWEEN.join(filter(None, known)), self.cells), MUTED_STYLE)
        return Content("\n").join([first, *(Content(row.replace(_NO_BREAK, " ")) for row in told)])

    def _models(self, entry: RunEntry, width: int) -> list[Content]:
        longest = max((len(key) for key in entry.models), default=0) + 1
        cells = min(max(_LEAST_NAME, longest), width - _TTFT_CELLS - _RATE_CELLS)
        if not self._rows:
            return [Content.styled(fit_text(key, width), MUTED_STYLE) for key in entry.models]
        head = f"{'Model':<{cells}}{'TTFT p50':>{_TTFT_CELLS}}{'Decode':>{_RATE_CELLS}}"
        return [Content.styled(head, MUTED_STYLE), *(self._model(row, cells) for row in self._rows)]

    def _model(self, row: ModelSummary, cells: int) -> Content:
        name = f"{fit_text(row.key, cells - 1)} "
        if row.status is ModelStatus.FAILED:
            return Content.assemble(name, (f"{_figures(row):>{_TTFT_CELLS + _RATE_CELLS}}", "$error"))
        ttft, rate = TTFT.text(row), DECODE.text(row)
        return Content(f"{name}{ttft:>{_TTFT_CELLS}}{rate:>{_RATE_CELLS}}")


def _figures(row: ModelSummary) -> str:
    """Write the first token and the rate of a model, or why it has none."""
    if row.status is ModelStatus.FAILED:
        return (row.error or row.status.value).partition(":")[0]
    return f"{TTFT.text(row)}, {DECODE.text(row)}"
