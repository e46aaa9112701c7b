"""Decide whether an interrupted or stopped run can go on, find what has changed since, and take the run over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from tui import paths
from tui.bench.memory.fit import with_context_limit
from tui.bench.planning.steps import agendas
from tui.measure.comparison.comparability import environment_differences
from tui.probes import host
from tui.records import Environment, Model, ModelState, Purpose, RunRecord, RunStatus, SampleStatus
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.text import units

_NEWEST = 500
"""The latest interrupted run is looked for among this many newest runs of the history."""
_WATCH_S: Final = host.BEAT_S + 3
"""For how long a run of another machine is watched before it is taken over."""
_PAUSE_S: Final = 0.25


class CannotResume(Exception):
    """The run cannot go on; the message is one sentence for a person, without its full stop."""


class HasChanged(CannotResume):
    """The run could go on, but not under the conditions that it began with."""

    def __init__(self, run_id: str, changes: Sequence[str]) -> None:
        super().__init__(
            f"machine or models are no longer those that the run {run_id} began with: {'; '.join(changes)}"
        )
        self.run_id = run_id
        self.changes = tuple(changes)


def is_interrupted(run: RunRecord) -> bool:
    """Whether the process of a run is gone although the run never ended."""
    return run.status is RunStatus.RUNNING and not host.owner_lives(run.owner)


def can_resume(run: RunRecord) -> bool:
    """Whether a run is a benchmark that was interrupted or stopped."""
    return run.plan.purpose is Purpose.BENCHMARK and (run.status is RunStatus.STOPPED or is_interrupted(run))


def lacks_what_failed(run: RunRecord) -> bool:
    """Whether a run has ended without rounds of its plan because requests or models failed, as when a server went.

    The run must have its loads and samples.
    """
    if run.plan.purpose is not Purpose.BENCHMARK or run.status is not RunStatus.DONE:
        return False
    failed = any(sample.status is SampleStatus.FAILED for sample in run.samples)
    failed = failed or any(load.verdict is not None for load in run.loads)
    return failed and any(agendas(run.plan, run.samples).values())


def latest_to_resume(history: History) -> RunRecord | None:
    """The latest benchmark that was interrupted or stopped; if there is none, the latest if some of it failed."""
    runs = [run for run in history.latest(_NEWEST) if run.plan.purpose is Purpose.BENCHMARK]
    stopped = next((run for run in runs if can_resume(run)), None)
    if stopped is not None or not runs:
        return stopped
    return runs[0] if lacks_what_failed(history.run(runs[0].run_id)) else None


def latest_interrupted(file: Path) -> RunRecord | None:
    """The newest run of a history if it is a benchmark whose process is gone; ``None`` if the history is unreadable."""
    if not paths.exists(file):
        return None
    try:
        with contextlib.closing(History(file)) as history:
            newest = history.latest(1)
    except HistoryError:
        return None
    return newest[0] if newest and can_resume(newest[0]) and is_interrupted(newest[0]) else None


def take_over(
    history: History,
    run_id: str | None,
    models: Sequence[Model],
    *,
    anyway: bool = False,
    say: Callable[[str], None] = lambda _: None,
) -> RunRecord:
    """Make this process the owner of a run, and return the run in the state in which it can go on.

    Without an id it is the one that ``latest_to_resume`` finds.

    A run of another machine is watched for a while, because the clocks of the two may differ; ``say`` is given a
    sentence about that wait.

    Raises:
        CannotResume: there is no such run, ``resumed`` refuses it, or another machine still measures it.
        HistoryError: another Benchtop was faster.
    """
    latest = latest_to_resume(history) if run_id is None else None
    run_id = latest.run_id if latest else run_id
    if run_id is None:
        raise CannotResume("no benchmark was interrupted or stopped, so there is nothing to resume")
    before = history.run(run_id)
    run = resumed(before, models, host.environment(), anyway=anyway)
    if before.status is RunStatus.RUNNING and host.may_live_elsewhere(before.owner):
        say(f"The run {before.run_id} began on another machine: waiting {_WATCH_S:.0f} s to see whether it still runs.")
        _watch(history, before)
    history.take_over(run, before)
    return run


def _watch(history: History, run: RunRecord) -> None:
    """Wait for longer than the owner of a run needs to note that it lives. Raises CannotResume if it does."""
    end_s = time.monotonic() + _WATCH_S
    while time.monotonic() < end_s:
        if history.owner(run.run_id) != run.owner:
            raise CannotResume(f"the run {run.run_id} is still running on another machine, whose clock differs")
        time.sleep(_PAUSE_S)


def resumed(run: RunRecord, models: Sequence[Model], environment: Environment, *, anyway: bool = False) -> RunRecord:
    """Return a run with its models as they are here now, and with a note on everything that has changed.

    Raises:
        CannotResume: the run is over or still running, or a model is gone.
        HasChanged: something has changed, and ``anyway`` is not set.
    """
    _refuse_unless_possible(run)
    ready = {model.key: model for model in models if model.state is ModelState.READY}
    present = {model.key: _present_model(model, ready) or _absent_model(run, model) for model in run.plan.models}
    gone = [key for key, model in present.items() if model is None]
    if gone:
        raise CannotResume(
            f"the run {run.run_id} cannot go on without {', '.join(gone)}, which can no longer be run here; "
            '"benchtop models" says what is missing'
        )
    models_now = tuple(model for model in present.values() if model is not None)
    changed = [*_changed_models(run, models_now), *_changed_environment(run, environment)]
    if changed and not anyway:
        raise HasChanged(run.run_id, changed)
    note = f"Resumed although changed: {'; '.join(changed)}." if changed else ""
    return replace(
        run,
        status=RunStatus.RUNNING,
        finished_at=None,
        owner=host.owner(),
        plan=replace(run.plan, models=models_now),
        note=" ".join(part for part in (run.note, note) if part),
    )


def _refuse_unless_possible(run: RunRecord) -> None:
    if run.plan.purpose is not Purpose.BENCHMARK:
        raise CannotResume(f"the run {run.run_id} is a question, not a benchmark; ask it again")
    if run.status is RunStatus.DONE:
        if lacks_what_failed(run):
            return
        raise CannotResume(f"the run {run.run_id} has ended, so there is nothing to resume")
    if not can_resume(run):
        raise CannotResume(f"the run {run.run_id} is still running in another Benchtop")


def _present_model(model: Model, ready: Mapping[str, Model]) -> Model | None:
    """Find the same model in today's list, and give it the context limit of the run, which the list does not have."""
    if model.key in ready:
        return ready[model.key]
    whole = ready.get(model.as_it_is.key)
    if whole is None:
        return None
    whole = replace(whole, chunk_tokens=model.chunk_tokens)
    if model.run_on is not None:
        whole = replace(whole, run_on=model.run_on, execution_provider=model.execution_provider)
    return with_context_limit(whole, model.context_limit_tokens) if model.context_limit_tokens else whole


def _absent_model(run: RunRecord, model: Model) -> Model | None:
    """The model as it stands in the run, if it never was here and its plan tells so."""
    content = run.plan.content_of(model.key)
    return model if content is not None and content.missing else None


def _changed_models(run: RunRecord, models_now: Sequence[Model]) -> list[str]:
    changed: list[str] = []
    for before, after in zip(run.plan.models, models_now, strict=True):
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


def _changed_environment(run: RunRecord, environment: Environment) -> list[str]:
    return [
        f"{difference.what} {difference.before} -> {difference.after}"
        for difference in environment_differences(run.environment, environment)
    ]
