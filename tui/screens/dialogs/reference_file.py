"""The dialog that takes the results of another machine from a file, to stand beside every run in the results."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Static

from tui.measure.comparison.reference_rows import reference_sentence
from tui.records import ModelSummary
from tui.reports.json.references import NotARun, read_references
from tui.screens.dialogs.read_dialog import ReadDialog, Unusable
from tui.text.cells import printable

_ABOUT = (
    "A file of benchtop report RUN --json FILE of another machine, or a published result (benchtop guide reports). Its "
    "rows are shown in the results, the charts, a comparison and a choice, and count in none of them."
)


class ReferenceDialog(ReadDialog[tuple[ModelSummary, ...]]):
    """Asks for the path of a file; its result is all reference rows that are shown from now on."""

    DEFAULT_CSS = """
    ReferenceDialog {
        .about { height: auto; color: $text-muted; margin-top: 1; }
    }
    """

    TITLED = "Results of another machine"
    EXAMPLE = "colleague.json"

    def __init__(self, present: Sequence[ModelSummary]) -> None:
        """``present`` are the rows that are shown already; a further file is added to them."""
        super().__init__()
        self._present = tuple(present)

    def compose_about(self) -> ComposeResult:
        yield Static(_ABOUT, classes="about", markup=False)
        if self._present:
            lines = [Content(printable(reference_sentence(row))) for row in self._present]
            yield Static(Content("\n").join(lines), classes="about")

    def compose_choices(self) -> ComposeResult:
        if self._present:
            with Horizontal(classes="buttons"):
                yield Button("Remove all rows", id="remove", compact=True)

    def read(self, file: Path) -> tuple[ModelSummary, ...]:
        """Read the rows of a file, and put them behind those of other models that are shown. Raises Unusable."""
        try:
            rows = read_references(file)
        except NotARun as error:
            raise Unusable(str(error)) from error
        if not rows:
            raise Unusable(f"{file}: no model in it has a number.")
        added = {row.key for row in rows}
        return (*(row for row in self._present if row.key not in added), *rows)

    @on(Button.Pressed, "#remove")
    def _remove(self) -> None:
        self.dismiss(())
