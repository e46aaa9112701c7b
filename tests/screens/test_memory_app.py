"""Memory in the workbench: what it says before a load, what it offers, and what it does when memory runs out."""

from __future__ import annotations

import asyncio
import gc
import json
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input
from textual.widgets._footer import FooterKey

from tests.support import builders, pty_terminal, scripted
from tests.support.conditions import until
from tests.support.memory_group import entering, memory_group
from tests.support.scripted import ScriptedRun
from tests.support.workbench import Driver, driving
from tui.bench import events
from tui.bench.events import Event
from tui.bench.keep_warm import KeepWarm
from tui.bench.model_pool import ModelPool
from tui.engines.contract import Completed, Pieces, Request
from tui.engines.foundry.engine import FoundryEngine
from tui.practice import practice_folder
from tui.practice.heavy import write_heavy
from tui.probes.sampler import Sampler
from tui.records import MemoryReading, MemoryShape, Model, Plan
from tui.screens.dialogs.context_limit import ContextDialog
from tui.screens.dialogs.oversized_models import OversizedModelsDialog
from tui.workspace.workspace import Workspace

GIB = 1024**3
SHAPE = MemoryShape(family="mistral", layers=32, kv_heads=8, head_size=128, element_bytes=4)
SMALL = replace(builders.model("small"), weights_bytes=GIB // 4, shape=SHAPE, context_tokens=1024)
WIDE = replace(builders.model("wide"), weights_bytes=GIB, shape=SHAPE, context_tokens=32768)
HUGE = replace(builders.model("huge"), weights_bytes=40 * GIB, shape=SHAPE, context_tokens=1024)
LONG_PROMPTS_CONTEXT = 16384


class FixedSampler(Sampler):
    """A sampler of a machine with 8 GiB, of which 4 are free."""

    @property
    def newest(self) -> MemoryReading:
        return MemoryReading(at_s=0, total_bytes=8 * GIB, available_bytes=4 * GIB, swap_used_bytes=0)


def world(run: ScriptedRun, *models: Model) -> Workspace:
    sampler = FixedSampler()
    return replace(scripted.workspace(run, *models), sampler=sampler, model_pool=ModelPool(sampler=sampler))


def quick(plan: Plan) -> Iterable[Event]:
    for model in plan.models:
        yield from scripted.loading(model)


def row_of(driver: Driver, alias: str) -> str:
    listing = driver.bench.models.query_one("ModelList")
    lines = [listing.render_line(y).text for y in range(listing.size.height)]
    return next(line for line in lines if alias in line)


async def test_each_row_says_whether_the_model_fits() -> None:
    async with driving(lambda: world(ScriptedRun(quick), SMALL, WIDE)) as driver:
        await driver.until(lambda: "fits" in row_of(driver, "small"))
        assert "fits at 7k" in row_of(driver, "wide")
        await driver.press("1", "down")
        await driver.until(lambda: "GiB free. It fits with a context of" in driver.text_of("#model-detail"))
        await driver.press("i")
        await driver.until(lambda: "KV cache 8.00 GiB at 32,768 tokens" in driver.text_of("#model-detail"))


@pytest.mark.parametrize(
    ("key", "expected", "forced"),
    [("l", ["small", "wide+4864"], False), ("y", ["small", "wide", "huge"], True), ("n", ["small"], False)],
)
async def test_models_that_will_not_fit_are_asked_about_first(key: str, expected: list[str], forced: bool) -> None:
    run = ScriptedRun(quick)
    async with driving(lambda: world(run, SMALL, WIDE, HUGE)) as driver:
        await driver.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, OversizedModelsDialog))
        assert run.plans == [], "nothing is loaded before the answer"
        await driver.press(key)
        await driver.until_rest()
        assert [model.key for model in run.plans[0].models] == expected
        assert run.plans[0].force is forced
        if key == "l":
            assert [model.key for model in driver.bench.models.chosen] == ["small", "wide+4864", "huge"]


async def test_leaving_the_question_runs_nothing() -> None:
    run = ScriptedRun(quick)
    async with driving(lambda: world(run, WIDE)) as driver:
        await driver.press("r")
        await driver.until(lambda: isinstance(driver.app.screen, OversizedModelsDialog))
        await driver.press("escape")
        await driver.until(lambda: not isinstance(driver.app.screen, OversizedModelsDialog))
        assert run.plans == []


async def test_the_context_can_be_limited_by_hand_and_taken_back() -> None:
    async with driving(lambda: world(ScriptedRun(quick), SMALL, WIDE)) as driver:
        await driver.press("1", "down", "l")
        await driver.until(lambda: isinstance(driver.app.screen, ContextDialog))
        assert driver.app.screen.query_one(Input).value == "7168", "the largest that fits is offered"
        driver.app.screen.query_one(Input).value = "2048"
        await driver.until(lambda: driver.text_of("#forecast").startswith("Fits: needs"))
        await driver.press("enter")
        await driver.until(lambda: "wide+2048" in row_of(driver, "wide"))
        await driver.press("l")
        await driver.until(lambda: isinstance(driver.app.screen, ContextDialog))
        driver.app.screen.query_one(Input).value = "0"
        await driver.until(lambda: "whole number" in driver.text_of(".error"))
        await driver.press("enter")
        assert isinstance(driver.app.screen, ContextDialog), "no context at all is not taken"
        await driver.press("tab", "enter")
        await driver.until(lambda: "wide+" not in row_of(driver, "wide"))


