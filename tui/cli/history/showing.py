"""Prints one run of the history: what it was, and its table of results."""

from __future__ import annotations

from tui.cli.bench.terminal_table import terminal_table
from tui.cli.history.listing import described
from tui.cli.shared.run_names import named_entry, named_run, opened_runs
from tui.console import Console, ExitCode
from tui.reports.markdown import results_table


def show_run(name: str, console: Console) -> int:
    """Print the results of a run, as they stood at the end of its benchmark, and return the exit code."""
    with opened_runs() as runs:
        entry = named_entry(runs, name)
    run = named_run(entry.run_id)
    width = console.out_width
    console.say(described(entry))
    console.data(results_table(run) if width is None else terminal_table(run, width))
    console.say(f'"benchtop report {entry.run_id}" writes the whole report; "benchtop history answers" its answers.')
    return ExitCode.DONE
