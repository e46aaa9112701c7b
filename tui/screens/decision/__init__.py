"""The screen that helps to choose a model. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.decision.screen import ChooseScreen as ChooseScreen
else:
    __getattr__ = lazy_names(__name__, {"screen": ["ChooseScreen"]})
