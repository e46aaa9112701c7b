"""This module computes how evenly tokens arrive, over all gaps between arrivals of several requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt

from tui.measure.timing import metrics
from tui.records import Sample, Timeline

_LEAST_TOKENS_A_PIECE: Final = 0.9
_MOST_TOKENS_A_PIECE: Final = 1.1


@dataclass(frozen=True, slots=True)
class TokenGaps:
    """The gaps between successive arrivals of text, over all requests together, in milliseconds."""

    count: int
    p50_ms: float
    p99_ms: float
    longest_ms: float
    of_tokens: bool
    """The pieces hold about one token each, so that the gaps are inter-token latencies and not those of chunks."""


def token_gaps(rounds: Sequence[Sample]) -> TokenGaps | None:
    """Return the gaps of these requests; ``None`` if no request has two arrivals.

    The percentiles are over the gaps of all requests together, as vLLM's benchmark defines ITL.
    """
    gaps_ms = _pooled_gaps_ms([sample.timeline for sample in rounds])
    if not gaps_ms.size:
        return None
    p50_ms, p99_ms = np.percentile(gaps_ms, (50, 99))
    return TokenGaps(
        count=int(gaps_ms.size),
        p50_ms=float(p50_ms),
        p99_ms=float(p99_ms),
        longest_ms=float(gaps_ms.max()),
        of_tokens=all(has_a_token_a_piece(sample.timeline) for sample in rounds),
    )


def has_a_token_a_piece(timeline: Timeline) -> bool:
    """Return whether the pieces of a request hold about one token each; unknown counts are taken as such."""
    tokens, pieces = metrics.text_tokens(timeline), len(timeline.arrivals_ns)
    if timeline.one_token_first or not tokens or not pieces:
        return True
    return _LEAST_TOKENS_A_PIECE <= tokens / pieces <= _MOST_TOKENS_A_PIECE


def _pooled_gaps_ms(timelines: Sequence[Timeline]) -> npt.NDArray[np.float64]:
    """Return all gaps in one array: one pass over the arrivals, since a long run has millions of them."""
    counts = np.array([len(timeline.arrivals_ns) for timeline in timelines], dtype=np.int64)
    total = int(counts.sum())
    arrivals_ns = np.fromiter(chain.from_iterable(timeline.arrivals_ns for timeline in timelines), float, total)
    between_requests = np.cumsum(counts[counts > 0])[:-1] - 1
    return np.delete(np.diff(arrivals_ns), between_requests) / 1e6
