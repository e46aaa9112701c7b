"""What a run has shown of the memory of its models: pieces of the prompt, the context, and growth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from tui.measure.memory.forecast import cache_bytes
from tui.measure.timing.segments import without_superseded
from tui.records import ModelSummary, SampleKind, SampleStatus
from tui.records.comparison import Quantity
from tui.reports.context import ReportContext
from tui.reports.markup import Finding, Markup
from tui.text import units

_LARGE_CACHE_BYTES: Final = 2 * 1024**3
"""Clearing a KV cache of this size takes a second or more."""
_LEAST_SHARE: Final = 0.1
_LEAST_GROWTH_BYTES: Final = 64 * 1024**2


def memory_findings(context: ReportContext, markup: Markup) -> Iterator[Finding]:
    """Tell what smaller pieces of the prompt and a smaller context save, and whose memory grew over its requests."""
    lists = {
        "What pieces of the prompt change:": tuple(_pieces(context.measured, markup)),
        "What the context changes, whose KV cache the runtime clears for each question:": tuple(
            _contexts(context.measured, markup)
        ),
        "Memory that grew over requests whose prompts were no longer:": tuple(_growth(context, markup)),
    }
    yield from (Finding(sentence, points) for sentence, points in lists.items() if points)
    yield from _large_caches(context.measured, markup)


def _pieces(measured: Sequence[ModelSummary], markup: Markup) -> Iterator[str]:
    """Compare the models that are one build with the same context, each with the largest pieces of them."""
    for small, large in _pairs(measured, same=lambda summary: summary.model.used_context_tokens):
        pieces = small.model.piece_tokens, large.model.piece_tokens
        if pieces[0] == pieces[1] or small.peak_rss_bytes is None or large.peak_rss_bytes is None:
            continue
        yield (
            f"{markup.name(small)} held {units.size(small.peak_rss_bytes)} at its peak with pieces of "
            f"{units.count(pieces[0])} tokens, and {units.size(large.peak_rss_bytes)} with pieces of "
            f"{units.count(pieces[1])}{_sooner(small, large)}"
        )


def _contexts(measured: Sequence[ModelSummary], markup: Markup) -> Iterator[str]:
    for one, other in _pairs(measured, same=lambda summary: summary.model.chunk_tokens):
        small, large = sorted((one, other), key=_context)
        if _context(small) == _context(large) or not _context(small):
            continue
        yield (
            f"{markup.name(small)} kept {_cache(small)} for {units.count(_context(small))} tokens, and {_cache(large)} "
            f"for {units.count(_context(large))}{_sooner(small, large)}"
        )


def _large_caches(measured: Sequence[ModelSummary], markup: Markup) -> Iterator[Finding]:
    for summary in measured:
        if _cache_bytes(summary) >= _LARGE_CACHE_BYTES:
            context, size = _context(summary), units.size(_cache_bytes(summary))
            yield Finding(
                f"The runtime clears the KV cache of {markup.name(summary)} ({size}) for each question, and its TTFT "
                f"holds that time: `--sweep context:{context // 8},{context}` shows how much."
            )


def _growth(context: ReportContext, markup: Markup) -> Iterator[str]:
    """Compare the first request of each launch with the later ones whose prompts are no longer."""
    samples = [sample for sample in without_superseded(context.run).samples if sample.status is SampleStatus.OK]
    for summary in context.measured:
        own = [sample for sample in samples if sample.key == summary.key and sample.peak_rss_bytes is not None]
        grown: tuple[int, int] | None = None
        for first in (sample for sample in own if sample.kind is SampleKind.COLD):
            length = first.timeline.prompt_tokens or 0
            launch = [sample for sample in own if (sample.segment, sample.launch) == (first.segment, first.launch)]
            longest = max((sample.timeline.prompt_tokens or 0 for sample in launch), default=0)
            most = max(sample.peak_rss_bytes or 0 for sample in launch)
            start = first.peak_rss_bytes or 0
            if longest <= length * (1 + _LEAST_SHARE) and most - start > max(_LEAST_GROWTH_BYTES, start * _LEAST_SHARE):
                grown = max(grown or (0, 0), (most - start, most))
        if grown is not None:
            size, most = grown
            yield f"{markup.name(summary)}: by {units.size(size)}, to {units.size(most)}"


def _pairs(
    measured: Sequence[ModelSummary], same: Callable[[ModelSummary], int | None]
) -> Iterator[tuple[ModelSummary, ModelSummary]]:
    """Yield each model with the one that reads the largest pieces, or has the largest context, of the same build."""
    for build in dict.fromkeys((summary.model.as_it_is.key, same(summary)) for summary in measured):
        alike = [summary for summary in measured if (summary.model.as_it_is.key, same(summary)) == build]
        largest = max(alike, key=lambda summary: (_context(summary), summary.model.piece_tokens))
        yield from ((summary, largest) for summary in alike if summary is not largest)


def _sooner(small: ModelSummary, large: ModelSummary) -> str:
    """Compare the first tokens of two models, as far as they differ by more than a tenth."""
    first, second = small.ttft_p50_ms, large.ttft_p50_ms
    if first is None or second is None or not first or not second:
        return ""
    if any(summary.doubt_about(Quantity.TTFT) is not None for summary in (small, large)):
        return ""
    times = f"TTFT p50 {units.milliseconds(first)} against {units.milliseconds(second)}"
    if first <= second * (1 - _LEAST_SHARE):
        return f"; its first token came sooner ({times})"
    return f"; its first token came later ({times})" if first >= second * (1 + _LEAST_SHARE) else f" ({times})"


def _context(summary: ModelSummary) -> int:
    return summary.model.used_context_tokens or 0


def _cache_bytes(summary: ModelSummary) -> int:
    model = summary.model
    return 0 if model.shape is None else cache_bytes(model.shape, _context(summary), model.piece_tokens)


def _cache(summary: ModelSummary) -> str:
    size = _cache_bytes(summary)
    return f"a KV cache of {units.size(size)}" if size else "a KV cache"
