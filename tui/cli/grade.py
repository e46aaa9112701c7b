"""``benchtop grade``: grades the answers of a run that is over by the right answers of a pack."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import click

from tui.cli.bench.own_options import fields_of
from tui.cli.shared.options import Refused, refusals
from tui.cli.shared.run_names import named_run, opened_history
from tui.cli.shared.stdin import file_of
from tui.cli.shared.tables import columns
from tui.cli.shared.values import completing, history_option
from tui.config.packs.pack_file import DataSetOptions, find_pack
from tui.console import Console, ExitCode, process_console
from tui.measure.answers.later_grading import GradedPlan, with_pack
from tui.probes import host
from tui.records import PromptPack, RunRecord, RunStatus
from tui.reports.sections.quality.rates import rate_columns, rate_notes, rates_of
from tui.text.escape import visible
from tui.text.tables import counted

_MOST_NAMED: Final = 3


@click.command()
@click.argument("run", metavar="RUN", shell_complete=completing("runs"))
@click.option(
    "--pack",
    "pack_name",
    metavar="NAME|PATH",
    required=True,
    shell_complete=completing("packs"),
    help="The pack or data set with the right answers.",
)
@click.option(
    "--map",
    "fields",
    metavar="OURS=THEIRS,...",
    type=fields_of,
    help="The columns of a data set: prompt=question,expected=answer.",
)
@click.option("--scored", metavar="WAY", help="How expected is graded: contains, equal, number, choice, ...")
@click.option("--replace", "replaces", is_flag=True, help="Grade prompts anew that were graded otherwise before.")
@history_option
def command(*, run: str, pack_name: str, fields: dict[str, str] | None, scored: str | None, replaces: bool) -> int:
    """Grade the answers of a run in the history by a pack, without asking a model again.

    A prompt of the run is graded by the task of the pack that has the same text. From then on each report, comparison
    and choice counts these grades. RUN is the id of a run or its beginning, a name, a tag, last or previous.

    \b
    benchtop grade last --pack arithmetic
    benchtop grade last --pack questions.csv --map prompt=question,expected=answer --scored number
    """
    console = process_console()
    with refusals(), file_of(pack_name, "the pack") as file:
        pack = find_pack(file, DataSetOptions(fields=fields or {}, scored=scored or ""))
    record = named_run(run)
    graded = with_pack(record.plan, pack)
    _refuse(record, pack, graded, replaces=replaces)
    record = replace(record, plan=graded.plan)
    with opened_history() as history:
        history.save_plan(record)
    _show(record, pack, graded, console)
    return ExitCode.DONE


def _refuse(run: RunRecord, pack: PromptPack, graded: GradedPlan, *, replaces: bool) -> None:
    """Refuse what cannot be graded, and what would lose other grades without being asked for."""
    if run.status is RunStatus.RUNNING and host.owner_lives(run.owner):
        raise Refused(f"the run {run.run_id} is still going on; grade it when it is over.")
    if not graded.matched:
        raise Refused(
            f"no prompt of the run {run.run_id} has the text of a task of {pack.pack.name} with a right answer; "
            '"benchtop packs show NAME" shows the tasks of a pack.'
        )
    if graded.changed and not replaces:
        raise Refused(
            f"{_named(graded.changed)} of the run {run.run_id} {'is' if len(graded.changed) == 1 else 'are'} graded "
            "otherwise already; --replace grades by the pack from now on."
        )


def _show(run: RunRecord, pack: PromptPack, graded: GradedPlan, console: Console) -> None:
    rates = rates_of(run)
    if rates:
        table = rate_columns(rates)
        rows = [tuple(visible(column.show(rate)) for column in table) for rate in rates]
        right = [index for index, column in enumerate(table) if column.right]
        console.data(columns([column.title.upper() for column in table], rows, right=right))
    for note in rate_notes(run):
        console.say(note)
    rest = len(run.plan.prompts) - len(graded.matched)
    console.say(
        f"{counted(len(graded.matched), 'prompt')} of the run {run.run_id} graded by {visible(pack.pack.name)}"
        + (f"; {counted(rest, 'prompt is', 'prompts are')} not in it." if rest else ".")
    )
    if any(prompt.has_code_tests for prompt in run.plan.prompts):
        console.say("Answers with code stay ungraded: it is run only right after a benchmark, with bench --run-code.")


def _named(ids: tuple[str, ...]) -> str:
    named = ", ".join(visible(one) for one in ids[:_MOST_NAMED])
    rest = len(ids) - _MOST_NAMED
    return f"{'prompt' if len(ids) == 1 else 'prompts'} {named}{f' and {rest} more' if rest > 0 else ''}"
