"""The workbench and its dialogs on scripted runs: what no real model can be made to do on time."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest
from textual._compositor import Compositor, ReflowResult
from textual.geometry import Size
from textual.widget import Widget
from textual.widgets import DataTable, Input, RadioButton, Static
from textual.widgets._footer import FooterKey

from tests.support import builders, past_runs, scripted
from tests.support.conditions import until
from tests.support.scripted import Pause, ScriptedRun
from tests.support.workbench import NARROW, Driver, ListeningApp, driving
from tui import palette, paths
from tui.app import EXIT_CONFIGURATION, BenchtopApp
from tui.bench.events import OTHERS_RUN, Event, ModelLoading, ModelUnloaded, Notice, SampleFinished
from tui.config import ConfigError
from tui.measure.timing.metrics import DEFINITIONS
from tui.panes.prompt.area import PromptArea
from tui.panes.results.order import COLUMNS, sorted_rows
from tui.panes.results.table import ResultsTable
from tui.panes.widgets.choice import ChoiceList
from tui.records import (
    ExitCause,
    ExitKind,
    Mode,
    Model,
    ModelStatus,
    ModelSummary,
    Plan,
    Purpose,
    RunRecord,
    RunStatus,
)
from tui.screens.benchmark.dialog import BenchmarkDialog
from tui.screens.charts.screen import ChartsScreen
from tui.screens.dialogs.question import ConfirmDialog
from tui.screens.frame.help import HelpScreen
from tui.screens.frame.keys import keys_of
from tui.text.cells import cut_name
from tui.workspace import session
from tui.workspace.session import summarize
from tui.workspace.workspace import Workspace, open_workspace

TINY, OTHER = builders.model("tiny"), builders.model("other", variant="cpu")
PRACTICE = builders.model("practice-small", practice=True)
ABSENT = Model(alias="mistral-7b", note="fetch it first")
ODD_TEXT = "\x1b[31mred\x1b[0m [bold]not bold[/bold] \x07 | =1+1"


pytestmark = pytest.mark.usefixtures("own_home")


def endless(pause: Pause, *pieces: str) -> scripted.Script:
    """Return a script in which every model streams these pieces, and does not end before the pause does."""

    def script(plan: Plan) -> Iterable[Event | Pause]:
        for model in plan.models:
            yield from scripted.loading(model)
            yield from scripted.streaming(model, plan, pieces or ("one ", "two"))
        yield pause

    return script


def in_footer(driver: Driver) -> list[str]:
    """Return the actions whose keys the footer names, without the palette's."""
    return [key.action for key in driver.bench.query(FooterKey) if not key.has_class("-command-palette")]


async def ask_and_wait(driver: Driver) -> None:
    await driver.press("r")
    await driver.until(lambda: driver.bench.streams.current_answer())


async def test_what_a_model_writes_is_shown_and_never_obeyed() -> None:
    run = ScriptedRun(endless(Pause(), ODD_TEXT))
    async with driving(lambda: scripted.workspace(run, TINY)) as driver:
        await ask_and_wait(driver)
        assert driver.bench.streams.current_answer() == ODD_TEXT
        await driver.press("C")
        assert driver.app.clipboard == ODD_TEXT
        await driver.until(lambda: "[bold]not&#160;bold[/bold]" in driver.app.export_screenshot())
        picture = driver.app.export_screenshot()
        assert "\x1b" not in picture


async def test_a_model_that_dies_is_a_row_with_its_reason_and_a_calm_notice() -> None:
    verdict = ExitCause(kind=ExitKind.OUT_OF_MEMORY, reason="ended by the system [b]while[/b] loading")

    def script(plan: Plan) -> Iterable[Event]:
        yield scripted.death(plan.models[0], verdict, skipped=9)

    async with driving(lambda: scripted.workspace(ScriptedRun(script), TINY, OTHER)) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        await driver.press("enter")
        await driver.until(lambda: driver.cells("status") == ["out of memory", "skipped"])
        assert f"tiny {verdict}" in driver.notices
        await driver.press("4")
        assert driver.text_of("#results-detail") == f"tiny: {verdict}"


