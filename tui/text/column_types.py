"""This module defines what a column of results is: its titles, its number with a unit or its words, and its places."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, Flag, auto
from typing import Final

from tui.records import ModelSummary
from tui.records.comparison import Quantity, marked
from tui.text import units
from tui.text.tables import TableColumn

_Words = Callable[[ModelSummary], str]


class ShownIn(Flag):
    """These are the tables in which a column can appear."""

    PANE = auto()
    REPORT = auto()
    SWEEP = auto()
    """The report of a sweep leaves out columns that depend on the length of a prompt or an answer."""
    DETAIL = auto()
    """A second table in a report, and the line below the results pane."""
    RUNS = PANE | REPORT
    ALL = PANE | REPORT | SWEEP
    EVERYWHERE = ALL | DETAIL


class Best(Enum):
    """This enumeration names the end of a column, lowest or highest, that has the best value."""

    LOWEST = 1
    HIGHEST = -1


@dataclass(frozen=True, slots=True)
class Unit:
    """This record formats a number with its unit, or as a figure below a title that names the unit."""

    text: Callable[[float], str]
    figure: Callable[[float], str]


SECONDS: Final = Unit(units.seconds, units.three_figures)
MILLISECONDS: Final = Unit(units.milliseconds, units.three_figures)
TOKENS_PER_SECOND: Final = Unit(units.rate, units.three_figures)
REQUESTS_PER_SECOND: Final = Unit(units.request_rate, units.three_figures)
TOKENS: Final = Unit(units.count, units.count)
BYTES: Final = Unit(units.size, units.size)
JOULES: Final = Unit(units.energy, units.energy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    """This record is one column: its titles, and either a number with its unit or the words of its cells."""

    id: str
    title: str
    """This is the title in a report."""
    heading: str = ""
    """These are the two lines of the title in the results pane, of which the second one names the unit."""
    number: Callable[[ModelSummary], float | None] | None = None
    """This function returns the value of a model, by which rows are sorted; columns of words are sorted by words."""
    unit: Unit = TOKENS
    quantity: Quantity | None = None
    """This is the quantity that flags can cast doubt on: the number is marked, and a model may not be ranked by it."""
    marks: Callable[[ModelSummary], tuple[str, str]] | None = None
    """This function returns the marks before and after a number that is not unknown, in place of its quantity's."""
    further_mark: Callable[[ModelSummary], str] = lambda _: ""
    """This function returns what stands behind the marks of the quantity."""
    best: Best | None = None
    words: _Words | None = None
    """This function returns the words of a cell in a report, in place of a number with its unit."""
    pane_words: _Words | None = None
    """This function returns the words of a cell in the results pane, if they differ from those of a report."""
    shown_in: ShownIn = ShownIn.RUNS
    unit_in_title: bool = False
    """If true, the title in a report names the unit, and cells contain figures as in the pane."""
    is_data: bool = False
    """If true, the words come from outside, and the code that draws them must escape them."""
    needed: Callable[[ModelSummary], bool] | None = None
    """If given, a report has the column only if this returns true for some model."""

    def text(self, model: ModelSummary) -> str:
        """Return the cell of a model with the unit of its number."""
        return self.words(model) if self.words is not None else self._written(model, self.unit.text)

    def figure(self, model: ModelSummary) -> str:
        """Return the cell of a model below a title that names the unit, as all headings of the results pane do."""
        words = self.pane_words or self.words
        return words(model) if words is not None else self._written(model, self.unit.figure)

    @property
    def in_report(self) -> TableColumn[ModelSummary]:
        """Return the column in the form that a report draws."""
        show = self.figure if self.unit_in_title else self.text
        return TableColumn(self.title, show, right=self.number is not None, data=self.is_data)

    def _written(self, model: ModelSummary, show: Callable[[float], str]) -> str:
        value = None if self.number is None else self.number(model)
        if value is None:
            return units.UNKNOWN
        text = show(value)
        if self.marks is not None:
            before, behind = self.marks(model)
            text = f"{before}{text}{behind}"
        elif self.quantity is not None:
            in_doubt = model.doubt_about(self.quantity) is not None
            text = marked(text, model.flags, self.quantity, in_doubt=in_doubt)
        return f"{text}{self.further_mark(model)}"
