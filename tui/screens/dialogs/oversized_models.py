"""What is asked before models are loaded that are not expected to fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import ClassVar, Final

from textual import on
from textual.binding import Binding, BindingType
from textual.widgets import Button

from tui.bench.memory.fit import OversizedModel, with_context_limit
from tui.records import Plan
from tui.screens.dialogs.question import QuestionDialog
from tui.text import units

_ANYWAY: Final = "Loaded anyway, it is ended before the machine runs out of memory."


class OversizedAnswer(StrEnum):
    """What to do with models that will not fit."""

    LIMIT = "limit"
    FORCE = "force"
    LEAVE = "leave"


class OversizedModelsDialog(QuestionDialog[OversizedAnswer]):
    """Limit their context, load them as they are, or leave them out; the answer that helps most has the focus."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("l", "answer('limit')", "Limit the context"),
        Binding("a", "answer('force')", "Load anyway"),
        Binding("o", "answer('leave')", "Leave out"),
    ]

    def __init__(self, misfits: Sequence[OversizedModel]) -> None:
        self._can_limit = any(misfit.fit_forecast.context_that_fits for misfit in misfits)
        answers = {"limit": "Limit the context"} if self._can_limit else {}
        super().__init__(
            "Not expected to fit",
            f"{'l limits · ' if self._can_limit else ''}a loads anyway · o leaves out · escape",
            [*map(in_words, misfits), _ANYWAY],
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


def in_words(misfit: OversizedModel) -> str:
    """What it needs against what there is, and the context that would do."""
    context = misfit.fit_forecast.context_that_fits
    way_out = (
        f"With a context of {units.count(context)} tokens it fits."
        if context
        else "A smaller context would not be enough."
    )
    others = " beside the other models" if misfit.beside_others else ""
    return f"{misfit.model.key} {misfit.fit_forecast.words}{others}. {way_out}"


def decided(plan: Plan, misfits: Sequence[OversizedModel], answer: OversizedAnswer) -> Plan:
    """The plan after the answer: with smaller contexts, with force, or without the models in question.

    A model that no smaller context would make fit is left out where the others are limited.
    """
    if answer is OversizedAnswer.FORCE:
        return replace(plan, force=True)
    contexts = {misfit.model.key: misfit.fit_forecast.context_that_fits for misfit in misfits}
    limiting = answer is OversizedAnswer.LIMIT
    models = (
        model if model.key not in contexts else with_context_limit(model, context) if limiting and context else None
        for model, context in ((model, contexts.get(model.key)) for model in plan.models)
    )
    return replace(plan, models=tuple(model for model in models if model is not None))