async def test_keys_that_make_no_sense_now_say_why_or_are_not_offered() -> None:
    pause = Pause()
    others = [Notice(text=f"{OTHERS_RUN} (the run {name}).") for name in "ab"]
    run = ScriptedRun(lambda plan: itertools.chain(others, endless(pause)(plan)))
    async with driving(lambda: scripted.workspace(run, TINY)) as driver:
        await driver.press("e")
        await driver.noticed("There is nothing to export yet")
        await driver.press("C")
        await driver.noticed("There is no answer to copy yet")
        await driver.press("F")
        await driver.noticed("No answer here has any reasoning")
        await driver.press("M")
        await driver.noticed("There is no answer yet: r asks. The next ones will be shown as they were written.")
        await driver.press("M")
        assert "s" not in driver.bench.active_bindings
        footer = list(driver.bench.query(FooterKey))
        await ask_and_wait(driver)
        assert "s" in driver.bench.active_bindings
        offered = [binding.binding for binding in driver.bench.active_bindings.values() if binding.binding.show]
        await driver.until(lambda: in_footer(driver) == list(dict.fromkeys(key.action for key in offered)))
        assert len(set(footer) & set(driver.bench.query(FooterKey))) > len(footer) / 2, "the others stay as they are"
        for key in ("r", "b"):
            await driver.press(key)
            await driver.noticed("A question is running: s stops it.")
        assert driver.app.screen is driver.bench
        await driver.press("s")
        await driver.until_rest()
        await driver.press("space")
        driver.app.clear_notifications()
        await driver.press("r", "r")
        await driver.noticed("No model is selected")
        shown = getattr(driver.app, "_notifications")  # noqa: B009
        await driver.until(lambda: len(list(shown)) == 1)
        assert sum(OTHERS_RUN in notice for notice in driver.notices) == 1


async def test_the_first_screen_says_what_the_next_key_does() -> None:
    run = ScriptedRun(endless(Pause()))
    async with driving(lambda: scripted.workspace(run, TINY, OTHER)) as driver:
        hint = driver.bench.streams.query_one(".streams--hint", Static)
        await driver.until(lambda: "Press r to ask the 2 selected models:" in str(hint.visual))
        assert f"“{driver.bench.prompt_line.text}”" in str(hint.visual)
        await driver.press("space")
        assert "ask the selected model:" in str(hint.visual)
        await driver.press("down", "space")
        assert "Press space on a model" in str(hint.visual)
        for key, sentence in (("s", "Nothing is running."), ("U", "No model is loaded.")):
            await driver.press(key)
            await driver.noticed(sentence)


async def test_the_results_of_the_last_session_are_there_until_another_run_begins(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    past_runs.write(file)
    run = ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, TINY, history_file=file)) as driver:
        await driver.until(lambda: driver.cells("model"))
        assert "benchmark of 2026-" in str(driver.bench.results.border_title)
        await driver.press("g")
        await driver.until(lambda: isinstance(driver.app.screen, ChartsScreen))
        await driver.press("q")
        await driver.run_with("r")
        assert driver.cells("model") == ["tiny"], "a question takes the place of an earlier session's benchmark"
        assert str(driver.bench.results.border_title) == "Results · question"


async def test_at_80_columns_the_results_show_the_status_and_no_part_of_a_column() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(scripted.whole_benchmark), TINY), size=NARROW) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        assert ["●" in str(button.render()) for button in driver.app.screen.query(RadioButton)] == [True, False, False]
        await driver.run_with("enter")
        await driver.press("4")
        table = driver.bench.results.query_one(ResultsTable)
        await driver.until(lambda: driver.cells("status") == ["ok"])
        assert table.virtual_size.width <= table.size.width
        assert not table.show_horizontal_scrollbar
        await driver.pilot.resize_terminal(200, 42)
        await driver.until(lambda: len(driver.bench.results.texts[0]) == len(COLUMNS))


async def test_a_stray_escape_stops_nothing_and_q_asks_while_a_question_is_answered() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless(Pause())), TINY)) as driver:
        await ask_and_wait(driver)
        await driver.press("escape", "escape")
        assert driver.session.running is not None
        assert not driver.session.stopping
        await driver.press("q")
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        assert "the others are lost" in str(driver.app.screen.query_one("Label", Static).visual)
        await driver.press("q")
        assert driver.app.screen is driver.bench, "q leaves the dialog, and not the app"
        assert driver.session.running is not None


