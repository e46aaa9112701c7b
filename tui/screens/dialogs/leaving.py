"""The question before the app is left while a run or a download is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tui.records import Purpose
from tui.screens.dialogs.question import ConfirmDialog
from tui.text import units

if TYPE_CHECKING:
    from textual.app import App
    from textual.worker import Worker

    from tui.workspace.session import Session

REPORT_GROUP: Final = "report "
"""Begins the name of the group of a worker that writes a report at the end of a run; the path follows."""


def waiting_reports(app: App[Any]) -> list[Worker[object]]:
    """Return the workers that write a report as soon as the run has ended."""
    return [worker for worker in app.workers if worker.group.startswith(REPORT_GROUP) and not worker.is_finished]


def question_before_leaving(app: App[Any], session: Session) -> ConfirmDialog | None:
    """Ask about what leaving would stop or put off; ``None`` if nothing is under way."""
    plan, library = session.running, session.workspace.library
    if plan is not None and plan.purpose is not Purpose.BENCHMARK:
        return ConfirmDialog(
            "A question is being answered",
            "Answers that are complete are kept; the others are lost. Stop and quit?",
            yes="Stop and quit",
            no="Keep running",
        )
    if plan is not None:
        progress, reports = session.progress(), len(waiting_reports(app))
        done = f"{units.count(progress.done)} of {units.count(progress.total)}"
        written = f" and written to {'the report' if reports == 1 else f'{reports} reports'}" if reports else ""
        return ConfirmDialog(
            "A benchmark is running",
            f"{done} requests are done; these are kept{written}. Stop it and quit?",
            yes="Stop and quit",
            no="Keep measuring",
        )
    under_way = sum(download.active for download in library.downloads) if library is not None else 0
    if under_way:
        what, they = ("1 download is", "it goes") if under_way == 1 else (f"{under_way} downloads are", "they go")
        return ConfirmDialog(
            "Downloads are under way",
            f"{what} under way; {they} on next time. Quit?",
            yes="Quit",
            no="Stay",
        )
    return None
