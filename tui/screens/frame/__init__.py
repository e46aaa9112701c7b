"""What all screens share: their bases, commands and keys; and help and palette, imported when they are first opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.lazy import lazy_names

if TYPE_CHECKING:
    from tui.screens.frame.command_provider import CommandProvider as CommandProvider
    from tui.screens.frame.help import HelpScreen as HelpScreen
else:
    __getattr__ = lazy_names(__name__, {"command_provider": ["CommandProvider"], "help": ["HelpScreen"]})
