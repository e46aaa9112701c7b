"""What a run will do: its models, its prompts and its method, and the configured parts that a plan is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui.records.fleet.plan import ModelContent
from tui.records.grading import Grader, GraderKind
from tui.records.measurement_settings import Method
from tui.records.models import Model
from tui.records.quality import Facet
from tui.records.sample import Exchange

QUESTION_MAX_TOKENS: Final = 1024
"""The longest answer to a question of a person, in tokens, unless another limit is set: long enough to be read to its
end, and short enough that a model which never ends is soon done.
"""


class Purpose(StrEnum):
    """A benchmark starts every model in a new process and ends it; a question keeps loaded models in memory."""

    BENCHMARK = "benchmark"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One prompt, which every model of a run is asked."""

    id: str
    text: str
    system: str | None = None
    max_tokens: int | None = None
    """The limit of the answer, if the prompt has one of its own; otherwise the limit of the method holds."""
    facets: tuple[Facet, ...] = ()
    """The properties that answers are expected to have."""
    rubric: tuple[str, ...] = ()
    """The meaning of each score from 1 to 5, in words."""
    graders: tuple[Grader, ...] = ()
    """What tells a right answer from a wrong one."""

    @property
    def has_code_tests(self) -> bool:
        """Whether the code of its answers is run against tests, after the user has agreed."""
        return any(grader.kind is GraderKind.CODE for grader in self.graders)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """Where the prompts of a run come from: a set of tasks with a version, which others can have as well."""

    name: str
    version: str = ""
    licence: str = ""
    language: str = ""
    description: str = ""
    scored: str = ""
    """How answers are graded, in a word or two; empty if they are not."""
    tasks: int = 0
    digest: str = ""
    """The SHA-256 of what is asked and of what is right, in hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class PromptPack:
    """A pack with its tasks."""

    pack: Pack
    prompts: tuple[Prompt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run that has not begun: which models are asked which prompts, and how that is measured."""

    models: tuple[Model, ...]
    prompts: tuple[Prompt, ...] = field(repr=False)
    """There may be 100,000, and ``asyncio`` writes the result of a task out as a text at its end."""
    method: Method = field(default_factory=Method)
    purpose: Purpose = Purpose.BENCHMARK
    load_timeout_s: float = 300.0
    silence_timeout_s: float = 300.0
    """A model is ended if one of its requests gives no sign of life for this time."""
    force: bool = False
    """Models are loaded even if they are not expected to fit into memory."""
    price_per_kwh: float | None = None
    currency: str = ""
    watts: Mapping[str, float] = field(default_factory=dict[str, float])
    """The power that the machine draws while a model works, by the model's key, as far as it is configured."""
    idle_watts: float | None = None
    """The power that the machine draws at rest, if it is configured."""
    conversation: str = ""
    """The id of the conversation that a question belongs to; empty if it belongs to none."""
    earlier: Mapping[str, tuple[Exchange, ...]] = field(default_factory=dict[str, tuple[Exchange, ...]])
    """The conversation so far, by the key of the model; the history has it in the runs of the conversation."""
    pack: Pack | None = None
    """The pack that the prompts come from, if they come from one."""
    plan_id: str = ""
    """The id of the plan file that the run was made from; empty if it was made from none."""
    contents: tuple[ModelContent, ...] = ()
    """The bytes of the models, and why some could not be run here, if the run was made from a plan file."""

    def content_of(self, key: str) -> ModelContent | None:
        """What is known of the bytes of a model; ``None`` if the run was made from no plan file."""
        return next((content for content in self.contents if content.key == key), None)

    def turn_of(self, key: str) -> int:
        """The number of the question in the conversation with a model, from 1."""
        return 1 + len(self.earlier.get(key, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """A protocol of prompts.json: a method under a name."""

    name: str
    prompts: tuple[Prompt, ...]
    method: Method = field(default_factory=Method)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionSettings:
    """What a person may set for a question; ``None`` stands for the default."""

    system: str | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    seed: int | None = None


class SweepOf(StrEnum):
    """The number of tokens that a sweep varies."""

    PROMPT = "prompt"
    OUTPUT = "output"
    CONTEXT = "context"
    """The context that models are loaded with."""
    CHUNK = "chunk"
    """The pieces in which they read a prompt."""

    @property
    def of_models(self) -> bool:
        """Whether each step loads the models with another setting, and asks the same prompts."""
        return self in (SweepOf.CONTEXT, SweepOf.CHUNK)


@dataclass(frozen=True, slots=True)
class Sweep:
    """The lengths that are measured one after the other, in tokens, the shortest first."""

    of: SweepOf
    tokens: tuple[int, ...]


def asked_tokens(prompt_id: str) -> int:
    """Read the length of a step of a sweep, in tokens, from the id of its prompt, which ends in it."""
    return int(prompt_id.rpartition("-")[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """The power that models.json gives for this machine, and the price of energy."""

    watts: float | None = None
    """The power that this machine draws while a model works."""
    watts_by_alias: Mapping[str, float] = field(default_factory=dict[str, float])
    """The power that this machine draws while one particular model works, by the model's alias."""
    idle_watts: float | None = None
    """The power that this machine draws at rest, which is subtracted."""
    price_per_kwh: float | None = None
    currency: str = ""
