"""What a sweep tells of one model, length by length."""

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
