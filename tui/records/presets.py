"""What a plan can be made from besides flags: protocols by name, steps of a length, and what is known of power."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui.records.method import Method
from tui.records.runs import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A protocol of prompts.json: how to measure, under a name."""

    name: str
    prompts: tuple[Prompt, ...]
    method: Method = field(default_factory=Method)


class SweepOf(StrEnum):
    """Which length a sweep steps through."""

    PROMPT = "prompt"
    OUTPUT = "output"


@dataclass(frozen=True, slots=True)
class Sweep:
    """The lengths to step through, in tokens, the shortest first."""

    of: SweepOf
    tokens: tuple[int, ...]


def asked_tokens(prompt_id: str) -> int:
    """The length that a step of a sweep was made for; it is in the name of its prompt."""
    return int(prompt_id.rpartition("-")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What models.json says of watts and of what they cost."""

    watts: float | None = None
    """What this machine draws while a model works."""
    watts_by_alias: Mapping[str, float] = field(default_factory=dict[str, float])
    """The same where it is known of one model."""
    idle_watts: float | None = None
    """What the machine draws at rest; it is taken off."""
    price_per_kwh: float | None = None
    currency: str = ""
