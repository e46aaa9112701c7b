"""Kills the command and the app at random moments of a run, and looks at what is left.

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

from tests.support.killing import LIMIT_S, Place, begin_in_app, check_completed, measured, told_in
from tui.records import RunRecord, RunStatus

ROUNDS = 4
BENCH = ("bench", "--models", "practice-small", "--rounds", str(ROUNDS))
SAMPLES = 1 + 3 + 3 * ROUNDS
"""Cold, warm-ups and rounds over the three prompts of the default set."""
LONGEST_S = 0.4
_POLL_S = 0.005


@dataclass(frozen=True, slots=True)
class Killed:
    told: int
    """Samples that had been told as finished."""
    before: RunRecord
    after: RunRecord


@dataclass(frozen=True, slots=True)
class Moment:
    stored: int
    then_s: float

    def wait(self, place: Place) -> None:
        """Until it has come, or the run is over."""
        end_s = time.monotonic() + LIMIT_S
        while place.stored() < self.stored:
            assert time.monotonic() < end_s, "the run does not go on"
            time.sleep(_POLL_S)
        time.sleep(self.then_s)


def kill_command(place: Place, moment: Moment) -> int:
    """Kill the command at this moment; how many samples it had told as finished."""
    process = place.command(*BENCH)
    moment.wait(place)
    process.kill()
    return sum(line.startswith("[") for line in process.communicate()[1].splitlines())


def kill_app(place: Place, moment: Moment) -> int:
    """The same of the app, which tells how many are done in its first line."""
    with place.app(rounds=ROUNDS) as terminal:
        begin_in_app(terminal)
        moment.wait(place)
        terminal.process.kill()
        terminal.wait()
        return told_in(terminal.screen)


def trial(kind: str, moment: Moment) -> Killed:
    with tempfile.TemporaryDirectory(prefix="surviving-") as folder:
        place = Place(Path(folder))
        told = (kill_app if kind == "app" else kill_command)(place, moment)
        before = place.run()
        if before.status is not RunStatus.DONE:
            place.resume()
        return Killed(told, before, place.run())


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
            found = trial(kind, Moment(draw.randrange(SAMPLES), draw.uniform(0, LONGEST_S)))
            if found.before.status is RunStatus.DONE:
                continue
            kills += 1
            assert len(found.before.samples) >= found.told, "a finished sample is lost"
            check_completed(found.before, found.after)
            stored, kept, whole = len(found.before.samples), len(measured(found.before)), len(measured(found.after))
            print(f"{kind:<8} {stored:6} {found.told:5} {kept:12} {whole - kept:6}", flush=True)
    print("every finished sample was kept, and nothing was done twice")


if __name__ == "__main__":
    main()
