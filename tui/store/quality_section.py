"""What answers were expected to have and what people and judges thought of them, as a section of the report."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure import units
from tui.records import Prompt, RunRecord
from tui.records.quality import FacetCheck, RaterKind, Rating
from tui.store.escape import markdown_block, markdown_inline, visible
from tui.store.quality_rows import AnswerRow, answer_rows
from tui.store.tables import Column, drawn

_SIGNS: Final = {True: "✓", False: "✗", None: "?"}


def quality_section(run: RunRecord) -> str:
    """A table of the answers with their facets and ratings, then the answers themselves, folded.

    Empty where nothing was expected and nobody rated.
    """
    rows = answer_rows(run)
    if not any(row.facets or row.ratings for row in rows):
        return ""
    folded = [_folded(prompt, [row for row in rows if row.prompt_id == prompt.id]) for prompt in run.plan.prompts]
    notes = [
        "Facets: expected things that are in the answer, of those that can be told. Scores: the mean, from 1 to 5, and "
        "from how many. An answer that several models gave stands once."
    ]
    return "\n\n".join(["## Quality", drawn(_COLUMNS, rows), *notes, *(block for block in folded if block)])


def _folded(prompt: Prompt, rows: Sequence[AnswerRow]) -> str:
    """The answers to one prompt side by side where HTML is shown, and under each other in a terminal."""
    if not rows:
        return ""
    heads = "".join(f"<th>{_html(', '.join(row.keys))}</th>" for row in rows)
    cells = "\n".join(f'<td valign="top">\n\n{_cell(row)}\n\n</td>' for row in rows)
    title = f"<summary>{_html(prompt.id)}: {_html(prompt.text)}</summary>"
    return f"<details>\n{title}\n\n<table>\n<tr>{heads}</tr>\n<tr>\n{cells}\n</tr>\n</table>\n\n</details>"


def _cell(row: AnswerRow) -> str:
    parts = [markdown_block(row.text)]
    if row.cut:
        parts.append("Cut at the limit of tokens.")
    if row.facets:
        parts.append("\n".join(_check(check) for check in row.facets))
    if row.ratings:
        parts.append("\n".join(_rating(rating) for rating in row.ratings))
    return "\n\n".join(parts)


def _check(check: FacetCheck) -> str:
    found = f" ({check.found})" if check.found and not check.met else ""
    return f"- {_SIGNS[check.met]} {markdown_inline(f'{check.facet}{found}')}"


def _rating(rating: Rating) -> str:
    said = f"{rating.score} of 5" if rating.score is not None else f"no score ({rating.reason})"
    blind = ", blind" if rating.blind else ""
    note = f": {rating.note}" if rating.note else ""
    return markdown_inline(f"{rating.rater} ({rating.kind.value}{blind}) {said}{note}").join(("- ", ""))


def _facets(row: AnswerRow) -> str:
    told = [check.met for check in row.facets if check.met is not None]
    return f"{units.count(sum(told))} of {units.count(len(told))}" if told else units.UNKNOWN


def _missed(row: AnswerRow) -> str:
    missed = [str(check.facet) for check in row.facets if check.met is False]
    return markdown_inline(", ".join(missed)) or units.UNKNOWN


def _score(score: float | None, ratings: Iterable[Rating], kind: RaterKind) -> str:
    of_kind = [rating for rating in ratings if rating.kind is kind]
    if score is None:
        return f"no score ({markdown_inline(of_kind[-1].reason)})" if of_kind else units.UNKNOWN
    rated = sum(rating.score is not None for rating in of_kind)
    return f"{units.three_figures(score)} ({units.count(rated)})"


def _html(text: str) -> str:
    return html.escape(visible(text))


_COLUMNS: Final[tuple[Column[AnswerRow], ...]] = (
    Column("Prompt", lambda row: markdown_inline(row.prompt_id), right=False),
    Column("Answer of", lambda row: markdown_inline(", ".join(row.keys)), right=False),
    Column("Facets", _facets),
    Column("Missed", _missed, right=False),
    Column("People", lambda row: _score(row.human_score, row.ratings, RaterKind.HUMAN)),
    Column("Judges", lambda row: _score(row.judge_score, row.ratings, RaterKind.JUDGE)),
)
