"""Right answers over the length of the context and over the load: what a table, a chart and a sentence tell of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.measure.answers.quality_words import outcome_words, percent_span
from tui.records.grading.rates import Better, PassRate
from tui.records.grading.steps import QualityAcross, QualityStep, QualitySteps
from tui.text import units
from tui.text.tables import TableColumn, counted, listed

STEPS_TITLES: Final = {
    QualityAcross.LENGTH: "Right answers over context length",
    QualityAcross.LOAD: "Right answers under load",
}
STEPS_EXPLAINED: Final = {
    QualityAcross.LENGTH: (
        "A fact is hidden in texts of several lengths, at several depths. It is found up to a length if more than half "
        "of its places there, and at every shorter length, are answered rightly; whether that ends by more than chance "
        "is told by Fisher's exact test, corrected for the choice of the length. In brackets: 95 % intervals (Wilson)."
    ),
    QualityAcross.LOAD: (
        "The same prompts at each load, compared prompt by prompt with the lowest load (exact McNemar or permutation "
        "test, Holm-corrected). Requests that failed count nowhere here. In brackets: 95 % intervals (Wilson)."
    ),
}
StepRow = tuple[QualitySteps, QualityStep]


def step_name(steps: QualitySteps, step: QualityStep) -> str:
    """Write ``8k``, ``8 at once`` or ``2.5/s``."""
    if steps.across is QualityAcross.LENGTH:
        return units.context(int(step.at))
    return f"{step.at:g}/s" if steps.by_arrivals else f"{step.at:g} at once"


def rate_text(rate: PassRate | None) -> str:
    """Write ``67 % [21, 94]``."""
    return units.UNKNOWN if rate is None else f"{units.percent(rate.rate)} {percent_span(rate.interval)}"


def steps_sentence(steps: QualitySteps, name: str | None = None) -> str:
    """Tell until where the model answers rightly, or whether the load changes that, and how sure that is.

    ``name`` is the name of the model as the format of the report needs it; without it its key is taken.
    """
    name = steps.key if name is None else name
    return _length_sentence(steps, name) if steps.across is QualityAcross.LENGTH else _load_sentence(steps, name)


def step_rows(every: Sequence[QualitySteps]) -> list[StepRow]:
    """Return a row a step of each model."""
    return [(steps, step) for steps in every for step in steps.steps]


def step_columns(across: QualityAcross) -> Sequence[TableColumn[StepRow]]:
    """Return the columns of the table of steps."""
    return (*_COLUMNS, *(_LENGTH_COLUMNS if across is QualityAcross.LENGTH else _LOAD_COLUMNS))


def _length_sentence(steps: QualitySteps, name: str) -> str:
    longest, good = steps.steps[-1], steps.good_up_to
    if good is None:
        first = steps.steps[0]
        return f"{name} does not find the fact even at {step_name(steps, first)}: {_places(first)}."
    if good == longest.at:
        few = (
            "" if longest.rate is None or longest.rate.interval.low > 0.5 else ", too few to tell it from half of them"
        )
        return f"{name} finds the fact up to {step_name(steps, longest)}, the longest text: {_places(longest)}{few}."
    last = next(step for step in steps.steps if step.at == good)
    beyond = steps.steps[steps.steps.index(last) + 1]
    sure = "surely fewer beyond" if steps.certain else "too few to tell whether that is chance"
    return (
        f"{name} finds the fact up to {step_name(steps, last)}; at {step_name(steps, beyond)} "
        f"{_places(beyond)}, {sure}."
    )


def _places(step: QualityStep) -> str:
    if step.rate is None:
        return f"no answer, {counted(step.failed, 'request')} failed"
    # At a temperature a place can be found in some of its answers.
    found = step.rate.rate * step.rate.prompts
    return f"{found:.3g} of {counted(step.rate.prompts, 'place')}"


def _load_sentence(steps: QualitySteps, name: str) -> str:
    measured = [step for step in steps.steps if step.rate is not None]
    others = [step for step in measured if step.difference is not None]
    if not others:
        return f"{name} gave no graded answers to compare at a second load."
    low = measured[0]
    fallen = [step for step in others if step.difference and step.difference.outcome is Better.WORSE]
    told = fallen[-1] if fallen else others[-1]
    assert told.difference is not None
    begin = f"{name} gets worse under load:" if fallen else f"{name} answers"
    return (
        f"{begin} {rate_text(told.rate)} rightly at {step_name(steps, told)} against {rate_text(low.rate)} at "
        f"{step_name(steps, low)}, {outcome_words(told.difference)}."
    )


def _missed(row: StepRow) -> str:
    return listed([f"{depth} %" for depth in row[1].missed]) or units.UNKNOWN


def _difference(row: StepRow) -> str:
    return "" if row[1].difference is None else outcome_words(row[1].difference)


_COLUMNS: Final[tuple[TableColumn[StepRow], ...]] = (
    TableColumn("Model", lambda row: row[0].key, right=False, data=True),
    TableColumn("At", lambda row: step_name(*row)),
    TableColumn("Right", lambda row: rate_text(row[1].rate)),
    TableColumn("Answers", lambda row: units.count(row[1].rate.answers if row[1].rate else 0)),
    TableColumn("Prompts", lambda row: units.count(row[1].rate.prompts if row[1].rate else 0)),
    TableColumn("Failed", lambda row: units.count(row[1].failed)),
)
_LENGTH_COLUMNS: Final[tuple[TableColumn[StepRow], ...]] = (TableColumn("Missed at a depth of", _missed, right=False),)
_LOAD_COLUMNS: Final[tuple[TableColumn[StepRow], ...]] = (TableColumn("Against the lowest", _difference, right=False),)
