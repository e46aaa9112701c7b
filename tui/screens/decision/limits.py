"""The dialog that asks for the hard limits that a model must keep to be chosen."""

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


class _InvalidLimitError(Exception):
    """A line cannot be read as a limit; the message is a sentence for the user."""


class LimitsDialog(FormDialog[Limits]):
    """A form with one line for each kind of limit; an empty line sets no limit. The result is the limits."""

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
            box.border_subtitle = "enter keeps · escape cancels"
            for name, label, value, hint in self._lines:
                with Horizontal(classes="row"):
                    yield Label(label, classes="label")
                    yield Input(value, placeholder=hint, id=f"limit-{name}", compact=True, select_on_focus=False)
            yield from self.compose_end("keep", "Keep", "Models over a limit, or with unknown values, are left out.")

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
        except _InvalidLimitError as wrong:
            self.show_message(str(wrong))
            return
        self.dismiss(limits)

    def _text(self, name: str) -> str:
        return self.query_one(f"#limit-{name}", Input).value.strip()

    def _bytes(self, name: str) -> int | None:
        text = self._text(name)
        size_bytes = bytes_in(text) if text else None
        if text and size_bytes is None:
            raise _InvalidLimitError(f"The {name} is to be a size such as 500mb or 2gb.")
        return size_bytes

    def _milliseconds(self) -> float | None:
        text = self._text("ttft")
        with suppress(ValueError):
            if not text or (math.isfinite(float(text)) and float(text) >= 0):
                return float(text) if text else None
        raise _InvalidLimitError("The TTFT is to be a number of milliseconds.")


def _size(value_bytes: int | None) -> str:
    """Write a size in mebibytes, in a form that :func:`bytes_in` reads again."""
    return "" if value_bytes is None else f"{value_bytes / 2**20:.12g}mib"


def in_words(limits: Limits) -> str:
    """Name the limits in a line such as ``memory up to 2.00 GiB · TTFT up to 500 ms``; empty without a limit."""

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
