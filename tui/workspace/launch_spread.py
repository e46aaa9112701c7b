"""How far the numbers of a model differ from run to run in the history, for comparisons of single launches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from pathlib import Path
from typing import Final

from tui.measure.timing.summary import summarize
from tui.records import RunRecord
from tui.records.comparison import LaunchSpread, Quantity
from tui.workspace.stored_runs import latest_benchmarks, load_runs

_MOST_RUNS: Final = 10
_LEAST_RUNS: Final = 3
"""Fewer runs tell too little about how far they differ."""


def launch_spreads(
    history_file: Path | None, run: RunRecord, left_out: Collection[str] = ()
) -> tuple[LaunchSpread, ...]:
    """Return how far the headlines of each model differ over the latest runs that were asked the same as this one.

    Runs whose ids are ``left_out`` do not count: a run that is held against the others is no part of what is usual.
    Numbers in doubt do not count. It reads the disk, and is called in a thread.

    Raises:
        HistoryError: if the history cannot be read; the text is one sentence for the user.
    """
    alike = [
        earlier.run_id
        for earlier in latest_benchmarks(history_file)
        if earlier.run_id not in left_out and _is_asked_the_same(earlier, run)
    ]
    if history_file is None or len(alike) < _LEAST_RUNS:
        return ()
    values: dict[tuple[str, Quantity], list[float]] = defaultdict(list)
    for earlier in load_runs(history_file, alike[:_MOST_RUNS]):
        for row in summarize(earlier):
            headlines = ((Quantity.TTFT, row.ttft_p50_ms), (Quantity.DECODE, row.decode_p50_tok_s))
            for quantity, value in headlines:
                if value and row.doubt_about(quantity) is None:
                    values[row.key, quantity].append(value)
    return tuple(
        LaunchSpread(
            key=key,
            quantity=quantity,
            runs=len(found),
            low=min(found),
            high=max(found),
        )
        for (key, quantity), found in values.items()
        if len(found) >= _LEAST_RUNS
    )


def _is_asked_the_same(earlier: RunRecord, run: RunRecord) -> bool:
    ours, theirs = run.plan.method, earlier.plan.method
    alike = (ours.mode, ours.order, ours.max_tokens) == (theirs.mode, theirs.order, theirs.max_tokens)
    return alike and run.plan.prompts == earlier.plan.prompts
