"""Several builds of one model over the same prompts: where their answers part, and which build is broken."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tui.records.grading.rates import PassRate, RateDifference


class BuildState(StrEnum):
    """The conclusion about one build."""

    WHOLE = "whole"
    WORSE = "worse than the others"
    UNLIKE = "unlike the reference"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One build against the reference, the best of them. Field names are keys of ``builds --json``."""

    name: str
    """The key of the model, with its run if there are several."""
    run_id: str
    execution_provider: str | None
    runtime: str | None
    is_reference: bool
    prompts: int
    """The prompts that this build was asked."""
    garbled: int
    """The prompts that it answered with no text, or with the same few characters over and over."""
    same: int
    """The prompts that it answers with exactly the text of the reference."""
    parts_at: int | None
    """The first character, from 1, in which an answer differs from the reference's, as the median over the prompts."""
    likeness: float | None
    """The share of words in common with the reference's answers, from 0 to 1, as the mean over the prompts."""
    rate: PassRate | None
    difference: RateDifference | None
    """Its pass rate (after) against that of the reference (before)."""
    state: BuildState
    why: str
    """The reason for the state, as a sentence without a full stop."""
