"""Rating and choosing in the workbench, by the keyboard alone, on runs of the history."""

from __future__ import annotations

import getpass
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Static
from textual.widgets._footer import FooterKey

from tests.support import scripted
from tests.support.builders import model, run_record
from tests.support.conditions import until
from tests.support.scripted import ScriptedRun
from tests.support.workbench import NARROW, WIDE, Driver, driving
from tui.measure.answers.quality import answers_of
from tui.panes.decision.pane import FrontChart
from tui.panes.rating.answer import AnswerColumn
from tui.records import RunRecord
from tui.records.decision import Dimension, ScatterPoint
from tui.records.quality import Facet, FacetKind, Rating
from tui.screens.decision.screen import ChooseScreen
from tui.screens.frame.help import HelpScreen
from tui.screens.rating.score import ScoreDialog
from tui.screens.rating.screen import RateScreen
from tui.store import ratings
from tui.store.history import History
from tui.workspace.rating_session import RatingSession

LONG = "\n".join(f"line {number}" for number in range(1, 61))
HOSTILE = "\x1b[31mred\x1b[0m [b]not bold[/b]"
RUBRIC = ("useless", "thin", "fair", "good", "just right")


def answered(run_id: str, **texts: str) -> RunRecord:
    """Return a run in which each model answers every prompt with its text."""
    run = run_record(*(model(alias) for alias in texts), run_id=run_id)
    facets = (Facet(kind=FacetKind.WORDS, any_of=("line",)),)
    prompts = tuple(replace(prompt, rubric=RUBRIC, facets=facets) for prompt in run.plan.prompts)
    samples = tuple(replace(sample, text=texts[sample.alias]) for sample in run.samples)
    return replace(run, plan=replace(run.plan, prompts=prompts), samples=samples, loads=())


@pytest.fixture
def history(tmp_path: Path, own_home: Path) -> Path:  # noqa: ARG001
    """Write an older run of one model, and the latest of four, two of which give the same answer."""
    file = tmp_path / "history.sqlite3"
    with closing(History(file)) as opened:
        opened.begin(answered("older", old="An old answer."))
        opened.begin(answered("latest", one=LONG, two=HOSTILE, three="A line.", four="A line."))
    return file


@asynccontextmanager
async def rating(file: Path, size: tuple[int, int] = WIDE) -> AsyncGenerator[Driver, None]:
    workspace = scripted.workspace(ScriptedRun(lambda _plan: ()), model("one"), history_file=file)
    async with driving(lambda: workspace, size) as driver:
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, RateScreen) and driver.text_of("#rated"))
        yield driver


def session_of(driver: Driver) -> RatingSession:
    screen = driver.app.screen
    assert isinstance(screen, RateScreen)
    assert screen.session is not None
    return screen.session


def stored_ratings(file: Path) -> list[Rating]:
    with closing(History(file)) as history:
        answers = [*answers_of(history.run("latest")), *answers_of(history.run("older"))]
        return list(ratings.ratings_of(history, [answer.answer_id for answer in answers]))


def titles(driver: Driver) -> list[str]:
    return [str(column.border_title) for column in driver.app.screen.query(AnswerColumn) if column.display]


def state(driver: Driver) -> str:
    return str(driver.app.screen.query_one("#top-status", Static).visual)


async def test_a_whole_run_is_rated_by_the_keyboard_blind_and_once(history: Path) -> None:
    async with rating(history) as driver:
        names = [title.removesuffix(" (2 models)") for title in titles(driver)]
        assert names == ["Answer A", "Answer B", "Answer C"]
        assert sum(title.endswith(" (2 models)") for title in titles(driver)) == 1, "two models gave the same answer"
        assert "0 of 6 rated · names hidden" in state(driver)
        assert driver.text_of("#rubric").endswith("5 just right")
        for score in "512345":
            await driver.press(score)
        assert "all rated" in state(driver)
        assert [rating.score for rating in stored_ratings(history)] == [5, 1, 2, 3, 4, 5]
        assert {(rating.rater, rating.blind) for rating in stored_ratings(history)} == {(getpass.getuser(), True)}
        assert len({rating.answer_id for rating in stored_ratings(history)}) == 6
        await driver.press("escape")
        assert driver.app.screen is driver.bench
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, RateScreen) and "all rated" in state(driver))


@pytest.mark.parametrize("leave", ["pop_screen", "exit"])
async def test_a_screen_that_is_left_while_it_is_set_up_ends_nothing(history: Path, leave: str) -> None:
    workspace = scripted.workspace(ScriptedRun(lambda _plan: ()), model("one"), history_file=history)
    async with driving(lambda: workspace) as driver:
        screen = RateScreen(history)
        driver.app.push_screen(screen)
        getattr(driver.app, leave)()
        await until(lambda: not screen.is_running)


