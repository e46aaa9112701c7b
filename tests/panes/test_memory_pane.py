"""The memory pane: what it keeps, what it says in figures, what it draws, and how its keys change the view."""

from __future__ import annotations

import itertools
import math
import re
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult

from tests.support import builders
from tests.support.builders import MIB
from tests.support.conditions import until
from tui.bench.events import (
    Event,
    FirstToken,
    MemoryRead,
    ModelDied,
    ModelLoaded,
    ModelLoading,
    ModelUnloaded,
    RunStarted,
    SampleFinished,
)
from tui.bench.memory.fit import FitForecast
from tui.panes.memory.chart import AreaChart
from tui.panes.memory.pane import MemoryPane
from tui.panes.memory.usage import SPANS, Ring, Slot, Span
from tui.records import ExitCause, ExitKind, Fit, GpuReading, MemoryForecast, MemoryReading

GIB = 1024 * MIB
MARKS = "▸●◆✕"
EIGHTHS = "▁▂▃▄▅▆▇█"


class MemoryApp(App[None]):
    """The pane alone, with scripted readings of a machine of 16 GiB of which others use 4, and with its own clock."""

    CSS = "MemoryPane { border: round white; }"

    def __init__(self, total_bytes: int = 16 * GIB, others_bytes: int = 4 * GIB) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.total_bytes, self.others_bytes = total_bytes, others_bytes
        self.swap_bytes, self.note = 0, ""
        self.pane = MemoryPane(clock=lambda: self.now_s)

    def compose(self) -> ComposeResult:
        yield self.pane

    def tell(self, *events: Event) -> None:
        for event in events:
            self.pane.show(event)

    def read(self, *gpus: GpuReading, after_s: float = 0.25, **rss_mib: int) -> None:
        self.now_s += after_s
        rss_bytes = {key: value * MIB for key, value in rss_mib.items()}
        reading = MemoryReading(
            at_s=self.now_s,
            total_bytes=self.total_bytes,
            available_bytes=self.total_bytes - self.others_bytes - sum(rss_bytes.values()),
            swap_used_bytes=self.swap_bytes,
            rss_bytes=rss_bytes,
            gpus=gpus,
            gpu_note=self.note,
        )
        self.tell(MemoryRead(reading=reading))

    def rows(self, chart: int = 0) -> list[str]:
        drawn = list(self.query(AreaChart))[chart]
        return [drawn.render_line(y).text.rstrip() for y in range(drawn.size.height)]

    def row(self, start: str, chart: int = 0) -> str:
        """Return the row of figures of a model, or of the machine."""
        return next((row for row in self.rows(chart) if row.removeprefix("■ ").startswith(start)), "")

    def marks(self) -> str:
        """Return the row of marks, which is above the row of times."""
        return self.rows()[-2]

    def plot(self) -> list[str]:
        """Return the rows of the areas with their axis."""
        return [row for row in self.rows() if "│" in row or "┤" in row]

    def height(self) -> list[float]:
        """Return how high each column is filled, in rows, for a chart that shows no limit."""
        plot = [row.partition("│")[2] or row.partition("┤")[2] for row in self.plot()]
        columns = ["".join(cells) for cells in zip(*(row.ljust(self.size.width) for row in plot), strict=True)]
        columns = columns[: max(map(len, plot))]
        tops = [next((y for y, glyph in enumerate(column) if glyph in EIGHTHS), None) for column in columns]
        return [
            0 if top is None else len(plot) - top - 1 + (1 + EIGHTHS.index(column[top])) / 8
            for column, top in zip(columns, tops, strict=True)
        ]


def loading(key: str, forecast_mib: int | None = None) -> ModelLoading:
    outlook = None
    if forecast_mib is not None:
        forecast = MemoryForecast(
            base_bytes=forecast_mib * MIB,
            layers_bytes=0,
            weights_bytes=0,
            factor=1.0,
            cache_bytes=0,
            context_tokens=2048,
        )
        outlook = FitForecast(forecast=forecast, available_bytes=12 * GIB, fit=Fit.FITS)
    return ModelLoading(key=key, model=builders.model(key), launch=1, fit_forecast=outlook)


def loaded(key: str) -> ModelLoaded:
    return ModelLoaded(key=key, load=builders.load(key))


