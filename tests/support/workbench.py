"""Drives the real app in tests, through Textual's pilot."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from textual.css.query import NoMatches
from textual.notifications import SeverityLevel
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from tests.support.conditions import until
from tui.app import BenchtopApp
from tui.panes.results.table import ResultsTable
from tui.records import RunRecord
from tui.screens.comparison.run_chooser import RunChooser
from tui.screens.comparison.screen import CompareScreen
from tui.screens.frame.keys import keys_of
from tui.screens.workbench.runs import RunController
from tui.screens.workbench.screen import Workbench
from tui.workspace.session import Session
from tui.workspace.workspace import Workspace, open_workspace

WIDE = (140, 42)
NARROW = (80, 24)


class ListeningApp(BenchtopApp):
    """The app, which records every notification."""

    def __init__(self, opener: Callable[[], Workspace]) -> None:
        super().__init__(opener)
        self.notices: list[str] = []
        self.last_awaited = 0
        """The place of the notification that a test has waited for last."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        self.notices.append(f"{title} {message}".strip())
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)


@dataclass(frozen=True, slots=True)
class Driver:
    """A running app, with what tests do with it and read from it."""

    app: ListeningApp
    pilot: Pilot[int]

    @property
    def bench(self) -> Workbench:
        return self.app.workbench

    @property
    def session(self) -> Session:
        session = self.app.session
        assert session is not None
        return session

    @property
    def runs(self) -> RunController:
        runs = self.bench.runs
        assert runs is not None
        return runs

    @property
    def offered(self) -> set[str]:
        """Return the names that the palette lists for the screen on top."""
        return {key.name for key in keys_of(self.app, self.app.screen) if key.offered}

    @property
    def results(self) -> RunRecord:
        results = self.session.results
        assert results is not None
        return results

    @property
    def notices(self) -> list[str]:
        """Return every sentence that was shown as a notification, oldest first, titles included."""
        return self.app.notices

    async def press(self, *keys: str) -> None:
        """Press keys, each after the app has done what the key before asks for, except for work in threads."""
        for key in keys:
            await self.pilot.press(key)

    async def until(self, condition: Callable[[], object], timeout_s: float = 60.0) -> None:
        """Wait for the condition, and for the screen to follow; a widget that is not there yet is waited for."""

        def holds() -> object:
            try:
                return condition()
            except NoMatches:
                return False

        await until(holds, timeout_s)
        await self.pilot.pause()

    async def noticed(self, text: str) -> None:
        """Wait for a notification that contains this text, not older than the one that was waited for before."""

        def place() -> int | None:
            recent = range(min(self.app.last_awaited, len(self.notices)), len(self.notices))
            return next((index for index in reversed(recent) if text in self.notices[index]), None)

        try:
            await until(lambda: place() is not None)
        except TimeoutError:
            raise AssertionError(f"{text!r} is not among the newest of {self.notices}") from None
        self.app.last_awaited = place() or 0
        await self.pilot.pause()

    async def run_with(self, *keys: str) -> None:
        """Press keys that begin a run, and wait for the end of the run."""
        before = self.session.newest
        await self.press(*keys)
        await self.until(lambda: self.session.newest is not before)
        await self.until_rest()

    async def until_rest(self, timeout_s: float = 60.0) -> None:
        """Wait until a run that has begun has ended, and the table has caught up with it."""
        await self.until(lambda: self.session.running is None and self.runs.settled, timeout_s)

    def cells(self, column_id: str) -> list[str]:
        """Return a column of the results that is shown, from the first row to the last; empty without a table."""
        tables = self.bench.query(ResultsTable)
        if not tables:
            return []
        index = [column.id for column in tables.first().shown_columns].index(column_id)
        return [row[index] for row in self.bench.results.texts]

    def shown(self, selector: str) -> bool:
        """Return whether a widget can be seen."""
        widget = self.bench.query_one(selector)
        return widget.display and widget.region.area > 0

    def text_of(self, selector: str) -> str:
        """Return the text of a static widget of the screen on top."""
        return str(self.app.screen.query_one(selector, Static).visual)


def _has_read(app: BenchtopApp) -> bool:
    return all(worker.is_finished for worker in app.workers if worker.group == "earlier results")


@asynccontextmanager
async def driving(
    opener: Callable[[], Workspace] = open_workspace, size: tuple[int, int] = WIDE, *, until_read: bool = True
) -> AsyncGenerator[Driver, None]:
    """Run the app until its models are listed; at the end every process of a model is ended.

    A thread reads the latest run of the history, and some keys wait for it. Unless ``until_read`` is false it has been
    read when the test begins.
    """
    app = ListeningApp(opener)
    async with app.run_test(size=size) as pilot:
        try:
            await until(lambda: app.session is not None)
            if until_read:
                await until(lambda: _has_read(app))
            await pilot.pause()
            yield Driver(app, pilot)
        finally:
            if app.session is not None:
                app.session.stop()
                await app.session.wait(5)
                await app.session.close(5)


async def open_comparison(driver: Driver) -> None:
    """Open the comparison of the latest benchmark with the one before it."""
    await driver.press("d")
    await driver.until(lambda: isinstance(driver.app.screen, RunChooser))
    chooser = driver.app.screen.query_one(OptionList)
    await driver.until(lambda: chooser.option_count)
    await driver.press("enter")
    await driver.until(lambda: isinstance(driver.app.screen, CompareScreen) and driver.app.screen.comparisons)
