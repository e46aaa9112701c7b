"""The dialog of execution providers: those with which this machine runs models, and those that can be added."""

from __future__ import annotations

from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.library.protocol import Library, LibraryError
from tui.panes.widgets.choice import PlainList
from tui.records.library import ExecutionProvider
from tui.screens.frame.dialog import Dialog
from tui.text import units
from tui.text.cells import printable

_NAME_CELLS: Final = 24
_ABOUT: Final = (
    "A provider runs a model's operators on one kind of hardware. The CPU is always there; "
    "one that is added stays, and every later run uses it."
)


class ProvidersDialog(Dialog[None]):
    """A list of all providers; enter adds the highlighted one. Leaving the dialog stops the adding."""

    DEFAULT_CSS = """
    ProvidersDialog {
        PlainList {
            max-height: 12;
            margin-top: 1;
        }
        .about { margin-top: 1; color: $text-muted; }
        .error { margin-top: 1; }
    }
    """

    def __init__(self, library: Library) -> None:
        super().__init__()
        self._library = library
        self._providers: dict[str, ExecutionProvider] = {}
        self._adding: str | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Execution providers"
            box.border_subtitle = "enter adds · escape closes"
            yield Static(_ABOUT, classes="about")
            yield PlainList(compact=True, markup=False)
            yield Static("Asking the runtime.", classes="error -hint", markup=False)

    def on_mount(self) -> None:
        self._list_providers()

    @work(group="providers", exclusive=True, exit_on_error=False)
    async def _list_providers(self) -> None:
        try:
            providers = await self._library.providers()
        except LibraryError as error:
            self.show_message(str(error))
            return
        self._providers = {provider.name: provider for provider in providers}
        options = self.query_one(OptionList)
        options.set_options(Option(_row(provider), id=provider.name) for provider in providers)
        options.action_first()
        options.focus()
        count = sum(provider.offered and not provider.registered for provider in providers)
        self.show_message(f"{count} can be added." if count else "Nothing can be added on this machine.", hint=True)

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        provider = self._providers[event.option_id or ""]
        if self._adding is not None:
            self.show_message(f"{_short_name(self._adding)} is being added: one at a time.", hint=True)
        elif provider.registered:
            self.show_message(f"{_short_name(provider.name)} is here already.", hint=True)
        elif not provider.offered:
            self.show_message(f"{_short_name(provider.name)}: {provider.note}.", hint=True)
        else:
            self._add(provider.name)

    @work(group="add", exclusive=True, exit_on_error=False)
    async def _add(self, name: str) -> None:
        self._adding = name
        self.show_message(f"Adding {_short_name(name)}.", hint=True)
        try:
            await self._library.add_provider(name, lambda share: self._show_share(name, share))
        except LibraryError as error:
            self.show_message(str(error))
            return
        finally:
            self._adding = None
        self._list_providers()

    def _show_share(self, name: str, share: float) -> None:
        if self.is_attached:
            self.query_one(OptionList).replace_option_prompt(name, _row(self._providers[name], share))


def _short_name(name: str) -> str:
    """Shorten a name such as ``CUDAExecutionProvider`` by the words with which every provider's name ends."""
    return printable(name.removesuffix("ExecutionProvider"))


def _row(provider: ExecutionProvider, share: float | None = None) -> Content:
    name = _short_name(provider.name)
    if share is not None:
        state = (f"adding {units.percent(share)}", "$primary")
    else:
        state = ("added", "$success") if provider.registered else (provider.note or "can be added", "$foreground-muted")
        if provider.name.startswith("CPU"):
            state = ("always here", "$success")
    return Content.assemble(f"{name:<{_NAME_CELLS}}", state)
