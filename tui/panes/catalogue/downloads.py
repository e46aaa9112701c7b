"""The downloads that are not finished: a line for each, with its progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.catalogue.builds import downloaded_share
from tui.panes.widgets.bars import progress_bar
from tui.panes.widgets.columns import fit_text
from tui.panes.widgets.styles import Tone
from tui.records.library import Download, DownloadState
from tui.text import units

MOST_ROWS: Final = 4
_GAP: Final = "  "
_NAME_CELLS: Final = (16, 32)
_BYTES_CELLS: Final = 20
_BAR_CELLS: Final = (8, 40)
_TONES: Final = {
    DownloadState.WAITING: Tone.MUTED,
    DownloadState.RUNNING: Tone.PRIMARY,
    DownloadState.STALLED: Tone.WARNING,
    DownloadState.PAUSED: Tone.MUTED,
    DownloadState.FAILED: Tone.ERROR,
}
_ENDED: Final = (DownloadState.DONE, DownloadState.CANCELLED)


def progress_text(download: Download, *, short: bool = False) -> str:
    """Return the progress of a download besides its bytes: its speed and remaining time, or why it does not move."""
    if download.state is DownloadState.RUNNING:
        parts = [units.transfer_rate(download.rate_bytes_s)]
        if download.left_s is not None:
            parts.append(f"{units.clock(download.left_s)}{'' if short else ' left'}")
        parts += [f"attempt {download.attempt}"] if download.attempt > 1 else []
        return " · ".join([*parts, download.note] if download.note else parts)
    state = download.state.value
    if download.state is DownloadState.WAITING and download.starts_at:
        state = f"starts at {download.starts_at}"
    return f"{state}: {download.note}" if download.note else state


def bytes_text(download: Download) -> str:
    """Return the bytes on the disk and the total, such as ``812 MiB of 2.40 GiB`` or ``1.90 of 4.51 GiB``."""
    done, total = units.size(download.done_bytes), units.size(download.total_bytes)
    (figure, _, unit), of_unit = done.partition(" "), total.rpartition(" ")[2]
    return f"{figure if unit == of_unit else done} of {total}"


class DownloadsStrip(Widget):
    """A few lines with name, bar, bytes and progress; the widget is hidden while there is no download.

    It is our own so that it draws only the lines that have changed: downloads go on while models are measured.
    """

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    DownloadsStrip {
        display: none;
        height: auto;
        background: $surface;
        border: round $border-blurred;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        & > .downloads--primary { color: $primary; }
        & > .downloads--warning { color: $warning; }
        & > .downloads--error { color: $error; }
        & > .downloads--muted { color: $text-muted; }
        & > .downloads--rest { color: $border-blurred; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "downloads--primary",
        "downloads--warning",
        "downloads--error",
        "downloads--muted",
        "downloads--rest",
    }

    def __init__(self) -> None:
        super().__init__()
        self._rows: tuple[Download, ...] = ()
        self._unfinished_count = 0

    @property
    def texts(self) -> list[str]:
        """The lines as plain text."""
        return [self.render_line(row).text.rstrip() for row in range(len(self._rows))]

    def show(self, downloads: Sequence[Download]) -> None:
        """Show these downloads, and draw only the lines that have changed."""
        unfinished = [download for download in downloads if download.state not in _ENDED]
        rows = tuple(sorted(unfinished, key=lambda download: not download.active)[:MOST_ROWS])
        before, self._rows = self._rows, rows
        left_out = len(unfinished) - len(rows)
        if len(unfinished) != self._unfinished_count:
            # Only if it has changed, since setting a title draws the whole widget again.
            self._unfinished_count = len(unfinished)
            self.border_title = f"Downloads · {len(unfinished)}"
            self.border_subtitle = f"and {left_out} more" if left_out else ""
        if len(before) != len(rows):
            self.display = bool(rows)
            self.refresh(layout=True)
            return
        width = self.size.width
        for y, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new:
                self.refresh(Region(0, y, width, 1))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        del container, viewport, width
        return len(self._rows)

    def render_line(self, y: int) -> Strip:
        width = self.content_size.width
        if y >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        download = self._rows[y]
        least_name, most_name = _NAME_CELLS
        least_bar, most_bar = _BAR_CELLS
        name_cells = max(least_name, min(most_name, width // 5))
        bar_cells = max(least_bar, min(most_bar, width // 7))
        used = name_cells + bar_cells + _BYTES_CELLS + 3 * len(_GAP)
        running = download.state is DownloadState.RUNNING
        words_style = self.rich_style if running else self._style(_TONES[download.state])
        room = max(1, width - used)
        words = progress_text(download, short=len(progress_text(download)) > room)
        segments = [
            Segment(fit_text(download.key, name_cells) + _GAP, self.rich_style),
            *self._bar(download, bar_cells),
            Segment(_GAP + fit_text(bytes_text(download), _BYTES_CELLS) + _GAP, self._style(Tone.MUTED)),
            Segment(fit_text(words, room), words_style),
        ]
        return Strip(segments).adjust_cell_length(width, self.rich_style)

    def _bar(self, download: Download, cells: int) -> list[Segment]:
        bar = progress_bar(downloaded_share(download) or 0.0, cells, halves=True)
        return [Segment(bar.done, self._style(_TONES[download.state])), Segment(bar.rest, self._style("rest"))]

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"downloads--{name}")
