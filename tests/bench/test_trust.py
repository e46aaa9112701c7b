"""What makes a number less than it seems: disturbed rounds, texts that differ, intervals that stayed wide."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from tests.support.builders import model, run_record, sample, timeline
from tests.support.conditions import until
from tests.support.scripted_nvml import ScriptedNvml
from tui.bench.ledger import Ledger
from tui.bench.memory.watch import MemoryWatch
from tui.cli.bench.remarks import remarks
from tui.measure.comparison.compare import compare
from tui.measure.disturbance import MachineCounters, disturbances, other_cores
from tui.measure.statistics.repeatability import repeatability
from tui.measure.timing.precision import relative_half_width
from tui.measure.timing.rounds import disturbed_longer, rounds_summaries
from tui.measure.timing.summary import rounds_of, summarize
from tui.probes.disturbance import CounterReader
from tui.probes.gpu import Gpus
from tui.probes.sampler import Sampler
from tui.records import Disturbance, Plan, RunRecord, Sample
from tui.records.statistics import Repeatable
from tui.reports.json import json_text
from tui.reports.json.reading import read_run
from tui.reports.markdown import markdown_report, results_table
from tui.text import units

QUIET = MachineCounters(at_s=0.0, busy_s=100.0, own_s=40.0, swapped_bytes=5_000_000, throttled=3, on_battery=False)


def later(**changes: float | bool | None) -> MachineCounters:
    """Return the counters a second later, in which our own processes used a core and no other process any."""
    return replace(QUIET, **{"at_s": 1.0, "busy_s": 101.0, "own_s": 41.0, **changes})  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (later(), ()),
        (later(busy_s=101.27), ()),
        (later(busy_s=101.29), (Disturbance.OTHER_LOAD,)),
        (later(busy_s=109.0, own_s=None), ()),
        (later(swapped_bytes=5_900_000), ()),
        (later(swapped_bytes=6_500_000), (Disturbance.SWAP,)),
        (later(throttled=4), (Disturbance.THROTTLED,)),
        (later(on_battery=True, busy_s=102.0), (Disturbance.OTHER_LOAD, Disturbance.BATTERY)),
    ],
)
def test_each_disturbance_has_its_limit(after: MachineCounters, expected: tuple[Disturbance, ...]) -> None:
    assert disturbances(QUIET, after) == expected
    assert disturbances(QUIET, after, gpu_throttled=True)[-1] is Disturbance.THROTTLED
    assert Disturbance.OTHER_LOAD not in disturbances(QUIET, after, of_server=True), (
        "it may be the server behind a proxy"
    )
    computing = replace(after, servers_s=0.9)
    assert disturbances(QUIET, computing, of_server=True) == expected, "a server's own work is no disturbance"


def test_the_load_of_others_is_unknown_where_it_may_be_the_server_itself() -> None:
    assert other_cores(QUIET, later(busy_s=101.5)) == 0.5
    assert other_cores(QUIET, later(busy_s=100.9)) == 0.0, "the counters go in steps"
    assert other_cores(QUIET, later(busy_s=101.5, own_s=None)) is None
    assert other_cores(QUIET, QUIET) is None
    assert other_cores(QUIET, later(busy_s=104.0), of_server=True) is None
    assert other_cores(QUIET, later(busy_s=101.5, servers_s=1.0), of_server=True) == 0.5


async def test_the_load_of_others_is_told_from_our_own() -> None:
    reader = CounterReader()
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as other:
        try:
            with_it, without_it = reader.read([other.pid], [other.pid]), reader.read([])
            own_s = with_it.own_s
            assert own_s is not None
            # Its own time: this process takes some while it waits.
            burning = psutil.Process(other.pid)
            begun_s = burning.cpu_times().user
            await until(lambda: burning.cpu_times().user > begun_s + 0.5)
            counters, stranger = reader.read([other.pid], [other.pid]), reader.read([])
        finally:
            other.kill()
    # Whatever else runs on this machine: half a second of a core is the process's, and it is others' or our own.
    assert counters.own_s is not None
    assert stranger.own_s is not None
    assert without_it.own_s is not None
    assert counters.busy_s - with_it.busy_s > 0.4
    assert (counters.own_s - own_s) - (stranger.own_s - without_it.own_s) > 0.4
    assert counters.servers_s - with_it.servers_s > 0.4
    assert stranger.servers_s == 0
    assert reader.read([other.pid]).own_s is None, "it is gone"


def test_what_the_host_of_a_virtual_machine_took_counts_as_others(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[MachineCounters] = []
    for at_s, stolen_s in ((0.0, 1.0), (1.0, 1.4)):
        times = SimpleNamespace(user=10.0, system=5.0, idle=at_s, steal=stolen_s)
        monkeypatch.setattr(psutil, "cpu_times", lambda times=times: times)
        looks.append(replace(CounterReader().read([]), at_s=at_s, own_s=0.0, swapped_bytes=0, throttled=0))
    assert disturbances(*looks) == (Disturbance.OTHER_LOAD,)


def test_a_processor_that_is_held_back_is_counted_where_it_is_told(tmp_path: Path) -> None:
    for core, count in ((0, 2), (1, 5)):
        folder = tmp_path / f"cpu{core}" / "thermal_throttle"
        folder.mkdir(parents=True)
        (folder / "core_throttle_count").write_text(f"{count}\n")
    reader = CounterReader(tmp_path)
    assert reader.read([]).throttled == 7
    (tmp_path / "cpu1" / "thermal_throttle" / "core_throttle_count").write_text("6\n")
    assert reader.read([]).throttled == 8


@pytest.mark.parametrize(("reasons", "throttled"), [(0x01, False), (0x02, False), (0x04, True), (0x20, True)])
def test_a_gpu_says_when_it_is_held_back(reasons: int, throttled: bool) -> None:
    nvml = ScriptedNvml()
    nvml.throttle_reasons = reasons
    (reading,) = Gpus(nvml).read({})
    assert reading.throttled is throttled
    nvml.failing = {"throttle reasons"}
    assert Gpus(nvml).read({})[0].throttled is None


def test_a_sample_knows_of_a_gpu_that_was_held_back_during_it() -> None:
    nvml, sampler = ScriptedNvml(), Sampler()
    watch = MemoryWatch(sampler, Ledger(run_record(model()), None, print), lambda _: None)

    def read(reasons: int) -> None:
        nvml.throttle_reasons = reasons
        from tui.probes import host

        sampler._publish(replace(host.memory({}), gpus=Gpus(nvml).read({})))  # pyright: ignore[reportPrivateUsage]
        watch.read()

    read(0x20)
    watch.begin_sample("tiny")
    read(0)
    assert not watch.gpu_throttled("tiny"), "that was before"
    read(0x20)
    assert watch.gpu_throttled("tiny")


def with_disturbed(run: RunRecord) -> RunRecord:
    """Return a run whose last two rounds were disturbed and slow."""
    slow = timeline(ttft_ms=900.0)
    *quiet, first, second = run.samples
    disturbed = (Disturbance.OTHER_LOAD, Disturbance.SWAP)
    return replace(
        run,
        samples=(
            *quiet,
            replace(first, timeline=slow, disturbances=disturbed),
            replace(second, timeline=slow, disturbances=disturbed[:1]),
        ),
    )


def test_how_much_disturbances_mattered_is_told_prompt_by_prompt() -> None:
    def round_of(prompt_id: str, e2e_ms: float, *, disturbed: bool) -> Sample:
        flags = (Disturbance.OTHER_LOAD,) if disturbed else ()
        times = replace(timeline(), arrivals_ns=(1_000_000, round(e2e_ms * 1e6)))
        return replace(sample("tiny", prompt_id=prompt_id), timeline=times, disturbances=flags)

    # The long prompt is disturbed more often, which alone is no effect.
    short = [round_of("rag", value, disturbed=False) for value in (100, 100, 100)]
    short.append(round_of("rag", 110, disturbed=True))
    long = [round_of("long", 1000, disturbed=False), *(round_of("long", 1100, disturbed=True) for _ in range(3))]
    found = disturbed_longer([*short, *long])
    assert found is not None
    assert abs(found - 0.1) < 1e-6
    assert disturbed_longer(long[1:]) is None
    assert disturbed_longer(short[:3]) is None


def test_disturbed_rounds_are_counted_and_left_out_only_when_asked(tmp_path: Path) -> None:
    run = with_disturbed(run_record(model("tiny"), rounds=2))
    (row,) = summarize(run)
    assert (row.rounds, row.disturbed, round(row.ttft_p95_ms or 0)) == (4, 2, 900)
    without = replace(run, without_disturbed=True)
    (row,) = summarize(without)
    assert (row.rounds, row.disturbed, round(row.ttft_p95_ms or 0)) == (2, 2, 200)
    (change, _) = compare(without, without).changes
    assert round(change.before) == 200
    (rounds,) = rounds_summaries(run)
    assert rounds.disturbed_longer is not None
    longer = f"which took {units.share(rounds.disturbed_longer)} longer than undisturbed requests of the same prompts"
    count = f"2 of 4 requests were disturbed (other processes 2 and swap 1), {longer}"
    assert remarks(run) == [f"tiny: {count}; they are included, and --without-disturbed leaves them out."]
    assert remarks(without) == [f"tiny: {count}; they are left out of every number."]
    assert "left out of every number" in markdown_report(without)
    for report, effect in ((markdown_report(run), "included"), (markdown_report(without), "left out")):
        summary = report.partition("## Summary\n\n")[2]
        longer = f"they took {units.share(rounds.disturbed_longer)} longer than undisturbed ones"
        assert summary.startswith(f"2 of 4 requests were disturbed ({longer}) and are {effect}; the model was started")
    assert "| ok !" in results_table(without)
    assert "!" not in results_table(run_record(model("tiny")))
    file = tmp_path / "run.json"
    file.write_text(json_text(without))
    again = read_run(file)
    assert len(again.samples) == len(run.samples), "they are in the record"
    assert summarize(again)[0].rounds == 2


def answers_with(*texts: str, prompt_id: str = "rag") -> list[Sample]:
    return [sample(prompt_id=prompt_id, round_number=number, text=text) for number, text in enumerate(texts, start=1)]


def test_texts_that_differ_at_temperature_0_are_found_with_their_place() -> None:
    plan = Plan(models=(), prompts=())
    same = [*answers_with("One text.", "One text."), *answers_with("Once.", prompt_id="privacy")]
    result = repeatability(plan, same)
    assert (result.repeatable, result.prompts, result.others) == (Repeatable.YES, 1, ())
    result = repeatability(plan, [*same, *answers_with("abc", "abc", "abd", "abcd", prompt_id="slm")])
    assert result.repeatable is Repeatable.NO
    (other,) = result.others
    assert (other.prompt_id, other.round, other.character, other.rounds) == ("slm", 3, 3, 2)
    thought = [
        replace(answer, reasoning=reasoning)
        for answer, reasoning in zip(answers_with("a", "a"), ("x", "y"), strict=True)
    ]
    assert repeatability(plan, thought).repeatable is Repeatable.NO
    assert repeatability(plan, answers_with("One text.")).repeatable is Repeatable.UNKNOWN
    assert (
        repeatability(replace(plan, method=replace(plan.method, temperature=0.7)), same).repeatable
        is Repeatable.UNKNOWN
    )


def test_a_longer_text_differs_after_the_end_of_the_shorter() -> None:
    (other,) = repeatability(Plan(models=(), prompts=()), answers_with("ab", "abc")).others
    assert other.character == 3


def test_the_reach_is_the_farther_end_of_both_intervals() -> None:
    def rounds(*of: tuple[float, float]) -> list[Sample]:
        timed = [timeline(ttft_ms=ttft_ms, tok_s=tok_s) for ttft_ms, tok_s in of]
        return [sample(round_number=index, times=times) for index, times in enumerate(timed, start=1)]

    assert relative_half_width(rounds((200, 50))) is None
    assert round(relative_half_width(rounds((200, 50), (200, 50), (200, 50))) or 0, 9) == 0
    only_ttft = relative_half_width(rounds((180, 50), (200, 50), (220, 50), (205, 50)))
    both = relative_half_width(rounds((180, 20), (200, 50), (220, 80), (205, 55)))
    assert only_ttft is not None
    assert both is not None
    assert 0 < only_ttft < both


def test_what_adding_rounds_came_to_is_said() -> None:
    run = run_record(model("tiny"), rounds=4)
    limited = replace(run, plan=replace(run.plan, method=replace(run.plan.method, until_interval=0.03)))
    sentence = "after 4 rounds the 95 % interval reaches no further than 0.0 %, as was asked for"
    assert remarks(limited) == [f"tiny: {sentence}."]
    assert f"**tiny**: {sentence}." in markdown_report(limited)
    (course,) = rounds_summaries(limited)
    assert (course.rounds, course.requests, course.launches) == (4, 8, 1)
    apart = [replace(sample, timeline=timeline(ttft_ms=100.0 * sample.round)) for sample in rounds_of(limited, "tiny")]
    assert "still reaches" in remarks(replace(limited, samples=tuple(apart)))[0]
    once = replace(limited, samples=run.samples[-1:])
    assert remarks(once) == ["tiny: after 1 round there is no 95 % interval yet, and 3.0 % to each side was asked for."]
