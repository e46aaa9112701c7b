"""How far the 95 % intervals of a model's headlines reach, and whether that is what was asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure.statistics.intervals import estimate, headline_interval
from tui.measure.timing import metrics
from tui.measure.timing.summary import Number, measured, ttft_ms
from tui.records import Sample

HEADLINES: Final[tuple[Number, ...]] = (ttft_ms, metrics.decode_tok_s)


def relative_half_width(rounds: Sequence[Sample], *, by_prompt: bool = False) -> float | None:
    """The farther end of both intervals, TTFT's and the decode rate's, as a share of its headline, or the farthest of
    those by prompt: over the lengths of a sweep there is no headline.

    The intervals are those of the report: over launches where there are several. ``None`` where nothing is repeated
    yet; a number that the model does not have (a rate without a count of tokens) is left out.
    """
    prompts = dict.fromkeys(sample.prompt_id for sample in rounds) if by_prompt else {}
    groups = [[sample for sample in rounds if sample.prompt_id == prompt] for prompt in prompts] or [rounds]
    shares = [share for group in groups for share in _shares(group)]
    known = [share for share in shares if share is not None]
    return max(known) if known and len(known) == len(shares) else None


def _shares(rounds: Sequence[Sample]) -> Iterable[float | None]:
    for number in HEADLINES:
        values = measured(rounds, number)
        if not values:
            continue
        found = estimate(values)
        if found is None:
            yield None
            continue
        interval = headline_interval(found)
        yield max(interval.high / found.value - 1, 1 - interval.low / found.value)
