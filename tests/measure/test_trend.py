"""The trend of a model over its runs: planted changes are found where they are, and none is invented."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np

from tests.benchmarks.real_launches import slower
from tests.support.command import command_folder
from tests.support.launches import Machine, with_yardstick
from tui.console import ExitCode
from tui.measure.comparison.trend import change_places, model_trends
from tui.measure.comparison.trend_words import notes, value_text
from tui.records import Disturbance, RunRecord
from tui.records.comparison import Outcome, Quantity
from tui.store.history import History

FAST = Machine(prompts=("rag",), launch_sd=0.02, round_sd=0.01)


def runs_of(*factors: float, seed: int = 1, machine: Machine = FAST, yardstick: bool = False) -> list[RunRecord]:
    """Draw runs of 3 launches, each slower by its factor, a day apart; the runtime changes after the fifth."""
    random = np.random.default_rng(seed)
    keys = ("tiny", "yardstick") if yardstick else ("tiny",)
    found: list[RunRecord] = []
    for day, factor in enumerate(factors, start=1):
        run = machine.run(random, 3, 4, slower=factor, keys=keys)
        run = with_yardstick(run) if yardstick else run
        environment = replace(run.environment, runtime="1.0" if day <= 5 else "2.0")
        run_id, began = f"202611{day:02}-090000-aaaaaa", f"2026-11-{day:02}T09:00:00+00:00"
        found.append(replace(run, run_id=run_id, started_at=began, environment=environment, loads=()))
    return found


def test_a_planted_change_is_found_with_its_size_its_place_and_what_changed_around_it() -> None:
    found = model_trends(runs_of(*[1.0] * 5, *[1.15] * 5), "tiny")
    assert [trend.quantity for trend in found.trends] == [Quantity.TTFT, Quantity.DECODE]
    for trend in found.trends:
        (change,) = trend.changes
        assert change.index == 5
        assert change.earliest <= 5 <= change.latest
        assert change.outcome is Outcome.SLOWER
        assert change.interval.low < change.slowdown < change.interval.high
        assert change.probability <= 0.05
        assert [(each.what, each.before, each.after) for each in change.changed] == [("runtime", "1.0", "2.0")]
    ttft = found.trends[0].changes[0]
    assert abs(ttft.slowdown - 0.15) < 0.05
    assert ttft.interval.low < 0.15 < ttft.interval.high
    assert all(point.interval is not None and point.launches == 3 for point in found.trends[0].points)
    sentence, *_ = notes(found)
    assert "slower by 1" in sentence
    assert "runtime 1.0 -> 2.0" in sentence


def test_a_run_in_doubt_has_a_mark_and_takes_no_part_in_a_change() -> None:
    runs = runs_of(*[1.0] * 5, *[1.15] * 5)
    for day, kind in ((4, Disturbance.PAUSED), (6, Disturbance.OTHER_LOAD)):
        disturbed = tuple(replace(each, disturbances=(kind,)) for each in runs[day].samples)
        runs[day] = replace(runs[day], samples=disturbed)
    found = model_trends(runs, "tiny")
    for trend in found.trends:
        assert [index for index, point in enumerate(trend.points) if point.doubt] == [4]
        assert [index for index, point in enumerate(trend.points) if point.disturbed] == [4, 6]
        assert value_text(trend.quantity, trend.points[4]).endswith("?!")
        (change,) = trend.changes
        assert change.index == 5, "the place is that among all runs"
    assert any(
        "1 value in doubt (?), left out of changes: time was taken away" in sentence for sentence in notes(found)
    )


def test_several_changes_are_found_one_by_one() -> None:
    logs = [*np.random.default_rng(2).normal(0, 0.01, 30)]
    logs = [log + (0.2 if 10 <= index < 20 else 0.0) for index, log in enumerate(logs)]
    assert [place for place, *_ in change_places(logs)] == [10, 20]


def test_no_change_is_invented() -> None:
    random = np.random.default_rng(3)
    invented = sum(bool(change_places([*random.normal(0, 0.05, 12)])) for _ in range(100))
    assert invented <= 10, "5 of 100 are expected"
    assert change_places([0.1] * 12) == []
    assert change_places([0.0, 1.0, 2.0]) == []


def test_the_statistic_by_hand() -> None:
    ((place, earliest, latest, probability),) = change_places([0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    assert (place, earliest, latest) == (4, 4, 4)
    # Of the 70 orders the two with all equal values side by side differ as much.
    assert abs(probability - 2 / 70) < 0.015


def test_the_place_of_a_small_change_has_an_interval() -> None:
    random = np.random.default_rng(4)
    held = found = 0
    for _ in range(60):
        logs = [*random.normal(0, 0.05, 12), *random.normal(0.08, 0.05, 12)]
        for _place, earliest, latest, _probability in change_places(logs)[:1]:
            found += 1
            held += earliest <= 12 <= latest
    assert found > 30
    assert held >= 0.85 * found


def test_runs_that_were_asked_something_else_are_left_out_and_counted() -> None:
    runs = runs_of(1, 1, 1)
    other = replace(runs[0], plan=replace(runs[0].plan, method=replace(runs[0].plan.method, max_tokens=7)))
    without = replace(runs[0], samples=())
    found = model_trends([other, without, *runs], "tiny")
    assert [len(trend.points) for trend in found.trends] == [3, 3]
    assert found.left_out == 2
    assert notes(found)[0] == "No change over 3 runs that is more than chance."
    assert model_trends([without], "tiny").trends == ()
    assert notes(model_trends(runs[:1], "tiny"))[0].startswith("One run is no trend yet: ")


def test_the_pace_of_the_machine_is_no_change_where_a_yardstick_shares_it() -> None:
    shared = Machine(prompts=("rag",), launch_sd=0.01, round_sd=0.01, drift_sd=0.001)
    runs = runs_of(*[1.0] * 10, machine=shared, yardstick=True)
    slowed = [
        run if index < 5 else slower(slower(run, "tiny", 1.3), "yardstick", 1.3) for index, run in enumerate(runs)
    ]
    found = model_trends(slowed, "tiny")
    assert all(trend.by_yardstick and not trend.changes for trend in found.trends)
    plain = [replace(run, samples=tuple(s for s in run.samples if s.key == "tiny")) for run in slowed]
    assert all(len(trend.changes) == 1 for trend in model_trends(plain, "tiny").trends)


def test_the_command_shows_the_runs_and_the_change(tmp_path: Path) -> None:
    folder = command_folder(tmp_path)
    folder.history.parent.mkdir(parents=True)
    with closing(History(folder.history)) as history:
        for run in runs_of(*[1.0] * 5, *[1.15] * 5):
            history.begin(run)
            history.finish(run.run_id, run.status, run.started_at)
    shown = folder.run("trend", "tiny")
    assert shown.returncode == ExitCode.DONE
    heading, *rows = shown.stdout.splitlines()
    assert heading.split() == ["BEGAN", "RUN", "TTFT", "95", "%", "DECODE", "RATE", "95", "%"]
    assert ["slower" in row for row in rows] == [index == 5 for index in range(10)]
    assert "Changed around it: runtime 1.0 -> 2.0." in shown.stderr
    assert folder.run("trend", "other").returncode == ExitCode.USAGE
    assert folder.run("trend", "tiny", "--since", "soon").returncode == ExitCode.USAGE
    assert '"changes"' in folder.run("trend", "tiny", "--json").stdout
