"""The pool of models that are loaded now, each in a child process of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from tui.bench.memory.guard import Growth, Guard, MemoryReturn
from tui.engines import registry
from tui.engines.contract import Engine, ServerWait, TellsWaits
from tui.probes import host
from tui.probes.sampler import Sampler
from tui.records import GpuReading, Load, MemoryReading, Model

RETURN_LIMIT_S: Final = 1.0
"""The seconds that the system is given to take back the memory of a process that has ended."""
_RETURN_LOOKS: Final = 10
"""How often the memory is looked at meanwhile."""
RETURNED_BYTES: Final = 16 * 1024**2
"""The difference of memory in use that other activity on a machine makes at any time."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """The engine of a loaded model, with the record of its load."""

    engine: Engine
    load: Load


class ModelPool:
    """Holds the loaded models by key, loads and unloads them, and has the sampler follow their memory.

    If the guard decides so, a model is ended in the thread of the sampler at once.
    """

    def __init__(
        self,
        start: Callable[[Model], Engine] = registry.start,
        sampler: Sampler | None = None,
        guard: Guard | None = None,
    ) -> None:
        self._start = start
        self._loaded: dict[str, LoadedModel] = {}
        self._running: dict[str, Engine] = {}
        self._held_before: dict[str, int] = {}
        self._vram_before: dict[str, dict[int, int]] = {}
        """The VRAM of each GPU that belonged to no process before the model was started."""
        self._answers: dict[str, asyncio.Timeout] = {}
        self._remote: set[str] = set()
        """The keys of models on servers, which are never ended for their memory."""
        self.sampler = sampler
        self.guard = guard or Guard()
        self.on_wait: Callable[[str, ServerWait], None] | None = None
        """Called with the key of a model whose server loads it, and what ``TellsWaits`` tells."""
        self._memory_return = MemoryReturn()
        self._growth = Growth()
        if sampler is not None:
            sampler.on_reading = self._watch_over

    @property
    def loaded(self) -> tuple[str, ...]:
        """The keys of the models that can take a request, without those whose process has ended."""
        return tuple(key for key, loaded_model in self._loaded.items() if loaded_model.engine.alive)

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of all known processes that work for the models; any other busy process disturbs a measurement."""
        return self._with_trees(pid for engine in self._running.values() for pid in engine.pids)

    @property
    def server_pids(self) -> tuple[int, ...]:
        """The ids of those of them that belong to servers on this machine, as far as they are known."""
        remote = (engine.pid for key, engine in self._running.items() if key in self._remote)
        return self._with_trees(pid for pid in remote if pid is not None)

    def _with_trees(self, pids: Iterable[int]) -> tuple[int, ...]:
        roots, sampler = dict.fromkeys(pids), self.sampler
        if sampler is None:
            return tuple(roots)
        return tuple(dict.fromkeys(child_pid for pid in roots for child_pid in sampler.tree(pid)))

    def find(self, key: str) -> LoadedModel | None:
        """Return the loaded model of a key, or ``None`` if there is none or its process has ended."""
        loaded_model = self._loaded.get(key)
        return loaded_model if loaded_model is not None and loaded_model.engine.alive else None

    def update_load(self, load: Load) -> None:
        """Replace the record of a load by one that has more of its fields."""
        loaded_model = self._loaded.get(load.key)
        if loaded_model is not None:
            self._loaded[load.key] = replace(loaded_model, load=load)

    async def load(self, model: Model, timeout_s: float, launch: int = 1) -> LoadedModel:
        """Load a model in a fresh process, ending an earlier one of the same key.

        Raises:
            EngineDied: the load failed; nothing of the attempt stays behind.
        """
        await self.unload(model.key)
        if model.traits.has_memory:
            held = await asyncio.to_thread(host.unowned_bytes)
            if held is not None:
                self._held_before[model.key] = held
            self._vram_before[model.key] = _unowned_vram(self._gpus)
        else:
            self._remote.add(model.key)
        engine = self._start(model)
        self._running[model.key] = engine
        if isinstance(engine, TellsWaits):
            engine.follow_waits(partial(self._tell_wait, model.key))
        loading = asyncio.create_task(engine.load(timeout_s))
        # The first step of the task starts the process; it is watched from then on, so that its growth is recorded.
        asyncio.get_running_loop().call_soon(self._watch, model.key, engine)
        try:
            loaded = await loading
            # The process of a server is not known before this moment.
            self._watch(model.key, engine)
        except BaseException:
            self._forget(model.key)
            raise
        load = Load(
            key=model.key,
            launch=launch,
            load_ns=loaded.load_ns,
            process_start_ns=loaded.process_start_ns,
            provider_ns=loaded.provider_ns,
            threads=loaded.threads,
            pid=engine.pid,
            peak_rss_bytes=loaded.peak_rss_bytes,
            round_trip_ns=loaded.round_trip_ns,
        )
        self._loaded[model.key] = loaded_model = LoadedModel(engine, load)
        return loaded_model

    def _tell_wait(self, key: str, wait: ServerWait) -> None:
        if self.on_wait is not None:
            self.on_wait(key, wait)

    async def unload(self, key: str, *, in_haste: bool = False) -> Load | None:
        """End the process of a model and return its load, or ``None`` if it was not loaded.

        Unless ``in_haste``, the load has the memory that did not return, which may take a second to find out.
        """
        loaded_model = self._loaded.pop(key, None)
        if loaded_model is None:
            return None
        before_bytes = self._held_before.get(key)
        # Only a driver that has listed the model's process tells whether its memory is back.
        vram_before = self._vram_before.get(key) if _vram_of(key, self._gpus) else None
        # A cancelled caller must not leave a process or a folder behind, so the end is shielded from it.
        await asyncio.shield(self._end(key, loaded_model.engine))
        if in_haste or before_bytes is None:
            return loaded_model.load
        left_bytes = await self._left(before_bytes)
        if vram_before:
            left_bytes = max(0, left_bytes) + await self._vram_left(vram_before)
        return replace(loaded_model.load, left_bytes=left_bytes)

    async def _end(self, key: str, engine: Engine) -> None:
        try:
            await engine.close()
        finally:
            # The model may have been loaded again in the meantime.
            if self._running.get(key) is engine:
                self._forget(key)

    async def close(self) -> None:
        """End all processes in order."""
        await asyncio.gather(*(self.unload(key, in_haste=True) for key in list(self._loaded)))

    def begin_answer(self, key: str) -> asyncio.Timeout:
        """Make the scope for an answer of this model, which ``stop_answer`` ends with a ``TimeoutError``."""
        scope = self._answers[key] = asyncio.timeout(None)
        return scope

    def end_answer(self, key: str) -> None:
        """Forget the scope of an answer that has ended."""
        self._answers.pop(key, None)

    def stop_answer(self, key: str) -> bool:
        """End the answer that a model is giving to a question, and no other; false if it is giving none."""
        scope = self._answers.get(key)
        if scope is not None:
            scope.reschedule(asyncio.get_running_loop().time())
        return scope is not None

    def kill_all(self) -> None:
        """End all processes at once, without waiting for them, if the app itself must end now."""
        for engine in list(self._running.values()):
            engine.kill()

    async def _left(self, before_bytes: int) -> int:
        """Compute how much more memory belongs to no process than before, after a moment for the system to free it."""
        lowest = await self._held(before_bytes)
        # Looks are counted, since time in which this process itself was held up gives the system no chance.
        for _ in range(_RETURN_LOOKS):
            if lowest - before_bytes <= RETURNED_BYTES:
                break
            await asyncio.sleep(RETURN_LIMIT_S / _RETURN_LOOKS)
            lowest = min(lowest, await self._held(before_bytes))
        return lowest - before_bytes

    async def _vram_left(self, before: Mapping[int, int]) -> int:
        """Compute how much more VRAM belongs to no process than before; 0 if the GPUs are not read any more.

        The GPUs are read at an interval, and the first reading after the end may be from its middle.
        """
        last, left_bytes = self._gpus, None
        end_s = time.monotonic() + RETURN_LIMIT_S + 2 * (self.sampler.interval_s if self.sampler else 0)
        while (left_bytes is None or left_bytes > RETURNED_BYTES) and time.monotonic() < end_s:
            await asyncio.sleep(RETURN_LIMIT_S / _RETURN_LOOKS)
            if self._gpus is not last:
                last = self._gpus
                grown = sum(held - before[gpu] for gpu, held in _unowned_vram(last).items() if gpu in before)
                left_bytes = grown if left_bytes is None else min(grown, left_bytes)
        return max(0, left_bytes or 0)

    @property
    def _gpus(self) -> tuple[GpuReading, ...]:
        return () if self.sampler is None else self.sampler.gpus

    async def _held(self, before_bytes: int) -> int:
        held = await asyncio.to_thread(host.unowned_bytes)
        return before_bytes if held is None else held

    def _watch(self, key: str, engine: Engine) -> None:
        if self.sampler is not None and engine.pid is not None:
            self.sampler.watch(key, engine.pid)

    def settle(self, key: str) -> None:
        """Have the sampler read a model less often: after its first answer its memory grows no more."""
        if self.sampler is not None:
            self.sampler.settle(key)

    def _forget(self, key: str) -> None:
        self._running.pop(key, None)
        self._held_before.pop(key, None)
        self._vram_before.pop(key, None)
        self._remote.discard(key)
        if self.sampler is not None:
            self.sampler.unwatch(key)

    def _watch_over(self, reading: MemoryReading) -> None:
        """End the model that the guard decides to end; called in the thread of the sampler for each reading."""
        ours = {key: rss_bytes for key, rss_bytes in reading.rss_bytes.items() if key not in self._remote}
        reading = replace(reading, rss_bytes=ours)
        returning = self._memory_return.goes_on(reading, self.guard.floor_of(reading))
        grown = self._growth.most_grown(reading)
        decision = self.guard.model_to_end(
            reading, lambda: tuple(reversed(list(self._running))), returning=returning, grown=grown
        )
        if decision is not None:
            key, cause = decision
            engine = self._running.get(key)
            if engine is not None and engine.alive:
                engine.kill(cause)
                self._memory_return.begin(key, reading)


def _unowned_vram(gpus: Sequence[GpuReading]) -> dict[int, int]:
    """The VRAM of each GPU that belongs to no process, by the GPU's index, as far as it is reported."""
    return {gpu.index: gpu.unowned_bytes for gpu in gpus if gpu.unowned_bytes is not None}


def _vram_of(key: str, gpus: Sequence[GpuReading]) -> int:
    """The VRAM of a model on all GPUs, as far as it is reported."""
    return sum(gpu.process_bytes.get(key) or 0 for gpu in gpus)
