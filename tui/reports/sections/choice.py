"""Which of a run's models to take. Speed alone chooses none: something must be known of the answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.measure.decision import advice
from tui.measure.decision.candidates import candidates
from tui.measure.decision.ranking import choose
from tui.records import Model, RunRecord
from tui.records.decision import PRESETS, Choice, Origin, Ranked

_PRESET: Final = "chat"
OTHER_WEIGHTS: Final = f'Weights of the preset "{_PRESET}"; "benchtop choose" takes others, and limits.'


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRow:
    """The choice as JSON has it."""

    preset: str
    recommendation: str
    remarks: tuple[str, ...]
    ranking: tuple[Ranked, ...]


def choice_of(run: RunRecord) -> Choice | None:
    """Choose one of the models; ``None`` if there are fewer than two, or nothing is known of their answers."""
    choice = choose(candidates(run, [model.key for model in run.plan.models], _recorded_origin), PRESETS[_PRESET])
    return choice if len(choice.ranking) > 1 and choice.quality_source is not None else None


def choice_row(run: RunRecord) -> ChoiceRow | None:
    """Make the choice as a row of JSON; ``None`` if there is none to make."""
    choice = choice_of(run)
    if choice is None:
        return None
    return ChoiceRow(
        preset=_PRESET,
        recommendation=advice.recommendation(choice),
        remarks=advice.remarks(choice),
        ranking=choice.ranking,
    )


def _recorded_origin(model: Model) -> Origin:
    return Origin(licence=model.license, licence_source="the run", disk_bytes=model.size_bytes, disk_source="the run")
