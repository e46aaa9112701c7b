"""Sending a task to a model that was measured: what is needed, and which models have it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a task needs of a model. What is not known of a model does not do."""

    capabilities: tuple[str, ...] = ()
    """Tags of a model, all of which it must have."""
    max_memory_bytes: int | None = None
    min_tok_s: float | None = None
    max_ttft_ms: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """A model that does, with the numbers that it was measured with."""

    key: str
    run_id: str
    decode_tok_s: float | None
    ttft_ms: float | None
    memory_bytes: int | None
    capabilities: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dropped:
    key: str
    reasons: tuple[str, ...]
    """Every need that it does not meet, each in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """Which model to take, and why not the others."""

    needs: Needs
    fitting: tuple[Fitting, ...]
    """The fastest first; of equal ones that with the shorter TTFT, then the smaller one."""
    dropped: tuple[Dropped, ...]

    @property
    def model(self) -> str | None:
        """The key of the model to take, if any does."""
        return self.fitting[0].key if self.fitting else None
