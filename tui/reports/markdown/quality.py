"""The Markdown section on answers: what they were expected to have, and what people and judges thought of them."""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final

from tui.measure.answers.quality_steps import quality_steps
from tui.records import Prompt, RunRecord
from tui.records.grading.steps import QualityAcross, QualitySteps
from tui.reports.markdown.elements import bulleted, joined
from tui.reports.sections.answers import (
    CUT_NOTE,
    QUALITY_NOTE,
    AnswerRow,
    answer_columns,
    check_words,
    grade_words,
    judge_sentences,
    judged_answers,
    quality_terms,
    rating_words,
)
from tui.reports.sections.quality.builds import (
    BUILD_COLUMNS,
    BUILDS_NOTE,
    BUILDS_TITLE,
    broken_sentences,
    builds_of,
)
from tui.reports.sections.quality.disagreements import (
    DISAGREEMENT_COLUMNS,
    DISAGREEMENTS_TITLE,
    WORST_COLUMNS,
    WORST_TITLE,
    disagreements,
    worst_answers,
)
from tui.reports.sections.quality.rates import RATES_TITLE, rate_columns, rate_notes, rates_of
from tui.reports.sections.quality.steps import (
    STEPS_EXPLAINED,
    STEPS_TITLES,
    rate_text,
    step_columns,
    step_name,
    step_rows,
    steps_sentence,
)
from tui.text.bars import BAR_LEGEND, interval_bar
from tui.text.escape import markdown_block, markdown_inline, visible
from tui.text.tables import drawn

_BAR_CELLS: Final = 30


def quality_section(run: RunRecord) -> str:
    """Write a table of the answers, the judges, then the answers themselves, folded; empty if nobody judged any."""
    rows = judged_answers(run)
    if not rows:
        return ""
    judges = bulleted(map(markdown_inline, judge_sentences(run)))
    terms = bulleted(f"**{name}**: {markdown_inline(meaning)}" for name, meaning in quality_terms(run))
    folded = [_folded(prompt, [row for row in rows if row.prompt_id == prompt.id]) for prompt in run.plan.prompts]
    rates, worst, differing = rates_of(run), worst_answers(rows), disagreements(rows)
    parts = (
        (
            f"### {RATES_TITLE}",
            drawn(rate_columns(rates), rates) if rates else "",
            bulleted(map(markdown_inline, rate_notes(run))),
        ),
        (f"### {WORST_TITLE}", drawn(WORST_COLUMNS, worst) if worst else ""),
        (f"### {DISAGREEMENTS_TITLE}", drawn(DISAGREEMENT_COLUMNS, differing) if differing else ""),
    )
    told = [joined(*part) for part in (*parts[:1], *_steps(run), *parts[1:]) if part[1]]
    if told:
        told.append("### All answers")
    return joined("## Quality", *told, drawn(answer_columns(rows), rows), QUALITY_NOTE, judges, terms, *folded)


def builds_section(run: RunRecord) -> str:
    """Write a table and sentences for each model that several builds were measured of; empty if there is none."""
    groups = builds_of(run)
    if not groups:
        return ""
    parts = (
        part
        for group in groups
        for part in (drawn(BUILD_COLUMNS, group), bulleted(map(markdown_inline, broken_sentences(group))))
    )
    return joined(f"## {BUILDS_TITLE}", *parts, BUILDS_NOTE)


def _steps(run: RunRecord) -> list[tuple[str, ...]]:
    """Write a table, a chart and a sentence a model for the lengths of a context pack, and for several loads."""
    every = quality_steps(run)
    return [
        (
            f"### {STEPS_TITLES[across]}",
            drawn(step_columns(across), step_rows(own)),
            *(_steps_chart(steps) for steps in own),
            bulleted(steps_sentence(steps, markdown_inline(steps.key)) for steps in own),
            STEPS_EXPLAINED[across],
        )
        for across in QualityAcross
        if (own := [steps for steps in every if steps.across is across])
    ]


def _steps_chart(steps: QualitySteps) -> str:
    names = [step_name(steps, step) for step in steps.steps]
    width = max(map(len, names))
    lines = [f"{steps.key}: right answers ({BAR_LEGEND})"]
    for name, step in zip(names, steps.steps, strict=True):
        rate = step.rate
        bar = "".join(interval_bar(rate.interval.low, rate.rate, rate.interval.high, _BAR_CELLS) if rate else ())
        lines.append(f"{name:>{width}}  {bar:<{_BAR_CELLS}}  {rate_text(step.rate)}")
    return markdown_block("\n".join(lines))


def _folded(prompt: Prompt, rows: Sequence[AnswerRow]) -> str:
    """Write the answers to one prompt: side by side if HTML is shown, and under each other in a terminal."""
    if not rows:
        return ""
    heads = "".join(f"<th>{_html(', '.join(row.keys))}</th>" for row in rows)
    cells = "\n".join(f'<td valign="top">\n\n{_cell(row)}\n\n</td>' for row in rows)
    title = f"<summary>{_html(prompt.id)}: {_html(prompt.text)}</summary>"
    return f"<details>\n{title}\n\n<table>\n<tr>{heads}</tr>\n<tr>\n{cells}\n</tr>\n</table>\n\n</details>"


def _cell(row: AnswerRow) -> str:
    words = (*map(check_words, row.facets), *map(grade_words, row.grades))
    checks = bulleted(markdown_inline(line) for line in words)
    ratings = bulleted(markdown_inline(rating_words(rating)) for rating in row.ratings)
    return joined(markdown_block(row.text), CUT_NOTE if row.cut else "", checks, ratings)


def _html(text: str) -> str:
    return html.escape(visible(text))