async def test_skip_undo_note_and_name(history: Path) -> None:
    async with rating(history) as driver:
        first = session_of(driver).answer
        await driver.press("space")
        assert session_of(driver).answer_index == 1
        await driver.press("left", "w", *"so-so", "enter")
        await driver.press("2")
        assert [(rating.score, rating.note) for rating in stored_ratings(history)] == [(2, "so-so")]
        await driver.press("u")
        assert (stored_ratings(history), session_of(driver).answer) == ([], first)
        await driver.press("u")
        assert "There is nothing to take back." in driver.notices
        await driver.app.run_action("command('rater')", driver.app.screen)
        await driver.press("ctrl+u", *"Ann", "enter", "4")
        assert [(rating.rater, rating.note) for rating in stored_ratings(history)] == [("Ann", "")]
        await driver.app.run_action("command('rater')", driver.app.screen)
        await driver.press("ctrl+u", *"Bob", "enter")
        assert session_of(driver).counts == (0, 6), "somebody else has an opinion of their own"


async def test_a_rating_is_confirmed_and_the_mouse_never_gives_one_unasked(history: Path) -> None:
    async with rating(history) as driver:
        screen = driver.app.screen
        rate_key = next(key for key in screen.query(FooterKey) if key.description == "Rate")
        assert rate_key.key_display == "1-5"
        await driver.pilot.click(rate_key)
        await driver.until(lambda: isinstance(driver.app.screen, ScoreDialog))
        assert stored_ratings(history) == [], "a click in the footer asks for the score"
        await driver.press("escape")
        assert stored_ratings(history) == []
        await driver.press("4")
        shared = ", for both models that gave it" if "(2 models)" in titles(driver)[0] else ""
        assert driver.text_of("#rated") == f"Answer A to prompt 1 is rated 4 of 5{shared}. u takes it back."
        await driver.press("u")
        assert driver.text_of("#rated") == "The rating of Answer A is taken back."
        await driver.press("enter", "down", "down", "enter")
        assert [rating.score for rating in stored_ratings(history)] == [3]
        await driver.press("space")
        assert driver.text_of("#rated") == ""


async def test_answers_are_laid_out_and_their_source_is_a_key_away(history: Path) -> None:
    with closing(History(history)) as opened:
        opened.begin(answered("newest", one="The **end**."))
    async with rating(history) as driver:
        text = driver.app.screen.query(AnswerColumn).first().text
        assert text.render_line(0).text.strip() == "The end."
        await driver.press("M")
        assert text.render_line(0).text.strip() == "The **end**."


async def test_openly_the_models_and_each_check_are_seen(history: Path) -> None:
    async with rating(history) as driver:
        assert not driver.app.screen.query(".checks").first().display
        await driver.press("H")
        assert titles(driver) == ["Answer A · one", "Answer B · two", "Answer C · three, four"]
        checks = [str(result.visual) for result in driver.app.screen.query(".checks").results(Static)]
        assert checks == ['✓ word "line"', '✗ word "line"', '✓ word "line"']
        picture = driver.app.export_screenshot()
        assert "[b]not&#160;bold[/b]" in picture
        assert "\x1b" not in picture


async def test_where_there_is_no_room_columns_follow_and_long_answers_scroll(history: Path) -> None:
    async with rating(history, NARROW) as driver:
        assert [title[:8] for title in titles(driver)] == ["Answer A", "Answer B", "Answer C"], (
            "there is room for three"
        )
        await driver.pilot.resize_terminal(60, 24)
        await driver.press("H")
        while session_of(driver).answer_index:
            await driver.press("left")
        assert titles(driver) == ["Answer A · one", "Answer B · 1 more › · two"]
        assert "line&#160;1<" in driver.app.export_screenshot()
        await driver.press("pagedown", "pagedown")
        assert "line&#160;1<" not in driver.app.export_screenshot()
        await driver.press("right", "right")
        assert titles(driver) == ["‹ 1 more · Answer B · two", "Answer C · three, four"]


async def test_any_run_of_the_history_can_be_rated(history: Path) -> None:
    async with rating(history) as driver:
        await driver.press("left_square_bracket")
        assert session_of(driver).run.run_id == "older"
        await driver.press("3", "left_square_bracket")
        assert "There is no older run with answers." in driver.notices
        await driver.press("right_square_bracket")
        assert session_of(driver).run.run_id == "latest"
        assert [(rating.key, rating.score) for rating in stored_ratings(history)] == [("old", 3)]


