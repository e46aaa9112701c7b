"""The details of the run that is highlighted in the history: facts about it, with a line for each model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from tui.panes.history.columns import STATE_TONES, tags_text, took_text
from tui.panes.widgets.columns import fit_text
from tui.panes.widgets.facts import MUTED_STYLE, Fact, FactsPane
from tui.records import ModelStatus, ModelSummary, Purpose, RunEntry
from tui.text import units
from tui.text.result_columns import DECODE, TTFT
from tui.text.run_titles import prompts_of, run_title
from tui.text.times import local_start_time

_TTFT_CELLS, _RATE_CELLS = 10, 14
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
        lines = [*self.paragraph(run_title(entry), "bold $primary"), Content("")]
        lines += self.lines(run_facts(entry))
        return Content("\n").join([*lines, Content(""), *self._models(entry)])

    def _models(self, entry: RunEntry) -> list[Content]:
        longest = max((len(key) for key in entry.models), default=0) + 1
        cells = min(max(_LEAST_NAME, longest), self.cells - _TTFT_CELLS - _RATE_CELLS)
        if not self._rows:
            return [Content.styled(fit_text(key, self.cells), MUTED_STYLE) for key in entry.models]
        head = f"{'Model':<{cells}}{'TTFT p50':>{_TTFT_CELLS}}{'Decode':>{_RATE_CELLS}}"
        return [Content.styled(head, MUTED_STYLE), *(self._model(row, cells) for row in self._rows)]

    def _model(self, row: ModelSummary, cells: int) -> Content:
        name = f"{fit_text(row.key, cells - 1)} "
        if row.status is ModelStatus.FAILED:
            word = (row.error or row.status.value).partition(":")[0]
            return Content.assemble(name, (f"{word:>{_TTFT_CELLS + _RATE_CELLS}}", "$error"))
        ttft, rate = TTFT.text(row), DECODE.text(row)
        return Content(f"{name}{ttft:>{_TTFT_CELLS}}{rate:>{_RATE_CELLS}}")
