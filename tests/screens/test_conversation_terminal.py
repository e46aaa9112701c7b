"""A conversation in a pseudo-terminal: a long paste, five turns of two models, a vote and a diff, over two starts."""

from __future__ import annotations

import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from tests.support import pty_terminal
from tests.support.app_terminal import started
from tests.support.pty_terminal import PtyTerminal
from tests.support.scripted_server import serving
from tests.workspace.test_conversation import echo, messages_of
from tui import paths
from tui.records import SampleStatus
from tui.store.history import History
from tui.store.votes import stored_votes
from tui.workspace.stored_runs import load_conversation

pytestmark = pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="needs a pseudo-terminal")

LINES = [f"line {number} of the notes" for number in range(1, 41)]
QUESTIONS = ("\n".join(LINES), "And a context?", "Shorter.", "Why?", "Thank you.")


def pasted(text: str) -> str:
    """Return what a terminal sends when this text is pasted."""
    return f"\x1b[200~{text.replace(chr(10), chr(13))}\x1b[201~"


def ask(terminal: PtyTerminal, turn: int, question: str) -> None:
    """Paste a question in place of what stands in the prompt, send it, and wait until both models have answered it."""
    terminal.type(pasted(question))
    terminal.wait_for(re.escape(question.splitlines()[-1]))
    terminal.type(pty_terminal.ENTER)
    terminal.wait_for(rf"turn {turn + 1} ❯")


def test_five_turns_of_two_models_are_there_again_after_a_restart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_MODELS", "practice-small")
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path))
    with serving() as server:
        server.scene = echo
        config = tmp_path / "chosen"
        config.mkdir()
        text = json.dumps({"models": {"practice-small": {}}, "endpoints": {"here": {"url": server.url}}})
        (config / "models.json").write_text(text, encoding="utf-8")
        options = ("--config", str(config))
        with started(tmp_path, options=options) as terminal:
            converse(terminal)
            assert [len(messages_of(request)) for request in server.chats] == [1, 3, 5, 7, 9]
            assert messages_of(server.chats[0])[0]["content"].splitlines() == LINES
            vote_and_save(terminal)
        run_id = the_conversation()
        (saved,) = tmp_path.glob("conversation-*.md")
        assert "## Turn 5" in saved.read_text(encoding="utf-8")
        with started(tmp_path, options=options) as terminal:
            reopen_and_compare(terminal)
        assert the_conversation() == run_id, "reading a conversation adds nothing to it"
        assert len(server.chats) == len(QUESTIONS)


def converse(terminal: PtyTerminal) -> None:
    """Select the model of the server beside the practice model, and ask both five questions."""
    terminal.wait_for("here/tiny .*ready")
    terminal.type("1\x1b[H ")
    terminal.wait_for("2 selected")
    terminal.type("p")
    terminal.wait_for("new line")
    for turn, question in enumerate(QUESTIONS, start=1):
        ask(terminal, turn, question)
    terminal.wait_for("turn 5.*turn 5")
    terminal.type(pty_terminal.ESCAPE)
    terminal.wait_for("q Quit")


def vote_and_save(terminal: PtyTerminal) -> None:
    """Vote for the answer on the left, save the conversation as Markdown, and quit."""
    terminal.type("2G")
    terminal.wait_for("is better than")
    (vote,) = stored_votes(paths.history_file())
    assert vote.winner in vote.keys == ("here/tiny", "practice-small")
    terminal.type("E")
    terminal.wait_for("Export the conversation")
    terminal.type(pty_terminal.ENTER)
    terminal.wait_for("Conversation written")
    terminal.type("q")
    assert terminal.wait() == 0


def the_conversation() -> str:
    """Return the id of the newest run of the only conversation, which has five turns of both models."""
    with closing(History(paths.history_file())) as history:
        newest = history.latest(1)[0].run_id
    runs = load_conversation(paths.history_file(), newest)
    assert [run.plan.prompts[0].text for run in runs] == list(QUESTIONS)
    answers = [(sample.turn, sample.key) for run in runs for sample in run.samples if sample.status is SampleStatus.OK]
    assert sorted(answers) == [(turn, key) for turn in range(1, 6) for key in ("here/tiny", "practice-small")]
    return newest


def reopen_and_compare(terminal: PtyTerminal) -> None:
    """Open the conversation from the history, look at how two answers differ, and quit."""
    terminal.wait_for("here/tiny .*ready")
    terminal.type("h")
    terminal.wait_for("History · 5 runs")
    terminal.type("R")
    terminal.wait_for("turn 5.*turn 5")
    terminal.wait_for("9 messages")
    terminal.type("I")
    terminal.wait_for("d Diff")
    terminal.type("d")
    terminal.wait_for(r"The answers share \d+ % of the words")
    terminal.type(pty_terminal.ESCAPE)
    terminal.wait_until(lambda: "of the words" not in terminal.screen)
    terminal.type("q")
    terminal.wait_for("q Quit")
    terminal.type("q")
    assert terminal.wait() == 0
