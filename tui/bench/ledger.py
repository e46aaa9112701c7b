"""What a run has measured so far: kept in memory for its readers, and in the history for good."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from tui.records import Load, MemoryReading, ObservedMemory, Purpose, RunRecord, RunStatus, Sample
from tui.store.errors import HistoryError
from tui.store.history import History

RETRY_S: Final = 10.0
"""Least time between two attempts on a history that fails: each may wait for a lock."""


class Ledger:
    """Enters each load and sample the moment it is finished.

    A history that fails is told once, and the run goes on; as soon as it can be written again it gets the whole run.
    """

    def __init__(
        self, run: RunRecord, history: History | None, tell: Callable[[str], None], *, begun: bool = False
    ) -> None:
        """``begun``: the history has the run already, with what is in it so far."""
        self._run = run
        self._history = history
        self._tell = tell
        self._loads: list[Load] = list(run.loads)
        self._samples: list[Sample] = list(run.samples)
        self._behind = False
        """The history lacks some of the run."""
        self._due_s = 0.0
        """When a history that fails may be tried again."""
        if not begun:
            self._enter(lambda history: history.begin(run))

    @property
    def run(self) -> RunRecord:
        """The record as it stands."""
        return replace(self._run, loads=tuple(self._loads), samples=tuple(self._samples))

    def add_load(self, load: Load) -> None:
        """Enter a start of a model; a later word on the same launch, such as its death, takes its place."""
        self._loads = [known for known in self._loads if (known.key, known.launch) != (load.key, load.launch)]
        self._loads.append(load)
        self._enter(lambda history: history.add_load(self._run.run_id, load))

    def add_sample(self, sample: Sample) -> None:
        self._samples.append(sample)
        self._enter(lambda history: history.add_sample(self._run.run_id, sample))

    def add_readings(self, readings: Sequence[MemoryReading]) -> None:
        """Enter what memory held; what comes while the history fails is in no report."""
        if readings and self._run.plan.purpose is Purpose.BENCHMARK:
            self._enter(lambda history: history.add_readings(self._run.run_id, readings))

    def add_observed_memory(self, seen: ObservedMemory) -> None:
        """Let later forecasts learn from what a load took."""
        self._enter(lambda history: history.observe(seen))

    def observed_memory(self) -> Sequence[ObservedMemory]:
        """What earlier loads took; nothing where there is no history, or none that can be read."""
        if self._history is not None:
            with contextlib.suppress(HistoryError):
                return self._history.observed()
        return ()

    def close(self, status: RunStatus) -> RunRecord:
        """Mark the run as ended, and return the whole of it."""
        finished_at = now()
        self._run = replace(self._run, status=status, finished_at=finished_at)
        self._due_s = 0.0
        self._enter(lambda history: history.finish(self._run.run_id, status, finished_at))
        if self._behind:
            self._enter(lambda _: None)
        if self._behind:
            self._tell("This run is not in the history, or not whole: export it before you leave.")
        return self.run

    def _enter(self, write: Callable[[History], None]) -> None:
        if self._history is None or time.monotonic() < self._due_s:
            return
        try:
            if self._behind:
                self._history.restore(self.run)
                self._behind = False
                self._tell("The history can be written again, and has all of this run.")
            else:
                write(self._history)
        except HistoryError as error:
            if self._behind:
                self._due_s = time.monotonic() + RETRY_S
            else:
                self._behind = True
                self._tell(f"{error}. The run goes on; once the history can be written again, all of it is added.")


def now() -> str:
    """The time of day in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
