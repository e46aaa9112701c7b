"""The dialog that checks the files of a model one by one, and offers to download them again."""

from __future__ import annotations

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Static

from tui.library.protocol import Library, LibraryError
from tui.panes.catalogue.checks import CheckList
from tui.records import Model
from tui.screens.frame.dialog import Dialog


class VerifyDialog(Dialog[bool]):
    """A list of checked files; the result is whether to repair the model, which removes and downloads its files."""

    DEFAULT_CSS = """
    VerifyDialog {
        .checks { height: auto; max-height: 16; scrollbar-size-vertical: 1; }
        .error { margin-top: 1; }
        #repair { display: none; }
        &.-broken #repair { display: block; }
    }
    """

    def __init__(self, library: Library, model: Model, *, repairable: bool) -> None:
        super().__init__()
        self._library, self._model, self._repairable = library, model, repairable

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = f"Files of {self._model.key}"
            box.border_subtitle = "escape closes"
            with VerticalScroll(classes="checks"):
                yield CheckList()
            yield Static("", classes="error -hint", markup=False)
            with Horizontal(classes="buttons"):
                yield Button("Close", id="leave", variant="primary", compact=True)
                yield Button("Repair", id="repair", compact=True)

    def on_mount(self) -> None:
        self.query_one("#leave").focus()
        self.query_one(CheckList).show_message("Looking at every file.")
        self._look()

    @work(group="verify", exclusive=True, exit_on_error=False)
    async def _look(self) -> None:
        line = self.query_one(".error", Static)
        try:
            checks = await self._library.verify(self._model)
        except LibraryError as error:
            self.query_one(CheckList).show_message("The files could not be looked at.")
            line.remove_class("-hint").update(str(error))
            return
        self.query_one(CheckList).show(checks)
        if all(check.ok for check in checks):
            line.update("Everything is in order.")
        elif self._repairable:
            self.add_class("-broken")
            line.update("Repairing removes the files and downloads them again.")
            self.query_one("#repair").focus()
        else:
            line.update("It cannot be repaired from here while it is loaded, or without the catalogue.")

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "repair")
