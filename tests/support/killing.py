"""Kills runs and checks what is left of them, for tests and for the benchmark that kills at random moments."""

from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support.pty_terminal import ENTER, PtyTerminal
from tui.records import Disturbance, RunRecord, RunStatus, Sample, SampleKind, SampleStatus
from tui.store.history import History

REPOSITORY = Path(__file__).parents[2]
LIMIT_S = 120


@dataclass(frozen=True, slots=True)
class RunHome:
    """A home folder of Benchtop's that has the history of one run."""

    path: Path

    @property
    def history(self) -> Path:
        return self.path / "data" / "history.sqlite3"

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("BENCH")}
        own = {"BENCHTOP_HOME": str(self.path), "CI": "1", "PYTHONPATH": str(REPOSITORY)}
        return {**inherited, **own, **more}

    def command(self, *arguments: str, held_after: int | None = None) -> subprocess.Popen[str]:
        """Start ``benchtop``; if ``held_after`` is given, it waits after so many samples until it is killed."""
        return subprocess.Popen(
            [*_program(held_after), *arguments],
            env=self.environment(),
            cwd=self.path,
            encoding="utf-8",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def app(self, *, rounds: int, held_after: int | None = None) -> PtyTerminal:
        """Start the workbench in a terminal, with one small model selected; see ``command`` for ``held_after``."""
        size = {"COLUMNS": "140", "LINES": "42"}
        surroundings = self.environment(BENCH_MODELS="practice-small", BENCH_ROUNDS=str(rounds), **size)
        return PtyTerminal(_program(held_after), columns=140, rows=42, env=surroundings, cwd=self.path)

    def resume(self) -> None:
        """Resume the latest run, and wait for its end."""
        process = self.command("bench", "--resume")
        _, errors = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 0, errors

    def stored(self) -> int:
        """Return how many samples are in the history, read without a lock; -1 before there is a run."""
        if not self.history.exists():
            return -1
        with closing(sqlite3.connect(f"file:{self.history}?mode=ro", uri=True)) as connection:
            try:
                runs, samples = connection.execute(
                    "SELECT (SELECT count(*) FROM runs), (SELECT count(*) FROM samples)"
                ).fetchone()
            except sqlite3.Error:
                return -1
            return int(samples) if runs else -1

    def run(self) -> RunRecord:
        """Return the only run; a second one would mean that the run was begun anew instead of resumed."""
        with closing(History(self.history)) as history:
            (entry,) = history.latest()
            return history.run(entry.run_id)


def _program(held_after: int | None) -> list[str]:
    held = ["tests.support.held_run", str(held_after)]
    return [sys.executable, "-m", *(["tui"] if held_after is None else held)]


def begin_in_app(terminal: PtyTerminal) -> None:
    """Start a benchmark with the settings that the dialog offers."""
    terminal.wait_for("nothing is loaded")
    terminal.type("b")
    terminal.wait_for("enter starts")
    terminal.type(ENTER)


def finished_on_screen(screen: str) -> int:
    """Return how many finished samples the first line of the app shows."""
    match = re.search(r"━ (\d+) of \d+", screen)
    return int(match[1]) if match else 0


def measured(run: RunRecord) -> list[tuple[str, str, int]]:
    """List each warm round that succeeded, in the order of measuring, as model, prompt and number of the round."""
    rounds = (sample for sample in run.samples if sample.kind is SampleKind.ROUND)
    return [(sample.key, sample.prompt_id, sample.round) for sample in rounds if sample.status is SampleStatus.OK]


def as_measured(samples: Sequence[Sample]) -> list[Sample]:
    """Return samples without the disturbances that a run judges only at its end, by all of its requests."""
    judged = (Disturbance.OTHER_LOAD, Disturbance.SLOW)
    return [
        replace(sample, disturbances=tuple(kind for kind in sample.disturbances if kind not in judged))
        for sample in samples
    ]


def check_completed(before: RunRecord, after: RunRecord) -> None:
    """Check that finished samples are as they were, that none was measured again, and that none is missing."""
    assert after.status is RunStatus.DONE
    assert after.run_id == before.run_id
    assert as_measured(after.samples[: len(before.samples)]) == as_measured(before.samples)
    assert sorted(measured(after)) == sorted(_planned(after)), "each round once"
    numbers = [(load.key, load.launch) for load in after.loads]
    assert len(numbers) == len(set(numbers))
    later = after.samples[len(before.samples) :]
    used = {(sample.key, sample.launch) for sample in before.samples}
    assert not used & {(sample.key, sample.launch) for sample in later}, "a fresh process is a fresh launch"


def _planned(run: RunRecord) -> Sequence[tuple[str, str, int]]:
    plan = run.plan
    return [
        (model.key, prompt.id, number)
        for model in plan.models
        for prompt in plan.prompts
        for number in range(1, plan.method.rounds + 1)
    ]
