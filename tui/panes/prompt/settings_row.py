"""The row below the prompt: system prompt, temperature, the limit of the answer, and the seed."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple

from textual import getters
from textual.containers import Horizontal
from textual.widgets import Input, Label

from tui import records
from tui.panes.widgets.app_type import any_app

if TYPE_CHECKING:
    from tui.records import QuestionSettings


class _Entry(NamedTuple):
    id: str
    label: str
    placeholder: str
    tooltip: str
    restrict: str | None = None
    """What can be typed at all, so that no value is wrong."""
    long_label: str = ""

    @property
    def whole_label(self) -> str:
        """The label where there is room."""
        return self.long_label or self.label


_ENTRIES: Final = (
    _Entry("system", "System", "none", "The system prompt: how the models are to answer", long_label="System prompt"),
    _Entry(
        "temperature",
        "Temp",
        "0",
        "Sampling temperature; 0 = always the same answer",
        r"\d{0,2}(\.\d{0,2})?",
        "Temperature",
    ),
    _Entry("max-tokens", "Max tokens", "", "The longest answer, in tokens", r"([1-9]\d{0,5})?"),
    _Entry("seed", "Seed", "none", "The same seed gives the same answer at a temperature above 0", r"\d{0,9}"),
)

_ROOM_FOR_LABELS: Final = 100
"""The columns of the terminal from which the names of the entries are written in full."""


class SettingsRow(Horizontal):
    """The settings that a question is asked with; what is left empty takes its default."""

    DEFAULT_CSS = """
    SettingsRow {
        height: 1;
        display: none;
        Label { width: auto; color: $text-muted; padding-right: 1; }
        Input {
            width: 6;
            margin-right: 2;
            background: $foreground 10%;
            background-tint: transparent;
            &:focus { background: $primary 20%; }
        }
        #system { width: 1fr; }
        #max-tokens { width: 7; }
        #seed { margin-right: 0; }
    }
    """

    app = getters.app(any_app)

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[Label] = []
        self._fields = {entry.id: _field_of(entry) for entry in _ENTRIES}

    def on_mount(self) -> None:
        """Mount the entries once the first frame is shown: it does not show them, and they would delay it."""
        self.call_after_refresh(self._mount_fields)

    async def _mount_fields(self) -> None:
        if not self.is_attached:
            return
        self._labels = [Label(entry.label) for entry in _ENTRIES]
        self.on_resize()
        await self.mount_all(chain.from_iterable(zip(self._labels, self._fields.values(), strict=True)))

    def on_resize(self) -> None:
        """Write the names of the entries in full if there is room."""
        for entry, label in zip(_ENTRIES, self._labels, strict=False):
            words = entry.whole_label if self.app.size.width >= _ROOM_FOR_LABELS else entry.label
            if label.content != words:
                label.update(words)

    def set_defaults(self, settings: QuestionSettings) -> None:
        """Show what holds for the entries that are empty."""
        if settings.max_tokens is not None:
            self._field("max-tokens").placeholder = str(settings.max_tokens)
        if settings.temperature is not None:
            self._field("temperature").placeholder = f"{settings.temperature:g}"
        if settings.seed is not None:
            self._field("seed").placeholder = str(settings.seed)

    @property
    def settings(self) -> QuestionSettings:
        """What was typed; an empty entry is ``None``."""
        temperature = self._field("temperature").value.rstrip(".")
        max_tokens, seed = (self._field(name).value for name in ("max-tokens", "seed"))
        return records.QuestionSettings(
            system=self._field("system").value.strip() or None,
            temperature=float(temperature) if temperature else None,
            max_tokens=int(max_tokens) if max_tokens else None,
            seed=int(seed) if seed else None,
        )

    @settings.setter
    def settings(self, settings: QuestionSettings) -> None:
        self._field("system").value = settings.system or ""
        self._field("temperature").value = "" if settings.temperature is None else f"{settings.temperature:g}"
        self._field("max-tokens").value = "" if settings.max_tokens is None else str(settings.max_tokens)
        self._field("seed").value = "" if settings.seed is None else str(settings.seed)

    def _field(self, name: str) -> Input:
        return self._fields[name]


def _field_of(entry: _Entry) -> Input:
    field = Input(placeholder=entry.placeholder, restrict=entry.restrict, id=entry.id, compact=True)
    field.tooltip = entry.tooltip
    return field
