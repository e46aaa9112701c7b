"""Reading the answers of a stored run: searching, comparing, copying, source and reasoning, from the history."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import pytest
from textual.widgets import Static
from textual.widgets._footer import FooterKey

from tests.support import scripted
from tests.support.builders import model, run_record
from tests.support.scripted import ScriptedRun
from tests.support.workbench import NARROW, WIDE, Driver, driving
from tui.panes.answers.column import ReadingColumn
from tui.records import SampleStatus
from tui.screens.answers.screen import AnswersScreen
from tui.screens.history.screen import HistoryScreen
from tui.store.history import History
from tui.system import clipboard

TABLE = "| Model | Speed |\n|---|--:|\n| small | 88 |\n\nThe **end** of a long story."
PLAIN = "The end of a short story.\n\n" + "\n\n".join(f"Line {number}." for number in range(60))
FAILURE = "refused: the model needs 7.2 GiB, of which only 3.1 GiB are free on this machine; close other programs"


@pytest.fixture
def history(tmp_path: Path, own_home: Path) -> Path:  # noqa: ARG001
    file = tmp_path / "history.sqlite3"
    run = run_record(model("one"), model("two"), model("three"))
    texts = {"one": TABLE, "two": PLAIN, "three": ""}
    samples = [
        replace(
            sample,
            text=texts[sample.alias],
            reasoning="Deep thought." if sample.alias == "one" else "",
            status=SampleStatus.FAILED if sample.alias == "three" else SampleStatus.OK,
            error=FAILURE if sample.alias == "three" else None,
        )
        for sample in run.samples
    ]
    samples.append(replace(samples[0], text="Another story."))
    with closing(History(file)) as opened:
        opened.begin(replace(run, samples=tuple(samples)))
    return file


@asynccontextmanager
async def reading(file: Path, size: tuple[int, int] = WIDE) -> AsyncGenerator[Driver, None]:
    workspace = scripted.workspace(ScriptedRun(lambda _plan: ()), model("one"), history_file=file)
    async with driving(lambda: workspace, size) as driver:
        await driver.press("h")
        await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen) and driver.app.screen.entries)
        await driver.press("I")
        await driver.until(lambda: isinstance(driver.app.screen, AnswersScreen) and columns(driver))
        yield driver


def columns(driver: Driver) -> list[ReadingColumn]:
    return [column for column in driver.app.screen.query(ReadingColumn) if column.display and column.size.width]


def rows(column: ReadingColumn) -> list[str]:
    text = column.text
    return [text.render_line(y).text[: text.size.width - 1].rstrip() for y in range(text.size.height)]


def titles(driver: Driver) -> list[str]:
    return [str(column.border_title) for column in columns(driver)]


async def test_answers_are_laid_out_from_their_beginning_and_a_failure_is_read_whole(
    history: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = Mock(return_value=True)
    monkeypatch.setattr(clipboard, "copy", copied)
    async with reading(history) as driver:
        assert titles(driver) == ["one", "two", "three"]
        first, second, third = map(rows, columns(driver))
        assert first[:4] == ["▸ 2 words of reasoning: F shows them", "Model  Speed", "─────  ─────", "small     88"]
        assert "The end of a long story." in first
        assert second[0] == "The end of a short story."
        assert " ".join("".join(f"{row} " for row in third).split()) == FAILURE
        shown = {key.description for key in driver.app.screen.query(FooterKey)}
        assert {"Search", "Diff", "Source", "Copy", "Back", "Help"} <= shown
        await driver.press("F")
        assert rows(columns(driver)[0])[0] == "Deep thought."
        await driver.press("M")
        assert "| small | 88 |" in rows(columns(driver)[0])
        await driver.press("S")
        assert "Another story." in rows(columns(driver)[0])
        assert "answer 2 of 2" in str(columns(driver)[0].border_subtitle)
        await driver.press("C")
        assert driver.app.clipboard == "Another story."
        await driver.until(lambda: copied.called)
        copied.assert_called_once_with("Another story.")
        await driver.press("H")
        hidden = ["Answer A", "Answer B", "Answer C"]
        assert titles(driver) == hidden
        await driver.press("Y")
        await driver.until(lambda: sorted(titles(driver)) == ["one", "three", "two"])
        await driver.press(".")
        await driver.until(lambda: titles(driver) == hidden)


async def test_words_are_found_in_every_answer_and_two_answers_are_compared(history: Path) -> None:
    async with reading(history, NARROW) as driver:
        await driver.press("slash", *"A LONG story", "enter")
        assert "is in 2 of 7 answers" in driver.text_of("#found")
        marked = columns(driver)[0].text
        assert any("reverse" in str(segment.style) for y in range(9) for segment in marked.render_line(y))
        await driver.press("enter")
        assert "prompt 2 of 2" in str(driver.app.screen.query_one("#top-status", Static).visual)
        await driver.press("slash", "escape")
        assert driver.text_of("#found") == ""
        await driver.press("d")
        assert titles(driver) == ["one", "two"]
        assert "of the words" in driver.text_of("#found")
        await driver.press("escape")
        assert titles(driver) == ["one", "two", "three"]
        await driver.press("L", "right")
        long = columns(driver)[1].text
        assert long.has_focus
        await driver.press("pagedown")
        assert rows(columns(driver)[1])[0] != "The end of a short story."
        await driver.press("escape")
        assert isinstance(driver.app.screen, HistoryScreen)
