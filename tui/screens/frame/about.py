"""What the help of a screen tells first: what the screen shows, and what its words, marks and numbers mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.screens.frame.keys import HelpEntry

MARKS: Final = ("~", "?", "-")
"""The marks that can stand at any number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """The beginning of the help of one screen."""

    title: str
    words: str
    """What the screen shows and what a person does there, in two or three sentences."""
    parts: tuple[HelpEntry, ...] = ()
    """The words and marks of the screen that do not explain themselves."""
    numbers: tuple[str, ...] = ()
    """The names of the numbers that the screen shows, as their definitions are named."""
    topic: str = ""
    """The page of the guide that tells more."""
