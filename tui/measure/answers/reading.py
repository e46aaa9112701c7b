"""The answers of a run as a person reads them: prompt by prompt, and for each model every different answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from tui.records import FinishReason, Prompt, RunRecord, Sample, SampleStatus
from tui.records.quality import AnswerPage, GivenAnswer, ModelAnswers


def answer_pages(run: RunRecord) -> tuple[AnswerPage, ...]:
    """Sort the samples of a run by prompt and model, both in the order of the plan; failed requests are included.

    A model that ended before it was asked has the reason in place of an answer. Prompts that no model was asked have no
    page.
    """
    pages = (_page(run, prompt) for prompt in run.plan.prompts)
    return tuple(page for page in pages if page.models)


def _page(run: RunRecord, prompt: Prompt) -> AnswerPage:
    samples = [sample for sample in run.samples if sample.prompt_id == prompt.id]
    ends = {load.key: str(load.verdict) for load in run.loads if load.verdict is not None}
    models: list[ModelAnswers] = []
    for model in run.plan.models:
        answers = _different(sample for sample in samples if sample.key == model.key)
        if not answers and model.key in ends:
            answers = (GivenAnswer(key=model.key, text="", error=ends[model.key]),)
        if answers:
            models.append(ModelAnswers(key=model.key, answers=answers))
    return AnswerPage(prompt_id=prompt.id, prompt=prompt.text, system=prompt.system, models=tuple(models))


def _different(samples: Iterable[Sample]) -> tuple[GivenAnswer, ...]:
    answers: dict[tuple[str, str | None], GivenAnswer] = {}
    for sample in samples:
        error = sample.error or (None if sample.status is SampleStatus.OK else sample.status.value)
        same = answers.get((sample.text, error))
        if same is not None:
            answers[sample.text, error] = replace(same, times=same.times + 1)
            continue
        answers[sample.text, error] = GivenAnswer(
            key=sample.key,
            text=sample.text,
            reasoning=sample.reasoning,
            error=error,
            cut=sample.timeline.finish_reason is FinishReason.LENGTH,
        )
    return tuple(answers.values())
