"""The progress of a benchmark in words: one repainted line on a terminal, or a line for each sample in a log."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final

from tui.bench.eta import Eta
from tui.bench.events import (
    Event,
    ModelDied,
    ModelLoaded,
    ModelLoading,
    ModelWaiting,
    Notice,
    RoundsAdded,
    RunStarted,
    SampleFinished,
    SampleStarted,
)
from tui.cli.shared.sample_lines import figures_of, tell_of_death
from tui.console import Console
from tui.records import ModelPace, Plan, Sample, SampleKind, SampleStatus
from tui.text import units

_REPAINT_S: Final = 0.2
_BAR_CELLS: Final = 20


class ProgressLine:
    """Reads the events of a run and tells on stderr how far it is."""

    def __init__(self, plan: Plan, console: Console, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock_s = clock_s
        self._eta = Eta(plan)
        self._paces: Mapping[str, ModelPace] = {}
        open_end = plan.method.until_interval is not None
        self._plus = "+" if open_end else ""
        """The sign behind a total that may yet grow."""
        self._about = "at least" if open_end else "about"
        self._total = 0
        self._done = 0
        self._doing = ""
        self._waiting = False
        """Whether a server loads its model, which a log tells once."""
        self._painted_s = 0.0

    def know(self, paces: Mapping[str, ModelPace]) -> None:
        """Take in how fast the models were in earlier runs, for the time that is left."""
        self._paces = paces
        self._eta.know(paces)

    def show(self, event: Event) -> None:
        """Take in one event."""
        now_s = self._clock_s()
        self._eta.note(event, now_s)
        match event:
            case RunStarted():
                self._start(event)
            case RoundsAdded():
                self._total = event.total_samples
            case ModelLoading():
                self._doing = f"{event.key}: loading"
                self._paint(now_s, at_once=True)
            case ModelWaiting():
                self._wait(event, now_s)
            case ModelLoaded():
                self._waiting = False
                self._log(f"{event.key} {units.loaded(event.load.load_ns, event.load.round_trip_ns)}")
            case SampleStarted():
                self._doing = f"{event.key}: {_kind_in_words(event.kind, event.round)}, {event.prompt.id}"
                self._paint(now_s, at_once=False)
            case SampleFinished():
                self._done = event.done_samples
                self._finish(event.sample, now_s)
            case ModelDied():
                tell_of_death(event, self._console)
                self._done += event.skipped_samples
            case Notice():
                self._console.say(event.text)
            case _:
                self._paint(now_s, at_once=False)

    def _start(self, event: RunStarted) -> None:
        self._total, self._done = event.total_samples, event.done_samples
        self._eta = Eta(event.run.plan, event.run.samples)
        self._eta.know(self._paces)
        if event.run.samples:
            self._console.say(f"Resuming {event.run.run_id}: {_requests_are(event.done_samples)} kept.")

    def _wait(self, event: ModelWaiting, now_s: float) -> None:
        words = units.waiting_for_server(event.waited_s, event.limit_s, asked=event.asked)
        self._doing = f"{event.key}: {'waiting for the first token' if event.over else words}"
        if not self._waiting and not event.over:
            self._log(self._doing)
        self._waiting = not event.over
        self._paint(now_s, at_once=True)

    def _finish(self, sample: Sample, now_s: float) -> None:
        if sample.status is SampleStatus.FAILED:
            self._console.warn(f"{_step_of(sample)}: failed: {sample.error}")
        elif sample.status is SampleStatus.OK:
            left = f"; {words}" if self._done < self._total and (words := self._left_in_words(now_s)) else ""
            self._log(f"[{self._done}/{self._total}{self._plus}] {_step_of(sample)}: {figures_of(sample)}{left}")
        self._paint(now_s, at_once=True)

    def _log(self, text: str) -> None:
        """Write a line to a log; on a terminal the repainted line shows as much."""
        if not self._console.has_terminal:
            self._console.say(text)

    def _paint(self, now_s: float, *, at_once: bool) -> None:
        if not self._total or not (at_once or now_s - self._painted_s >= _REPAINT_S):
            return
        self._painted_s = now_s
        full = _BAR_CELLS * self._done // self._total
        bar = f"[{'#' * full}{'-' * (_BAR_CELLS - full)}] {self._done}/{self._total}{self._plus}"
        left = f"  {words}" if (words := self._left_in_words(now_s)) else ""
        self._console.status(f"{bar}{left}  {self._doing}")

    def _left_in_words(self, now_s: float) -> str:
        """Write the time that the run may still take; the text is empty until a first sample has shown the pace."""
        left_s = self._eta.left_s(now_s)
        return "" if left_s is None else f"{self._about} {units.clock(max(1.0, left_s))} left"


def _requests_are(count: int) -> str:
    """Write ``1 request is`` or ``12 requests are``."""
    return f"{units.count(count)} request{' is' if count == 1 else 's are'}"


def _step_of(sample: Sample) -> str:
    """Name a sample by model, kind, number of requests at once and prompt."""
    at_once = f" of {sample.concurrency} at once" if sample.concurrency > 1 else ""
    return f"{sample.key}, {_kind_in_words(sample.kind, sample.round)}{at_once}, {sample.prompt_id}"


def _kind_in_words(kind: SampleKind, number: int) -> str:
    """Write ``cold``, ``warm-up 1`` or ``round 2``."""
    match kind:
        case SampleKind.COLD:
            return "cold"
        case SampleKind.WARMUP:
            return f"warm-up {number}"
        case SampleKind.ROUND:
            return f"round {number}"
        case SampleKind.YARDSTICK:
            return f"yardstick {number}"
