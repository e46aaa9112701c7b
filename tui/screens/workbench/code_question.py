"""The question before a benchmark whose answers are code that is run against tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.app import App

from tui.lazy import lazy_module
from tui.records import Plan, Purpose
from tui.screens import dialogs

if TYPE_CHECKING:
    from tui.workspace import code_answers
else:
    # It brings the graders, which only a benchmark with tests for code needs.
    code_answers = lazy_module("tui.workspace.code_answers")


def ask_to_run_code(app: App[Any], plan: Plan, begin: Callable[[], None]) -> None:
    """Ask whether the code of the answers may be run, unless it is known, and ``begin``; escape begins nothing."""
    has_tests = plan.purpose is Purpose.BENCHMARK and any(prompt.has_code_tests for prompt in plan.prompts)
    request = code_answers.open_question(plan) if has_tests else None
    if request is None:
        begin()
        return

    def take_answer(yes: bool | None) -> None:
        if yes is None:
            return
        if yes:
            try:
                code_answers.agree(request)
            except OSError as error:
                app.notify(f"That you agree could not be kept ({error}), so no code is run.", severity="error")
        begin()

    question = code_answers.question_text(plan)
    no = "Leave them ungraded"
    app.push_screen(dialogs.ConfirmDialog("Run the code of the answers?", question, yes="Run it", no=no), take_answer)
