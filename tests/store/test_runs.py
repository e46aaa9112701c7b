"""The list of kept runs: what is asked for is found, and what a person adds stays beside what was measured."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import NoReturn

import pytest

from tests.support.builders import FINISHED_AT, failed_sample, load, model, run_record, sample
from tui.probes import host
from tui.records import MemoryReading, Purpose, RunEntry, RunFilter, RunOrder, RunRecord, RunState, RunStatus
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.store.runs import Runs, parse_filter
from tui.store.schema import STEPS
from tui.text import times
from tui.text.times import begin_of, local_start_time, long_start_time, zone_heading

OLD, MIDDLE, NEW = "20261020-090000-aaaaaa", "20261121-090000-bbbbbb", "20261122-090000-cccccc"
LIVING = "12@34"


def lives(owner: str) -> bool:
    return owner == LIVING


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite3"


@pytest.fixture
def history(file: Path) -> Iterator[History]:
    """Write a benchmark of October, a question of November whose process is gone, and a benchmark that goes on."""
    with closing(History(file)) as opened:
        first = replace(dated(OLD, "phi-4-mini", "big"), name="Größe", tags=("cpu", "Nightly"), pinned=True)
        opened.begin(replace(first, samples=(*first.samples, failed_sample("big"))))
        question = dated(MIDDLE, "qwen")
        plan = replace(question.plan, purpose=Purpose.ASK, method=replace(question.plan.method, prompt_set="mine"))
        opened.begin(replace(question, plan=plan, status=RunStatus.RUNNING, finished_at=None, owner="99@1", note="odd"))
        going = dated(NEW, "qwen", "phi-4-mini")
        opened.begin(replace(going, status=RunStatus.RUNNING, finished_at=None, owner=LIVING, tags=("cpu",)))
        yield opened


@pytest.fixture
def runs(history: History) -> Runs:
    return Runs(history.database, lives)


def dated(run_id: str, *aliases: str) -> RunRecord:
    day = f"{run_id[:4]}-{run_id[4:6]}-{run_id[6:8]}"
    return replace(run_record(*map(model, aliases), run_id=run_id), started_at=f"{day}T09:00:00+00:00")


def ids(entries: list[RunEntry]) -> list[str]:
    return [entry.run_id for entry in entries]


def test_an_entry_says_what_a_list_needs(runs: Runs) -> None:
    newest, question, oldest = runs.entries()
    assert ids([newest, question, oldest]) == [NEW, MIDDLE, OLD]
    assert oldest == RunEntry(
        run_id=OLD,
        started_at="2026-10-20T09:00:00+00:00",
        finished_at=FINISHED_AT,
        status=RunState.DONE,
        purpose=Purpose.BENCHMARK,
        name="Größe",
        tags=("cpu", "Nightly"),
        pinned=True,
        note="",
        models=("phi-4-mini", "big"),
        prompt_set="deterministic",
        rounds=3,
        launches=1,
        samples=19,
        failed=1,
        prompts=2,
        question="Summarize retrieval augmented generation.",
    )
    assert (newest.status, question.status) == (RunState.RUNNING, RunState.INTERRUPTED), "its process is gone"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [NEW, MIDDLE, OLD]),
        ("PHI", [NEW, OLD]),
        ("phi big", [OLD]),
        ("grÖSSE", [OLD]),
        ("20261121", [MIDDLE]),
        ("2026-11", [NEW, MIDDLE]),
        ("odd", [MIDDLE]),
        ("mine", [MIDDLE]),
        ("interrupted", [MIDDLE]),
        ("running", [NEW]),
        ("ask", [MIDDLE]),
        ("#CPU", [NEW, OLD]),
        ("#cpu #nightly", [OLD]),
        ("#night", []),
        (">2026-11-21", [NEW, MIDDLE]),
        ("<2026-11-21", [MIDDLE, OLD]),
        ("<2026-10", [OLD]),
        (">2026-11 <2026-11-21 qwen", [MIDDLE]),
        ("%", []),
        ("' OR 1=1 --", []),
        (">", []),
        ("#", []),
    ],
)
def test_words_tags_and_days_narrow_the_list(runs: Runs, text: str, expected: list[str]) -> None:
    filter_ = parse_filter(text)
    assert ids(runs.entries(filter_)) == expected
    assert runs.count(filter_) == len(expected)


def test_conditions_and_limits_hold_together(runs: Runs) -> None:
    done = RunFilter(statuses=(RunState.DONE, RunState.INTERRUPTED))
    assert ids(runs.entries(done)) == [MIDDLE, OLD]
    assert ids(runs.entries(replace(done, without=(MIDDLE,)))) == [OLD]
    assert ids(runs.entries(RunFilter(purpose=Purpose.BENCHMARK, limit=1))) == [NEW]
    assert runs.count(RunFilter(purpose=Purpose.BENCHMARK, limit=1)) == 2


@pytest.mark.parametrize(
    ("order", "ascending", "expected"),
    [
        (RunOrder.BEGAN, True, [OLD, MIDDLE, NEW]),
        (RunOrder.NAME, True, [OLD, NEW, MIDDLE]),
        (RunOrder.NAME, False, [OLD, NEW, MIDDLE]),
        (RunOrder.MODELS, True, [OLD, NEW, MIDDLE]),
        (RunOrder.SAMPLES, False, [OLD, NEW, MIDDLE]),
        (RunOrder.FAILED, False, [OLD, NEW, MIDDLE]),
        (RunOrder.STATUS, True, [OLD, MIDDLE, NEW]),
    ],
)
def test_the_list_is_sorted_as_wished(runs: Runs, order: RunOrder, ascending: bool, expected: list[str]) -> None:
    assert ids(runs.entries(RunFilter(order=order, ascending=ascending))) == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (NEW, [NEW]),
        ("202611", [NEW, MIDDLE]),
        ("größe", [OLD]),
        ("Nightly", [OLD]),
        ("cpu", [NEW, OLD]),
        ("2026%", []),
        ("", []),
    ],
)
def test_a_run_is_known_by_id_name_tag_and_beginning(runs: Runs, reference: str, expected: list[str]) -> None:
    assert ids(runs.matching(reference)) == expected


def test_what_a_person_adds_is_there_and_changes_nothing_else(runs: Runs, history: History) -> None:
    before = history.run(MIDDLE)
    runs.rename(MIDDLE, "  after \n the update \ud83d ")
    runs.annotate(MIDDLE, " two\nlines ")
    runs.tag([MIDDLE, NEW], add=["#Fast", "cpu", " "])
    runs.tag([NEW], add=["CPU"], remove=["fast", "unknown"])
    runs.pin([MIDDLE])
    stored = history.run(MIDDLE)
    assert (stored.name, stored.note, stored.tags, stored.pinned) == (
        "after the update \\ud83d",
        "two\nlines",
        ("Fast", "cpu"),
        True,
    )
    assert history.run(NEW).tags == ("CPU",), "as it was written last"
    assert replace(stored, name="", note="odd", tags=(), pinned=False) == before
    runs.pin([MIDDLE], pinned=False)
    runs.rename(MIDDLE, "")
    assert (history.run(MIDDLE).name, history.run(MIDDLE).pinned) == ("", False)
    for change in (
        lambda: runs.rename("gone", "x"),
        lambda: runs.tag([NEW, "gone"], add=["x"]),
        lambda: runs.pin(["gone"]),
        lambda: runs.delete(["gone"]),
    ):
        with pytest.raises(HistoryError, match="has no run gone"):
            change()
    assert history.run(NEW).tags == ("CPU",), "all or nothing"


def test_a_deleted_run_leaves_nothing_behind(runs: Runs, history: History, file: Path) -> None:
    history.add_readings(
        MIDDLE, [MemoryReading(at_s=1.0, total_bytes=9, available_bytes=4, swap_used_bytes=0, rss_bytes={})]
    )
    runs.delete([MIDDLE])
    assert ids(runs.entries()) == [NEW, OLD]
    with closing(sqlite3.connect(file)) as reader:
        for table in ("runs", "samples", "loads", "readings"):
            assert reader.execute(f"SELECT count(*) FROM {table} WHERE run_id = ?", (MIDDLE,)).fetchone() == (0,)
            others = reader.execute(f"SELECT count(DISTINCT run_id) FROM {table}").fetchone()
            assert others == (0 if table == "readings" else 2,)


@pytest.mark.parametrize(("run_id", "why"), [(OLD, "pinned, and stays; unpin it first"), (NEW, "is still running")])
def test_what_is_pinned_or_running_is_not_deleted(runs: Runs, run_id: str, why: str) -> None:
    with pytest.raises(HistoryError, match=why):
        runs.delete([MIDDLE, run_id])
    assert ids(runs.entries()) == [NEW, MIDDLE, OLD], "nor is what was named with it"


def test_one_damaged_run_does_not_hide_the_others(runs: Runs, file: Path) -> None:
    with closing(sqlite3.connect(file)) as vandal, vandal:
        vandal.execute("UPDATE runs SET plan = '{', models = NULL, tags = '[' WHERE run_id = ?", (OLD,))
    assert ids(runs.entries(parse_filter("grösse"))) == [OLD]
    assert runs.entries()[-1].models == ()
    assert ids(runs.entries(parse_filter("#cpu"))) == [NEW]


def test_runs_of_an_older_file_are_found_by_their_models(file: Path) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as older:
        for step in STEPS[:4]:
            for statement in step:
                older.execute(statement)
        older.execute("PRAGMA user_version = 4")
        plan = (
            '{"models": [{"alias": "phi", "variant": "gpu", "context_limit_tokens": 512}, {"alias": "\\ud83d"}],'
            ' "prompt_set": "C:\\\\udev", "rounds": 7, "launches": 2}'
        )
        for run_id, text in (("run-1", plan), ("run-2", "{"), ("run-3", '{"models": 1}')):
            older.execute(
                "INSERT INTO runs (run_id, started_at, status, purpose, plan, environment)"
                " VALUES (?, '2026-11-01', 'done', 'benchmark', ?, '{}')",
                (run_id, text),
            )
    with closing(History(file)) as history:
        third, second, first = Runs(history.database, lives).entries()
    assert (first.models, first.prompt_set) == (("phi@gpu+512", "\ud83d"), "C:\\udev")
    assert (first.rounds, first.launches) == (7, 2)
    assert (second.models, third.models) == ((), ())


WRITER = """
import sys
from pathlib import Path
from dataclasses import replace
from tests.support.builders import run_record, sample
from tui.probes import host
from tui.records import RunStatus
from tui.store.history import History

