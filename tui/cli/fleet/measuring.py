"""What a machine of a fleet does for the desk, in a process of its own: check a plan, or measure it.

Everything goes to stdout as lines of ``bench.fleet.wire``. Stdin is a lifeline: when it ends, so does the process.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import aclosing, closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import click

from tui import paths
from tui.bench.fleet import wire
from tui.bench.fleet.planning import local_plan
from tui.bench.memory.fit import oversized_models
from tui.bench.memory.guard import Guard
from tui.bench.planning import duration
from tui.bench.planning.checks import Names, wrong_with
from tui.bench.planning.presets import with_power
from tui.bench.resuming import CannotResume, HasChanged, take_over
from tui.cli.bench.plan_file import read_named_plan, settle_plan_consent
from tui.cli.shared.options import Refused, set_up
from tui.cli.shared.servers import ServerOptions
from tui.cli.shared.session import open_session, opener_for
from tui.cli.shared.values import history_file
from tui.console import Console, ExitCode
from tui.engines.process.child_side import private_stdin
from tui.library import disk_space
from tui.library.inventory import ModelPlaces, list_models
from tui.log import log_to_file
from tui.probes import host
from tui.probes.gpu import Gpus
from tui.records import Model, ModelPace, ModelState, Plan, RunRecord, RunStatus
from tui.records.fleet.network import MachineCheck, ModelCheck
from tui.records.fleet.plan import FleetPlan, PlannedModel
from tui.store.errors import HistoryError
from tui.store.history import History, observed_loads

_ALIVE_S: Final = 1.0
_READ_BYTES: Final = 4096
_OFFERED: Final = (ModelState.AVAILABLE, ModelState.PARTIAL)


@dataclass(frozen=True, slots=True)
class Work:
    """A plan, and what it is on this machine."""

    asked: FleetPlan
    plan: Plan
    models: tuple[Model, ...]
    places: ModelPlaces


def check(ctx: click.Context, plan_file: Path, console: Console) -> int:
    """Write what this machine has of a plan."""

    def answer(send: Callable[[wire.Line], None]) -> None:
        work = read_work(ctx, plan_file, console)
        offers = list_models(work.places).models
        sizes = {
            planned.key: model.size_bytes
            for planned in work.asked.models
            if (model := offered(planned, offers)) is not None
        }
        send(wire.CheckLine(check=_check_of(work, sizes)))
        send(wire.EndLine(status=RunStatus.DONE))

    return serve(answer)


def measure(ctx: click.Context, plan_file: Path, resume: str, console: Console, *, anyway: bool) -> int:
    """Do a plan, or let the run ``resume`` go on; one that is over is told again."""

    def answer(send: Callable[[wire.Line], None]) -> None:
        work = read_work(ctx, plan_file, console)
        resumed = _resumed(work, resume, anyway=anyway) if resume else None
        if resumed is not None and resumed.status is not RunStatus.RUNNING:
            _tell_again(resumed, send)
            return
        plan = resumed.plan if resumed is not None else work.plan
        asyncio.run(_measure(work, plan, resumed, console, send))

    return serve(answer)


def serve(answer: Callable[[Callable[[wire.Line], None]], None]) -> int:
    """Give an answer line by line, with a sign of life each second; a problem is the last line."""
    log_to_file()
    lock = threading.Lock()

    def send(line: wire.Line) -> None:
        content = wire.encode(line)
        with lock:
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()

    with _signs_of_life(send):
        try:
            answer(send)
        except (Refused, HistoryError) as error:
            send(wire.EndLine(problem=str(error).rstrip(".")))
            return ExitCode.USAGE
    return ExitCode.DONE


@contextmanager
def _signs_of_life(send: Callable[[wire.Line], None]) -> Generator[None]:
    over = threading.Event()

    def beat() -> None:
        while not over.wait(_ALIVE_S):
            try:
                send(wire.AliveLine())
            except OSError:
                return

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def read_work(ctx: click.Context, plan_file: Path, console: Console) -> Work:
    """Read the plan, and make it the benchmark of this machine. Refuses what this machine's user has not agreed to."""
    asked = read_named_plan(str(plan_file))
    settle_plan_consent(asked, console, trust=False)
    aliases = tuple(model.alias for model in asked.models)
    setup = set_up(ctx, None, console, None, ServerOptions((), False, aliases, planned=asked.servers))
    plan = with_power(local_plan(asked, setup.models), setup.config.power)
    if (problem := wrong_with(plan, Names())) is not None:
        raise Refused(f"the plan {asked.id} cannot be done: {problem}")
    return Work(asked, plan, setup.models, setup.places)


