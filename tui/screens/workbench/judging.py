"""Letting a model judge the answers of runs that are over, from wherever they are shown."""

from __future__ import annotations

from collections.abc import Sequence

from tui.screens.workbench.resuming import ResumeScreen


class JudgingScreen(ResumeScreen):
    """The models, and what they think of answers."""

    def judge(self, run_ids: Sequence[str]) -> None:
        """Ask who judges these runs, and have it done; never while anything is measured."""
        session = self.session
        if session is None or session.workspace.history_file is None:
            self.notify("There is no history to judge answers of.")
            return
        if session.running is not None:
            self.notify("Something is being measured: judging waits until it has ended.")
            return
        # Imported here, as every dialog: the first frame should not wait for it.
        from tui.screens.rating.judge import choose_and_judge

        work = choose_and_judge(self.app, session, self.models.listed, tuple(run_ids))
        self.run_worker(work, group="judge", exclusive=True, exit_on_error=False)
