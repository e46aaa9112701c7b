"""Pictures of the screens with scripted content: a change of what is drawn is seen, and is reviewed as a diff.

After an intended change ``pytest tests/screens/test_pictures.py -n0 --snapshot-update`` takes them anew; look at each.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from tests.support import answered, builders, past_runs, scripted
from tests.support.made_up import driver_update
from tests.support.scripted import Pause, ScriptedRun
from tests.support.scripted_library import MIB, ScriptedLibrary, catalogue
from tests.support.workbench import Driver, driving, open_comparison
from tui import palette
from tui.bench.events import Event
from tui.panes.rating.answer import AnswerColumn
from tui.probes.sampler import Sampler
from tui.records import MemoryReading, Plan
from tui.screens.benchmark.dialog import BenchmarkDialog
from tui.screens.catalogue.screen import CatalogueScreen
from tui.screens.decision.screen import ChooseScreen
from tui.screens.frame.help import HelpScreen
from tui.screens.history.screen import HistoryScreen
from tui.screens.rating.screen import RateScreen
from tui.store.history import History
from tui.workspace.workspace import Workspace

SMALL, WIDE = (80, 24), (120, 40)
GIB = 1024**3
MODELS = (builders.model("phi-4-mini", variant="cpu"), builders.model("qwen2.5-0.5b", variant="cpu"))
ANSWERS = {
    "phi-4-mini@cpu": "## Retrieval\nFirst **search**, then write:\n- find passages\n- cite them\n",
    "qwen2.5-0.5b@cpu": "A model that reads before it answers.",
}


class SvgFile(SingleFileSnapshotExtension):
    """Writes each picture into a file of its own, so that a browser shows it and a diff compares it."""

    _file_extension = "svg"
    _write_mode = WriteMode.TEXT


class SteadyMachine(Sampler):
    """A sampler of a machine whose memory never changes, so that every picture shows the same figures."""

    reading = MemoryReading(at_s=1.0, total_bytes=16 * GIB, available_bytes=9 * GIB, swap_used_bytes=0)

    def start(self) -> None:
        """Start no thread, so that the real machine is not read."""

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        """Return the only reading there is."""
        return 1, [self.reading] if sequence < 1 else []

    @property
    def newest(self) -> MemoryReading:
        return self.reading


def answering(plan: Plan) -> Iterable[Event | Pause]:
    """Keep every model in the middle of its answer until the picture is taken."""
    for model in plan.models:
        yield from scripted.loading(model)
        yield from scripted.streaming(model, plan, [ANSWERS[model.key]])
    yield Pause()


def of_script(script: scripted.Script, file: Path) -> Workspace:
    """Return a workspace of two models on a steady machine whose runs follow the script, with this history."""
    workspace = scripted.workspace(ScriptedRun(script), *MODELS, history_file=file)
    sampler = SteadyMachine()
    workspace.model_pool.sampler = sampler
    return replace(workspace, sampler=sampler)


def at_rest(file: Path) -> Workspace:
    return of_script(scripted.whole_benchmark, file)


def while_answering(file: Path) -> Workspace:
    return of_script(answering, file)


def with_catalogue(file: Path) -> Workspace:
    five_days_ago = datetime.now(UTC) - timedelta(days=5, hours=1)
    library = ScriptedLibrary(catalogue(), as_of=five_days_ago.isoformat())
    return replace(at_rest(file), library=library)


def with_weeks(file: Path) -> Workspace:
    past_runs.write(file)
    return at_rest(file)


def with_update(file: Path) -> Workspace:
    with closing(History(file)) as history:
        for run in driver_update():
            history.begin(run)
    return at_rest(file)


def with_answers(file: Path) -> Workspace:
    answered.write_history(file, rated=False)
    return at_rest(file)


def with_ratings(file: Path) -> Workspace:
    answered.write_history(file, rated=True)
    return at_rest(file)


def drawn(driver: Driver) -> str:
    """Return the screen as SVG, without the number that differs from picture to picture."""
    return re.sub(r"terminal-\d+-", "terminal-", driver.app.export_screenshot())


async def rest(driver: Driver) -> None:
    """Wait until the first reading of memory and the memory that the first model needs are shown."""
    await driver.until(lambda: all(words in drawn(driver) for words in ("7.00", "free.")))


async def rest_small(driver: Driver) -> None:
    """A small terminal shows one pane, which needs no reading of memory."""
    await driver.until(lambda: "free." in drawn(driver))


async def ask(driver: Driver) -> None:
    """Show the streams alone, since a chart of memory beside them would move on with time."""
    await driver.press("2", "m", "r")
    await driver.until(lambda: drawn(driver).count("~1") == len(MODELS) and "answers." in drawn(driver))


async def benchmark(driver: Driver) -> None:
    await driver.press("b")
    await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
    await driver.run_with("enter")
    await driver.press("4")
    await driver.until(lambda: "ITL&#160;p99" in drawn(driver) and "nothing&#160;is&#160;loaded" in drawn(driver))


async def dialog(driver: Driver) -> None:
    await driver.press("b")
    await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))


async def browse(driver: Driver) -> None:
    library = driver.session.workspace.library
    assert isinstance(library, ScriptedLibrary)
    await driver.press("c")
    await driver.until(lambda: isinstance(driver.app.screen, CatalogueScreen) and library.refreshes)
    library.move("phi-4-mini@gpu", 0.42, rate_bytes_s=22.4 * MIB)
    await driver.press("slash", *"phi-4-mini", "enter", "escape", "right")
    await driver.until(lambda: "22.4 MiB/s" in driver.text_of("#catalogue-detail"))


async def look_back(driver: Driver) -> None:
    await driver.press("h")
    await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen))
    screen = driver.app.screen
    assert isinstance(screen, HistoryScreen)
    await driver.until(lambda: screen.pane.table.texts)
    await driver.until(lambda: "tok/s" in driver.text_of("#run-detail"))


async def rate(driver: Driver) -> None:
    """Rate openly, since the order of hidden answers is drawn by lot."""
    await driver.press("v")
    await driver.until(lambda: driver.app.screen.query(AnswerColumn))
    await driver.press("H")
    await driver.until(lambda: all(of_picture.alias in drawn(driver) for of_picture in answered.ANSWERED_MODELS))
    screen = driver.app.screen
    assert isinstance(screen, RateScreen)
    while screen.session is not None and screen.session.answer_index:
        await driver.press("left")


async def decide(driver: Driver) -> None:
    await driver.press("a")
    await driver.until(lambda: isinstance(driver.app.screen, ChooseScreen))
    await driver.until(lambda: driver.text_of("#recommendation"))


async def look_for_help(driver: Driver) -> None:
    await rest(driver)
    await driver.press("question_mark")
    await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))


async def in_light(driver: Driver) -> None:
    driver.app.theme = palette.LIGHT.name
    await benchmark(driver)
    await driver.press("m")


SAME_FRAMES, FRAME_S = 3, 0.05


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture: the workspace to open, what to do before it is taken, and the size of the terminal."""

    opener: Callable[[Path], Workspace]
    scene: Callable[[Driver], Awaitable[None]]
    size: tuple[int, int] = WIDE
    no_color: bool = False


