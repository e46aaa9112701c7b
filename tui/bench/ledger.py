"""The record of a run as it grows, in memory for its readers and in the history for good."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from tui.bench.events import OTHERS_RUN
from tui.lazy import lazy_module
from tui.probes import host
from tui.records import Load, MemoryReading, ObservedMemory, Purpose, RunRecord, RunStatus, Sample
from tui.store.errors import HistoryError
from tui.store.history import History

if TYPE_CHECKING:
    from tui.measure import slowing
else:
    slowing = lazy_module("tui.measure.slowing")

_NEWEST: Final = 8
"""Runs that are measured now are among this many newest ones."""
RETRY_S: Final = 10.0
"""The least seconds between two attempts on a history that fails for another reason than a lock."""
PATIENCE_MS: Final = 50
"""A write waits so long for another program at most, because the event loop waits with it."""
QUIET_S: Final = 2.0
"""So long another program may hold the history before the user is told."""
_STEP_S: Final = 0.1
"""The time between two attempts to write while the end of a run waits for another program."""


class Ledger:
    """Stores each load and sample at the moment when it is finished.

    If the history fails, the user is notified once and the run goes on. As soon as the history can be written again,
    the whole run is stored. It is used in the event loop, and so hardly waits for other programs that hold the history.
    """

    def __init__(
        self, run: RunRecord, history: History | None, notify: Callable[[str], None], *, begun: bool = False
    ) -> None:
        """``begun`` means that the history has the run already, with everything that is in it so far."""
        self._run = run
        self._history = history
        self._notify = notify
        self._loads: list[Load] = list(run.loads)
        self._samples: list[Sample] = list(run.samples)
        self._behind = False
        """Whether the history lacks a part of the run."""
        self._behind_since_s = 0.0
        self._is_told = False
        """Whether the user knows that the history lacks a part of the run."""
        self._taken = False
        """Whether another process owns the run now; nothing is written then, since it would stand among its samples."""
        self._named = {run.run_id}
        """The runs that need not be named as others that are measured now."""
        self._due_s = 0.0
        """The time from which on a history that failed may be tried again."""
        if not begun:
            self._write(lambda history: history.begin(run))

    @property
    def run(self) -> RunRecord:
        """The record of the run as it stands."""
        return replace(self._run, loads=tuple(self._loads), samples=tuple(self._samples))

    @property
    def run_id(self) -> str:
        """The id of the run that is recorded."""
        return self._run.run_id

    def add_load(self, load: Load) -> None:
        """Store the load of a model, in place of an earlier record of the same launch, such as before its death."""
        self._loads = [other for other in self._loads if (other.key, other.launch) != (load.key, load.launch)]
        self._loads.append(load)
        self._write(lambda history: history.add_load(self._run.run_id, load))

    def add_sample(self, sample: Sample) -> None:
        self._samples.append(sample)
        self._write(lambda history: history.add_sample(self._run.run_id, sample))

    def add_readings(self, readings: Sequence[MemoryReading]) -> None:
        """Store the readings of memory of a benchmark; those that come while the history fails are lost."""
        if readings and self._run.plan.purpose is Purpose.BENCHMARK:
            self._write(lambda history: history.add_readings(self._run.run_id, readings))

    def add_observed_memory(self, seen: ObservedMemory) -> None:
        """Store the memory that a load took, from which later forecasts learn."""
        self._write(lambda history: history.observe(seen))

    def observed_memory(self) -> Sequence[ObservedMemory]:
        """Read the memory that earlier loads took; empty if there is no history, or if it cannot be read."""
        if self._history is not None:
            with contextlib.suppress(HistoryError):
                return self._history.observed()
        return ()

    def beat(self) -> None:
        """Note in the history that this process still runs the run; the user is told if another one has taken it."""
        if self._history is None or self._behind or self._taken:
            return
        owner = host.owner()
        with contextlib.suppress(HistoryError):
            self._taken = not self._history.beat(self._run.run_id, owner, host.without_beat(owner))
        if self._taken:
            self._tell_taken()

    def name_others(self) -> None:
        """Tell the user once of each other run that is measured on this machine now, since each disturbs the other."""
        if self._history is None:
            return
        running: list[tuple[str, str]] = []
        with contextlib.suppress(HistoryError):
            running = self._history.running(_NEWEST)
        for run_id, owner in running:
            if run_id in self._named or not host.is_here(owner):
                continue
            self._named.add(run_id)
            if host.owner_lives(owner):
                self._notify(
                    f"{OTHERS_RUN} (the run {run_id}): each disturbs the other, so measure again when it has ended."
                )

    async def wait_for_lock(self) -> None:
        """Wait, without holding up the event loop, for another program that holds the history; two seconds at most."""
        end_s = time.monotonic() + QUIET_S
        self._write(lambda history: history.try_to_write())
        while self._behind and time.monotonic() < end_s:
            await asyncio.sleep(_STEP_S)
            self._write(lambda _: None)

    def close(self, status: RunStatus) -> RunRecord:
        """Mark the run as ended, flag its samples by what load and pace did to it, and return its whole record."""
        self.name_others()
        finished_at = now()
        self._run = replace(self._run, status=status, finished_at=finished_at)
        self._due_s = 0.0
        self._judge()
        self._write(lambda history: history.finish(self._run.run_id, status, finished_at))
        if self._behind:
            self._write(lambda _: None)
        if self._behind or self._taken:
            self._notify("This run is not in the history, or not whole: export it before you leave.")
        return self.run

    def _judge(self) -> None:
        samples = slowing.judged_run(self.run).samples
        if samples != tuple(self._samples):
            self._samples = list(samples)
            self._write(lambda history: history.flag_again(self._run.run_id, samples))

    def _write(self, write: Callable[[History], None]) -> None:
        if self._history is None or self._taken or time.monotonic() < self._due_s:
            return
        try:
            self._history.database.wait_at_most(0 if self._behind else PATIENCE_MS)
            if self._belongs_to_another(self._history):
                self._taken = True
                self._tell_taken()
            elif self._behind:
                self._history.restore(self.run)
                self._behind = False
                if self._is_told:
                    self._notify("The history can be written again, and has all of this run.")
            else:
                write(self._history)
        except HistoryError as error:
            self._fall_behind(error)

    def _fall_behind(self, error: HistoryError) -> None:
        now_s = time.monotonic()
        if not self._behind:
            self._behind, self._behind_since_s, self._is_told = True, now_s, False
        elif not error.is_locked:
            self._due_s = now_s + RETRY_S
        if self._is_told or (error.is_locked and now_s - self._behind_since_s < QUIET_S):
            return
        self._is_told = True
        self._notify(f"{error}. The run goes on; once the history can be written again, all of it is added.")

    def _belongs_to_another(self, history: History) -> bool:
        """Return whether the history tells another owner of this run, as after the machine has slept for long."""
        owner = history.owner(self._run.run_id)
        return owner is not None and host.without_beat(owner) != host.without_beat(self._run.owner)

    def _tell_taken(self) -> None:
        self._notify(
            "Another Benchtop has taken this run over, since the history showed no sign of this one. What is measured "
            "here from now on is not kept."
        )


def now() -> str:
    """Return the time of day in UTC, ISO 8601, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
