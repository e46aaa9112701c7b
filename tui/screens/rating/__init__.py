"""The screen that rates answers by hand, and the dialogs for judging by a model. They are imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.rating.judge import choose_and_judge as choose_and_judge
    from tui.screens.rating.screen import RateScreen as RateScreen
else:
    __getattr__ = lazy_names(__name__, {"judge": ["choose_and_judge"], "screen": ["RateScreen"]})
