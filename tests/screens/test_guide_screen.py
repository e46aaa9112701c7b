"""The guide in the workbench, which the help opens."""

from __future__ import annotations

from textual.widgets import Markdown, OptionList

from tests.support import builders, scripted
from tests.support.scripted import ScriptedRun
from tests.support.workbench import driving
from tui import guide
from tui.screens.frame.help import HelpScreen
from tui.screens.guide.screen import GuideScreen
from tui.workspace.workspace import Workspace


def workspace() -> Workspace:
    return scripted.workspace(ScriptedRun(scripted.whole_benchmark), builders.model("tiny"))


async def test_the_help_opens_the_pages_of_the_guide_and_escape_goes_back_step_by_step() -> None:
    async with driving(workspace, size=(80, 24)) as driver:
        await driver.press("?")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, GuideScreen))
        page = driver.app.screen.query_one(Markdown)
        await driver.until(lambda: page.source == guide.linked_text(guide.TOPICS[0]))
        await driver.press("down")
        await driver.until(lambda: page.source == guide.linked_text(guide.TOPICS[1]))
        screen = driver.app.screen
        assert screen.query_one(OptionList).option_count == len(guide.TOPICS)
        await driver.until(lambda: "(2 of " in str(screen.query_one(".box").border_title))
        scrolled = screen.query_one(".page")
        await driver.until(lambda: scrolled.max_scroll_y > 0)
        await driver.press("pagedown")
        await driver.until(lambda: scrolled.scroll_y > 0)
        await driver.press("right")
        await driver.until(lambda: scrolled.has_focus)
        await driver.press("left")
        await driver.until(lambda: screen.query_one(OptionList).has_focus)
        page.post_message(Markdown.LinkClicked(page, "numbers.md"))
        await driver.until(lambda: page.source == guide.linked_text("numbers"))
        assert page.region.width > 50
        await driver.press("escape")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        await driver.press("escape")
        await driver.until(lambda: driver.app.screen is driver.bench)
