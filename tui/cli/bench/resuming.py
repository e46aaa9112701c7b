"""``benchtop bench --resume``: letting a run go on that was interrupted or stopped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click
from click.core import ParameterSource

from tui.cli.shared.options import Refused
from tui.records import Model, RunRecord

_ALONG: Final = {
    "resume",
    "anyway",
    "memory_floor",
    "memory_limit",
    "without_disturbed",
    "endpoints",
    "trust_config",
    "judge",
    "history",
}
"""What may be said with ``--resume``, besides files and folders: all else is in the run's own plan."""


def taken_over(name: str, models: Sequence[Model], *, anyway: bool) -> RunRecord:
    """The run to resume, with its samples: from now on it is this process's. The empty name is the latest one."""
    # Imported here: a wrong option should not wait for it.
    from tui.bench.resuming import CannotResume, HasChanged, take_over
    from tui.cli.shared.run_names import named_id, opened_history

    with opened_history() as history:
        try:
            return take_over(history, named_id(history, name) if name else None, models, anyway=anyway)
        except HasChanged as error:
            raise Refused(f"{error}; --anyway resumes it all the same.") from error
        except CannotResume as error:
            raise Refused(f"{error}.") from error


def refuse_other_plan(ctx: click.Context) -> None:
    """Refuse options that would make another plan of the run's."""
    options = {str(param.name): param.opts[0] for param in ctx.command.params}
    said = [
        option
        for name, option in options.items()
        if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE
        and name not in _ALONG
        and not name.endswith(("_file", "_folder"))
    ]
    if said:
        raise Refused(f"--resume goes on with the run's own plan, so {', '.join(said)} cannot be given with it.")
