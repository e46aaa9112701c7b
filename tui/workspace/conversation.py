"""A conversation with several models side by side: each has its own questions and answers."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tui.bench.events import Event, RunStarted, SampleFinished, SampleStarted, TextReceived
from tui.records import Exchange, Model, Prompt, RunRecord, RunStatus, Sample

CONTINUE: Final = "Continue exactly where your answer stopped, and repeat nothing of it."
"""The question that has a model go on with an answer that was cut at the limit of tokens."""


class Conversation:
    """The turns of every model so far; the sample of a turn that is asked again takes the place of the earlier one."""

    def __init__(self, conversation_id: str = "") -> None:
        self.id = conversation_id or f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
        self.system: str | None = None
        """The system prompt of the newest question."""
        self._models: dict[str, Model] = {}
        self._turns: dict[str, list[Sample]] = {}
        self._asked: RunRecord | None = None
        """The run that asked the latest question of every model."""
        self._asked_turns: dict[str, int] = {}
        """The turn that this question is, by the key of each model."""

    @classmethod
    def of_runs(cls, runs: Sequence[RunRecord]) -> Conversation:
        """Put a conversation together from its runs, in their order; a run that was deleted is left out."""
        conversation = cls(next((run.plan.conversation for run in runs), ""))
        for run in runs:
            conversation.begin(run)
            for sample in run.samples:
                conversation.add(sample)
        return conversation

    @property
    def models(self) -> tuple[Model, ...]:
        """The models that were asked."""
        return tuple(self._models.values())

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
                self.begin(run)
            case SampleFinished(sample=sample):
                self.add(sample)
            case _:
                pass

    def begin(self, run: RunRecord) -> None:
        """Take over the models and the system prompt of the question that is asked next."""
        prompt = run.plan.prompts[0]
        self.system = prompt.system
        for model in run.plan.models:
            self._models[model.key] = model
            self._turns.setdefault(model.key, [])
        is_of_all = {model.key for model in run.plan.models} == set(self._models)
        if is_of_all and (prompt.text != CONTINUE or self._asked is None):
            self._asked = run
            self._asked_turns = {key: len(self.exchanges(key)) + 1 for key in self._models}

    def latest_answers(self) -> RunRecord | None:
        """The run of the latest question to every model, with the answers as they stand now.

        An answer that one model was asked for again takes the place of its earlier one. ``None`` without any answer.
        """
        turns = self._asked_turns.items()
        samples = tuple(sample for key, turn in turns for sample in self._turns[key] if sample.turn == turn)
        if self._asked is None or not samples:
            return None
        return replace(self._asked, samples=samples, status=RunStatus.DONE)

    def replayed(self) -> Iterator[Event]:
        """The events that show all turns so far, as if they happened now."""
        for key, turns in self._turns.items():
            for sample in turns:
                prompt = Prompt(id=sample.prompt_id, text=sample.prompt)
                yield SampleStarted(key=key, prompt=prompt, kind=sample.kind, round=sample.round, turn=sample.turn)
                arrivals = sample.timeline.arrivals_ns
                for text, reasoning in ((sample.reasoning, True), (sample.text, False)):
                    if text:
                        yield TextReceived(
                            key=key,
                            text=text,
                            reasoning=reasoning,
                            arrivals=len(arrivals),
                            last_ns=arrivals[-1] if arrivals else 0,
                        )
                yield SampleFinished(key=key, sample=sample, done_samples=1)

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
        turns = self._turns.get(key)
        return bool(turns) and turns[-1].is_cut
