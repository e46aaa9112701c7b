"""Judging in the app, from the history and from the rating, by scripted judges on loopback."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio
from textual.widgets import OptionList

from tests.support import scripted
from tests.support.builders import model
from tests.support.judges import Lent, judge_model, judged_run, saying
from tests.support.scripted import Pause, ScriptedRun
from tests.support.scripted_server import HttpRequest, Reply, ScriptedServer
from tests.support.workbench import NARROW, WIDE, Driver, driving
from tui.bench.judging.runner import judge_run
from tui.bench.model_pool import ModelPool
from tui.engines.contract import Engine
from tui.engines.endpoint.engine import EndpointEngine
from tui.measure.answers.quality import answers_of
from tui.probes import host
from tui.records import ModelState, RunRecord, RunStatus
from tui.records.quality import RaterKind, Rating
from tui.screens.history.screen import HistoryScreen
from tui.screens.rating.judge import JudgeChooser, JudgingDialog
from tui.store import ratings
from tui.store.history import History

pytestmark = pytest.mark.asyncio(loop_scope="module")


def part_of(keys: Collection[str], run_id: str = "first") -> RunRecord:
    """Return the answers of these models to two prompts."""
    run = judged_run()
    samples = tuple(sample for sample in run.samples if sample.key in keys and sample.prompt_id in ("p0", "p1"))
    plan = replace(run.plan, models=tuple(model for model in run.plan.models if model.key in keys))
    return replace(run, run_id=run_id, plan=plan, samples=samples)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def engine(server: ScriptedServer) -> AsyncGenerator[Lent]:
    engine = Lent(judge_model(server, "any"))
    yield engine
    await engine.end()


@pytest.fixture
def history(tmp_path: Path, own_home: Path) -> Path:  # noqa: ARG001
    """Write a history with one run of two models."""
    return written(tmp_path / "history.sqlite3", part_of(("one", "two")))


def written(file: Path, *runs: RunRecord) -> Path:
    with closing(History(file)) as opened:
        for run in runs:
            opened.begin(run)
    return file


@asynccontextmanager
async def at_work(
    file: Path,
    engine: Engine,
    server: ScriptedServer,
    *judges: str,
    size: tuple[int, int] = WIDE,
    script: scripted.Script = scripted.whole_benchmark,
) -> AsyncGenerator[Driver]:
    """Run the app with a model that has answered, one that is not on the machine, and these judges."""
    absent = replace(model("absent"), state=ModelState.MISSING)
    models = (model("one"), absent, *(judge_model(server, name) for name in judges))
    workspace = scripted.workspace(ScriptedRun(script), *models, chosen=("one",), history_file=file)
    workspace = replace(workspace, model_pool=ModelPool(lambda _: engine))
    async with driving(lambda: workspace, size) as driver:
        yield driver


async def to_chooser(driver: Driver, screen: str) -> list[str]:
    """Open the screen with this key, ask for a judge, and return the rows that are offered."""
    await driver.press(screen)
    await driver.until(lambda: driver.app.screen.check_action("judge", ()))
    await driver.press("j")
    await driver.until(lambda: isinstance(driver.app.screen, JudgeChooser))
    return rows(driver)


def rows(driver: Driver) -> list[str]:
    return [" ".join(str(option.prompt).split()) for option in driver.app.screen.query_one(OptionList).options]


async def to_the_end(driver: Driver, *keys: str) -> str:
    """Choose a judge with these keys, wait for its end, and return the sentence that the dialog shows then."""
    await driver.press(*keys)
    await driver.until(lambda: isinstance(driver.app.screen, JudgingDialog) and driver.app.screen.is_over)
    return driver.text_of("#judging-end")


def in_the_palette(driver: Driver) -> bool:
    return "Judge" in driver.offered


def stored_ratings(file: Path, judge: str = "here/fair", run_id: str = "first") -> list[Rating]:
    with closing(History(file)) as history:
        stored = ratings.ratings_of(history, [answer.answer_id for answer in answers_of(history.run(run_id))])
    return [
        replace(rating, rated_at="") for rating in stored if rating.rater == judge and rating.kind is RaterKind.JUDGE
    ]


async def as_by_command(tmp_path: Path, engine: Lent, server: ScriptedServer) -> list[Rating]:
    """Return the ratings that the command stores for the same run."""
    file = written(tmp_path / "other.sqlite3", part_of(("one", "two")))
    with closing(History(file)) as history:
        run, stop = history.run("first"), asyncio.Event()
        judging = judge_run(
            run, judge_model(server, "fair"), pool=ModelPool(lambda _: engine), history=history, stop=stop
        )
        async for _ in judging:
            pass
    return stored_ratings(file)


async def test_runs_are_judged_from_the_history_and_the_rating_and_kept_as_by_the_command(
    history: Path, tmp_path: Path, engine: Lent, server: ScriptedServer
) -> None:
    server.scene = saying("fair")
    async with at_work(history, engine, server, "fair", "seven", size=NARROW) as driver:
        assert await to_chooser(driver, "h") == ["here/fair on here", "here/seven on here"]
        left_out = "Not offered, as its own answers are here: one. 1 other model cannot be run on this machine."
        assert driver.text_of(".left-out") == left_out
        assert driver.text_of(".about") == "Which model judges 4 answers of 2 models to 2 prompts?"
        outcome = (
            "here/fair gave one 3.5 and two 2.5 of 5 on average, and is not trusted: people have rated 0 of its "
            "answers, and 9 are needed to check it."
        )
        assert await to_the_end(driver, "enter") == outcome
        assert driver.text_of("#judging-work") == "here/fair judges 4 answers and 2 pairs, each twice."
        assert driver.text_of("#judging-said").splitlines()[-1] == "p1 · two or one: two"
        assert stored_ratings(history) == await as_by_command(tmp_path, engine, server)
        await driver.press("escape")
        assert in_the_palette(driver)
        await driver.press("j")
        await driver.until(lambda: isinstance(driver.app.screen, JudgeChooser))
        assert await to_the_end(driver, "enter") == outcome
        assert "There is nothing left for here/fair to judge." in driver.text_of("#judging-work")
        assert len(stored_ratings(history)) == 4

        server.scene = saying("seven")
        await driver.press("escape", "escape")
        await to_chooser(driver, "v")
        sentence = await to_the_end(driver, "down", "enter")
        assert sentence.startswith(
            "here/seven gave no score (it returned 7 where 1 to 5 was asked for), and is not trusted"
        )
        assert {rating.score for rating in stored_ratings(history, "here/seven")} == {None}
        await driver.press("enter")
        assert in_the_palette(driver)


async def test_marked_runs_one_after_the_other_stopped_and_by_one_that_answered_itself(
    history: Path, engine: Lent, server: ScriptedServer
) -> None:
    before = len(server.chats)

    async def then_hang(request: HttpRequest, reply: Reply) -> None:
        if len(server.chats) - before > 4:
            await reply.head()
            await asyncio.Event().wait()
        await saying("fair")(request, reply)

    server.scene = then_hang
    written(history, part_of(("one", "here/vain"), "second"))
    async with at_work(history, engine, server, "fair", "vain", size=NARROW) as driver:
        await driver.press("h")
        await driver.until(lambda: driver.app.screen.check_action("judge", ()))
        await driver.press("space", "down", "space", "j")
        await driver.until(lambda: isinstance(driver.app.screen, JudgeChooser))
        assert driver.text_of(".about") == "Which model judges 6 answers of 3 models to 2 prompts in 2 runs?"
        await driver.press("enter")
        await driver.until(lambda: "2 of 8 judged" in driver.text_of("#judging-bar"))
        await driver.until(lambda: len(server.chats) - before > 4)
        assert driver.text_of("#judging-work").startswith("Run 1 of 2.")
        assert (await to_the_end(driver, "s")).startswith("Stopped; what is judged is kept. here/fair gave ")
        assert [rating.score is not None for rating in stored_ratings(history, run_id="second")] == [True, True]

        server.scene = saying("fair")
        await driver.press("escape", "j")
        await driver.until(lambda: isinstance(driver.app.screen, JudgeChooser))
        sentence = await to_the_end(driver, "enter")
        assert driver.text_of("#judging-work").startswith("Run 2 of 2. Judged before")
        assert sentence.startswith("here/fair gave one 3.5, here/vain 3 and two 2.5 of 5 on average")

        server.scene = saying("vain")
        await driver.press("escape", "escape")
        assert "here/vain on here" not in await to_chooser(driver, "v")
        assert "here/vain" in driver.text_of(".left-out")
        await driver.press("A")
        assert "here/vain its own answers too · on here" in rows(driver)
        sentence = await to_the_end(driver, "end", "enter")
        assert sentence.startswith("here/vain gave one 2 and here/vain 5 of 5 on average, and is not trusted")


async def test_nothing_is_judged_while_anything_is_measured_and_a_judge_that_dies_is_told(
    history: Path, server: ScriptedServer
) -> None:
    dying, pause = EndpointEngine(judge_model(server, "fair"), (sys.executable, "-c", "")), Pause()
    async with at_work(history, dying, server, "fair", script=lambda _: [pause]) as driver:
        await driver.press("r")
        await driver.until(lambda: driver.session.running)
        await driver.press("h")
        await driver.until(lambda: driver.app.screen.check_action("judge", ()))
        await driver.press("j")
        assert "Nothing can be judged while something is measured: press j again once it has ended." in driver.notices
        pause.end()
        await driver.until_rest()
        await driver.press("j")
        await driver.until(lambda: isinstance(driver.app.screen, JudgeChooser))
        text = await to_the_end(driver, "enter")
        assert re.fullmatch(
            r"here/fair is gone \(crashed: .*\); what it had judged is kept\. here/fair has judged no answer\.",
            text,
        )
        assert stored_ratings(history) == []
        written(history, replace(part_of(("one",), "elsewhere"), status=RunStatus.RUNNING, owner=host.owner()))
        await driver.press("escape", "j")
        await driver.until(lambda: any("while another Benchtop is measuring" in notice for notice in driver.notices))
        assert isinstance(driver.app.screen, HistoryScreen)
