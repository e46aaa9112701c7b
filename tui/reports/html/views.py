"""Pieces of the page as the templates take them: text that is not escaped yet, and positions in SVG's units."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from tui.reports.html.charts.chart import Chart
from tui.reports.html.charts.drawing import NARROW, WIDE, Drawing, drawing
from tui.text.tables import TableColumn

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column."""

    title: str
    is_number: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table, whose first column names its rows."""

    caption: str
    heads: tuple[Head, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart in both widths, with its legend as classes and words."""

    title: str
    legend: Sequence[tuple[str, str]]
    wide: Drawing
    narrow: Drawing


@dataclass(frozen=True, slots=True)
class ModelPart:
    """One model in a section: its table, and what to know about it."""

    title: str
    table: Table
    notes: Sequence[str]
    more: Sequence[Table] = ()


def table_of(columns: Sequence[TableColumn[_Row]], rows: Sequence[_Row], caption: str) -> Table:
    """Make the table of these rows."""
    heads = tuple(Head(column.title, column.right) for column in columns)
    return Table(caption, heads, tuple(tuple(column.show(row) for column in columns) for row in rows))


def figure_of(chart: Chart) -> Figure:
    """Make the figure of a chart."""
    return Figure(chart.title, chart.legend, drawing(chart, WIDE), drawing(chart, NARROW))
