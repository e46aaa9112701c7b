"""Pieces of Markdown that several sections of a report are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tui.reports.markup import Finding, Markup
from tui.text.escape import markdown_block, markdown_inline

MARKUP: Final = Markup(data=markdown_inline, strong=lambda text: f"**{text}**")
_BAR_CELLS: Final = 30


def joined(*parts: str) -> str:
    """Join the parts that are not empty, with a blank line between them."""
    return "\n\n".join(part for part in parts if part)


def bulleted(lines: Iterable[str]) -> str:
    """Write a list of lines that are Markdown already."""
    return "\n".join(f"- {line}" for line in lines)


def nested_list(findings: Iterable[Finding]) -> str:
    """Write a list of findings, each with its points below its sentence."""
    lines: list[str] = []
    for finding in findings:
        lines += [f"- {finding.sentence}", *(f"  - {point}" for point in finding.points)]
    return "\n".join(lines)


def bar_chart(title: str, bars: Sequence[tuple[str, float, str]]) -> str:
    """Write a line for each (name, length, words behind the bar); empty with one bar, which compares nothing."""
    if len(bars) < 2:
        return ""
    longest = max(value for _, value, _ in bars)
    name_width = max(len(name) for name, _, _ in bars)
    lines = (
        f"{name:>{name_width}}  {'█' * max(1, round(value / longest * _BAR_CELLS)):<{_BAR_CELLS}}  {words}"
        for name, value, words in bars
    )
    return markdown_block("\n".join([title, *lines]))
