"""What a model must keep to be chosen: asked for, four lines."""

from __future__ import annotations

import math
from contextlib import suppress

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui.records.decision import Limits
from tui.screens.frame.dialog import FormDialog
from tui.text import units
from tui.text.sizes import bytes_in


class _Wrong(Exception):
    """A line that cannot be used; the message is a sentence."""


class LimitsDialog(FormDialog[Limits]):
    """Its result are the limits; an empty line is none."""

    def __init__(self, limits: Limits) -> None:
        super().__init__()
        self._lines = (
            ("memory", "Memory", _size(limits.memory_bytes), "at its peak, such as 2gb"),
            ("disk", "Disk", _size(limits.disk_bytes), "such as 500mb"),
            ("ttft", "TTFT", f"{limits.ttft_ms:g}" if limits.ttft_ms is not None else "", "in ms, such as 500"),
            ("licences", "Licences", ", ".join(limits.licences), "such as MIT, Apache-2.0"),
        )

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "Hard limits"
            box.border_subtitle = "enter keeps · escape leaves"
            for name, label, value, hint in self._lines:
                with Horizontal(classes="row"):
                    yield Label(label, classes="label")
                    yield Input(value, placeholder=hint, id=f"limit-{name}", compact=True, select_on_focus=False)
            yield from self.ending("keep", "Keep", "What breaks a limit, or is not known to keep it, is left out.")

    def on_mount(self) -> None:
        self.query(Input).first().focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#keep")
    def _keep(self) -> None:
        try:
            limits = Limits(
                memory_bytes=self._bytes("memory"),
                disk_bytes=self._bytes("disk"),
                ttft_ms=self._milliseconds(),
                licences=tuple(name for part in self._text("licences").split(",") if (name := part.strip())),
            )
        except _Wrong as wrong:
            self.say(str(wrong))
            return
        self.dismiss(limits)

    def _text(self, name: str) -> str:
        return self.query_one(f"#limit-{name}", Input).value.strip()

    def _bytes(self, name: str) -> int | None:
        text = self._text(name)
        found = bytes_in(text) if text else None
        if text and found is None:
            raise _Wrong(f"The {name} is to be a size such as 500mb or 2gb.")
        return found

    def _milliseconds(self) -> float | None:
        text = self._text("ttft")
        with suppress(ValueError):
            if not text or (math.isfinite(float(text)) and float(text) >= 0):
                return float(text) if text else None
        raise _Wrong("The TTFT is to be a number of milliseconds.")


def _size(value_bytes: int | None) -> str:
    """As it can be read again: whole mebibytes."""
    return "" if value_bytes is None else f"{value_bytes / 2**20:.12g}mib"


def in_words(limits: Limits) -> str:
    """``memory up to 2.00 GiB · TTFT up to 500 ms``; empty without a limit."""
    parts = [
        f"{name} up to {shown}"
        for name, shown in (
            ("memory", units.size(limits.memory_bytes)),
            ("disk", units.size(limits.disk_bytes)),
            ("TTFT", units.milliseconds(limits.ttft_ms)),
        )
        if shown != units.UNKNOWN
    ]
    return " · ".join([*parts, *([f"only {', '.join(limits.licences)}"] if limits.licences else [])])
