"""The widgets of a decision: the weights, the ranking with the parts of each score, and quality against speed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from tui.measure.decision.advice import SHOWN
from tui.records.comparison import marked
from tui.records.decision import QUANTITIES, Choice, Dimension, Ranked, ScatterPoint, ScorePart
from tui.text import units
from tui.text.cells import cells_of, cut_name, printable

COLOURS: Final[Mapping[Dimension, str]] = {
    Dimension.LATENCY: "$primary",
    Dimension.THROUGHPUT: "$success",
    Dimension.MEMORY: "$warning",
    Dimension.QUALITY: "$accent",
    Dimension.FOOTPRINT: "$secondary",
    Dimension.LICENCE: "$foreground-muted",
}
_SIZES: Final = "·•●"
_BAR: Final = "█"
_BULLET: Final = "· "
_LEAST_NAME, _MOST_NAME, _MOST_BAR = 12, 28, 50
_AXIS_CELLS: Final = 6
_AXIS_TITLE: Final = 24
_QUARTERS_FROM: Final = 14
"""Rows from which the axis of quality has a tick at every quarter."""
_WEIGHT_BAR: Final = 10
_LEAST_BAR: Final = 12
_BEFORE_NUMBERS: Final = 10
"""Cells of the rank and the score."""
_BEFORE_BAR: Final = 3
"""The numbers that go before the bar where there is little room."""
_SHARES: Final = "  What is set is shared out among what is measured."
_MEANINGS: Final[Mapping[Dimension, str]] = {
    Dimension.LATENCY: "first token",
    Dimension.THROUGHPUT: "decode rate",
    Dimension.MEMORY: "peak",
    Dimension.QUALITY: "good answers",
    Dimension.FOOTPRINT: "size on the disk",
    Dimension.LICENCE: "commercial use",
}


class _Number(NamedTuple):
    """A column with the value of a dimension."""

    dimension: Dimension
    title: str
    cells: int


_NUMBERS: Final = (
    _Number(Dimension.QUALITY, "quality", 9),
    _Number(Dimension.LATENCY, "TTFT", 10),
    _Number(Dimension.THROUGHPUT, "decode", 13),
    _Number(Dimension.MEMORY, "memory", 10),
    _Number(Dimension.FOOTPRINT, "on disk", 10),
    _Number(Dimension.LICENCE, "commercial", 12),
)


class WeightList(Static):
    """The weights of the six dimensions, of which one is selected to be changed."""

    DEFAULT_CSS = """
    WeightList { height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    def show(self, weights: Mapping[Dimension, float], shares: Mapping[Dimension, float], selected: Dimension) -> None:
        """Show these weights; ``shares`` has those that count, without dimensions that have no data."""
        rows = [
            _weight(dimension, weights.get(dimension, 0.0), shares, dimension is selected) for dimension in Dimension
        ]
        heading = Content.styled(f"{'':11}{'weight':>6}{'share':>7}", "$foreground-muted")
        total = sum(weights.get(dimension, 0.0) for dimension in shares)
        changed = [Content.styled(_SHARES, "$foreground-muted")] if shares and round(total) != 100 else []
        self.update(Content("\n").join([heading, *rows, *changed]))


class RankingTable(Static):
    """A line for each model with its rank, its score, its numbers, and a bar of what each dimension contributes."""

    DEFAULT_CSS = """
    RankingTable { height: auto; }
    """

    def show(self, ranking: Sequence[Ranked], room: int) -> None:
        """Show as many numbers as there is room for, the most asked for first; the bar takes what is left."""
        names = [printable(model.key) for model in ranking]
        cells = min(_MOST_NAME, max((cells_of(name) for name in names), default=0))
        left = room - cells - _BEFORE_NUMBERS
        columns: list[_Number] = []
        for number in _NUMBERS:
            needed = number.cells + (_LEAST_BAR + 2 if len(columns) >= _BEFORE_BAR else 0)
            if needed <= left:
                columns.append(number)
                left -= number.cells
        bar = min(_MOST_BAR, left - 2) if left - 2 >= _LEAST_BAR else 0
        heading = f"{'':3}{'':{cells}} {'score':>6}{''.join(f'{each.title:>{each.cells}}' for each in columns)}"
        lines = [_ranked(model, name, cells, columns, bar) for model, name in zip(ranking, names, strict=True)]
        legend = [_bar_legend(ranking)] if bar and ranking else []
        self.update(Content("\n").join([Content.styled(heading, "$foreground-muted"), *lines, *legend]))


class FrontChart(Widget):
    """A chart with quality upwards, speed to the right and memory as the size of the mark; the Pareto front is
    coloured.

    It is our own since every mark has a name beside it, and no widget of Textual draws labelled points.
    """

    DEFAULT_CSS = """
    FrontChart { height: 12; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._points: tuple[ScatterPoint, ...] = ()

    def show(self, points: tuple[ScatterPoint, ...]) -> None:
        self._points = points
        self.refresh()

    def render(self) -> Content:
        width, rows = self.size.width - _AXIS_CELLS - 1, self.size.height - 3
        if not self._points:
            return Content.styled("Quality and speed are not known of the same model yet.", "$foreground-muted")
        if width < _LEAST_NAME or rows < 3:
            return Content("")
        fastest = max(point.decode_tok_s for point in self._points)
        grid = _LabelledGrid(width, rows)
        for point in self._points:
            grid.add(point, fastest, _glyph(point, self._points))
        grid.place_names()
        lines = [
            Content.assemble(
                (f"{_axis(row, rows):>{_AXIS_CELLS}}", "$foreground-muted"), "┤" if _axis(row, rows) else "│"
            )
            + grid.line(row)
            for row in range(rows)
        ]
        foot = Content.styled(_foot(fastest, width), "$foreground-muted")
        memory = max(point.memory_bytes or 0 for point in self._points) or None
        sizes = Content.styled(f"  {' '.join(_SIZES)} memory, up to {units.size(memory)}", "$foreground-muted")
        front = Content.styled("  bold: best trade-off, no other matches it in both", "bold $success")
        return Content("\n").join([*lines, foot, sizes, front])


class _LabelledGrid:
    """A grid of marks that stand where their values are; only a name moves, so that none covers another."""

    def __init__(self, width: int, rows: int) -> None:
        self._width, self._rows = width, rows
        self._taken: dict[int, list[tuple[int, str, str]]] = {}
        self._names: list[tuple[int, int, str, str]] = []
        """The row and the column of each mark, with its name and colour."""

    def add(self, point: ScatterPoint, fastest: float, glyph: str) -> None:
        colour = "bold $success" if point.on_front else "$foreground-muted"
        column = round(point.decode_tok_s / fastest * (self._width - 1)) if fastest else 0
        row = self._rows - 1 - round(point.quality * (self._rows - 1))
        self._put(row, column, glyph, colour)
        self._names.append(
            (row, column, cut_name(name := printable(point.key), min(cells_of(name), self._width - 2)), colour)
        )

    def place_names(self) -> None:
        """Write the names once all marks stand: beside its mark, or in the nearest row with room for it."""
        for mark_row, mark_column, name, colour in self._names:
            cells = cells_of(name)
            before, behind = mark_column - cells - 1, mark_column + 2
            starts = [start for start in (behind, before) if start >= 0 and start + cells <= self._width] or [0]
            places = [(row, start) for row in range(self._rows) for start in starts]
            row, start = min(
                places, key=lambda place: (self._overlaps(*place, cells), abs(place[0] - mark_row), place[1] != behind)
            )
            if not self._overlaps(row, start, cells):
                self._put(row, start, name, colour)

    def _put(self, row: int, column: int, text: str, colour: str) -> None:
        self._taken.setdefault(row, []).append((column, text, colour))

    def line(self, row: int) -> Content:
        line, at = Content(""), 0
        for column, text, colour in sorted(self._taken.get(row, [])):
            if column < at:
                # Another mark of the same place stands here already.
                continue
            line += Content(" " * (column - at)) + Content.styled(text, colour)
            at = column + cells_of(text)
        return line

    def _overlaps(self, row: int, column: int, cells: int) -> bool:
        return any(column < end + 1 and start < column + cells + 1 for start, end in self._taken_spans(row))

    def _taken_spans(self, row: int) -> list[tuple[int, int]]:
        return [(column, column + cells_of(text)) for column, text, _ in self._taken.get(row, [])]


def _weight(dimension: Dimension, weight: float, shares: Mapping[Dimension, float], selected: bool) -> Content:
    share = shares.get(dimension)
    note = "not measured for every model" if share is None and weight else _MEANINGS[dimension]
    bar = _BAR * round((share or 0) * _WEIGHT_BAR * 2)
    return Content.assemble(
        ("› " if selected else "  ", "bold $primary"),
        (f"{dimension.value:<11}", "bold" if selected else ""),
        f"{units.count(weight):>4}{'' if share is None else units.percent(share):>7}  ",
        (f"{bar[:_WEIGHT_BAR]:<{_WEIGHT_BAR}}", COLOURS[dimension]),
        (f"  {note}", "$foreground-muted"),
    )


def _ranked(model: Ranked, name: str, name_cells: int, columns: Sequence[_Number], bar_cells: int) -> Content:
    filled, bar = 0.0, Content("")
    for part in model.parts if bar_cells else ():
        start = round(filled * bar_cells)
        filled += part.contribution or 0.0
        bar += Content.styled(_BAR * (round(filled * bar_cells) - start), COLOURS[part.dimension])
    parts = {part.dimension: part for part in model.parts}
    numbers = "".join(f"{_number_text(parts[column.dimension], model.flags):>{column.cells}}" for column in columns)
    return Content.assemble(
        (f"{units.count(model.rank):>2} ", "$foreground-muted"),
        (cut_name(name, name_cells), "bold" if model.rank == 1 else ""),
        f" {units.points(model.score):>6}",
        (numbers, "$foreground-muted"),
        "  " if bar_cells else "",
        bar,
    )


def _bar_legend(ranking: Sequence[Ranked]) -> Content:
    """Name the parts of a bar in their order, so that they are told apart without colours too."""
    counted = dict.fromkeys(part.dimension for model in ranking for part in model.parts if part.contribution)
    named = [
        Content.assemble((_BAR, COLOURS[dimension]), (f" {dimension.value}", "$foreground-muted"))
        for dimension in counted
    ]
    return Content.assemble(("Score: ", "$foreground-muted"), Content(" ").join(named))


def _number_text(part: ScorePart, flags: Collection[str]) -> str:
    if part.dimension is Dimension.LICENCE:
        return "not known" if not part.value else "allowed" if part.value == 1 else "conditions"
    text, quantity = SHOWN[part.dimension](part.value), QUANTITIES.get(part.dimension)
    if part.value is None or quantity is None:
        return text
    return marked(text, flags, quantity, in_doubt=part.doubt is not None)


def _glyph(point: ScatterPoint, points: Sequence[ScatterPoint]) -> str:
    most = max((other.memory_bytes or 0 for other in points), default=0)
    if not most or point.memory_bytes is None:
        return "?"
    return _SIZES[min(len(_SIZES) - 1, int(point.memory_bytes / most * len(_SIZES)))]


def _axis(row: int, rows: int) -> str:
    """Return the quality that a row stands for, where the axis has a tick: at its ends, and at quarters if they fit."""
    quarters = range(5) if rows >= _QUARTERS_FROM else (0, 4)
    ticks = {rows - 1 - round(quarter / 4 * (rows - 1)): units.percent(quarter / 4) for quarter in quarters}
    return ticks.get(row, "")


def _foot(fastest: float, width: int) -> str:
    """Draw the axis of speed, from 0 to the fastest, with what it is and, where there is room, its middle."""
    right, middle = units.rate(fastest), units.rate(fastest / 2)
    title = "─ decode rate ─" if width > len(right) + _AXIS_TITLE else ""
    line = f"{title:─<{width - len(right) - 1}}"
    start = width // 2 - len(middle) // 2 - 1
    if start > len(title) + 1 and start + len(middle) + 3 < len(line):
        line = f"{line[:start]} {middle} {line[start + len(middle) + 2 :]}"
    return f"{' ' * _AXIS_CELLS}└{line} {right}"


def bullets(sentences: Sequence[str], cells: int) -> Content:
    """Return a list of sentences; the lines after the first of each are indented below its words."""
    rows = [
        Content.assemble(_BULLET if index == 0 else " " * len(_BULLET), row)
        for sentence in sentences
        for index, row in enumerate(Content(sentence).wrap(max(1, cells - len(_BULLET))))
    ]
    return Content("\n").join(rows)


def choice_summary(choice: Choice) -> str:
    """Return the number of models in the ranking, and of those left out, in words."""
    left_out = f", {units.count(len(choice.excluded))} left out" if choice.excluded else ""
    return f"{units.count(len(choice.ranking))} models{left_out}"
