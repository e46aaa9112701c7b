"""What the benchmark dialog offers besides a set of prompts: sweeps, rounds until it is sure, requests at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from textual.widgets import Input, Label, Select, Static

from tests.support import scripted
from tests.support.builders import model, run_record
from tests.support.conditions import until
from tests.support.scripted import Pause, ScriptedRun
from tests.support.workbench import NARROW, Driver, driving
from tui.bench import events
from tui.bench.events import Event, Notice
from tui.bench.planning import duration
from tui.records import ModelPace, Pack, Plan, Prompt, PromptPack, QuestionSettings, Sweep, SweepOf
from tui.records.engine_traits import ENDPOINT
from tui.records.grading import Grader, GraderKind
from tui.screens.benchmark import fields
from tui.screens.benchmark.choices import BenchmarkChoices
from tui.screens.benchmark.dialog import TYPED_PROMPT, BenchmarkDialog
from tui.screens.benchmark.fields import Field, NotAsExpected
from tui.screens.dialogs.question import ConfirmDialog
from tui.screens.frame.help import HelpScreen
from tui.store.history import History
from tui.text.sizes import numbers_in, share_in
from tui.workspace import code_answers
from tui.workspace.session import Session


async def opened(driver: Driver) -> BenchmarkDialog:
    await driver.press("b")
    await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
    await driver.pilot.pause()
    assert isinstance(driver.app.screen, BenchmarkDialog)
    return driver.app.screen


def typed(dialog: BenchmarkDialog) -> Callable[[str, str], None]:
    def write(name: str, text: str) -> None:
        dialog.query_one(f"#{name}", Input).value = text

    return write


async def test_a_sweep_takes_the_place_of_a_set_and_is_kept_for_the_next_time() -> None:
    run = ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, model("tiny"), model("big")), size=NARROW) as driver:
        dialog = await opened(driver)
        await driver.press("question_mark")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        explained = {str(name.visual) for name in driver.app.screen.query(".entry-name").results(Static)}
        assert {"Protocol", "Mode", "Rounds", "Launches", "Cool-down s"} <= explained
        await driver.press("question_mark")
        assert driver.app.screen is dialog
        assert not dialog.query_one("#lengths").display
        assert not dialog.query("#concurrency"), "there is no server"
        dialog.query_one("#prompts", Select).value = Sweep(SweepOf.OUTPUT, (32, 128, 512))
        await driver.until(lambda: dialog.query_one("#lengths", Input).value == "32, 128, 512")
        assert "26 requests: 9 measured and 4 cold or warm-up for each of 2 models" in driver.text_of("#sum")
        write = typed(dialog)
        write("lengths", "16, x")
        await driver.until(lambda: driver.text_of(".error").startswith("Lengths: tokens from 1 to 1,000,000, as 128,"))
        write("lengths", "64,16")
        await driver.until(lambda: "18 requests" in driver.text_of("#sum"))
        assert dialog.query_one(".box").region.bottom <= NARROW[1]
        await driver.run_with("enter")
        (plan,) = run.plans
        assert (plan.method.sweep, plan.method.prompt_set) == ("output", "")
        assert [(prompt.id, prompt.max_tokens) for prompt in plan.prompts] == [("output-16", 16), ("output-64", 64)]
        assert driver.text_of("#results-detail").startswith("A sweep over output length has no average")
        dialog = await opened(driver)
        assert dialog.query_one("#lengths", Input).value == "16, 64"
        dialog.query_one("#prompts", Select).value = Sweep(SweepOf.PROMPT, (128, 512, 1024))
        await driver.until(lambda: dialog.query_one("#lengths", Input).value == "128, 512, 1024")
        write = typed(dialog)
        write("lengths", "128, 4096")
        await driver.until(lambda: "tiny: prompt-4096 will fail" in driver.text_of("#sum"))


async def test_rounds_until_it_is_sure_and_requests_at_once_have_the_checks_of_the_command_line() -> None:
    run = ScriptedRun(scripted.whole_benchmark)
    far = replace(model("far"), engine=ENDPOINT)
    async with driving(lambda: scripted.workspace(run, far, model("tiny"), chosen=["far"]), size=NARROW) as driver:
        write = typed(await opened(driver))
        write("concurrency", "1,4")
        await driver.until(
            lambda: "33 requests: 30 measured and 3 cold or warm-up for the model" in driver.text_of("#sum")
        )
        await driver.pilot.click("ChoiceList", offset=(2, 0))
        await driver.until(lambda: '"At once" is for models of an endpoint' in driver.text_of(".error"))
        await driver.pilot.click("ChoiceList", offset=(2, 0))
        write("max-rounds", "20")
        sentence = '"Max rounds" limits what "Stop at ±%" adds; leave it out, or say "Stop at ±%" 3%.'
        await driver.until(lambda: driver.text_of(".error") == sentence)
        write("until-ci", "0")
        await driver.until(lambda: '"Stop at ±%" 0% would never end' in driver.text_of(".error"))
        write("until-ci", "2.5 %")
        await driver.until(lambda: driver.text_of(".error").startswith('"At once" and "Stop at ±%" exclude each other'))
        write("concurrency", "1")
        await driver.until(lambda: driver.text_of("#sum").startswith("9 requests or more"))
        write("rounds", "20")
        await driver.until(lambda: driver.text_of(".error").startswith('"Stop at ±%" adds to the 20 rounds'))
        write("rounds", "2")
        write("launches", "3")
        await driver.until(lambda: driver.text_of(".error").startswith("3 launches need at least as many rounds"))
        write("launches", "2")
        write("cool-down", "0.5")
        await driver.press("enter")
        await driver.until(lambda: run.plans)
    (plan,) = run.plans
    assert (plan.method.until_interval, plan.method.max_rounds, plan.method.launches, plan.method.cool_down_s) == (
        0.025,
        20,
        2,
        0.5,
    )
    method = BenchmarkChoices.of(plan).method
    assert (method.until_interval, method.max_rounds, method.cool_down_s, method.concurrency) == (
        0.025,
        20,
        0.5,
        (1,),
    )


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (fields.FIELDS["rounds"], " 5 ", 5),
        (fields.FIELDS["rounds"], "0", None),
        (fields.FIELDS["rounds"], "²", None),
        (fields.FIELDS["warmup"], "0", 0),
        (fields.FIELDS["cool_down_s"], "", 0.0),
        (fields.FIELDS["cool_down_s"], "-1", None),
        (fields.FIELDS["cool_down_s"], "nan", None),
        (fields.FIELDS["until_interval"], "3%", 0.03),
        (fields.FIELDS["until_interval"], "3 much", None),
        (fields.FIELDS["concurrency"], "4, 1", (1, 4)),
        (fields.FIELDS["concurrency"], "257", None),
        (fields.LENGTHS, "", None),
    ],
)
def test_a_field_is_read_or_says_what_it_expects(field: Field[object], text: str, value: object) -> None:
    if value is None:
        with pytest.raises(NotAsExpected, match=rf"^{field.label}: .* expected\.$"):
            field.value_of(text)
    else:
        assert field.value_of(text) == value


def test_an_empty_field_is_off_where_it_may_be() -> None:
    assert (fields.FIELDS["until_interval"].value_of(""), fields.FIELDS["max_rounds"].value_of("")) == (None, None)


def test_shares_and_numbers_are_read_as_people_write_them() -> None:
    assert [share_in(text) for text in ("5%", "2.5 %", "5", "much", "9" * 400)] == [0.05, 0.025, 0.05, None, None]
    assert [numbers_in(text, 9) for text in ("3, 1,3", "0", "10", "1,,2", "²")] == [(1, 3), None, None, None, None]


@pytest.mark.usefixtures("own_home")
async def test_the_typed_prompt_is_offered_and_the_time_is_told_from_what_was_measured_before(tmp_path: Path) -> None:
    run, file = ScriptedRun(scripted.whole_benchmark), tmp_path / "history.sqlite3"
    tiny, big = model("tiny"), model("big")
    with closing(History(file)) as history:
        history.begin(run_record(tiny))
    workspace = scripted.workspace(run, tiny, big, chosen=["tiny"], history_file=file)
    async with driving(lambda: workspace, size=NARROW) as driver:
        driver.bench.prompt_line.text = "What is\na token?"
        driver.bench.prompt_line.settings = QuestionSettings(system="Be brief.")
        dialog = await opened(driver)
        await driver.until(lambda: "9 requests, about 6 s: 6 measured" in driver.text_of("#sum"))
        await driver.pilot.click("ChoiceList", offset=(2, 1))
        await driver.until(lambda: "about 6 s without the 1 not measured before" in driver.text_of("#sum"))
        await driver.pilot.click("ChoiceList", offset=(2, 1))
        assert not dialog.query_one("#max-rounds").is_on_screen
        await driver.pilot.click("#more")
        await driver.until(lambda: dialog.query_one("#max-rounds").is_on_screen)
        dialog.query_one("#prompts", Select).value = TYPED_PROMPT
        assert "What is a token?" in str(dialog.query_one("#prompts SelectCurrent Static", Static).visual)
        await driver.until(lambda: driver.text_of("#sum").startswith("5 requests, about 4 s: 3 measured"))
        assert dialog.query_one(".box").region.bottom <= NARROW[1]
        dialog.query_one("#start").focus()
        await driver.run_with("enter")
        (plan,) = run.plans
        (prompt,) = plan.prompts
        assert (prompt.text, prompt.system, plan.method.prompt_set) == ("What is\na token?", "Be brief.", "")


def test_an_estimate_adds_loads_pauses_and_answers_up_to_their_limit() -> None:
    plan = Plan(models=(model("tiny"),), prompts=(Prompt(id="a", text="a"), Prompt(id="b", text="b", max_tokens=11)))
    method = replace(plan.method, rounds=4, warmup=1, launches=2, max_tokens=101, cool_down_s=1)
    plan = replace(plan, method=method)
    pace = ModelPace(ttft_s=1.0, decode_tok_s=10.0, load_s=5.0)
    estimate = duration.estimate(plan, {"tiny": pace})
    assert estimate is not None
    # Two loads, 14 requests that answer with 101 or 11 tokens, and a pause before all but the first of each launch.
    assert abs(estimate.seconds - (2 * 5 + 7 * (1 + 10) + 7 * (1 + 1) + 12)) < 1e-9
    short = duration.estimate(plan, {"tiny": replace(pace, output_tokens=21)})
    assert short is not None
    assert abs(short.seconds - (2 * 5 + 7 * (1 + 2) + 7 * (1 + 1) + 12)) < 1e-9
    assert duration.estimate(plan, {"other": pace}) is None


async def test_packs_are_offered_beside_the_sets_and_the_run_knows_its_pack() -> None:
    run = ScriptedRun(scripted.whole_benchmark)
    task = Prompt(id="one", text="1 + 1?", graders=(Grader(kind=GraderKind.NUMBER, number=2),))
    pack = PromptPack(Pack(name="sums", version="1", tasks=1, digest="ab" * 32), (task,))
    workspace = replace(scripted.workspace(run, model("tiny")), packs=lambda: (pack,))
    async with driving(lambda: workspace, size=NARROW) as driver:
        dialog = await opened(driver)
        select = cast("Select[object]", dialog.query_one("#prompts"))
        await driver.until(lambda: bool(dialog.packs))
        assert select.value == "deterministic", "the choice stays as it was"
        select.value = pack.pack
        await driver.until(lambda: "5 requests" in driver.text_of("#sum"))
        await driver.run_with("enter")
        (plan,) = run.plans
        assert (plan.pack, plan.prompts, plan.method.prompt_set) == (pack.pack, (task,), "sums")
        again = cast("Select[object]", (await opened(driver)).query_one("#prompts"))
        await driver.until(lambda: again.value == pack.pack)


def answering_code(plan: Plan) -> Iterable[Event | Pause]:
    """Answer ``add`` with code that is right, and every other prompt with an endless loop."""
    for event in scripted.whole_benchmark(plan):
        if isinstance(event, events.SampleFinished):
            right = event.sample.prompt_id == "add"
            text = "def add(a, b):\n    return a + b" if right else "while True:\n    pass"
            event = replace(event, sample=replace(event.sample, text=text))
        yield event


def with_tests(*ids: str, seconds: float = 10) -> tuple[Prompt, ...]:
    grader = Grader(kind=GraderKind.CODE, tests=("assert add(1, 2) == 3",), seconds=seconds)
    return (Prompt(id="plain", text="Hello?"), *(Prompt(id=key, text="Write add.", graders=(grader,)) for key in ids))


@pytest.mark.usefixtures("own_home")
async def test_the_code_of_answers_is_run_after_a_yes_and_a_no_leaves_the_prompts_ungraded(tmp_path: Path) -> None:
    run, file = ScriptedRun(answering_code), tmp_path / "history.sqlite3"
    sets = {"deterministic": with_tests("add")}
    workspace = replace(scripted.workspace(run, model("tiny"), history_file=file), prompt_sets=sets)
    async with driving(lambda: workspace, size=NARROW) as driver:
        await opened(driver)
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        question = " ".join(str(driver.app.screen.query_one(".question Label", Label).visual).split())
        assert question.startswith(
            "1 of 2 prompts is tested by running the Python code of the answers: up to 5 answers,"
        )
        assert "without network, for 10 s and in 512 MiB at most, 2 at a time" in question
        await driver.press("escape")
        assert (driver.session.running, run.plans) == (None, []), "escape begins nothing"

        await opened(driver)
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        await driver.run_with("n")
        assert "1 prompt stays ungraded, since no code was run: add." in driver.notices
        assert not driver.results.plan.prompts[1].graders[0].results

        await opened(driver)
        await driver.press("enter")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        await driver.run_with("y")
        await driver.noticed("The code of 1 answer was run: 1 passed.")
        (result,) = driver.results.plan.prompts[1].graders[0].results
        assert (result.score, result.reason) == (1.0, "1 of 1 tests pass")

        await opened(driver)
        await driver.run_with("enter")
        assert driver.notices[-1] == "The code of 1 answer was run: 1 passed.", "the consent is kept"


@pytest.mark.usefixtures("own_home")
async def test_stopping_ends_code_that_runs_and_tells_what_stays_ungraded() -> None:
    prompts = with_tests("add", "loop", seconds=600)
    plan = Plan(models=(model("tiny"),), prompts=prompts)
    request = code_answers.open_question(plan)
    assert request is not None
    code_answers.agree(request)
    workspace = replace(scripted.workspace(ScriptedRun(answering_code), model("tiny")), prompt_sets={"x": prompts})
    notices: list[str] = []
    session = Session(workspace, lambda event: notices.append(event.text) if isinstance(event, Notice) else None)
    running = asyncio.ensure_future(session.run(plan))
    await until(lambda: session.grading == "code is run: 1 of 2")
    session.stop()
    record = await running
    assert record is not None
    assert [len(prompt.graders[0].results) for prompt in record.plan.prompts[1:]] == [1, 0]
    assert notices == ["The code of 1 answer was run: 1 passed. Stopped: 1 answer stays ungraded."]
