"""From the workbench to the runs that are kept, and back with what is to be done with them."""

from __future__ import annotations

from collections.abc import Sequence

from tui.screens.workbench.judging import JudgingScreen


class PastScreen(JudgingScreen):
    """The panes with the models behind them, and the runs that were."""

    def action_history(self) -> None:
        """Show every run that is kept."""
        session = self.found(self.action_history)
        if session is None:
            return
        file = session.workspace.history_file
        if file is None:
            self.notify("Runs are not kept here, so there is no history.")
            return
        # Imported here: the first frame has no history.
        from tui.screens.comparison.run_chooser import compare_stored
        from tui.screens.history.screen import HistoryScreen

        def compare(run_ids: Sequence[str]) -> None:
            self.run_worker(compare_stored(self.app, file, run_ids), group="compare", exclusive=True)

        self.app.push_screen(HistoryScreen(file, compare=compare, resume=self.resume, judge=self.judge))
