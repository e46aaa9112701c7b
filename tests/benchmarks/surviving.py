"""Kills the command and the app at random moments of a run, and checks what is left.

A moment is a number of stored samples and a part of a second after it, both drawn evenly, so that every stretch of the
run is met however busy the machine is: loading, the cold request, a warm-up, a round, the end. After each kill every
sample that was told as finished must be in the history, and ``--resume`` must do what is missing and nothing else.
Run as ``python -m tests.benchmarks.surviving --kills 15``.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.support.killing import LIMIT_S, RunHome, begin_in_app, check_completed, finished_on_screen, measured
from tui.records import RunRecord, RunStatus

ROUNDS = 4
BENCH = ("bench", "--models", "practice-small", "--rounds", str(ROUNDS))
SAMPLES = 1 + 3 + 3 * ROUNDS
"""The number of requests of a run: cold, warm-ups and rounds over the three prompts of the default set."""
LONGEST_S = 0.4
_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class Killed:
    reported: int
    """The number of samples that had been reported as finished."""
    before: RunRecord
    after: RunRecord


@dataclass(frozen=True, slots=True)
class Moment:
    stored: int
    then_s: float

    def wait(self, home: RunHome) -> None:
        """Wait until the moment has come, or the run is over."""
        end_s = time.monotonic() + LIMIT_S
        while home.stored() < self.stored:
            assert time.monotonic() < end_s, "the run does not go on"
            time.sleep(_POLL_S)
        time.sleep(self.then_s)


def kill_command(home: RunHome, moment: Moment) -> int:
    """Kill the command at this moment; return how many samples it had reported as finished."""
    process = home.command(*BENCH)
    moment.wait(home)
    process.kill()
    return sum(line.startswith("[") for line in process.communicate()[1].splitlines())


def kill_app(home: RunHome, moment: Moment) -> int:
    """Kill the app at this moment; return how many finished samples its first line showed."""
    with home.app(rounds=ROUNDS) as terminal:
        begin_in_app(terminal)
        moment.wait(home)
        terminal.process.kill()
        terminal.wait()
        return finished_on_screen(terminal.screen)


def trial(kind: str, moment: Moment) -> Killed:
    with tempfile.TemporaryDirectory(prefix="surviving-") as folder:
        home = RunHome(Path(folder))
        reported = (kill_app if kind == "app" else kill_command)(home, moment)
        before = home.run()
        if before.status is not RunStatus.DONE:
            home.resume()
        return Killed(reported, before, home.run())


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=15, help="of each kind")
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    draw = random.Random(given.seed)
    print("kind     stored  told  rounds kept  added")
    for kind in ("command", "app"):
        kills = 0
        while kills < given.kills:
            killed = trial(kind, Moment(draw.randrange(SAMPLES), draw.uniform(0, LONGEST_S)))
            if killed.before.status is RunStatus.DONE:
                continue
            kills += 1
            assert len(killed.before.samples) >= killed.reported, "a finished sample is lost"
            check_completed(killed.before, killed.after)
            stored, rounds_before = len(killed.before.samples), len(measured(killed.before))
            added = len(measured(killed.after)) - rounds_before
            print(f"{kind:<8} {stored:6} {killed.reported:5} {rounds_before:12} {added:6}", flush=True)
    print("every finished sample was kept, and nothing was done twice")


if __name__ == "__main__":
    main()
