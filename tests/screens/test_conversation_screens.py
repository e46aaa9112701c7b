"""A conversation in the workbench: five turns with a real model and one on a scripted server, saved and reopened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import pty_terminal
from tests.support.endpoints import on
from tests.support.scripted_server import serving
from tests.support.workbench import Driver, driving
from tests.workspace.test_conversation import QUESTIONS, SMALL, echo, messages_of
from tui.panes.streams.column import StreamColumn
from tui.screens.dialogs.export import MarkdownExport
from tui.screens.history.screen import HistoryScreen
from tui.workspace.workspace import Workspace, workspace_for

pytestmark = [
    pytest.mark.usefixtures("own_home"),
    pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="POSIX only"),
]


def header_of(driver: Driver, key: str) -> str:
    column = next(column for column in driver.bench.query(StreamColumn) if column.model.key == key)
    return "\n".join(column.header.render_line(y).text.rstrip() for y in range(column.header.size.height))


async def test_five_turns_are_asked_shown_cut_saved_and_reopened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with serving() as server:
        server.scene = echo
        models = (SMALL, on(server.url))

        def opener() -> Workspace:
            workspace = workspace_for(models, tmp_path / "history.sqlite3")
            return replace(workspace, chosen=tuple(model.key for model in models), prompt="What?")

        async with driving(opener) as driver:
            for number, question in enumerate(QUESTIONS, start=1):
                await driver.press("p")
                driver.bench.prompt_line.text = question
                await driver.run_with("enter")
                await driver.until(lambda turn=number: f"turn {turn + 1}" in driver.text_of(".prompt--turn"))
                await driver.press("escape")
            await driver.until(lambda: "turn 5" in header_of(driver, "here/tiny"))
            assert [len(messages_of(request)) for request in server.chats] == [1, 3, 5, 7, 9]
            await driver.until(lambda: "80 cached" in header_of(driver, "here/tiny"))
            await driver.until(lambda: "of 2,048" in header_of(driver, SMALL.key))
            assert driver.bench.streams.current_answer() == driver.runs.questions.conversation.turns[SMALL.key][4].text
            assert "turn 5" in str(driver.bench.results.border_title)

            driver.bench.prompt_line.settings = replace(driver.bench.prompt_line.settings, max_tokens=4)
            await driver.press("2")
            assert driver.bench.streams.current_key == SMALL.key
            await driver.run_with("ctrl+r")
            await driver.until(lambda: "cut at 4 tokens" in header_of(driver, SMALL.key))
            await driver.until(lambda: "> continues" in header_of(driver, SMALL.key))
            assert len(server.chats) == len(QUESTIONS), "only the column with the focus is asked again"
            await driver.run_with("greater_than_sign")
            assert [len(turns) for turns in driver.runs.questions.conversation.turns.values()] == [6, 5]

            await driver.press("E")
            await driver.until(lambda: isinstance(driver.app.screen, MarkdownExport))
            await driver.press("enter")
            await driver.until(lambda: driver.app.screen is driver.bench)
            (saved,) = tmp_path.glob("conversation-*.md")
            text = saved.read_text(encoding="utf-8")
            assert all(f"\n{question}\n" in text for question in QUESTIONS)
            assert "## Turn 6" in text
            assert "9 messages" in text

            before = driver.runs.questions.conversation
            await driver.press("ctrl+n")
            assert driver.text_of(".prompt--turn") == ""
            assert not any(column.display for column in driver.bench.query(StreamColumn))
            await driver.press("escape", "h")
            await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen) and driver.app.screen.entries)
            await driver.press("R")
            await driver.until(lambda: driver.app.screen is driver.bench and driver.bench.query(StreamColumn))
            again = driver.runs.questions.conversation
            assert (again.id, again.turns) == (before.id, before.turns)
            await driver.until(lambda: "turn 5" in header_of(driver, "here/tiny"))
            assert driver.bench.streams.current_answer() == again.turns[SMALL.key][5].text
            assert driver.bench.prompt_line.settings.max_tokens == 4
            await driver.press("p")
            driver.bench.prompt_line.text = "Go on."
            await driver.run_with("enter")
            assert len(messages_of(server.chats[-1])) == 11
