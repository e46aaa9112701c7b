"""Makes runs whose answers are right or wrong as a test says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tests.support.builders import model, run_record, sample
from tui.records import Method, Prompt, RunRecord
from tui.records.grading import Grader, GraderKind

RIGHT, WRONG = "The answer is 42.", "The answer is 41."


def graded_prompts(count: int) -> tuple[Prompt, ...]:
    """Return prompts whose answer is right if it is 42."""
    grader = Grader(kind=GraderKind.NUMBER, number=42)
    return tuple(
        Prompt(id=f"p{number}", text=f"Question {number}?", graders=(grader,)) for number in range(1, count + 1)
    )


def graded_run(answers: Mapping[str, Sequence[str]], *, temperature: float = 0.0, run_id: str = "graded") -> RunRecord:
    """Return a run in which each model gave these answers: for each prompt a digit a round, 1 for a right one."""
    prompts = graded_prompts(max(len(of_model) for of_model in answers.values()))
    run = run_record(*(model(key) for key in answers), run_id=run_id)
    samples = [
        replace(sample(key, prompt_id=prompt.id, round_number=number), text=RIGHT if digit == "1" else WRONG)
        for key, of_model in answers.items()
        for prompt, digits in zip(prompts, of_model, strict=False)
        for number, digit in enumerate(digits, start=1)
    ]
    method = Method(rounds=max(len(digits) for of_model in answers.values() for digits in of_model))
    plan = replace(run.plan, prompts=prompts, method=replace(method, temperature=temperature))
    return replace(run, plan=plan, samples=tuple(samples))


def context_run(answers: Mapping[str, Mapping[int, str]], depths: Sequence[int] = (10, 50, 90)) -> RunRecord:
    """Return a run over a context pack: for each model and length a digit a depth, 1 where the fact was found."""
    grader = Grader(kind=GraderKind.NUMBER, number=42)
    lengths = sorted({length for of_model in answers.values() for length in of_model})
    prompts = tuple(
        Prompt(id=f"context-{length}-{depth}", text="Which code?", graders=(grader,))
        for length in lengths
        for depth in depths
    )
    run = run_record(*(model(key) for key in answers), run_id="context")
    samples = [
        replace(sample(key, prompt_id=f"context-{length}-{depth}"), text=RIGHT if digit == "1" else WRONG)
        for key, of_model in answers.items()
        for length, digits in of_model.items()
        for depth, digit in zip(depths, digits, strict=True)
    ]
    plan = replace(run.plan, prompts=prompts, method=Method(rounds=1))
    return replace(run, plan=plan, samples=tuple(samples))


def loaded_run(key: str, answers: Mapping[int, str]) -> RunRecord:
    """Return a run at several requests at once: for each level a digit a prompt, 1 for a right answer."""
    prompts = graded_prompts(max(map(len, answers.values())))
    run = run_record(model(key), run_id="loaded")
    samples = [
        replace(sample(key, prompt_id=prompt.id), text=RIGHT if digit == "1" else WRONG, concurrency=at_once)
        for at_once, digits in answers.items()
        for prompt, digit in zip(prompts, digits, strict=True)
    ]
    plan = replace(run.plan, prompts=prompts, method=Method(rounds=1, concurrency=tuple(sorted(answers))))
    return replace(run, plan=plan, samples=tuple(samples))
