"""Do one plan on many machines at once, each at its own pace; a machine that is lost comes back and goes on."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from tui import __version__
from tui.bench.fleet import wire
from tui.bench.fleet.mirror import Mirror, NotAccepted
from tui.bench.fleet.network.client import FleetClient, FleetClosed, MachineLeft
from tui.bench.fleet.network.tasks import Request
from tui.probes import host
from tui.records import RunRecord, RunStatus
from tui.records.fleet.network import MachineCheck, MachineHere
from tui.records.fleet.plan import FleetPlan
from tui.store.history import History

CHECK_S: Final = 600.0
"""How long a machine may take to look at its models; a large one is read whole for its hash."""
RETURN_S: Final = 30.0
"""How long the desk waits for lost machines to come back after all others are done."""
_POLL_S: Final = 0.5
_NO_SIGN_S: Final = 15.0


class MachineState(StrEnum):
    """How a machine stands in a run of the fleet."""

    WAITING = "waiting"
    AT_WORK = "at work"
    LOST = "lost"
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"


@dataclass(kw_only=True)
class MachineProgress:
    """How far one machine is."""

    name: str
    group: str = ""
    state: MachineState = MachineState.WAITING
    total: int = 0
    done: int = 0
    doing: str = ""
    reason: str = ""
    """Why it is lost or has failed."""
    notices: list[str] = field(default_factory=list[str])
    run: RunRecord | None = None
    _first: tuple[float, int] | None = None

    @property
    def is_done(self) -> bool:
        """Whether all of the plan was done."""
        return self.state is MachineState.DONE

    def count(self, done: int) -> None:
        """Note that so many samples are done."""
        self.done = max(self.done, done)
        if self._first is None:
            self._first = time.monotonic(), self.done

    @property
    def left_s(self) -> float | None:
        """How long it will still take, by the pace so far; ``None`` before there is one."""
        if self._first is None or self.done <= self._first[1] or self.state is not MachineState.AT_WORK:
            return None
        since_s, at_first = self._first
        return (time.monotonic() - since_s) / (self.done - at_first) * max(0, self.total - self.done)

    def begin_again(self) -> None:
        """Forget the pace, after a time in which nothing was done."""
        self._first = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a machine has said about a plan, or why it said nothing."""

    name: str
    check: MachineCheck | None = None
    problem: str = ""


def why_not(machine: MachineHere | None, *, anyway: bool = False) -> str:
    """Say why a machine of the fleet can be asked for nothing now; empty if it can."""
    if machine is None:
        return "it is not here; start benchtop fleet join there"
    if machine.seen_s > _NO_SIGN_S:
        return f"it has given no sign of life for {machine.seen_s:.0f} s"
    if machine.protocol != wire.PROTOCOL:
        return f"its Benchtop {machine.benchtop} is of another kind than this desk's {__version__}; install the same"
    if machine.benchtop != __version__ and not anyway:
        return f"it has Benchtop {machine.benchtop}, this desk {__version__}; install the same, or add --anyway"
    if machine.busy:
        return "it is at work for this desk already"
    return ""


async def check_machines(
    client: FleetClient, names: Sequence[str], plan_text: str, stop: asyncio.Event
) -> AsyncGenerator[Checked]:
    """Ask machines, all at once, what they have of a plan; each answer comes when it is there."""
    tasks = [asyncio.create_task(_check(client, name, plan_text, stop)) for name in names]
    try:
        for task in asyncio.as_completed(tasks):
            yield await task
    finally:
        await _end(tasks)


