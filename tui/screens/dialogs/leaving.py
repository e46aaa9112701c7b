"""The question before the app is left while a run or a download is under way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.records import Purpose
from tui.screens.dialogs.question import ConfirmDialog
from tui.text import units

if TYPE_CHECKING:
    from tui.workspace.session import Session


def question_before_leaving(session: Session) -> ConfirmDialog | None:
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
        progress = session.progress()
        return ConfirmDialog(
            "A benchmark is running",
            f"{units.count(progress.done)} of {units.count(progress.total)} requests are done; these are kept. "
            "Stop it and quit?",
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
