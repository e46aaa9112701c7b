"""How quickly does the catalogue of 2,000 builds answer?

Run by ``python -m tests.benchmarks.browsing``. The real screen is driven without a terminal on a scripted library, and
the same rows are put into Textual's own ``DataTable`` in the same app, in turns. Prints medians of the time from the
data to the painted list, of a key of the filter, and of the reference; exit code 1 when a budget is not kept: 300 ms
for the list, 50 ms for a key.
"""

from __future__ import annotations

import asyncio
import statistics
import time

from textual.widgets import DataTable

from tests.support.browsing import Browsing, browsing
from tests.support.scripted_library import ScriptedLibrary, many
from tui.panes.widgets.filter_line import FilterInput

BUILDS = 2000
LIST_LIMIT_MS, KEY_LIMIT_MS = 300.0, 50.0
TYPED = "gpu <2gb tool-calling"
ROUNDS = 5


async def painted_ms(seen: Browsing, began_s: float) -> float:
    done = asyncio.Event()
    seen.screen.call_after_refresh(done.set)
    await done.wait()
    return (time.perf_counter() - began_s) * 1000


async def reference_ms(seen: Browsing) -> float:
    """Return how long a table of Textual's own takes to show the rows of the list."""
    table: DataTable[str] = DataTable()
    await seen.screen.mount(table)
    began_s = time.perf_counter()
    table.add_columns("model", "state", "size", "device")
    table.add_rows(
        [(model.key, model.state.value, str(model.size_bytes), model.variant or "") for model in many(BUILDS)]
    )
    spent_ms = await painted_ms(seen, began_s)
    await table.remove()
    return spent_ms


async def measure() -> bool:
    listed: list[float] = []
    keys: list[float] = []
    references: list[float] = []
    for _ in range(ROUNDS):
        library = ScriptedLibrary(())
        async with browsing(library=library) as seen:
            models = many(BUILDS)
            began_s = time.perf_counter()
            library.put(*models)
            listed.append(await painted_ms(seen, began_s))
            for length in range(1, len(TYPED) + 1):
                began_s = time.perf_counter()
                seen.screen.query_one(FilterInput).value = TYPED[:length]
                keys.append(await painted_ms(seen, began_s))
            references.append(await reference_ms(seen))
    figures = (
        ("list", listed, LIST_LIMIT_MS),
        ("key of the filter", keys, KEY_LIMIT_MS),
        ("DataTable", references, None),
    )
    good = True
    for name, spent_ms, limit_ms in figures:
        median_ms = statistics.median(spent_ms)
        within = limit_ms is None or median_ms < limit_ms
        good &= within
        print(f"{name:20} median {median_ms:6.1f} ms, slowest {max(spent_ms):6.1f} ms{'' if within else '  BROKEN'}")
    return good


if __name__ == "__main__":
    raise SystemExit(0 if asyncio.run(measure()) else 1)
