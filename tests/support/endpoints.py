"""Models behind a server for tests, and requests to them as the runner records them."""

from __future__ import annotations

import contextlib

from tui.bench.recorder import Recorder
from tui.engines.contract import Completed, Engine, Request
from tui.records import (
    Endpoint,
    Model,
    ModelState,
    Sample,
)

QUESTION = Request(prompt="Why local?", max_tokens=40)


def on(url: str, api_key_env: str | None = None) -> Model:
    return Model(
        alias="here/tiny",
        engine="endpoint",
        model_id="tiny",
        state=ModelState.READY,
        endpoint=Endpoint(name="here", url=url, api_key_env=api_key_env),
    )


async def ask(engine: Engine, silence_s: float = 60.0, request: Request = QUESTION) -> Sample:
    """Make one request, and record it as the runner does."""
    recorder = Recorder(Sample(key="here/tiny", alias="here/tiny"))
    async with contextlib.aclosing(engine.generate(request, silence_s)) as answer:
        async for part in answer:
            if isinstance(part, Completed):
                return recorder.complete(part)
            recorder.receive(part)
    raise AssertionError("the answer had no end")
