"""Runs the code of answers after a benchmark, if the user has agreed, and tells if it was not run."""

from __future__ import annotations

import asyncio
from contextlib import closing
from typing import TYPE_CHECKING

from tui.cli.shared.options import Refused
from tui.cli.shared.values import history_file
from tui.config.consent import agreed, decide
from tui.console import Console
from tui.lazy import lazy_module
from tui.records import RunRecord, RunStatus
from tui.store.errors import HistoryError
from tui.store.history import History

if TYPE_CHECKING:
    from tui.bench.grading import code
else:
    code = lazy_module("tui.bench.grading.code")


def run_code(run: RunRecord, console: Console, *, agree: bool) -> RunRecord:
    """Run the code of the answers against the tests of their prompts; returns the run with what came out.

    It is run only if the user agrees now, or has agreed to these tests before.
    """
    if not any(prompt.has_code_tests for prompt in run.plan.prompts):
        if agree:
            console.say("No prompt has tests for code, so none was run.")
        return run
    request = code.code_consent(run.plan)
    if request is None or run.status is RunStatus.STOPPED:
        return run
    if not agree and not agreed(request):
        console.say(f"The code of the answers was not run. --run-code agrees to {request.requests[0]}.")
        return run
    if agree and not agreed(request):
        try:
            decide(request, yes=True)
        except OSError as error:
            raise Refused(f"that you agree could not be kept ({error}); make room.") from error
    run = asyncio.run(code.grade_code(run, console.status))
    file = history_file()
    try:
        with closing(History(file)) as history:
            history.save_plan(run)
    except HistoryError as error:
        console.warn(f"what the code came to could not be kept: {error}.")
    return run
