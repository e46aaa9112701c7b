"""The dialog that takes the results of another machine from a file, to stand beside every run in the results."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Input, Label, Static

from tui import paths
from tui.measure.comparison.reference_rows import reference_sentence
from tui.records import ModelSummary
from tui.reports.json.references import NotARun, read_references
from tui.screens.frame.dialog import FormDialog
from tui.text.cells import printable

_ABOUT = (
    "A file of benchtop report RUN --json FILE of another machine, or a published result (benchtop guide reports). Its "
    "rows are shown in the results, the charts, a comparison and a choice, and count in none of them."
)


class ReferenceDialog(FormDialog[tuple[ModelSummary, ...]]):
    """Asks for the path of a file; its result is all reference rows that are shown from now on."""

    DEFAULT_CSS = """
    ReferenceDialog {
        .about { height: auto; color: $text-muted; margin-top: 1; }
    }
    """

    def __init__(self, present: Sequence[ModelSummary]) -> None:
        """``present`` are the rows that are shown already; a further file is added to them."""
        super().__init__()
        self._present = tuple(present)

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Results of another machine"
            box.border_subtitle = "enter reads · escape leaves"
            yield Static(_ABOUT, classes="about", markup=False)
            if self._present:
                lines = [Content(printable(reference_sentence(row))) for row in self._present]
                yield Static(Content("\n").join(lines), classes="about")
            with Horizontal(classes="row"):
                yield Label("File", classes="label")
                yield Input(placeholder="colleague.json", compact=True)
            yield from self.compose_end("read", "Read", f"Read from {Path.cwd()} unless the path says otherwise.")
            if self._present:
                with Horizontal(classes="buttons"):
                    yield Button("Remove all rows", id="remove", compact=True)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Button.Pressed, "#remove")
    def _remove(self) -> None:
        self.dismiss(())

    @on(Input.Submitted)
    @on(Button.Pressed, "#read")
    def _start_reading(self) -> None:
        text = self.query_one(Input).value.strip()
        if text:
            self._read(paths.expanded(Path(text)))
        else:
            self.show_message("A file name is expected.")

    @work(group="references", exclusive=True, exit_on_error=False)
    async def _read(self, file: Path) -> None:
        try:
            rows = await asyncio.to_thread(read_references, file)
        except NotARun as error:
            self.show_message(str(error))
            return
        if not rows:
            self.show_message(f"{file}: no model in it has a number.")
            return
        present = {row.key for row in rows}
        self.dismiss((*(row for row in self._present if row.key not in present), *rows))
