"""The dialog that asks for a time of day at which a download begins."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui.screens.frame.dialog import FormDialog
from tui.text import units

_USUAL: Final = "02:00"


def time_of_day(text: str) -> str | None:
    """Read a time of day such as ``2:00``, and write it as ``HH:MM``; ``None`` if the text is no time of day."""
    try:
        return f"{datetime.strptime(text.strip(), '%H:%M'):%H:%M}"
    except ValueError:
        return None


def seconds_until(at: str, now: datetime) -> float:
    """The seconds from ``now`` until the clock shows the time ``at`` (``HH:MM``), today or tomorrow."""
    hour, minute = map(int, at.split(":"))
    then = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return ((then if then > now else then + timedelta(days=1)) - now).total_seconds()


class StartTimeDialog(FormDialog[str]):
    """A form with one line; the result is the time of day as ``HH:MM``."""

    DEFAULT_CSS = """
    StartTimeDialog {
        .box { width: 60; }
        .row Input { width: 8; }
    }
    """

    def __init__(self, key: str) -> None:
        super().__init__()
        self._key = key

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Download later"
            box.border_subtitle = "enter queues it · escape cancels"
            with Horizontal(classes="row"):
                yield Label("Model", classes="label")
                yield Label(self._key, markup=False)
            with Horizontal(classes="row"):
                yield Label("Starts at", classes="label")
                yield Input(_USUAL, max_length=5, compact=True)
            yield from self.compose_end("queue", "Queue")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _show_wait(self) -> None:
        at = time_of_day(self.query_one(Input).value)
        if at is None:
            self.show_message("A time of day is expected, such as 02:00.")
        else:
            self.show_message(
                f"In {units.clock(seconds_until(at, datetime.now()))}, if Benchtop is running then.", hint=True
            )

    @on(Input.Submitted)
    @on(Button.Pressed, "#queue")
    def _queue(self) -> None:
        at = time_of_day(self.query_one(Input).value)
        if at is not None:
            self.dismiss(at)
