"""Does drawing stay out of the way of measuring?

Run by ``python -m tests.benchmarks.drawing [--seconds 20] [--rest 10]``. The real app runs in a
pseudo-terminal of 160x50 on four real children that each send 1,000 tokens a second over the product's own wire and
pipes (``tests.support.scripted_child``). A heartbeat of 5 ms beats in the event loop. The lateness of a beat is a lag,
and a beat that came so late that it swallowed others stands for those too. The heartbeat's own cost is in the app's
share while all four stream. Then the app rests, without it: first as it is, then with the dialog of a benchmark open.
At last the four models answer five questions of one conversation in Markdown, which is laid out after each answer.
Prints a table; exit code 1 when a budget is not kept.

Other work on the machine makes every figure worse: run it on a quiet one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.drawing_phases import STREAMS, TOKENS_PER_S, TURNS, Inside, Phases
from tests.support.pty_terminal import FRAME_END, PtyTerminal

SIZE = "160x50"
_CONVERSATION_S: Final = 60.0
"""How long the conversation may take at most."""


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    what: str
    value: float
    unit: str
    budget: float | None = None

    @property
    def within_budget(self) -> bool:
        return self.budget is None or self.value < self.budget


def run_inside(seconds: float, rest: float, report: Path) -> None:
    """Run the app under test: it goes through all phases, writes its figures, and ends."""
    from tests.support import scripted_child
    from tui.app import BenchtopApp
    from tui.bench.model_pool import ModelPool
    from tui.bench.runner import run
    from tui.engines.foundry.engine import FoundryEngine
    from tui.probes.sampler import Sampler
    from tui.records import Model, ModelState, Prompt
    from tui.workspace.workspace import Workspace

    def open_workspace() -> Workspace:
        sampler = Sampler()
        sampler.start()
        models = tuple(
            Model(alias=f"stream-{number}", state=ModelState.READY, folder=Path("unused")) for number in range(STREAMS)
        )
        prompt = Prompt(id="flood", text="Write without end.")
        command = scripted_child.command("pace", TOKENS_PER_S)
        return Workspace(
            models=models,
            chosen=tuple(model.key for model in models),
            prompt_sets={"flood": (prompt,)},
            prompt_set="flood",
            prompt=prompt.text,
            run=run,
            model_pool=ModelPool(lambda model: FoundryEngine(model, command), sampler=sampler),
            sampler=sampler,
            history_file=None,
        )

    async def measure() -> None:
        inside = await Phases(bench, seconds, rest).measure()
        report.write_bytes(msgspec.json.encode(inside))
        bench.exit()

    bench = BenchtopApp(open_workspace)
    bench.call_later(lambda: bench.run_worker(measure()))
    bench.run()


def measure_streams(seconds: float, rest: float, columns: int, rows: int) -> tuple[Inside, int, int]:
    """Run the app under test in a pseudo-terminal; return its figures, and how many frames and bytes it wrote."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "inside.json"
        command = [sys.executable, "-m", "tests.benchmarks.drawing", "--inside", str(report)]
        command += ["--seconds", str(seconds), "--rest", str(rest)]
        environment = {"BENCHTOP_HOME": folder, "TEXTUAL_ANIMATIONS": "none", "CI": "1"}
        with PtyTerminal(command, columns=columns, rows=rows, env=environment) as terminal:
            status = terminal.wait(seconds + 2 * rest + _CONVERSATION_S + 60)
            output = terminal.output
        if status != 0 or not report.exists():
            raise SystemExit(f"the app under test ended with {status}:\n{output[-3000:].decode(errors='replace')}")
        inside = msgspec.json.decode(report.read_bytes(), type=Inside)
    return inside, output.count(FRAME_END), len(output)


def rows_of(inside: Inside, frames: int, written: int) -> list[Row]:
    """Return the rows of the table, with the budgets of the design."""
    return [
        Row("lag p50, streaming", inside.lag.p50_ms, "ms"),
        Row("lag p99, streaming", inside.lag.p99_ms, "ms", 16),
        Row("lag max, streaming", inside.lag.max_ms, "ms"),
        Row("app CPU, streaming", inside.streaming_cpu * 100, "% of a core", 25),
        Row("characters sent", inside.characters_sent, ""),
        Row("characters lost", abs(inside.characters_sent - inside.characters_held), "", 1),
        Row("frames, about", frames / inside.seconds, "per s"),
        Row("written, about", written / inside.seconds / 1000, "kB/s"),
        Row("app CPU, at rest", inside.resting_cpu * 100, "% of a core", 1.5),
        Row("with a dialog open", inside.dialog_cpu * 100, "% of a core", 1.5),
        Row(f"lag p99, {TURNS} turns", inside.conversation_lag.p99_ms, "ms", 16),
        Row(f"lag max, {TURNS} turns", inside.conversation_lag.max_ms, "ms"),
        Row(f"app CPU, {TURNS} turns", inside.conversation_cpu * 100, "% of a core", 25),
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description="Event-loop lag and processor of the workbench.")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rest", type=float, default=10.0)
    parser.add_argument("--size", default=SIZE)
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        run_inside(options.seconds, options.rest, options.inside)
        return 0
    columns, rows = map(int, options.size.split("x"))
    inside, frames, written = measure_streams(options.seconds, options.rest, columns, rows)
    table = rows_of(inside, frames, written)
    print(
        f"{STREAMS} streams of {TOKENS_PER_S} tok/s for {options.seconds:g} s at {options.size}, {os.cpu_count()} cores"
    )
    for row in table:
        budget = "" if row.budget is None else f"budget {row.budget:g}  {'kept' if row.within_budget else 'BROKEN'}"
        print(f"  {row.what:24}{row.value:12,.2f} {row.unit:12} {budget}")
    return 0 if all(row.within_budget for row in table) else 1


if __name__ == "__main__":
    sys.exit(main())