async def test_letters_go_to_the_prompt_only_while_it_has_the_focus() -> None:
    run = ScriptedRun(endless(Pause()))
    async with driving(lambda: scripted.workspace(run, TINY)) as driver:
        driver.bench.prompt_line.text = ""
        await driver.press("p")
        await driver.press(*"brsq?", "escape")
        assert driver.bench.prompt_line.text == "brsq?"
        assert not isinstance(driver.bench.focused, PromptArea)
        assert run.plans == []
        await driver.pilot.click(PromptArea)
        await driver.press("end", "!", "enter")
        await driver.until(lambda: run.plans)
        (plan,) = run.plans
        assert [prompt.text for prompt in plan.prompts] == ["brsq?!"]
        assert (plan.purpose, plan.method.mode, plan.method.rounds, plan.method.warmup) == (
            Purpose.ASK,
            Mode.SIDE_BY_SIDE,
            1,
            0,
        )


async def test_a_question_takes_four_models_at_most_and_keeps_a_benchmark_in_the_table() -> None:
    models = [builders.model(f"model-{number}") for number in range(5)]
    pause = Pause()

    def script(plan: Plan) -> Iterable[Event | Pause]:
        if plan.purpose is Purpose.BENCHMARK:
            yield from scripted.whole_benchmark(plan)
        else:
            yield pause

    run = ScriptedRun(script)
    async with driving(lambda: scripted.workspace(run, *models)) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        await driver.run_with("enter")
        assert driver.cells("status") == ["ok"] * 5
        await driver.press("r")
        await driver.until(lambda: len(run.plans) == 2)
        assert len(run.plans[1].models) == 4
        pause.end()
        await driver.until_rest()
        assert len(driver.cells("model")) == 5
        assert driver.results.plan is run.plans[0]
        title = "Results · benchmark · the numbers of a question are in Streams"
        assert str(driver.bench.results.border_title) == title
        assert driver.bench.streams.border_subtitle == "", "there is no answer to read or to vote for"


async def test_a_row_keeps_what_its_model_does_until_the_last_summary_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    listing_released = threading.Event()

    def held_summary(record: RunRecord) -> tuple[ModelSummary, ...]:
        if record.status is not RunStatus.RUNNING:
            listing_released.wait(120)
        return summarize(record)

    monkeypatch.setattr(session, "summarize", held_summary)
    first, pause = Pause(), Pause()

    def script(plan: Plan) -> Iterable[Event | Pause]:
        # What an earlier run had left in memory.
        yield ModelUnloaded(key=plan.models[0].key)
        yield first
        yield from scripted.loading(plan.models[0])
        yield pause
        yield ModelLoading(key="next", model=plan.models[1], launch=1)

    async with driving(lambda: scripted.workspace(ScriptedRun(script), TINY, builders.model("next"))) as driver:
        await driver.press("r")
        await driver.until(lambda: driver.cells("status") == ["waiting", "waiting"])
        first.end()
        await driver.until(lambda: driver.cells("status") == ["loading", "waiting"])
        pause.end()
        await driver.until(lambda: driver.session.running is None)
        assert driver.cells("status") == ["loaded", "loading"]
        listing_released.set()
        await driver.until(lambda: driver.cells("status") == ["skipped", "skipped"])