PICTURES = {
    "at-rest": Picture(at_rest, rest),
    "at-rest-small": Picture(at_rest, rest_small, SMALL),
    "streaming": Picture(while_answering, ask),
    "results": Picture(at_rest, benchmark, SMALL),
    "results-light": Picture(at_rest, in_light),
    "catalogue": Picture(with_catalogue, browse),
    "history": Picture(with_weeks, look_back),
    "comparison": Picture(with_update, open_comparison),
    "decision": Picture(with_ratings, decide),
    "rating": Picture(with_answers, rate),
    "dialog": Picture(at_rest, dialog, SMALL),
    "help-no-colour": Picture(at_rest, look_for_help, no_color=True),
}


async def settled(driver: Driver) -> str:
    """Return the picture of the screen once it stays the same over several frames: some repaints come a frame late.

    A notification may come late as well, and would stay in the picture for seconds.
    """
    pictures = [""]
    while len(pictures) < SAME_FRAMES or len(set(pictures[-SAME_FRAMES:])) > 1:
        driver.app.clear_notifications()
        await driver.pilot.pause(FRAME_S)
        pictures.append(drawn(driver))
    return pictures[-1]


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.usefixtures("own_home")
async def test_a_screen_looks_as_it_did(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, snapshot: SnapshotAssertion
) -> None:
    picture = PICTURES[name]
    monkeypatch.setenv("LOGNAME", "ann")
    if picture.no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    async with driving(lambda: picture.opener(tmp_path / "history.sqlite3"), picture.size) as driver:
        await picture.scene(driver)
        assert await settled(driver) == snapshot(extension_class=SvgFile)
