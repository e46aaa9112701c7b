"""The keys that judge answers and choose among models."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from tui.screens.workbench.past import PastScreen


class WeighingScreen(PastScreen):
    """The panes with the answers of the history behind them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("v", "rate", "Rate answers", tooltip="Rate the answers of a run by hand", show=False, id="rate"),
        Binding("a", "choose", "Choose", tooltip="Choose a model by six weights", show=False, id="choose"),
    ]

    def action_rate(self) -> None:
        """Show the answers of the latest run, to be rated."""
        session = self.found(self.action_rate)
        if session is None:
            return
        file = session.workspace.history_file
        if file is None:
            self.notify("There is no history to rate answers of.")
            return
        # Imported here, as every screen: the first frame should not wait for it.
        from tui.screens.rating.screen import RateScreen

        self.app.push_screen(RateScreen(file, judge=self.judge))

    def action_choose(self) -> None:
        """Show what speaks for each model."""
        session = self.found(self.action_choose)
        if session is None:
            return
        if session.workspace.history_file is None:
            self.notify("There is no history to choose by.")
            return
        from tui.screens.decision.screen import ChooseScreen

        self.app.push_screen(ChooseScreen(session.workspace))
