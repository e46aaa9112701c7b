"""A conversation with several models side by side: each has its own questions and answers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from tui.bench.events import Event, RunStarted, SampleFinished
from tui.records import Exchange, FinishReason, Model, RunRecord, Sample, SampleStatus

CONTINUE: Final = "Continue exactly where your answer stopped, and repeat nothing of it."
"""The question that has a model go on with an answer that was cut at the limit of tokens."""


class Conversation:
    """The turns of every model so far; the sample of a turn that is asked again takes the place of the earlier one."""

    def __init__(self, models: Sequence[Model] = (), conversation_id: str = "") -> None:
        self.id = conversation_id or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        self.models = tuple(models)
        self.system: str | None = None
        """The system prompt of the newest question."""
        self._turns: dict[str, list[Sample]] = {model.key: [] for model in models}

    @classmethod
    def of_runs(cls, runs: Sequence[RunRecord]) -> Conversation:
        """Put a conversation together from its runs, in their order; a run that was deleted is left out."""
        models = {model.key: model for run in runs for model in run.plan.models}
        conversation = cls(tuple(models.values()), next((run.plan.conversation for run in runs), ""))
        for run in runs:
            conversation.system = run.plan.prompts[0].system
            for sample in run.samples:
                conversation.add(sample)
        return conversation

    @property
    def turns(self) -> Mapping[str, Sequence[Sample]]:
        """The samples of each model, one for each turn, by the key of the model."""
        return self._turns

    @property
    def next_turn(self) -> int:
        """The number that the next question has, for the model that has the most turns."""
        return 1 + max((len(self.exchanges(key)) for key in self._turns), default=0)

    def follow(self, event: Event) -> None:
        """Take over what a run of this conversation has finished."""
        match event:
            case RunStarted(run=run):
                self.system = run.plan.prompts[0].system
            case SampleFinished(sample=sample):
                self.add(sample)
            case _:
                pass

    def add(self, sample: Sample) -> None:
        """Take over the sample of a turn, and forget what stood in its place."""
        turns = self._turns.setdefault(sample.key, [])
        turns[sample.turn - 1 :] = [sample]

    def exchanges(self, key: str) -> tuple[Exchange, ...]:
        """The questions that a model has answered, also in part; a question without an answer is left out."""
        return tuple(
            Exchange(question=sample.prompt, answer=sample.text) for sample in self._turns.get(key, ()) if sample.text
        )

    def before_last(self, key: str) -> tuple[Exchange, ...]:
        """The questions before the last one, which is to be asked again."""
        turns = self._turns.get(key, ())
        return self.exchanges(key)[: len(turns) - 1] if turns else ()

    def last_question(self, key: str) -> str | None:
        """The last question to a model; ``None`` if it was asked none."""
        turns = self._turns.get(key)
        return turns[-1].prompt if turns else None

    def is_cut(self, key: str) -> bool:
        """Whether the last answer of a model was cut at the limit of tokens."""
        last = next(reversed(self._turns.get(key, ())), None)
        return (
            last is not None and last.status is SampleStatus.OK and last.timeline.finish_reason is FinishReason.LENGTH
        )
