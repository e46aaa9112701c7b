"""The pane of the machines of a fleet: which are selected, and how labels of any kind look in it."""

from __future__ import annotations

from textual.app import App, ComposeResult

from tui.panes.fleet.machines import MachineList, MachinesPane
from tui.records.fleet.view import MachineRow
from tui.text.cells import cells_of

LONG = "a very long label of a machine in the second shelf of lab 3"
ROWS = (
    MachineRow(name="[b]lap|top\x1b[31m", state="here", benchtop="0.1.0", group="shelf"),
    MachineRow(name=LONG, state="here", benchtop="0.1.0"),
    MachineRow(name="gone", state="away", why_not="it is not here; start benchtop fleet join there"),
    *(MachineRow(name=f"edge-{number:02}", state="here", benchtop="0.1.0") for number in range(47)),
)


class OnePane(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.pane = MachinesPane(4)

    def compose(self) -> ComposeResult:
        yield self.pane


async def test_four_of_fifty_machines_are_selected_and_a_person_chooses_others() -> None:
    app = OnePane()
    async with app.run_test(size=(40, 20)) as pilot:
        pane = app.pane
        pane.show(ROWS)
        await pilot.pause()
        listing = pane.query_one(MachineList)
        texts = [str(option.prompt) for option in listing.options]
        assert len(texts) == 50
        assert {cells_of(text) for text in texts} == {cells_of(texts[0])}
        assert texts[0].startswith("● [b]lap|top␛[31m")
        assert texts[1].startswith("● a very long label of")
        assert [text[0] for text in texts[2:7]] == ["·", "●", "●", "○", "○"]
        assert pane.chosen == (ROWS[0].name, LONG, "edge-00", "edge-01")

        listing.focus()
        await pilot.press("down")
        assert LONG in str(pane.query_one("#machine-detail").render()).replace("\n", " ")
        await pilot.press("space", "end", "space")
        assert pane.chosen == (ROWS[0].name, "edge-00", "edge-01", "edge-46")
        await pilot.press("up", "space")
        assert "edge-45" not in pane.chosen, "a fifth answer has no room"
        await pilot.press("home", "down", "down", "space")
        assert "gone" not in pane.chosen

        gone = MachineRow(name="edge-46", state="away", why_not="it is not here")
        pane.show((*ROWS[:-1], gone))
        await pilot.pause()
        assert pane.chosen == (ROWS[0].name, "edge-00", "edge-01")
        option = listing.highlighted_option
        assert option is not None
        assert option.id == "gone", "the highlight stays where it was"
