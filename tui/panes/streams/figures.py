"""The state of one model's stream, which follows from the events of a run."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from tui import records
from tui.lazy import lazy_module
from tui.text import units

if TYPE_CHECKING:
    from tui.bench import events as run_events
    from tui.measure.timing import metrics
    from tui.records import Purpose, RunStatus, Sample, SampleKind, SampleStatus, comparison
else:
    run_events = lazy_module("tui.bench.events")
    # The first frame has no figures yet.
    metrics = lazy_module("tui.measure.timing.metrics")
    comparison = lazy_module("tui.records.comparison")

CONTINUES: Final = "> continues"
"""What a column says of an answer that was cut, beside where it was cut."""

SEPARATOR: Final = " · "
"""Stands between the parts of a line."""


class StreamStage(StrEnum):
    """The stage of a stream, in the words of its column."""

    READY = "ready"
    QUEUED = "queued"
    LOADING = "loading"
    LOADED = "loaded"
    WAITING = "waiting"
    STREAMING = "streaming"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


_BEFORE_A_PROCESS: Final = frozenset({StreamStage.READY, StreamStage.QUEUED, StreamStage.LOADING})
COUNTING: Final = frozenset({StreamStage.LOADING, StreamStage.WAITING})
"""The stages in which the header counts the seconds."""
_UNFINISHED: Final = frozenset(
    {StreamStage.QUEUED, StreamStage.LOADING, StreamStage.LOADED, StreamStage.WAITING, StreamStage.STREAMING}
)


class StreamFigures(NamedTuple):
    """The figures of a column as text; empty before there are any."""

    ttft: str = ""
    tokens: str = ""
    rate: str = ""
    peak_rss: str = ""


class StreamState:
    """Follows the events of one model.

    The times of the model come from the events. ``now_s`` is from the monotonic clock of the widget: it counts how long
    a person has been waiting, and is part of no number.
    """

    def __init__(self, key: str, run: Purpose | None = None, *, asking: bool = False) -> None:
        self.key = key
        self.asking = asking or run is records.Purpose.ASK
        """Whether the stream answers a question, which may be a turn of a conversation."""
        self.turn = 1
        self.stage = StreamStage.READY if run is None else StreamStage.QUEUED
        self.context = ""
        """The prompt and the round of a benchmark."""
        self._benchmark = run is records.Purpose.BENCHMARK
        self._since_s = 0.0
        self._detail = ""
        self._wait: run_events.ModelWaiting | None = None
        """How long the server may load its model, or asks to wait, while it is waited for."""
        self._live = records.Timeline()
        self._ttft_ns: int | None = None
        self._rss_bytes: int | None = None
        self._peak_rss_bytes: int | None = None
        self._sample: Sample | None = None

    def follow(self, event: run_events.Event, now_s: float) -> None:
        """Record one event, which must not be of another model."""
        match event:
            case run_events.ModelLoading():
                self._rss_bytes = self._peak_rss_bytes = None
                self._begin(StreamStage.LOADING, now_s)
            case run_events.ModelWaiting(waited_s=waited_s):
                self._since_s = now_s if event.over else now_s - waited_s
                self._wait = None if event.over else event
            case run_events.ModelLoaded(load=load):
                self._begin(StreamStage.LOADED, now_s, units.loaded(load.load_ns, load.round_trip_ns))
            case run_events.ModelUnloaded() if self.stage is StreamStage.LOADED:
                self._begin(StreamStage.READY, now_s)
            case run_events.ModelDied(cause=cause):
                self._begin(StreamStage.FAILED, now_s, str(cause))
            case run_events.SampleStarted():
                self._start_sample(event, now_s)
            case run_events.FirstToken(ttft_ns=ttft_ns):
                self._ttft_ns = ttft_ns
                self._begin(StreamStage.STREAMING, now_s)
            case run_events.TextReceived():
                self._receive_text(event, now_s)
            case run_events.SampleFinished(sample=sample):
                self._finish_sample(sample, now_s)
            case run_events.MemoryRead(reading=reading):
                self._read_memory(reading.rss_bytes.get(self.key))
            case run_events.RunFinished(status=status):
                self._end(status, now_s)
            case _:
                pass

    def status_text(self, now_s: float) -> str:
        """Return the state in words, while loading or waiting with the time since it began."""
        waited_s, wait = max(0.0, now_s - self._since_s), self._wait
        if wait is not None and wait.asked and waited_s > wait.limit_s:
            waited_s, wait = waited_s - wait.limit_s, None
        if self.stage in COUNTING and wait is not None:
            return units.waiting_for_server(min(waited_s, wait.limit_s), wait.limit_s, asked=wait.asked)
        if self.stage in COUNTING:
            return f"{self.stage.value} {units.seconds(waited_s)}"
        return self._detail or self.stage.value

    @property
    def is_cut(self) -> bool:
        """Whether the model was at the limit of tokens, and its answer may go on."""
        return self._sample is not None and self._sample.is_cut

    @property
    def place(self) -> tuple[str, ...]:
        """The place in the conversation: the turn and the context used, in several lengths, the longest first."""
        if not self.asking:
            return ()
        turn = f"turn {self.turn}"
        timeline = self._sample.timeline if self._sample is not None else self._live
        if self._sample is None or timeline.prompt_tokens is None:
            return (turn,)
        used = units.count(timeline.prompt_tokens + (timeline.output_tokens or 0))
        whole = self._sample.context_tokens
        context = f"{used} of {units.count(whole)}" if whole else used
        cached = f" · {units.count(timeline.cached_prompt_tokens)} cached" if timeline.cached_prompt_tokens else ""
        longest = f"{turn} · context {context} tokens"
        return f"{longest}{cached}", longest, f"{turn} · context {context}", f"context {context}", turn

    def figures(self) -> StreamFigures:
        """Return the figures: exact once the sample has ended, estimated from the pieces of text until then."""
        if self._sample is not None:
            return _final(self._sample)
        if self.stage not in (StreamStage.WAITING, StreamStage.STREAMING):
            return StreamFigures(peak_rss=units.size(self._peak_rss_bytes) if self._peak_rss_bytes else "")
        tokens, rate = self._live.output_tokens, metrics.decode_tok_s(self._live)
        return StreamFigures(
            ttft=units.nanoseconds(self._ttft_ns),
            # What is not known yet has no place: it would read as a number that cannot be had.
            tokens=units.count(tokens, estimated=True) if tokens else "",
            rate=units.rate(rate, estimated=True) if rate else "",
            peak_rss=units.size(self._peak_rss_bytes) if self._peak_rss_bytes else "",
        )

    def _begin(self, stage: StreamStage, now_s: float, detail: str = "") -> None:
        self.stage, self._since_s, self._detail, self._wait = stage, now_s, detail, None

    def _start_sample(self, event: run_events.SampleStarted, now_s: float) -> None:
        self._begin(StreamStage.WAITING, now_s)
        self._sample, self._ttft_ns, self._peak_rss_bytes = None, None, self._rss_bytes
        self._live = records.Timeline()
        self.turn = event.turn
        kind = _kind_words(event.kind) or (f"round {event.round}" if self._benchmark else "")
        self.context = SEPARATOR.join(part for part in (event.prompt.id if self._benchmark else "", kind) if part)

    def _finish_sample(self, sample: Sample, now_s: float) -> None:
        self._sample = sample
        if self.asking and sample.is_cut:
            self.context = CONTINUES
        self._begin(_stage_after(sample.status), now_s, _outcome(sample))

    def _receive_text(self, event: run_events.TextReceived, now_s: float) -> None:
        if self.stage is not StreamStage.STREAMING:
            self._begin(StreamStage.STREAMING, now_s)
        if self._ttft_ns is not None:
            # Each piece of text is taken as a token until the runtime has counted them.
            self._live = records.Timeline(
                arrivals_ns=(self._ttft_ns, event.last_ns), end_ns=event.last_ns, output_tokens=event.arrivals
            )

    def _read_memory(self, rss_bytes: int | None) -> None:
        self._rss_bytes = rss_bytes
        if rss_bytes is None and self.stage in _BEFORE_A_PROCESS:
            # What was seen is the peak of a process that has ended.
            self._peak_rss_bytes = None
        elif rss_bytes is not None:
            self._peak_rss_bytes = max(self._peak_rss_bytes or 0, rss_bytes)

    def _end(self, status: RunStatus, now_s: float) -> None:
        if self.stage in _UNFINISHED:
            self._begin(StreamStage.STOPPED if status is records.RunStatus.STOPPED else StreamStage.READY, now_s)


def _kind_words(kind: SampleKind) -> str:
    match kind:
        case records.SampleKind.COLD:
            return "cold"
        case records.SampleKind.WARMUP:
            return "warm-up"
        case _:
            return ""


def _stage_after(status: SampleStatus) -> StreamStage:
    match status:
        case records.SampleStatus.OK:
            return StreamStage.DONE
        case records.SampleStatus.FAILED:
            return StreamStage.FAILED
        case records.SampleStatus.CANCELLED:
            return StreamStage.STOPPED


def _outcome(sample: Sample) -> str:
    if sample.status is records.SampleStatus.FAILED and sample.error:
        return f"failed: {sample.error}"
    if sample.is_cut:
        estimated = sample.timeline.tokens_source is not records.TokensSource.RUNTIME
        return f"cut at {units.count(sample.timeline.output_tokens, estimated=estimated)} tokens"
    return ""


def _final(sample: Sample) -> StreamFigures:
    timeline = sample.timeline
    estimated = timeline.tokens_source is not records.TokensSource.RUNTIME
    flags, quantity = (*sample.flags, *metrics.flags(timeline)), comparison.Quantity
    return StreamFigures(
        ttft=f"{units.nanoseconds(metrics.ttft_ns(timeline))}{comparison.mark(flags, quantity.TTFT)}",
        tokens=units.count(timeline.output_tokens, estimated=estimated),
        rate=units.rate(
            metrics.decode_tok_s(timeline),
            estimated=estimated,
            unsure="?" in comparison.mark(flags, quantity.DECODE),
        ),
        peak_rss=units.size(sample.peak_rss_bytes),
    )
