"""How a measurement is made: the one record of its settings, and the only place where their defaults stand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Mode(StrEnum):
    """Whether models are loaded one after the other, or run each prompt together."""

    ONE_BY_ONE = "one_by_one"
    SIDE_BY_SIDE = "side_by_side"


class Order(StrEnum):
    """How the samples of several models follow each other in a run."""

    BLOCKS = "blocks"
    INTERLEAVED = "interleaved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """The settings of a measurement: ``rounds`` over all prompts, after ``warmup`` passes that count nowhere.

    Files hold the settings under the names of these fields, so a field is never renamed.
    """

    prompt_set: str = ""
    """The name of the set that the prompts come from; empty if they come from no set."""
    rounds: int = 3
    warmup: int = 1
    max_tokens: int = 150
    temperature: float = 0.0
    seed: int | None = None
    mode: Mode = Mode.ONE_BY_ONE
    order: Order = Order.BLOCKS
    launches: int = 1
    """Fresh processes that the rounds of each model are spread over."""
    cool_down_s: float = 0.0
    """Rest before each sample but a launch's first."""
    protocol: str = ""
    """The name of the preset that the settings were taken from, and what was changed since."""
    until_interval: float | None = None
    """Rounds are added until the 95 % interval of each headline reaches no further than this share to a side."""
    max_rounds: int | None = None
    """No rounds are added beyond this number."""
    sweep: str = ""
    """What the prompts step through, ``prompt`` or ``output``; empty if the prompts are no sweep."""
    concurrency: tuple[int, ...] = (1,)
    """Numbers of requests in flight together, the lowest first; only an endpoint takes more than one."""
    max_per_second: float | None = None
    """At most so many requests are sent to an endpoint in a second."""
    time_limit_s: float | None = None
    """An endpoint's answer that is not complete after this time counts as failed."""

    @property
    def concurrent(self) -> bool:
        """Whether several requests are in flight together at some level."""
        return self.concurrency != (1,)

    @property
    def loaded_together(self) -> bool:
        """Whether the models are in memory at the same time."""
        return self.mode is Mode.SIDE_BY_SIDE or self.order is Order.INTERLEAVED


def flattened(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members of a record that holds a ``method``, as files have them: each setting stands among the others."""
    flat: dict[str, Any] = {}
    for name, value in members.items():
        flat |= value if name == "method" else {name: value}
    return flat
