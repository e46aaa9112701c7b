"""Follows runs of practice models and of scripted children for tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.support import builders, scripted_child
from tui.bench import events, runner
from tui.bench.events import Event
from tui.bench.model_pool import ModelPool
from tui.engines.foundry.engine import FoundryEngine
from tui.practice import practice_folder
from tui.records import (
    Model,
    Plan,
    Prompt,
    RunRecord,
)
from tui.store.history import History

RAG = Prompt(id="rag", text="Summarize retrieval augmented generation.")
PRIVACY = Prompt(id="privacy", text="List 3 privacy benefits of local inference.")
SMALL = Model(alias="practice-small", folder=practice_folder("practice-small"))


def scripted_model(scenario: str, number: int = 0) -> Model:
    """Return a model whose child follows a script; its alias is the scenario, its variant the number of that."""
    return Model(alias=scenario, variant=str(number), folder=Path())


def start(model: Model) -> FoundryEngine:
    if model.variant is None:
        return FoundryEngine(model)
    return FoundryEngine(model, scripted_child.command(model.alias, int(model.variant)))


def plan_of(*models: Model, prompts: Sequence[Prompt] = (RAG,), rounds: int = 1, **options: object) -> Plan:
    return builders.changed(Plan(models=models, prompts=tuple(prompts)), rounds=rounds, **options)


class Follower:
    """Reads the events of a run, and calls back on each."""

    def __init__(self, plan: Plan, pool: ModelPool | None = None, history: History | None = None) -> None:
        self.pool = pool or ModelPool(start)
        self.stop = asyncio.Event()
        self.events: list[Event] = []
        self._plan = plan
        self._history = history

    async def follow(self, on_event: Callable[[Event], None] | None = None) -> RunRecord:
        run = runner.run(self._plan, pool=self.pool, history=self._history, stop=self.stop)
        async with contextlib.aclosing(run) as happened:
            async for event in happened:
                self.events.append(event)
                if on_event is not None:
                    on_event(event)
        last = self.events[-1]
        assert isinstance(last, events.RunFinished)
        return last.run

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]
