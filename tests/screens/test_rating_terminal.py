"""Rating by hand as a person does it: the real app in a pseudo-terminal, and nothing but keys."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from tests.support import pty_terminal
from tests.support.app_terminal import started
from tests.support.pty_terminal import ENTER, ESCAPE, PtyTerminal
from tui.bench.model_pool import ModelPool
from tui.bench.runner import run
from tui.config import load_config
from tui.measure.answers.quality import answers_of
from tui.practice import practice_folder
from tui.records import Method, Model, Plan, Purpose
from tui.records.quality import Answer, RaterKind
from tui.store import ratings
from tui.store.history import History

pytestmark = pytest.mark.skipif(not pty_terminal.AVAILABLE, reason="needs a pseudo-terminal")

NAME = "practice-small"
"""Of the practice models the fastest: they all give the same answers to the letter."""
CLEAR_LINE = "\x15"
PALETTE = "\x10"


async def ask_for_all(file: Path) -> None:
    """Have a practice model answer every default prompt set once, the default one last."""
    config, pool = load_config(), ModelPool()
    models = (Model(alias=NAME, folder=practice_folder(NAME)),)
    with closing(History(file)) as history:
        for name in sorted(config.prompt_sets, key=lambda name: name == config.default_prompt_set):
            prompts = config.prompt_sets[name]
            plan = Plan(
                models=models, prompts=prompts, method=Method(prompt_set=name, rounds=1, warmup=0), purpose=Purpose.ASK
            )
            events = run(plan, pool=pool, history=history, stop=asyncio.Event(), alternatives=models)
            async with aclosing(events):
                async for _ in events:
                    pass
    await pool.close()


def answers_in(file: Path) -> list[tuple[Answer, ...]]:
    """Return the answers of each run, the newest first."""
    with closing(History(file)) as history:
        return [answers_of(history.run(run.run_id)) for run in history.latest()]


def rate_all(terminal: PtyTerminal, scores: Sequence[int]) -> None:
    """Type these scores for the rest of a run, each after the previous one is on the screen."""
    for score in scores:
        rated = re.search(r"(\d+) of \d+ rated", terminal.screen)
        assert rated is not None
        terminal.type(str(score))
        terminal.wait_for("all rated" if score is scores[-1] else f"{int(rated[1]) + 1} of")


async def test_the_default_prompt_sets_are_rated_with_the_keyboard_alone(tmp_path: Path) -> None:
    file = tmp_path / "data" / "history.sqlite3"
    await ask_for_all(file)
    newest, older = answers_in(file)
    with started(tmp_path, columns=100, rows=30) as terminal:
        terminal.wait_for("nothing is loaded")
        terminal.type("v")
        terminal.wait_for(f"answer 1 of 1 · 0 of {len(newest)} rated · names hidden")
        terminal.type(PALETTE)
        terminal.wait_for("Let a model judge")
        terminal.type("Who")
        terminal.wait_for("Rate under another name")
        terminal.type(ENTER)
        terminal.wait_for("Who rates")
        terminal.type(CLEAR_LINE)
        terminal.wait_for(r"Name +│")
        terminal.type(f"Ann{ENTER}")
        terminal.wait_for("names hidden · rated by Ann")
        terminal.type("w")
        terminal.wait_for("A note on this answer")
        terminal.type(f"right, but long{ENTER}")
        terminal.wait_for("Note: right, but long")
        terminal.type("3")
        terminal.wait_for("prompt 2 of 3 .* 1 of 3 rated")
        terminal.type(" ")
        terminal.wait_for("prompt 3 of 3")
        terminal.type("1")
        terminal.wait_for("prompt 2 of 3 .* 2 of 3 rated")
        terminal.type("u")
        terminal.wait_for("prompt 3 of 3 .* 1 of 3 rated")
        terminal.type("5")
        terminal.wait_for("prompt 2 of 3 .* 2 of 3 rated")
        terminal.type("4")
        terminal.wait_for("all rated")
        terminal.type("[")
        shared = {answer.answer_id for answer in newest} & {answer.answer_id for answer in older}
        assert shared, "what was rated once is not asked for again"
        terminal.wait_for(f"{len(shared)} of {len(older)} rated")
        rate_all(terminal, [index % 5 + 1 for index in range(len(older) - len(shared))])
        terminal.type(ESCAPE)
        terminal.wait_for("nothing is loaded")
        terminal.type("q")
        assert terminal.wait() == 0
    with closing(History(file)) as history:
        by_answer = {
            rating.answer_id: rating for rating in ratings.ratings_of(history, [x.answer_id for x in (*newest, *older)])
        }
    given = [(by_answer[answer.answer_id].score, by_answer[answer.answer_id].note) for answer in newest]
    assert given == [(3, "right, but long"), (4, ""), (5, "")]
    others = [by_answer[answer.answer_id].score for answer in older if answer.answer_id not in shared]
    assert others == [index % 5 + 1 for index in range(len(others))]
    assert {(row.rater, row.kind, row.blind) for row in by_answer.values()} == {("Ann", RaterKind.HUMAN, True)}
