"""Keep loaded models warm by light requests, which are never sent while something is measured."""

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
"""The seconds between two requests, unless the configuration says otherwise for a model."""
TICK_S: Final = 0.5
"""The seconds between two looks at which models are due."""
SILENCE_S: Final = 60.0
"""The seconds without an answer after which a light request is given up."""
LIGHT_REQUEST: Final = Request(prompt="Hi", max_tokens=1)


class KeepWarm:
    """Sends light requests to the models that are to be kept warm, each at its own interval."""

    def __init__(self, pool: ModelPool, every_s: Mapping[str, float], emit: Callable[[Event], None]) -> None:
        self._pool = pool
        self._every_s = dict(every_s)
        self._emit = emit
        self._used_s: dict[str, float] = {}
        self._quiet = asyncio.Lock()

    def every_s(self, key: str) -> float | None:
        """Return the seconds between two requests to a model; ``None`` if it is not kept warm."""
        return self._every_s.get(key)

    def toggle(self, key: str) -> bool:
        """Begin or end keeping a model warm, and return whether it is kept warm from now on."""
        if self._every_s.pop(key, None) is None:
            self._every_s[key] = DEFAULT_EVERY_S
        self._emit(KeptWarm(key=key, every_s=self._every_s.get(key)))
        return key in self._every_s

    def rename(self, before: str, after: str) -> None:
        """Keep the interval of a model whose key has changed, for example by a limit of its context."""
        every_s = self._every_s.pop(before, None)
        if every_s is not None:
            self._every_s[after] = every_s
            self._emit(KeptWarm(key=after, every_s=every_s))

    @asynccontextmanager
    async def paused(self) -> AsyncGenerator[None, None]:
        """Send no light requests within this context, which begins when a request in flight has ended."""
        async with self._quiet:
            yield
        self._used_s = dict.fromkeys(self._pool.loaded, time.monotonic())

    async def follow(self) -> None:
        """Send the requests that are due, until cancelled."""
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
        # The pool shows that a model has died, so an error needs no message here.
        with contextlib.suppress(EngineError):
            async with contextlib.aclosing(loaded_model.engine.generate(LIGHT_REQUEST, SILENCE_S)) as answer:
                async for _ in answer:
                    pass
        self._used_s[key] = time.monotonic()