def answered(key: str, peak_mib: int | None = None) -> SampleFinished:
    peak_bytes = None if peak_mib is None else peak_mib * MIB
    return SampleFinished(key=key, sample=builders.sample(key, peak_rss_bytes=peak_bytes), done_samples=1)


def died(key: str, reason: str = "ended by the kernel") -> ModelDied:
    verdict = ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason=reason)
    return ModelDied(key=key, load=builders.load(key), cause=verdict, skipped_samples=1)


def gpu(used_mib: int = 1024, *, index: int = 0, **held_mib: int | None) -> GpuReading:
    process_bytes = {key: None if value is None else value * MIB for key, value in held_mib.items()}
    return GpuReading(
        index=index,
        name="Example GPU",
        used_bytes=used_mib * MIB,
        total_bytes=8 * GIB,
        process_bytes=process_bytes,
        utilisation=0.42,
        power_watts=231.4,
        temperature_c=54.0,
    )


def test_a_ring_keeps_the_highest_of_each_slot_and_is_bounded() -> None:
    for span in SPANS:
        ring = Ring(span)
        for number in range(3 * span.slots):
            at_s = 7.0 + number * span.slot_s
            ring.add(at_s, Slot({"model": number}))
            ring.add(at_s + span.slot_s / 4, Slot({"model": number + 1}))
            ring.add(at_s + span.slot_s / 3, Slot({"model": 0}))
        columns = ring.columns(span.slots)
        shown = [slot.by_model["model"] for slot in columns if slot]
        assert shown == [number + 1 for number in range(2 * span.slots, 3 * span.slots)]
    assert [span.minutes for span in SPANS] == [1, 5, 30]


@pytest.mark.parametrize("width", [7, 29, 100, 150])
def test_the_past_does_not_shimmer(width: int) -> None:
    """A column is the same for as long as it is seen, only further left; so does its mark move."""
    ring = Ring(Span(1, 0.5))
    pictures: list[list[int]] = []
    columns: list[int] = []
    for number in range(300):
        ring.add(number * 0.5, Slot({"model": (number * number * 7) % 11 + 1}))
        pictures.append([slot.by_model["model"] if slot else 0 for slot in ring.columns(width)])
        columns.append(ring.column_of(125.0, width))
    for before, after in itertools.pairwise(pictures):
        shift = next(shift for shift in range(3) if after[: width - 1 - shift] == before[shift : width - 1])
        assert shift <= max(1, math.ceil(width / 120))
    moved = [before - after for before, after in itertools.pairwise(columns[250:])]
    assert min(moved) >= 0
    assert columns[250] == width - 1
    assert columns[200] == width - 1, "what is yet to be read stands at the edge"


def test_models_that_were_never_there_together_do_not_add_up() -> None:
    ring = Ring(SPANS[2])
    ring.add(100.0, Slot({"first": 100}))
    ring.add(101.0, Slot({"second": 300}))
    ring.add(101.5, Slot({"second": 50}))
    (slot,) = ring.columns(300)[-1:]
    assert slot is not None
    assert slot.by_model == {"second": 300}
    assert ring.keys == ["first", "second"]


def test_columns_are_the_same_however_often_they_were_asked_for() -> None:
    often, once = Ring(SPANS[0]), Ring(SPANS[0])
    for number in range(500):
        slot = Slot({"model": (number * 31) % 17})
        often.add(number * 0.1, slot)
        once.add(number * 0.1, slot)
        often.columns(29)
    assert often.columns(29) == once.columns(29)


def test_models_are_forgotten_when_they_have_left_the_ring() -> None:
    ring = Ring(SPANS[0])
    ring.add(100.0, Slot({"first": 1}))
    ring.add(130.0, Slot({"second": 1}))
    assert ring.keys == ["first", "second"]
    ring.add(161.0, Slot({}))
    assert ring.keys == ["second"]
    assert not ring.is_empty
    ring.add(300.0, None)
    assert ring.is_empty


