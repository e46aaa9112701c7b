"""Opens the workbench that ``benchtop selftest`` watches while it draws four streams: it asks, waits, and leaves.

Run as ``python -m tui.cli.selftest.drawing FOLDER TIMES [URL...]`` in a terminal of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tui.bench.selftest import measurement, workbench_run
from tui.system.processes import parent_pid
from tui.workspace.workspace import Workspace, workspace_for

if TYPE_CHECKING:
    from tui.app import BenchtopApp

_PROMPT_SET: Final = "known"
_LOOK_EVERY_S: Final = 0.1
"""Time between two looks at whether an answer has ended: it is so long that looking costs nothing."""


def open_known(folder: Path, times: int, urls: Sequence[str]) -> Workspace:
    """Open a workspace of four models of known truth, and of nothing else on this machine.

    Each is asked ``times`` times. With ``urls`` they are models of these servers, else each has a child of its own.
    """
    models, prompts = workbench_run.models(urls), workbench_run.prompts(times)
    workspace = workspace_for(models, workbench_run.history_file(folder), start=measurement.engine_starter(folder))
    return replace(
        workspace,
        chosen=tuple(model.key for model in models),
        prompt_sets={_PROMPT_SET: prompts},
        prompt_set=_PROMPT_SET,
        prompt=prompts[0].text,
    )


async def ask_all(app: BenchtopApp) -> None:
    """Ask all four models each prompt, as a person would, and leave."""
    await _until(lambda: app.session)
    session = app.session
    assert session is not None
    for prompt in session.workspace.prompt_sets[_PROMPT_SET]:
        before = session.newest
        app.workbench.prompt_line.text = prompt.text
        app.workbench.when_ready(lambda runs: runs.ask())
        await _until(lambda before=before: session.newest is not before and session.running is None)
    app.exit(0)


async def _until(condition: Callable[[], object]) -> None:
    watcher = parent_pid()
    while not condition():
        await asyncio.sleep(_LOOK_EVERY_S)
        if parent_pid() != watcher:
            # The watching process is gone, and the terminal with it: an orderly end would wait for both.
            os._exit(1)


def main() -> int:
    """Open the workbench and drive it."""
    # No command draws, except in this process of its own: the app is heavy, and the headless half never loads it.
    from tui.app import BenchtopApp

    folder, times, urls = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    app = BenchtopApp(lambda: open_known(folder, times, urls))
    app.call_later(lambda: app.run_worker(ask_all(app), exit_on_error=True))
    try:
        app.run()
    finally:
        if app.session is not None:
            app.session.abandon()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
