"""The code of answers in the workbench: the question before any of it is run, and the grading after a benchmark."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from tui.bench.grading.code import AT_ONCE, code_consent, grade_code
from tui.bench.planning.steps import total_samples
from tui.config.consent import ConsentRequest, agreed, decide
from tui.measure.answers.quality import answers_of
from tui.records import Plan, Prompt, RunRecord, RunStatus
from tui.records.grading import CodeResult, GraderKind
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.text import units
from tui.text.tables import all_of, counted

_MOST_NAMED: Final = 3


def open_question(plan: Plan) -> ConsentRequest | None:
    """Return what the user has to be asked before the plan; ``None`` if it has no tests or the user has agreed."""
    request = code_consent(plan)
    return None if request is None or agreed(request) else request


def agree(request: ConsentRequest) -> None:
    """Store that the user agrees.

    Raises:
        OSError: if it cannot be written.
    """
    decide(request, yes=True)


def question_text(plan: Plan) -> str:
    """Tell what would be run, of how many answers, and in which limits."""
    tested = _tested(plan)
    graders = [grader for prompt in tested for grader in prompt.graders if grader.kind is GraderKind.CODE]
    answers = total_samples(replace(plan, prompts=tested))
    more = " or more" if plan.method.until_interval is not None else ""
    seconds, memory = max(row.seconds for row in graders), max(row.memory_mb for row in graders)
    return (
        f"{_of_all(plan, tested)} tested by running the Python code of the answers: up to {counted(answers, 'answer')}"
        f"{more}, once all is measured.\n\n"
        f"Each runs in a child process of this machine without network, for {units.count(round(seconds))} s and in "
        f"{units.count(memory)} MiB at most, {AT_ONCE} at a time, and writes only into a folder of its own, which is "
        "removed. That keeps mistakes of a model in their place; it is no wall against code that wants out.\n\n"
        "A yes holds for these tests from now on. After a no the benchmark runs all the same, and these prompts stay "
        "ungraded."
    )


async def grade(
    run: RunRecord, history: History | None, notify: Callable[[str], None], stop: asyncio.Event
) -> tuple[RunRecord, str]:
    """Run the code of the answers if the user has agreed; gives the run with the results, and a sentence on them.

    A run that was stopped is graded once it has been resumed to its end.
    """
    request, tested = code_consent(run.plan), _tested(run.plan)
    if request is None or run.status is RunStatus.STOPPED:
        return run, ""
    if not agreed(request):
        named = ", ".join(prompt.id for prompt in tested[:_MOST_NAMED])
        rest = f" and {units.count(len(tested) - _MOST_NAMED)} more" if len(tested) > _MOST_NAMED else ""
        stay = "stays" if len(tested) == 1 else "stay"
        return run, f"{counted(len(tested), 'prompt')} {stay} ungraded, since no code was run: {named}{rest}."
    graded = await grade_code(run, notify, stop)
    try:
        if history is not None:
            history.save_plan(graded)
    except HistoryError as error:
        return graded, f"What the code came to could not be kept: {error}."
    results = _results(graded)
    passed = sum(result.score == 1 for result in results)
    jobs = sum(
        sum(row.kind is GraderKind.CODE for row in prompt.graders)
        for answer in answers_of(run)
        for prompt in tested
        if prompt.id == answer.prompt_id
    )
    words = f"The code of {counted(len(results), 'answer')} was run: {units.count(passed)} passed."
    if len(results) < jobs:
        words += f" Stopped: {counted(jobs - len(results), 'answer stays', 'answers stay')} ungraded."
    return graded, words


def _tested(plan: Plan) -> tuple[Prompt, ...]:
    return tuple(prompt for prompt in plan.prompts if prompt.has_code_tests)


def _results(run: RunRecord) -> list[CodeResult]:
    return [result for prompt in run.plan.prompts for grader in prompt.graders for result in grader.results]


def _of_all(plan: Plan, tested: tuple[Prompt, ...]) -> str:
    if len(tested) == len(plan.prompts):
        return f"{all_of(len(tested), 'prompt').capitalize()} {'is' if len(tested) == 1 else 'are'}"
    return f"{units.count(len(tested))} of {counted(len(plan.prompts), 'prompt')} {'is' if len(tested) == 1 else 'are'}"