async def test_the_machine_in_a_row_and_models_in_figures() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.read(practice_large=190)
        app.read(practice_large=180)
        await until(lambda: "practice_large" in app.rows()[1])
        assert app.rows()[0].endswith(
            "4.18 of 16.0 GiB  limit for models 12.0 GiB, above the chart  peak in use 4.19 GiB"
        )
        assert app.rows()[1].split() == ["■", "practice_large", "180", "MiB", "peak", "190", "MiB"]
        assert app.row(" 200 MiB┤"), "the scale is that of the model, not of the machine"
        assert app.height()[-1] > 5


async def test_swap_and_notes_show_when_there_is_room_and_something_to_say() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)) as pilot:
        app.read()
        await until(lambda: "RAM" in app.rows()[0])
        assert "swap" not in app.rows()[0]
        app.swap_bytes, app.note = 300 * MIB, "unified memory"
        app.read()
        await until(lambda: "unified memory" in app.rows()[0])
        assert "swap 300 MiB" in app.rows()[0]
        await pilot.resize_terminal(40, 12)
        await until(lambda: app.rows()[0] == "RAM 4.00 of 16.0 GiB  models ≤12.0 GiB")
        assert app.rows()[1] == "unified memory", "what does not fit has a row of its own"
        app.note = "the NVIDIA driver was updated: restart the machine"
        app.read()
        await until(lambda: app.rows()[1] == f"{app.note[:37]}…")


async def test_the_floor_is_no_part_of_the_limit() -> None:
    app = MemoryApp()
    app.pane.floor_of = lambda reading: reading.total_bytes // 8
    async with app.run_test(size=(100, 20)):
        app.read()
        await until(lambda: "limit for models 10.0 GiB" in app.rows()[0])


async def test_models_stand_on_each_other_up_to_the_limit() -> None:
    app = MemoryApp(total_bytes=400 * MIB, others_bytes=40 * MIB)
    async with app.run_test(size=(60, 14)):
        for _ in range(20):
            app.read(first=90, second=90)
        await until(lambda: "▁▁ limit 360 MiB" in app.rows()[0])
        top, *below = plot = app.plot()
        assert top.startswith(" 360 MiB┤▁▁ ▁▁ ")
        width = len(top)
        assert sum(len(row) == width for row in below) == math.ceil(len(below) / 2), "180 of 360 MiB"
        app.read(first=180, second=180)
        await until(lambda: all(len(row) == width for row in app.plot()[1:]))
        assert app.plot()[0] == top, "the area touches the line, which is still there"
        assert len(app.plot()) == len(plot)


async def test_the_limit_is_calm() -> None:
    app = MemoryApp(total_bytes=400 * MIB, others_bytes=40 * MIB)
    async with app.run_test(size=(60, 14)):
        app.read(model=200)
        await until(lambda: "limit 360 MiB" in app.rows()[0])
        app.others_bytes -= 5 * MIB
        app.read(model=201)
        await until(lambda: "201 MiB" in app.row("model"))
        assert "limit 360 MiB" in app.rows()[0]
        app.others_bytes -= 15 * MIB
        app.read(model=201)
        await until(lambda: "limit 380 MiB" in app.rows()[0])


async def test_the_scale_grows_at_once_and_shrinks_when_the_high_value_has_left() -> None:
    app = MemoryApp()
    async with app.run_test(size=(60, 14)):
        app.read(model=80)
        await until(lambda: app.row("  60 MiB┤"))
        app.read(model=500)
        await until(lambda: app.row(" 400 MiB┤"))
        for _ in range(50):
            app.read(after_s=1.0, model=80)
        await until(lambda: "80.0 MiB" in app.row("model"))
        assert app.row(" 400 MiB┤")
        for _ in range(15):
            app.read(after_s=1.0, model=80)
        await until(lambda: app.row("  60 MiB┤"))


async def test_a_forecast_is_a_dotted_line_until_the_model_has_answered() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.tell(loading("model", 388))
        for rss_mib in range(0, 100, 10):
            app.read(model=rss_mib)
        await until(lambda: app.row("model").endswith("loading ┈┈ forecast 388 MiB"))
        assert app.row(" 400 MiB┤"), "the scale has room for what is to come"
        assert any(row.endswith("┈┈┈") for row in app.rows())
        app.tell(loaded("model"))
        app.read(model=300)
        await until(lambda: app.row("model").endswith("peak 300 MiB ┈┈ forecast 388 MiB"))
        app.tell(answered("model", 401))
        for _ in range(10):
            app.read(model=380)
        await until(lambda: app.row("model").endswith("380 MiB  peak 401 MiB, forecast 388 (-3 %)"))
        assert not any(row.endswith("┈") for row in app.rows())


