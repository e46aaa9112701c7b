"""Pieces of HTML. Every text that comes from outside goes through ``text``, and nothing else makes it harmless."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, TypeVar

from tui.reports.html.drawing import NARROW, WIDE, Chart, drawn_chart
from tui.reports.markup import Finding, Markup
from tui.text.escape import visible, visible_block
from tui.text.tables import TableColumn

_Row = TypeVar("_Row")


def text(data: str) -> str:
    """Text for anywhere in the page: no markup, no entity, no control character of it means anything."""
    return escape(visible(data))


MARKUP: Final = Markup(data=text, strong=lambda safe: f"<strong>{safe}</strong>")


def section(title: str, *parts: str) -> str:
    """A section with its heading; empty without content."""
    content = "\n".join(part for part in parts if part)
    return f"<section>\n<h2>{text(title)}</h2>\n{content}\n</section>" if content else ""


def found(finding: Finding, look: str = "") -> str:
    """A sentence and its list; both are safe already."""
    return f'<div class="finding">{paragraph(finding.sentence)}{listed(finding.points, look)}</div>'


def paragraph(safe: str) -> str:
    return f"<p>{safe}</p>\n" if safe else ""


def listed(safe: Iterable[str], look: str = "") -> str:
    points = "".join(f"<li>{point}</li>" for point in safe)
    named = f' class="{look}"' if look else ""
    return f"<ul{named}>{points}</ul>\n" if points else ""


def defined(pairs: Iterable[tuple[str, str]]) -> str:
    """Names with their meaning or value."""
    return "<dl>" + "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in pairs) + "</dl>"


def block(data: str) -> str:
    """Text of several lines, as it was written."""
    return f"<pre>{escape(visible_block(data))}</pre>"


def table(columns: Sequence[TableColumn[_Row]], rows: Sequence[_Row], caption: str) -> str:
    """A table that scrolls by itself where the page is narrower, with the first column staying in sight."""
    heads = "".join(f'<th scope="col"{_side(column)}>{text(column.title)}</th>' for column in columns)
    lines = "\n".join(f"<tr>{''.join(_cells(columns, row))}</tr>" for row in rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(caption)}"><table>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{lines}\n</tbody></table></div>"
    )


def figure(chart: Chart) -> str:
    """A chart in both widths, of which the page shows the one that fits, with its legend."""
    legend = "".join(
        f'<li><span class="swatch {look}" aria-hidden="true"></span>{text(words)}</li>' for look, words in chart.legend
    )
    return (
        f"<figure><figcaption><h3>{text(chart.title)}</h3>"
        + (f'<ul class="legend">{legend}</ul>' if legend else "")
        + f'</figcaption><div class="wide">{drawn_chart(chart, WIDE)}</div>'
        + f'<div class="narrow">{drawn_chart(chart, NARROW)}</div></figure>'
    )


def _side(column: TableColumn[_Row]) -> str:
    return ' class="number"' if column.right else ""


def _cells(columns: Sequence[TableColumn[_Row]], row: _Row) -> Iterable[str]:
    first, *others = columns
    yield f'<th scope="row">{text(first.show(row))}</th>'
    for column in others:
        yield f"<td{_side(column)}>{text(column.show(row))}</td>"
