"""The screen with the charts of one model. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.charts.screen import ChartsScreen as ChartsScreen
    from tui.screens.charts.trend_screen import TrendScreen as TrendScreen
else:
    __getattr__ = lazy_names(__name__, {"screen": ["ChartsScreen"], "trend_screen": ["TrendScreen"]})
