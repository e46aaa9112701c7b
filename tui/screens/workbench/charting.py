"""The key that opens the charts of a model, and what it does."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.screens.workbench.loaded import ModelScreen


class ChartingScreen(ModelScreen):
    """The panes, from which the charts of the results can be opened."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("g", "charts", "Charts", tooltip="Charts of the model highlighted in the results", show=False),
    ]

    def action_charts(self) -> None:
        """Show how the numbers of the highlighted model spread, and how they went over the run."""
        session = self.session
        if session is None or session.results is None:
            self.notify("There is nothing to draw yet: b measures the selected models, r asks them.")
            return
        # Imported here: the first frame has no charts.
        from tui.screens.charts.screen import ChartsScreen

        self.app.push_screen(ChartsScreen(lambda: session.results, self.results.highlighted))

    def on_data_table_row_selected(self) -> None:
        """Enter on a row of the results, or a click on the row that is highlighted."""
        self.action_charts()