async def test_a_model_is_kept_warm_until_it_is_told_otherwise() -> None:
    loaded = events.ModelLoaded(key=SMALL.key, load=replace(builders.load(SMALL.key), threads=2))
    async with driving(lambda: world(ScriptedRun(lambda _plan: [loaded]), SMALL)) as driver:
        await driver.press("1", "r")
        await driver.until(lambda: "2 threads" in driver.text_of("#model-detail"))
        await driver.until(lambda: driver.session.running is None)
        await driver.press("W")
        await driver.until(lambda: "· 2 threads · kept warm every 2 min" in driver.text_of("#model-detail"))
        assert driver.session.keep_warm.every_s("small") == 120
        await driver.press("W")
        await driver.until(lambda: "kept warm" not in driver.text_of("#model-detail"))


async def test_the_keys_of_the_footer_are_let_go_with_each_run() -> None:
    async with driving(lambda: world(ScriptedRun(quick), SMALL)) as driver:
        for _ in range(4):
            await driver.run_with("r")
        gc.collect()
        footer_keys = [thing for thing in gc.get_objects() if isinstance(thing, FooterKey)]
        shown = list(driver.bench.query(FooterKey))
        assert len(footer_keys) <= 3 * len(shown)


class CountingEngine(FoundryEngine):
    """A real engine that records its requests."""

    requests: list[Request]

    def generate(self, request: Request, silence_timeout_s: float):
        self.requests.append(request)
        return super().generate(request, silence_timeout_s)


async def test_light_requests_keep_out_of_the_way_of_a_run() -> None:
    requests: list[Request] = []

    def start(model: Model) -> CountingEngine:
        engine = CountingEngine(model)
        engine.requests = requests
        return engine

    happened: list[Event] = []
    pool = ModelPool(start)
    warmth = KeepWarm(pool, {"practice-small": 0.01}, happened.append)
    await pool.load(Model(alias="practice-small", folder=practice_folder("practice-small")), 60)
    following = asyncio.create_task(warmth.follow())
    try:
        await until(lambda: len(requests) >= 2)
        async with warmth.paused():
            during = len(requests)
            for _ in range(3):
                seat = pool.find("practice-small")
                assert seat is not None
                async for part in seat.engine.generate(Request(prompt="Summarize RAG."), 20):
                    assert isinstance(part, Pieces | Completed)
            assert len(requests) == during + 3
        await until(lambda: len(requests) > during + 3)
        assert warmth.toggle("practice-small") is False
        assert happened == [events.KeptWarm(key="practice-small", every_s=None)]
    finally:
        following.cancel()
        await pool.close()


def long_context(home: Path, size_bytes: int, context_tokens: int) -> None:
    """Write a heavy practice model whose KV cache is large."""
    folder = write_heavy(home / "data" / "models", size_bytes)
    settings = json.loads((folder / "genai_config.json").read_text())
    settings["model"]["context_length"] = settings["search"]["max_length"] = context_tokens
    (folder / "genai_config.json").write_text(json.dumps(settings))


@pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="needs a pseudo-terminal")
@pytest.mark.parametrize(
    ("size_bytes", "context_tokens", "options", "words"),
    [
        (500_000_000, 2048, ("--memory-floor", "0mb"), "ended by the system's memory"),
        (500_000_000, 2048, (), "ended by Benchtop with"),
        (60_000_000, LONG_PROMPTS_CONTEXT, (), "ended by Benchtop with"),
    ],
    ids=["kernel", "guard", "guard in the first request"],
)
def test_the_workbench_outlives_a_model_that_runs_out_of_memory(
    tmp_path: Path, size_bytes: int, context_tokens: int, options: Sequence[str], words: str
) -> None:
    long_context(tmp_path, size_bytes, context_tokens)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "models.json").write_text('{"default": ["practice-heavy", "practice-small"]}')
    env = {
        "BENCHTOP_HOME": str(tmp_path),
        "COLUMNS": "160",
        "LINES": "50",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    with memory_group(450_000_000) as group:
        command = entering(group, [sys.executable, "-m", "tui", *options])
        with pty_terminal.PtyTerminal(command, columns=160, rows=50, env=env, cwd=tmp_path) as terminal:
            terminal.wait_for("nothing is loaded")
            terminal.wait_for("fits at|will not fit")
            terminal.type("r")
            terminal.wait_for("Not expected to fit")
            terminal.type("y")
            assert "out of memory" in terminal.wait_for(words, timeout_s=60)
            assert "forecast" in terminal.wait_for("1 model loaded", timeout_s=60)
            terminal.type("q")
            assert terminal.wait() == 0
    shutil.rmtree(tmp_path / "data" / "models")
