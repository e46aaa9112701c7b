"""Which of a run's models to take, as a short section of its report: speed alone chooses none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.measure.decision import advice
from tui.measure.decision.candidates import candidates
from tui.measure.decision.ranking import choose
from tui.records import Model, RunRecord
from tui.records.decision import PRESETS, Choice, Origin, Ranked
from tui.reports import decision
from tui.text.escape import markdown_inline

PRESET: Final = "chat"
ELSEWHERE: Final = f'Weights of the preset "{PRESET}"; "benchtop choose" takes others, and limits.'


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceRow:
    """The choice as JSON has it."""

    preset: str
    recommendation: str
    remarks: tuple[str, ...]
    ranking: tuple[Ranked, ...]


def choice_of(run: RunRecord) -> Choice | None:
    """``None`` where fewer than two models are left, or nothing is known of their answers."""
    found = choose(candidates(run, [model.key for model in run.plan.models], _as_noted), PRESETS[PRESET])
    return found if len(found.ranking) > 1 and found.quality_source is not None else None


def choice_row(run: RunRecord) -> ChoiceRow | None:
    """The same as a row."""
    choice = choice_of(run)
    if choice is None:
        return None
    return ChoiceRow(
        preset=PRESET,
        recommendation=advice.recommendation(choice),
        remarks=advice.remarks(choice),
        ranking=choice.ranking,
    )


def choice_section(run: RunRecord) -> str:
    """The recommendation, how sure it is, and the ranking."""
    choice = choice_of(run)
    if choice is None:
        return ""
    remarks = "\n".join(f"- {markdown_inline(sentence)}" for sentence in advice.remarks(choice))
    recommended = f"**{markdown_inline(advice.recommendation(choice))}**"
    return "\n\n".join(["## Choosing", recommended, remarks, decision.ranking_table(choice), ELSEWHERE])


def _as_noted(model: Model) -> Origin:
    return Origin(licence=model.license, licence_source="the run", disk_bytes=model.size_bytes, disk_source="the run")
