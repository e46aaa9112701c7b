"""The answers of a run as a person reads them, as Markdown to keep or as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure.answers.reading import answer_pages
from tui.records import RunRecord
from tui.records.quality import AnswerPage, GivenAnswer
from tui.reports.markdown.elements import joined
from tui.text import units
from tui.text.escape import markdown_block, markdown_inline, visible, visible_block
from tui.text.times import local_start_time

CUT: Final = "cut at the limit of tokens"


def answers_markdown(run: RunRecord) -> str:
    """Write every different answer of a run below its prompt and its model; the text of a model stays as it is."""
    title = f"# Answers of the run {markdown_inline(run.name or run.run_id)}"
    began = f"Begun {local_start_time(run.started_at)}."
    return joined(title, began, *(_page_markdown(page) for page in answer_pages(run))) + "\n"


def answers_text(pages: Iterable[AnswerPage]) -> str:
    """Write the answers for a terminal, each below a line that names its model."""
    parts: list[str] = []
    for page in pages:
        parts.append(f"? {visible(page.prompt)}")
        for answer in _answers_of(page):
            lines = [f"--- {visible(answer.key)}{_in_brackets(_remarks(answer))}", visible_block(answer.text).rstrip()]
            parts.append("\n".join(filter(None, [*lines, *([f"({visible(answer.error)})"] if answer.error else [])])))
    return "\n\n".join(parts) + "\n" if parts else ""


def _page_markdown(page: AnswerPage) -> str:
    parts = [f"## {markdown_inline(page.prompt_id)}", markdown_block(page.prompt)]
    if page.system is not None:
        parts += ["System prompt:", markdown_block(page.system)]
    for answer in _answers_of(page):
        parts.append(f"### {markdown_inline(answer.key)}{_in_brackets(_remarks(answer))}")
        if answer.reasoning:
            parts += ["Reasoning:", markdown_block(answer.reasoning)]
        if answer.text:
            parts.append(markdown_block(answer.text))
        if answer.error:
            parts.append(f"No whole answer: {markdown_inline(answer.error)}")
    return joined(*parts)


def _answers_of(page: AnswerPage) -> Sequence[GivenAnswer]:
    return [answer for model in page.models for answer in model.answers]


def _remarks(answer: GivenAnswer) -> list[str]:
    times = [f"given {units.count(answer.times)} times"] if answer.times > 1 else []
    return [*times, *([CUT] if answer.cut else [])]


def _in_brackets(remarks: Sequence[str]) -> str:
    return f" ({', '.join(remarks)})" if remarks else ""
