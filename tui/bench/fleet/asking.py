"""Ask one question on many machines at once: the events of a run in which each machine stands for its model."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tui.bench import events
from tui.bench.events import Event
from tui.bench.fleet import wire
from tui.bench.fleet.mirror import Mirror, NotAccepted
from tui.bench.fleet.network.client import FleetClient, FleetClosed, MachineLeft
from tui.bench.fleet.network.tasks import Request
from tui.records import MemoryReading, Model, RunStatus, Sample, SampleStatus
from tui.records.fleet.plan import FleetPlan
from tui.store.history import History


@dataclass(frozen=True, slots=True)
class Question:
    """One question as a plan of one model and one prompt."""

    plan: FleetPlan
    text: str
    """The plan as JSON."""


class FleetQuestion:
    """A question that several machines answer side by side; machines of one group take turns.

    Every time comes from the clock of the machine that has answered. A machine that cannot answer is a sample that
    failed, with the reason, and the others go on.
    """

    def __init__(self, client: FleetClient, history: History, question: Question, groups: Mapping[str, str]) -> None:
        """``groups`` has the group of each machine that is asked; empty for none."""
        self._client, self._history, self._question = client, history, question
        self._groups = groups
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._stop = asyncio.Event()
        self._events: asyncio.Queue[Event | None] = asyncio.Queue()
        self._rss_bytes: dict[str, int] = {}

    def stop(self) -> None:
        """Have all machines end their answers; what has arrived stays."""
        self._stop.set()

    async def events(self) -> AsyncGenerator[Event]:
        """Yield what happens on all machines, in the order in which it arrives; the name of a machine is the key."""
        tasks = [asyncio.create_task(self._ask(machine)) for machine in self._groups]
        whole = asyncio.create_task(self._end_of(tasks))
        try:
            while (event := await self._events.get()) is not None:
                yield event
            await whole
        finally:
            for task in (*tasks, whole):
                task.cancel()
            await asyncio.gather(*tasks, whole, return_exceptions=True)

    async def _end_of(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        try:
            await asyncio.gather(*tasks)
        finally:
            self._events.put_nowait(None)

    async def _ask(self, machine: str) -> None:
        mirror = Mirror(self._history, self._question.plan, machine)
        telling = _Telling(machine, self._question.plan)
        try:
            # A machine without a group has turns of its own.
            async with self._turns[self._groups[machine] or f"\0{machine}"]:
                problem = await self._follow(machine, mirror, telling)
        finally:
            mirror.close(RunStatus.STOPPED)
        if mirror.trouble:
            self._events.put_nowait(events.Notice(text=f"{mirror.trouble}. The answer of {machine} is not kept."))
        if not telling.is_over:
            self._events.put_nowait(telling.not_answered("" if self._stop.is_set() else problem))

    async def _follow(self, machine: str, mirror: Mirror, telling: _Telling) -> str:
        """Have the machine answer, and return why it gave none; empty if it did."""
        request = Request(command="ask", plan=self._question.text)
        if self._stop.is_set():
            return ""
        try:
            async with contextlib.aclosing(self._client.lines(machine, request, self._stop)) as lines:
                async for line in lines:
                    mirror.take(line)
                    for event in telling.events_of(line):
                        self._events.put_nowait(event)
                    if isinstance(line, wire.MemoryLine):
                        self._rss_bytes[machine] = line.rss_bytes
                        self._events.put_nowait(events.MemoryRead(reading=_reading(self._rss_bytes)))
        except NotAccepted as error:
            return f"its answer cannot be used: {error}"
        except (FleetClosed, MachineLeft) as error:
            return str(error)
        return telling.problem


class _Telling:
    """Makes the events of one machine from its lines."""

    def __init__(self, machine: str, plan: FleetPlan) -> None:
        self._machine, self._prompt = machine, plan.prompts[0]
        self.is_over = False
        """Whether the answer has come to its end, in success or failure."""
        self.problem = "it ended without an answer"

    def events_of(self, line: wire.Line) -> Iterator[Event]:
        """Give the events that a line tells of."""
        key = self._machine
        match line:
            case wire.RunLine(run=run):
                for content in run.plan.contents:
                    if content.differs:
                        words = f"{key}: {content.key} has other bytes there than here, so the answers do not compare."
                        yield events.Notice(text=words)
            case wire.StepLine(loading=True):
                yield events.ModelLoading(key=key, model=Model(alias=key), launch=1)
            case wire.LoadLine(load=load) if load.verdict is not None:
                self.is_over = True
                own = replace(load, key=key)
                yield events.ModelDied(key=key, load=own, cause=load.verdict, skipped_samples=line.skipped)
            case wire.LoadLine(load=load):
                yield events.ModelLoaded(key=key, load=replace(load, key=key))
            case wire.SampleLine(sample=sample):
                self.is_over = True
                yield events.SampleFinished(key=key, sample=replace(sample, key=key, alias=key), done_samples=1)
            case wire.NoticeLine():
                yield events.Notice(text=f"{key}: {line.text}")
            case wire.EndLine(problem=problem):
                self.problem = problem or self.problem
            case _:
                yield from self._of_stream(line)

    def _of_stream(self, line: wire.Line) -> Iterator[Event]:
        key = self._machine
        match line:
            case wire.BeginLine():
                yield events.SampleStarted(key=key, prompt=self._prompt, kind=line.kind, round=1)
            case wire.FirstLine():
                yield events.FirstToken(key=key, ttft_ns=line.ttft_ns)
            case wire.TextLine():
                yield events.TextReceived(
                    key=key, text=line.text, reasoning=line.reasoning, arrivals=line.arrivals, last_ns=line.last_ns
                )
            case _:
                pass

    def not_answered(self, problem: str) -> Event:
        """The end of an answer that never came; without a problem it was stopped."""
        sample = Sample(
            key=self._machine,
            alias=self._machine,
            prompt_id=self._prompt.id,
            prompt=self._prompt.text,
            status=SampleStatus.FAILED if problem else SampleStatus.CANCELLED,
            error=problem or "stopped",
        )
        return events.SampleFinished(key=self._machine, sample=sample, done_samples=1)


def _reading(rss_bytes: Mapping[str, int]) -> MemoryReading:
    """The memory of the model on each machine; that of the machines themselves is not asked for."""
    return MemoryReading(at_s=0.0, total_bytes=0, available_bytes=0, swap_used_bytes=0, rss_bytes=dict(rss_bytes))
