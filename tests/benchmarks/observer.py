"""What does the workbench cost the model that it watches?

Run by ``python -m tests.benchmarks.observer [--model practice-large | --size 220mb] [--launches 100] [--pairs 10] [--to
FILE]``. The real app runs in a pseudo-terminal of 160x50 with four streaming columns, memory chart and results table:
one column is the real model, the other three are scripted children that send text at about its pace and compute
nothing. The reference is a bare script over the same SDK, in a process of its own. Both hold the model and take turns,
sample by sample, first one and then the other beginning; while it is the script's turn the app is stopped. Every launch
is a fresh start of both; with FILE it is kept there, and the next call goes on with what lies there. Prints the median
ratio app / script of decode rate and TTFT with a 95 % interval over launches. It ends when that of the rate is narrower
than 1.5 % to a side; exit code 0 if its lower end is at least 0.97 and the estimate at least 0.98. That may take an
hour: 60 launches where neighbours on the host change its pace by a fifth within a second.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from tests.benchmarks.agreement import BareScript, Pair, interval, pair, turns
from tests.support.pty_terminal import PtyTerminal
from tui.config import load_config
from tui.measure.timing import metrics
from tui.practice import practice_folder
from tui.records import Model, Prompt, SampleStatus, Timeline

COLUMNS, ROWS = 160, 50
WARMUP = 1
FEWEST = 10
"""The fewest launches to measure; the interval of fewer may be narrow by chance."""
LIMIT, LOWEST_END, LOWEST_ESTIMATE = 0.015, 0.97, 0.98
_MODEL: Final = "measured"
_SETTLING_S: Final = 0.1


class Task(msgspec.Struct, frozen=True):
    """The model, prompts and pace that the app under test reads at its start."""

    folder: str
    prompts: tuple[Prompt, ...]
    tok_s: int
    """The rate at which the scripted columns send text."""


def run_inside(door: str, task_file: Path) -> None:
    """The app under test: asks all four columns whenever a line with the number of a prompt comes, and answers with the
    timeline of the real model.
    """
    from tests.benchmarks.drawing_phases import seldom_until
    from tests.support import scripted_child
    from tui.app import BenchtopApp
    from tui.bench.model_pool import ModelPool
    from tui.bench.runner import run
    from tui.engines.contract import Engine
    from tui.engines.foundry.engine import FoundryEngine
    from tui.probes.sampler import Sampler
    from tui.records import ModelState
    from tui.workspace.workspace import Workspace

    task = msgspec.json.decode(task_file.read_bytes(), type=Task)

    def start(model: Model) -> Engine:
        if model.alias == _MODEL:
            return FoundryEngine(model)
        return FoundryEngine(model, scripted_child.command("pace", task.tok_s))

    def open_workspace() -> Workspace:
        sampler = Sampler()
        sampler.start()
        names = (_MODEL, "column-2", "column-3", "column-4")
        models = tuple(Model(alias=name, state=ModelState.READY, folder=Path(task.folder)) for name in names)
        return Workspace(
            models=models,
            chosen=tuple(model.key for model in models),
            prompt_sets={"observer": task.prompts},
            prompt_set="observer",
            prompt=task.prompts[0].text,
            run=run,
            model_pool=ModelPool(start, sampler=sampler),
            sampler=sampler,
            history_file=None,
        )

    async def finished() -> None:
        await seldom_until(lambda: bench.session and bench.session.running)
        await seldom_until(lambda: bench.session and not bench.session.running)

    async def drive() -> None:
        await seldom_until(lambda: bench.session)
        # Textual would set the terminal up a second time whenever the app goes on.
        signal.signal(signal.SIGCONT, signal.SIG_DFL)
        reader, writer = await asyncio.open_unix_connection(door)
        writer.write(b"ready\n")
        while line := await reader.readline():
            bench.workbench.prompt_line.text = task.prompts[int(line)].text
            bench.workbench.when_ready(lambda runs: runs.ask())
            await finished()
            session = bench.session
            assert session is not None
            assert session.newest is not None
            (sample,) = (sample for sample in session.newest.samples if sample.alias == _MODEL)
            assert sample.status is SampleStatus.OK, sample.error
            writer.write(msgspec.json.encode(sample.timeline) + b"\n")
        writer.close()
        bench.exit()

    bench = BenchtopApp(open_workspace)
    bench.call_later(lambda: bench.run_worker(drive()))
    bench.run()


class App:
    """The app under test, which is asked one question at a time and is stopped while it has no turn."""

    def __init__(self, folder: str, home: str, prompts: Sequence[Prompt], tok_s: int) -> None:
        task_file, door = Path(home) / "task.json", str(Path(home) / "door")
        task_file.write_bytes(msgspec.json.encode(Task(folder, tuple(prompts), tok_s)))
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(door)
        self._listener.listen()
        command = [sys.executable, "-m", "tests.benchmarks.observer", "--inside", door, str(task_file)]
        environment = {"BENCHTOP_HOME": home, "TEXTUAL_ANIMATIONS": "none", "CI": "1"}
        self.terminal = PtyTerminal(command, columns=COLUMNS, rows=ROWS, env=environment)
        self._listener.settimeout(60)
        self._connection, _ = self._listener.accept()
        self._lines = self._connection.makefile("rb")
        assert self._lines.readline() == b"ready\n", "the app did not start"

    def measure(self, number: int) -> Timeline:
        self.terminal.process.send_signal(signal.SIGCONT)
        time.sleep(_SETTLING_S)
        self._connection.sendall(f"{number}\n".encode())
        timeline = msgspec.json.decode(self._lines.readline(), type=Timeline)
        time.sleep(_SETTLING_S)
        self.terminal.process.send_signal(signal.SIGSTOP)
        return timeline

    def close(self) -> None:
        self.terminal.process.send_signal(signal.SIGCONT)
        self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self._listener.close()
        self.terminal.wait(20)


class Turn(msgspec.Struct, frozen=True):
    """A sample of each side."""

    app: Timeline
    script: Timeline

    @property
    def pair(self) -> Pair:
        return pair(self.app, self.script)


def launch(folder: str, prompts: Sequence[Prompt], max_tokens: int, pairs: int, tok_s: int) -> list[Turn]:
    """Start both sides afresh, warm every prompt up, and take turns."""
    taken: list[Turn] = []
    with tempfile.TemporaryDirectory() as scratch, tempfile.TemporaryDirectory() as home:
        script = BareScript(folder, scratch, max_tokens)
        app = App(folder, home, prompts, tok_s)
        with app.terminal:
            for turn, prompt in enumerate(turns(prompts, len(prompts) * WARMUP + pairs)):
                if turn % 2:
                    here, bare = app.measure(prompts.index(prompt)), script.measure(prompt.text)
                else:
                    bare, here = script.measure(prompt.text), app.measure(prompts.index(prompt))
                if turn >= len(prompts) * WARMUP:
                    taken.append(Turn(here, bare))
            app.close()
        script.close()
    return taken


def pace_of(folder: str, prompt: Prompt, max_tokens: int) -> int:
    """Return about how many tokens a second the model gives."""
    with tempfile.TemporaryDirectory() as scratch:
        script = BareScript(folder, scratch, max_tokens)
        script.measure(prompt.text)
        rate = metrics.decode_tok_s(script.measure(prompt.text))
        script.close()
    assert rate
    return max(1, round(rate))


def earlier_launches(file: Path | None) -> list[list[Turn]]:
    """Read the launches of earlier calls from the file."""
    if file is None or not file.exists():
        return []
    return msgspec.json.decode(file.read_bytes(), type=list[list[Turn]])


class Verdict(msgspec.Struct, frozen=True):
    narrow: bool
    passed: bool


def report(launches: Sequence[Sequence[Turn]]) -> Verdict:
    """Print both ratios, and return whether that of the rate is known well enough and is good enough."""
    pairs = [[turn.pair for turn in launch_turns] for launch_turns in launches]
    rates = interval([[one.rate for one in launch_pairs] for launch_pairs in pairs])
    ttfts = interval([[one.ttft for one in launch_pairs] for launch_pairs in pairs])
    for name, (ratio, low, high) in (("decode rate", rates), ("TTFT", ttfts)):
        print(f"{name:12} {ratio:7.4f}   [{low:.4f}, {high:.4f}]   n = {sum(map(len, pairs))} in {len(pairs)} launches")
    ratio, low, high = rates
    narrow = ratio - low < LIMIT and high - ratio < LIMIT
    passed = narrow and low >= LOWEST_END and ratio >= LOWEST_ESTIMATE
    print("pass" if passed else "FAIL" if narrow else "FAIL: inconclusive", flush=True)
    return Verdict(narrow, passed)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="practice-large")
    parser.add_argument("--size", help="a generated model of this size in place of a practice model, such as 220mb")
    parser.add_argument("--max-tokens", type=int, default=48)
    parser.add_argument("--launches", type=int, default=100, help="at most; it ends when the interval is narrow")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--to", type=Path, help="keep the launches here, and go on with those that lie there")
    parser.add_argument("--inside", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside is not None:
        run_inside(options.inside[0], Path(options.inside[1]))
        return 0
    config = load_config()
    with tempfile.TemporaryDirectory() as heavy:
        folder = str(practice_folder(options.model))
        if options.size:
            from tui.cli.shared.values import size_in_bytes
            from tui.practice.heavy import write_heavy

            folder = str(write_heavy(Path(heavy) / "heavy", size_in_bytes(options.size)))
        limited = [
            Prompt(id=prompt.id, text=prompt.text, max_tokens=options.max_tokens) for prompt in config.default_prompts
        ]
        tok_s = pace_of(folder, limited[0], options.max_tokens)
        print(f"{options.size or options.model}, about {tok_s} tok/s: workbench / bare script", flush=True)
        launches = earlier_launches(options.to)
        verdict = Verdict(narrow=False, passed=False)
        while len(launches) < FEWEST or (len(launches) < options.launches and not verdict.narrow):
            launches.append(launch(folder, limited, options.max_tokens, options.pairs, tok_s))
            if options.to is not None:
                options.to.write_bytes(msgspec.json.encode(launches))
            if len(launches) > 1:
                verdict = report(launches)
    return 0 if verdict.passed else 1


if __name__ == "__main__":
    sys.exit(main())
