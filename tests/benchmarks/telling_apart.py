"""How often does the comparison of runs call the same thing different, and how often does it find a planted slowdown?

``python -m tests.benchmarks.telling_apart``: no model is run; launches are drawn from a model of them.

``python -m tests.benchmarks.telling_apart --real [--models A,B | --size 220mb] [--in-turns | --yardstick]
[--to FOLDER]``: 20 real launches of two practice models, or of one that is generated, of which 200 comparisons are
drawn with 5 launches of 20 rounds a side; a slowdown of 8 % is planted in one model by stretching its times, and where
that is not found nine times of ten, also with as many launches as the comparisons ask for. Before that 10 real pairs of
runs. ``--in-turns`` measures one model in turns with itself under another name, and compares relative to that;
``--yardstick`` compares relative to the yardstick, and shows what the numbers as measured would have told. What was
measured is kept in FOLDER and not measured again; ``--from FOLDER`` only evaluates what lies there. About 7 minutes on
a quiet machine with 2 cores. Exit code 1 unless at most 5 % of the comparisons and none of the pairs are called
different, and the planted slowdown is found every time with 5 launches.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from tests.benchmarks import real_launches
from tests.benchmarks.real_launches import Shape, Shelf
from tests.support.launches import LAUNCH_SD, ROUND_SD, Machine
from tui.cli.shared.values import size_in_bytes
from tui.measure.comparison.compare import compare, regressions
from tui.measure.comparison.power import POWER, launches_needed
from tui.practice import practice_folder
from tui.practice.heavy import write_heavy
from tui.records import Model, Order, RunRecord
from tui.records.comparison import Comparison, Outcome, Quantity

LAUNCHES, ROUNDS = 5, 20
TRIES = 200
SLOWDOWN = 1.08
MODELS = "practice-small,practice-medium"
REFERENCE = "reference"
LIMIT = 0.05
ALARMS = 0.05
SEED = 20261122
NUMBERS = (Quantity.TTFT, Quantity.DECODE)


def different(comparison: Comparison) -> bool:
    """Return whether any number is called different."""
    return any(change.outcome in (Outcome.FASTER, Outcome.SLOWER) for change in comparison.changes)


def slower(comparison: Comparison) -> bool:
    """Return whether both numbers of the model are called slower."""
    return all(change.outcome is Outcome.SLOWER for change in comparison.changes)


def count(random: np.random.Generator, factor: float, wanted: Callable[[Comparison], bool]) -> int:
    """Return in how many comparisons of a run with one that is slower by this factor ``wanted`` holds."""
    machine = Machine()

    def drawn(times: float) -> RunRecord:
        return machine.run(random, LAUNCHES, ROUNDS, slower=times)

    return sum(wanted(compare(drawn(1.0), drawn(factor))) for _ in range(TRIES))


def on_drawn_launches() -> bool:
    random = np.random.default_rng(SEED)
    print(f"{TRIES} comparisons each, launch sd {LAUNCH_SD:.1%}, round sd {ROUND_SD:.1%}")
    alarms = count(random, 1.0, different)
    print(f"the same twice, called different: {alarms} ({alarms / TRIES:.1%})")
    noticed = count(random, SLOWDOWN, slower)
    print(f"slower by {SLOWDOWN - 1:.0%}, TTFT and decode rate both found: {noticed} ({noticed / TRIES:.1%})")
    failing = count(random, SLOWDOWN, lambda comparison: bool(regressions(comparison, LIMIT)))
    print(f"slower by {SLOWDOWN - 1:.0%}, surely by more than {LIMIT:.0%}: {failing} ({failing / TRIES:.1%})")
    return alarms <= ALARMS * TRIES and noticed == TRIES


def on_real_launches(shelf: Shelf, models: Sequence[Model], launches: int, shape: Shape, tries: int) -> bool:
    """Return whether comparisons that are drawn from real launches are right."""
    parts = [min(shape.launches, launches - done) for done in range(0, launches, shape.launches)]
    names = enumerate((replace(shape, launches=part) for part in parts), start=1)
    runs = [run for number, part in names if (run := shelf.run(f"launches-{number:02}", models, part)) is not None]
    pool = real_launches.launches_of(runs)
    if len(pool) < 2 * shape.launches:
        print(f"{len(pool)} launches are too few to draw two runs of {shape.launches} from.")
        return False
    whole = real_launches.of_launches(runs[0], pool)
    keys = [model.key for model in whole.plan.models if model.key != REFERENCE]
    for key in keys:
        ttft, rate = real_launches.launch_variation(whole, key)
        print(f"{key}: over {len(pool)} launches TTFT varies by {ttft:.1%} (sd), decode rate by {rate:.1%}")
    random = np.random.default_rng(SEED)
    compared = in_the_way_of(shape)

    def drawn(a_side: int) -> tuple[RunRecord, RunRecord]:
        return real_launches.two_runs(whole, pool, random, a_side)

    pairs = [drawn(shape.launches) for _ in range(tries)]
    alarms = sum(different(compared(*pair)) for pair in pairs)
    print(f"the same twice, called different: {alarms} of {tries} ({alarms / tries:.1%})", flush=True)
    if shape.yardstick:
        plainly = sum(different(compare(*pair, by_yardstick=False)) for pair in pairs)
        print(f"  as measured, without the yardstick: {plainly} of {tries} ({plainly / tries:.1%})", flush=True)
    planted = Planted(drawn, compared, most=len(pool) // 2, tries=tries // len(keys))
    all_found = [planted.is_found(key, shape.launches) for key in keys]
    return alarms <= ALARMS * tries and all(all_found)


def in_the_way_of(shape: Shape) -> Callable[[RunRecord, RunRecord], Comparison]:
    return partial(compare, relative_to=REFERENCE if shape.order is Order.INTERLEAVED else None)


@dataclass(frozen=True, slots=True)
class Planted:
    """A slowdown in one model of the second of two runs."""

    drawn: Callable[[int], tuple[RunRecord, RunRecord]]
    compared: Callable[[RunRecord, RunRecord], Comparison]
    most: int
    """The most launches that can be drawn for a side."""
    tries: int

    def is_found(self, key: str, a_side: int) -> bool:
        """Return whether the slowdown is found every time, in at least one of the model's numbers."""
        slower_quantities: list[Sequence[Quantity]] = []
        asked_for: list[int] = []
        for _ in range(self.tries):
            before, after = self.drawn(a_side)
            changes = self.compared(before, real_launches.slower(after, key, SLOWDOWN)).changes
            slower_quantities.append(
                [change.quantity for change in changes if change.key == key and change.outcome is Outcome.SLOWER]
            )
            needed_launches = (launches_needed(change, SLOWDOWN - 1) for change in changes if change.key == key)
            asked_for.append(min(count for count in needed_launches if count is not None))
        each_number = ", ".join(
            f"{quantity.value} {sum(quantity in quantities for quantities in slower_quantities)}"
            for quantity in NUMBERS
        )
        either, needed = sum(map(bool, slower_quantities)), round(float(np.median(asked_for)))
        planted = f"{key} slower by {SLOWDOWN - 1:.0%}, {a_side} launches a side"
        print(f"{planted}: found in {either} of {self.tries} ({each_number})")
        if either < POWER * self.tries:
            print(f"  {needed} launches a side are asked for (median), of {self.most} that could be drawn", flush=True)
            if a_side < needed <= self.most:
                self.is_found(key, needed)
        return either == self.tries


