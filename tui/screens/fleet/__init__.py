"""The screen of one plan on many machines. It is imported when it is first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.fleet.screen import FleetScreen as FleetScreen
else:
    __getattr__ = lazy_names(__name__, {"screen": ["FleetScreen"]})
