"""The question before models are loaded that are not expected to fit into memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Button

from tui.bench.memory.fit import OversizedModel, with_context_limit
from tui.records import Model, Plan
from tui.screens.dialogs.question import QuestionDialog
from tui.text import units

_ANYWAY: Final = "Loaded anyway, it is ended before the machine runs out of memory."


class OversizedAnswer(StrEnum):
    """What to do with models that are not expected to fit."""

    LIMIT = "limit"
    FORCE = "force"
    LEAVE = "leave"


class OversizedModelsDialog(QuestionDialog[OversizedAnswer]):
    """Asks whether to limit the models' context, load them as they are, or leave them out.

    The answer that helps most has the focus.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "answer('limit')", "Limit the context"),
        Binding("y", "answer('force')", "Load anyway"),
        Binding("n", "answer('leave')", "Leave out"),
    ]

    def __init__(self, oversized: Sequence[OversizedModel]) -> None:
        self._can_limit = any(model.fit_forecast.context_that_fits for model in oversized)
        answers = {"limit": "Limit the context"} if self._can_limit else {}
        super().__init__(
            "Not expected to fit",
            f"{'l limits · ' if self._can_limit else ''}y loads anyway · n leaves out · escape cancels",
            [*map(in_words, oversized), _ANYWAY],
            {**answers, "force": "Load anyway", "leave": "Leave out"},
            "limit" if self._can_limit else "leave",
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._can_limit if parameters == ("limit",) else super().check_action(action, parameters)

    def action_answer(self, answer: str) -> None:
        self.dismiss(OversizedAnswer(answer))

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(OversizedAnswer(event.button.id or ""))


def in_words(oversized: OversizedModel) -> str:
    """Compare what the model needs with what there is, and name the context with which it would fit."""
    context = oversized.fit_forecast.context_that_fits
    way_out = (
        f"With a context of {units.count(context)} tokens it fits."
        if context
        else "A smaller context would not be enough."
    )
    others = " beside the other models" if oversized.beside_others else ""
    return f"{oversized.model.key} {oversized.fit_forecast.words}{others}. {way_out}"


def plan_after_answer(plan: Plan, oversized: Sequence[OversizedModel], answer: OversizedAnswer) -> Plan:
    """Return the plan after the answer: with smaller contexts, with force, or without the models in question.

    If contexts are limited, a model that fits with none of them is left out.
    """
    if answer is OversizedAnswer.FORCE:
        return replace(plan, force=True)
    contexts = {entry.model.key: entry.fit_forecast.context_that_fits for entry in oversized}
    models: list[Model] = []
    for model in plan.models:
        context = contexts.get(model.key)
        if model.key not in contexts:
            models.append(model)
        elif context and answer is OversizedAnswer.LIMIT:
            models.append(with_context_limit(model, context))
    return replace(plan, models=tuple(models))