history = History(Path(sys.argv[1]))
run = run_record(run_id="going")
history.begin(replace(run, status=RunStatus.RUNNING, finished_at=None, owner=host.owner(), samples=()))
number = 0
while sys.stdin.readline():
    for _ in range(50):
        number += 1
        history.add_sample("going", sample("tiny", round_number=number, text="word " * 200))
    print(number, flush=True)
"""


def test_another_benchtop_writes_on_while_runs_are_named_and_deleted(history: History, file: Path) -> None:
    runs = Runs(history.database, host.owner_lives)
    arguments = [sys.executable, "-c", WRITER, str(file)]
    pipe, folder = subprocess.PIPE, Path(__file__).parents[2]
    with subprocess.Popen(arguments, text=True, bufsize=1, cwd=folder, stdin=pipe, stdout=pipe) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        seen = history.database.changes_of_others
        for turn in range(1, 11):
            writer.stdin.write("\n")
            runs.rename(MIDDLE, f"name {turn}")
            runs.tag([NEW], add=[f"tag-{turn}"])
            history.begin(run_record(run_id=f"short-{turn}"))
            runs.delete([f"short-{turn}"])
            assert int(writer.stdout.readline()) == 50 * turn
            assert history.database.changes_of_others != seen
            seen = history.database.changes_of_others
        (going,) = runs.entries(parse_filter("going"))
        assert (going.status, going.samples) == (RunState.RUNNING, 500)
        with pytest.raises(HistoryError, match="is still running"):
            runs.delete(["going"])
        writer.kill()
        writer.wait()
    assert runs.entries(parse_filter("going"))[0].status is RunState.INTERRUPTED
    assert history.run(NEW).tags == ("cpu", *(f"tag-{turn}" for turn in range(1, 11)))
    assert len(history.run("going").samples) == 500
    runs.delete(["going"])
    assert runs.entries(parse_filter("going")) == []


def test_samples_are_counted_without_being_read(file: Path) -> None:
    """Rows of a long history are hundreds of megabytes."""
    History(file).close()
    with closing(sqlite3.connect(file)) as reader:
        for condition in ("run_id = 'a'", "run_id = 'a' AND status = 'failed'"):
            plan = reader.execute(f"EXPLAIN QUERY PLAN SELECT count(*) FROM samples WHERE {condition}").fetchall()
            assert "COVERING INDEX" in plan[0][3]


def test_a_load_and_a_sample_of_a_deleted_run_are_refused(runs: Runs, history: History) -> None:
    runs.delete([MIDDLE])
    for add in (lambda: history.add_sample(MIDDLE, sample()), lambda: history.add_load(MIDDLE, load())):
        with pytest.raises(HistoryError, match="cannot write to the history"):
            add()


def test_this_process_lives_and_others_like_it_do_not() -> None:
    own = host.owner()
    own_process, place = own.split("~")
    pid, started = own_process.split("@")
    assert host.owner_lives(own_process), "as an earlier Benchtop has written it"
    assert host.owner_lives(own)
    for other in ("", "@", "nobody", f"{pid}@", f"{pid}@{float(started) - 60}~{place}", f"999999999@{started}", "-1@5"):
        assert not host.owner_lives(other)


def test_a_day_before_the_clock_of_windows_begins_is_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    class WindowsTime(datetime):
        def astimezone(self, tz: tzinfo | None = None) -> NoReturn:  # noqa: ARG002
            raise OSError(22, "Invalid argument")

    monkeypatch.setattr(times, "datetime", WindowsTime)
    assert begin_of("1969-07-20") == "1969-07-20"
    assert local_start_time("1969-07-20T20:17:00+00:00").startswith("1969-07-20")


@pytest.mark.skipif(sys.platform == "win32", reason="the zone of a process cannot be set there")
def test_days_are_those_of_the_local_clock_and_times_name_its_zone(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        monkeypatch.setenv("TZ", "Pacific/Auckland")
        time.tzset()
        assert ids(runs.entries(parse_filter(">2026-10-21"))) == [NEW, MIDDLE]
        assert ids(runs.entries(parse_filter("<2026-10-20"))) == [OLD]
        assert ids(runs.entries(parse_filter("<2026-10-19"))) == []
        assert begin_of("2026-12", following=True) == "2026-12-31T11:00:00+00:00"
        summer, winter = "2026-12-20T13:30:05+00:00", "2026-07-20T13:30:05+00:00"
        assert local_start_time(summer, seconds=True) == "2026-12-21 02:30:05 NZDT"
        assert long_start_time(winter) == "21 July 2026, 01:30 NZST"
        assert (zone_heading([summer]), zone_heading([summer, winter])) == ("NZDT", "local")
    finally:
        monkeypatch.undo()
        time.tzset()
