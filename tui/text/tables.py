"""This module writes tables, names and counts for all sections of a report; columns also align in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from tui.text import units
from tui.text.cells import cells_of, column_width, padded
from tui.text.escape import markdown_inline, visible

if TYPE_CHECKING:
    from tui.records import ModelSummary, RunRecord

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class TableColumn(Generic[_Row]):
    """This record is one column of a table: its title, a function for its cells, and its alignment."""

    title: str
    show: Callable[[_Row], str]
    right: bool = True
    data: bool = False
    """If true, the cells come from outside, and the code that draws them must escape them."""


def drawn(columns: Sequence[TableColumn[_Row]], rows: Sequence[_Row]) -> str:
    """Return a Markdown table whose columns also align in a terminal."""
    shown = [
        [markdown_inline(column.show(row)) if column.data else column.show(row) for column in columns] for row in rows
    ]
    widths = [
        column_width((3, cells_of(column.title), *(cells_of(row[index]) for row in shown)))
        for index, column in enumerate(columns)
    ]
    rule = ["-" * (width - 1) + (":" if column.right else "-") for column, width in zip(columns, widths, strict=True)]
    lines = [[column.title for column in columns], rule, *shown]
    joined = (
        " | ".join(
            padded(cell, width, right=column.right) for cell, width, column in zip(line, widths, columns, strict=True)
        )
        for line in lines
    )
    return "\n".join(f"| {line} |" for line in joined)


def listed(names: Sequence[str]) -> str:
    """Return names as in ``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def threads_text(run: RunRecord) -> str:
    """Return with how many processor threads each local model of a run computes; empty if no load tells it."""
    threads = {load.key: load.threads for load in run.loads}
    if not any(threads.values()):
        return ""
    keys: dict[int | None, list[str]] = {}
    for model in run.plan.models:
        if model.key in threads and model.traits.on_disk:
            keys.setdefault(threads[model.key], []).append(model.key)
    return ", ".join(f"{count or units.UNKNOWN} ({listed(names)})" for count, names in keys.items())


def model_name(summary: ModelSummary) -> str:
    """Return the key of a model, escaped for Markdown; a practice model of Benchtop is marked as one."""
    return markdown_inline(plain_name(summary))


def plain_name(summary: ModelSummary) -> str:
    """Return the key of a model, marked if it is a practice model. The caller must escape it for its format."""
    return (visible(summary.key).strip() or units.UNKNOWN) + (" (practice)" if summary.model.practice else "")


def model_column(title: str = "Model") -> TableColumn[ModelSummary]:
    """Return the column of model names, with which a table of models begins."""
    return TableColumn(title, plain_name, right=False, data=True)


def all_of(number: int, one: str, several: str | None = None) -> str:
    """Return that something is true of all, as in ``the request``, ``both requests``, ``all 9 requests``."""
    if number == 2:
        return f"both {several or one + 's'}"
    return f"the {one}" if number == 1 else f"all {counted(number, one, several)}"


def counted(number: int | None, one: str, several: str | None = None) -> str:
    """Return a count with its noun, as in ``1 model``, ``2 models``."""
    return f"{units.count(number)} {one if number == 1 else several or one + 's'}"
