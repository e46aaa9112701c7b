"""Which run a command means: an id or its beginning, ``last``, ``previous``, or a file."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from tui import paths
from tui.cli.options import Refused
from tui.records import Purpose, RunRecord
from tui.store.history import History, HistoryError
from tui.store.reading import NotARun, read_run

_BY_PLACE: Final = {"last": 0, "previous": 1}
_ALL: Final = 1_000_000
_SHOWN_IDS: Final = 4


@contextmanager
def opened_history() -> Generator[History, None, None]:
    """The history of this user; a sentence where there is none, since reading should make no file."""
    file = paths.history_file()
    if not file.exists():
        raise Refused(f'there is no history yet ({file}); "benchtop bench" begins one.')
    try:
        with closing(History(file)) as history:
            yield history
    except HistoryError as error:
        raise Refused(f"{str(error).rstrip('.')}.") from error


def named_run(name: str, *, or_file: bool = False) -> RunRecord:
    """The run that this names, with its samples. ``last`` and ``previous`` are of the benchmarks in the history."""
    if or_file and _looks_like_file(name):
        try:
            return read_run(Path(name).expanduser())
        except NotARun as error:
            raise Refused(str(error)) from error
    with opened_history() as history:
        return history.run(_run_id(history, name))


def _looks_like_file(name: str) -> bool:
    return name.lower().endswith(".json") or Path(name).expanduser().is_file()


def _run_id(history: History, name: str) -> str:
    runs = history.latest(_ALL)
    if name in _BY_PLACE:
        benchmarks = [run.run_id for run in runs if run.plan.purpose is Purpose.BENCHMARK]
        if len(benchmarks) <= _BY_PLACE[name]:
            raise Refused(f'there is no {name} benchmark in the history; "benchtop history" lists what there is.')
        return benchmarks[_BY_PLACE[name]]
    found = [run.run_id for run in runs if run.run_id.startswith(name)]
    if name in found:
        return name
    if not found:
        raise Refused(f'there is no run "{name}"; "benchtop history" lists them, and a file ends in .json.')
    if len(found) > 1:
        more = f" and {len(found) - _SHOWN_IDS} more" if len(found) > _SHOWN_IDS else ""
        raise Refused(f'"{name}" begins {", ".join(found[:_SHOWN_IDS])}{more}; write more of the id.')
    return found[0]
