"""Asks each model in turn, and prints its answer as it comes and its figures after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from tui.bench.events import (
    Event,
    ModelDied,
    ModelLoading,
    Notice,
    RunFinished,
    SampleFinished,
    SampleStarted,
    TextReceived,
)
from tui.cli.shared.sample_lines import figures_of, tell_of_death
from tui.cli.shared.session import open_session
from tui.console import Console, ExitCode
from tui.log import log_to_file
from tui.records import Plan, RunStatus, SampleStatus
from tui.workspace.workspace import Workspace


def ask(plan: Plan, opener: Callable[[], Workspace], console: Console) -> int:
    """Run the plan, one model after the other, and return the exit code."""
    log_to_file()
    return asyncio.run(_ask(plan, opener, console))


async def _ask(plan: Plan, opener: Callable[[], Workspace], console: Console) -> int:
    answers = _Answers(console)
    async with open_session(console, opener) as session, aclosing(session.play(plan)) as events:
        async for event in events:
            answers.show(event)
            if console.reader_left:
                session.stop()
    if answers.stopped and not console.reader_left:
        console.say("stopped")
        return ExitCode.INTERRUPTED
    return ExitCode.MODEL_FAILED if answers.failed else ExitCode.DONE


class _Answers:
    """Prints answers to stdout. Reasoning is not part of an answer, so it goes to stderr."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._reasoned = False
        self.failed = False
        self.stopped = False

    def show(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case ModelLoading():
                self._console.status(f"{event.key}: loading")
            case SampleStarted():
                self._console.status(f"{event.key}: waiting for the first token")
            case TextReceived(reasoning=True):
                self._console.aside(event.text)
                self._reasoned = True
            case TextReceived():
                self._end_reasoning()
                self._console.data(event.text)
            case SampleFinished():
                self._end_reasoning()
                self._console.end_line()
                self._tell_figures(event)
            case ModelDied():
                self.failed = True
                tell_of_death(event, self._console)
            case Notice():
                self._console.say(event.text)
            case RunFinished():
                self.stopped = event.status is RunStatus.STOPPED
            case _:
                pass

    def _end_reasoning(self) -> None:
        if self._reasoned:
            self._console.say("")
            self._reasoned = False

    def _tell_figures(self, event: SampleFinished) -> None:
        sample = event.sample
        if sample.status is SampleStatus.OK:
            self._console.say(f"{event.key}: {figures_of(sample)}")
        elif sample.status is SampleStatus.FAILED:
            self.failed = True
            self._console.say(f"{event.key}: failed: {sample.error}")
