"""Asks each model in turn, and prints its answer as it comes and its figures after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing

from tui.bench.events import (
    Event,
    ModelDied,
    ModelLoading,
    ModelWaiting,
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
from tui.records import FinishReason, Plan, RunStatus, SampleStatus
from tui.text import units
from tui.text.escape import visible
from tui.text.tables import counted
from tui.workspace.workspace import Workspace


def ask(plan: Plan, opener: Callable[[], Workspace], console: Console) -> int:
    """Run the plan, one model after the other, and return the exit code."""
    log_to_file()
    return asyncio.run(_ask(plan, opener, console))


async def _ask(plan: Plan, opener: Callable[[], Workspace], console: Console) -> int:
    answers = _Answers(
        console, labelled=len(plan.models) > 1, max_tokens=plan.prompts[0].max_tokens or plan.method.max_tokens
    )
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

    def __init__(self, console: Console, *, labelled: bool, max_tokens: int) -> None:
        self._console = console
        self._labelled = labelled
        """Whether each answer stands below the name of its model."""
        self._max_tokens = max_tokens
        self._labels = 0
        self._reasoned = False
        self.failed = False
        self.stopped = False

    def show(self, event: Event) -> None:
        """Take in one event."""
        match event:
            case ModelLoading():
                self._console.status(f"{event.key}: loading")
            case ModelWaiting():
                waited = units.waiting_for_server(event.waited_s, event.limit_s, asked=event.asked)
                self._console.status(f"{event.key}: {'waiting for the first token' if event.over else waited}")
            case SampleStarted():
                self._label(event.key)
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

    def _label(self, key: str) -> None:
        if self._labelled:
            gap = "\n" if self._labels else ""
            self._console.data(f"{gap}## {visible(key)}\n\n")
            self._labels += 1

    def _end_reasoning(self) -> None:
        if self._reasoned:
            self._console.say("")
            self._reasoned = False

    def _tell_figures(self, event: SampleFinished) -> None:
        sample = event.sample
        if sample.status is SampleStatus.OK:
            self._console.say(f"{event.key}: {figures_of(sample)}")
            if sample.timeline.finish_reason is FinishReason.LENGTH:
                limit = f"cut at {counted(self._max_tokens, 'token')}"
                self._console.say(f"{event.key}: the answer was {limit}; --max-tokens N allows a longer one.")
        elif sample.status is SampleStatus.FAILED:
            self.failed = True
            self._console.warn(f"{event.key}: failed: {sample.error}")
