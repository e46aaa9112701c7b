"""What one model's numbers are at each step of a run: at each length of a sweep, or number of requests at once."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.statistics import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """One length: medians over its warm rounds."""

    prompt_id: str
    asked_tokens: int
    """The length it was made for."""
    rounds: int
    prompt_tokens: float | None = None
    """As the model counted them, and as the next; what the step's numbers stand against."""
    output_tokens: float | None = None
    ttft_ms: Distribution | None = None
    prefill_tok_s: float | None = None
    decode_tok_s: Distribution | None = None
    thirds_tok_s: tuple[float, float, float] | None = None
    """Decode rate over the first, the middle and the last third of the answer."""
    thirds_estimated: bool = False
    """Pieces were not single tokens, so where a third ends is an estimate."""
    early: int = 0
    """Rounds in which the model ended before the length was reached."""
    flags: tuple[str, ...] = ()
    error: str | None = None
    """Why rounds of it failed, where some did."""


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