async def test_help_shows_the_keys_of_the_screen_that_is_open(history: Path) -> None:
    async with rating(history) as driver:
        for key, words in (("", "Take the last rating back"), ("a", "Leave out what is too large")):
            if key:
                await driver.press("escape", key)
                await driver.until(lambda: isinstance(driver.app.screen, ChooseScreen))
            await driver.press("question_mark")
            await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
            shown = "\n".join(str(text.visual) for text in driver.app.screen.query(Static))
            assert words in shown
            assert ("Let a model judge" in shown) is (not key)
            assert "Select models" not in shown.split("Numbers")[0].split("Keys")[1]
            await driver.press("escape")


async def test_limits_leave_models_out_and_the_choice_is_written(history: Path, tmp_path: Path) -> None:
    workspace = scripted.workspace(ScriptedRun(lambda _plan: ()), model("one"), history_file=history)
    async with driving(lambda: workspace) as driver:
        await driver.press("a")
        screen = driver.app.screen
        assert isinstance(screen, ChooseScreen)
        await driver.until(lambda: screen.choice)
        await driver.press("l", *"much", "enter")
        assert "is to be a size" in driver.text_of(".error")
        await driver.press("ctrl+u", *"1mb", "enter")
        await driver.until(lambda: driver.app.screen is screen)
        assert "memory up to 977 KiB" in state(driver)
        assert "is beyond the limit" in " ".join(driver.text_of("#remarks").split())
        assert "No model can be recommended" in driver.text_of("#recommendation")
        await driver.press("l", "ctrl+u", "enter", "e", "ctrl+u", *"c.md", "enter")
        await driver.until(lambda: any("Choice written" in notice for notice in driver.notices))
        assert "## Ranking" in (tmp_path / "c.md").read_text(encoding="utf-8")


@pytest.mark.usefixtures("own_home")
async def test_without_an_answer_it_says_so(tmp_path: Path) -> None:
    workspace = scripted.workspace(ScriptedRun(lambda _plan: ()), model("one"), history_file=tmp_path / "h.sqlite3")
    async with driving(lambda: workspace) as driver:
        await driver.press("v")
        await driver.until(lambda: isinstance(driver.app.screen, RateScreen))
        await driver.until(lambda: driver.text_of("#rate-empty").startswith("There is no answer to rate yet"))
        await driver.press("1", "space", "u", "w", "H", "escape", "a")
        await driver.until(lambda: "no benchmark to choose by" in driver.text_of("#recommendation"))


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_turning_a_weight_changes_who_is_first(history: Path, size: tuple[int, int]) -> None:
    workspace = scripted.workspace(ScriptedRun(lambda _plan: ()), model("one"), history_file=history)
    async with driving(lambda: workspace, size) as driver:
        await driver.press("a")
        screen = driver.app.screen
        assert isinstance(screen, ChooseScreen)
        await driver.until(lambda: screen.choice)
        assert driver.text_of("#recommendation").startswith("Choose one")
        body = screen.query_one("#choose-body")
        await driver.until(lambda: driver.text_of("#choose-more").startswith("↓ ") is (body.max_scroll_y > 0))
        assert size != NARROW or body.max_scroll_y > 0, "what is out of sight is told"
        assert "best trade-off" in str(screen.query_one(FrontChart).render())
        assert "latency" in driver.text_of("WeightList")
        await driver.press("f")
        assert "summarizer" in state(driver)
        await driver.press(*["up"] * 3, *["right"] * 4)
        assert screen.choice is not None
        assert screen.choice.weights[Dimension.LATENCY] == 30
        assert "own weights" in state(driver)
        await driver.press("escape")
        assert driver.app.screen is driver.bench


async def test_marks_stand_where_their_values_are_and_only_names_move() -> None:
    points = tuple(
        ScatterPoint(key=f"model-{index}", decode_tok_s=speed, quality=0.5, memory_bytes=1, on_front=False)
        for index, speed in enumerate((50.0, 52.0, 100.0))
    )

    class ChartApp(App[None]):
        def compose(self) -> ComposeResult:
            yield FrontChart()

    app = ChartApp()
    async with app.run_test(size=(60, 20)):
        chart = app.query_one(FrontChart)
        chart.show(points)
        rows = str(chart.render()).splitlines()
        (marked,) = [row for row in rows[:-2] if "●" in row]
        assert marked.count("●") == 3, "equal quality is one row"
        assert all(f"model-{index}" in "\n".join(rows) for index in range(3))
