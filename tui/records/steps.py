"""The numbers of one model at each step of a run: at each length of a sweep, or at each number of requests at once."""

from __future__ import annotations

from dataclasses import dataclass

from tui.records.statistics import Distribution


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepStep:
    """The numbers of one length of a sweep: medians over its warm rounds."""

    prompt_id: str
    asked_tokens: int
    """The length in tokens that its prompt was made for."""
    rounds: int
    prompt_tokens: float | None = None
    """The prompt tokens as the model counted them, against which the numbers of a sweep over prompts stand."""
    output_tokens: float | None = None
    """The output tokens as the model counted them, against which the numbers of a sweep over answers stand."""
    ttft_ms: Distribution | None = None
    prefill_tok_s: float | None = None
    decode_tok_s: Distribution | None = None
    thirds_tok_s: tuple[float, float, float] | None = None
    """The decode rates over the first, the middle and the last third of the answer."""
    thirds_estimated: bool = False
    """Pieces of text were not single tokens, so the ends of the thirds are estimates."""
    early: int = 0
    """The number of rounds in which the model ended its answer before the length was reached."""
    flags: tuple[str, ...] = ()
    error: str | None = None
    """The reason why rounds of this length failed, if some did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The numbers at one number of requests at once."""

    at_once: int
    rounds: int = 0
    """The number of requests that succeeded and count."""
    failed: int = 0
    asked_to_wait: int = 0
    """The number of requests that the server refused at first, and that succeeded later."""
    ttft_ms: Distribution | None = None
    decode_tok_s: Distribution | None = None
    """The decode rate of each single request."""
    total_tok_s: float | None = None
    """The rate of all requests together."""
    in_flight: float | None = None
    """The mean number of requests in flight; it is below ``at_once`` if connections waited for their next request."""
    flags: tuple[str, ...] = ()
    error: str | None = None
    """The reason why requests failed, if some did."""

    @property
    def measured(self) -> bool:
        """Whether any request of this level was sent."""
        return bool(self.rounds or self.failed or self.in_flight)
