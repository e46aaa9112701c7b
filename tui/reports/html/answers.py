"""The page's sections on the answers: what was expected, who thought what, the texts side by side, and the choice."""

from __future__ import annotations

from collections.abc import Sequence

from tui.measure.decision import advice
from tui.records import Prompt, RunRecord
from tui.reports.decision import ranking_columns
from tui.reports.html.elements import block, defined, listed, paragraph, section, table, text
from tui.reports.sections import answers as quality_section
from tui.reports.sections.answers import AnswerRow
from tui.reports.sections.choice import OTHER_WEIGHTS, choice_of


def quality(run: RunRecord) -> str:
    """Empty where nothing was expected and nobody rated."""
    rows = quality_section.judged_answers(run)
    if not rows:
        return ""
    folded = (_folded(prompt, [row for row in rows if row.prompt_id == prompt.id]) for prompt in run.plan.prompts)
    return section(
        "Quality",
        table(quality_section.ANSWER_COLUMNS, rows, "Quality"),
        f'<p class="note">{text(quality_section.QUALITY_NOTE)}</p>',
        listed(text(sentence) for sentence in quality_section.judge_sentences(run)),
        *folded,
        f"<details><summary>What the scores mean</summary>{defined(quality_section.quality_terms(run))}</details>",
    )


def choice(run: RunRecord) -> str:
    """Empty where there is nothing to choose by."""
    found = choice_of(run)
    if found is None:
        return ""
    return section(
        "Choosing",
        paragraph(f"<strong>{text(advice.recommendation(found))}</strong>"),
        listed(text(sentence) for sentence in advice.remarks(found)),
        table(ranking_columns(found), found.ranking, "Ranking"),
        f'<p class="note">{text(OTHER_WEIGHTS)}</p>',
    )


def _folded(prompt: Prompt, rows: Sequence[AnswerRow]) -> str:
    if not rows:
        return ""
    cards = "".join(f'<div class="answer">{_card(row)}</div>' for row in rows)
    summary = f"<summary>{text(prompt.id)}: {text(prompt.text)}</summary>"
    return f'<details>{summary}<div class="answers">{cards}</div></details>'


def _card(row: AnswerRow) -> str:
    checks = (text(quality_section.check_words(check)) for check in row.facets)
    ratings = (text(quality_section.rating_words(rating)) for rating in row.ratings)
    cut = quality_section.CUT_NOTE if row.cut else ""
    below = f"{paragraph(cut)}{listed(checks, 'checks')}{listed(ratings)}"
    return f"<h3>{text(', '.join(row.keys))}</h3>{block(row.text)}{below}"
