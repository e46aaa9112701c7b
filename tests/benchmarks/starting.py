"""How soon does the workbench show its first frame?

Run by ``python -m tests.benchmarks.starting [--starts 15]``. The real command and a minimal Textual app are started in
turns in a pseudo-terminal of 120x40, with compiled modules at hand, a history of 1,000 runs and the snapshot of a
catalogue of 2,000 builds. Waited for are the first frame of both, down to the last line, and of the workbench also the
moment from which a question can be asked. Then commands that only print are run. Prints medians of the time, and means
of the processor time until then, which other work on the machine disturbs less; exit code 1 when the first frame takes
more than 1.4 times as long as that of the minimal app, or help longer than it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import psutil

from tests.benchmarks.remembering import run_of
from tests.support.pty_terminal import PtyTerminal
from tests.support.snapshots import write_snapshot
from tui.store.history import History

COLUMNS, ROWS = 120, 40
RUNS, BUILDS = 1000, 2000
RATIO_LIMIT: Final = 1.4
_SAMPLES_A_RUN: Final = 6
_PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.001

_LAST_LINE: Final = b"the last line"
_MINIMAL: Final = f"""
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    CSS = "Static {{ dock: bottom; }}"

    def compose(self):
        yield Static("{_LAST_LINE.decode()}")

Minimal().run()
"""
MINIMAL_APP: Final = (sys.executable, "-c", _MINIMAL)
WORKBENCH: Final = (sys.executable, "-m", "tui")
_FIRST_FRAME: Final = b"Type a question"
"""This stands on the last line of the workbench before its keys, which Textual's footer draws in the second frame."""
_READY: Final = b"nothing is loaded"
PRINTING: Final = ("--version", "--help", "bench --help", "models")


@dataclass(frozen=True, slots=True)
class Seen:
    """The time at which a text appeared, from the start of the process, and the processor time used by then."""

    wall_ms: float
    cpu_ms: float


def seen(terminal: PtyTerminal, marks: Sequence[bytes]) -> list[Seen]:
    """Wait for each of these texts in turn."""
    process, moments = psutil.Process(terminal.process.pid), list[Seen]()
    for mark in marks:
        while mark not in (output := terminal.output):
            if time.perf_counter() - terminal.started_s > _PATIENCE_S:
                raise SystemExit(f"{mark.decode()} did not come:\n{output[-3000:].decode(errors='replace')}")
            time.sleep(_LOOK_S)
        wall_ms, used = (time.perf_counter() - terminal.started_s) * 1000, process.cpu_times()
        moments.append(Seen(wall_ms, (used.user + used.system) * 1000))
    return moments


def started(command: Sequence[str], marks: Sequence[bytes], environment: Mapping[str, str]) -> list[Seen]:
    with PtyTerminal(command, columns=COLUMNS, rows=ROWS, env=environment) as terminal:
        return seen(terminal, marks)


def printed(arguments: str, environment: Mapping[str, str]) -> Seen:
    """Run a command that only prints, and return its time and its processor time."""
    used, began_s = os.times(), time.perf_counter()
    command = [*WORKBENCH, *arguments.split()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **environment})
    wall_ms, now = (time.perf_counter() - began_s) * 1000, os.times()
    spent_s = now.children_user + now.children_system - used.children_user - used.children_system
    return Seen(wall_ms, spent_s * 1000)


def furnish(home: Path) -> None:
    """Write the history and the catalogue that a person has after some months."""
    with closing(History(home / "data" / "history.sqlite3")) as history:
        for number in range(RUNS):
            run = run_of(number)
            history.begin(replace(run, samples=run.samples[:_SAMPLES_A_RUN]))
    write_snapshot(BUILDS, home / "data" / "cache" / "models")


def median_ms(times: Sequence[Seen]) -> float:
    return statistics.median(time_s.wall_ms for time_s in times)


def row(name: str, times: Sequence[Seen], than: float, limit: float | None = None) -> bool:
    """Print a row, and return whether its limit is kept."""
    wall_ms = median_ms(times)
    within = limit is None or wall_ms <= limit * than
    verdict = "" if limit is None else f"  limit {limit:g}  {'kept' if within else 'BROKEN'}"
    cpu_ms = statistics.fmean(time_s.cpu_ms for time_s in times)
    print(f"  {name:28}{wall_ms:8.0f} ms{cpu_ms:8.0f} ms of processor{wall_ms / than:8.2f}{verdict}")
    return within


def measure(starts: int, home: Path, bytecode: Path) -> bool:
    furnish(home)
    # The cache must be warm, even if the environment forbids to write compiled modules.
    environment = {
        "BENCHTOP_HOME": str(home),
        "CI": "1",
        "PYTHONPYCACHEPREFIX": str(bytecode),
        "PYTHONDONTWRITEBYTECODE": "",
    }
    minimal: list[Seen] = []
    first: list[Seen] = []
    ready: list[Seen] = []
    printing: dict[str, list[Seen]] = {arguments: [] for arguments in PRINTING}
    for turn in range(starts + 1):
        of_minimal = started(MINIMAL_APP, [_LAST_LINE], environment)
        frame, ask = started(WORKBENCH, [_FIRST_FRAME, _READY], environment)
        of_commands = {arguments: printed(arguments, environment) for arguments in PRINTING}
        if turn:
            minimal += of_minimal
            first.append(frame)
            ready.append(ask)
            for arguments, spent in of_commands.items():
                printing[arguments].append(spent)
    than = median_ms(minimal)
    row("minimal app, first frame", minimal, than)
    within = [row("workbench, first frame", first, than, RATIO_LIMIT)]
    row("workbench, ready to ask", ready, than)
    within += [
        row(f"benchtop {arguments}", printing[arguments], than, 1.0 if arguments.startswith("--") else None)
        for arguments in PRINTING
    ]
    return all(within)


def main() -> int:
    parser = argparse.ArgumentParser(description="How soon the workbench is there, against a minimal app.")
    parser.add_argument("--starts", type=int, default=15)
    options = parser.parse_args()
    print(f"{options.starts} starts at {COLUMNS}x{ROWS}, {RUNS:,} runs in the history, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as bytecode:
        return 0 if measure(options.starts, Path(home), Path(bytecode)) else 1


if __name__ == "__main__":
    sys.exit(main())
