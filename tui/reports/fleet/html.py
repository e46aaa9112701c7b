"""The report on many machines as an HTML page of its own, which needs no other file."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.fleet.results import Fleet
from tui.records.fleet.view import Grid
from tui.reports.fleet.sections import NO_DIFFERENCES, RATIO_NOTE, sections_of
from tui.reports.fleet.tables import INTERVAL_NOTE
from tui.reports.html.rendering import template
from tui.reports.html.views import Head, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    title: str
    answer: str
    unlike: tuple[str, ...]
    differences: tuple[str, ...]
    no_differences: str = NO_DIFFERENCES
    numbers: tuple[Table, ...]
    interval_note: str = INTERVAL_NOTE
    ratio_title: str
    ratio_note: str = RATIO_NOTE
    ratios: tuple[Table, ...]
    others: tuple[Table, ...]


def html_text(fleet: Fleet) -> str:
    """Write the page; every text from outside is escaped, and no script can run in it."""
    found = sections_of(fleet)
    page = _Page(
        title=found.title,
        answer=found.answer,
        unlike=found.unlike,
        differences=found.differences,
        numbers=tuple(map(_table, found.numbers)),
        ratio_title=found.ratio_title,
        ratios=tuple(map(_table, found.ratios)),
        others=tuple(map(_table, found.others)),
    )
    return template("fleet.html.j2").render(page=page)


def _table(grid: Grid) -> Table:
    heads = tuple(Head(head, is_number=grid.numbers and index > 0) for index, head in enumerate(grid.heads))
    return Table(caption=grid.title, heads=heads, rows=grid.rows)
