"""The engines that run models, and the traits in which they differ: one row an engine, which everything else asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

FOUNDRY: Final = "foundry"
"""The engine of models that Foundry Local runs in a child process of ours."""
ENDPOINT: Final = "endpoint"
"""The engine of models that a server runs."""
ADAPTER: Final = "adapter"
"""The engine of models that a class of the user's own runs in a child process of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineTraits:
    """What an engine can do. The defaults hold for an engine of which nothing is known."""

    is_remote: bool = False
    """A server runs the model: it may go and come back, it has no files here, and its energy is not known."""
    has_memory: bool = True
    """The model's memory is that of a child process of ours: the guard may free it, and unloading returns it."""
    on_disk: bool = False
    """The model is a folder in the form of ONNX Runtime GenAI, so its files can be weighed and checked."""
    timed_at_source: bool = False
    """Times are taken in the process that makes the tokens; of code of the user's own, which may ask a server, that is
    not certain.
    """
    takes_concurrency: bool = False
    """Several requests can be in flight at once, at a limited rate, each with a time limit of its own."""


ENGINE_TRAITS: Final[Mapping[str, EngineTraits]] = {
    FOUNDRY: EngineTraits(on_disk=True, timed_at_source=True),
    ENDPOINT: EngineTraits(is_remote=True, has_memory=False, takes_concurrency=True),
    ADAPTER: EngineTraits(),
}
_UNKNOWN: Final = EngineTraits()


def traits_of(engine: str) -> EngineTraits:
    """The traits of the engine with this name; a record of a newer version may name one that is not in the table."""
    return ENGINE_TRAITS.get(engine, _UNKNOWN)
