"""What is not the same about two runs: what was asked and run, which makes them unlike, and what was around it."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Final

from tui.measure.comparison.steps import common_dimension
from tui.measure.timing.segments import without_superseded
from tui.measure.timing.summary import rounds_of
from tui.records import Environment, Prompt, RunRecord, SampleStatus
from tui.records.comparison import ChangedAnswers, Difference, StepDimension
from tui.text import units

_STEPS: Final[Mapping[StepDimension | None, str]] = {
    StepDimension.PROMPT: "prompts",
    StepDimension.OUTPUT: "prompts",
    StepDimension.AT_ONCE: "concurrency",
}
"""The condition that says which steps a run has: those that both have are compared."""

CLEARLY: Final = 1.05
"""Medians of the processor's pace differ by less on a machine at rest."""


def find_differences(before: RunRecord, after: RunRecord) -> tuple[Difference, ...]:
    """What was asked or run differently, so that a difference in the numbers would say nothing."""
    along = common_dimension(before.plan, after.plan)
    found = [
        difference
        for difference in _differences(_conditions(before), _conditions(after))
        if difference.what != _STEPS.get(along)
    ]
    others = {prompt.id: prompt for prompt in after.plan.prompts}
    for prompt in before.plan.prompts:
        if prompt.id in others:
            found += _differences(_asked(prompt, along), _asked(others[prompt.id], along))
    for model in before.plan.models:
        measured, again = _as_measured(before, model.key), _as_measured(after, model.key)
        if measured and again:
            found += _differences(measured, again)
    return tuple(found)


def environment_differences(before: Environment, after: Environment) -> tuple[Difference, ...]:
    """What differs in machine and software, which a comparison is often made for."""
    was, is_now = _environment(before), _environment(after)
    # A run from before these were noted does not tell that they were others.
    unknown = {
        "GPU driver": not (before.gpu_driver and after.gpu_driver),
        "peak rss scope": not (before.peak_rss_scope and after.peak_rss_scope),
    }
    return tuple(difference for difference in _differences(was, is_now) if not unknown.get(difference.what))


def server_differences(before: RunRecord, after: RunRecord) -> tuple[Difference, ...]:
    """What differs in the servers of the models of both runs, as far as both have reported it."""
    found = list(_thread_differences(before, after))
    others = {model.key: model.served for model in after.plan.models}
    for model in before.plan.models:
        was, is_now = model.served, others.get(model.key)
        if was is None or is_now is None:
            continue
        values = (
            ("server", was.software, is_now.software),
            ("quantization", was.quantization, is_now.quantization),
            ("threads", was.threads, is_now.threads),
            ("weights", was.weights, is_now.weights),
        )
        found += [
            Difference(what=f"{model.key}: {what}", before=str(one), after=str(other))
            for what, one, other in values
            if one != other and one is not None and other is not None
        ]
    return tuple(found)


def _thread_differences(before: RunRecord, after: RunRecord) -> Iterator[Difference]:
    """The local models that compute with another number of processor threads than before."""
    was, is_now = ({load.key: load.threads for load in run.loads if load.threads} for run in (before, after))
    for key in sorted(was.keys() & is_now.keys()):
        if was[key] != is_now[key]:
            yield Difference(what=f"{key}: threads", before=str(was[key]), after=str(is_now[key]))


def pace_differences(before: RunRecord, after: RunRecord) -> tuple[Difference, ...]:
    """Whether the processor took clearly longer or less for the same work around the rounds of one side."""
    sides = [
        [each.pace_ns for model in run.plan.models for each in rounds_of(run, model.key) if each.pace_ns]
        for run in (before, after)
    ]
    if not all(sides):
        return ()
    first, second = (statistics.median(side) for side in sides)
    if max(first, second) < CLEARLY * min(first, second):
        return ()
    texts = [units.nanoseconds(side) for side in (first, second)]
    return (Difference(what="the processor's time for the same work", before=texts[0], after=texts[1]),)


