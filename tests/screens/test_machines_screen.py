"""The screen of the machines of a fleet, with two machines in real processes and the practice models."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.fleets import Spoken, joined, open_desk
from tests.support.workbench import Driver, driving
from tui.panes.fleet.machines import MachineList
from tui.panes.streams.column import ColumnHeader, StreamColumn
from tui.records import Purpose, RunStatus, SampleKind
from tui.screens.fleet.machines import MachinesScreen
from tui.store.history import History
from tui.workspace.fleet.machines import MachineDesk

pytestmark = pytest.mark.usefixtures("own_home")


async def opened(driver: Driver) -> MachinesScreen:
    await driver.press("J")
    await driver.until(lambda: isinstance(driver.app.screen, MachinesScreen))
    screen = driver.app.screen
    assert isinstance(screen, MachinesScreen)
    return screen


def headers(screen: MachinesScreen) -> list[str]:
    rows = [
        [header.render_line(row).text for row in range(header.size.height)] for header in screen.query(ColumnHeader)
    ]
    return [" ".join(" ".join(lines).split()) for lines in rows]


async def test_one_question_is_answered_by_two_machines_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_desk(tmp_path) as desk, joined(tmp_path, "edge-1") as first, joined(tmp_path, "edge-2") as second:
        for machine in (first, second):
            machine.wait_for("Joined as")
        monkeypatch.setenv("BENCHTOP_HOME", str(desk.folder.path / "home"))
        async with driving() as driver:
            screen = await opened(driver)
            await driver.until(lambda: screen.machines.chosen == ("edge-1", "edge-2"))
            assert screen.models.chosen is not None
            await answered(driver, screen, "edge-1", "edge-2", runs=1)
            shown = headers(screen)
            assert all("cold" in text and "TTFT" in text and "tok/s" in text for text in shown), shown
            await answered(driver, screen, "edge-1", "edge-2", runs=2)
            assert not any("cold" in text for text in headers(screen)), "the model stays loaded for the next question"
            await stopped_at_once(driver, screen)
            assert [answers_of(driver, machine) for machine in ("edge-1", "edge-2")] == [2, 2]
            await driver.press("space")
            await answered(driver, screen, "edge-2", runs=3)
            await driver.press("escape")
            await driver.until(lambda: driver.app.screen is driver.bench)
        stored(desk)


async def answered(driver: Driver, screen: MachinesScreen, *machines: str, runs: int) -> None:
    """Ask, and wait until these machines have answered and their columns show it.

    ``runs`` is how many answers the desk then has of each machine: an earlier answer may look the same on the screen.
    """
    await driver.press("r")
    await driver.until(
        lambda: (
            [answers_of(driver, machine) for machine in machines] == [runs] * len(machines)
            and not screen.is_asking
            and [text.split()[0] for text in headers(screen)] == list(machines)
            and all("done" in text and "peak" in text for text in headers(screen))
        )
    )
    assert all(column.answer for column in screen.query(StreamColumn)), headers(screen)


async def stopped_at_once(driver: Driver, screen: MachinesScreen) -> None:
    """Stop a question while it is still being prepared, which a thread does."""
    released = threading.Event()
    prepare: Callable[..., object] = getattr(MachineDesk, "_question_of")  # noqa: B009

    def held(*arguments: object) -> object:
        released.wait(120)
        return prepare(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MachineDesk, "_question_of", held)
        await driver.press("r")
        assert screen.is_asking
        await driver.press("s")
        released.set()
        await driver.until(lambda: not screen.is_asking)


def answers_of(driver: Driver, machine: str) -> int:
    """Return how many questions a machine has answered, by the history of the desk."""
    file = driver.session.workspace.history_file
    assert file is not None
    with closing(History(file)) as history:
        return sum(f"machine:{machine}" in run.tags and run.status is RunStatus.DONE for run in history.latest())


def stored(desk: Spoken) -> None:
    """The desk keeps each answer with the machine's own times, and knows which machine gave it."""
    with closing(History(desk.folder.history)) as history:
        runs = [history.run(run.run_id) for run in history.latest()]
    assert {run.plan.purpose for run in runs} == {Purpose.ASK}
    assert sorted(tag for run in runs for tag in run.tags if "machine:" in tag) == [
        *["machine:edge-1"] * 2,
        *["machine:edge-2"] * 3,
    ]
    samples = [run.samples[0] for run in runs]
    assert [sample.kind for sample in samples].count(SampleKind.COLD) == 2
    assert all(sample.timeline.arrivals_ns and sample.peak_rss_bytes for sample in samples)


async def test_without_a_fleet_the_screen_says_how_to_make_one() -> None:
    async with driving(size=(80, 24)) as driver:
        screen = await opened(driver)
        await driver.until(lambda: "benchtop fleet join join.json" in driver.text_of(".streams--hint"))
        assert not screen.query_one(MachineList).option_count
        assert not screen.query_one("#fleet-lists").display, "an empty list tells nothing"
        offered = {key for key, binding in screen.active_bindings.items() if binding.binding.show}
        assert not {"r", "p", "space", "C"} & offered, offered
        for key in ("r", "p"):
            driver.notices.clear()
            await driver.press(key)
            await driver.noticed("This machine has no fleet yet; benchtop fleet create makes one.")
        assert driver.app.screen is screen
