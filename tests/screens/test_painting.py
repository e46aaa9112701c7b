"""What a frame draws: all that has changed, exactly as a whole frame would show it, and nothing besides."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from typing import TypeVar, cast
from unittest.mock import Mock

import pytest
from rich.style import Style
from textual._context import visible_screen_stack
from textual.geometry import Region
from textual.screen import ModalScreen, Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from tests.support import builders, scripted
from tests.support.scripted import Pause, ScriptedRun
from tests.support.workbench import Driver, driving
from tui.bench.events import Event, TextReceived
from tui.panes.memory.chart import AreaChart
from tui.panes.streams.header import ColumnHeader
from tui.panes.widgets.tail import TailText
from tui.records import Model, Plan
from tui.screens.dialogs.question import ConfirmDialog
from tui.screens.frame.help import HelpScreen
from tui.screens.frame.painting import RegionCompositor
from tui.screens.workbench.screen import Workbench

Result = TypeVar("Result")

TINY, OTHER = builders.model("tiny"), builders.model("other", variant="cpu")

pytestmark = pytest.mark.usefixtures("own_home")


def endless(plan: Plan) -> Iterable[Event | Pause]:
    for model in plan.models:
        yield from scripted.loading(model)
        yield from scripted.streaming(model, plan, [f"line {line}, 世界 **bold**\n" for line in range(60)])
    yield Pause()


def piece(model: Model, text: str) -> TextReceived:
    return TextReceived(key=model.key, text=text, reasoning=False, arrivals=61, last_ns=10**9)


@contextmanager
def drawn_widgets(screen: Screen[Result]) -> Generator[Counter[Widget]]:
    """Count how often each widget of a screen is drawn."""
    drawn, compositor = Counter[Widget](), compositor_of(screen)

    def counting(widget: Widget) -> None:
        draw = widget.render_lines

        def render_lines(crop: Region) -> list[Strip]:
            drawn[widget] += 1
            return draw(crop)

        patch.setattr(widget, "render_lines", render_lines)

    with pytest.MonkeyPatch.context() as patch:
        for widget in compositor.visible_widgets:
            counting(widget)
        yield drawn


def compositor_of(screen: Screen[Result]) -> RegionCompositor:
    compositor = vars(screen)["_compositor"]
    assert isinstance(compositor, RegionCompositor)
    return compositor


def assert_parts_are_as_the_whole(screen: Screen[Result]) -> None:
    compositor, chance = compositor_of(screen), random.Random(7)
    whole = compositor.render_strips()
    for _ in range(60):
        x, y = chance.randrange(screen.size.width), chance.randrange(screen.size.height)
        region = Region(x, y, chance.randint(1, 90), chance.randint(1, 20)).intersection(screen.size.region)
        expected = [row.crop(region.x, region.right) for row in whole[region.y : region.bottom]]
        assert shown(compositor.paint_rows(region)) == shown(expected), region


def shown(rows: Sequence[Strip]) -> list[list[tuple[str, Style | None]]]:
    """Return every character with its style."""
    return [[(character, segment.style) for segment in row for character in segment.text] for row in rows]


async def ask(driver: Driver) -> None:
    await driver.press("r")
    await driver.until(lambda: driver.bench.streams.current_answer().count("\n") == 60)
    await driver.until(lambda: len(list(driver.bench.query(TailText))) == 2)


async def test_a_part_of_the_screen_is_painted_as_the_whole_is() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless), TINY, OTHER)) as driver:
        await ask(driver)
        assert_parts_are_as_the_whole(driver.bench)
        frames = Mock(wraps=compositor_of(driver.bench).render_partial_update)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(compositor_of(driver.bench), "render_partial_update", frames)
            await driver.until(lambda: driver.bench.streams.idle)
            frames.reset_mock()
            driver.bench.refresh(layout=True)
            await driver.pilot.pause()
        frames.assert_called_once()
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        assert_parts_are_as_the_whole(driver.app.screen)


async def test_streamed_text_is_drawn_alone_and_without_a_layout(monkeypatch: pytest.MonkeyPatch) -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless), TINY, OTHER)) as driver:
        await ask(driver)
        await driver.until(lambda: driver.bench.streams.idle)
        tails = list(driver.bench.query(TailText))
        compositor = compositor_of(driver.bench)
        layouts = Mock(wraps=compositor.reflow)
        monkeypatch.setattr(compositor, "reflow", layouts)
        with drawn_widgets(driver.bench) as drawn:
            for number in range(3):
                for model in (TINY, OTHER):
                    driver.bench.streams.show(piece(model, f"more {number}\n"))
                seen = Counter(drawn)
                await driver.until(lambda seen=seen: all(drawn[tail] > seen[tail] for tail in tails))
            assert {type(widget) for widget in drawn} <= {TailText, ColumnHeader, AreaChart}
        layouts.assert_not_called()


def dimmed_by_textual(dialog: ConfirmDialog, below: Workbench) -> list[Strip]:
    """Return the rows of the screen below a dialog as Textual draws them, in one piece."""
    visible_screen_stack.set([cast("Screen[object]", below)])
    return ModalScreen[bool | None].render_lines(dialog, dialog.size.region)


async def test_a_hidden_widget_that_changes_has_textual_arrange_nothing_anew() -> None:
    """What an arrangement moves that no layout asked for is never drawn: the prompt stood below its own mark."""
    async with driving(lambda: scripted.workspace(ScriptedRun(endless), TINY)) as driver:
        compositor, hidden = compositor_of(driver.bench), driver.bench.query_one(".prompt--keys", Static)
        await driver.until_rest()
        assert not hidden.display
        arranged = compositor.full_map
        hidden.update("other words", layout=False)
        compositor.update_widgets({hidden})
        assert compositor.full_map is arranged


async def test_below_a_dialog_only_what_has_changed_is_drawn_and_it_looks_as_textual_dims_it() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless), TINY, OTHER)) as driver:
        await ask(driver)
        dialog = ConfirmDialog("Sure?", "A small question.", yes="Yes", no="No")
        await driver.app.push_screen(dialog)
        await driver.until(lambda: driver.bench.streams.idle)
        dialog.refresh()
        expected = dimmed_by_textual(dialog, driver.bench)
        assert shown(dialog.render_lines(dialog.size.region)) == shown(expected)
        await driver.pilot.pause()
        whole = Mock(wraps=compositor_of(dialog).render_full_update)
        with drawn_widgets(driver.bench) as drawn, pytest.MonkeyPatch.context() as patch:
            patch.setattr(compositor_of(dialog), "render_full_update", whole)
            for number in range(3):
                driver.bench.streams.show(piece(TINY, f"more {number}\n"))
                seen = Counter(map(type, drawn.elements()))[TailText]
                await driver.until(lambda seen=seen: Counter(map(type, drawn.elements()))[TailText] > seen)
        whole.assert_not_called()
        assert {type(widget) for widget in drawn} <= {TailText, ColumnHeader, AreaChart}


async def test_a_question_gives_new_styles_to_what_is_new_and_not_to_the_whole_screen() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless), TINY, OTHER)) as driver:
        with pytest.MonkeyPatch.context() as patch:
            styled = Mock(wraps=driver.app.stylesheet.update_nodes)
            patch.setattr(driver.app.stylesheet, "update_nodes", styled)
            await ask(driver)
            await driver.press("s")
            await driver.until_rest()
        nodes = {node for call in styled.call_args_list for node in call.args[0]}
        assert nodes
        assert not nodes & {driver.app, driver.bench}
