"""Makes the pictures in ``screenshots/`` from the real app and the real practice models.

The catalogue and the answers to rate in them are made up, so that no network is needed. Run it with
``python -m tests.screenshots``. It needs Chromium with the fonts Fira Code and DejaVu: other ways from SVG to PNG lose
spaces or box-drawing signs.
"""

from __future__ import annotations

import asyncio
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from textual.widgets import Input, OptionList

from tests.support import answered, past_runs, scripted_library
from tests.support.builders import MIB
from tests.support.conditions import until
from tests.support.fleets import joined, open_desk
from tests.support.made_up import driver_update
from tests.support.memory_group import memory_group
from tests.support.scripted_library import ScriptedLibrary
from tests.support.workbench import NARROW, WIDE, Driver, driving, open_comparison
from tui import palette, paths
from tui.config import load_config
from tui.library.foundry_library import FoundryLibrary
from tui.library.inventory import places_for
from tui.panes.models.pane import ModelList
from tui.panes.rating.answer import AnswerColumn
from tui.panes.streams.column import ColumnHeader, StreamColumn
from tui.practice.heavy import write_heavy
from tui.records.library import DownloadState
from tui.screens.benchmark.dialog import BenchmarkDialog
from tui.screens.dialogs.oversized_models import OversizedModelsDialog
from tui.screens.fleet.machines import MachinesScreen
from tui.screens.history.screen import HistoryScreen
from tui.screens.rating.screen import RateScreen
from tui.store.history import History
from tui.workspace.workspace import Workspace, open_workspace

FOLDER: Final = Path(__file__).parent.parent / "screenshots"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
SCALE: Final = 1
ATTEMPTS: Final = 60
PAUSE_S: Final = 3.0
MACHINES: Final = ("edge-2", "laptop-a", "mini-pc")
"""The machines of the fleet."""
LEAST_WORDS: Final = 12
BENCHMARK_LIMIT_S: Final = 300.0
LARGE: Final = os.environ.get("LARGE_MODEL", "")
"""The folder of a model of 7B parameters, whose load in 8 GiB is the picture of memory; without one a small one is."""
LARGE_LIMIT_S: Final = 600.0
LAST_LOADED: Final = ("practice-small", "practice-heavy")
_CHROMIUM_LIMIT_S: Final = 60

Scene = Callable[[Driver], Awaitable[str]]
"""Brings the app to a moment worth a picture, and gives it as SVG."""


async def side_by_side(driver: Driver) -> str:
    """Ask the models a second time, so that none is cold, and wait until the slowest one answers too."""
    await driver.run_with("r")
    for _ in range(ATTEMPTS):
        await driver.until(lambda: all("done" in state for state in states_on_screen(driver)))
        driver.bench.when_ready(lambda runs: runs.ask())
        await until(lambda: driver.session.running)
        await until(lambda: some_stream(driver) or driver.session.running is None)
        if driver.session.running is not None:
            return driver.app.export_screenshot()
    sys.exit(f"The answers ended {ATTEMPTS} times before there was a picture; the machine is too busy.")


def states_on_screen(driver: Driver) -> list[str]:
    """Return the states of the models as the columns show them."""
    return [header.render_line(1).text for header in driver.bench.streams.query(ColumnHeader)]


def some_stream(driver: Driver) -> bool:
    """Return whether the screen shows models at work, with some words and the pace of each."""
    columns = driver.bench.streams.query(StreamColumn)
    begun = [len(column.tail.text.split()) > 1 for column in columns]
    paced = [
        "tok/s" in "".join(header.render_line(row).text for row in range(header.size.height))
        for header in driver.bench.streams.query(ColumnHeader)
    ]
    return any("streaming" in state for state in states_on_screen(driver)) and all(begun) and all(paced)


async def everything(driver: Driver) -> str:
    """Ask a question while the table is full of results."""
    await benchmark(driver)
    await driver.press("1")
    return await side_by_side(driver)


async def in_light(driver: Driver) -> str:
    driver.app.theme = palette.LIGHT.name
    return await everything(driver)


async def benchmark(driver: Driver) -> str:
    """Run a whole benchmark, and wait until nothing runs."""
    await driver.press("b")
    await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
    driver.app.screen.query_one("#rounds", Input).value = "2"
    await driver.press("enter")
    await driver.until(lambda: driver.session.running)
    await driver.until_rest(BENCHMARK_LIMIT_S)
    await driver.press("4")
    driver.app.clear_notifications()
    await driver.pilot.pause()
    return driver.app.export_screenshot()


async def catalogue(driver: Driver) -> str:
    """Show a download that is running, another that has stalled, and a third that waits for the night."""
    library = driver.session.workspace.library
    assert isinstance(library, ScriptedLibrary)
    await driver.press("c")
    await driver.until(lambda: library.refreshes)
    library.move("phi-4-mini@gpu", 0.42, rate_bytes_s=22.4 * MIB)
    library.move("deepseek-r1-7b@cpu", 0.81, state=DownloadState.STALLED, note="no byte for 20 s; goes on in 4 s")
    library.move("qwen2.5-7b@cpu", 0.0, state=DownloadState.WAITING, at="02:00")
    await driver.press("slash", *"phi-4-mini", "enter", "escape", "right")
    await driver.until(lambda: "22.4 MiB/s" in driver.text_of("#catalogue-detail"))
    return driver.app.export_screenshot()


