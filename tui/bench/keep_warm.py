"""Keeps loaded models warm: a light request now and then, never while something is measured."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from tui.bench.events import Event, KeptWarm
from tui.bench.model_pool import ModelPool
from tui.engines.contract import EngineError, Request

DEFAULT_EVERY_S: Final = 120.0
"""How often a model is asked that nothing else is said of."""
TICK_S: Final = 0.5
SILENCE_S: Final = 60.0
LIGHT_REQUEST: Final = Request(prompt="Hi", max_tokens=1)


class KeepWarm:
    """The models to keep warm, by key, and how often each is asked."""

    def __init__(self, pool: ModelPool, every_s: Mapping[str, float], emit: Callable[[Event], None]) -> None:
        self._pool = pool
        self._every_s = dict(every_s)
        self._emit = emit
        self._used_s: dict[str, float] = {}
        self._quiet = asyncio.Lock()

    def every_s(self, key: str) -> float | None:
        """How often this model is asked; ``None`` when it is not kept warm."""
        return self._every_s.get(key)

    def toggle(self, key: str) -> bool:
        """Keep this model warm from now on, or no longer; says which."""
        if self._every_s.pop(key, None) is None:
            self._every_s[key] = DEFAULT_EVERY_S
        self._emit(KeptWarm(key=key, every_s=self._every_s.get(key)))
        return key in self._every_s

    def rename(self, before: str, after: str) -> None:
        """The model goes by another key from now on."""
        every_s = self._every_s.pop(before, None)
        if every_s is not None:
            self._every_s[after] = every_s
            self._emit(KeptWarm(key=after, every_s=every_s))

    @asynccontextmanager
    async def paused(self) -> AsyncGenerator[None, None]:
        """A time without light requests: it begins when one that is under way has ended."""
        async with self._quiet:
            yield
        self._used_s = dict.fromkeys(self._pool.loaded, time.monotonic())

    async def follow(self) -> None:
        """Ask what is due, until cancelled."""
        while True:
            await asyncio.sleep(TICK_S)
            for key in self._due(time.monotonic()):
                if not self._quiet.locked():
                    async with self._quiet:
                        await self._ask(key)

    def _due(self, now_s: float) -> list[str]:
        loaded = set(self._pool.loaded)
        for key in loaded & set(self._every_s):
            self._used_s.setdefault(key, now_s)
        return [key for key, every_s in self._every_s.items() if key in loaded and now_s - self._used_s[key] >= every_s]

    async def _ask(self, key: str) -> None:
        loaded_model = self._pool.find(key)
        if loaded_model is None:
            return
        # A model that has died shows in the pool; there is nothing more to say here.
        with contextlib.suppress(EngineError):
            async with contextlib.aclosing(loaded_model.engine.generate(LIGHT_REQUEST, SILENCE_S)) as answer:
                async for _ in answer:
                    pass
        self._used_s[key] = time.monotonic()
