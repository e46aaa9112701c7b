"""Energy: counters as folders of files and as a scripted driver, what is taken off, and what stays unknown."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import changed, load, model, run_record, sample
from tests.support.conditions import until
from tests.support.follower import Follower, scripted_model
from tests.support.scripted_nvml import ScriptedNvml
from tui.bench.energy_meter import EnergyMeter
from tui.bench.planning.presets import with_power
from tui.cli.doctor import energy_in_words
from tui.measure.energy import PowerAt, cost, counter_increase, integrated_j
from tui.measure.timing.summary import summarize
from tui.probes.power import Counters, EnergyMark, GpuCounters, Rapl, gpu_between_j
from tui.probes.sampler import Sampler
from tui.records import (
    EnergySource,
    GpuReading,
    MemoryReading,
    Mode,
    Model,
    Plan,
    Power,
    Prompt,
    RunRecord,
    Sample,
    SampleKind,
)
from tui.reports.json import json_text
from tui.reports.markdown import markdown_report, results_table
from tui.text import units

LARGEST_UJ = 262_143_328_850
CPU = model("tiny")
GPU = replace(model("big", variant="gpu"), execution_provider="CUDAExecutionProvider")


def near(value: float | None, expected: float) -> bool:
    return value is not None and math.isclose(value, expected, rel_tol=1e-9)


def domain(root: Path, folder: str, name: str, energy_uj: int | None) -> None:
    """Write a domain as Linux shows it; without a number its counter is a folder, which not even root can read."""
    zone = root / folder
    zone.mkdir()
    (zone / "name").write_text(f"{name}\n")
    (zone / "max_energy_range_uj").write_text(f"{LARGEST_UJ}\n")
    if energy_uj is None:
        (zone / "energy_uj").mkdir()
    else:
        (zone / "energy_uj").write_text(f"{energy_uj}\n")


class EnergyNvml(ScriptedNvml):
    """A driver whose energy counters are set by the test; a GPU without one does not support it."""

    def __init__(self, energy_mj: dict[int, int]) -> None:
        super().__init__(gpus=2)
        self.energy_mj = energy_mj

    def nvmlDeviceGetTotalEnergyConsumption(self, handle: object) -> int:  # noqa: N802
        if handle not in self.energy_mj:
            raise self.NVMLError("not supported")
        return self.energy_mj[int(str(handle))]


def test_only_whole_packages_are_counted_and_each_of_them_once(tmp_path: Path) -> None:
    domain(tmp_path, "intel-rapl:0", "package-0", 5_000_000)
    domain(tmp_path, "intel-rapl:1", "package-1", 7_000_000)
    domain(tmp_path, "intel-rapl:2", "psys", 90_000_000)
    domain(tmp_path, "intel-rapl:0:0", "core", 3_000_000)
    domain(tmp_path, "intel-rapl-mmio:0", "package-0", 5_000_000)
    rapl = Rapl(tmp_path)
    assert rapl.read() == {"intel-rapl:0": 5_000_000, "intel-rapl:1": 7_000_000}
    assert rapl.problem == ""


def test_a_counter_that_begins_again_is_followed_round_its_end(tmp_path: Path) -> None:
    domain(tmp_path, "intel-rapl:0", "package-0", LARGEST_UJ - 2_000_000)
    rapl = Rapl(tmp_path)
    before = EnergyMark(at_s=0, packages_uj=rapl.read())
    (tmp_path / "intel-rapl:0" / "energy_uj").write_text("3000000\n")
    assert rapl.over_j((before, EnergyMark(at_s=1, packages_uj=rapl.read()))) == 5.0
    assert counter_increase(10, 4, largest=100) == 94


def test_a_counter_that_may_not_be_read_or_goes_away_is_unknown_and_said(tmp_path: Path) -> None:
    none = Rapl(tmp_path / "nowhere")
    assert none.problem == "the system tells of no energy counter of the processor"
    domain(tmp_path, "intel-rapl:0", "package-0", None)
    refused = Rapl(tmp_path)
    assert refused.read() == {}
    words = energy_in_words(Counters(refused, GpuCounters(EnergyNvml({0: 1}))))
    assert words.startswith("counted by 1 GPU; the processor's energy counter (RAPL) may be read by root only")
    assert words.endswith('; "watts" in models.json can stand in')
    assert refused.over_j((EnergyMark(at_s=0, packages_uj={"intel-rapl:0": 1}), EnergyMark(at_s=1))) is None


def test_a_gpu_without_a_counter_or_with_a_new_one_is_unknown() -> None:
    driver = EnergyNvml({1: 4_000})
    gpus = GpuCounters(driver)
    before = EnergyMark(at_s=0, gpus_mj=gpus.read())
    driver.energy_mj[1] = 6_500
    after = EnergyMark(at_s=1, gpus_mj=gpus.read())
    assert (gpu_between_j(before, after, 0), gpu_between_j(before, after, 1)) == (None, 2.5)
    assert gpu_between_j(after, before, 1) is None, "the driver was loaded anew"
    driver.failing.add("count")
    assert GpuCounters(driver).read() == {}


def test_power_is_integrated_and_stale_readings_are_not_taken() -> None:
    line = [PowerAt(0.5, 10), PowerAt(1.5, 20), PowerAt(2.5, 40), PowerAt(9, 500)]
    assert near(integrated_j(line, 1, 3), 20 * 0.5 + 30 * 1 + 40 * 0.5)
    assert integrated_j(line, 1, 2) is None
    assert integrated_j(line, 4, 8) is None


class ScriptedCounters(Counters):
    """Counters that return the marks of a test one by one, and the last one from then on."""

    def __init__(self, *marks: EnergyMark) -> None:
        super().__init__(GivenRapl(), GpuCounters(EnergyNvml({})))
        self._marks = list(marks)

    def mark(self) -> EnergyMark:
        return self._marks.pop(0) if self.left > 1 else self._marks[0]

    @property
    def left(self) -> int:
        return len(self._marks)


class GivenRapl(Rapl):
    def __init__(self) -> None:
        super().__init__(Path("nowhere"))
        self._largest_uj = {"package": LARGEST_UJ}


class StillSampler(Sampler):
    """A sampler that returns the readings of a test, of GPUs that hold these models."""

    def __init__(self, holding: Sequence[str | None] = (), powers: Sequence[tuple[float, float]] = ()) -> None:
        super().__init__()
        self._given = [
            MemoryReading(
                at_s=at_s,
                total_bytes=1,
                available_bytes=1,
                swap_used_bytes=0,
                gpus=tuple(
                    GpuReading(
                        index=index,
                        name="GPU",
                        used_bytes=1,
                        total_bytes=2,
                        process_bytes={key: 1 << 30} if key else {},
                        power_watts=watts if powers else None,
                    )
                    for index, key in enumerate(holding)
                ),
            )
            for at_s, watts in powers or [(0.0, 0.0)]
        ]

    @property
    def newest(self) -> MemoryReading:
        return self._given[-1]

    def since(self, sequence: int) -> tuple[int, list[MemoryReading]]:
        return len(self._given), self._given[sequence:]


def packages(at_s: float, joules: float) -> EnergyMark:
    return EnergyMark(at_s=at_s, packages_uj={"package": round(joules * 1e6)})


def gpus(at_s: float, *joules: float) -> EnergyMark:
    return EnergyMark(at_s=at_s, gpus_mj={index: round(joule * 1000) for index, joule in enumerate(joules)})


def plan_of(*models: Model, **options: object) -> Plan:
    return changed(Plan(models=models, prompts=(Prompt(id="rag", text="Hello."),)), **options)


async def measured(
    of: Model, *marks: EnergyMark, sampler: Sampler | None = None, plan: Plan | None = None
) -> tuple[Sample, float | None]:
    """Measure one sample after the machine has been at rest; return it and the watts of rest that were subtracted."""
    meter = EnergyMeter(plan or plan_of(of), sampler, lambda: ScriptedCounters(*marks), rest_s=0)

    async def answer() -> Sample:
        return sample(of.key)

    await meter.measure_rest()
    return await meter.measure(of, answer), meter.idle_watts(of.key)


REST = (packages(0, 0), packages(2, 16))


async def test_what_the_machine_takes_at_rest_is_taken_off() -> None:
    result, idle_watts = await measured(CPU, *REST, packages(10, 100), packages(12, 180))
    assert (result.energy_j, result.energy_source, idle_watts) == (64.0, EnergySource.RAPL, 8.0)


async def test_less_than_rest_keeps_its_sign_and_a_lost_counter_is_unknown() -> None:
    result, _ = await measured(CPU, *REST, packages(10, 100), packages(12, 114))
    assert result.energy_j == -2.0
    result, _ = await measured(CPU, *REST, packages(10, 100), EnergyMark(at_s=12))
    assert (result.energy_j, result.energy_source) == (None, None)
    result, _ = await measured(CPU, packages(0, 0), EnergyMark(at_s=2), packages(10, 100), packages(12, 180))
    assert result.energy_j is None, "nobody knows what rest takes"


async def test_a_long_answer_is_marked_in_between_so_that_no_new_beginning_is_missed() -> None:
    turn = LARGEST_UJ / 1e6
    marks = [*REST, packages(10, 0), packages(12, turn * 0.6), packages(14, turn * 0.2), packages(16, turn * 0.9)]
    counters = ScriptedCounters(*marks)
    meter = EnergyMeter(plan_of(CPU), None, lambda: counters, rest_s=0, mark_every_s=0.001)

    async def answer() -> Sample:
        await until(lambda: counters.left == 1)
        return sample()

    await meter.measure_rest()
    result = await meter.measure(CPU, answer)
    assert near(result.energy_j, 1.9 * turn - 6 * 8)


async def test_nothing_tells_anything_where_there_is_nothing() -> None:
    result, idle_watts = await measured(CPU, EnergyMark(at_s=0), EnergyMark(at_s=1), EnergyMark(at_s=2))
    assert (result.energy_j, result.energy_source, idle_watts) == (None, None, None)


async def test_the_energy_of_the_gpu_that_runs_the_model_counts_and_of_no_other() -> None:
    marks = (gpus(0, 0, 0), gpus(2, 20, 200), gpus(10, 100, 1000), gpus(12, 320, 9000))
    result, idle_watts = await measured(GPU, *marks, sampler=StillSampler([GPU.key, "other"]))
    assert (result.energy_j, result.energy_source, idle_watts) == (200.0, EnergySource.GPU_COUNTER, 10.0)
    result, _ = await measured(GPU, *marks, sampler=StillSampler([None, None]))
    assert result.energy_j is None, "it may be either of the two"
    result, _ = await measured(CPU, *marks, sampler=StillSampler([None, "other"]))
    assert result.energy_j is None, "a model of the processor takes nothing from a GPU"


async def test_a_gpu_that_only_tells_its_power_is_integrated() -> None:
    powers = [(0.2, 30.0), (1.8, 30.0), (10.2, 130.0), (11.8, 130.0)]
    marks = [EnergyMark(at_s=at_s) for at_s in (0.0, 2.0, 10.0, 12.0)]
    result, idle_watts = await measured(GPU, *marks, sampler=StillSampler([GPU.key], powers))
    assert near(result.energy_j, 200.0)
    assert (result.energy_source, idle_watts) == (EnergySource.GPU_POWER, 30.0)


async def test_models_that_answer_at_once_cannot_be_told_apart() -> None:
    other = model("other")
    marks = (*REST, *(packages(10 + number, 100 + 50 * number) for number in range(6)))
    meter = EnergyMeter(plan_of(CPU, other), None, lambda: ScriptedCounters(*marks), rest_s=0)
    await meter.measure_rest()
    both = asyncio.Barrier(2)

    async def answer_with_other() -> Sample:
        await both.wait()
        return sample()

    async def answer() -> Sample:
        return sample()

    crowded = await asyncio.gather(meter.measure(CPU, answer_with_other), meter.measure(other, answer_with_other))
    assert [of_one.energy_j for of_one in crowded] == [None, None]
    assert (await meter.measure(CPU, answer)).energy_j == 42.0, "alone again"


async def test_configured_watts_stand_in_where_nothing_is_counted() -> None:
    far = replace(model("far"), engine="endpoint")
    power = Power(watts=35, watts_by_alias={"far": 120}, idle_watts=8)
    plan = with_power(plan_of(CPU, far), power)
    seconds = (sample().timeline.end_ns or 0) / 1e9
    result, idle_watts = await measured(CPU, *(EnergyMark(at_s=at_s) for at_s in range(3)), plan=plan)
    assert near(result.energy_j, 27 * seconds)
    assert result.energy_source is EnergySource.CONFIGURED
    assert idle_watts == 8
    result, _ = await measured(far, *REST, packages(10, 0), packages(12, 999), plan=plan)
    assert near(result.energy_j, 112 * seconds), "this machine's counters know nothing of another"


async def test_a_run_keeps_energy_with_its_samples_and_rest_with_its_loads() -> None:
    paced = scripted_model("pace", 400)
    plan = plan_of(paced, warmup=0, rounds=2, max_tokens=20)
    run = await Follower(with_power(plan, Power(watts=35, idle_watts=5, price_per_kwh=0.3, currency="EUR"))).follow()
    rounds = [sample for sample in run.samples if sample.kind is SampleKind.ROUND]
    ends_s = [(of_one.timeline.end_ns or 0) / 1e9 for of_one in rounds]
    assert all(near(of_one.energy_j, 30 * end_s) for of_one, end_s in zip(rounds, ends_s, strict=True))
    assert [load.idle_watts for load in run.loads] == [5]
    (row,) = summarize(run)
    assert near(row.energy_j_per_token, 30 * sum(ends_s) / 40)
    assert near(row.cost_per_1000, 1000 * cost(15 * sum(ends_s), 0.3))


def with_energies(run: RunRecord, *energies_j: float | None) -> RunRecord:
    """Return the run with these energies in the rounds of its first model."""
    left = list(energies_j)
    samples = [
        replace(sample, energy_j=left.pop(0), energy_source=EnergySource.RAPL)
        if left and sample.key == run.plan.models[0].key and sample.kind is SampleKind.ROUND
        else sample
        for sample in run.samples
    ]
    plan = replace(run.plan, price_per_kwh=0.3, currency="EUR")
    return replace(run, plan=plan, samples=tuple(samples), loads=(load("tiny"), load("other")))


def test_energy_per_token_and_cost_are_sums_over_the_rounds() -> None:
    run = run_record(model("tiny"), model("other"), rounds=2)
    tiny, other = summarize(with_energies(run, 40, -2, None, 46))
    assert near(tiny.energy_j_per_token, 84 / (3 * 21))
    assert near(tiny.cost_per_1000, 28 * 1000 / 3_600_000 * 0.3)
    assert (other.energy_j_per_token, other.energy_source, other.cost_per_1000) == (None, None, None)
    assert summarize(with_energies(run, 1, -3, 1, 1))[0].energy_j_per_token is None, "it cannot be told from rest"


def test_energy_below_the_resolution_of_its_meter_is_unknown() -> None:
    """A counter of a GPU that draws 80 W all the time is 8 J off at most, so that millijoules are noise round zero."""
    run = with_energies(run_record(model("tiny"), model("other"), rounds=1), 0.0007, 0.0011, -0.0004, 0.0009)
    samples = tuple(replace(sample, energy_source=EnergySource.GPU_COUNTER) for sample in run.samples)
    run = replace(run, samples=samples, loads=tuple(replace(load, idle_watts=80.0) for load in run.loads))
    assert summarize(run)[0].energy_j_per_token is None
    louder = tuple(replace(sample, energy_j=sample.energy_j and 20.0) for sample in samples)
    assert summarize(replace(run, samples=louder))[0].energy_j_per_token is not None


def test_reports_tell_energy_only_where_it_is_known() -> None:
    run = run_record(model("tiny"), model("other"), rounds=2)
    assert "J/token" not in results_table(run)
    assert "## Energy" not in markdown_report(run)
    table = results_table(with_energies(run, 40, -2, None, 46)).splitlines()
    assert table[0].split("|")[12:14] == [" J/token ", " per 1,000 requests "]
    assert [cell.strip() for cell in table[2].split("|")[12:14]] == ["1.33 J", "0.0023 EUR"]
    assert [cell.strip() for cell in table[3].split("|")[12:14]] == ["-", "-"]
    report = markdown_report(with_energies(run, 40, -2, None, 46))
    assert "processor energy counter (RAPL): the processor's own counter" in report
    assert '"energy_j_per_token": 1.333333' in json_text(with_energies(run, 40, -2, None, 46))


def test_a_report_says_when_energy_cannot_be_told_from_rest() -> None:
    run = run_record(model("tiny"), model("other"), rounds=2)
    assert "cannot be told from what the machine takes at rest" in markdown_report(with_energies(run, 1, -3, 1, 1))


def test_a_report_says_why_side_by_side_has_no_energy() -> None:
    run = run_record(model("tiny"), model("other"))
    crowded = replace(
        run,
        plan=replace(run.plan, method=replace(run.plan.method, mode=Mode.SIDE_BY_SIDE)),
        loads=tuple(replace(load, idle_watts=8.0) for load in run.loads),
    )
    assert "nothing tells the energy of one from another's" in markdown_report(crowded)


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        (units.energy(None), "-"),
        (units.energy(0.0042), "4.20 mJ"),
        (units.energy(185), "185 J"),
        (units.energy(12_300), "12.3 kJ"),
        (units.power(8.4), "8.40 W"),
        (units.money(None, "EUR"), "-"),
        (units.money(0.0042, "EUR"), "0.0042 EUR"),
        (units.money(1.25, "EUR"), "1.25 EUR"),
        (units.money(0, ""), "0.00"),
    ],
)
def test_energy_and_money_are_shown_in_few_figures(shown: str, words: str) -> None:
    assert shown == words
