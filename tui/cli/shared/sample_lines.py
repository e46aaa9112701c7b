"""Lines of text on a finished sample and on the death of a model."""

from __future__ import annotations

from typing import Final

from tui.bench.events import ModelDied
from tui.console import Console
from tui.measure.timing import metrics
from tui.records import Sample, TokensSource
from tui.records.comparison import Quantity, mark
from tui.text import units
from tui.text.tables import counted

_STDERR_LINES: Final = 3


def figures_of(sample: Sample) -> str:
    """Write the measured figures of one answer in one line."""
    timeline = sample.timeline
    estimated = timeline.tokens_source is not TokensSource.RUNTIME
    unsure = "?" in mark(sample.flags, Quantity.DECODE)
    rate = units.rate(metrics.decode_tok_s(timeline), estimated=estimated, unsure=unsure)
    parts = (
        f"TTFT {units.nanoseconds(metrics.ttft_ns(timeline))}{mark(sample.flags, Quantity.TTFT)}",
        f"{units.count(timeline.output_tokens, estimated=estimated)} tokens",
        rate,
        f"E2E {units.nanoseconds(metrics.e2e_ns(timeline))}",
        f"peak RSS {units.size(sample.peak_rss_bytes)}",
    )
    return ", ".join(parts)


def tell_of_death(event: ModelDied, console: Console) -> None:
    """Tell why a model ended, its peak and forecast memory, what to try, and the end of its stderr."""
    cause = event.cause
    skipped = f" ({counted(event.skipped_samples, 'request')} skipped)" if event.skipped_samples else ""
    console.warn(f"{event.key}: {cause}{skipped}")
    memory = [f"peak {units.size(cause.peak_rss_bytes)}"] if cause.peak_rss_bytes else []
    if event.load.forecast_bytes:
        memory.append(f"forecast {units.size(event.load.forecast_bytes)}")
    if memory:
        console.say(f"    {', '.join(memory)}")
    if cause.advice:
        console.say(f"    try: {'; '.join(cause.advice)}")
    for line in cause.last_words[-_STDERR_LINES:]:
        console.say(f"    {line}")