async def test_moments_are_marked_under_their_time() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.read()
        for event in (loading("model"), loaded("model"), FirstToken(key="model", ttft_ns=1)):
            for _ in range(20):
                app.read(model=100)
            app.tell(event)
        for _ in range(10):
            app.read(model=100)
        app.tell(FirstToken(key="model", ttft_ns=1))
        for _ in range(10):
            app.read(model=100)
        app.tell(ModelUnloaded(key="model"))
        for _ in range(20):
            app.read()
        await until(lambda: "✕" in app.marks())
        marks = app.marks().ljust(98)
        assert [glyph for glyph in marks if glyph != " "] == list(MARKS), "of the first tokens the first alone counts"
        positions = [marks.index(glyph) for glyph in MARKS]
        second = (98 - 9) / 60
        for older, newer in itertools.pairwise([*positions, 97]):
            assert abs(newer - older - 5 * second) <= 2
        legend = "▸ load  ● ready  ◆ first token  ✕ ended  ·  last minute · z shows 5 min"
        await until(lambda: app.pane.border_subtitle == legend)
        for _ in range(70):
            app.read(after_s=1.0)
        await until(lambda: app.pane.border_subtitle == "last minute · z shows 5 min")
        assert app.marks() == ""
        left, middle, right = re.split(r" {3,}", app.rows()[-1].strip())
        assert (left, middle, right) == ("1 min ago", "30 s ago", "now")


async def test_an_end_without_memory_is_told_where_it_happened() -> None:
    app = MemoryApp(total_bytes=400 * MIB, others_bytes=40 * MIB)
    async with app.run_test(size=(110, 20)):
        app.tell(loading("heavy", 420))
        for rss_mib in range(0, 350, 25):
            app.read(heavy=rss_mib)
        app.tell(died("heavy"))
        for _ in range(60):
            app.read()
        await until(lambda: "✕ out of memory" in app.marks())
        assert app.row("heavy").split(maxsplit=2)[2] == (
            "out of memory: ended by the kernel (peak 325 MiB, forecast 420)"
        )


@pytest.mark.parametrize(
    ("left_bytes", "words"),
    [
        (None, "ended (peak 100 MiB)"),
        (0, "ended, all freed (peak 100 MiB)"),
        (-3 * MIB, "ended, all freed (peak 100 MiB)"),
        (40 * MIB, "ended, 40.0 MiB not freed (peak 100 MiB)"),
    ],
)
async def test_what_came_back_is_told_until_the_model_has_left_the_chart(left_bytes: int | None, words: str) -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.read(model=100)
        app.tell(ModelUnloaded(key="model", left_bytes=left_bytes))
        app.read(model=100)
        await until(lambda: app.row("model").endswith(f"model  {words}"))
        app.tell(RunStarted(run=builders.run_record(builders.model("model")), total_samples=1))
        app.read()
        await until(lambda: app.row("model").endswith("model  ended earlier (peak 100 MiB)"))
        app.read(after_s=90.0)
        await until(lambda: not app.row("model"))


async def test_models_that_have_ended_keep_their_order_while_they_leave_the_chart() -> None:
    app = MemoryApp(others_bytes=9 * GIB)
    async with app.run_test(size=(120, 20)):
        app.read()
        await until(lambda: "┈┈ peak in use 9.00 GiB" in app.rows()[0])
        assert "▁▁ ▁▁" not in "".join(app.rows()), "no limit of the models on the scale of all that is in use"
        app.tell(*(loading(key) for key in ("small", "large")))
        app.read(small=80, large=190)
        await until(lambda: app.row("large"))
        app.read(after_s=40.0, large=190)
        app.tell(ModelUnloaded(key="small"))
        app.read(after_s=58.0, large=190)
        await until(lambda: app.row("small"))
        named = [line for line in app.rows() if "■ small" in line or "■ large" in line]
        assert ["small" in line for line in named] == [True, False]


