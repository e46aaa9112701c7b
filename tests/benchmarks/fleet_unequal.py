"""Five machines of a fleet that are made unequal: less memory, less processor time, one core.

    python -m tests.benchmarks.fleet_unequal

It needs root, Linux and a machine that does nothing else (numbers that other processes disturb keep to no limit), and
takes about two minutes. The machines take turns, since they share one processor. It
passes when the small machine is told to have no room for the large model, which then fails there with that reason; when
the samples of the machines whose processor time is limited are flagged, and those of the whole one are not; when the
report says on how many of the machines a model keeps to a limit; and when ``choose`` and ``route`` go by the worst
machine of each model. Everything that was written is printed.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Final

from tests.support.fleets import Spoken, home, joined, measuring, open_desk, run_of
from tests.support.memory_group import entering, memory_group
from tui.practice.heavy import write_heavy
from tui.records import Disturbance, RunRecord

LARGE_BYTES: Final = 250_000_000
SMALL_MEMORY_BYTES: Final = 450_000_000
PLAN: Final = ("--models", "practice-small,heavy", "--rounds", "4", "--max-tokens", "12", "--prompt")
PROMPT: Final = "Tell me about the history of computing in a few words, and about why memory is slower than processors."
SHARES: Final = (0.2, 0.15)
"""How much of a core the two slow machines may use."""
LIMIT_MS: Final = "900"
_PERIOD_US: Final = 100_000
_FIRST, _SECOND = Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup")


@contextlib.contextmanager
def cpu_group(share: float) -> Generator[Path]:
    """Make a control group that may use so much of one core, and yield its folder."""
    first = _FIRST.is_dir()
    folder = (_FIRST if first else _SECOND) / f"benchtop-share-{os.getpid()}-{share}"
    folder.mkdir()
    quota = int(share * _PERIOD_US)
    if first:
        (folder / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (folder / "cpu.cfs_quota_us").write_text(str(quota))
    else:
        (folder / "cpu.max").write_text(f"{quota} {_PERIOD_US}")
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):
            folder.rmdir()


@contextlib.contextmanager
def fleet(parent: Path) -> Generator[tuple[Spoken, tuple[str, ...]]]:
    """Open a fleet of five unequal machines that all have the large model."""
    heavy = write_heavy(parent / "models", LARGE_BYTES)
    with (
        open_desk(parent) as desk,
        memory_group(SMALL_MEMORY_BYTES) as small,
        cpu_group(SHARES[0]) as slow,
        cpu_group(SHARES[1]) as slower,
        contextlib.ExitStack() as stack,
    ):
        withins = {
            "whole": (),
            "pinned": ("taskset", "-c", "0"),
            "slow": entering(slow, ()),
            "slower": entering(slower, ()),
            "small": entering(small, ()),
        }
        machines: list[Spoken] = []
        for name in ("desk", *withins):
            registered = home(parent, name).run("register", "heavy", os.fspath(heavy))
            assert registered.returncode == 0, registered.stderr
        for name, within in withins.items():
            machines.append(stack.enter_context(joined(parent, name, "--group", "one", within=within)))
        for machine, name in zip(machines, withins, strict=True):
            machine.wait_for(f"Joined as {name}", 180)
        yield desk, tuple(withins)


def flagged(run: RunRecord) -> int:
    return sum(Disturbance.CPU_LIMIT in one.disturbances for one in run.samples)


def checked(bench: Spoken, desk: Spoken, names: tuple[str, ...]) -> None:
    """Fail unless everything was told of the machines that are unlike the others."""
    runs = {name: run for name in names if (run := run_of(desk, name)) is not None}
    print({name: f"{flagged(run)} of {len(run.samples)} flagged" for name, run in runs.items()})
    assert runs.keys() == set(names)
    assert "small: heavy will not fit: needs " in bench.text
    slow, slower = SHARES
    assert f"none on pinned, small, whole; {slower} cores on slower; {slow} cores on slow" in bench.text
    assert "memory: " in bench.text
    assert not flagged(runs["whole"])
    assert all(flagged(runs[name]) > len(runs[name].samples) / 2 for name in ("slow", "slower"))
    merged, chosen, routed = (
        said(desk, *words)
        for words in (
            ("merge", "fleet.json", "--max-ttft", LIMIT_MS),
            ("choose", "--every-machine", "--preset", "background"),
            ("route", "--every-machine", "--max-memory", "3gb"),
        )
    )
    limits = f"practice-small meets TTFT <= {LIMIT_MS} ms on 3 of 5 machines; nothing meets them on slow and slower."
    assert limits in merged
    assert "heavy, on small: will not fit" in chosen
    assert "heavy: dropped, its latest benchmark failed: on small: will not fit" in routed
    assert "practice-small: taken" in routed


def said(desk: Spoken, *words: str) -> str:
    """Run a command of the desk, print what it writes, and give that."""
    result = desk.folder.run(*words)
    print(f"$ benchtop {' '.join(words)}\n{result.stdout}{result.stderr}(exit code {result.returncode})")
    return f"{result.stdout}{result.stderr}"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, fleet(Path(folder)) as (desk, names):
        with measuring(desk, *PLAN, PROMPT, "--json", "fleet.json") as bench:
            code = bench.process.wait(580)
        print(bench.text)
        assert code == 1, "a model has failed on one machine"
        checked(bench, desk, names)


if __name__ == "__main__":
    main()
