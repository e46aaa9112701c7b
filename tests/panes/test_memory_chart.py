"""The eighth-block chart: its scale, its areas, its lines and its marks."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Size

from tests.support.builders import MIB
from tui.panes.memory.chart import AreaChart, ChartData, Series, TimeMark, Word
from tui.panes.memory.chart_cells import even_scale, limit_is_near, place_marks, scale_of
from tui.panes.widgets.styles import Tone

GIB = 1024 * MIB
TOP = 40 * MIB
"""What is 40 MiB high reaches the top."""
EMPTY = ChartData(figures=(), series=(), highest=0.0)


class ChartApp(App[None]):
    """An app with one chart: an area of ten columns and four rows, between a row of figures and a row of marks."""

    CSS = "#box { width: 16; height: 6; }"

    def __init__(self) -> None:
        super().__init__()
        self.data = EMPTY

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield AreaChart(self.source)

    def source(self, size: Size) -> ChartData:
        assert size == self.chart.size
        return self.data

    @property
    def chart(self) -> AreaChart:
        return self.query_one(AreaChart)

    def show(self, data: ChartData) -> None:
        self.data = data
        self.chart.renew()


def data(
    *series: Series,
    highest: float = TOP,
    limit: float | None = None,
    expected: Sequence[float | None] = (),
    marks: Sequence[TimeMark] = (),
) -> ChartData:
    scaled = [of_one._replace(values=scale(of_one.values)) for of_one in series]
    return ChartData(
        figures=[[Word("■ ", 0), Word("used")]],
        series=scaled,
        highest=highest,
        limit=limit,
        expected=scale(expected),
        marks=marks,
    )


def scale(values: Sequence[float | None]) -> list[float | None]:
    """Return rows of the chart as bytes."""
    return [None if value is None else value * TOP / 4 for value in values]


def drawn(chart: AreaChart) -> list[str]:
    return [chart.render_line(y).text for y in range(chart.size.height)]


def area(chart: AreaChart) -> list[str]:
    """Return the rows below the figures, right of the axis, without the marks."""
    return [row[6:] for row in drawn(chart)[1:-1]]


def marks(chart: AreaChart) -> str:
    return drawn(chart)[-1][6:]


@pytest.fixture
async def app() -> ChartApp:
    return ChartApp()


async def test_heights_axis_and_figures(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([0, 0.125, 0.5, 1, 1.5, 2, 2.25, 3, 4, 9])))
        assert drawn(app.chart) == [
            "■ used          ",
            "     │        ██",
            "   20┤      ▂███",
            "     │    ▄█████",
            "    0┤ ▁▄███████",
            "                ",
        ]


async def test_fewer_values_stand_at_the_right(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([4.0])))
        assert area(app.chart) == ["         █"] * 4


@pytest.mark.parametrize("values", [[], [None, None], [0.0] * 10, [-3.0]])
async def test_nothing_to_see_is_empty(app: ChartApp, values: Sequence[float | None]) -> None:
    async with app.run_test():
        app.show(data(Series(values)))
        assert area(app.chart) == [" " * 10] * 4


async def test_no_series_at_all(app: ChartApp) -> None:
    async with app.run_test():
        app.show(EMPTY)
        assert "".join(drawn(app.chart)).strip(" │┤015") == ""


async def test_gaps_stay_gaps(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([4, 4, None, None, 4, 4, 4, None, 4, 4])))
        assert area(app.chart)[0] == "██  ███ ██"


async def test_the_smallest_amount_is_seen(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([1e-9])))
        assert area(app.chart)[-1] == "         ▁"


async def test_an_area_in_front_hides_and_shows_the_one_behind(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([4.0] * 10), Series([1.5] * 10, colour=1)))
        behind, edge, front = (list(app.chart.render_line(y))[1].style for y in (2, 3, 4))
        assert behind is not None
        assert edge is not None
        assert front is not None
        assert edge.color == front.color
        assert edge.bgcolor == behind.color
        assert front.color != behind.color
        assert area(app.chart)[2] == "▄" * 10


async def test_the_limit_is_a_line_that_areas_rise_to(app: ChartApp) -> None:
    """The line lies on the edge above the row that ends at the limit, so an area at the limit only touches it."""
    async with app.run_test():
        limit = 30 * MIB
        app.show(data(Series([1, 2, 2.9, 3]), highest=limit, limit=limit))
        assert drawn(app.chart)[1].startswith(" 30.0┤")
        assert area(app.chart)[0] == "▁▁ ▁▁ ▁▁ ▁"
        assert area(app.chart)[1].endswith("  ▇█")
        line = list(app.chart.render_line(1))[1]
        assert line.style == app.chart.get_component_rich_style("chart--limit")


async def test_what_is_beyond_the_limit_is_seen_above_it(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([3.5]), highest=60 * MIB, limit=30 * MIB, expected=[None, 6, 6]))
        assert [row[:6] for row in drawn(app.chart)[1:5]] == ["     │", " 30.0┤", "     │", "    0┤"]
        assert area(app.chart)[0] == "        ┈┈"
        assert area(app.chart)[1] == "▁▁ ▁▁ ▁▁ ▃"


async def test_an_expectation_is_hidden_by_what_has_come(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(Series([0, 1, 2, 3]), expected=[2.5, 2.5, 2.5, 2.5]))
        assert area(app.chart)[1] == "      ┈┈┈█"


async def test_marks_stand_under_their_time_with_their_words(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(marks=[TimeMark(1, "a", 0), TimeMark(3, "b", 1, "gone")]))
        assert marks(app.chart) == " a b gone "
        app.show(data(marks=[TimeMark(8, "b", 1, "gone")]))
        assert marks(app.chart) == "   gone b "
        app.show(data(marks=[TimeMark(4, "b", 1, "gone for good")]))
        assert marks(app.chart) == "    b     "


async def test_marks_of_one_kind_in_a_column_are_one(app: ChartApp) -> None:
    async with app.run_test():
        app.show(data(marks=[TimeMark(5, "a", 0), TimeMark(5, "a", 1), TimeMark(7, "b", 1)]))
        assert marks(app.chart) == "     a b  "
        styles = {segment.text: segment.style for segment in app.chart.render_line(5)}
        assert styles["b"] == app.chart.get_component_rich_style("chart--series-1")
        assert "a" not in styles, "it is of no model's colour, and so in one piece with its neighbours"


@pytest.mark.parametrize(
    ("wanted", "placed"),
    [
        ([0, 4], {0: 0, 4: 1}),
        ([4, 4], {3: 0, 4: 1}),
        ([9, 9, 9], {7: 0, 8: 1, 9: 2}),
        ([0, 0], {0: 1}),
        ([4] * 6, {1: 2, 2: 3, 3: 4, 4: 5}),
        ([20], {}),
    ],
)
def test_older_marks_make_way_to_the_left(wanted: list[int], placed: dict[int, int]) -> None:
    assert place_marks(((column, number) for number, column in enumerate(wanted)), 10) == placed


@pytest.mark.parametrize(
    ("highest", "rows", "labels"),
    [
        (0, 4, {0: "0", 2: "5 MiB"}),
        (86 * MIB, 7, {0: "0", 4: "50 MiB"}),
        (320 * MIB, 5, {0: "0", 3: "200 MiB"}),
        (390 * MIB, 12, {0: "0", 3: "100", 6: "200", 9: "300 MiB"}),
        (1.1 * GIB, 9, {0: "0", 4: "0.5", 8: "1 GiB"}),
        (12.6 * GIB, 30, {0: "0", 4: "2", 8: "4", 12: "6", 16: "8", 20: "10", 24: "12", 28: "14 GiB"}),
        (5 * MIB, 1, {0: "0"}),
    ],
)
def test_the_axis_has_round_values_evenly_apart(highest: float, rows: int, labels: dict[int, str]) -> None:
    scale = even_scale(highest, rows)
    assert scale.top >= highest
    assert scale.labels(rows) == labels


def test_the_limit_belongs_into_the_chart_when_it_is_near() -> None:
    assert not limit_is_near(39, 100)
    assert limit_is_near(40, 100)
    assert not limit_is_near(40, 0)
    assert scale_of(30 * MIB, 100 * MIB, 4).limit_row is None
    near = scale_of(50 * MIB, 100 * MIB, 4)
    assert near.limit_row == 3
    assert math.isclose(near.top * 3 / 4, 100 * MIB)
    beyond = scale_of(250 * MIB, 100 * MIB, 10)
    assert beyond.limit_row == 4
    assert math.isclose(beyond.top * 4 / 10, 100 * MIB)
    assert math.isclose(scale_of(9000 * MIB, 100 * MIB, 4).top, 9000 * MIB), "nothing is above the chart"


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (2, 1), (1, 5), (3, 2), (20, 3), (200, 60)])
async def test_any_size(app: ChartApp, size: tuple[int, int]) -> None:
    async with app.run_test() as pilot:
        app.data = data(Series([1.0] * 10), limit=30 * MIB, marks=[TimeMark(0, "a", 0, "gone")])
        app.query_one("#box").styles.width, app.query_one("#box").styles.height = size
        await pilot.pause()
        app.chart.renew()
        await pilot.pause()
        assert all(len(row) == app.chart.size.width for row in drawn(app.chart))


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord"])
async def test_areas_differ_under_every_theme(app: ChartApp, theme: str) -> None:
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.pause()
        app.show(data(*(Series([4.0 - number] * 10, colour=number) for number in range(4))))
        swatch = next(iter(app.chart.render_line(0))).style
        rows = [list(app.chart.render_line(y))[1].style for y in range(1, 5)]
        assert len({str(style.color) for style in rows if style}) == 4
        assert swatch is not None
        assert rows[0] is not None
        assert swatch.color == rows[0].color


async def test_without_colours_areas_are_shaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChartApp()
    async with app.run_test():
        figures = [[Word("■ ", 0), Word("a "), Word("■ ", 1), Word("b", Tone.MUTED)]]
        app.show(data(Series([4.0] * 10, colour=1), Series([2.0] * 10))._replace(figures=figures))
        assert drawn(app.chart)[0].startswith("█ a ▓ b")
        assert [set(row) for row in area(app.chart)] == [{"▓"}, {"▓"}, {"█"}, {"█"}]
