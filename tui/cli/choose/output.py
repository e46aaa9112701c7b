"""Ranks models by the weights and limits of ``benchtop choose``, and prints and writes the decision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import click

from tui.bench.decision.candidates import (
    HistoryCandidates,
    candidates_of,
    latest_candidates,
    worst_candidates,
)
from tui.cli.shared.options import Refused, set_up
from tui.cli.shared.reports import check_files, reference_rows, write_report
from tui.cli.shared.run_names import named_run, opened_history
from tui.cli.shared.servers import ranked_servers
from tui.cli.shared.tables import fitted
from tui.cli.shared.values import STDOUT
from tui.console import Console, ExitCode
from tui.library.origins import origin_finder
from tui.measure.decision import advice
from tui.measure.decision.ranking import choose
from tui.records import Model
from tui.records.decision import PRESETS, Choice, Dimension, Limits, Origin
from tui.reports import decision as decision_report
from tui.reports.decision import Decision
from tui.text import units
from tui.text.escape import visible
from tui.text.tables import listed

if TYPE_CHECKING:
    from tui.cli.choose import ChooseOptions


def choose_model(ctx: click.Context, options: ChooseOptions, console: Console) -> int:
    """Print and write the decision that the options ask for, and return the exit code."""
    servers = ranked_servers(options["endpoints"], options["models"], trust=options["trust_config"])
    setup = set_up(ctx, options["config_folder"], console, options["cache_folder"], servers)
    markdown_file, json_file = options["markdown_file"], options["json_file"]
    check_files(file for file in (markdown_file, json_file) if file is not None)
    measured = _candidates(options, origin_finder(setup.models, setup.config.models))
    if measured.machines:
        console.say(f"Each number is that of the worst of {listed(measured.machines)}.")
    decision = _decide(measured, options)
    _show(decision, console, with_table=STDOUT not in (markdown_file, json_file))
    texts = ((markdown_file, decision_report.markdown), (json_file, decision_report.json_text))
    for path, text_of in texts:
        if path is not None and not write_report(path, partial(text_of, decision), console):
            return ExitCode.USAGE
    return ExitCode.DONE if decision.choice.ranking else ExitCode.MODEL_FAILED


def _candidates(options: ChooseOptions, describe_origin: Callable[[Model], Origin]) -> HistoryCandidates:
    """Read the candidates from the run that an option names, or from the latest benchmark of each model."""
    names = options["models"] or ()
    with opened_history() as history:
        if options["every_machine"]:
            if options["run"] is not None:
                raise Refused("--run is of one machine, and --every-machine of all; leave one out.")
            measured = worst_candidates(history, describe_origin, names)
        elif options["run"] is None:
            measured = latest_candidates(history, describe_origin, names)
        else:
            measured = _only(candidates_of(history, named_run(options["run"]), describe_origin), names)
    if not measured.candidates:
        among = f" of {', '.join(names)}" if names else ""
        raise Refused(f'there is no benchmark{among} in the history to choose by; "benchtop bench" makes one.')
    return measured


def _only(measured: HistoryCandidates, names: tuple[str, ...]) -> HistoryCandidates:
    """Leave the candidates of these names, which are keys or aliases; no names leave all."""
    if not names:
        return measured
    candidates = tuple(
        candidate for candidate in measured.candidates if {candidate.key, candidate.key.partition("@")[0]} & set(names)
    )
    return replace(measured, candidates=candidates)


def _decide(measured: HistoryCandidates, options: ChooseOptions) -> Decision:
    own_weights = {Dimension(name): weight for name, weight in (options["weights"] or {}).items()}
    weights = {**PRESETS[options["preset"]], **own_weights}
    if not any(weights.values()):
        raise Refused("every weight is 0; give at least one dimension a weight.")
    limits = Limits(
        memory_bytes=options["max_memory"],
        disk_bytes=options["max_disk"],
        ttft_ms=options["max_ttft"],
        licences=options["licences"] or (),
    )
    return Decision(
        choice=choose(measured.candidates, weights, limits),
        candidates=measured.candidates,
        preset=options["preset"],
        differences=measured.differences,
        untrusted=measured.untrusted,
        references=reference_rows(options["references"]),
    )


def _show(decision: Decision, console: Console, *, with_table: bool) -> None:
    choice = decision.choice
    if with_table:
        console.data(f"{_ranking(choice, console.out_width)}\n" if choice.ranking else "")
        console.data(f"{visible(advice.recommendation(choice))}\n")
    for sentence in decision_report.remarks(decision):
        console.say(visible(sentence))


def _ranking(choice: Choice, width: int | None) -> str:
    """Set the ranked models in a table whose first row has the weights."""
    headings = ("RANK", "MODEL", "SCORE", *(dimension.value.upper() for dimension in Dimension))
    weights = ("", "weight", "100", *(units.points(choice.shares.get(dimension)) for dimension in Dimension))
    rows = [
        (
            units.count(model.rank),
            visible(model.key),
            units.points(model.score),
            *(units.points(part.contribution) for part in model.parts),
        )
        for model in choice.ranking
    ]
    return fitted(headings, [weights, *rows], width, right=(0, *range(2, len(headings))), flexible=1)
