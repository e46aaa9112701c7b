"""What several requests at once tell of one model, level by level."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.statistics import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One number of requests at once: its counted requests."""

    at_once: int
    rounds: int = 0
    """Requests that succeeded and count."""
    failed: int = 0
    asked_to_wait: int = 0
    """Of those that succeeded: the server refused them at first."""
    ttft_ms: Distribution | None = None
    decode_tok_s: Distribution | None = None
    """Of each request by itself."""
    total_tok_s: float | None = None
    """Of all requests together."""
    in_flight: float | None = None
    """On average over the level: below its number where connections waited for their next request."""
    flags: tuple[str, ...] = ()
    error: str | None = None
    """Why requests failed, where some did."""

    @property
    def measured(self) -> bool:
        """Whether anything was sent."""
        return bool(self.rounds or self.failed or self.in_flight)
