"""This module lays out the Markdown of an answer in rows of a given width, with no mark-up left but nothing lost.

``markdown-it`` parses the text. What it would drop (cells beyond the columns of a table, text that is nested too deep,
definitions of links) is shown as it was written. HTML is text, too: a terminal cannot show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from tui.text.cells import cells_of, padded, printable
from tui.text.wrap import RowStyle, Span, WrappedRow, WrappedText

_MOST_NESTING: Final = 60
_LEAST_CELLS: Final = 8
"""Blocks are indented only as long as so many cells are left for their text."""
_LEAST_COLUMN: Final = 12
"""A column of a table is never narrower than its longest word, of which so many cells count."""
_GAP: Final = "  "
_BULLET: Final = "• "
_QUOTE: Final = "│ "
_INDENT: Final = "  "
_RULE: Final = "─"

_KEPT_LAYOUTS: Final = 16

_PARSER: Final = MarkdownIt("commonmark", {"html": False, "maxNesting": _MOST_NESTING}).enable("table")


@dataclass(frozen=True, slots=True)
class Run:
    """Some text in one style."""

    text: str
    look: RowStyle


@lru_cache(_KEPT_LAYOUTS)
def markdown_rows(text: str, width: int) -> tuple[WrappedRow, ...]:
    """Return the text laid out in rows of at most ``width`` cells. The rows are shared, and nobody may change them."""
    return tuple(_lay_out(text, width))


def _lay_out(text: str, width: int) -> list[WrappedRow]:
    env: dict[str, dict[str, dict[str, str]]] = {}
    tokens = _PARSER.parse(text, env)
    if any(token.level >= _MOST_NESTING - 1 for token in tokens):
        return wrapped_runs([Run(text, RowStyle.PLAIN)], width)
    source = text.split("\n")
    rows = _blocks(SyntaxTreeNode(tokens).children, width, source)
    references = [f"[{label.lower()}]: {link['href']}" for label, link in env.get("references", {}).items()]
    if references:
        rows = [
            *rows,
            *([_blank()] if rows else []),
            *wrapped_runs([Run("\n".join(references), RowStyle.QUIET)], width),
        ]
    return rows


def _blocks(nodes: Sequence[SyntaxTreeNode], width: int, source: Sequence[str]) -> list[WrappedRow]:
    """Lay out blocks below each other, with a blank row between them unless they belong to a tight list."""
    rows: list[WrappedRow] = []
    for node in nodes:
        of_block = _block(node, width, source)
        tight = node.type == "paragraph" and node.hidden
        if rows and of_block and not (tight or (node.type.endswith("_list") and _is_tight(node))):
            rows.append(_blank())
        rows += of_block
    return rows


def _block(node: SyntaxTreeNode, width: int, source: Sequence[str]) -> list[WrappedRow]:
    match node.type:
        case "heading":
            return wrapped_runs(_inline_runs(node, RowStyle.HEADING), width, RowStyle.HEADING)
        case "bullet_list" | "ordered_list":
            return _list(node, width, source)
        case "blockquote":
            prefix = _QUOTE if width - len(_QUOTE) >= _LEAST_CELLS else ""
            return _indented(_blocks(node.children, width - len(prefix), source), prefix, prefix)
        case "fence" | "code_block":
            return _code(node.content.rstrip("\n"), width)
        case "table":
            return _table(node, width, source)
        case "hr":
            return [WrappedRow(_RULE * width, "\n", RowStyle.QUIET, ())]
        case _:
            return wrapped_runs(_inline_runs(node, RowStyle.PLAIN), width)


def _is_tight(node: SyntaxTreeNode) -> bool:
    """Return whether a list is inside another one and has no blank lines, so that none stands before it either."""
    inside = node.parent is not None and node.parent.type == "list_item"
    return inside and all(
        child.hidden for item in node.children for child in item.children if child.type == "paragraph"
    )


def _list(node: SyntaxTreeNode, width: int, source: Sequence[str]) -> list[WrappedRow]:
    first = int(node.attrs.get("start", 1) or 1)
    ordered = node.type == "ordered_list"
    numbers = [item.info or str(number) for number, item in enumerate(node.children, start=first)]
    digits = max(map(len, numbers), default=1)
    loose = any(child.type == "paragraph" and not child.hidden for item in node.children for child in item.children)
    rows: list[WrappedRow] = []
    for number, item in zip(numbers, node.children, strict=True):
        marker = f"{number:>{digits}}. " if ordered else _BULLET
        if rows and loose:
            rows.append(_blank())
        if width - len(marker) >= _LEAST_CELLS:
            of_item = _blocks(item.children, width - len(marker), source) or [_blank()]
            rows += _indented(of_item, marker, " " * len(marker))
        else:
            rows.append(WrappedRow(marker[:width], "\n", RowStyle.QUIET, ()))
            rows += _blocks(item.children, width, source)
    return rows


def _code(text: str, width: int) -> list[WrappedRow]:
    prefix = _INDENT if width - len(_INDENT) >= _LEAST_CELLS else ""
    rows = wrapped_runs([Run(printable(text), RowStyle.CODE)], width - len(prefix), RowStyle.CODE)
    return _indented(rows, prefix, prefix)


def _table(node: SyntaxTreeNode, width: int, source: Sequence[str]) -> list[WrappedRow]:
    """Lay out a table in columns; if they have no room, each row of it as a list of its cells by name."""
    lines = [row for part in node.children for row in part.children]
    header, *body = [list(line.children) for line in lines]
    if any(_cells_in(source, line) > len(header) for line in lines):
        first, last = node.map or (0, 0)
        return _code("\n".join(source[first:last]), width)
    runs = [
        [_inline_runs(cell, RowStyle.STRONG if row is header else RowStyle.PLAIN) for cell in row]
        for row in (header, *body)
    ]
    widths = _column_widths(runs, width)
    if widths is None:
        return _records(runs, width)
    right = ["right" in str(cell.attrs.get("style", "")) for cell in header]
    rows: list[WrappedRow] = []
    for number, row in enumerate(runs):
        rows += _table_row(row, widths, right)
        if number == 0:
            rows.append(WrappedRow(_GAP.join(_RULE * cells for cells in widths), "\n", RowStyle.QUIET, ()))
    return rows


def _cells_in(source: Sequence[str], line: SyntaxTreeNode) -> int:
    """Count the cells that a row of a table was written with, of which the parser drops those beyond the header."""
    if line.map is None or line.map[0] >= len(source):
        return 0
    written = source[line.map[0]].lstrip("> \t").strip().replace("\\|", "")
    return written.removeprefix("|").removesuffix("|").count("|") + 1


def _column_widths(runs: Sequence[Sequence[Sequence[Run]]], width: int) -> list[int] | None:
    """Return the width of each column, or ``None`` if the longest words have no room beside each other."""
    columns = list(zip(*runs, strict=False))
    texts = [["".join(run.text for run in cell) for cell in column] for column in columns]
    natural = [max((cells_of(line) for text in column for line in text.split("\n")), default=0) for column in texts]
    least = [
        max((min(cells_of(word), _LEAST_COLUMN) for text in column for word in text.split()), default=1)
        for column in texts
    ]
    room = width - len(_GAP) * (len(columns) - 1)
    if sum(natural) <= room:
        return [max(1, cells) for cells in natural]
    if sum(least) > room:
        return None
    spare, wanted = room - sum(least), sum(natural) - sum(least)
    return [low + (high - low) * spare // wanted for low, high in zip(least, natural, strict=True)]


def _table_row(cells: Sequence[Sequence[Run]], widths: Sequence[int], right: Sequence[bool]) -> list[WrappedRow]:
    columns = [wrapped_runs(list(runs), cells_wide) for runs, cells_wide in zip(cells, widths, strict=False)]
    rows: list[WrappedRow] = []
    for index in range(max(map(len, columns), default=0)):
        text, spans = "", list[Span]()
        for number, (column, cells_wide) in enumerate(zip(columns, widths, strict=False)):
            text += _GAP if number else ""
            row = column[index] if index < len(column) else _blank()
            shown = padded(row.text, cells_wide, right=right[number])
            start = len(text) + (len(shown) - len(row.text) if right[number] else 0)
            spans += [_moved(span, start) for span in row.spans or ()]
            text += shown
        rows.append(WrappedRow(text.rstrip(), "\n", RowStyle.PLAIN, tuple(spans)))
    return rows


def _records(runs: Sequence[Sequence[Sequence[Run]]], width: int) -> list[WrappedRow]:
    """Lay out each row of a table as lines of the name of a column and its cell."""
    header, *body = runs
    rows: list[WrappedRow] = []
    for number, record in enumerate(body or [header]):
        if number:
            rows.append(WrappedRow(_RULE * min(width, _LEAST_COLUMN), "\n", RowStyle.QUIET, ()))
        for name, cell in zip(header, record, strict=False):
            of_name = [*name, Run(": ", RowStyle.STRONG)] if body and name else []
            rows += wrapped_runs([*of_name, *cell], width)
    return rows


def _inline_runs(node: SyntaxTreeNode, look: RowStyle) -> list[Run]:
    runs: list[Run] = []
    for child in node.children:
        match child.type:
            case "inline" | "paragraph":
                runs += _inline_runs(child, look)
            case "text" | "html_inline":
                runs.append(Run(printable(child.content), look))
            case "code_inline":
                runs.append(Run(printable(child.content), RowStyle.CODE))
            case "softbreak" | "hardbreak":
                runs.append(Run("\n", look))
            case "strong" | "em":
                inner = RowStyle.STRONG if child.type == "strong" or look is RowStyle.STRONG else RowStyle.EMPHASIS
                runs += _inline_runs(child, inner)
            case "link":
                runs += _link(_inline_runs(child, RowStyle.LINK), str(child.attrs.get("href", "")))
            case "image":
                alternative = [Run(f"image: {printable(child.content)}", RowStyle.EMPHASIS)]
                runs += _link(alternative, str(child.attrs.get("src", "")))
            case _:
                runs.append(Run(printable(child.content), look))
    return runs


def _link(label: list[Run], target: str) -> list[Run]:
    shown = "".join(run.text for run in label)
    return label if not target or target == shown else [*label, Run(f" ({printable(target)})", RowStyle.QUIET)]


def wrapped_runs(runs: Sequence[Run], width: int, look: RowStyle = RowStyle.PLAIN) -> list[WrappedRow]:
    """Wrap runs of text to rows whose spans tell the style of each part."""
    text = "".join(run.text for run in runs)
    if not text:
        return []
    wrapped = WrappedText(width)
    # Any style but that of plain text: that one would look for Markdown again.
    wrapped.append(text, RowStyle.QUIET)
    spans = tuple(_spans(runs, look))
    rows: list[WrappedRow] = []
    start = 0
    for index, row in enumerate(wrapped.rows):
        start += len(row.join)
        end = start + len(row.text)
        inside = (Span(max(0, span.start - start), min(span.end, end) - start, span.look) for span in spans)
        own = tuple(span for span in inside if span.start < span.end)
        rows.append(WrappedRow(row.text, row.join if index else "\n", look, own))
        start = end
    return rows


def _spans(runs: Iterable[Run], look: RowStyle) -> Iterable[Span]:
    start = 0
    for run in runs:
        end = start + len(run.text)
        if run.look is not look and run.text:
            yield Span(start, end, run.look)
        start = end


def _indented(rows: Iterable[WrappedRow], first: str, rest: str) -> list[WrappedRow]:
    """Put a prefix before each row, of which the first may have another one."""
    indented: list[WrappedRow] = []
    for index, row in enumerate(rows):
        prefix = rest if index else first
        if not row.text and not prefix.strip():
            indented.append(row)
            continue
        spans = tuple(_moved(span, len(prefix)) for span in row.spans or ())
        mark = (Span(0, len(prefix), RowStyle.QUIET),) if prefix.strip() else ()
        join = row.join if row.join == "\n" else row.join.strip(" ")
        indented.append(
            WrappedRow(
                (prefix + row.text).rstrip() if not row.text else prefix + row.text, join, row.look, (*mark, *spans)
            )
        )
    return indented


def _moved(span: Span, by: int) -> Span:
    return replace(span, start=span.start + by, end=span.end + by)


def _blank() -> WrappedRow:
    return WrappedRow("", "\n", RowStyle.PLAIN, ())
