"""The screens of many machines: what one plan gave on them, and one question to those of the fleet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.fleet.machines import MachinesScreen as MachinesScreen
    from tui.screens.fleet.screen import FleetScreen as FleetScreen
else:
    __getattr__ = lazy_names(__name__, {"machines": ["MachinesScreen"], "screen": ["FleetScreen"]})
