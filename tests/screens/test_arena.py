"""Voting for the better answer, with the names hidden or not, and the ranking that comes of it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import builders, scripted
from tests.support.judges import judged_run
from tests.support.scripted import ScriptedRun
from tests.support.workbench import WIDE, Driver, driving
from tui.bench import events
from tui.bench.events import Event
from tui.measure.answers.quality import answer_id, answers_of
from tui.panes.answers.column import ReadingColumn
from tui.panes.arena.table import ArenaTable
from tui.panes.streams.column import StreamColumn
from tui.records import Plan
from tui.records.quality import RaterKind, Rating
from tui.screens.answers.screen import AnswersScreen
from tui.screens.arena.screen import ArenaScreen
from tui.store.history import History
from tui.store.ratings import add as add_rating
from tui.store.votes import stored_votes
from tui.workspace.voting import cast_vote, voted_samples

MODELS = [builders.model(name) for name in ("one", "two", "three")]


def answering(plan: Plan) -> Iterable[Event]:
    for number, model in enumerate(plan.models, start=1):
        yield from scripted.loading(model)
        yield from scripted.streaming(model, plan, [f"**{model.key}** answers."])
        sample = replace(builders.sample(model.key, text=f"**{model.key}** answers."), prompt_id=plan.prompts[0].id)
        yield events.SampleFinished(key=model.key, sample=sample, done_samples=number)


def columns(driver: Driver) -> list[StreamColumn]:
    return [column for column in driver.bench.query(StreamColumn) if column.display]


def headings(driver: Driver) -> list[str]:
    """Return the three first rows above each answer."""
    return ["\n".join(column.header.render_line(y).text.strip() for y in range(3)) for column in columns(driver)]


async def focus(driver: Driver, key: str) -> None:
    next(column for column in columns(driver) if column.model.key == key).tail.focus()
    await driver.pilot.pause()


@pytest.mark.usefixtures("own_home")
async def test_a_vote_is_stored_shown_in_the_ranking_and_replaced_by_a_second_one(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    workspace = scripted.workspace(ScriptedRun(answering), *MODELS, history_file=file)
    async with driving(lambda: workspace, WIDE) as driver:
        await driver.press("G")
        await driver.noticed("nothing to vote on yet")
        await driver.press("H")
        await driver.run_with("r")
        await driver.until(lambda: all(column.tail.text for column in columns(driver)))
        assert [heading.splitlines()[0] for heading in headings(driver)] == ["Answer A", "Answer B", "Answer C"]
        assert not any("TTFT" in heading for heading in headings(driver)), "figures would tell which model it is"
        await driver.press("1", "G")
        await driver.noticed("Go to the better answer first")
        assert stored_votes(file) == ()
        await focus(driver, "two")
        await driver.press("G")
        await driver.noticed("two is better than one and three")
        (vote,) = stored_votes(file)
        assert (vote.keys, vote.winner, vote.blind) == (("one", "three", "two"), "two", True)
        names = {heading.removeprefix("▸ ").split()[0] for heading in headings(driver)}
        assert names == {"one", "two", "three"}
        await driver.press("Y")
        await driver.noticed("Your vote: a tie")
        await driver.press("H", "K")
        await driver.until(lambda: isinstance(driver.app.screen, ArenaScreen) and driver.app.screen.places)
        ranking = str(driver.app.screen.query_one(ArenaTable).visual)
        assert [line.split()[1] for line in ranking.splitlines()[1:]] == ["50", "50", "50"], "the tie has replaced it"
        assert "●" in ranking
        await driver.press("escape", "I")
        await driver.until(
            lambda: isinstance(driver.app.screen, AnswersScreen) and driver.app.screen.query(ReadingColumn)
        )
        await driver.press("H")
        titles = [str(column.border_title) for column in driver.app.screen.query(ReadingColumn)]
        assert titles == ["Answer A", "Answer B", "Answer C"]
        await driver.press("G")
        await driver.until(lambda: len(stored_votes(file)) == 3)
        titles = [str(column.border_title) for column in driver.app.screen.query(ReadingColumn)]
        assert titles == ["one", "two", "three"]


@pytest.mark.usefixtures("own_home")
async def test_ratings_and_judges_stand_beside_the_votes_and_what_they_disagree_on_below(tmp_path: Path) -> None:
    file, run = tmp_path / "history.sqlite3", judged_run()
    with closing(History(file)) as history:
        history.begin(run)
        for answer in answers_of(run):
            for rater, kind in (("Ann", RaterKind.HUMAN), ("here/fair", RaterKind.JUDGE)):
                score = len(answer.keys[0])
                add_rating(
                    history,
                    Rating(
                        answer_id=answer.answer_id,
                        key="",
                        prompt_id=answer.prompt_id,
                        score=score,
                        rater=rater,
                        kind=kind,
                    ),
                )
    for prompt in run.plan.prompts:
        samples = voted_samples(run, prompt.id)
        cast_vote(file, run, {key: samples[key] for key in ("one", "here/vain")}, "one", blind=True)
    workspace = scripted.workspace(ScriptedRun(answering), *MODELS, history_file=file)
    async with driving(lambda: workspace, (80, 24)) as driver:
        await driver.press("K")
        await driver.until(lambda: isinstance(driver.app.screen, ArenaScreen) and driver.app.screen.places)
        head, *lines = str(driver.app.screen.query_one(ArenaTable).visual).splitlines()
        assert head.split()[-3:] == ["Votes", "Ratings", "Judges"]
        assert max(map(len, (head, *lines))) <= 74
        assert lines[0].split()[0] == "here/vain"
        assert re.search(r"\(4\) +\d+ % \(8\) +\d+ % \(8\)$", lines[0].rstrip())
        about = driver.text_of("#about-votes")
        assert about.startswith("Next: escape goes back, where in the workbench G at the better answer")
        lead = driver.text_of("#arena-lead")
        assert lead.startswith("here/vain leads, which may still be chance. Votes put one first, ratings put here/vain")


@pytest.mark.usefixtures("own_home")
async def test_without_votes_the_ranking_says_how_to_vote(tmp_path: Path) -> None:
    workspace = scripted.workspace(ScriptedRun(answering), *MODELS, history_file=tmp_path / "history.sqlite3")
    async with driving(lambda: workspace, (80, 24)) as driver:
        await driver.press("K")
        await driver.until(lambda: "Nobody has voted yet" in driver.text_of("#about-votes"))


def answering_anew(plan: Plan) -> Iterable[Event]:
    """Answer a question to one model alone with another text."""
    for number, model in enumerate(plan.models, start=1):
        text = f"{model.key} answers{' again' if len(plan.models) == 1 else ''}."
        yield from scripted.loading(model)
        yield from scripted.streaming(model, plan, [text])
        sample = replace(builders.sample(model.key, text=text), prompt_id=plan.prompts[0].id)
        yield events.SampleFinished(key=model.key, sample=sample, done_samples=number)


@pytest.mark.usefixtures("own_home")
async def test_a_vote_counts_the_answer_that_one_column_was_asked_for_again(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    run = ScriptedRun(answering_anew)
    workspace = scripted.workspace(run, *MODELS[:2], history_file=file)
    async with driving(lambda: workspace, WIDE) as driver:
        await driver.run_with("r")
        first = driver.runs.session.newest
        assert first is not None
        await focus(driver, "two")
        await driver.run_with("ctrl+r")
        assert [model.key for model in run.plans[-1].models] == ["two"]
        await driver.press("G")
        await driver.noticed("two is better than one")
        (vote,) = stored_votes(file)
        texts = ("one answers.", "two answers again.")
        assert (vote.run_id, vote.keys, vote.winner) == (first.run_id, ("one", "two"), "two")
        assert vote.answer_ids == tuple(answer_id(run.plans[0].prompts[0], text) for text in texts)
        await driver.press("I")
        await driver.until(lambda: isinstance(driver.app.screen, AnswersScreen))
        assert isinstance(driver.app.screen, AnswersScreen)
        assert [sample.text for sample in driver.app.screen.run.samples] == list(texts)
