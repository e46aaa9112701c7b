"""The screen that compares runs. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.comparison.run_chooser import choose_and_compare as choose_and_compare
    from tui.screens.comparison.run_chooser import compare_stored as compare_stored
    from tui.screens.comparison.screen import CompareScreen as CompareScreen
else:
    __getattr__ = lazy_names(
        __name__, {"run_chooser": ["choose_and_compare", "compare_stored"], "screen": ["CompareScreen"]}
    )
