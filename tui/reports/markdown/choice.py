"""The short Markdown section on which of a run's models to take."""

from __future__ import annotations

from tui.measure.decision import advice
from tui.records import RunRecord
from tui.reports.decision import markdown_recommendation, ranking_table
from tui.reports.markdown.elements import bulleted, joined
from tui.reports.sections.choice import OTHER_WEIGHTS, choice_of
from tui.text.escape import markdown_inline


def choice_section(run: RunRecord) -> str:
    """Write the recommendation, how sure it is, and the ranking; empty if there is nothing to choose by."""
    choice = choice_of(run)
    if choice is None:
        return ""
    remarks = bulleted(map(markdown_inline, advice.remarks(choice)))
    return joined("## Choosing", markdown_recommendation(choice), remarks, ranking_table(choice), OTHER_WEIGHTS)
