"""A conversation with a real model and one on a scripted server: turns, stop, retry, and putting it together again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest

from tests.support.conditions import until
from tests.support.endpoints import on
from tests.support.scripted_server import HttpRequest, Reply, ScriptedServer, chunk, serving, usage
from tui.bench.events import Event, TextReceived
from tui.practice import practice_folder
from tui.records import Exchange, Model, ModelState, QuestionSettings, SampleStatus
from tui.workspace.conversation import CONTINUE, Conversation
from tui.workspace.questions import question_plan
from tui.workspace.session import Session
from tui.workspace.stored_runs import load_conversation
from tui.workspace.workspace import workspace_for

pytestmark = pytest.mark.usefixtures("own_home")
SMALL = Model(
    alias="practice-small", folder=practice_folder("practice-small"), state=ModelState.READY, context_tokens=2048
)
QUESTIONS = ("What is a token?", "And a context?", "Summarize retrieval augmented generation.", "Shorter.", "Why?")


def messages_of(request: HttpRequest) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", request.body["messages"])


async def echo(request: HttpRequest, reply: Reply) -> None:
    """Answer with the number of messages, all but the newest of them from the cache."""
    messages = messages_of(request)
    await reply.head()
    await reply.text(f"{len(messages)} ", "messages")
    await reply.event(chunk({}, "stop"))
    cached = {"prompt_tokens_details": {"cached_tokens": 10 * (len(messages) - 1)}}
    await reply.event(usage(2, 10 * len(messages), **cached))
    await reply.done()


async def endless(_: HttpRequest, reply: Reply) -> None:
    await reply.head()
    while True:
        await reply.text("word ")
        await asyncio.sleep(0.01)


@asynccontextmanager
async def conversing(
    server: ScriptedServer, file: Path, heard: list[Event] | None = None
) -> AsyncGenerator[tuple[Session, Conversation]]:
    """Open a session with both models, whose events the conversation follows; ``heard`` takes them too."""
    conversation = Conversation()
    workspace = workspace_for((SMALL, on(server.url)), file)

    def show(event: Event) -> None:
        conversation.follow(event)
        if heard is not None:
            heard.append(event)

    session = Session(workspace, show)
    try:
        yield session, conversation
    finally:
        await session.close(60)


async def test_five_turns_with_two_models_are_stored_and_put_together_again(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite3"
    settings, run_id = QuestionSettings(system="Be brief.", max_tokens=30), ""
    with serving() as server:
        server.scene = echo
        async with conversing(server, file) as (session, conversation):
            for number, question in enumerate(QUESTIONS, start=1):
                assert conversation.next_turn == number
                plan = question_plan(session.workspace, session.workspace.models, question, settings, conversation)
                record = await session.run(plan)
                assert record is not None
                run_id = record.run_id
                settings = QuestionSettings(max_tokens=30)
                assert [sample.turn for sample in record.samples] == [number, number]
            sent = [messages_of(request) for request in server.chats]
            assert [len(messages) for messages in sent] == [2, 4, 6, 8, 10]
            assert sent[2][0] == {"role": "system", "content": "Be brief."}, "the first system prompt stays"
            assert sent[2][3:] == [
                {"role": "user", "content": QUESTIONS[1]},
                {"role": "assistant", "content": "4 messages"},
                {"role": "user", "content": QUESTIONS[2]},
            ]
            turns = {key: list(samples) for key, samples in conversation.turns.items()}
            assert [sample.timeline.cached_prompt_tokens for sample in turns["here/tiny"]] == [10, 30, 50, 70, 90]
            prompt_tokens = [sample.timeline.prompt_tokens or 0 for sample in turns["practice-small"]]
            assert prompt_tokens == sorted(set(prompt_tokens)), "the context of the real model grows with each turn"
            stored = load_conversation(file, run_id)
            assert len(stored) == len(QUESTIONS)
            again = Conversation.of_runs(stored)
            assert (again.id, again.system) == (conversation.id, "Be brief.")
            assert {key: list(samples) for key, samples in again.turns.items()} == turns
            assert load_conversation(file, stored[0].run_id) == stored


async def test_one_answer_is_stopped_asked_again_and_gone_on_with(tmp_path: Path) -> None:
    heard: list[Event] = []
    with serving() as server:
        server.scene = endless
        async with conversing(server, tmp_path / "history.sqlite3", heard) as (session, conversation):
            workspace, settings, models = session.workspace, QuestionSettings(max_tokens=8), session.workspace.models
            first = asyncio.create_task(
                session.run(question_plan(workspace, models, "Summarize embeddings.", settings, conversation))
            )
            await until(lambda: any(isinstance(event, TextReceived) and event.key == "here/tiny" for event in heard))
            await until(lambda: conversation.turns["practice-small"])
            assert workspace.model_pool.stop_answer("here/tiny")
            await asyncio.wait_for(first, 60)
            assert not workspace.model_pool.stop_answer("here/tiny")
            (stopped,) = conversation.turns["here/tiny"]
            assert stopped.status is SampleStatus.CANCELLED
            assert stopped.text.startswith("word ")
            assert conversation.is_cut("practice-small")
            assert not conversation.is_cut("here/tiny")
            assert conversation.exchanges("here/tiny") == (
                Exchange(question="Summarize embeddings.", answer=stopped.text),
            )

            server.scene = echo
            question = conversation.last_question("here/tiny")
            assert question is not None
            await session.run(question_plan(workspace, models[1:], question, settings, conversation, again=True))
            assert [sample.text for sample in conversation.turns["here/tiny"]] == ["1 messages"]
            assert conversation.turns["here/tiny"][0].turn == 1

            await session.run(question_plan(workspace, models[:1], CONTINUE, settings, conversation))
            assert [sample.turn for sample in conversation.turns["practice-small"]] == [1, 2]
            assert len(conversation.turns["here/tiny"]) == 1
            runs = load_conversation(tmp_path / "history.sqlite3", session.newest.run_id if session.newest else "")
            assert Conversation.of_runs(runs).turns == conversation.turns