async def test_a_model_whose_process_has_vanished_has_ended() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.read(model=100)
        app.read()
        await until(lambda: app.row("model").endswith("ended (peak 100 MiB)"))


async def test_a_new_load_begins_with_a_new_peak() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.read(model=900)
        app.tell(died("model"), loading("model"), loaded("model"))
        app.read(model=100)
        await until(lambda: app.row("model").endswith("100 MiB  peak 100 MiB"))


async def test_a_small_pane_has_a_row_for_each_model_and_counts_the_rest() -> None:
    app = MemoryApp()
    async with app.run_test(size=(42, 12)):
        app.read(**{f"model_{number}": 100 for number in range(7)})
        app.tell(ModelUnloaded(key="model_1"))
        app.read(**{f"model_{number}": 100 for number in range(7) if number != 1})
        await until(lambda: "+3" in "".join(app.rows()))
        names = [row.split()[1] for row in app.rows() if row.startswith("■")]
        assert names == ["model_0", "model_2", "model_3", "model_4"], "one that has ended makes way first"
        assert app.row("model_4").endswith("+3")


async def test_why_a_model_died_gets_a_row_of_its_own() -> None:
    app = MemoryApp()
    async with app.run_test(size=(42, 12)):
        app.read(practice_small=86, practice_heavy=265)
        app.tell(died("practice_heavy", "a reason that is much too long for so small a pane"))
        app.read(practice_small=86)
        await until(lambda: "  out of memory (peak 265 MiB)" in app.rows())


async def test_a_silence_is_a_gap_but_a_slow_reading_is_not() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)):
        app.read(model=100)
        app.read(after_s=4.0, model=100)
        app.read(after_s=30.0, model=100)
        await until(lambda: app.row("model"))
        filled = [height > 0 for height in app.height()]
        groups = [(there, len(list(group))) for there, group in itertools.groupby(filled)]
        assert [there for there, _ in groups][-3:] == [True, False, True]
        assert groups[-3][1] >= 5
        assert groups[-2][1] > 35


async def test_keys_zoom_in_time() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 20)) as pilot:
        for _ in range(200):
            app.read(after_s=1.0, model=100)
        app.pane.focus()
        await until(lambda: app.row("model"))
        assert all(app.height()), "a minute is full"
        seen: list[object] = []
        shares: list[float] = []
        for key in ("z", "z", "z", "plus", "minus", "minus", "minus", "plus"):
            await pilot.press(key)
            seen.append(app.pane.border_subtitle)
            heights = app.height()
            shares.append(sum(height > 0 for height in heights) / len(heights))
        one = "last minute · z shows 5 min"
        five, thirty = "last 5 minutes · z shows 30 min", "last 30 minutes · z shows 1 min"
        assert seen == [five, thirty, one, one, five, thirty, thirty, five]
        assert abs(shares[0] - 200 / 300) < 0.03
        assert abs(shares[1] - 200 / 1800) < 0.03


async def test_vram_shows_beside_ram_where_there_is_a_gpu_and_goes_with_it() -> None:
    app = MemoryApp()
    async with app.run_test(size=(140, 20)) as pilot:
        app.read(model=500)
        await pilot.pause()
        assert len(app.query(AreaChart)) == 1
        app.read(gpu(3072, model=2048, other=0), model=500)
        await until(lambda: len(app.query(AreaChart)) == 2 and app.row("model", 1))
        ram, vram = app.query(AreaChart)
        assert ram.region.y == vram.region.y
        assert "3.00 of 8.00 GiB  models ≤7.00 GiB" in app.rows(1)[0]
        assert app.rows(1)[1] == "GPU 0  Example GPU  42 %  231 W  54 °C"
        assert app.row("model", 1).split(maxsplit=2)[2] == "2.00 GiB  peak 2.00 GiB"
        assert not app.row("other", 1), "it holds nothing there"
        await pilot.resize_terminal(80, 24)
        await until(lambda: ram.region.x == vram.region.x)
        app.note = "GPU 1 no longer answers"
        app.read(replace(gpu(3072, model=2048), throttled=True), model=500)
        await until(lambda: app.rows(1)[2] == app.note)
        assert app.rows(1)[1].endswith("54 °C  throttled")
        assert app.note not in app.rows()[1], "it stands with the other GPUs"
        app.note = "the GPU driver is gone"
        app.read(model=500)
        await until(lambda: app.rows(1)[0] == "VRAM the GPU driver is gone")
        assert app.row("model", 1).split() == ["■", "model", "-", "peak", "2.00", "GiB"]
        app.read(after_s=90.0, model=500)
        await until(lambda: len(app.query(AreaChart)) == 1)
        assert "the GPU driver is gone" in app.rows()[0]
        app.read(gpu(3072), model=500)
        await until(lambda: len(app.query(AreaChart)) == 2)


