"""No hint of a key and no word beside one is cut on the main screens, at the usual sizes of a terminal."""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widget import Widget
from textual.widgets import Static
from textual.widgets._footer import FooterKey

from tests.support import answered, builders, scripted
from tests.support.scripted import Pause, ScriptedRun
from tests.support.scripted_library import ScriptedLibrary, catalogue
from tests.support.workbench import Driver, driving
from tui.bench.events import Event, SampleFinished, SampleStarted
from tui.bench.planning.steps import steps
from tui.panes.results.table import ResultsTable
from tui.panes.streams.column import ColumnHeader
from tui.records import FinishReason, Plan
from tui.workspace.workspace import Workspace

MODELS = tuple(builders.model(f"practice-{size}") for size in ("small", "medium", "large"))
SIZES = ((80, 24), (120, 40))
SMALLEST = (60, 20)
KEYS_TO_SCREENS = (("4",), ("g",), ("b",), ("h",), ("c",), ("a",), ("v",), ("I",), ("d", "enter"))
CUT = "…"


def cut_answers(plan: Plan) -> Iterable[Event | Pause]:
    """Let every model answer up to the limit of tokens, which each column says with the key that lets it go on."""
    done = 0
    for model in plan.models:
        yield from scripted.loading(model)
        for step in steps(plan):
            done += 1
            answer = builders.sample(model.key, prompt_id=step.prompt.id, kind=step.kind)
            cut = replace(answer, timeline=replace(answer.timeline, finish_reason=FinishReason.LENGTH))
            yield SampleStarted(key=model.key, prompt=step.prompt, kind=step.kind, round=step.round)
            yield SampleFinished(key=model.key, sample=cut, done_samples=done)


def opened(file: Path) -> Workspace:
    answered.write_history(file, rated=True)
    workspace = scripted.workspace(ScriptedRun(cut_answers), *MODELS, history_file=file)
    return replace(workspace, library=ScriptedLibrary(catalogue()))


def lines_of(driver: Driver) -> list[str]:
    """Return the lines of the screen."""
    lines: dict[float, str] = defaultdict(str)
    for y, text in re.findall(r'<text[^>]* y="([\d.]+)"[^>]*>([^<]*)</text>', driver.app.export_screenshot()):
        lines[float(y)] += html.unescape(text).replace("\xa0", " ")
    return [lines[y] for y in sorted(lines)]


def cut_words(driver: Driver) -> list[str]:
    """Return what is cut on the screen on top: in borders, the footer, headers of columns, and tables of results."""
    screen, whole = driver.app.screen, driver.app.screen.region
    lines = lines_of(driver)
    text = "\n".join(lines)
    cut = [line for line in lines if ("╭" in line or "╰" in line) and CUT in line]
    # The keys of the prompt lie over the footer.
    is_covered = any(keys.display for keys in screen.query(".prompt--keys"))
    for key in () if is_covered else screen.query(FooterKey):
        is_whole = key.region in whole and key.description in lines[-1]
        cut += [] if is_whole or not key.region.area else [key.description]
    for widget in screen.query(Widget):
        titles = (str(widget.border_title or ""), str(widget.border_subtitle or ""))
        if widget.region.area and widget.region in whole and widget.styles.border_top[0]:
            cut += [title for title in titles if title and title not in text and CUT not in title]
    for header in screen.query(ColumnHeader):
        cut += [line for y in range(header.size.height) if CUT in (line := header.render_line(y).text)]
    for line in screen.query("#top-status, .prompt--keys").results(Static):
        cut += [str(line.visual)] if line.visual.get_optimal_width({}, 999) > line.size.width > 0 else []
    for table in screen.query(ResultsTable):
        is_cut = table.is_on_screen and table.virtual_size.width > table.size.width
        cut += ["columns of results"] if is_cut else []
    return cut


async def cut_at_all_sizes(driver: Driver, sizes: Sequence[tuple[int, int]] = SIZES) -> list[str]:
    """Return what is cut on the screen on top at any size."""
    cut: list[str] = []
    for columns, rows in sizes:
        await driver.pilot.resize_terminal(columns, rows)
        driver.app.clear_notifications()
        await driver.pilot.pause()
        cut += [f"{columns}x{rows}: {words}" for words in cut_words(driver)]
    return cut


@pytest.mark.usefixtures("own_home")
async def test_no_hint_is_cut_on_the_main_screens(tmp_path: Path) -> None:
    async with driving(lambda: opened(tmp_path / "history.sqlite3"), SIZES[0]) as driver:
        cut = {"at rest": await cut_at_all_sizes(driver, (SMALLEST, *SIZES))}
        await driver.press("p")
        cut["prompt"] = await cut_at_all_sizes(driver, (SMALLEST, *SIZES))
        assert "enter send" in driver.text_of(".prompt--keys"), "the keys of the prompt are told"
        await driver.press("escape")
        await driver.run_with("r")
        await driver.press("2")
        await driver.until(lambda: all(">" in h.render_line(1).text for h in driver.bench.query(ColumnHeader)))
        cut["streams"] = await cut_at_all_sizes(driver)
        for keys in KEYS_TO_SCREENS:
            await driver.press("1", *keys)
            if keys == ("I",):
                await driver.press("full_stop", "F")
                told = ("no other prompt", "No answer to this prompt has any reasoning")
                await driver.until(lambda told=told: all(words in "\n".join(driver.notices) for words in told))
            cut[f"{type(driver.app.screen).__name__} after {keys}"] = await cut_at_all_sizes(driver)
            while driver.app.screen is not driver.bench:
                await driver.press("escape")
    assert not {place: words for place, words in cut.items() if words}
