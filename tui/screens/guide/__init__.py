"""The screen with the pages of the guide. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.guide.screen import GuideScreen as GuideScreen
else:
    __getattr__ = lazy_names(__name__, {"screen": ["GuideScreen"]})
