"""The report on many machines as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui.records.fleet.results import Fleet
from tui.records.fleet.view import Grid
from tui.reports.fleet.sections import NO_DIFFERENCES, RATIO_NOTE, sections_of
from tui.reports.fleet.tables import INTERVAL_NOTE
from tui.reports.markdown.elements import bulleted, joined
from tui.text import units
from tui.text.cells import cells_of
from tui.text.escape import markdown_inline
from tui.text.tables import TableColumn, drawn

_MOST_CELLS: Final = 120
"""A table that is wider breaks in a terminal, so that its columns cannot be followed."""


def markdown_text(fleet: Fleet) -> str:
    """Write the report: the answer, what differs between the machines, then every number."""
    found = sections_of(fleet)
    # No tag begins with the sign of a limit, so it can stay readable for those who read the text as it is.
    answer = markdown_inline(found.answer).replace("&lt;= ", "<= ")
    parts = [f"# Benchtop: {markdown_inline(found.title)}", f"**{answer}**"]
    if found.unlike:
        parts += ["## Asked differently", _bullets(found.unlike)]
    differing = _bullets(found.differences) if found.differences else NO_DIFFERENCES
    parts += ["## What differs between the machines", differing]
    if found.numbers:
        parts += ["## Results", *map(_titled, found.numbers), INTERVAL_NOTE]
    if found.ratios:
        parts += [f"## {markdown_inline(found.ratio_title)}", RATIO_NOTE, *map(_titled, found.ratios)]
    for grid in found.others:
        parts += [f"## {grid.title}", _table(grid)]
    return joined(*parts) + "\n"


def _bullets(lines: Sequence[str]) -> str:
    return bulleted(markdown_inline(line) for line in lines)


def _titled(grid: Grid) -> str:
    return f"### {grid.title}\n\n{_table(grid)}"


def _table(grid: Grid) -> str:
    columns = [
        TableColumn(markdown_inline(head), _cell(index), right=grid.numbers and index > 0, data=True)
        for index, head in enumerate(grid.heads)
    ]
    table = drawn(columns, grid.rows)
    if grid.as_list and max(map(cells_of, table.splitlines())) > _MOST_CELLS:
        return bulleted(_list_item(grid.heads, row) for row in grid.rows)
    return table


def _list_item(heads: Sequence[str], row: Sequence[str]) -> str:
    """Write a row as ``**name**, title: cell; title: cell``; what is unknown is left out."""
    facts = "; ".join(f"{head}: {cell}" for head, cell in zip(heads[1:], row[1:], strict=True) if cell != units.UNKNOWN)
    return f"**{markdown_inline(row[0])}**, {markdown_inline(facts)}"


def _cell(index: int) -> Callable[[Sequence[str]], str]:
    return lambda row: row[index]
