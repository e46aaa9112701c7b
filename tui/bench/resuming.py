"""A run that was interrupted or stopped: whether it can go on, and what has changed since."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from tui import paths
from tui.bench.memory.fit import with_context_limit
from tui.measure.comparison.comparability import environment_differences
from tui.probes import host
from tui.records import Environment, Model, ModelState, Purpose, RunRecord, RunStatus
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.text import units

_LOOKED_THROUGH = 500
"""Runs of the history among which the latest interrupted one is looked for."""


class CannotResume(Exception):
    """The run cannot go on; the message is one sentence for a person, without its end."""


class HasChanged(CannotResume):
    """The run could go on, but not as it began."""

    def __init__(self, run_id: str, what: Sequence[str]) -> None:
        super().__init__(f"machine or models are no longer those that the run {run_id} began with: {'; '.join(what)}")
        self.run_id = run_id
        self.what = tuple(what)


def is_interrupted(run: RunRecord) -> bool:
    """Whether its process is gone though it never ended."""
    return run.status is RunStatus.RUNNING and not host.owner_lives(run.owner)


def can_resume(run: RunRecord) -> bool:
    """Whether this is a benchmark that was interrupted or stopped."""
    return run.plan.purpose is Purpose.BENCHMARK and (run.status is RunStatus.STOPPED or is_interrupted(run))


def latest_to_resume(history: History) -> RunRecord | None:
    """The latest benchmark that was interrupted or stopped, without its samples."""
    return next((run for run in history.latest(_LOOKED_THROUGH) if can_resume(run)), None)


def latest_interrupted(file: Path) -> RunRecord | None:
    """The newest run of a history if it is a benchmark whose process has gone; nothing where it cannot be read."""
    if not paths.exists(file):
        return None
    try:
        with contextlib.closing(History(file)) as history:
            newest = history.latest(1)
    except HistoryError:
        return None
    return newest[0] if newest and can_resume(newest[0]) and is_interrupted(newest[0]) else None


def take_over(history: History, run_id: str | None, models: Sequence[Model], *, anyway: bool = False) -> RunRecord:
    """Make a run this process's and give it as it can go on: this one, or the latest that was interrupted or stopped.

    Raises ``CannotResume`` as ``resumed`` does, and ``HistoryError`` when another Benchtop was faster.
    """
    latest = latest_to_resume(history) if run_id is None else None
    run_id = latest.run_id if latest else run_id
    if run_id is None:
        raise CannotResume("no benchmark was interrupted or stopped, so there is nothing to resume")
    before = history.run(run_id)
    run = resumed(before, models, host.environment(), anyway=anyway)
    history.take_over(run, before)
    return run


def resumed(run: RunRecord, models: Sequence[Model], environment: Environment, *, anyway: bool = False) -> RunRecord:
    """The run as it can go on: with its models as they are here now, and a note on what else is not as it was.

    Raises:
        CannotResume: it is over or still runs, or a model is gone.
        HasChanged: unless ``anyway``, when something is not as it was.
    """
    _refuse_unless_possible(run)
    here = {model.key: model for model in models if model.state is ModelState.READY}
    found = {model.key: _found(model, here) for model in run.plan.models}
    gone = [key for key, model in found.items() if model is None]
    if gone:
        raise CannotResume(
            f"the run {run.run_id} cannot go on without {', '.join(gone)}, which can no longer be run here; "
            '"benchtop models" says what is missing'
        )
    now = tuple(model for model in found.values() if model is not None)
    changed = [*_changed_models(run, now), *_changed_surroundings(run, environment)]
    if changed and not anyway:
        raise HasChanged(run.run_id, changed)
    note = f"Resumed although changed: {'; '.join(changed)}." if changed else ""
    return replace(
        run,
        status=RunStatus.RUNNING,
        finished_at=None,
        owner=host.owner(),
        plan=replace(run.plan, models=now),
        note=" ".join(part for part in (run.note, note) if part),
    )


def _refuse_unless_possible(run: RunRecord) -> None:
    if run.plan.purpose is not Purpose.BENCHMARK:
        raise CannotResume(f"the run {run.run_id} is a question, not a benchmark; ask it again")
    if run.status is RunStatus.DONE:
        raise CannotResume(f"the run {run.run_id} has ended, so there is nothing to resume")
    if not can_resume(run):
        raise CannotResume(f"the run {run.run_id} is still running in another Benchtop")


def _found(model: Model, here: Mapping[str, Model]) -> Model | None:
    """The same model in today's list, which knows nothing of a context that a run limits it to."""
    if model.key in here:
        return here[model.key]
    whole = here.get(replace(model, context_limit_tokens=None).key)
    return with_context_limit(whole, model.context_limit_tokens) if whole and model.context_limit_tokens else None


def _changed_models(run: RunRecord, now: Sequence[Model]) -> list[str]:
    changed: list[str] = []
    for before, after in zip(run.plan.models, now, strict=True):
        was, is_now = _build(before), _build(after)
        changed += [
            f"{after.key}: {what} {value} -> {is_now[what]}" for what, value in was.items() if value != is_now[what]
        ]
        if was == is_now and _written_since(after.folder, run.started_at):
            changed.append(f"{after.key}: its files were written anew since the run began")
    return changed


def _build(model: Model) -> dict[str, str]:
    return {
        "model id": model.model_id or units.UNKNOWN,
        "bytes": units.count(model.size_bytes),
        "bytes of weights": units.count(model.weights_bytes),
        "context": units.count(model.used_context_tokens),
        "execution provider": model.execution_provider or units.UNKNOWN,
    }


def _written_since(folder: Path | None, started_at: str) -> bool:
    if folder is None:
        return False
    with contextlib.suppress(OSError, ValueError):
        began_s = datetime.fromisoformat(started_at).timestamp()
        return any(path.stat().st_mtime > began_s for path in folder.iterdir() if path.is_file())
    return False


def _changed_surroundings(run: RunRecord, environment: Environment) -> list[str]:
    return [
        f"{difference.what} {difference.before} -> {difference.after}"
        for difference in environment_differences(run.environment, environment)
    ]
