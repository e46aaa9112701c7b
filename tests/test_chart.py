"""The eighth-block chart, and the memory pane that fills it."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical

from tests import builders
from tests.builders import MIB
from tests.conditions import until
from tui.bench.events import MemoryRead, ModelLoading, ModelUnloaded
from tui.panes.chart import AreaChart, ChartData, Series
from tui.panes.memory import MemoryPane
from tui.records import GpuReading, MemoryReading

GIB = 1024 * MIB


class ChartApp(App[None]):
    """One chart in a box of ten columns of area and four rows of it."""

    CSS = "#box { width: 14; height: 5; }"

    def compose(self) -> ComposeResult:
        with Vertical(id="box"):
            yield AreaChart()

    @property
    def chart(self) -> AreaChart:
        return self.query_one(AreaChart)


def data(*series: Series, slots: int = 10, newest: int | None = None, limit: float | None = None) -> ChartData:
    longest = max((len(one.values) for one in series), default=1)
    return ChartData(
        series=series,
        top=4.0,
        top_label="4.0",
        slots=slots,
        newest_slot=longest - 1 if newest is None else newest,
        limit=limit,
    )


def drawn(chart: AreaChart) -> list[str]:
    return [chart.render_line(y).text for y in range(chart.size.height)]


def area(chart: AreaChart) -> list[str]:
    """The rows below the legend, right of the axis."""
    return [row[4:] for row in drawn(chart)[1:]]


@pytest.fixture
async def app() -> ChartApp:
    return ChartApp()


async def test_heights_axis_and_legend(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", [0, 0.125, 0.5, 1, 1.5, 2, 2.25, 3, 4, 9])))
        assert drawn(app.chart) == [
            "■ used        ",
            "4.0┤        ██",
            "   │      ▂███",
            "   │    ▄█████",
            "  0┤ ▁▄███████",
        ]


async def test_fewer_values_stand_at_the_right(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", [4.0])))
        assert area(app.chart) == ["         █"] * 4


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")], [0.0] * 10, [-3.0]])
async def test_nothing_to_see_is_empty(app: ChartApp, values: Sequence[float | None]) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", values), newest=9))
        assert area(app.chart) == [" " * 10] * 4


async def test_no_series_at_all(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(ChartData(series=(), top=0.0, top_label="", slots=1))
        assert all(row.strip(" │┤0") == "" for row in drawn(app.chart))


async def test_gaps_stay_gaps(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", [4, 4, None, float("nan"), 4, 4, 4, None, 4, 4])))
        assert area(app.chart)[0] == "██  ███ ██"


async def test_the_smallest_amount_is_seen(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", [1e-9])))
        assert area(app.chart)[-1] == "         ▁"


async def test_an_area_in_front_hides_and_shows_the_one_behind(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("a", [4.0] * 10), Series("b", [1.5] * 10, colour=1)))
        colours = [list(app.chart.render_line(y))[1].style for y in (2, 3, 4)]
        behind, edge, front = colours
        assert behind is not None
        assert edge is not None
        assert front is not None
        assert edge.color == front.color
        assert edge.bgcolor == behind.color
        assert front.color != behind.color
        assert area(app.chart)[2] == "▄" * 10


async def test_the_limit_is_a_line(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", [1.0] * 10), limit=3.5))
        assert area(app.chart)[0] == "╌" * 10


async def test_the_past_does_not_shimmer(app: ChartApp) -> None:
    """With several slots a column, a column is the same for as long as it is seen, only further left."""
    values = [(number * number * 7) % 11 / 3 for number in range(200)]
    async with app.run_test():
        pictures: list[list[str]] = []
        for newest in range(60, 90):
            app.chart.show(data(Series("used", values[newest - 29 : newest + 1]), slots=30, newest=newest))
            pictures.append(area(app.chart))
        for before, after in itertools.pairwise(pictures):
            # The oldest column loses slots, the newest gains some; all between are as they were.
            moved = [row[1:-1] for row in after] == [row[2:] for row in before]
            stayed = [row[1:-1] for row in after] == [row[1:-1] for row in before]
            assert moved or stayed
        assert len({tuple(picture) for picture in pictures}) > 5


async def test_more_columns_than_slots_are_filled(app: ChartApp) -> None:
    async with app.run_test():
        app.chart.show(data(Series("used", [4.0, 4.0, 4.0]), slots=3))
        assert area(app.chart)[0] == "█" * 10


async def test_a_long_legend_takes_rows_and_counts_the_rest(app: ChartApp) -> None:
    async with app.run_test() as pilot:
        app.query_one("#box").styles.height = 7
        await pilot.pause()
        app.chart.show(data(*(Series(f"model-{number}", [1.0]) for number in range(5))))
        assert [row.rstrip() for row in drawn(app.chart)[:3]] == ["■ model-0", "■ model-1", "■ model-2  +2"]


@pytest.mark.parametrize("size", [(0, 0), (1, 1), (2, 1), (1, 5), (3, 2), (200, 60)])
async def test_any_size(app: ChartApp, size: tuple[int, int]) -> None:
    async with app.run_test() as pilot:
        box = app.query_one("#box")
        box.styles.width, box.styles.height = size
        await pilot.pause()
        app.chart.show(data(Series("used", [1.0] * 10), limit=3.0))
        await pilot.pause()
        assert all(len(row) == app.chart.size.width for row in drawn(app.chart))


@pytest.mark.parametrize("theme", ["textual-dark", "textual-light", "ansi-dark", "ansi-light", "nord"])
async def test_areas_differ_under_every_theme(app: ChartApp, theme: str) -> None:
    async with app.run_test() as pilot:
        app.theme = theme
        await pilot.pause()
        app.chart.show(data(*(Series(str(number), [4.0 - number] * 10, colour=number) for number in range(4))))
        marks = [segment.style for segment in app.chart.render_line(0) if segment.text == "■ "]
        rows = [list(app.chart.render_line(y))[1].style for y in range(1, 5)]
        assert len({str(style.color) for style in rows if style}) == 4
        assert marks[0] is not None
        assert rows[0] is not None
        assert marks[0].color == rows[0].color


async def test_without_colours_areas_are_shaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChartApp()
    async with app.run_test():
        app.chart.show(data(Series("a", [4.0] * 10), Series("b", [2.0] * 10, colour=1)))
        assert drawn(app.chart)[0].startswith("█ a  ▓ b")
        assert [set(row) for row in area(app.chart)] == [{"█"}, {"█"}, {"▓"}, {"▓"}]


class MemoryApp(App[None]):
    CSS = "MemoryPane { width: 60; height: 14; border: round white; }"

    def compose(self) -> ComposeResult:
        yield MemoryPane()

    @property
    def pane(self) -> MemoryPane:
        return self.query_one(MemoryPane)

    def read(self, at_s: float, rss_mib: Mapping[str, int], *gpus: GpuReading) -> None:
        self.pane.show(
            MemoryRead(
                reading=MemoryReading(
                    at_s=at_s,
                    total_bytes=16 * GIB,
                    available_bytes=12 * GIB,
                    swap_used_bytes=0,
                    rss_bytes={key: value * MIB for key, value in rss_mib.items()},
                    gpus=gpus,
                )
            )
        )

    def rows(self, chart: int = 0) -> list[str]:
        return [row.rstrip() for row in drawn(list(self.query(AreaChart))[chart])]


async def test_memory_in_figures_and_areas() -> None:
    app = MemoryApp()
    async with app.run_test():
        app.read(100.0, {"practice-large": 190})
        app.read(101.0, {"practice-large": 180})
        await until(lambda: "RAM" in app.rows()[0])
        assert app.rows()[0] == "■ RAM 4.00 GiB of 16.0 GiB"
        assert app.rows()[1] == "■ practice-large 180 MiB (peak 190)"
        assert app.rows()[2].startswith("16.0 GiB┤")
        assert app.rows()[-1].startswith("       0┤")
        assert app.rows()[-1].endswith(" ▁▁"), "the model is seen, little as it is"
        assert app.rows()[-2].endswith(" ██"), "what is in use is behind it"


async def test_models_stand_on_each_other_and_stay_until_they_have_left_the_chart() -> None:
    app = MemoryApp()
    async with app.run_test():
        for second in range(10):
            app.read(100.0 + second, {"first": 1024, "second": 2048})
        app.pane.show(ModelUnloaded(key="first"))
        app.read(111.0, {"second": 2048})
        await until(lambda: "ended" in "".join(app.rows()))
        legend = " ".join(app.rows()[:3])
        assert "first ended (peak 1.00 GiB)" in legend
        assert "second 2.00 GiB (peak 2.00)" in legend
        app.read(111.0 + 300, {"second": 2048})
        await until(lambda: "ended" not in "".join(app.rows()))


async def test_parts_add_up() -> None:
    app = MemoryApp()
    async with app.run_test():
        app.read(100.0, {"first": 6 * 1024, "second": 6 * 1024})
        await until(lambda: "RAM" in app.rows()[0])
        foot = app.rows().index(next(row for row in app.rows() if row.startswith("       0")))
        top = app.rows().index(next(row for row in app.rows() if row.startswith("16.0 GiB")))
        filled = sum(not row.endswith("│") for row in app.rows()[top + 1 : foot + 1])
        assert filled == math.ceil((foot - top + 1) * 12 / 16), app.rows()


async def test_a_new_load_begins_with_a_new_peak() -> None:
    app = MemoryApp()
    async with app.run_test():
        app.read(100.0, {"model": 900})
        app.pane.show(ModelLoading(key="model", model=builders.model("model"), launch=2))
        app.read(101.0, {"model": 100})
        await until(lambda: "100 MiB (peak 100)" in app.rows()[0] + app.rows()[1])


async def test_a_silence_is_a_gap_but_a_slow_reading_is_not() -> None:
    app = MemoryApp()
    async with app.run_test():
        app.read(100.0, {})
        app.read(105.0, {})
        app.read(160.0, {})
        await until(lambda: "RAM" in app.rows()[0])
        foot = app.rows()[-1].partition("┤")[2].strip()
        first, gap, second = (list(group) for _, group in itertools.groupby(foot, key=lambda glyph: glyph == " "))
        assert len(first) >= 2
        assert len(gap) > 10
        assert len(second) == 1


async def test_vram_shows_where_there_is_a_gpu() -> None:
    app = MemoryApp()
    async with app.run_test() as pilot:
        app.read(100.0, {"model": 500})
        await pilot.pause()
        assert len(app.query(AreaChart)) == 1
        gpu = GpuReading(
            index=0, name="G", used_bytes=3 * GIB, total_bytes=8 * GIB, process_bytes={"model": 2 * GIB, "other": None}
        )
        app.read(101.0, {"model": 500}, gpu)
        await until(lambda: len(app.query(AreaChart)) == 2 and "VRAM" in "".join(app.rows(1)[:1]))
        legend = " ".join(app.rows(1)[:2])
        assert "VRAM 3.00 GiB of 8.00 GiB" in legend
        assert "model 2.00 GiB (peak 2.00)" in legend
        assert "other" not in legend
