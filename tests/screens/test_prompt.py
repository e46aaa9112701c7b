"""The prompt of the workbench: what is typed, pasted, read from a file or brought back, and the settings beside it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input, Static

from tests.support import app_terminal, builders, pty_terminal, scripted
from tests.support.scripted import Pause, ScriptedRun
from tests.support.workbench import NARROW, Driver, driving
from tui import paths
from tui.bench.events import Event
from tui.panes.prompt.area import PromptArea
from tui.records import Plan
from tui.records.plan import QUESTION_MAX_TOKENS
from tui.screens.dialogs.prompt_file import PromptFileDialog
from tui.text.cells import cells_of
from tui.workspace.stored_runs import earlier_prompts

pytestmark = pytest.mark.usefixtures("own_home")
TINY = builders.model("tiny")
NAMES = {"/": "slash", " ": "space", "\r": "enter", "\n": "ctrl+j", "\b": "backspace"}
LINES = [f"line {number} of the notes" for number in range(1, 41)]


def answering(plan: Plan) -> Iterable[Event | Pause]:
    for model in plan.models:
        yield from scripted.loading(model)
        yield from scripted.streaming(model, plan, ("one ", "two"))


def burst(driver: Driver, keys: str) -> None:
    """Put keys into the queue of the app all at once, as a terminal does that has been waiting."""
    for key in keys:
        name = NAMES.get(key, key)
        driver.app.post_message(events.Key(name, key if key.isprintable() or key == "\r" else None))


def asked(run: ScriptedRun) -> list[str]:
    return [prompt.text for plan in run.plans for prompt in plan.prompts]


async def test_keys_typed_at_once_after_the_key_of_the_prompt_replace_what_stood_there() -> None:
    run = ScriptedRun(answering)
    async with driving(lambda: scripted.workspace(run, TINY)) as driver:
        line = driver.bench.prompt_line
        assert line.text == builders.prompts()[0].text
        burst(driver, "pWrite a haiku, quetb? 1234")
        await driver.until(lambda: line.text == "Write a haiku, quetb? 1234")
        assert driver.app.screen is driver.bench
        burst(driver, "/\r")
        await driver.until(lambda: line.text.endswith("/") and asked(run))
        await driver.until_rest()
        assert asked(run) == ["Write a haiku, quetb? 1234/"]
        await driver.press("escape")
        for keys in ("/slash", "\renter"):
            burst(driver, keys)
            await driver.until(lambda text=keys[1:]: line.text == text)
            await driver.press("escape")
        burst(driver, "ptry onu\be\n2 wrds\b\b\bords\rmore")
        await driver.until(lambda: line.text == "more" and len(asked(run)) == 2)
        await driver.until_rest()
        assert asked(run)[-1] == "try one\n2 words", "each key acts where the ones before have left the text"
        driver.app.post_message(events.Key("alt+p", "p"))
        await driver.press("escape")
        burst(driver, "px")
        await driver.until(lambda: line.text == "x")
        # Another window of the desktop takes the focus and gives it back: typing goes on where it was left.
        driver.app.post_message(events.AppBlur())
        await driver.until(lambda: driver.bench.focused is None)
        driver.app.post_message(events.AppFocus())
        await driver.until(lambda: isinstance(driver.bench.focused, PromptArea))
        burst(driver, "y")
        await driver.until(lambda: line.text == "xy")
        driver.app.post_message(events.Key("alt+p", "p"))
        await driver.press("escape")
        assert line.text == "xy", "a key with alt is no letter"
        burst(driver, "4p1")
        await driver.until(lambda: line.text == "1")
        assert driver.bench.open_pane_id == "results"


async def test_lines_files_and_earlier_prompts_come_into_the_prompt_and_settings_into_the_plan(tmp_path: Path) -> None:
    run = ScriptedRun(answering)
    async with driving(lambda: scripted.workspace(run, TINY), size=NARROW) as driver:
        line = driver.bench.prompt_line
        driver.app.post_message(events.Paste("\r".join(LINES)))
        await driver.until(lambda: isinstance(driver.bench.focused, PromptArea))
        assert line.text.splitlines() == LINES
        await driver.press("enter")
        await driver.until(lambda: run.plans)
        await driver.until_rest()
        assert asked(run) == ["\n".join(LINES)]
        assert run.plans[0].method.max_tokens == QUESTION_MAX_TOKENS
        for turn in (2, 1):
            line.show_turn(turn)
            assert cells_of(driver.text_of(".prompt--keys")) <= NARROW[0] - 2
        await driver.press("escape")
        assert "+ 39 more lines" in driver.text_of(".prompt--more")

        await driver.press("p", "a", "ctrl+j", "b", "tab", *"Be brief.", "tab", *"0.7", "tab", *"64x", "tab", "5")
        await driver.press("enter")
        await driver.until(lambda: len(run.plans) == 2)
        await driver.until_rest()
        (prompt,), method = run.plans[1].prompts, run.plans[1].method
        assert (prompt.text, prompt.system) == ("a\nb", "Be brief.")
        assert (method.temperature, method.max_tokens, method.seed) == (0.7, 64, 5)

        await driver.press("p", "d", "up")
        assert line.text == "a\nb"
        await driver.press("up", "up")
        assert line.text.splitlines() == LINES
        await driver.press("down", "down", "down")
        assert line.text == "d"

        notes, empty = tmp_path / "notes.txt", tmp_path / "empty.txt"
        notes.write_text("Decided:\n- nothing\n", encoding="utf-8")
        empty.touch()
        panes, line.text = driver.bench.query_one("#panes"), "one row"
        for columns, rows, rows_free, keys in ((120, 40, 3, ("p", "tab")), (*NARROW, 2, ("p",))):
            await driver.press("escape")
            await driver.pilot.resize_terminal(columns, rows)
            await driver.until(lambda size=(columns, rows - 1 - rows_free): panes.size == size)
            room = panes.region
            for key in keys:
                await driver.press(key)
                await driver.until(lambda: line.keys.region.y == driver.bench.size.height - 1)
                assert panes.region == room, "nothing moves when the prompt opens"

        await driver.press("ctrl+o")
        await driver.until(lambda: isinstance(driver.app.screen, PromptFileDialog))
        for name, reason in ((tmp_path / "absent", "no such file"), (empty, "is empty"), (tmp_path, "cannot be read")):
            driver.app.screen.query_one(Input).value = str(name)
            await driver.press("enter")
            await driver.until(lambda words=reason: words in str(driver.app.screen.query_one(".error", Static).visual))
        driver.app.screen.query_one(Input).value = str(notes)
        await driver.press("enter")
        await driver.until(lambda: line.text == "Decided:\n- nothing")
        await driver.press("x")
        assert line.text == "x", "what was read is selected, as after the key of the prompt"


@pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="needs a pseudo-terminal")
def test_a_burst_and_a_pasted_text_of_40_lines_are_asked_whole_in_a_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_MODELS", "practice-small")
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path))
    with app_terminal.started(tmp_path, columns=80, rows=24) as terminal:
        terminal.wait_for("nothing is loaded")
        terminal.type("pWhat is a token?\r")
        terminal.wait_for("What is a token[?]")
        terminal.wait_until(lambda: earlier_prompts(paths.history_file()) == ("What is a token?",))
        terminal.wait_for("1 model loaded")
        terminal.type("p\x1b[200~" + "\r".join(LINES) + "\x1b[201~")
        terminal.wait_for("line 40 of the notes")
        terminal.type("\r")
        terminal.wait_until(lambda: earlier_prompts(paths.history_file())[-1].splitlines() == LINES)
