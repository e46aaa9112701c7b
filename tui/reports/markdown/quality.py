"""What answers were expected to have and what people and judges thought of them, as a section of the report."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure.answers import judges
from tui.records import Prompt, RunRecord
from tui.records.quality import FacetCheck, RaterKind, Rating
from tui.reports.json.quality_rows import AnswerRow, answer_rows
from tui.text import units
from tui.text.escape import markdown_block, markdown_inline, visible
from tui.text.tables import TableColumn, drawn

NOTE: Final = "Scores are the mean, from 1 to 5, and from how many. An answer that several models gave stands once."
SIGNS: Final = {True: "✓", False: "✗", None: "?"}


def quality_section(run: RunRecord) -> str:
    """A table of the answers with their facets and ratings, the judges, then the answers themselves, folded.

    Empty where nothing was expected and nobody rated.
    """
    rows = quality_shown(run)
    if not rows:
        return ""
    folded = [_folded(prompt, [row for row in rows if row.prompt_id == prompt.id]) for prompt in run.plan.prompts]
    said = "\n".join(f"- {markdown_inline(sentence)}" for sentence in judge_sentences(run))
    return "\n\n".join(part for part in ["## Quality", drawn(COLUMNS, rows), NOTE, said, _terms(run), *folded] if part)


def quality_shown(run: RunRecord) -> tuple[AnswerRow, ...]:
    """The answers, where anything was expected of one, or anybody rated."""
    rows = answer_rows(run)
    return rows if any(row.facets or row.ratings for row in rows) else ()


def judge_sentences(run: RunRecord) -> tuple[str, ...]:
    """Whether each judge is trusted, and what else was seen of it."""
    return tuple(" ".join((judges.verdict(standing), *judges.observations(standing))) for standing in run.judges)


def terms(run: RunRecord) -> tuple[tuple[str, str], ...]:
    """The definitions that the section needs: those of judges only where there is one."""
    return judges.DEFINITIONS if run.judges else judges.DEFINITIONS[:2]


def _terms(run: RunRecord) -> str:
    return "\n".join(f"- **{name}**: {markdown_inline(meaning)}" for name, meaning in terms(run))


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
    return f"- {SIGNS[check.met]} {markdown_inline(check_words(check))}"


def check_words(check: FacetCheck) -> str:
    """The facet, and what there was instead."""
    return f"{check.facet} ({check.found})" if check.found and not check.met else str(check.facet)


def _rating(rating: Rating) -> str:
    return f"- {markdown_inline(rating_words(rating))}"


def rating_words(rating: Rating) -> str:
    """Who said what."""
    said = f"{units.mark(rating.score)} of 5" if rating.score is not None else f"no score ({rating.reason})"
    blind = ", blind" if rating.blind and rating.kind is RaterKind.HUMAN else ""
    note = f": {rating.note}" if rating.note else ""
    return f"{rating.rater} ({rating.kind.value}{blind}) {said}{note}"


def _facets(row: AnswerRow) -> str:
    told = [check.met for check in row.facets if check.met is not None]
    return f"{units.count(sum(told))} of {units.count(len(told))}" if told else units.UNKNOWN


def _missed(row: AnswerRow) -> str:
    return ", ".join(str(check.facet) for check in row.facets if check.met is False) or units.UNKNOWN


def _score(score: float | None, ratings: Iterable[Rating], kind: RaterKind) -> str:
    of_kind = [rating for rating in ratings if rating.kind is kind]
    if score is None:
        return f"no score ({of_kind[-1].reason})" if of_kind else units.UNKNOWN
    rated = sum(rating.score is not None for rating in of_kind)
    return f"{units.three_figures(score)} ({units.count(rated)})"


def _html(text: str) -> str:
    return html.escape(visible(text))


COLUMNS: Final[tuple[TableColumn[AnswerRow], ...]] = (
    TableColumn("Prompt", lambda row: row.prompt_id, right=False, data=True),
    TableColumn("Answer of", lambda row: ", ".join(row.keys), right=False, data=True),
    TableColumn("Facets", _facets),
    TableColumn("Missed", _missed, right=False, data=True),
    TableColumn("People", lambda row: _score(row.human_score, row.ratings, RaterKind.HUMAN), data=True),
    TableColumn("Judges", lambda row: _score(row.judge_score, row.ratings, RaterKind.JUDGE), data=True),
)