def changed_answers(before: RunRecord, after: RunRecord) -> tuple[ChangedAnswers, ...]:
    """The models that answer otherwise than before, where each run repeats its own answers at temperature 0."""
    methods = (before.plan.method, after.plan.method)
    if any(method.temperature > 0 or method.no_cache_hits or method.has_levels for method in methods):
        return ()
    if methods[0].max_tokens != methods[1].max_tokens:
        return ()
    others = {prompt.id: prompt for prompt in after.plan.prompts}
    alike = {prompt.id for prompt in before.plan.prompts if prompt == others.get(prompt.id)}
    models = {model.key: model for model in after.plan.models}
    found: list[ChangedAnswers] = []
    for model in before.plan.models:
        was, is_now = (_repeated(run, model.key, alike) for run in (before, after))
        both = was.keys() & is_now.keys()
        changed = sum(was[prompt] != is_now[prompt] for prompt in both)
        if changed:
            found.append(
                ChangedAnswers(
                    key=model.key,
                    changed=changed,
                    prompts=len(both),
                    weights_before_bytes=model.weights_bytes,
                    weights_after_bytes=models[model.key].weights_bytes if model.key in models else None,
                )
            )
    return tuple(found)


def _repeated(run: RunRecord, key: str, prompts: Collection[str]) -> dict[str, str]:
    """The answer of a model to each prompt to which it gave the same one at least twice and no other."""
    texts: dict[str, list[str]] = {}
    for sample in without_superseded(run).samples:
        if sample.key == key and sample.prompt_id in prompts and sample.status is SampleStatus.OK:
            texts.setdefault(sample.prompt_id, []).append(sample.reasoning + sample.text)
    return {prompt: own[0] for prompt, own in texts.items() if len(own) > 1 and len(set(own)) == 1}


def _differences(before: Mapping[str, str], after: Mapping[str, str]) -> Iterable[Difference]:
    for what, value in before.items():
        other = after.get(what, units.UNKNOWN)
        if value != other:
            yield Difference(what=what, before=value, after=other)


def _conditions(run: RunRecord) -> dict[str, str]:
    plan = run.plan
    return {
        "purpose": plan.purpose.value,
        "mode": plan.method.mode.value,
        "order": plan.method.order.value,
        "prompts": ", ".join(sorted(prompt.id for prompt in plan.prompts)),
        "max_tokens": str(plan.method.max_tokens),
        "temperature": f"{plan.method.temperature:g}",
        "cache hits": "avoided" if plan.method.no_cache_hits else "possible",
        "concurrency": ", ".join(str(level) for level in plan.method.concurrency),
        "arrivals a second": ", ".join(f"{rate:g}" for rate in plan.method.arrivals_per_s) or units.UNKNOWN,
    }


def _asked(prompt: Prompt, along: StepDimension | None) -> dict[str, str]:
    # The first word tells the prompts of one sweep apart, and depends on what other lengths it has.
    text = prompt.text.partition(" ")[2] if along is StepDimension.PROMPT else prompt.text
    return {
        f"text of prompt {prompt.id}": text,
        f"system text of prompt {prompt.id}": prompt.system or units.UNKNOWN,
        f"max_tokens of prompt {prompt.id}": str(prompt.max_tokens or units.UNKNOWN),
    }


def _as_measured(run: RunRecord, key: str) -> dict[str, str]:
    """A model as its samples tell of it; empty where there is none."""
    sample = next((sample for sample in run.samples if sample.key == key and sample.model_id), None)
    if sample is None:
        return {}
    return {
        f"{key}: model id": sample.model_id or units.UNKNOWN,
        f"{key}: execution provider": sample.execution_provider or units.UNKNOWN,
        f"{key}: context": units.count(sample.context_tokens),
    }


def _environment(environment: Environment) -> dict[str, str]:
    names_of_machine = ("machine", "machine_name")
    values = {
        field.name: getattr(environment, field.name)
        for field in fields(environment)
        if field.name not in names_of_machine
    }
    values["ram_bytes"] = units.size(environment.ram_bytes)
    names = {"ram_bytes": "memory", "on_battery": "on battery", "gpu": "GPU", "cpu": "CPU", "os": "system"}
    names |= {"gpu_driver": "GPU driver"}
    return {
        names.get(name, name.replace("_", " ")): units.UNKNOWN if value is None else str(value)
        for name, value in values.items()
    }
