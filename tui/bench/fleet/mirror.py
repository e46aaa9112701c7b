"""Keep in the desk's history what a machine tells of its run, as it tells it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tui.bench.fleet import wire
from tui.bench.fleet.wire import Line
from tui.bench.ledger import now
from tui.lazy import lazy_module
from tui.probes import host
from tui.records import Load, RunRecord, RunStatus, Sample
from tui.records.fleet.plan import FleetPlan
from tui.store.errors import HistoryError
from tui.store.history import History

if TYPE_CHECKING:
    from tui.measure import slowing
else:
    slowing = lazy_module("tui.measure.slowing")

_MOST_SAMPLES: Final = 1_000_000
_NEWEST: Final = 1000
_RUN_ID: Final = re.compile(r"[\w.-]{1,100}", re.ASCII)


class NotAccepted(Exception):
    """A machine tells what cannot be; the message says what, in a few words."""


def tags_of(plan_id: str, machine: str) -> tuple[str, str]:
    """The tags by which the run of a machine is found again in the history of the desk."""
    return f"fleet:{plan_id}", f"machine:{machine}"


def earlier_run(history: History, plan_id: str, machine: str) -> RunRecord | None:
    """Find the latest run of a plan on a machine, without its samples."""
    tags = set(tags_of(plan_id, machine))
    return next((run for run in history.latest(_NEWEST) if tags <= set(run.tags)), None)


class Mirror:
    """The run of one machine, in memory and in the desk's history.

    What a machine tells is checked against the plan. A run that is in the history already, and was not asked for, is
    never touched: the machine shares this home, or it lies.
    """

    def __init__(self, history: History, plan: FleetPlan, machine: str) -> None:
        self._history = history
        self._plan = plan
        self._machine = machine
        self._keys = {model.key for model in plan.models}
        self._run: RunRecord | None = None
        self._before: RunRecord | None = None
        """The run as the history has it, if it goes on."""
        self._loads: list[Load] = []
        self._samples: list[Sample] = []
        self._pending = False
        """Whether the earlier part of the run is still being told, and nothing of it is written yet."""
        self.shared = False
        """Whether the machine keeps its runs in this same history, so that there is nothing to write."""
        self.trouble = ""
        """Why the history could not be written, if it could not."""

    @property
    def run(self) -> RunRecord | None:
        """The run as far as it was told; ``None`` before it began."""
        if self._run is None:
            return None
        return replace(self._run, loads=tuple(self._loads), samples=tuple(self._samples))

    @property
    def run_id(self) -> str:
        """The id of the run; empty before it began."""
        return self._run.run_id if self._run is not None else ""

    def take(self, line: Line, asked_for: str = "") -> None:
        """Take in a line; ``asked_for`` is the run that was to go on.

        Raises:
            NotAccepted: it contradicts the plan, or what was told before.
        """
        match line:
            case wire.RunLine():
                self._begin(line.run, asked_for)
            case wire.LoadLine():
                self._add_load(line.load, earlier=line.earlier)
            case wire.SampleLine():
                self._add_sample(line.sample, earlier=line.earlier)
            case wire.EndLine():
                if self._run is not None:
                    self.close(line.status, line.finished_at)
            case _:
                pass

    def close(self, status: RunStatus, finished_at: str | None = None) -> None:
        """Mark the run as ended, as far as it has come."""
        if self._run is None or self._run.status is not RunStatus.RUNNING:
            return
        self._write_pending()
        self._run = replace(self._run, status=status, finished_at=finished_at or now())
        run = self._run
        samples = slowing.judged_run(replace(run, samples=tuple(self._samples))).samples
        if samples != tuple(self._samples):
            self._samples = list(samples)
            self._write(lambda history: history.flag_again(run.run_id, samples))
        if self.trouble:
            whole = replace(run, loads=tuple(self._loads), samples=tuple(self._samples))
            self.trouble = ""
            self._write(lambda history: history.restore(whole))
        self._write(lambda history: history.finish(run.run_id, status, run.finished_at or now()))

    def beat(self) -> None:
        """Note in the history that this desk still follows the run."""
        run = self._run
        if run is not None and run.status is RunStatus.RUNNING and not self._pending:
            owner = host.owner()
            self._write(lambda history: history.beat(run.run_id, owner, host.without_beat(owner)))

    def _begin(self, run: RunRecord, asked_for: str) -> None:
        if run.plan.plan_id != self._plan.id or {model.key for model in run.plan.models} != self._keys:
            raise NotAccepted("its run is of another plan")
        if not _RUN_ID.fullmatch(run.run_id):
            raise NotAccepted("its run has an id that is none")
        known = self._known(run.run_id)
        resumes = known is not None and (run.run_id == asked_for or run.run_id == self.run_id)
        self.shared = known is not None and (not resumes or self._is_of_another(known))
        # The name in the fleet is the label in reports, unless the machine's user has chosen another one.
        environment = replace(run.environment, machine_name=run.environment.machine_name or self._machine)
        # Name, tags and pin are the desk's own; a machine could claim with them to be another one.
        self._run = replace(
            run,
            environment=environment,
            name="",
            tags=tags_of(self._plan.id, self._machine),
            pinned=False,
            owner=host.owner(),
            status=RunStatus.RUNNING,
            finished_at=None,
            ratings=(),
            judges=(),
        )
        self._before = known if resumes else None
        self._loads, self._samples, self._pending = [], [], True

    def _known(self, run_id: str) -> RunRecord | None:
        try:
            return self._history.run(run_id)
        except HistoryError:
            return None

    def _is_of_another(self, known: RunRecord) -> bool:
        """Whether a living process other than this one owns the run."""
        own = host.without_beat(host.owner())
        return known.status is RunStatus.RUNNING and not known.owner.startswith(own) and host.owner_lives(known.owner)

    def _add_load(self, load: Load, *, earlier: bool) -> None:
        self._check_key(load.key)
        self._loads = [other for other in self._loads if (other.key, other.launch) != (load.key, load.launch)]
        self._loads.append(load)
        if not earlier:
            self._write_pending()
            self._write(lambda history: history.add_load(self.run_id, load))

    def _add_sample(self, sample: Sample, *, earlier: bool) -> None:
        self._check_key(sample.key)
        if len(self._samples) >= _MOST_SAMPLES:
            raise NotAccepted("it has more samples than a run can have")
        if not earlier:
            self._write_pending()
        self._samples.append(sample)
        if not earlier:
            self._write(lambda history: history.add_sample(self.run_id, sample))

    def _check_key(self, key: str) -> None:
        if self._run is None:
            raise NotAccepted("it tells of results before its run began")
        if key not in self._keys:
            raise NotAccepted("it tells of a model that the plan does not have")

    def _write_pending(self) -> None:
        """Write the run as it was when this machine began to tell of it, in one transaction."""
        run = self.run
        if not self._pending or run is None:
            return
        self._pending = False
        before = self._before
        if before is not None:
            self._write(lambda history: history.take_over(run, before))
        self._write(lambda history: history.restore(run))

    def _write(self, write: Callable[[History], object]) -> None:
        if self.shared:
            return
        try:
            write(self._history)
        except HistoryError as error:
            self.trouble = str(error)
