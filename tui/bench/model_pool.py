"""The models that are loaded now, each in a child process of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from tui.bench.memory.guard import Guard
from tui.engines import registry
from tui.engines.contract import Engine
from tui.probes import host
from tui.probes.sampler import Sampler
from tui.records import Load, MemoryReading, Model

RETURN_LIMIT_S: Final = 1.0
"""How long the memory of a process that has ended may take to come back."""
RETURNED_BYTES: Final = 16 * 1024**2
"""What is always coming and going on a machine."""


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A loaded model and how it was loaded."""

    engine: Engine
    load: Load


class ModelPool:
    """Holds the loaded models by key, and tells the sampler whose memory to follow."""

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
        self._remote: set[str] = set()
        """Models of servers: their memory is not ours to free."""
        self.sampler = sampler
        self.guard = guard or Guard()
        if sampler is not None:
            sampler.on_reading = self._watch_over

    @property
    def loaded(self) -> tuple[str, ...]:
        """Keys of the models that can take a request; one whose process has ended is not among them."""
        return tuple(key for key, seat in self._loaded.items() if seat.engine.alive)

    @property
    def pids(self) -> tuple[int, ...]:
        """Every process that works for the models, as far as it is known: what else is busy disturbs them."""
        roots = dict.fromkeys(pid for engine in self._running.values() for pid in engine.pids)
        return tuple(roots) if self.sampler is None else tuple(each for pid in roots for each in self.sampler.tree(pid))

    def find(self, key: str) -> LoadedModel | None:
        """The loaded model of this key, if its process lives."""
        loaded_model = self._loaded.get(key)
        return loaded_model if loaded_model is not None and loaded_model.engine.alive else None

    def update_load(self, load: Load) -> None:
        """Put in what has become known of a load since."""
        seat = self._loaded.get(load.key)
        if seat is not None:
            self._loaded[load.key] = replace(seat, load=load)

    async def load(self, model: Model, timeout_s: float, launch: int = 1) -> LoadedModel:
        """Load a model in a fresh process, ending an earlier one of the same key.

        Raises:
            EngineDied: with the verdict; nothing of the attempt stays behind.
        """
        await self.unload(model.key)
        if model.traits.has_memory:
            self._held_before[model.key] = await asyncio.to_thread(host.unowned_bytes)
        else:
            self._remote.add(model.key)
        engine = self._start(model)
        self._running[model.key] = engine
        loading = asyncio.create_task(engine.load(timeout_s))
        # The task's first step starts the process: its growth is to be seen while it loads.
        asyncio.get_running_loop().call_soon(self._watch, model.key, engine)
        try:
            loaded = await loading
            # Of a server, which process it is becomes known only now.
            self._watch(model.key, engine)
        except BaseException:
            self._forget(model.key)
            raise
        load = Load(
            key=model.key,
            launch=launch,
            load_ns=loaded.load_ns,
            process_start_ns=loaded.process_start_ns,
            pid=engine.pid,
            peak_rss_bytes=loaded.peak_rss_bytes,
            round_trip_ns=loaded.round_trip_ns,
        )
        self._loaded[model.key] = loaded_model = LoadedModel(engine, load)
        return loaded_model

    async def unload(self, key: str, *, in_haste: bool = False) -> Load | None:
        """End a model's process, and give its load; ``None`` when there was none.

        Unless ``in_haste`` it has what of its memory is not back, which may take a second to find out.
        """
        loaded_model = self._loaded.pop(key, None)
        if loaded_model is None:
            return None
        before_bytes = self._held_before.get(key)
        # Shielded: whoever is cancelled while this waits must not leave a process or a folder behind.
        await asyncio.shield(self._end(key, loaded_model.engine))
        if in_haste or before_bytes is None:
            return loaded_model.load
        return replace(loaded_model.load, left_bytes=await self._left(before_bytes))

    async def _end(self, key: str, engine: Engine) -> None:
        try:
            await engine.close()
        finally:
            # Meanwhile the model may have been loaded again.
            if self._running.get(key) is engine:
                self._forget(key)

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(self.unload(key, in_haste=True) for key in list(self._loaded)))

    def kill_all(self) -> None:
        """End every process at once, without waiting: for an end that leaves no time."""
        for engine in list(self._running.values()):
            engine.kill()

    async def _left(self, before_bytes: int) -> int:
        """What more is held by no process than before; the system is given a moment to take its pages back."""
        end_s = time.monotonic() + RETURN_LIMIT_S
        lowest = await asyncio.to_thread(host.unowned_bytes)
        while lowest - before_bytes > RETURNED_BYTES and time.monotonic() < end_s:
            await asyncio.sleep(RETURN_LIMIT_S / 10)
            lowest = min(lowest, await asyncio.to_thread(host.unowned_bytes))
        return lowest - before_bytes

    def _watch(self, key: str, engine: Engine) -> None:
        if self.sampler is not None and engine.pid is not None:
            self.sampler.watch(key, engine.pid)

    def settle(self, key: str) -> None:
        """The model has answered once: its memory grows no more."""
        if self.sampler is not None:
            self.sampler.settle(key)

    def _forget(self, key: str) -> None:
        self._running.pop(key, None)
        self._held_before.pop(key, None)
        self._remote.discard(key)
        if self.sampler is not None:
            self.sampler.unwatch(key)

    def _watch_over(self, reading: MemoryReading) -> None:
        """In the sampler's thread: end what the guard condemns, at once."""
        ours = {key: held for key, held in reading.rss_bytes.items() if key not in self._remote}
        reading = replace(reading, rss_bytes=ours)
        condemned = self.guard.model_to_end(reading, lambda: tuple(reversed(list(self._running))))
        if condemned is not None:
            key, verdict = condemned
            engine = self._running.get(key)
            if engine is not None and engine.alive:
                engine.kill(verdict)
