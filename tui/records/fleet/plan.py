"""A plan that is carried from machine to machine, and what became of its models on one of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tui.records.measurement_settings import Method
from tui.records.models import Endpoint, Model

if TYPE_CHECKING:
    from tui.records.plan import Pack, Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelContent:
    """The bytes of one model of a plan: those that the plan means, and those on the machine of the run."""

    key: str
    planned: str | None = None
    """The hash of the model's folder on the machine that made the plan; ``None`` if the model has no folder."""
    here: str | None = None
    """The hash of its folder on the machine of the run."""
    missing: str = ""
    """Why the model could not be run; empty if it could."""

    @property
    def differs(self) -> bool:
        """Whether the plan means other bytes than those that were measured."""
        return self.planned is not None and self.here is not None and self.planned != self.here


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedModel:
    """A model as a plan names it: without a path, which would mean nothing on another machine."""

    alias: str
    engine: str
    variant: str | None = None
    model_id: str | None = None
    run_on: str | None = None
    context_limit_tokens: int | None = None
    chunk_tokens: int | None = None
    size_bytes: int | None = None
    content: str | None = None
    """The hash of its folder; see ``library.fleet.content``."""
    code: str = ""
    """The class of an engine of one's own that runs it, as ``module:Class``; empty for all other engines."""

    @property
    def model(self) -> Model:
        """A model with the same key, which is on no disk yet."""
        return Model(
            alias=self.alias,
            engine=self.engine,
            variant=self.variant,
            model_id=self.model_id,
            run_on=self.run_on,
            context_limit_tokens=self.context_limit_tokens,
            chunk_tokens=self.chunk_tokens,
            size_bytes=self.size_bytes,
        )

    @property
    def key(self) -> str:
        """The name under which its results are stored on every machine."""
        return self.model.key


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """A benchmark as data, which many machines can run."""

    models: tuple[PlannedModel, ...]
    prompts: tuple[Prompt, ...]
    method: Method = field(default_factory=Method)
    servers: tuple[Endpoint, ...] = ()
    """The servers whose models the plan names."""
    memory_floor_bytes: int | None = None
    """A model is ended when less than this is free; ``None`` leaves it to the machine."""
    memory_limit_bytes: int | None = None
    """A model is ended when it holds more than this."""
    load_timeout_s: float = 300.0
    silence_timeout_s: float = 300.0
    force: bool = False
    """Models are loaded even if they are not expected to fit into memory."""
    benchtop: str = ""
    """The version of Benchtop that wrote the plan; empty if it does not tell."""
    pack: Pack | None = None
    """The pack that the prompts come from, if they come from one."""
    id: str = ""
    """The first digits of the hash of the content; a plan that is being made has none."""
