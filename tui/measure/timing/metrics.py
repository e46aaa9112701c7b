"""This module computes the numbers of one request from its timeline. Help and reports print the definitions."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from tui.measure import disturbance
from tui.records import RATE_UNSURE, TOKENS_ESTIMATED, FinishReason, Timeline, TokensSource

NS_PER_S: Final = 1_000_000_000

BYTES_PER_TOKEN: Final = 4.0
"""UTF-8 text is estimated at this many bytes a token if no token count exists; a piece of a stream is no token."""

_TOKENS_PER_ARRIVAL_UNSURE = 1.5
_CACHED_RATIO = 1 / 3
_CACHED_GAIN_NS = 20_000_000

DEFINITIONS: Final[tuple[tuple[str, str], ...]] = (
    ("load", "load() asked until ready; starting the process is not in it"),
    ("TTFT", "request handed over until the first non-empty text, reasoning included"),
    ("cold TTFT", "TTFT of the first request after a load; never averaged with warm ones"),
    ("E2E", "request handed over until the last text"),
    ("decode rate", "output tokens after the first arrival / time from the first arrival to the end of generation"),
    ("prefill rate", "prompt tokens / TTFT, a lower bound"),
    ("hidden tokens", "counted by a server but never sent, such as reasoning kept back; they are in no decode rate"),
    ("overall rate", "output tokens / E2E"),
    ("tokens", "output tokens as the runtime counts them, mean over the rounds; never the number of text pieces"),
    ("p50", "mean over the prompts of each prompt's median; warm rounds only"),
    ("p95", "95th percentile over all rounds of the model, linear; below 21 requests marked *: an interpolation"),
    (
        "95 % interval",
        "of p50: bootstrap over launches, then rounds; of percentiles over all rounds, taken as independent: "
        "order statistics, which need 6, 36, 72 and 368 rounds for p50, p90, p95 and p99",
    ),
    ("sd, CV", "sample standard deviation of rounds around their own prompt's mean, and that as a share of the mean"),
    ("outlier", "modified z-score above 3.5 among the rounds of its prompt; it is named, and stays in every number"),
    ("drift", "median slope over the rounds of a launch; called one from 3 % on, when its 95 % interval leaves out 0"),
    ("peak RSS", "most resident memory of the model's own process during a sample, by its own high-water mark"),
    ("memory forecast", "before the load: runtime + weights x a learned factor + KV cache of the whole context"),
    ("measured memory", "most resident memory from the load to the end of the first request; the forecast is of it"),
    ("after its end", "memory in use that belongs to no process, after the model's process ended against before it"),
    ("J/token", "energy of the warm rounds above the machine's rest / output tokens; the report names its source"),
    disturbance.DEFINITION,
    ("~", "an estimate"),
    ("?", "the value rests on an assumption that a flag names"),
    ("-", "not known"),
)


def ttft_ns(timeline: Timeline) -> int | None:
    """Return the time to first token: from sending the request to the first non-empty text."""
    return timeline.arrivals_ns[0] if timeline.arrivals_ns else None


def e2e_ns(timeline: Timeline) -> int | None:
    """Return the end-to-end time: from sending the request to the last text."""
    return timeline.arrivals_ns[-1] if timeline.arrivals_ns else None


def gaps_ns(timeline: Timeline) -> tuple[int, ...]:
    """Return the gaps between arrivals: inter-token latencies if each piece is one token, chunk gaps otherwise."""
    arrivals = timeline.arrivals_ns
    return tuple(later - earlier for earlier, later in pairwise(arrivals))


def first_arrival_tokens(timeline: Timeline) -> float:
    """Return the assumed tokens of the first arrival: 1 from our own child, the mean if pieces hold several tokens."""
    tokens, arrivals = streamed_tokens(timeline), len(timeline.arrivals_ns)
    if timeline.one_token_first or not tokens or not arrivals or tokens / arrivals < _TOKENS_PER_ARRIVAL_UNSURE:
        return 1.0
    return tokens / arrivals


def streamed_tokens(timeline: Timeline) -> int | None:
    """Return the output tokens without hidden ones, which were counted but never sent and precede the first text."""
    if timeline.output_tokens is None:
        return None
    return max(0, timeline.output_tokens - (timeline.hidden_tokens or 0))


def decode_tok_s(timeline: Timeline) -> float | None:
    """Return the decode rate ``(n - n_first) / (t_end - t_first)`` in tokens/s; after a stop ``n - n_first + 1``.

    ``n`` counts the tokens that were streamed, ``t_end`` is the end of generation. A stop takes one more step for
    the end token, which the runtime does not count. The result is ``None`` below two tokens, without times, or
    if all tokens arrived at once.
    """
    tokens, first, end = streamed_tokens(timeline), ttft_ns(timeline), timeline.end_ns
    if tokens is None or tokens < 2 or first is None or end is None or end <= first:
        return None
    after_first = tokens - first_arrival_tokens(timeline)
    if after_first <= 0:
        return None
    end_token = 1 if timeline.finish_reason is FinishReason.STOP else 0
    return (after_first + end_token) * NS_PER_S / (end - first)


def tpot_ns(timeline: Timeline) -> float | None:
    """Return the time per output token: 1 / decode rate."""
    rate = decode_tok_s(timeline)
    return NS_PER_S / rate if rate else None


def prefill_tok_s(timeline: Timeline) -> float | None:
    """Return prompt tokens computed / TTFT: a lower bound of the prefill rate, as TTFT includes other work."""
    first = ttft_ns(timeline)
    computed = (timeline.prompt_tokens or 0) - (timeline.cached_prompt_tokens or 0)
    return computed * NS_PER_S / first if computed > 0 and first else None


def overall_tok_s(timeline: Timeline) -> float | None:
    """Return the overall rate, output tokens / E2E, which is the speed that a reader of the answer experiences."""
    total = e2e_ns(timeline)
    return timeline.output_tokens * NS_PER_S / total if timeline.output_tokens and total else None


def workshop_tok_s(timeline: Timeline) -> float | None:
    """Return tokens of prompt and output / E2E, which makes results comparable with the workshop's older reports."""
    total = e2e_ns(timeline)
    if timeline.prompt_tokens is None or timeline.output_tokens is None or not total:
        return None
    return (timeline.prompt_tokens + timeline.output_tokens) * NS_PER_S / total


def flags(timeline: Timeline) -> tuple[str, ...]:
    """Return the flags that qualify the numbers of this timeline for their reader."""
    flags: list[str] = []
    if first_arrival_tokens(timeline) > 1:
        flags.append(RATE_UNSURE)
    if timeline.output_tokens is not None and timeline.tokens_source is not TokensSource.RUNTIME:
        flags.append(TOKENS_ESTIMATED)
    return tuple(flags)


def looks_cached(first_ttft_ns: int, ttft_ns: int) -> bool:
    """Return whether a repeated prompt was probably cached, since its TTFT is far below that of its first warm time."""
    return ttft_ns < first_ttft_ns * _CACHED_RATIO and first_ttft_ns - ttft_ns > _CACHED_GAIN_NS
