"""The screen of the history, and the screen of one run. They are imported when they are first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.history.run_screen import RunScreen as RunScreen
    from tui.screens.history.screen import HistoryScreen as HistoryScreen
else:
    __getattr__ = lazy_names(__name__, {"run_screen": ["RunScreen"], "screen": ["HistoryScreen"]})
