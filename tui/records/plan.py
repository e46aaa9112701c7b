"""A run before it begins: its plan, the prompts, and what else than options a plan can be made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tui.records.method import Method
from tui.records.models import Model
from tui.records.quality import Facet


class Purpose(StrEnum):
    """A benchmark starts every model afresh and ends it; a question keeps what is loaded."""

    BENCHMARK = "benchmark"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    id: str
    text: str
    system: str | None = None
    max_tokens: int | None = None
    """A limit of its own, in place of the plan's."""
    facets: tuple[Facet, ...] = ()
    """What its answers are expected to have."""
    rubric: tuple[str, ...] = ()
    """What the scores from 1 to 5 mean, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run before it begins: which models are asked which prompts, and how that is measured."""

    models: tuple[Model, ...]
    prompts: tuple[Prompt, ...]
    method: Method = field(default_factory=Method)
    purpose: Purpose = Purpose.BENCHMARK
    load_timeout_s: float = 300.0
    silence_timeout_s: float = 300.0
    """How long a request may stay without a sign of life before its model is ended."""
    force: bool = False
    """Load a model also when it is not expected to fit into memory."""
    price_per_kwh: float | None = None
    currency: str = ""
    watts: Mapping[str, float] = field(default_factory=dict[str, float])
    """What the machine draws while a model works, by the model's key, where a person has said so."""
    idle_watts: float | None = None
    """What it draws at rest, by the same person."""


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
