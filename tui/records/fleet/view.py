"""The results of many machines as cells and sentences, which a pane draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of cells that are data; the first column has names, the others numbers."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: bool = True
    """Whether the cells after the first are numbers, which stand at the right."""
    as_list: bool = False
    """Whether its rows stand as a list in text where a table would be too wide, since their cells are long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRow:
    """A machine of the fleet, as a row of the list of machines."""

    name: str
    state: str
    """What it does, in a word."""
    group: str = ""
    benchtop: str = ""
    """Its version of Benchtop; empty if it is not here."""
    why_not: str = ""
    """Why it can be asked for nothing now; empty if it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetView:
    """What the screen of many machines shows; all texts are data."""

    title: str
    answer: str
    unlike: tuple[str, ...]
    differences: tuple[str, ...]
    models: tuple[Grid, ...]
    """For each model a table with a row a machine and a column a number; the last column is the ratio, if any."""
    failures: tuple[str, ...]
    doubts: tuple[str, ...]
    """A sentence for each number that takes part in no conclusion."""
    machines: int
