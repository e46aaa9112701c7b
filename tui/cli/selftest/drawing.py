"""The workbench that ``benchtop selftest`` watches while it draws four streams: it asks, waits, and leaves.

Run as ``python -m tui.cli.selftest.drawing FOLDER TIMES [URL...]`` in a terminal of its own.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.app import BenchtopApp
    from tui.workspace.workspace import Workspace

_LOOK_S = 0.1
"""How often it is looked whether an answer has ended: so seldom that it costs nothing."""


def open_known(folder: Path, times: int, urls: Sequence[str]) -> Workspace:
    """Four models of known truth, and nothing else of this machine."""
    from tui.bench.model_pool import ModelPool
    from tui.bench.runner import run
    from tui.bench.selftest import measuring, observing
    from tui.probes.sampler import Sampler
    from tui.workspace.workspace import Workspace

    sampler = Sampler()
    sampler.start()
    models, prompts = observing.models(urls), observing.prompts(times)
    return Workspace(
        models=models,
        chosen=tuple(model.key for model in models),
        prompt_sets={"known": prompts},
        prompt_set="known",
        prompt=prompts[0].text,
        run=run,
        model_pool=ModelPool(measuring.start(folder), sampler=sampler),
        sampler=sampler,
        history_file=observing.history_file(folder),
    )


async def ask_all(app: BenchtopApp) -> None:
    """Ask each prompt of all four, as a person would."""
    await _until(lambda: app.session)
    session = app.session
    assert session is not None
    for prompt in session.workspace.prompt_sets["known"]:
        before = session.newest
        app.workbench.prompt_line.text = prompt.text
        app.workbench.when_ready(lambda runs: runs.ask())
        await _until(lambda before=before: session.newest is not before and session.running is None)
    app.exit(0)


async def _until(condition: Callable[[], object]) -> None:
    watched_by = os.getppid()
    while not condition():
        await asyncio.sleep(_LOOK_S)
        if os.getppid() != watched_by:
            # The one who watched is gone, and with it the terminal: an end in order would wait for both.
            os._exit(1)


def main() -> int:
    """Open the workbench and drive it."""
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
