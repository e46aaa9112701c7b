"""The first lines of a comparison: which runs are held against each other, with the whole names of their models."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from textual.content import Content

from tui.panes.comparison import rows
from tui.records import RunRecord
from tui.text.cells import cells_of, cut, cut_name, printable
from tui.text.tables import counted
from tui.text.times import local_start_time

_INDENT: Final = 3
_GAP: Final = "  "
_MOST_LINES: Final = 8


def side_lines(runs: Sequence[RunRecord], cells: int) -> list[Content]:
    """Return a line for each run; names stand in lines of their own if a line of ``cells`` has no room for them.

    Runs of the same models then share one list of names. Only a name that is wider than the terminal is cut.
    """
    names, facts = _names(runs), [_facts(run) for run in runs]
    widest = max(map(cells_of, names), default=0)
    if _INDENT + widest + len(_GAP) + max(map(cells_of, facts), default=0) <= cells:
        return [
            _line(index, cut(name, widest), fact) for index, (name, fact) in enumerate(zip(names, facts, strict=True))
        ]
    first = [_line(index, "", fact) for index, fact in enumerate(facts)]
    below = [[_below(line) for line in _name_lines(name, cells - _INDENT)] for name in names]
    if len(set(names)) == 1:
        return [*first, *below[0]]
    apart = [line for fact, lines in zip(first, below, strict=True) for line in (fact, *lines)]
    if len(apart) <= _MOST_LINES:
        return apart
    room = max(0, cells - _INDENT - len(_GAP) - max(map(cells_of, facts)))
    return [
        _line(index, cut_name(name, room), fact) for index, (name, fact) in enumerate(zip(names, facts, strict=True))
    ]


def _line(index: int, name: str, facts: str) -> Content:
    letter = (f"{rows.side_letter(index):<{_INDENT}}", "bold $primary")
    return Content.assemble(letter, f"{name}{_GAP}" if name else "", (facts, "$foreground-muted"))


def _below(line: str) -> Content:
    return Content(f"{'':{_INDENT}}{line}")


def _name_lines(name: str, cells: int) -> Iterator[str]:
    """Break a list of names between two of them."""
    line = ""
    for part in _with_commas(name.split(", ")):
        longer = f"{line} {part}".strip()
        if line and cells_of(longer) > cells:
            yield line
            longer = part
        line = longer if cells_of(longer) <= cells else cut_name(longer, cells)
    yield line


def _with_commas(parts: Sequence[str]) -> Iterable[str]:
    return [*(f"{part}," for part in parts[:-1]), *parts[-1:]]


def _names(runs: Sequence[RunRecord]) -> list[str]:
    """Name each run by its own name or its models; by its id where another has the same name and began with it."""
    names = [run.name or ", ".join(model.key for model in run.plan.models) for run in runs]
    sides = [(name, local_start_time(run.started_at)) for name, run in zip(names, runs, strict=True)]
    return [
        printable(run.run_id if sides.count(side) > 1 else name)
        for name, side, run in zip(names, sides, runs, strict=True)
    ]


def _facts(run: RunRecord) -> str:
    began = f"{local_start_time(run.started_at)}  " if run.started_at else ""
    method = run.plan.method
    return f"{began}{counted(method.rounds, 'round')}, {counted(method.launches, 'launch', 'launches')}"
