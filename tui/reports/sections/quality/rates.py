"""The pass rate of each model with its interval, and which of them the data can tell apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from tui.measure.answers.pass_rates import model_differences, pass_rates
from tui.measure.answers.quality_words import outcome_words, percent_span
from tui.records import ModelSummary, RunRecord
from tui.records.grading.rates import PassRate
from tui.text import units
from tui.text.tables import TableColumn, counted

RATES_TITLE: Final = "Right answers"
WHOLLY_RIGHT: Final = "Wholly right"
"""The share of the answers in which nothing that was expected is missing: the pass rate."""
FACTS_FOUND: Final = "Expected facts found"
"""The share of all that was expected that was found, which is what a choice takes as the quality of checked answers."""
_BASE: Final[tuple[TableColumn[PassRate], ...]] = (
    TableColumn("Model", lambda rate: rate.key, right=False, data=True),
    TableColumn(WHOLLY_RIGHT, lambda rate: f"{units.percent(rate.rate)} {percent_span(rate.interval)}"),
    TableColumn("Answers", lambda rate: f"{units.count(rate.passed)} of {units.count(rate.answers)}"),
    TableColumn("Prompts", lambda rate: units.count(rate.prompts)),
    TableColumn(FACTS_FOUND, lambda rate: units.percent(rate.score)),
)
_REPEATED: Final[tuple[TableColumn[PassRate], ...]] = (
    TableColumn("Once in k", lambda rate: _of_repeats(rate, rate.at_least_once)),
    TableColumn("k of k", lambda rate: _of_repeats(rate, rate.every_time)),
)


def rate_columns(rates: Sequence[PassRate]) -> tuple[TableColumn[PassRate], ...]:
    """Return the columns of the table; those of repeated answers only where some were drawn at a temperature."""
    return (*_BASE, *_REPEATED) if any(rate.at_least_once is not None for rate in rates) else _BASE


def rates_of(run: RunRecord) -> tuple[PassRate, ...]:
    """Return the pass rates, the highest first."""
    return tuple(sorted(pass_rates(run), key=lambda rate: -rate.rate))


def quality_columns(run: RunRecord) -> list[TableColumn[ModelSummary]]:
    """Make the columns of quality in the table of results; there are none if no answer was checked."""
    rates = {rate.key: rate for rate in rates_of(run)}

    def column(title: str, show: Callable[[PassRate], str]) -> TableColumn[ModelSummary]:
        return TableColumn(title, lambda row: show(rates[row.key]) if row.key in rates else units.UNKNOWN)

    if not rates:
        return []
    return [
        column(WHOLLY_RIGHT, lambda rate: f"{units.percent(rate.rate)} {percent_span(rate.interval)}"),
        column(FACTS_FOUND, lambda rate: units.percent(rate.score)),
    ]


def rate_notes(run: RunRecord) -> tuple[str, ...]:
    """Tell how each model differs from the one with the most right answers, and what the intervals are."""
    rates = rates_of(run)
    if not rates:
        return ()
    differences = [
        f"{difference.after_key} against {difference.before_key}: {outcome_words(difference)}, over "
        f"{counted(difference.prompts, 'prompt')}."
        for difference in model_differences(run)
    ]
    basis = (
        "In brackets: 95 % intervals (Wilson; the prompts count, and answers to one prompt as far as they differ). "
        "Models are compared prompt by prompt (exact McNemar or permutation test, Holm-corrected)."
    )
    repeated = ["Once in k (pass@k): the chance that one of k answers is right; k of k (pass^k): that all of them are."]
    return (*differences, basis, *(repeated if any(rate.at_least_once is not None for rate in rates) else ()))


def _of_repeats(rate: PassRate, value: float | None) -> str:
    return units.UNKNOWN if value is None else f"{units.percent(value)} (k = {rate.repeats})"
