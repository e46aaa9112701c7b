"""Draws runs of several launches from a hierarchical model: a launch moves all of its rounds, a round only itself."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from tests.support.builders import model, run_record, sample
from tui.measure.statistics.intervals import Measured
from tui.records import FinishReason, RunRecord, SampleKind, Timeline
from tui.records.sample import YARDSTICK

LAUNCH_SD = 0.015
ROUND_SD = 0.03
TYPICAL_MS = {"rag": 120.0, "privacy": 180.0, "long": 400.0}
_TOKENS = 21
_TOK_S = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine on which launches and rounds differ by these standard deviations, as shares of the number."""

    launch_sd: float = LAUNCH_SD
    round_sd: float = ROUND_SD
    drift_sd: float = 0.0
    """The standard deviation of the machine's pace from launch to launch, which all models of a run share."""
    prompts: Sequence[str] = tuple(TYPICAL_MS)

    def measured(self, random: np.random.Generator, launches: int, rounds: int, factor: float = 1.0) -> list[Measured]:
        """Draw one number of one model, in milliseconds, for each prompt of each round of each launch."""
        rounds_: list[Measured] = []
        for launch in range(1, launches + 1):
            moved = random.normal(0, self.launch_sd)
            for number in range(1, rounds + 1):
                for prompt in self.prompts:
                    value = factor * TYPICAL_MS[prompt] * math.exp(moved + random.normal(0, self.round_sd))
                    rounds_.append(Measured(prompt, launch, number, value))
        return rounds_

    def run(
        self,
        random: np.random.Generator,
        launches: int,
        rounds: int,
        *,
        slower: float = 1.0,
        keys: Sequence[str] = ("tiny",),
    ) -> RunRecord:
        """Draw a run of these models; ``slower`` multiplies the TTFT of the first one, and divides its decode rate."""
        record = run_record(*(model(key) for key in keys), rounds=rounds)
        paces = np.exp(random.normal(0, self.drift_sd, launches)) if self.drift_sd else np.ones(launches)
        templates = {(key, prompt): sample(key, prompt_id=prompt) for key in keys for prompt in self.prompts}
        samples = [
            replace(
                templates[key, ttft.prompt_id],
                launch=ttft.launch,
                round=ttft.round,
                timeline=answer(
                    ttft.value * paces[ttft.launch - 1],
                    _TOK_S * TYPICAL_MS[step.prompt_id] / step.value / paces[ttft.launch - 1],
                ),
            )
            for key in keys
            for ttft, step in zip(
                self.measured(random, launches, rounds, slower if key == keys[0] else 1.0),
                self.measured(random, launches, rounds, slower if key == keys[0] else 1.0),
                strict=True,
            )
        ]
        return replace(record, samples=tuple(samples))


def with_yardstick(run: RunRecord) -> RunRecord:
    """Make the model named ``yardstick`` of a drawn run into one, which stands beside all the others."""
    samples = (
        replace(each, kind=SampleKind.YARDSTICK, prompt_id="yardstick-1") if each.key == YARDSTICK else each
        for each in run.samples
    )
    models = tuple(each for each in run.plan.models if each.key != YARDSTICK)
    return replace(run, plan=replace(run.plan, models=models), samples=tuple(samples))


def answer(ttft_ms: float, tok_s: float) -> Timeline:
    """Return a request with this TTFT and decode rate, of which only the first and the last arrival are recorded."""
    first = round(ttft_ms * 1e6)
    end = first + round((_TOKENS - 1) * 1e9 / tok_s)
    return Timeline(
        arrivals_ns=(first, end), end_ns=end, output_tokens=_TOKENS, finish_reason=FinishReason.LENGTH, prompt_tokens=16
    )