def on_real_pairs(shelf: Shelf, models: Sequence[Model], pairs: int, shape: Shape) -> bool:
    """Return whether no two runs of the same thing, one after the other, are called different."""
    alarms = done = 0
    for number in range(1, pairs + 1):
        before, after = (shelf.run(f"pair-{number:02}-{side}", models, shape) for side in "ab")
        if before is not None and after is not None:
            done += 1
            alarms += different(in_the_way_of(shape)(before, after))
    print(f"real pairs of the same thing, called different: {alarms} of {done}")
    return done == pairs and not alarms


def measured_models(names: str, size: str | None, order: Order, scratch: Path) -> list[Model]:
    """Return the practice models, or one that is generated in this folder; in turns only the first one, twice."""
    if size is None:
        models = [Model(alias=key, folder=practice_folder(key), practice=True) for key in names.split(",")]
    else:
        folder = write_heavy(scratch / "heavy", size_in_bytes(size))
        models = [Model(alias=f"generated-{size}", folder=folder, practice=True)]
    return [models[0], replace(models[0], alias=REFERENCE)] if order is Order.INTERLEAVED else models


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--real", action="store_true", help="measure")
    parser.add_argument("--to", type=Path, help="keep what is measured here, and go on with what lies there")
    parser.add_argument("--from", dest="source", type=Path, help="evaluate what lies here, and measure nothing")
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--size", help="a generated model of this size in place of the practice models, such as 220mb")
    parser.add_argument("--in-turns", action="store_true", help="with itself, and relative to that")
    parser.add_argument("--yardstick", action="store_true", help="relative to the yardstick")
    parser.add_argument("--max-tokens", type=int, default=32)
    parser.add_argument("--launches", type=int, default=20)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--a-side", type=int, default=LAUNCHES, help="launches on each side of a comparison")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="of each launch")
    parser.add_argument("--tries", type=int, default=TRIES)
    options = parser.parse_args()
    if not options.real and options.source is None:
        return 0 if on_drawn_launches() else 1
    order = Order.INTERLEAVED if options.in_turns else Order.BLOCKS
    shape = Shape(options.a_side, options.rounds, options.max_tokens, order, options.yardstick)
    with tempfile.TemporaryDirectory() as scratch:
        folder: Path = options.source or options.to or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        shelf = Shelf(folder, may_measure=options.source is None)
        models = measured_models(options.models, options.size, order, Path(scratch))
        # The pairs come first, since no comparisons can be drawn from them.
        pairs = on_real_pairs(shelf, models if options.in_turns else models[:1], options.pairs, shape)
        resampled = on_real_launches(shelf, models, options.launches, shape, options.tries)
    return 0 if pairs and resampled else 1


if __name__ == "__main__":
    sys.exit(main())