async def select(driver: Driver, *aliases: str) -> None:
    """Select these models in the workbench, and no others."""
    pane = driver.bench.models
    listing = pane.query_one(ModelList)
    await driver.press("1")
    for model in pane.listed:
        if (model.alias in aliases) != (model in pane.chosen):
            listing.highlighted = listing.get_option_index(model.key)
            await driver.press("space")


async def out_of_memory(driver: Driver) -> str:
    """Load and unload small models; then load one that is larger than the available memory."""
    await select(driver, "practice-small", "practice-medium", "practice-large")
    for _ in range(3):
        await driver.run_with("r")
        await asyncio.sleep(PAUSE_S)
    await driver.press("U")
    await driver.until(lambda: not driver.session.workspace.model_pool.loaded)
    await asyncio.sleep(PAUSE_S)
    await select(driver, *LAST_LOADED)
    await driver.press("r")
    await driver.until(lambda: isinstance(driver.app.screen, OversizedModelsDialog))
    await driver.run_with("y")
    await asyncio.sleep(PAUSE_S)
    await driver.press("3", "m")
    driver.app.clear_notifications()
    await asyncio.sleep(1)
    return driver.app.export_screenshot()


async def large_model(driver: Driver) -> str:
    """Load a 7B model with its whole context until it is ended; then let it answer with the context that is offered."""
    for answer in "yl":
        await driver.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, OversizedModelsDialog), LARGE_LIMIT_S)
        await driver.press(answer)
        await driver.until(lambda: some_stream(driver) or driver.session.running is None, LARGE_LIMIT_S)
    await driver.press("3", "m", "z")
    driver.app.clear_notifications()
    await asyncio.sleep(2 * PAUSE_S)
    return driver.app.export_screenshot()


def with_large_model() -> Workspace:
    """Open the workbench with the 7B model alone."""
    FoundryLibrary(places_for(load_config())).register("mistral-7b-shape", Path(LARGE), ("chat",))
    return open_workspace()


async def comparison(driver: Driver) -> str:
    """Show the latest of two benchmarks against the one before it."""
    await open_comparison(driver)
    await driver.press("i")
    await driver.pilot.pause()
    return driver.app.export_screenshot()


def with_history() -> Workspace:
    """Open a history of somebody who measured before and after the driver was updated."""
    with closing(History(paths.history_file())) as history:
        for run in driver_update():
            history.begin(run)
    return open_workspace()


async def history(driver: Driver) -> str:
    """Show some weeks of runs, and the details of one of them."""
    await driver.press("h")
    await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen))
    screen = driver.app.screen
    assert isinstance(screen, HistoryScreen)
    await driver.until(lambda: screen.pane.table.texts)
    index = next(index for index, row in enumerate(screen.pane.table.texts) if "baseline" in row)
    await driver.press(*["down"] * index)
    await driver.until(lambda: "tok/s" in driver.text_of("#run-detail"))
    return driver.app.export_screenshot()


def with_weeks() -> Workspace:
    """Open the real practice models, and a history as some weeks would have left it."""
    workspace = open_workspace(history_file=paths.history_file().with_name("weeks.sqlite3"))
    assert workspace.history_file is not None
    past_runs.write(workspace.history_file)
    return workspace


async def rate(driver: Driver) -> str:
    """Rate two of three answers openly."""
    await driver.press("v")
    await driver.until(lambda: driver.app.screen.query(AnswerColumn))
    await driver.press("H")
    screen = driver.app.screen
    assert isinstance(screen, RateScreen)
    while screen.session is not None and screen.session.answer_index:
        await driver.press("left")
    await driver.press("3", "5")
    return driver.app.export_screenshot()


async def choose(driver: Driver) -> str:
    await driver.press("a")
    await driver.until(lambda: driver.text_of("#recommendation"))
    await driver.press("f")
    return driver.app.export_screenshot()


async def fleet(driver: Driver) -> str:
    """Ask three machines a second time, so that none is cold, and wait until all of them answer."""
    await driver.press("J")
    await driver.until(lambda: isinstance(driver.app.screen, MachinesScreen))
    screen = driver.app.screen
    assert isinstance(screen, MachinesScreen)
    models = screen.models.query_one(OptionList)
    models.highlighted = models.get_option_index("practice-large")
    await driver.until(lambda: len(screen.machines.chosen) == len(MACHINES))

    def shown() -> list[str]:
        headers = screen.query(ColumnHeader)
        return ["".join(header.render_line(row).text for row in range(header.size.height)) for header in headers]

    await driver.press("r")
    for _ in range(ATTEMPTS):
        await driver.until(lambda: not screen.is_asking and all("done" in text for text in shown()))
        await driver.press("r")
        await until(lambda: screen.is_asking)
        await until(
            lambda: (
                not screen.is_asking
                or (
                    all("streaming" in text and "tok/s" in text and "cold" not in text for text in shown())
                    and all(len(column.tail.text.split()) > LEAST_WORDS for column in screen.query(StreamColumn))
                )
            )
        )
        if screen.is_asking:
            driver.app.clear_notifications()
            return driver.app.export_screenshot()
    sys.exit(f"The answers ended {ATTEMPTS} times before there was a picture; the machine is too busy.")


