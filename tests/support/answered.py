"""Makes up a benchmark of three well-known models whose answers differ, for the pictures of rating and choosing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.support.builders import MIB, model, run_record, timeline
from tui.config import load_config
from tui.measure.answers.quality import answers_of
from tui.records import Model, Prompt, RunRecord, Sample
from tui.records.quality import Rating
from tui.store import ratings
from tui.store.history import History

LAUNCHES: Final = 3
ROUNDS: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredModel:
    """A model of the picture, with its answers and what a person thought of them."""

    alias: str
    license: str
    disk_mib: int
    memory_mib: int
    ttft_ms: float
    tok_s: float
    answers: tuple[str, str, str]
    scores: tuple[int, int, int]


ANSWERED_MODELS: Final = (
    AnsweredModel(
        alias="qwen2.5-0.5b",
        license="Apache-2.0",
        disk_mib=822,
        memory_mib=1310,
        ttft_ms=118,
        tok_s=61,
        answers=(
            "RAG is a technique in which a language model looks things up in documents before it answers.",
            "1. Data stays on the device.\n2. It works offline.\n3. It is faster.",
            "An SLM is smaller than an LLM. Choose it when the LLM is too slow or its cost is too high.",
        ),
        scores=(3, 3, 2),
    ),
    AnsweredModel(
        alias="phi-4-mini",
        license="MIT",
        disk_mib=4915,
        memory_mib=6900,
        ttft_ms=470,
        tok_s=14,
        answers=(
            "Retrieval augmented generation answers a question in two steps.\n\n"
            "1. **Retrieve:** a search finds the documents that fit the question best.\n"
            "2. **Generate:** the model writes its answer from them.\n\n"
            "The answer can be current and name its sources, without any training.",
            "1. **Data stays on the device:** no prompt is sent to a third party.\n"
            "2. **No logs elsewhere:** nobody else keeps your questions.\n"
            "3. **It works offline:** without a network there is nothing to intercept.",
            "Choose a small language model when the task is narrow, such as sorting tickets, and when latency, cost or "
            "privacy matter more than broad knowledge. Try it on fifty real cases first: if it is right often enough, "
            "the large one only costs more.",
        ),
        scores=(5, 5, 5),
    ),
    AnsweredModel(
        alias="gemma-2-2b",
        license="Gemma",
        disk_mib=1900,
        memory_mib=3600,
        ttft_ms=240,
        tok_s=33,
        answers=(
            "Retrieval augmented generation first searches documents and then lets the model generate an answer from "
            "what was found, so that it is up to date.",
            "1. Your data remains on your own machine.\n2. It works without a network.\n"
            "3. You do not depend on the policy of a third party.",
            "A small model is faster and cheaper, and runs on the device. Take the LLM for complex reasoning.",
        ),
        scores=(4, 4, 4),
    ),
)


def write_history(file: Path, *, rated: bool) -> None:
    """Write the run into a history, and if ``rated`` the scores that a person gave."""
    run = _run()
    with closing(History(file)) as history:
        history.begin(run)
        scores = {
            text: score for entry in ANSWERED_MODELS for text, score in zip(entry.answers, entry.scores, strict=True)
        }
        for answer in answers_of(run) if rated else ():
            rating = Rating(
                answer_id=answer.answer_id,
                key=answer.keys[0],
                prompt_id=answer.prompt_id,
                score=scores[answer.text],
                rater="ann",
                blind=True,
            )
            ratings.add(history, rating)


def _run() -> RunRecord:
    models = tuple(
        replace(model(entry.alias, variant="cpu"), license=entry.license, size_bytes=entry.disk_mib * MIB)
        for entry in ANSWERED_MODELS
    )
    prompts = load_config().default_prompts
    run = run_record(*models, rounds=ROUNDS, run_id="20261122-101500-a1b2c3")
    samples = (
        _sample(run, of_model, entry, index, prompt, number)
        for of_model, entry in zip(models, ANSWERED_MODELS, strict=True)
        for index, prompt in enumerate(prompts)
        for number in range(1, ROUNDS + 1)
    )
    return replace(
        run,
        plan=replace(run.plan, prompts=prompts, method=replace(run.plan.method, launches=LAUNCHES)),
        samples=tuple(samples),
        loads=(),
    )


def _sample(run: RunRecord, of_model: Model, entry: AnsweredModel, index: int, prompt: Prompt, number: int) -> Sample:
    """Return a round whose times differ a little from launch to launch."""
    slower = 1 + 0.01 * (number % LAUNCHES) + 0.002 * (number // LAUNCHES)
    like = next(sample for sample in reversed(run.samples) if sample.key == of_model.key)
    return replace(
        like,
        prompt_id=prompt.id,
        prompt=prompt.text,
        round=number,
        launch=1 + number % LAUNCHES,
        text=entry.answers[index],
        timeline=timeline(ttft_ms=entry.ttft_ms * slower, tok_s=entry.tok_s / slower),
        peak_rss_bytes=entry.memory_mib * MIB,
    )
