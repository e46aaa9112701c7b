"""Takes over the interrupted or stopped run that ``benchtop bench --resume`` goes on with."""

from __future__ import annotations

from collections.abc import Sequence

from tui.bench.resuming import CannotResume, HasChanged, take_over
from tui.cli.shared.options import Refused
from tui.cli.shared.run_names import named_id, opened_history
from tui.console import Console
from tui.records import Model, RunRecord


def take_over_run(name: str, models: Sequence[Model], console: Console, *, anyway: bool) -> RunRecord:
    """Make a run this process's own and read it with its samples; the empty name stands for the latest that can go on.

    With ``anyway`` it goes on although models or machine have changed.
    """
    with opened_history() as history:
        try:
            run_id = named_id(history, name) if name else None
            return take_over(history, run_id, models, anyway=anyway, say=console.say)
        except HasChanged as error:
            raise Refused(f"{error}; --anyway resumes it all the same.") from error
        except CannotResume as error:
            raise Refused(f"{error}.") from error
