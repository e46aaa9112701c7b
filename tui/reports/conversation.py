"""A conversation as Markdown: each question once, with the answers of all models below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tui.measure.timing import metrics
from tui.records import Sample, SampleStatus, TokensSource
from tui.records.comparison import Quantity, mark
from tui.text import units
from tui.text.escape import markdown_block, markdown_inline
from tui.text.times import local_start_time


def conversation_text(turns: Mapping[str, Sequence[Sample]], system: str | None = None) -> str:
    """Write a conversation; ``turns`` has one sample for each turn, by the key of the model."""
    return "\n\n".join(_blocks(turns, system)) + "\n"


def _blocks(turns: Mapping[str, Sequence[Sample]], system: str | None) -> Iterator[str]:
    yield "# Conversation"
    began = min((sample.started_at for samples in turns.values() for sample in samples), default="")
    yield f"With {', '.join(map(markdown_inline, turns))}, begun {local_start_time(began)}."
    if system:
        yield "System prompt:"
        yield markdown_block(system)
    for number in range(1, 1 + max(map(len, turns.values()), default=0)):
        yield f"## Turn {number}"
        question = None
        for key, samples in turns.items():
            if len(samples) < number:
                continue
            sample = samples[number - 1]
            if sample.prompt != question:
                question = sample.prompt
                yield markdown_block(question)
            yield f"### {markdown_inline(key)}"
            yield _figures(sample)
            if sample.reasoning:
                yield f"Reasoning:\n\n{markdown_block(sample.reasoning)}"
            if sample.text:
                yield markdown_block(sample.text)


def _figures(sample: Sample) -> str:
    timeline = sample.timeline
    estimated = timeline.tokens_source is not TokensSource.RUNTIME
    unsure = "?" in mark(sample.flags, Quantity.DECODE)
    parts = [
        f"TTFT {units.nanoseconds(metrics.ttft_ns(timeline))}{mark(sample.flags, Quantity.TTFT)}",
        units.rate(metrics.decode_tok_s(timeline), estimated=estimated, unsure=unsure),
        f"{units.count(timeline.output_tokens, estimated=estimated)} tokens",
    ]
    if timeline.prompt_tokens is not None:
        used = timeline.prompt_tokens + (timeline.output_tokens or 0)
        of = f" of {units.count(sample.context_tokens)}" if sample.context_tokens else ""
        parts.append(f"context used {units.count(used)}{of}")
    if timeline.cached_prompt_tokens:
        parts.append(f"{units.count(timeline.cached_prompt_tokens)} cached")
    if sample.is_cut:
        parts.append("cut at the limit")
    if sample.status is not SampleStatus.OK:
        parts.append(markdown_inline(sample.error or sample.status.value))
    return ", ".join(parts) + "."
