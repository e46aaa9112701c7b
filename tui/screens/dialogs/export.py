"""The dialogs that write a run, or a comparison or a decision, to a file."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from textual import on
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label, RadioButton, RadioSet

from tui import paths, reports
from tui.panes.widgets.choice import ChoiceButton, SingleChoice, Submitted
from tui.records import RunRecord
from tui.reports.formats import FORMATS, ReportFormat
from tui.screens.dialogs.file_dialog import FileDialog
from tui.screens.dialogs.leaving import REPORT_GROUP
from tui.store.ratings import with_ratings_from
from tui.text import units

_OFFERED: Final = tuple(entry for entry in FORMATS if entry.about)


def format_of(path: str) -> ReportFormat | None:
    """Return the format that the suffix of a path stands for."""
    return next((entry for entry in _OFFERED if path.lower().endswith(entry.suffix)), None)


def default_name(now: datetime) -> str:
    """Return the name of a report that is written now, such as ``benchtop-2026-11-22-1530.md``."""
    return f"benchtop-{now:%Y-%m-%d-%H%M}.md"


def write_run(run: RunRecord, path: Path, chosen: ReportFormat, history_file: Path | None = None) -> None:
    """Write a run whole or not at all. Called in a thread, because the first summary imports numpy.

    Raises:
        ExportError: the file cannot be written; the message is one sentence for a person.
    """
    export = reports.export
    export.check_writable(path, history_file)
    export.write(path, export.text_of(with_ratings_from(history_file, run), chosen, history_file), history_file)


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A run that is still measured: how far it is, and how to wait for its end."""

    done: int
    total: int
    ended: Callable[[], Awaitable[RunRecord | None]]
    """Waits for the end of the run, and returns its record."""


class ExportDialog(FileDialog):
    """Asks where and in which format to write a run; the format and the suffix of the path follow each other."""

    DEFAULT_CSS = """
    ExportDialog {
        .formats, .when { height: auto; margin-top: 1; }
    }
    """

    def __init__(self, run: RunRecord, history_file: Path | None = None, unfinished: Unfinished | None = None) -> None:
        """``unfinished`` tells that the run is still measured: then the dialog asks when to write."""
        super().__init__("results", default_name(datetime.now()))
        self._run = run
        self._history_file = history_file
        self._unfinished = unfinished

    def compose_choices(self) -> ComposeResult:
        with Horizontal(classes="formats"):
            yield Label("Format", classes="label")
            with SingleChoice(compact=True):
                for entry in _OFFERED:
                    yield ChoiceButton(f"{entry.title:<10}{entry.about}", entry is _OFFERED[0], id=entry.suffix[1:])
        if self._unfinished is not None:
            done = f"{units.count(self._unfinished.done)} of {units.count(self._unfinished.total)}"
            yield Label(f"The run is not finished ({done}). Write it:", classes="when")
            with SingleChoice(compact=True, id="when"):
                yield ChoiceButton("when it ends, whole", value=True)
                yield ChoiceButton("now, as far as it has come")

    def path_of(self, text: str) -> Path:
        chosen = _OFFERED[max(0, self.query_one(SingleChoice).pressed_index)]
        return paths.expanded(Path(text if format_of(text) is chosen else text + chosen.suffix))

    def write(self, path: Path) -> None:
        chosen = format_of(path.name)
        assert chosen is not None, "the path has the suffix of a format, which path_of has given it"
        write_run(self._run, path, chosen, self._history_file)

    def start_writing(self, path: Path) -> None:
        chosen, unfinished = format_of(path.name), self._unfinished
        if unfinished is None or chosen is None or self.query_one("#when", SingleChoice).pressed_index == 1:
            super().start_writing(path)
            return
        try:
            reports.export.check_writable(path, self._history_file)
        except reports.export.ExportError as error:
            self.show_message(str(error))
            return
        work = _write_at_end(self.app, unfinished, path, chosen, self._history_file)
        self.app.run_worker(work, group=f"{REPORT_GROUP}{path}", exclusive=True, exit_on_error=False)
        self.notify(f"{path.name} is written when the run has ended or is stopped.", title="Results", markup=False)
        self.dismiss(str(path.absolute()))

    @on(RadioSet.Changed)
    def _follow_format(self, event: RadioSet.Changed) -> None:
        if event.radio_set.id == "when":
            return
        chosen, line = _OFFERED[event.index], self.query_one(Input)
        written = format_of(line.value)
        if written is not chosen:
            stem = line.value[: -len(written.suffix)] if written else line.value.rstrip(".")
            line.value = stem + chosen.suffix

    @on(Input.Changed)
    def _follow_suffix(self, event: Input.Changed) -> None:
        written = format_of(event.value)
        if written is not None:
            self.query_one(f"#{written.suffix[1:]}", RadioButton).value = True

    @on(Submitted)
    def _submitted(self) -> None:
        self.ask_to_write()


async def _write_at_end(
    app: App[Any], unfinished: Unfinished, path: Path, chosen: ReportFormat, history_file: Path | None
) -> None:
    """Wait for the end of a run, write it, and tell so or why not."""
    run = await unfinished.ended()
    if run is None:
        app.notify(f"{path.name} is not written: the run has no results.", severity="error", markup=False)
        return
    try:
        await asyncio.to_thread(write_run, run, path, chosen, history_file)
    except reports.export.ExportError as error:
        app.notify(str(error), severity="error", markup=False)
        return
    app.notify(str(path.absolute()), title="Results written", markup=False)


class MarkdownExport(FileDialog):
    """Asks where to write a comparison or a decision as Markdown; the text is made when it is written."""

    def __init__(self, what: str, text_of: Callable[[], str]) -> None:
        super().__init__(what, f"{what}-{datetime.now():%Y-%m-%d-%H%M}.md")
        self._text_of = text_of

    def path_of(self, text: str) -> Path:
        return paths.expanded(Path(text if text.lower().endswith(".md") else f"{text}.md"))

    def write(self, path: Path) -> None:
        reports.export.check_writable(path)
        reports.export.write(path, self._text_of())
