"""The pane of the machines of a fleet, of which a person selects those that are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from tui.panes.widgets.choice import NOT_SELECTED, SELECTED, PlainList, fitting_subtitle
from tui.records.fleet.view import MachineRow
from tui.text.cells import cells_of, cut, padded, printable

_ABSENT: Final = "·"
_MARK_CELLS: Final = 2
_STATE_CELLS: Final = 8
_LEAST_NAME_CELLS: Final = 8
_SCROLLBAR_CELLS: Final = 1
_NONE: Final = "No machine has joined yet: copy the file that benchtop fleet create has written, and join with it."


class MachineList(PlainList):
    """The rows of the machines; space, enter or a click selects one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "select", "Select", tooltip="Select the machine for the next question, or leave it out"),
    ]

    class NothingToSelect(Message):
        """The person wants to select a machine, and the list is empty."""

    def action_select(self) -> None:
        """Select the highlighted machine, or leave it out."""
        if self.option_count:
            super().action_select()
        else:
            self.post_message(self.NothingToSelect())


class MachinesPane(Vertical):
    """Every machine of the fleet, selected or not, above a sentence about the highlighted one."""

    DEFAULT_CSS = """
    MachinesPane {
        MachineList { height: 1fr; scrollbar-gutter: stable; }
        #machine-detail {
            height: auto;
            max-height: 9;
            border-top: solid $border-blurred;
            color: $text-muted;
        }
    }
    """

    def __init__(self, most: int) -> None:
        """At most ``most`` machines are selected; until a person selects, they are the first that can be asked."""
        super().__init__()
        self._most = most
        self._rows: dict[str, MachineRow] = {}
        self._selected: set[str] = set()
        self._chosen_by_person = False
        self._why_empty = _NONE
        self.border_title = "Machines"

    def compose(self) -> ComposeResult:
        yield MachineList()
        yield Static(id="machine-detail", markup=False)

    def show(self, machines: Sequence[MachineRow]) -> None:
        """Show these machines; the highlight stays where it is."""
        rows = {machine.name: machine for machine in machines}
        if rows == self._rows and rows:
            return
        self._why_empty = _NONE
        listing, same = self.query_one(MachineList), list(rows) == list(self._rows)
        before = listing.highlighted_option
        self._rows = rows
        if not self._chosen_by_person:
            self._selected = set([name for name, row in rows.items() if not row.why_not][: self._most])
        if same:
            for name in rows:
                self._repaint(name)
        else:
            listing.set_options([Option(self._line(machine), id=machine.name) for machine in machines])
            name = before.id if before is not None and before.id in rows else next(iter(rows), None)
            listing.highlighted = listing.get_option_index(name) if name is not None else None
        self._show_detail()
        self._show_count()

    def show_problem(self, sentence: str, advice: str) -> None:
        """Show why there is no machine; ``advice`` is what to do, for a person who wants to select one all the same."""
        self._rows, self._why_empty = {}, advice
        self.query_one(MachineList).clear_options()
        self.query_one("#machine-detail", Static).update(sentence)
        self.border_subtitle = ""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The names of the selected machines that can be asked now, in the order of the list."""
        return tuple(name for name, row in self._rows.items() if not row.why_not and name in self._selected)

    def on_resize(self, _event: events.Resize) -> None:
        for name in self._rows:
            self._repaint(name)
        if self._rows:
            self._show_count()

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        name = event.option_id
        if name is None:
            return
        row = self._rows[name]
        if row.why_not:
            self.notify(f"{row.why_not[:1].upper()}{row.why_not[1:]}.", title=printable(name), markup=False)
            return
        if name not in self._selected and len(self.chosen) >= self._most:
            self.notify(f"{self._most} answers fit side by side: leave another machine out first.")
            return
        self._chosen_by_person = True
        self._selected ^= {name}
        self._repaint(name)
        self._show_count()

    @on(MachineList.NothingToSelect)
    def _say_why_empty(self, event: MachineList.NothingToSelect) -> None:
        event.stop()
        self.notify(self._why_empty, title="No machine to select", markup=False)

    @on(OptionList.OptionHighlighted)
    def _describe(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._show_detail()

    def _repaint(self, name: str) -> None:
        self.query_one(MachineList).replace_option_prompt(name, self._line(self._rows[name]))

    def _line(self, row: MachineRow) -> Content:
        cells = max(_LEAST_NAME_CELLS, self.content_size.width - _MARK_CELLS - _STATE_CELLS - _SCROLLBAR_CELLS - 1)
        name = padded(cut(printable(row.name), cells), cells)
        chosen = not row.why_not and row.name in self._selected
        mark = _ABSENT if row.why_not else SELECTED if chosen else NOT_SELECTED
        return Content.assemble(
            (f"{mark} ", "$primary" if chosen else "$foreground-muted"),
            (name, "$foreground-muted" if row.why_not else ""),
            (f" {row.state:>{_STATE_CELLS}}", "$foreground-muted" if row.why_not else "$success"),
        )

    def _show_detail(self) -> None:
        option = self.query_one(MachineList).highlighted_option
        row = self._rows.get(option.id or "") if option is not None else None
        words = _NONE if row is None else _about(row, self.content_size.width)
        self.query_one("#machine-detail", Static).update(words)

    def _show_count(self) -> None:
        count = len(self.chosen)
        words = f"{count} selected: r asks, space selects" if count else "space selects"
        self.border_subtitle = fitting_subtitle(self, words, f"{count} selected")


def _about(row: MachineRow, width: int) -> str:
    """The whole name if its row cuts it, then what is known of the machine."""
    name = printable(row.name)
    is_cut = cells_of(name) > width - _MARK_CELLS - _STATE_CELLS - _SCROLLBAR_CELLS - 1
    facts = [
        name if is_cut else "",
        f"group {printable(row.group)}" if row.group else "",
        f"Benchtop {printable(row.benchtop)}" if row.benchtop else "",
    ]
    why_not = f"{row.why_not[:1].upper()}{printable(row.why_not[1:])}." if row.why_not else ""
    return "\n".join(part for part in (why_not, " · ".join(fact for fact in facts if fact)) if part)