async def test_nothing_is_laid_out_while_models_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A layout and the frame after it take tens of milliseconds, and models compute on the same processor."""
    layouts: list[int] = []
    reflow = Compositor.reflow

    def counted(self: Compositor, parent: Widget, size: Size) -> ReflowResult:
        layouts.append(1)
        return reflow(self, parent, size)

    monkeypatch.setattr(Compositor, "reflow", counted)
    pauses = [Pause(), Pause()]

    def script(plan: Plan) -> Iterable[Event | Pause]:
        layouts.clear()
        for model in plan.models:
            yield from scripted.streaming(model, plan, ["one ", "two"])
        yield pauses[0]
        for done, model in enumerate(plan.models[:-1], start=1):
            sample = builders.samples_of(model.key, plan, ttft_ms=200, tok_s=50)[0]
            yield SampleFinished(key=model.key, sample=sample, done_samples=done)
        yield pauses[1]

    async with driving(lambda: scripted.workspace(ScriptedRun(script), TINY, OTHER, PRACTICE)) as driver:
        await ask_and_wait(driver)
        for pause in pauses:
            pause.end()
        await driver.until_rest()
        pauses[:] = [Pause(), Pause()]
        await driver.press("r")
        await driver.until(lambda: driver.cells("status") == ["running"] * 3)
        await driver.until(lambda: driver.bench.streams.current_answer() == "one two")
        pauses[0].end()
        await driver.until(lambda: driver.cells("status") == ["answered", "answered", "running"])
        assert not layouts
        pauses[1].end()
        await driver.until_rest()


async def test_the_dialog_says_how_much_it_will_be_and_what_is_wrong() -> None:
    run = ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, TINY, OTHER, ABSENT, chosen=["tiny"]), size=NARROW) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        dialog = driver.app.screen
        assert [option.id for option in dialog.query_one(ChoiceList).options] == ["tiny", "other@cpu"]
        assert "9 requests" in driver.text_of("#sum")
        dialog.query_one("#rounds", Input).focus()
        dialog.query_one("#rounds", Input).value = "0"
        await driver.until(lambda: driver.text_of(".error") == "Rounds: a whole number from 1 up is expected.")
        await driver.press("enter")
        assert driver.app.screen is dialog
        dialog.query_one("#rounds", Input).value = "5"
        dialog.query_one("#max-tokens", Input).value = "64"
        await driver.until(lambda: "13 requests" in driver.text_of("#sum"))
        assert dialog.query_one(".box").region.bottom <= NARROW[1]
        await driver.run_with("enter")
        (plan,) = run.plans
        assert (plan.models, plan.method.rounds, plan.method.warmup, plan.method.max_tokens) == ((TINY,), 5, 1, 64)
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        assert driver.app.screen.query_one("#rounds", Input).value == "5"
        await driver.press("escape")
        assert driver.app.screen is driver.bench


async def test_models_that_are_missing_say_what_to_do_and_cannot_be_selected() -> None:
    run = ScriptedRun(endless(Pause()))
    async with driving(lambda: scripted.workspace(run, TINY, ABSENT)) as driver:
        await driver.press("down")
        await driver.until(lambda: driver.text_of("#model-detail") == "Fetch it first.")
        await driver.press("space")
        await driver.noticed("mistral-7b is not on this machine Fetch it first.")
        assert driver.bench.models.chosen == (TINY,)


async def test_results_are_sorted_by_any_column_with_what_is_unknown_last() -> None:
    run = ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, TINY, PRACTICE)) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        await driver.run_with("enter")
        table = driver.bench.results.query_one(ResultsTable)
        with pytest.MonkeyPatch.context() as patch:
            drawn = table.render_lines(table.size.region)
            table.notify_style_update()
            patch.setattr(ResultsTable, "_render_cell", getattr(DataTable, "_render_cell"))  # noqa: B009
            by_textual = table.render_lines(table.size.region)
            assert [list(row) for row in drawn] == [list(row) for row in by_textual], (
                "the cells are drawn as Textual draws them"
            )
        in_plan = driver.cells("model")
        index = [column.id for column in COLUMNS].index("decode")
        await driver.press("4", *["o"] * (index + 1))
        assert driver.cells("decode") == ["25.0", "50.0"]
        await driver.press("O")
        assert driver.cells("decode") == ["50.0", "25.0"]
        await driver.press(*["o"] * (len(COLUMNS) - index))
        assert driver.cells("model") == in_plan
        await driver.pilot.click("DataTable", offset=(3, 0))
        assert driver.cells("model") == sorted(in_plan)
    loaded = ModelSummary(key="a", model=TINY, status=ModelStatus.OK, load_s=1.0)
    unknown = ModelSummary(key="b", model=TINY, status=ModelStatus.SKIPPED)
    load = next(column for column in COLUMNS if column.id == "load")
    for descending in (False, True):
        assert sorted_rows([unknown, loaded], load, descending=descending) == [loaded, unknown]


async def test_help_lists_every_key_and_every_definition() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless(Pause())), TINY), size=NARROW) as driver:
        await driver.press("?")
        await driver.until(lambda: isinstance(driver.app.screen, HelpScreen))
        words = "\n".join(str(text.visual) for text in driver.app.screen.query(Static))
        for name, meaning in DEFINITIONS:
            assert name in words
            assert meaning in words
        for key in keys_of(driver.app, driver.bench):
            assert key.tooltip in words or not key.key
        await driver.press("escape")
        assert driver.app.screen is driver.bench


async def test_the_focused_pane_can_be_shown_alone_and_the_theme_changed() -> None:
    async with driving(lambda: scripted.workspace(ScriptedRun(endless(Pause())), TINY)) as driver:
        panes = ["models", "streams", "memory", "results"]
        await driver.press("3", "m")
        await driver.until(lambda: [pane for pane in panes if driver.shown(f"#{pane}")] == ["memory"])
        await driver.press("m")
        await driver.until(lambda: all(driver.shown(f"#{pane}") for pane in panes))
        assert driver.app.theme == palette.DARK.name
        await driver.press("T")
        assert driver.app.theme == palette.LIGHT.name
        await driver.until(lambda: palette.stored_theme(driver.app.available_themes) == palette.LIGHT.name)
        assert {"Run", "Benchmark", "Export", "Colours"} <= driver.offered
        assert "Stop" not in driver.offered


async def test_at_80_columns_a_sentence_a_question_and_a_name_find_their_room() -> None:
    long = builders.model("a-" + "very-" * 9 + "long-name")
    async with driving(lambda: scripted.workspace(ScriptedRun(scripted.whole_benchmark)), size=NARROW) as driver:
        assert driver.text_of("#model-detail").startswith("No model is on this machine yet: c opens the catalogue")
        driver.app.push_screen(ConfirmDialog("Question", "\n".join("abc" * 40), yes="Yes", no="No"))
        await driver.until(lambda: isinstance(driver.app.screen, ConfirmDialog))
        box, button = driver.app.screen.query_one(".box").region, driver.app.screen.query_one("#no").region
        assert box.height == NARROW[1]
        assert button.area
        assert button.bottom < box.bottom
        question = driver.app.screen.query_one(".question")
        await driver.press("down", "right", "left", "n")
        assert question.scroll_offset.y == 1
        await driver.bench.results.show_summaries(summarize(builders.run_record(long)))
        await driver.press("4")
        await driver.until(lambda: driver.bench.results.texts)
        name = driver.bench.results.texts[0][0]
        assert name == cut_name(long.key, NARROW[0] // 3)
        assert driver.text_of("#results-detail") == long.key


def test_the_theme_that_was_chosen_last_is_there_from_the_start() -> None:
    assert BenchtopApp(open_workspace).theme == palette.DARK.name
    palette.store_theme("nord")
    assert BenchtopApp(open_workspace).theme == "nord"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000, b'{"theme": 3}', b'{"theme": "gone"}'])
def test_settings_that_are_of_no_use_are_as_if_there_were_none(content: bytes) -> None:
    file = paths.settings_file()
    paths.write_atomically(file, content, make_folder=True)
    assert palette.stored_theme({"nord"}) == palette.DARK.name
    file.unlink()
    file.mkdir()
    palette.store_theme("nord")
    assert palette.stored_theme({"nord"}) == palette.DARK.name
    assert list(file.parent.iterdir()) == [file], "nothing is left of the attempt"


async def test_a_history_that_cannot_be_opened_is_a_notice_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    run = ScriptedRun(scripted.whole_benchmark)

    def opener() -> Workspace:
        return scripted.workspace(run, TINY, history_file=tmp_path / "file" / "history.sqlite3")

    async with driving(opener) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        await driver.run_with("enter")
        assert driver.cells("status") == ["ok"]
        assert any(notice.startswith("Runs are not kept") for notice in driver.notices)


async def test_an_unexpected_error_ends_the_run_with_a_sentence_and_not_the_app() -> None:
    def script(plan: Plan) -> Iterable[Event]:
        raise LookupError(plan.models)

    async with driving(lambda: scripted.workspace(ScriptedRun(script), TINY)) as driver:
        await driver.press("r")
        await driver.until(lambda: driver.notices)
        await driver.noticed("Something unexpected ended this (LookupError)")
        assert driver.session.running is None
        assert driver.app.is_running


async def test_a_broken_configuration_ends_the_start_with_its_sentence() -> None:
    def opener() -> Workspace:
        raise ConfigError("models.json: line 3 is no JSON; correct it.")

    app = ListeningApp(opener)
    async with app.run_test():
        await until(lambda: not app.is_running)
    assert app.return_code == EXIT_CONFIGURATION
