"""An app whose text grows, is cleared, hidden and scrolled in small steps, and that then writes what should be seen.

Run as ``python -m tests.support.growing_text REPORT``.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.containers import Horizontal

from tui.panes.widgets.tail import TailText

STEPS = 120
WORDS = ("one", "twenty-two", "333", "\n", "四", "e\u0301", "`code`", "a much longer word: incomprehensibilities")


class GrowingText(App[None]):
    """Two panes side by side, like the streams of the workbench."""

    CSS = "TailText { width: 1fr; height: 1fr; }"

    def __init__(self, report: Path) -> None:
        super().__init__()
        self._report = report
        self._chance = random.Random(7)
        self._step = 0

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield TailText()
            yield TailText()

    def on_mount(self) -> None:
        self._timer = self.set_interval(1 / 60, self._grow)

    def _grow(self) -> None:
        self._step += 1
        for pane in self.query(TailText):
            pane.append(" ".join(self._chance.choices(WORDS, k=self._chance.randint(1, 4))) + " ")
        first, last = self.query(TailText)
        if self._step in (STEPS // 20, STEPS // 20 + 3):
            first.display = not first.display
        if self._step == STEPS // 10:
            last.action_scroll_to_share(0)
        if self._step == STEPS - 6:
            first.clear()
        if self._step == STEPS:
            self._timer.stop()
            self._tell()

    def _tell(self) -> None:
        panes = list(self.query(TailText))
        rows = ["".join(pane.render_line(y).text for pane in panes).rstrip() for y in range(self.size.height)]
        unfinished = self._report.with_suffix(".part")
        unfinished.write_text(json.dumps(rows))
        unfinished.replace(self._report)

    def key_q(self) -> None:
        self.exit()


if __name__ == "__main__":
    GrowingText(Path(sys.argv[1])).run()