async def _check(client: FleetClient, name: str, plan_text: str, stop: asyncio.Event) -> Checked:
    found: MachineCheck | None = None
    request = Request(command="check", plan=plan_text)
    try:
        async with asyncio.timeout(CHECK_S), contextlib.aclosing(client.lines(name, request, stop)) as lines:
            async for line in lines:
                if isinstance(line, wire.CheckLine):
                    found = line.check
                elif isinstance(line, wire.EndLine) and line.problem:
                    return Checked(name=name, problem=line.problem)
    except TimeoutError:
        return Checked(name=name, problem=f"it has not answered in {CHECK_S:.0f} s")
    except (MachineLeft, FleetClosed) as error:
        return Checked(name=name, problem=str(error))
    return Checked(name=name, check=found, problem="" if found is not None else "it gave no answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What one machine is to do."""

    name: str
    group: str = ""
    resume: str = ""
    """The run of the machine that goes on; empty for a new one."""


class FleetRun:
    """The run of one plan on several machines."""

    def __init__(
        self, client: FleetClient, history: History, plan: FleetPlan, plan_text: str, *, anyway: bool = False
    ) -> None:
        self._client, self._history = client, history
        self._plan, self._plan_text = plan, plan_text
        self._arguments = ("--anyway",) if anyway else ()
        self._stop = asyncio.Event()
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._mirrors: dict[str, Mirror] = {}
        self._at_work = 0
        self._last_work_s = 0.0
        self.machines: dict[str, MachineProgress] = {}

    def stop(self) -> None:
        """Have all machines end what they do; what is finished stays."""
        self._stop.set()

    async def run(self, assignments: Sequence[Assignment]) -> AsyncGenerator[Mapping[str, MachineProgress]]:
        """Do the plan, and yield how far all machines are, some times a second, and once more at the end."""
        for one in assignments:
            self.machines[one.name] = MachineProgress(name=one.name, group=one.group)
            self._mirrors[one.name] = Mirror(self._history, self._plan, one.name)
        self._at_work = len(assignments)
        tasks = [asyncio.create_task(self._do(one)) for one in assignments]
        beaten_s = time.monotonic()
        try:
            while True:
                done, pending = await asyncio.wait(tasks, timeout=_POLL_S)
                for task in done:
                    task.result()
                yield self.machines
                if not pending:
                    return
                if time.monotonic() - beaten_s > host.BEAT_S:
                    beaten_s = time.monotonic()
                    for mirror in self._mirrors.values():
                        mirror.beat()
        finally:
            await _end(tasks)
            for name, mirror in self._mirrors.items():
                mirror.close(RunStatus.STOPPED)
                self.machines[name].run = mirror.run

    @property
    def trouble(self) -> str:
        """Why the history lacks something of the run; empty if it has all of it."""
        return next((mirror.trouble for mirror in self._mirrors.values() if mirror.trouble), "")

    async def _do(self, one: Assignment) -> None:
        """Have one machine do the plan; each time it is lost and comes back, its run goes on."""
        progress, mirror = self.machines[one.name], self._mirrors[one.name]
        resume = one.resume
        try:
            while True:
                # A machine without a group has turns of its own.
                async with self._turns[one.group or f"\0{one.name}"]:
                    if self._stop.is_set():
                        _note_stop(progress)
                        return
                    lost = await self._attempt(one.name, resume, progress, mirror)
                resume = mirror.run_id or resume
                if not lost or not await self._comes_back(one.name, progress):
                    return
        finally:
            self._note_end()

    async def _attempt(self, name: str, resume: str, progress: MachineProgress, mirror: Mirror) -> bool:
        """Have the machine begin or go on, and follow it to its end; return whether it was lost."""
        progress.state, progress.reason, progress.doing = MachineState.AT_WORK, "", ""
        progress.begin_again()
        request = Request(command="measure", plan=self._plan_text, resume=resume, arguments=self._arguments)
        try:
            async with contextlib.aclosing(self._client.lines(name, request, self._stop)) as lines:
                async for line in lines:
                    mirror.take(line, resume)
                    _follow(progress, line)
        except NotAccepted as error:
            mirror.close(RunStatus.STOPPED)
            progress.state, progress.reason = MachineState.FAILED, f"its answer cannot be used: {error}"
        except FleetClosed as error:
            progress.state, progress.reason = MachineState.FAILED, str(error)
        except MachineLeft as error:
            if self._stop.is_set():
                _note_stop(progress)
                return False
            progress.state, progress.reason = MachineState.LOST, str(error)
            return True
        if self._stop.is_set() and not progress.is_done:
            _note_stop(progress)
        return False

    async def _comes_back(self, name: str, progress: MachineProgress) -> bool:
        """Wait for a lost machine: as long as others are at work, and some seconds more."""
        self._note_end()
        while not self._stop.is_set():
            if name in self._client.machines:
                self._at_work += 1
                return True
            if self._at_work <= 0 and time.monotonic() - self._last_work_s > RETURN_S:
                self._at_work += 1
                return False
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), _POLL_S)
        self._at_work += 1
        _note_stop(progress)
        return False

    def _note_end(self) -> None:
        self._at_work -= 1
        self._last_work_s = time.monotonic()


def _follow(progress: MachineProgress, line: wire.Line) -> None:
    match line:
        case wire.RunLine():
            progress.total, progress.done = line.total, line.done
            progress.count(line.done)
        case wire.TotalLine():
            progress.total = line.total
        case wire.SampleLine(earlier=False):
            progress.count(line.done)
        case wire.LoadLine(earlier=False):
            progress.count(progress.done + line.skipped)
            if line.load.verdict is not None:
                progress.notices.append(f"{line.load.key}: {line.load.verdict}")
        case wire.StepLine():
            progress.doing = line.text
        case wire.NoticeLine():
            progress.notices.append(line.text)
        case wire.EndLine():
            _finish(progress, line)
        case _:
            pass


def _note_stop(progress: MachineProgress) -> None:
    progress.state, progress.reason = MachineState.STOPPED, "the desk ended it before all was measured"


def _finish(progress: MachineProgress, line: wire.EndLine) -> None:
    progress.doing = ""
    if line.problem:
        progress.state, progress.reason = MachineState.FAILED, line.problem
    elif line.status is RunStatus.DONE:
        progress.state = MachineState.DONE
    else:
        progress.state, progress.reason = MachineState.FAILED, "it was stopped on the machine"


async def _end(tasks: Sequence[asyncio.Task[object]] | Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
