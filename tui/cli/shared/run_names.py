"""Which run a command means: an id or its beginning, a name, a tag, ``last``, ``previous``, or a file."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from tui import paths
from tui.cli.shared.options import Refused
from tui.cli.shared.values import history_file
from tui.probes import host
from tui.records import Purpose, RunEntry, RunFilter, RunRecord
from tui.reports.json.reading import NotARun, read_run
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.store.ratings import with_ratings
from tui.store.runs import Runs

_BY_PLACE: Final = {"last": 0, "previous": 1}
_SHOWN_IDS: Final = 4


@contextmanager
def opened_history() -> Generator[History, None, None]:
    """The history of this user; a sentence where there is none, since reading should make no file."""
    file = history_file()
    if not paths.exists(file):
        raise Refused(f'there is no history yet ({file}); "benchtop bench" begins one.')
    try:
        with closing(History(file)) as history:
            yield history
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error


@contextmanager
def opened_runs() -> Generator[Runs, None, None]:
    """The runs of that history as a list."""
    with opened_history() as history:
        yield Runs(history.database, host.owner_lives)


def named_run(name: str, *, or_file: bool = False) -> RunRecord:
    """The run that this names, with its samples. ``last`` and ``previous`` are of the benchmarks in the history."""
    if or_file and _looks_like_file(name):
        try:
            return read_run(paths.expanded(Path(name)))
        except NotARun as error:
            raise Refused(str(error)) from error
    with opened_history() as history:
        return with_ratings(history, history.run(named_id(history, name)))


def named_id(history: History, name: str) -> str:
    """The id of the run that this names."""
    return found_run(Runs(history.database, host.owner_lives), name).run_id


def found_runs(runs: Runs, names: Sequence[str]) -> tuple[RunEntry, ...]:
    """The runs that these name, each once."""
    found = (found_run(runs, name) for name in names)
    return tuple({entry.run_id: entry for entry in found}.values())


def found_run(runs: Runs, name: str) -> RunEntry:
    """The one run that this names."""
    if name in _BY_PLACE:
        place = _BY_PLACE[name]
        benchmarks = runs.entries(RunFilter(purpose=Purpose.BENCHMARK, limit=place + 1))
        if len(benchmarks) <= place:
            raise Refused(f'there is no {name} benchmark in the history; "benchtop history" lists what there is.')
        return benchmarks[place]
    found = runs.referred(name)
    if not found:
        raise Refused(f'there is no run "{name}"; "benchtop history" lists them, and a file ends in .json.')
    if len(found) > 1:
        ids = ", ".join(entry.run_id for entry in found[:_SHOWN_IDS])
        more = f" and {len(found) - _SHOWN_IDS} more" if len(found) > _SHOWN_IDS else ""
        if all(entry.run_id.startswith(name) for entry in found):
            raise Refused(f'"{name}" begins {ids}{more}; write more of the id.')
        raise Refused(f'"{name}" names {ids}{more}; write the id of one.')
    return found[0]


def _looks_like_file(name: str) -> bool:
    return name.lower().endswith(".json") or paths.is_file(paths.expanded(Path(name)))
