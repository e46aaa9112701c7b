"""Letting a benchmark go on that was interrupted or stopped: the key for it, and what it does."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from tui.records import Plan, RunRecord
from tui.screens.workbench.charting import ChartingScreen

if TYPE_CHECKING:
    from tui.bench.resuming import HasChanged
    from tui.workspace.session import Session


class ResumeScreen(ChartingScreen):
    """The models, and the runs of them that have not come to their end."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "resume", "Resume", tooltip="Resume the latest interrupted benchmark", show=False, id="resume"),
    ]

    def start_run(self, session: Session, plan: Plan, resuming: RunRecord | None = None) -> None:
        """Run the plan, or let a run of it go on."""
        raise NotImplementedError

    def action_resume(self) -> None:
        """Resume the latest benchmark that was interrupted or stopped."""
        self.resume()

    def resume(self, run_id: str | None = None, *, anyway: bool = False) -> None:
        """Resume this run, or the latest one that can be; the reason is shown where that is not possible.

        What has changed since it began is asked about, unless it is to be resumed ``anyway``.
        """
        session = self.ready_to_run(lambda: self.resume(run_id, anyway=anyway))
        if session is not None:
            self._resume(session, run_id, anyway)

    @work(group="resume", exclusive=True, exit_on_error=False)
    async def _resume(self, session: Session, run_id: str | None, anyway: bool) -> None:
        # Imported here: the first frame resumes nothing.
        from tui.bench.resuming import CannotResume, HasChanged
        from tui.store.errors import HistoryError

        try:
            run = await session.take_over(run_id, anyway=anyway)
        except HasChanged as error:
            self._ask_about(error)
        except (CannotResume, HistoryError) as error:
            sentence = str(error)
            self.notify(f"{sentence[:1].upper()}{sentence[1:]}.", severity="warning", markup=False)
        else:
            self.start_run(session, run.plan, run)

    def _ask_about(self, changed: HasChanged) -> None:
        from tui.screens.dialogs.question import ConfirmDialog

        def go_on(sure: bool | None) -> None:
            if sure:
                self.resume(changed.run_id, anyway=True)

        question = f"{'; '.join(changed.what)}. Old and new samples would stand in one run."
        self.app.push_screen(ConfirmDialog("Changed since", question, yes="Resume", no="Leave it"), go_on)

    @work(group="interrupted", exclusive=True, exit_on_error=False)
    async def tell_of_interrupted(self, history_file: Path | None) -> None:
        """Say quietly that the newest benchmark did not come to its end."""
        if history_file is None:
            return
        from tui.bench.resuming import interrupted_lately

        run = await asyncio.to_thread(interrupted_lately, history_file)
        if run is not None:
            began = f"{run.started_at[:10]} {run.started_at[11:16]}"
            self.notify(f"The benchmark of {began} UTC was interrupted: R resumes it.")