@contextmanager
def of_three_machines() -> Generator[None, None, None]:
    """Open a fleet of three machines on loopback, whose desk is the app."""
    with ExitStack() as stack:
        parent = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        desk = stack.enter_context(open_desk(parent))
        for name in MACHINES:
            machine = stack.enter_context(joined(parent, name))
            machine.wait_for("Joined as")
        before, os.environ["BENCHTOP_HOME"] = os.environ["BENCHTOP_HOME"], str(desk.folder.path / "home")
        try:
            yield
        finally:
            os.environ["BENCHTOP_HOME"] = before


def with_answers(*, rated: bool) -> Workspace:
    """Open a history that has a benchmark of three models."""
    file = Path(tempfile.mkdtemp(dir=os.environ["BENCHTOP_HOME"])) / "history.sqlite3"
    answered.write_history(file, rated=rated)
    return replace(open_workspace(), history_file=file)


def with_catalogue() -> Workspace:
    """Open the real practice models beside a scripted catalogue, which needs no network."""
    two_hours_ago = datetime.now(UTC) - timedelta(hours=2)
    return replace(
        open_workspace(), library=ScriptedLibrary(scripted_library.catalogue(), as_of=f"{two_hours_ago:%FT%TZ}")
    )


@dataclass(frozen=True, slots=True)
class Picture:
    scene: Scene
    size: tuple[int, int]
    opener: Callable[[], Workspace] = open_workspace
    memory_bytes: int | None = None
    """So much memory the app and its models have, with a model on the disk that is too large for it."""
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    """What has to be there while the app runs."""


PICTURES: Final[dict[str, Picture]] = {
    "workbench": Picture(everything, WIDE),
    "narrow": Picture(side_by_side, NARROW),
    "light": Picture(in_light, WIDE),
    "benchmark": Picture(benchmark, WIDE),
    "catalogue": Picture(catalogue, WIDE, with_catalogue),
    "compare": Picture(comparison, (120, 40), with_history),
    "history": Picture(history, WIDE, with_weeks),
    "fleet": Picture(fleet, WIDE, around=of_three_machines),
    "rate": Picture(rate, (120, 34), functools.partial(with_answers, rated=False)),
    "choose": Picture(choose, (120, 34), functools.partial(with_answers, rated=True)),
    "memory": Picture(large_model, (120, 34), with_large_model, memory_bytes=8 << 30)
    if LARGE
    else Picture(out_of_memory, (120, 34), memory_bytes=700_000_000),
}


def to_png(svg: Path, png: Path) -> None:
    """Let a headless browser draw the picture at its own size."""
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        sys.exit(f"No browser was found; install one of {', '.join(BROWSERS)}.")
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg.read_text(encoding="utf-8"))
    if size is None:
        sys.exit(f"{svg} has no viewBox.")
    width, height = int(float(size[1])), round(float(size[2]))
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-lcd-text")
    look = ("--font-render-hinting=none", f"--force-device-scale-factor={SCALE}", f"--window-size={width},{height}")
    command = (browser, *options, *look, f"--screenshot={png}", svg.as_uri())
    subprocess.run(command, check=True, capture_output=True, timeout=_CHROMIUM_LIMIT_S)


@contextmanager
def short_of_memory(memory_bytes: int | None, home: Path) -> Generator[None, None, None]:
    """Put this process and its children into a control group with so much memory."""
    if memory_bytes is None:
        yield
        return
    if not LARGE:
        write_heavy(home / "data" / "models", 800_000_000)
    with memory_group(memory_bytes) as group:
        (group / "cgroup.procs").write_text(str(os.getpid()))
        try:
            yield
        finally:
            (group.parent / "cgroup.procs").write_text(str(os.getpid()))


async def take(name: str, picture: Picture, scratch: Path) -> None:
    svg = scratch / f"{name}.svg"
    with picture.around(), short_of_memory(picture.memory_bytes, scratch):
        async with driving(picture.opener, size=picture.size) as driver:
            svg.write_text(await picture.scene(driver))
    await asyncio.to_thread(to_png, svg, FOLDER / f"{name}.png")
    print(FOLDER / f"{name}.png")


async def main(names: list[str]) -> None:
    FOLDER.mkdir(exist_ok=True)
    os.environ.update({"CI": "1", "TEXTUAL_ANIMATIONS": "none", "LOGNAME": "ann"})
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["BENCHTOP_HOME"] = scratch
        for name, picture in PICTURES.items():
            if not names or name in names:
                # A theme that an earlier picture has chosen would be stored.
                paths.settings_file().unlink(missing_ok=True)
                await take(name, picture, Path(scratch))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