def offered(planned: PlannedModel, models: Iterable[Model]) -> Model | None:
    """The build of the catalogue that a planned model is, if it can be downloaded; ``None`` if not."""
    whole = planned.model.as_it_is.key
    builds = [model for model in models if model.catalog is not None and model.state in _OFFERED]
    by_id = (model for model in builds if planned.model_id is not None and model.model_id == planned.model_id)
    return next(by_id, None) or next((model for model in builds if model.as_it_is.key == whole), None)


def _check_of(work: Work, fetch_bytes: Mapping[str, int | None]) -> MachineCheck:
    gpus = Gpus()
    reading = host.memory({})
    floor = Guard(work.asked.memory_floor_bytes, work.asked.memory_limit_bytes).floor_of(reading)
    oversized = oversized_models(work.plan, {}, reading, floor, observed_loads(history_file()))
    too_large = {one.model.key: one.fit_forecast.words for one in oversized}
    paces = _paces(work.plan)
    expected = duration.estimate(work.plan, paces)
    whole = expected is not None and expected.measured_models == len(work.plan.models)
    return MachineCheck(
        environment=host.environment(gpus),
        free_ram_bytes=reading.available_bytes,
        free_disk_bytes=disk_space.free_bytes(paths.app_data_dir()),
        models=tuple(
            ModelCheck(
                key=content.key,
                problem=content.missing,
                same_bytes=None if content.planned is None or content.here is None else not content.differs,
                fetch_bytes=fetch_bytes.get(content.key) if content.missing else None,
                will_not_fit="" if content.missing else too_large.get(content.key, ""),
            )
            for content in work.plan.contents
        ),
        expected_s=expected.seconds if expected is not None and whole else None,
    )


def _paces(plan: Plan) -> dict[str, ModelPace]:
    file = history_file()
    if not paths.exists(file):
        return {}
    with closing(History(file)) as history:
        paces = {model.key: history.pace(model.key) for model in plan.models}
    return {key: pace for key, pace in paces.items() if pace is not None}


def _resumed(work: Work, run_id: str, *, anyway: bool) -> RunRecord | None:
    """Take over the run of this machine; one that is over comes as it is, and ``None`` if there is none."""
    with closing(History(history_file())) as history:
        try:
            before = history.run(run_id)
        except HistoryError:
            return None
        if before.plan.plan_id != work.asked.id:
            raise Refused(f"the run {run_id} is of another plan.")
        if before.status is RunStatus.DONE:
            return before
        try:
            return take_over(history, run_id, work.models, anyway=anyway)
        except HasChanged as error:
            raise Refused(f"{error}; --anyway resumes it all the same.") from error
        except CannotResume as error:
            raise Refused(f"{error}.") from error


def _tell_again(run: RunRecord, send: Callable[[wire.Line], None]) -> None:
    samples = len(run.samples)
    send(wire.RunLine(run=wire.portable(run), total=samples, done=samples))
    for load in run.loads:
        send(wire.LoadLine(load=load, earlier=True))
    for sample in run.samples:
        send(wire.SampleLine(sample=sample, earlier=True))
    send(wire.EndLine(status=run.status, finished_at=run.finished_at))


async def _measure(
    work: Work, plan: Plan, resumed: RunRecord | None, console: Console, send: Callable[[wire.Line], None]
) -> None:
    opener = opener_for(work.models, work.asked.memory_floor_bytes, work.asked.memory_limit_bytes)
    loop = asyncio.get_running_loop()
    async with open_session(console, opener) as session, aclosing(session.play(plan, resumed)) as events:
        end = partial(loop.call_soon_threadsafe, session.stop)
        threading.Thread(target=wait_for_end_of_stdin, args=(end,), daemon=True).start()
        async for event in events:
            for line in wire.lines_of(event):
                try:
                    send(line)
                except OSError:
                    session.stop()


def wait_for_end_of_stdin(end: Callable[[], object]) -> None:
    """Call ``end`` once the desk has closed the stdin of this process."""
    # The buffer of stdin would be locked by this thread when the process ends.
    with suppress(OSError):
        stdin = private_stdin()
        while os.read(stdin, _READ_BYTES):
            pass
    # The loop may have ended.
    with suppress(RuntimeError):
        end()
