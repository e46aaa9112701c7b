"""Doing what ``benchtop choose`` was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tui.bench.decision.candidates import Found, candidates_of, latest_candidates
from tui.cli.bench.run import Reports
from tui.cli.shared.options import Refused, Setup
from tui.cli.shared.run_names import named_run, opened_history
from tui.cli.shared.tables import columns
from tui.console import Console, ExitCode
from tui.library.origins import describing
from tui.measure.decision import advice
from tui.measure.decision.ranking import choose
from tui.records.decision import PRESETS, Choice, Dimension, Limits
from tui.reports import decision as choice_report
from tui.reports import export
from tui.reports.decision import Decision
from tui.text import units
from tui.text.escape import visible

if TYPE_CHECKING:
    from tui.records import Model
    from tui.records.decision import Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseRequest:
    """What the options ask for."""

    models: tuple[str, ...]
    run: str | None
    preset: str
    weights: Mapping[str, float]
    memory_bytes: int | None
    disk_bytes: int | None
    ttft_ms: float | None
    licences: tuple[str, ...]


def choose_model(
    setup: Setup, wishes: ChooseRequest, markdown_file: Path | None, json_file: Path | None, console: Console
) -> int:
    """Print and write the decision; the number is the exit code."""
    Reports(markdown=markdown_file, json=json_file).check()
    decision = _decide(_found(wishes, describing(setup.models, setup.config.models)), wishes)
    _show(decision, console)
    try:
        for path, text_of in ((markdown_file, choice_report.markdown), (json_file, choice_report.json_text)):
            if path is not None:
                export.write(path, text_of(decision))
                console.say(f"{path} is written.")
    except export.ExportError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error
    return ExitCode.DONE if decision.choice.ranking else ExitCode.MODEL_FAILED


def _found(wishes: ChooseRequest, describe: Callable[[Model], Origin]) -> Found:
    with opened_history() as history:
        if wishes.run is None:
            found = latest_candidates(history, describe, wishes.models)
        else:
            found = _only(candidates_of(history, named_run(wishes.run), describe), wishes.models)
    if not found.candidates:
        among = f" of {', '.join(wishes.models)}" if wishes.models else ""
        raise Refused(f'there is no benchmark{among} in the history to choose by; "benchtop bench" makes one.')
    return found


def _only(found: Found, wanted: tuple[str, ...]) -> Found:
    if not wanted:
        return found
    return replace(
        found,
        candidates=tuple(each for each in found.candidates if {each.key, each.key.partition("@")[0]} & set(wanted)),
    )


def _decide(found: Found, wishes: ChooseRequest) -> Decision:
    weights = {**PRESETS[wishes.preset], **{Dimension(name): weight for name, weight in wishes.weights.items()}}
    if not any(weights.values()):
        raise Refused("every weight is 0; give at least one dimension a weight.")
    limits = Limits(
        memory_bytes=wishes.memory_bytes,
        disk_bytes=wishes.disk_bytes,
        ttft_ms=wishes.ttft_ms,
        licences=wishes.licences,
    )
    return Decision(
        choice=choose(found.candidates, weights, limits),
        candidates=found.candidates,
        preset=wishes.preset,
        differences=found.differences,
        untrusted=found.untrusted,
    )


def _show(decision: Decision, console: Console) -> None:
    choice = decision.choice
    if choice.ranking:
        console.data(_ranking(choice) + "\n")
    console.data(f"{visible(advice.recommendation(choice))}\n")
    for sentence in choice_report.remarks(decision):
        console.say(visible(sentence))


def _ranking(choice: Choice) -> str:
    headings = ("RANK", "MODEL", "SCORE", *(dimension.value.upper() for dimension in Dimension))
    weights = ("", "weight", "100", *(units.points(choice.shares.get(each)) for each in Dimension))
    rows = [
        (
            units.count(model.rank),
            visible(model.key),
            units.points(model.score),
            *(units.points(part.contribution) for part in model.parts),
        )
        for model in choice.ranking
    ]
    return columns(headings, [weights, *rows], right=(0, *range(2, len(headings))))
