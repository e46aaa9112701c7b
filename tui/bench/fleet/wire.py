"""The lines in which a machine tells of its run while it does it: one JSON object a line, read as hostile input."""

from __future__ import annotations

import json
import struct
from dataclasses import replace
from typing import Any, Final, TypeVar

import msgspec

from tui import json_file
from tui.bench import events
from tui.bench.events import Event
from tui.conversion import convert
from tui.records import Load, Model, RunRecord, RunStatus, Sample, SampleKind
from tui.records.fleet.network import MachineCheck
from tui.text import units

_Kind = TypeVar("_Kind")

PROTOCOL: Final = 2
"""The version of these lines and of the requests that machines get. Versions do not understand each other."""
MOST_LINE_BYTES: Final = 8 * 1024**2


class NotReadable(ValueError):
    """What another machine sent is not the JSON that was expected."""


def decoded(content: bytes, kind: type[_Kind]) -> _Kind:
    """Read what another machine sent, whose length its connection has bounded.

    Raises:
        NotReadable: it is no JSON of this kind, or nested too deeply.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, RecursionError, TypeError) as error:
        raise NotReadable(str(error)) from error


class NotALine(ValueError):
    """The line is none of ours; the message says why, in a few words."""


class _Line(msgspec.Struct, kw_only=True, tag_field="line", forbid_unknown_fields=True):
    pass


class RunLine(_Line, tag="run"):
    """The run has begun, or goes on; lines with its earlier loads and samples follow."""

    run: RunRecord
    total: int
    done: int


class LoadLine(_Line, tag="load"):
    """A model was started; the same launch again replaces what was told before."""

    load: Load
    skipped: int = 0
    """The samples that are skipped because the model has ended."""
    earlier: bool = False
    """It was made before the run was interrupted."""


class SampleLine(_Line, tag="sample"):
    sample: Sample
    done: int = 0
    earlier: bool = False
    """It was measured before the run was interrupted."""


class StepLine(_Line, tag="step"):
    """What the machine does now, in words."""

    text: str
    loading: bool = False
    """Whether a model is being loaded."""


class TotalLine(_Line, tag="total"):
    total: int


class NoticeLine(_Line, tag="notice"):
    text: str


class CheckLine(_Line, tag="check"):
    """What the machine has of a plan, in answer to the question before a start."""

    check: MachineCheck


class AliveLine(_Line, tag="alive"):
    """Nothing has happened, but the machine is at work."""


class BeginLine(_Line, tag="begin"):
    """A question is handed to the model now; this line and the next three kinds come of questions only."""

    key: str
    kind: SampleKind


class FirstLine(_Line, tag="first"):
    """The first text has arrived; the time is of the clock of the machine, from the start of the request."""

    key: str
    ttft_ns: int


class TextLine(_Line, tag="text"):
    """The text that has arrived since the last such line, with the position of the stream by the machine's clock."""

    key: str
    text: str
    reasoning: bool = False
    arrivals: int = 0
    last_ns: int = 0


class MemoryLine(_Line, tag="memory"):
    """The resident memory of a model now."""

    key: str
    rss_bytes: int


class ArrivedLine(_Line, tag="arrived"):
    """How much of each file of a model has arrived on the machine."""

    sizes_bytes: dict[str, int]


class EndLine(_Line, tag="end"):
    """The run has ended; ``problem`` says why it could not be done, if it could not."""

    status: RunStatus = RunStatus.STOPPED
    finished_at: str | None = None
    problem: str = ""


Line = (
    RunLine
    | LoadLine
    | SampleLine
    | StepLine
    | TotalLine
    | NoticeLine
    | CheckLine
    | AliveLine
    | BeginLine
    | FirstLine
    | TextLine
    | MemoryLine
    | ArrivedLine
    | EndLine
)


def lines_of(event: Event) -> list[Line]:
    """Give the lines that tell of an event; none for those that only a screen shows."""
    match event:
        case events.RunStarted(run=run):
            told: list[Line] = [
                RunLine(run=portable(run), total=event.total_samples, done=event.done_samples),
                *(LoadLine(load=load, earlier=True) for load in run.loads),
                *(SampleLine(sample=sample, earlier=True) for sample in run.samples),
            ]
            return told
        case events.RoundsAdded():
            return [TotalLine(total=event.total_samples)]
        case events.ModelLoading():
            return [StepLine(text=f"{event.key}: loading", loading=True)]
        case events.ModelWaiting() if not event.over:
            return [
                StepLine(
                    text=f"{event.key}: {units.waiting_for_server(event.waited_s, event.limit_s, asked=event.asked)}"
                )
            ]
        case events.ModelLoaded():
            return [LoadLine(load=event.load)]
        case events.ModelDied():
            return [LoadLine(load=event.load, skipped=event.skipped_samples)]
        case events.SampleStarted():
            return [StepLine(text=f"{event.key}: {event.kind.value} {event.round}, {event.prompt.id}")]
        case events.SampleFinished():
            return [SampleLine(sample=event.sample, done=event.done_samples)]
        case events.Notice():
            return [NoticeLine(text=event.text)]
        case events.RunFinished():
            return [EndLine(status=event.status, finished_at=event.run.finished_at)]
        case _:
            return []


def portable(run: RunRecord) -> RunRecord:
    """Leave out of a run what means nothing on another machine: its loads and samples, its paths, its owner."""
    models = tuple(_portable_model(model) for model in run.plan.models)
    return replace(run, plan=replace(run.plan, models=models), loads=(), samples=(), owner="")


def encode(line: Line) -> bytes:
    """Write a line; unlike msgspec's own encoder the standard one preserves half of a surrogate pair."""
    return json.dumps(msgspec.to_builtins(line, enc_hook=str)).encode() + b"\n"


def decode(content: bytes) -> Line:
    """Read a line that anybody may have sent.

    Raises:
        NotALine: it is too long, no JSON, or of another form.
    """
    if len(content) > MOST_LINE_BYTES:
        raise NotALine(f"a line of {len(content):,} bytes is too long")
    try:
        line: Line = convert(json_file.loads(content.decode()), Line, dec_hook=_decoded)
    except (ValueError, RecursionError, TypeError, OverflowError) as error:
        raise NotALine("a line is not in the form that was agreed") from error
    match line:
        case RunLine(run=run):
            return RunLine(run=portable(run), total=line.total, done=line.done)
        case SampleLine(sample=sample):
            _check_times(sample)
        case _:
            pass
    return line


def _check_times(sample: Sample) -> None:
    """Refuse arrivals that the history could not store."""
    try:
        struct.pack(f"<{len(sample.timeline.arrivals_ns)}q", *sample.timeline.arrivals_ns)
    except struct.error as error:
        raise NotALine("a sample has times that cannot be") from error


def _portable_model(model: Model) -> Model:
    return replace(model, folder=None, adapter=None, foreign=False)


def _decoded(kind: type[Any], value: Any) -> Any:
    return kind(value)
