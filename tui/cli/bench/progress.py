"""A benchmark's progress in words: a line that repaints itself on a terminal, a line a sample in a log."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from tui.bench.eta import Eta
from tui.bench.events import (
    Event,
    ModelDied,
    ModelLoaded,
    ModelLoading,
    Notice,
    RoundsAdded,
    RunStarted,
    SampleFinished,
    SampleStarted,
)
from tui.console import Console
from tui.measure.timing import metrics
from tui.records import RATE_UNSURE, Plan, Sample, SampleKind, SampleStatus, TokensSource
from tui.text import units

_REPAINT_S: Final = 0.2
_BAR_CELLS: Final = 20
_LAST_WORDS: Final = 3


class ProgressLine:
    """Reads a run's events and tells a person how far it is."""

    def __init__(self, plan: Plan, console: Console, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock_s = clock_s
        self._eta = Eta(plan)
        self._more = "+" if plan.method.until_interval is not None else ""
        """After a total that may grow."""
        self._about = "at least" if self._more else "about"
        self._total = 0
        self._done = 0
        self._doing = ""
        self._painted_s = 0.0

    def show(self, event: Event) -> None:
        """Take in one event."""
        now_s = self._clock_s()
        self._eta.note(event, now_s)
        match event:
            case RunStarted():
                self._total, self._done = event.total_samples, event.done_samples
                self._eta = Eta(event.run.plan, event.run.samples)
                if event.run.samples:
                    self._console.say(f"Resuming {event.run.run_id}: {counted_rounds(event.done_samples)} kept.")
            case RoundsAdded():
                self._total = event.total_samples
            case ModelLoading():
                self._doing = f"{event.key}: loading"
                self._paint(now_s, at_once=True)
            case ModelLoaded():
                self._line(f"{event.key} {units.loaded(event.load.load_ns, event.load.round_trip_ns)}")
            case SampleStarted():
                self._doing = f"{event.key}: {kind_in_words(event.kind, event.round)}, {event.prompt.id}"
                self._paint(now_s, at_once=False)
            case SampleFinished():
                self._done = event.done_samples
                self._finished(event.sample, now_s)
            case ModelDied():
                self._died(event)
            case Notice():
                self._console.say(event.text)
            case _:
                self._paint(now_s, at_once=False)

    def _finished(self, sample: Sample, now_s: float) -> None:
        if sample.status is SampleStatus.FAILED:
            where = f"{sample.key}, {kind_in_words(sample.kind, sample.round)}{_at_once(sample)}, {sample.prompt_id}"
            self._console.say(f"{where}: failed: {sample.error}")
        elif sample.status is SampleStatus.OK:
            left_s = self._eta.left_s(now_s)
            left = (
                f"; {self._about} {units.clock(max(1.0, left_s))} left"
                if left_s is not None and self._done < self._total
                else ""
            )
            where = f"{sample.key}, {kind_in_words(sample.kind, sample.round)}{_at_once(sample)}, {sample.prompt_id}"
            self._line(f"[{self._done}/{self._total}{self._more}] {where}: {numbers(sample)}{left}")
        self._paint(now_s, at_once=True)

    def _died(self, event: ModelDied) -> None:
        tell_of_death(event, self._console)
        self._done += event.skipped_samples

    def _line(self, text: str) -> None:
        """Something for a log; on a terminal the bar says it."""
        if not self._console.has_terminal:
            self._console.say(text)

    def _paint(self, now_s: float, *, at_once: bool) -> None:
        if not self._total or not (at_once or now_s - self._painted_s >= _REPAINT_S):
            return
        self._painted_s = now_s
        full = _BAR_CELLS * self._done // self._total
        bar = f"[{'#' * full}{'-' * (_BAR_CELLS - full)}] {self._done}/{self._total}{self._more}"
        left_s = self._eta.left_s(now_s)
        left = f"  {self._about} {units.clock(max(1.0, left_s))} left" if left_s is not None else ""
        self._console.status(f"{bar}{left}  {self._doing}")


def counted_rounds(count: int) -> str:
    """``1 request is``, ``12 requests are``."""
    return f"{units.count(count)} request{' is' if count == 1 else 's are'}"


def _at_once(sample: Sample) -> str:
    return f" of {sample.concurrency} at once" if sample.concurrency > 1 else ""


def kind_in_words(kind: SampleKind, number: int) -> str:
    """``cold``, ``warm-up 1``, ``round 2``."""
    match kind:
        case SampleKind.COLD:
            return "cold"
        case SampleKind.WARMUP:
            return f"warm-up {number}"
        case SampleKind.ROUND:
            return f"round {number}"


def numbers(sample: Sample) -> str:
    """The line of numbers of one answer."""
    timeline = sample.timeline
    estimated = timeline.tokens_source is not TokensSource.RUNTIME
    rate = units.rate(metrics.decode_tok_s(timeline), estimated=estimated, unsure=RATE_UNSURE in sample.flags)
    parts = (
        f"TTFT {units.nanoseconds(metrics.ttft_ns(timeline))}",
        f"{units.count(timeline.output_tokens, estimated=estimated)} tokens",
        rate,
        f"E2E {units.nanoseconds(metrics.e2e_ns(timeline))}",
        f"peak RSS {units.size(sample.peak_rss_bytes)}",
    )
    return ", ".join(parts)


def tell_of_death(event: ModelDied, console: Console) -> None:
    """Why a model ended, what it held at most, what was forecast, what to try, and its last words."""
    verdict = event.cause
    skipped = f" ({event.skipped_samples} requests skipped)" if event.skipped_samples else ""
    console.say(f"{event.key}: {verdict}{skipped}")
    held = [f"peak {units.size(verdict.peak_rss_bytes)}"] if verdict.peak_rss_bytes else []
    if event.load.forecast_bytes:
        held.append(f"forecast {units.size(event.load.forecast_bytes)}")
    if held:
        console.say(f"    {', '.join(held)}")
    if verdict.advice:
        console.say(f"    try: {'; '.join(verdict.advice)}")
    for line in verdict.stderr_tail[-_LAST_WORDS:]:
        console.say(f"    {line}")
