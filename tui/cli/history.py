"""``benchtop history``: the runs that are kept."""

from __future__ import annotations

import click

from tui.cli.values import whole_from
from tui.console import ExitCode, process_console

_DEFAULT_ROWS = 20


@click.command()
@click.option("--rows", metavar="N", type=whole_from(1), default=_DEFAULT_ROWS, help="How many, 20.")
def command(*, rows: int) -> int:
    """List the runs of the history, the newest first: their id, when they began, their models, samples and status."""
    from tui.cli.runs import opened_history
    from tui.cli.tables import columns
    from tui.measure import units
    from tui.store.escape import visible

    console = process_console()
    with opened_history() as history:
        runs = [history.run(run.run_id) for run in history.latest(rows)]
    if not runs:
        console.say("The history is empty.")
        return ExitCode.DONE
    lines = [
        (
            run.run_id,
            run.started_at[:16].replace("T", " "),
            ", ".join(visible(model.key) for model in run.plan.models),
            units.count(len(run.samples)),
            run.status.value,
        )
        for run in runs
    ]
    console.data(columns(("RUN", "BEGAN (UTC)", "MODELS", "SAMPLES", "STATUS"), lines, right=(3,)))
    return ExitCode.DONE
