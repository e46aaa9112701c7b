"""The screen on which the answers of a stored run are read. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.answers.screen import AnswersScreen as AnswersScreen
else:
    __getattr__ = lazy_names(__name__, {"screen": ["AnswersScreen"]})
