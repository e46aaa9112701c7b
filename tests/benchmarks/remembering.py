"""How quickly does a history of 100,000 samples answer?

Run by ``python -m tests.benchmarks.remembering``. Writes 1,000 runs of 100 samples into a file of its own, as
benchmarks of three models would have left them, and prints medians of the time to open it and list every run, of each
key of a filter, and of a whole run; exit code 1 when a budget is not kept: 300 ms to open, 100 ms to filter.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.support.builders import load, model, run_record, sample, timeline
from tui.probes import host
from tui.records import Prompt, RunFilter, RunOrder, RunRecord, SampleStatus
from tui.store.history import History
from tui.store.runs import Runs, parse_filter

RUNS, SAMPLES = 1000, 100
OPEN_LIMIT_MS, FILTER_LIMIT_MS = 300.0, 100.0
ROUNDS = 7
TYPED = "phi 2026-0 failed >2026-02 #cpu"
ANSWER = "Local inference keeps prompts and answers on the machine. " * 12


def run_of(number: int) -> RunRecord:
    """Return a run that is as large as a real one."""
    chosen = tuple(model(alias, variant="cpu") for alias in ("phi-4-mini", "qwen2.5-0.5b", f"model-{number % 20}"))
    blank = run_record(*chosen)
    prompts = tuple(Prompt(id=f"prompt-{index}", text="What is a small language model? " * 10) for index in range(5))
    one = replace(sample(chosen[0].key, text=ANSWER, times=timeline(tokens=150)), prompt=prompts[0].text)
    samples = tuple(
        replace(
            one,
            key=chosen[index % 3].key,
            round=index,
            status=SampleStatus.FAILED if index % 50 == 49 and number % 7 == 0 else SampleStatus.OK,
        )
        for index in range(SAMPLES)
    )
    began = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=8 * number)
    return replace(
        blank,
        run_id=f"{began:%Y%m%d-%H%M%S}-{number:06x}",
        started_at=began.isoformat(),
        plan=replace(blank.plan, prompts=prompts),
        name=f"driver {number}" if number % 10 == 0 else "",
        tags=("cpu",) if number % 3 == 0 else (),
        loads=tuple(load(of_model.key) for of_model in chosen),
        samples=samples,
    )


def median_ms(do: Callable[[], object]) -> float:
    spent: list[float] = []
    for _ in range(ROUNDS):
        began_s = time.perf_counter()
        do()
        spent.append((time.perf_counter() - began_s) * 1000)
    return statistics.median(spent)


def opened(file: Path) -> None:
    """Open the history and list its runs, as the app does before the first row of its list."""
    with closing(History(file)) as history:
        entries = Runs(history.database, host.owner_lives).entries()
    assert len(entries) == RUNS


def measure(file: Path) -> bool:
    with closing(History(file)) as history:
        for number in range(RUNS):
            history.begin(run_of(number))
    print(f"{RUNS:,} runs, {RUNS * SAMPLES:,} samples, {file.stat().st_size / 2**20:,.0f} MiB")
    rows = [("open and list", median_ms(lambda: opened(file)), OPEN_LIMIT_MS)]
    with closing(History(file)) as history:
        runs = Runs(history.database, host.owner_lives)
        keys = [median_ms(lambda text=text: runs.entries(parse_filter(text))) for text in typed()]
        rows += [
            ("key of the filter", max(keys), FILTER_LIMIT_MS),
            ("sort by samples", median_ms(lambda: runs.entries(RunFilter(order=RunOrder.SAMPLES))), FILTER_LIMIT_MS),
            ("count", median_ms(runs.count), FILTER_LIMIT_MS),
            ("a run, whole", median_ms(lambda: history.run(runs.entries()[500].run_id)), OPEN_LIMIT_MS),
        ]
    for name, spent_ms, limit_ms in rows:
        print(f"{name:20} {spent_ms:7.1f} ms{'' if spent_ms < limit_ms else '  BROKEN'}")
    return all(spent_ms < limit_ms for _, spent_ms, limit_ms in rows)


def typed() -> list[str]:
    return [TYPED[:length] for length in range(1, len(TYPED) + 1)]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        raise SystemExit(0 if measure(Path(scratch) / "history.sqlite3") else 1)
