"""Finds the run that a command names: by an id or its beginning, a name, a tag, ``last``, ``previous`` or a file."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from tui import paths
from tui.cli.shared.options import Refused
from tui.cli.shared.stdin import file_of
from tui.cli.shared.values import history_file
from tui.probes import host
from tui.records import Purpose, RunEntry, RunFilter, RunRecord
from tui.reports.json.reading import NotARun, read_run
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.store.ratings import with_ratings
from tui.store.runs import Runs

RECENT_BENCHMARKS: Final = {"last": 0, "previous": 1}
"""Words for a benchmark of the history, with its index among them, the newest first."""
_SHOWN_IDS: Final = 4


@contextmanager
def opened_history() -> Generator[History, None, None]:
    """Open the history of this user; if there is none, the command is refused, since reading creates no file."""
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
    """Open the list of the runs in the history of this user."""
    with opened_history() as history:
        yield _runs_of(history)


def named_run(name: str, *, or_file: bool = False) -> RunRecord:
    """Read the run of this name with its samples and, from the history, its ratings.

    ``last`` and ``previous`` are benchmarks of the history. With ``or_file`` the name may be that of a JSON file.
    """
    if or_file and name == "-":
        with file_of(name, "the run") as file:
            return named_run(file, or_file=True)
    if or_file and _looks_like_file(name):
        try:
            return read_run(paths.expanded(Path(name)))
        except NotARun as error:
            raise Refused(str(error)) from error
    with opened_history() as history:
        return with_ratings(history, history.run(named_id(history, name)))


def named_id(history: History, name: str) -> str:
    """Find the id of the run of this name."""
    return named_entry(_runs_of(history), name).run_id


def named_entries(runs: Runs, names: Sequence[str]) -> tuple[RunEntry, ...]:
    """Find the runs of these names; a run that several of them name is listed once."""
    entries = (named_entry(runs, name) for name in names)
    return tuple({entry.run_id: entry for entry in entries}.values())


def named_entry(runs: Runs, name: str) -> RunEntry:
    """Find the one run of this name; a name that fits no run, or several, is refused."""
    if name in RECENT_BENCHMARKS:
        index = RECENT_BENCHMARKS[name]
        benchmarks = runs.entries(RunFilter(purpose=Purpose.BENCHMARK, limit=index + 1))
        if len(benchmarks) <= index:
            raise Refused(f'there is no {name} benchmark in the history; "benchtop history" lists what there is.')
        return benchmarks[index]
    entries = runs.matching(name)
    if not entries:
        raise Refused(f'there is no run "{name}"; "benchtop history" lists them, and a file ends in .json.')
    if len(entries) > 1:
        ids = ", ".join(entry.run_id for entry in entries[:_SHOWN_IDS])
        more = f" and {len(entries) - _SHOWN_IDS} more" if len(entries) > _SHOWN_IDS else ""
        if all(entry.run_id.startswith(name) for entry in entries):
            raise Refused(f'"{name}" begins {ids}{more}; write more of the id.')
        raise Refused(f'"{name}" names {ids}{more}; write the id of one.')
    return entries[0]


def _runs_of(history: History) -> Runs:
    return Runs(history.database, host.owner_lives)


def _looks_like_file(name: str) -> bool:
    return name.lower().endswith(".json") or paths.is_file(paths.expanded(Path(name)))