async def test_vram_that_is_not_told_is_the_rise_over_the_load_and_never_nothing() -> None:
    app = MemoryApp()
    async with app.run_test(size=(140, 20)):
        app.read(gpu(1024, first=None), first=500)
        await until(lambda: len(app.query(AreaChart)) == 2 and app.row("first", 1))
        assert app.row("first", 1).split() == ["■", "first", "-"]
        app.tell(loading("second", 700), loaded("second"))
        app.read(gpu(3072, first=None, second=None), first=500, second=100)
        await until(lambda: "~2.00 GiB" in app.row("second", 1))
        assert app.row("first", 1).split() == ["■", "first", "-"]
        app.tell(ModelUnloaded(key="first"))
        app.read(gpu(1500, second=None), second=100)
        await until(lambda: not app.row("first", 1))
        assert app.row("second", 1).endswith("~2.00 GiB  peak ~2.00 GiB"), "what another gives back is not its own"


async def test_several_gpus_have_a_row_each_and_the_limit_is_that_of_the_one_in_use() -> None:
    app = MemoryApp()
    async with app.run_test(size=(140, 20)):
        app.read(gpu(7168, index=0, model=0), gpu(3072, index=1, model=2048))
        await until(lambda: len(app.query(AreaChart)) == 2 and app.row("model", 1))
        assert "10.0 of 16.0 GiB" in app.rows(1)[0]
        assert "models ≤7.00 GiB" in app.rows(1)[0]
        assert app.rows(1)[1] == "GPU 0  Example GPU  7.00 of 8.00 GiB  42 %  231 W  54 °C"
        assert app.rows(1)[2] == "GPU 1  Example GPU  3.00 of 8.00 GiB  42 %  231 W  54 °C"


@pytest.mark.parametrize("size", [(1, 1), (4, 3), (12, 5), (42, 12), (80, 24), (200, 60)])
async def test_any_size(size: tuple[int, int]) -> None:
    app = MemoryApp()
    async with app.run_test(size=size) as pilot:
        app.tell(loading("a-model-with-quite-a-long-name", 700))
        app.read(gpu(3072, model=2048), gpu(1024, index=1, model=None), **{"a-model-with-quite-a-long-name": 500})
        app.tell(died("a-model-with-quite-a-long-name"))
        await until(lambda: len(app.query(AreaChart)) == 2 or size < (12, 5))
        await pilot.pause()
        for number, chart in enumerate(app.query(AreaChart)):
            assert all(len(row) <= chart.size.width for row in app.rows(number))


async def test_before_any_model_a_line_shows_what_all_programs_use() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 12)):
        for _ in range(4):
            app.read()
        await until(lambda: any("┈" in row for row in app.plot()))
        assert any("GiB┤" in row for row in app.plot()), "the axis is that of the memory in use"
        app.tell(loading("small"), loaded("small"))
        app.read(small=100)
        await until(lambda: app.row("small"))
        assert not any("GiB" in row for row in app.plot())


async def test_the_peak_is_never_below_what_is_held_and_no_model_is_blamed_for_what_others_took() -> None:
    app = MemoryApp()
    async with app.run_test(size=(100, 12)):
        app.tell(loading("small"), loaded("small"))
        app.read(small=97)
        app.tell(loading("small"))
        await until(lambda: "97.0 MiB" in app.row("small"))
        app.tell(ModelLoaded(key="small", load=replace(builders.load("small"), peak_rss_bytes=80 * MIB)))
        await until(lambda: "peak 97.0 MiB" in app.row("small"))
        app.tell(ModelUnloaded(key="small", left_bytes=594 * MIB))
        await until(lambda: "other programs took more" in app.row("small"))
