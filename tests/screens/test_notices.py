"""Notices and what they tell of: their toasts on a change of the screen, and a picture of the screen that was saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import platformdirs
import pytest
import textual.app
from textual.notifications import Notification
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import _toast

from tests.support import builders, scripted
from tests.support.conditions import until
from tests.support.scripted import ScriptedRun
from tests.support.workbench import ListeningApp, driving

pytestmark = pytest.mark.usefixtures("own_home")


async def test_a_notice_whose_time_runs_out_while_its_toast_is_built_leaves_the_app_working(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    delays: list[float] = []

    class LateToast(_toast.Toast):
        """A toast that is built just after the time of its notice is over."""

        def __init__(self, notification: Notification) -> None:
            notification.raised_at -= notification.timeout
            super().__init__(notification)

        def set_timer(self, delay: float, *arguments: Any, **options: Any) -> Timer:
            delays.append(delay)
            # A timer below zero would have the test stand still in place of failing.
            return super().set_timer(max(delay, 0.01), *arguments, **options)

    app = ListeningApp(lambda: scripted.workspace(ScriptedRun(lambda _plan: ()), builders.model("tiny")))
    async with app.run_test(notifications=True, size=(120, 40)) as pilot:
        app.notify("The benchmark is done. Press e to export the table.", timeout=60)
        await until(lambda: any(toast.region for toast in app.workbench.query(_toast.Toast)))
        (toast,) = app.workbench.query(_toast.Toast)
        # The keys of the results are seen once everything is laid out.
        await until(lambda: 0 < toast.region.bottom <= app.workbench.results.region.bottom - 2)
        app.clear_notifications()
        monkeypatch.setattr(_toast, "Toast", LateToast)
        app.notify("The report is written.")
        app.push_screen(Screen[None]())
        await until(lambda: delays)
        await pilot.pause()
        assert min(delays) > 0
        assert not list(getattr(app, "_notifications"))  # noqa: B009


async def test_a_picture_of_the_screen_is_saved_in_a_new_folder_or_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "home" / "[b]Downloads"
    monkeypatch.setattr(platformdirs, "user_downloads_path", lambda: folder)
    monkeypatch.setattr(textual.app, "user_downloads_path", lambda: folder)
    async with driving(lambda: scripted.workspace(ScriptedRun(lambda _plan: ()), builders.model("tiny"))) as driver:
        driver.app.save_screen()
        await driver.until(lambda: any("saved as" in notice for notice in driver.notices))
        (picture,) = folder.iterdir()
        assert f"The screen is saved as {picture}." in driver.notices
        assert picture.suffix == ".svg"
        assert picture.stat().st_size
        picture.unlink()
        folder.rmdir()
        folder.touch()
        driver.app.save_screen()
        await driver.until(lambda: f"The screen cannot be saved ({folder}: File exists)." in driver.notices)
