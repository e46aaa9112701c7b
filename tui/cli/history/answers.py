"""Prints the answers of a run of the history, all of them or those that are looked for, or the diff of two."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from tui.cli.shared.options import Refused
from tui.cli.shared.reports import write_alone
from tui.cli.shared.run_names import named_id, opened_history
from tui.console import Console, ExitCode
from tui.measure.answers.reading import answer_pages
from tui.records import RunRecord
from tui.records.quality import AnswerPage, GivenAnswer, ModelAnswers
from tui.reports.answers import answers_text
from tui.text import units
from tui.text.escape import json_document, visible, visible_block, without_surrogates
from tui.text.word_diff import word_diff


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersRequest:
    """The values of the options that choose the answers."""

    run: str | None
    """The name of the run; ``None`` is the newest one of any kind."""
    models: Sequence[str] = ()
    prompt: str | None = None
    words: str = ""
    diff: bool = False


def print_answers(request: AnswersRequest, console: Console, json_file: Path | None) -> int:
    """Print the answers that were asked for, and return the exit code."""
    run = _run_of(request.run)
    pages = _chosen(answer_pages(run), request)
    if not pages:
        console.warn(f"No answer of the run {run.run_id} matches.")
        return ExitCode.DONE
    if json_file is not None:
        values = msgspec.to_builtins(pages)
        text = json_document(without_surrogates(json.dumps(values, indent=2, ensure_ascii=False))) + "\n"
        return write_alone(json_file, text, console)
    if request.diff:
        console.data(_diff_text(pages))
    else:
        console.data(answers_text(pages))
    return ExitCode.DONE


def _run_of(name: str | None) -> RunRecord:
    with opened_history() as history:
        if name is not None:
            return history.run(named_id(history, name))
        latest = history.latest(1)
        if not latest:
            raise Refused('the history is empty; "benchtop run" asks models, and every answer is kept.')
        return history.run(latest[0].run_id)


def _chosen(pages: Sequence[AnswerPage], request: AnswersRequest) -> list[AnswerPage]:
    keys = {model.key for page in pages for model in page.models}
    for name in request.models:
        if not any(_is_named(key, name) for key in keys):
            raise Refused(f"{name} gave no answer in this run; there are answers of {', '.join(sorted(keys))}.")
    ids = [page.prompt_id for page in pages]
    if request.prompt is not None and request.prompt not in ids:
        raise Refused(f'there is no prompt "{request.prompt}" in this run; there are {", ".join(ids)}.')
    chosen = (
        replace(page, models=_of_models(page, request))
        for page in pages
        if request.prompt is None or page.prompt_id == request.prompt
    )
    return [page for page in chosen if page.models]


def _of_models(page: AnswerPage, request: AnswersRequest) -> tuple[ModelAnswers, ...]:
    wanted = (
        replace(model, answers=tuple(answer for answer in model.answers if _holds(answer, request.words)))
        for model in page.models
        if not request.models or any(_is_named(model.key, name) for name in request.models)
    )
    return tuple(model for model in wanted if model.answers)


def _is_named(key: str, name: str) -> bool:
    """Whether a name is that of the model, or of its family or its variant of any context."""
    return name == key or key.startswith((f"{name}@", f"{name}+"))


def _holds(answer: GivenAnswer, words: str) -> bool:
    text = " ".join((answer.text, answer.error or "")).casefold()
    return " ".join(words.split()).casefold() in " ".join(text.split())


def _diff_text(pages: Sequence[AnswerPage]) -> str:
    """Write for each prompt how the answers of two models differ, in the form of ``wdiff``."""
    parts: list[str] = []
    for page in pages:
        if len(page.models) != 2:
            keys = ", ".join(model.key for model in page.models)
            raise Refused(f"--diff compares two models; --model names each of them, and there are answers of {keys}.")
        first, second = (model.answers[0] for model in page.models)
        diff = word_diff(first.text, second.text)
        title = (
            f"--- {visible(first.key)}  +++ {visible(second.key)}  ({units.percent(diff.shared)} of the words shared)"
        )
        parts.append(f"? {visible(page.prompt)}\n\n{title}\n{visible_block(diff.unified).rstrip()}")
    return "\n\n".join(parts) + "\n"
