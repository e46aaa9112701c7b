"""Are forecasts of memory right, does the guard act before the kernel, and does memory come back after unloading?

Run ``python -m tests.benchmarks.memory [forecast] [guard] [unload]``; without a word all three, about ten minutes. The
guard needs a system where a control group for memory can be made.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import psutil

from tests.support import pty_terminal
from tests.support.listing import find_models
from tests.support.memory_group import memory_group, run_in
from tui.bench.memory.fit import observed_memory, predict_fit, with_context_limit
from tui.engines.contract import Completed, Request
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.process.scratch import SCRATCH_PREFIX
from tui.measure.memory.forecast import forecast_error
from tui.practice import HEAVY_MODEL, PRACTICE_MODELS
from tui.practice.heavy import write_heavy
from tui.probes import host
from tui.probes.cgroup import ROOT
from tui.records import FitForecast, Model, ObservedMemory
from tui.text import units

CONTEXTS: Final = (512, 2048, 8192)
HEAVY_BYTES: Final = (60_000_000, 220_000_000, 800_000_000)
TRIES: Final = 20
CYCLES: Final = 20
QUESTION: Final = Request(prompt="Summarize retrieval augmented generation.", max_tokens=20)
FIRST_REQUEST_CONTEXT: Final = 65536


def main() -> int:
    wanted = sys.argv[1:] or ["forecast", "guard", "unload"]
    with tempfile.TemporaryDirectory(prefix="memory-") as folder:
        os.environ["BENCHTOP_HOME"] = folder
        good = [{"forecast": forecasts, "guard": guards, "unload": unloads}[word](Path(folder)) for word in wanted]
    return 0 if all(good) else 1


def with_context(folder: Path, context_tokens: int) -> Path:
    """Write another context length into the settings of a model that was written."""
    settings = json.loads((folder / "genai_config.json").read_text())
    settings["model"]["context_length"] = settings["search"]["max_length"] = context_tokens
    (folder / "genai_config.json").write_text(json.dumps(settings))
    return folder


def models(home: Path) -> list[Model]:
    """Return the practice models and written ones, with a context that can be limited to any of those tried."""
    listed: list[Model] = []
    for model in find_models({}):
        if model.folder is not None and model.alias in PRACTICE_MODELS:
            copy = Path(shutil.copytree(model.folder, home / "copies" / model.alias))
            listed.append(replace(model, folder=with_context(copy, max(CONTEXTS)), context_tokens=max(CONTEXTS)))
    for size_bytes in HEAVY_BYTES:
        folder = home / "models" / str(size_bytes)
        with_context(write_heavy(folder, size_bytes), max(CONTEXTS))
        heavy = next(model for model in find_models({}, [folder]) if model.alias == HEAVY_MODEL)
        listed.append(replace(heavy, alias=f"heavy-{size_bytes // 10**6}mb"))
    return listed


async def peak_bytes(model: Model) -> int:
    """Return the most memory that a model takes up to the end of its first request, in bytes."""
    engine = FoundryEngine(model)
    loaded = await engine.load(120)
    end: Completed | None = None
    async for part in engine.generate(QUESTION, 60):
        end = part if isinstance(part, Completed) else end
    await engine.close()
    assert end is not None
    return max(loaded.peak_rss_bytes or 0, end.peak_rss_bytes or 0)


def expected(model: Model, seen: Sequence[ObservedMemory]) -> FitForecast:
    outlook = predict_fit(model, host.memory({}), 0, seen)
    assert outlook is not None
    return outlook


def forecasts(home: Path) -> bool:
    """Measure every model at every context against two forecasts: before any load, and after a load at another."""
    print("| model | context | forecast | measured | error | after one load at 512 | error |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    good = True
    for model in models(home):
        seen: list[ObservedMemory] = []
        for context in CONTEXTS:
            limited = with_context_limit(model, context)
            peak = asyncio.run(peak_bytes(limited))
            first, learned = (expected(limited, seen_before).forecast.total_bytes for seen_before in ([], seen))
            before, after = forecast_error(first, peak) or 0, (forecast_error(learned, peak) or 0) if seen else None
            good &= before > -0.15 and (after is None or abs(after) < 0.15)
            cells = (model.alias, f"{context:,}", units.size(first), units.size(peak), units.difference(before))
            later = (units.size(learned), units.difference(after)) if seen else ("", "")
            print(f"| {' | '.join((*cells, *later))} |", flush=True)
            if not seen:
                taught = observed_memory(limited, peak)
                seen = [taught] if taught else []
    print("forecasts:", "within their limits" if good else "BROKEN: over 15 % after a load, or 15 % low before one")
    return good


def guards(home: Path) -> bool:
    """Check that loads and first requests that do not fit are ended by the guard, never by the kernel."""
    folder = home / "data" / "models"
    good = True
    for what, size_bytes, context in (
        ("load", 800_000_000, 2048),
        ("first request", 60_000_000, FIRST_REQUEST_CONTEXT),
    ):
        with_context(write_heavy(folder, size_bytes), context)
        ended = 0
        with memory_group(700_000_000) as group:
            for _ in range(TRIES):
                report = home / "run.json"
                arguments = ["bench", "--models", f"{HEAVY_MODEL},practice-small", "--rounds", "1", "--force"]
                done = run_in(group, [*arguments, "--json", str(report)])
                models_read = json.loads(report.read_text())["models"]
                right = [model["status"] for model in models_read] == ["failed", "ok"]
                ended += "ended by Benchtop with" in done.stderr and right
            kills = kernel_kills(group)
        print(f"guard, {what}: ended in time {ended} of {TRIES}; the kernel ended {kills}", flush=True)
        good &= ended == TRIES and not kills
    return good


def kernel_kills(group: Path) -> int:
    """Return how many processes of a group the kernel has ended for memory."""
    name = "memory.oom_control" if (ROOT / "memory").is_dir() else "memory.events"
    lines = (group / name).read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))


def unloads(home: Path) -> bool:
    """Check the real app in a terminal: load, ask and unload a model of 220 MB again and again."""
    write_heavy(home / "data" / "models", 220_000_000)
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "models.json").write_text(json.dumps({"default": [HEAVY_MODEL]}))
    root = str(Path(__file__).parents[2])
    env = {"BENCHTOP_HOME": str(home), "COLUMNS": "140", "LINES": "42", "PYTHONPATH": root}
    command = (sys.executable, "-m", "tui")
    with pty_terminal.PtyTerminal(command, columns=140, rows=42, env=env, cwd=home) as terminal:
        terminal.wait_for("nothing is loaded")
        app = psutil.Process(terminal.process.pid)
        rss_bytes = [app.memory_info().rss]
        for _ in range(CYCLES):
            terminal.type("r")
            terminal.wait_for("1 model loaded", timeout_s=60)
            terminal.type("u")
            terminal.wait_for("nothing is loaded", timeout_s=60)
            rss_bytes.append(app.memory_info().rss)
        children = len(app.children(recursive=True))
        folders = list(Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}{app.pid}-*"))
        terminal.type("q")
        terminal.wait()
    start, first, last = (units.size(rss_bytes[index]) for index in (0, 1, -1))
    print(f"unload: RSS of the app {start} before any run, {first} after 1 cycle, {last} after {CYCLES}")
    print(f"unload: {children} children left, {len(folders)} folders left", flush=True)
    # The first run imports modules that only runs need; after it the memory may not grow.
    return rss_bytes[-1] - rss_bytes[1] < 5e6 and not children and not folders


if __name__ == "__main__":
    raise SystemExit(main())
