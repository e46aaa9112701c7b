"""Sentences of a report, and how one kind of report marks them up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tui.records import ModelSummary
from tui.text.tables import plain_name


@dataclass(frozen=True, slots=True)
class Markup:
    """How one kind of report writes text that comes from outside, and how it makes words stand out."""

    data: Callable[[str], str]
    strong: Callable[[str], str]

    def name(self, summary: ModelSummary) -> str:
        """Write a model's name, harmless and standing out."""
        return self.strong(self.data(plain_name(summary)))


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and the points that it lists."""

    sentence: str
    points: tuple[str, ...] = ()
