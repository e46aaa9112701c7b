"""This module measures how far the 95 % intervals of a model's headlines reach, for the stopping rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from tui.measure.statistics.intervals import estimate, headline_interval
from tui.measure.timing import metrics
from tui.measure.timing.columns import Number
from tui.measure.timing.summary import measured, ttft_ms
from tui.records import Sample

HEADLINES: Final[tuple[Number, ...]] = (ttft_ms, metrics.decode_tok_s)


def relative_half_width(rounds: Sequence[Sample], *, by_prompt: bool = False) -> float | None:
    """Return the largest half-width of the intervals of TTFT and decode rate, as a share of the headline.

    With ``by_prompt`` it is the largest over the prompts one by one, because a sweep over lengths has no headline. The
    intervals are those of the report: over launches if there are several. The result is ``None`` if nothing is repeated
    yet; a number that the model does not have (a rate without a count of tokens) is left out.
    """
    prompts = dict.fromkeys(sample.prompt_id for sample in rounds) if by_prompt else {}
    groups = [[sample for sample in rounds if sample.prompt_id == prompt] for prompt in prompts] or [rounds]
    shares = [share for group in groups for share in _shares(group)]
    widths = [share for share in shares if share is not None]
    return max(widths) if widths and len(widths) == len(shares) else None


def _shares(rounds: Sequence[Sample]) -> Iterable[float | None]:
    for number in HEADLINES:
        values = measured(rounds, number)
        if not values:
            continue
        headline = estimate(values)
        if headline is None:
            yield None
            continue
        interval = headline_interval(headline)
        yield max(interval.high / headline.value - 1, 1 - interval.low / headline.value)
