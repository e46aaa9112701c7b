"""Measure the streams of the self-test by a real run, with the plan, runner, engine and recorder of every benchmark."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tui.bench import runner
from tui.bench.events import ModelDied, SampleFinished
from tui.bench.model_pool import ModelPool
from tui.bench.selftest.cases import Case, Transport
from tui.bench.selftest.evaluation import CaseReading, case_reading
from tui.bench.selftest.playback import case_of, play_id, read_playbacks
from tui.engines import registry
from tui.engines.contract import Engine
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.process.child_process import python_command
from tui.engines.process.environment import child_environment
from tui.probes.sampler import Sampler
from tui.records import Endpoint, Method, Model, ModelState, Plan, Prompt, Sample, SampleKind
from tui.records.engine_traits import ENDPOINT
from tui.system.processes import NO_WINDOW

SILENCE_S: Final = 30.0
_LOAD_S: Final = 120.0
_NAME: Final = "known-truth"

Report = Callable[[int, int], None]
"""Receives the number of finished streams and the number of all streams."""


class SelftestError(Exception):
    """The self-test itself cannot be done; the message is one sentence."""


def schedule(cases: Sequence[Case], times: int) -> tuple[Prompt, ...]:
    """One prompt for each repetition of each case; the cases take turns."""
    plays = (play_id(case, number) for number in range(1, times + 1) for case in cases)
    return tuple(Prompt(id=play, text=play) for play in plays)


def wire_model(name: str = _NAME) -> Model:
    """A model whose child process plays the cases. Its folder is never read."""
    return Model(alias=name, folder=Path("unused"), state=ModelState.READY)


def server_model(url: str, name: str = _NAME) -> Model:
    """A model of the reference server at this address."""
    endpoint = Endpoint(name="selftest", url=url)
    return Model(alias=name, engine=ENDPOINT, model_id=name, endpoint=endpoint, state=ModelState.READY)


def engine_starter(folder: Path) -> Callable[[Model], Engine]:
    """A function that starts the engine of a model of either transport.

    Each child process logs what it plays to a file of its own in the folder.
    """

    def engine(model: Model) -> Engine:
        if model.traits.is_remote:
            return registry.start(model)
        command = (*python_command("tui.bench.selftest.child"), str(truth_file(folder, model.alias)))
        return FoundryEngine(model, command)

    return engine


def truth_file(folder: Path, name: str) -> Path:
    return folder / f"{name}.jsonl"


@dataclass(frozen=True, slots=True)
class RunningServer:
    """The reference server while it runs."""

    url: str
    process: subprocess.Popen[bytes]

    async def wait(self) -> None:
        """Wait until the server ends, whoever ends it."""
        assert self.process.stdout is not None
        # It writes nothing after its address, so this is the end of its output.
        await asyncio.to_thread(self.process.stdout.read)


@asynccontextmanager
async def reference_server(file: Path | None = None, case: str = "") -> AsyncGenerator[RunningServer, None]:
    """Run the reference server in a process of its own, and yield it.

    Raises:
        SelftestError: the server does not start.
    """
    process = _start_server(str(file or ""), case)
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        url = (await asyncio.to_thread(process.stdout.readline)).decode().strip()
        if not url:
            raise SelftestError("the server of known truth does not start on this machine")
        yield RunningServer(url, process)
    finally:
        process.stdin.close()
        await asyncio.to_thread(process.wait)
        process.stdout.close()


def _start_server(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        (*python_command("tui.bench.selftest.server"), *arguments),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=child_environment(),
        start_new_session=True,
        creationflags=NO_WINDOW,
    )


async def measure(transport: Transport, prompts: Sequence[Prompt], folder: Path, report: Report) -> list[CaseReading]:
    """Play every prompt on one transport and measure it, reporting the progress after each.

    Raises:
        SelftestError: a stream could not be played.
    """
    if transport is Transport.WIRE:
        samples = await _run(wire_model(), prompts, folder, report)
        return paired_readings(transport, samples, [truth_file(folder, _NAME)])
    file = truth_file(folder, "server")
    async with reference_server(file) as server:
        samples = await _run(server_model(server.url), prompts, folder, report)
    return paired_readings(transport, samples, [file])


async def _run(model: Model, prompts: Sequence[Prompt], folder: Path, report: Report) -> list[Sample]:
    plan = Plan(
        models=(model,),
        prompts=tuple(prompts),
        method=Method(rounds=1, warmup=0),
        load_timeout_s=_LOAD_S,
        silence_timeout_s=SILENCE_S,
    )
    sampler = Sampler()
    pool = ModelPool(engine_starter(folder), sampler=sampler)
    samples: list[Sample] = []
    sampler.start()
    try:
        run = runner.run(plan, pool=pool, history=None, stop=asyncio.Event())
        async with aclosing(run) as events:
            async for event in events:
                if isinstance(event, SampleFinished):
                    samples.append(event.sample)
                    report(event.done_samples, len(prompts) + 1)
                elif isinstance(event, ModelDied):
                    raise SelftestError(f"the player ended: {event.cause}")
    finally:
        await pool.close()
        sampler.close()
    return samples


def paired_readings(transport: Transport, samples: Iterable[Sample], files: Sequence[Path]) -> list[CaseReading]:
    """Pair each warm sample with the log of what was played for it.

    Raises:
        SelftestError: a sample has no counterpart.
    """
    playbacks = {(playback.model, playback.play): playback for playback in read_playbacks(files)}
    readings: list[CaseReading] = []
    for sample in samples:
        case = case_of(sample.prompt)
        if sample.kind is SampleKind.COLD or case is None:
            continue
        playback = playbacks.get((sample.alias, sample.prompt))
        if playback is None:
            raise SelftestError(f"{sample.prompt} was not played: {sample.error or 'nobody says why'}")
        readings.append(case_reading(case, transport, playback, sample))
    if not readings:
        raise SelftestError("nothing was measured: the players did not start")
    return readings
