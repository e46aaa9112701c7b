"""What a run has measured so far: kept in memory for its readers, and in the history for good."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from tui.records import Load, MemoryReading, ObservedMemory, Purpose, RunRecord, RunStatus, Sample
from tui.store.history import History, HistoryError


class Ledger:
    """Enters each load and sample the moment it is finished. A history that fails is told once; the run goes on."""

    def __init__(
        self, run: RunRecord, history: History | None, tell: Callable[[str], None], *, begun: bool = False
    ) -> None:
        """``begun``: the history has the run already, with what is in it so far."""
        self._run = run
        self._history = history
        self._tell = tell
        self._loads: list[Load] = list(run.loads)
        self._samples: list[Sample] = list(run.samples)
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
        if readings and self._run.plan.purpose is Purpose.BENCHMARK:
            self._enter(lambda history: history.add_readings(self._run.run_id, readings))

    def observe(self, seen: ObservedMemory) -> None:
        """Let later forecasts learn from what a load took."""
        self._enter(lambda history: history.observe(seen))

    def observed(self) -> Sequence[ObservedMemory]:
        """What earlier loads took; nothing where there is no history."""
        found: list[ObservedMemory] = []
        self._enter(lambda history: found.extend(history.observed()))
        return found

    def close(self, status: RunStatus) -> RunRecord:
        """Mark the run as ended, and return the whole of it."""
        finished_at = now()
        self._run = replace(self._run, status=status, finished_at=finished_at)
        self._enter(lambda history: history.finish(self._run.run_id, status, finished_at))
        return self.run

    def _enter(self, write: Callable[[History], None]) -> None:
        if self._history is None:
            return
        try:
            write(self._history)
        except HistoryError as error:
            self._history = None
            self._tell(f"{error}. The run goes on, but is not kept in the history from here on.")


def now() -> str:
    """The time of day in UTC, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
