"""This module computes the numbers of one request from its timeline. Help and reports print the definitions."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from operator import sub
from typing import Final

from tui.measure import disturbance
from tui.records import RATE_UNSURE, TOKENS_BY_TOKENIZER, TOKENS_ESTIMATED, FinishReason, Timeline, TokensSource

NS_PER_S: Final = 1_000_000_000

BYTES_PER_TOKEN: Final = 4.0
"""UTF-8 text is estimated at this many bytes a token if no token count exists; a piece of a stream is no token."""

_TOKENS_PER_ARRIVAL_UNSURE: Final = 1.5
_FIRST_TOKENS_SURE: Final = 1.5
_BURST_RATIO: Final = 5
_CACHED_RATIO = 1 / 3
_CACHED_GAIN_NS = 20_000_000

DEFINITIONS: Final[tuple[tuple[str, str], ...]] = (
    ("load", "time from asking the runtime for the model until it is ready; starting its process is not counted"),
    ("TTFT", "time to first token: from sending the request to the first text (including reasoning)"),
    ("cold TTFT", "TTFT of the first request after a load; never averaged with the later, warm ones"),
    ("warm-up", "requests before the measured ones, so that the model is at its usual speed; they are in no average"),
    ("launch", "one start of a model's process; numbers differ from start to start, so several tell more than one"),
    ("E2E", "end to end: time from sending the request to the last text"),
    (
        "decode rate",
        "speed of writing: output tokens after the first arrival / time from the first arrival to the end of "
        "generation; pieces that arrive together count as one arrival",
    ),
    ("prefill rate", "speed of reading the prompt: prompt tokens / TTFT; the true rate is at least this"),
    ("hidden tokens", "tokens that a server counts but never sends, such as hidden reasoning; in no decode rate"),
    ("overall rate", "output tokens / E2E"),
    ("first answer", "time from sending the request to the first text that is not reasoning"),
    (
        "ITL",
        "inter-token latency: the time from one piece of text to the next, over all warm rounds, without prefill; "
        "marked ? if pieces hold more or less than a token each",
    ),
    ("longest stall", "the longest time from one piece of text to the next"),
    (
        "requests/s",
        "warm requests / the time that they took; of several at once the time from the first start to the last end",
    ),
    ("tokens", "output tokens as the runtime counts them, mean over the rounds; never the number of text pieces"),
    ("p50", "typical value: the mean over the prompts of each prompt's median; warm rounds only"),
    (
        "p95",
        "95 % of the rounds lie below it: 95th percentile of round / median of its prompt, times p50; marked * below "
        "21 requests, where it is an interpolation",
    ),
    (
        "95 % interval",
        "where the true value probably lies. Of p50: Student's t on the logarithms of the launches' own p50, with one "
        "launch of the median of its rounds. Of percentiles over the rounds of one launch: order statistics, which "
        "need 6, 36, 72 and 368 rounds for p50, p90, p95 and p99",
    ),
    ("sd, CV", "spread: sample standard deviation of rounds around their own prompt's mean, and its share of the mean"),
    ("outlier", "a round far from the others of its prompt (modified z-score above 3.5); named, but still counted"),
    (
        "drift",
        "steady change over the rounds of a launch: their median slope; named from 3 % on, if its 95 % interval leaves "
        "out 0",
    ),
    ("peak RSS", "most RAM that the model's own process held during a request, by the process's own high-water mark"),
    ("memory forecast", "before the load: runtime + weights x a learned factor + KV cache of the whole context"),
    ("measured memory", "most RAM from the load to the end of the first request, to compare with the forecast"),
    (
        "after its end",
        "memory that stayed in use after the model's process had ended, compared with before its load, and that "
        "belongs to no process",
    ),
    ("J/token", "energy of the warm rounds above that at rest / output tokens; the report names its source"),
    disturbance.DEFINITION,
    ("~", "an estimate"),
    ("?", "uncertain: the value rests on an assumption that a flag names"),
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
    return tuple(map(sub, arrivals[1:], arrivals))


def burst_arrivals(arrivals_ns: Sequence[int]) -> int:
    """Return how many of the first arrivals count as one, because they came much faster than the later ones.

    A proxy that holds text back, or a reader that gets no turn of the processor, delivers several pieces at once. The
    burst is the longest beginning whose gaps are all below a fifth of the median of the later gaps; at least a tenth
    of the gaps must come later, so that one stall at the end makes no burst of all that precedes it.
    """
    return _burst_of(list(map(sub, arrivals_ns[1:], arrivals_ns)))


def _burst_of(gaps: Sequence[int]) -> int:
    fewest_later = max(2, len(gaps) // 10)
    largest, burst = 0, 1
    largest_of_all = max(gaps, default=0)
    for index, gap in enumerate(gaps[: max(0, len(gaps) - fewest_later)]):
        largest = max(largest, gap)
        if largest * _BURST_RATIO >= largest_of_all:
            break
        # The largest gap of the beginning only grows, so it soon exceeds what any later gap could excuse.
        if largest * _BURST_RATIO < gaps[index + 1] and largest * _BURST_RATIO < statistics.median(gaps[index + 1 :]):
            burst = index + 2
    return burst


def first_arrival_tokens(timeline: Timeline) -> float:
    """Return the tokens of the first arrival, which precede the time that the decode rate is measured over.

    A piece from our own child is one token. The first piece of a server counts as its share of the text's bytes, but
    never as more tokens than are left if each later piece is at least one. Records without that share take the mean
    tokens of a piece if pieces hold several.
    """
    if not text_tokens(timeline) or not timeline.arrivals_ns:
        return 1.0
    return _tokens_of_burst(timeline, burst_arrivals(timeline.arrivals_ns))


def _tokens_of_burst(timeline: Timeline, burst: int) -> float:
    tokens, arrivals = text_tokens(timeline) or 0, len(timeline.arrivals_ns)
    if timeline.one_token_first and burst == 1:
        return 1.0
    if timeline.first_share is None:
        return float(burst) if tokens / arrivals < _TOKENS_PER_ARRIVAL_UNSURE else burst * tokens / arrivals
    most = tokens - (arrivals - burst) if tokens >= arrivals else tokens
    return max(1.0, min(timeline.first_share * tokens, float(most)))


def text_tokens(timeline: Timeline) -> int | None:
    """Return the streamed tokens without the end token of an answer that stopped by itself.

    The runtime of our own child leaves the end token out of its count. Ollama, llama.cpp and vLLM count it, which shows
    wherever the pieces of a stream are fewer than the tokens.
    """
    tokens = streamed_tokens(timeline)
    if tokens is None or timeline.finish_reason is not FinishReason.STOP or _leaves_end_token_out(timeline, tokens):
        return tokens
    return max(0, tokens - 1)


def _leaves_end_token_out(timeline: Timeline, tokens: int) -> bool:
    estimated = timeline.tokens_source is not TokensSource.RUNTIME
    return timeline.one_token_first or estimated or tokens == len(timeline.arrivals_ns)


def has_end_step(timeline: Timeline) -> bool:
    """Return whether generation ended a decoding step after the last text, in which the end token was generated.

    An end marker that comes with the last text, less than half a token's time behind it, leaves no such step in the
    measured time.
    """
    return _has_end_step(timeline, gaps_ns(timeline))


def _has_end_step(timeline: Timeline, gaps: Sequence[int]) -> bool:
    arrivals, tokens, end = timeline.arrivals_ns, text_tokens(timeline), timeline.end_ns
    if timeline.finish_reason is not FinishReason.STOP or not arrivals or not tokens or end is None:
        return False
    if not gaps:
        return end > arrivals[-1]
    after_last, tokens_a_piece = end - arrivals[-1], max(1.0, tokens / len(arrivals))
    if after_last >= max(gaps) / tokens_a_piece / 2:
        # It is above half of any gap, so their median, which is slow to compute, does not matter.
        return True
    return after_last >= statistics.median(gaps) / tokens_a_piece / 2


def streamed_tokens(timeline: Timeline) -> int | None:
    """Return the output tokens without hidden ones, which were counted but never sent and precede the first text."""
    if timeline.output_tokens is None:
        return None
    return max(0, timeline.output_tokens - (timeline.hidden_tokens or 0))


def decode_tok_s(timeline: Timeline) -> float | None:
    """Return the decode rate ``(n - n_first) / (t_end - t_first)`` in tokens/s, with one step more for the end token.

    ``n`` counts the tokens of the streamed text and ``n_first`` those of the first burst, which ends at ``t_first``;
    ``t_end`` is the end of generation. The end token of a stop is a step if the time up to ``t_end`` includes it. The
    result is ``None`` below two tokens, without times, or if all tokens arrived at once.
    """
    tokens, end = text_tokens(timeline), timeline.end_ns
    if tokens is None or tokens < 2 or not timeline.arrivals_ns or end is None:
        return None
    gaps = gaps_ns(timeline)
    burst = _burst_of(gaps)
    first = timeline.arrivals_ns[burst - 1]
    after_first = tokens - _tokens_of_burst(timeline, burst)
    if after_first <= 0 or end <= first:
        return None
    return (after_first + _has_end_step(timeline, gaps)) * NS_PER_S / (end - first)


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
    if _is_first_burst_in_doubt(timeline):
        flags.append(RATE_UNSURE)
    if timeline.output_tokens is not None and timeline.tokens_source is not TokensSource.RUNTIME:
        flags.append(TOKENS_ESTIMATED)
        if timeline.tokens_source is TokensSource.TOKENIZER:
            flags.append(TOKENS_BY_TOKENIZER)
    return tuple(flags)


def _is_first_burst_in_doubt(timeline: Timeline) -> bool:
    """Return whether the tokens before the measured time are too many, or too uncertain, for a sure rate.

    Pieces of our own child are one token each, so its bursts are counted and not estimated; only a burst of half of the
    answer leaves too little to measure.
    """
    first = first_arrival_tokens(timeline)
    if timeline.one_token_first:
        return first > max(_FIRST_TOKENS_SURE, (text_tokens(timeline) or 0) / 2)
    return first > _FIRST_TOKENS_SURE


def looks_cached(first_ttft_ns: int, ttft_ns: int) -> bool:
    """Return whether a repeated prompt was probably cached, since its TTFT is far below that of its first warm time."""
    return ttft_ns < first_ttft_ns * _CACHED_RATIO and first_ttft_ns - ttft_ns > _CACHED_GAIN_NS
