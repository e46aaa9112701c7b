"""Judges for tests, each with one fault, and answers for them to judge."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace

from tests.support.builders import model, run_record, sample
from tests.support.scripted_server import HttpRequest, Reply, Scene, ScriptedServer, chunk
from tui.engines.contract import Loaded
from tui.engines.endpoint.engine import EndpointEngine
from tui.records import Endpoint, Model, ModelState, Prompt, RunRecord

GRADES = {"one": (5, 2, 4, 1), "two": (1, 4, 2, 5), "here/vain": (3, 3, 1, 4)}
"""The worth of each model's answers to four prompts; the text of an answer states it."""
WORDS = {"one": (40, 30, 5, 25), "two": (20, 8, 30, 10), "here/vain": (10, 20, 12, 40)}
QUOTED = re.compile(r"<<<\n(.*?)\n>>>", re.DOTALL)


def judged_run() -> RunRecord:
    """Return a run of three models whose answers differ in worth, independently of their length."""
    run = run_record(*(model(alias) for alias in GRADES))
    prompts = tuple(Prompt(id=f"p{number}", text=f"Question {number}?") for number in range(4))
    samples = tuple(
        sample(
            alias, prompt_id=prompt.id, text=f"{alias} {'word ' * WORDS[alias][number]}worth {GRADES[alias][number]}"
        )
        for number, prompt in enumerate(prompts)
        for alias in GRADES
    )
    return replace(run, plan=replace(run.plan, prompts=prompts), samples=samples, loads=())


def worth(text: str) -> int:
    return int(text.rpartition("worth ")[2])


def prompt_and_answers(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the whole prompt, and the answers that it holds."""
    messages = request.body["messages"]
    assert isinstance(messages, list)
    content = str(messages[-1]["content"])  # pyright: ignore[reportUnknownArgumentType]
    return content, [text for text in QUOTED.findall(content) if "worth" in text]


def reply_of(name: str, prompt: str, answers: Sequence[str]) -> str:
    """Return what the judge of this name answers: a fair judgement, except for its one fault."""
    again = "could not be used" in prompt
    if len(answers) == 2:
        first, second = (worth(answer) for answer in answers)
        fair = "neither" if first == second else "first" if first > second else "second"
        longer = "first" if len(answers[0]) > len(answers[1]) else "second"
        better = {"first": "first", "longer": longer, "five": "neither"}.get(name, fair)
        good = json.dumps({"better": better, "reason": "so"})
    else:
        low_first = prompt.index("1: poor") < prompt.index("5: excellent")
        own = 5 if answers[0].startswith("here/vain") else 2
        score = {"five": 5, "seven": 7, "turning": 1 if low_first else 5, "vain": own}.get(name, worth(answers[0]))
        good = json.dumps({"score": score, "reason": "so"})
    prose = f"Sure! Here it is: {good} I hope this helps."
    return {"invalid": good[:-1], "prose": prose, "late": good if again else prose}.get(name, good)


def saying(name: str) -> Scene:
    """Return a scene that answers as the judge of this name does."""

    async def scene(request: HttpRequest, reply: Reply) -> None:
        if name == "free" and "response_format" in request.body:
            await reply.head()
            await reply.event({"error": {"message": "cannot create a grammar"}})
            await reply.done()
            return
        prompt, answers = prompt_and_answers(request)
        await reply.head()
        if name == "thinking":
            await reply.event(chunk({"reasoning_content": "Let me think. "}))
            if int(str(request.body["max_tokens"])) < 1000:
                await reply.finish(200)
                return
        if name == "rambling":
            await reply.text("Well, ")
            await reply.finish(200)
            return
        await reply.text(reply_of(name, prompt, answers))
        await reply.finish(9, reason="stop")

    return scene


class Lent(EndpointEngine):
    """An engine that outlives its judge, so that not each judge starts a client."""

    async def load(self, timeout_s: float) -> Loaded:
        return Loaded(load_ns=None, process_start_ns=None) if self.alive else await super().load(timeout_s)

    async def close(self) -> None:
        pass

    async def end(self) -> None:
        await super().close()


def judge_model(server: ScriptedServer, name: str) -> Model:
    endpoint = Endpoint(name="here", url=server.url)
    return Model(alias=f"here/{name}", engine="endpoint", model_id=name, state=ModelState.READY, endpoint=endpoint)
