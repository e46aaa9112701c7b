"""The history: what was acknowledged is there, and a file that is not ours is left alone."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import psutil
import pytest

from tests.support.builders import FINISHED_AT, failed_load, failed_sample, load, model, run_record, sample, timeline
from tui.records import (
    Disturbance,
    EnergySource,
    ExitCause,
    ExitKind,
    GpuReading,
    MemoryReading,
    ObservedMemory,
    RunRecord,
    RunStatus,
    Sample,
    SampleKind,
    Timeline,
    TokensSource,
)
from tui.store import database as database_module
from tui.store.errors import HistoryError
from tui.store.history import History
from tui.store.schema import STEPS, VERSION


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite3"


@pytest.fixture
def history(file: Path) -> Iterator[History]:
    with closing(History(file)) as opened:
        yield opened


def begun(run_id: str = "run-1") -> RunRecord:
    """Return a run that has just begun, without a load, a sample or an end."""
    whole = run_record(model("tiny"), replace(model("big", variant="gpu"), folder=Path("models/big")), run_id=run_id)
    return replace(whole, status=RunStatus.RUNNING, finished_at=None, loads=(), samples=())


def test_a_run_comes_back_as_it_was_given(history: History) -> None:
    run = replace(begun(), name="before the update", tags=("cpu", "a"), pinned=True, note="quiet", owner="12@34")
    whole = replace(
        run,
        status=RunStatus.STOPPED,
        finished_at=FINISHED_AT,
        loads=(
            load("tiny"),
            failed_load("big@gpu"),
            replace(load("far"), segment=2, round_trip_ns=310_000, idle_watts=3.5),
        ),
        samples=(
            sample("tiny", kind=SampleKind.COLD),
            sample("tiny", flags=("rate?", "tokens~"), times=timeline(tokens_source=TokensSource.ESTIMATED)),
            replace(sample("tiny", times=Timeline(one_token_first=False)), reasoning="Let me think.\n"),
            failed_sample("big@gpu"),
            replace(
                sample("far", times=replace(timeline(), hidden_tokens=3, cached_prompt_tokens=12, sent_ns=7)),
                segment=2,
                concurrency=4,
                disturbances=(Disturbance.SWAP, Disturbance.THROTTLED),
                energy_j=1.25,
                energy_source=EnergySource.RAPL,
            ),
        ),
    )
    history.begin(run)
    for each_load in whole.loads:
        history.add_load(run.run_id, each_load)
    for each_sample in whole.samples:
        history.add_sample(run.run_id, each_sample)
    history.finish(run.run_id, RunStatus.STOPPED, FINISHED_AT)
    assert history.run(run.run_id) == whole


def test_it_is_still_there_when_the_file_is_opened_again(history: History, file: Path) -> None:
    run = run_record(model("tiny"), model("big"))
    history.begin(run)
    history.close()
    with closing(History(file)) as again:
        assert again.run(run.run_id) == run
    assert [path.name for path in file.parent.iterdir()] == [file.name], "a closed history is one file"


@pytest.mark.parametrize(
    "text",
    ["", "null", "12", "line\r\nline\ttab", "nul \x00 in it", "half a pair \ud83d", "\U0001f600 ünï \u202e", "'; DROP"],
)
def test_text_of_any_kind_is_kept_to_the_letter(history: History, text: str) -> None:
    odd = replace(sample(text=text), reasoning=text, prompt=text, error=text, prompt_id=text, flags=(text,))
    history.begin(replace(begun(), plan=replace(begun().plan, method=replace(begun().plan.method, prompt_set=text))))
    history.add_sample("run-1", odd)
    stored = history.run("run-1")
    assert stored.samples == (odd,)
    assert stored.plan.method.prompt_set == text


def test_a_death_replaces_the_load_that_it_ended(history: History) -> None:
    history.begin(begun())
    alive, other = load("tiny"), replace(load("big@gpu"), threads=4)
    dead = replace(alive, verdict=ExitCause(kind=ExitKind.CRASHED, reason="signal 9", stderr_tail=("bye",)))
    second = load("tiny", launch=2)
    for load_ in (alive, other, dead, second):
        history.add_load("run-1", load_)
    assert history.run("run-1").loads == (dead, other, second)


def test_the_latest_runs_come_first_and_light(history: History) -> None:
    for number in range(1, 6):
        history.begin(run_record(run_id=f"run-{number}"))
    latest = history.latest(3)
    assert [run.run_id for run in latest] == ["run-5", "run-4", "run-3"]
    assert latest[0].plan == run_record().plan
    assert not any(run.samples or run.loads for run in latest)
    assert len(history.latest()) == 5


def test_samples_can_be_asked_for_by_their_numbers(history: History, file: Path) -> None:
    history.begin(begun())
    history.add_sample("run-1", sample("tiny", times=timeline(ttft_ms=250, tok_s=40, tokens=21)))
    history.add_sample("run-1", failed_sample("tiny"))
    with closing(sqlite3.connect(file)) as reader:
        assert reader.execute("PRAGMA journal_mode").fetchone() == ("wal",), "a reader holds up no writer"
        rows = reader.execute(
            "SELECT key, kind, status, ttft_ms, e2e_ms, round(decode_tok_s, 6), output_tokens FROM samples ORDER BY id"
        ).fetchall()
    assert rows == [
        ("tiny", "round", "ok", 250.0, 750.0, 40.0, 21),
        ("tiny", "round", "failed", None, None, None, None),
    ]


def test_what_does_not_belong_together_is_refused(history: History) -> None:
    history.begin(begun())
    with pytest.raises(HistoryError, match="has no run other"):
        history.finish("other", RunStatus.DONE, FINISHED_AT)
    with pytest.raises(HistoryError, match="has no run other"):
        history.run("other")
    with pytest.raises(HistoryError, match="cannot write to the history"):
        history.add_sample("other", sample())
    with pytest.raises(HistoryError, match="cannot write to the history"):
        history.begin(begun())
    assert history.run("run-1") == begun()


def test_a_run_is_begun_whole_or_not_at_all(history: History) -> None:
    run = run_record(model("tiny"))
    no_value = replace(run.samples[0], key=cast("str", object()))
    whole = replace(run, samples=(*run.samples, no_value))
    with pytest.raises(HistoryError, match="cannot write to the history"):
        history.begin(whole)
    assert history.latest() == []
    history.begin(run)
    assert history.run(run.run_id) == run


def test_a_number_of_more_than_64_bits_costs_no_run(history: History) -> None:
    run = run_record(model("tiny"))
    late = replace(run.samples[0].timeline, arrivals_ns=(5, 2**80))
    history.begin(replace(run, samples=(replace(run.samples[0], peak_rss_bytes=2**80, timeline=late),)))
    stored = history.run(run.run_id).samples[0]
    assert (stored.peak_rss_bytes, stored.timeline.arrivals_ns) == (2**63 - 1, (5, 2**63 - 1))


WRITER = """
import sys
from pathlib import Path
from tests.support.builders import run_record, sample
from tui.store.history import History

history = History(Path(sys.argv[1]))
history.begin(run_record())
number = 0
while True:
    number += 1
    history.add_sample("run-1", sample("tiny", prompt_id=f"killed-{number}", text="word " * 200))
    print(number, flush=True)
"""


def test_nothing_acknowledged_is_lost_when_the_process_is_killed(file: Path) -> None:
    arguments = [sys.executable, "-c", WRITER, str(file)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as writer:
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(200)]
        writer.kill()
        # Those that were on their way through the pipe count as well; the last line may be cut short.
        acknowledged += [int(line) for line in writer.stdout if line.endswith("\n")]
    assert writer.returncode != 0
    with closing(History(file)) as history:
        stored = [sample.prompt_id for sample in history.run("run-1").samples if sample.prompt_id.startswith("killed-")]
    assert stored[: acknowledged[-1]] == [f"killed-{number}" for number in acknowledged]
    assert len(stored) <= acknowledged[-1] + 1, "no more than the one that was being acknowledged"


def test_a_file_of_a_newer_version_is_left_alone(file: Path) -> None:
    History(file).close()
    with closing(sqlite3.connect(file)) as newer:
        newer.execute(f"PRAGMA user_version = {VERSION + 6}")
    before = file.read_bytes()
    with pytest.raises(HistoryError) as refused:
        History(file)
    assert str(refused.value) == (
        f"the history {file} was written by a newer Benchtop (version {VERSION + 6} of the file, this one knows "
        f"{VERSION}); update Benchtop, or name another file with --history"
    )
    assert file.read_bytes() == before
    assert not [opened for opened in psutil.Process().open_files() if Path(opened.path) == file]


def test_another_programs_database_is_left_alone(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE bookmarks (address TEXT)")
    before = file.read_bytes()
    with pytest.raises(HistoryError, match="not a history of Benchtop"):
        History(file)
    assert file.read_bytes() == before


@pytest.mark.parametrize("content", [b"once upon a time\n" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_file_is_left_alone(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(HistoryError, match=r"cannot open the history .*; move the file away, and a new history begins"):
        History(file)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("runs", "plan", "{"),
        ("runs", "environment", "{}"),
        ("runs", "status", "dreaming"),
        ("samples", "kind", "tepid"),
        ("samples", "arrivals_ns", b"odd"),
        ("samples", "flags", "{"),
        ("loads", "verdict", "[]"),
    ],
)
def test_a_damaged_record_is_a_sentence(history: History, file: Path, table: str, column: str, value: object) -> None:
    history.begin(run_record())
    with closing(sqlite3.connect(file)) as vandal, vandal:
        vandal.execute(f'UPDATE {table} SET "{column}" = ?', (value,))
    with pytest.raises(HistoryError, match="a record in it is damaged"):
        history.run("run-1")


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(HistoryError, match=r"its folder cannot be made .*; name another file with --history"):
        History(tmp_path / "taken" / "history.sqlite3")


def test_a_folder_in_the_files_place_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match=r"cannot open the history .*; check its folder"):
        History(tmp_path)


def test_a_full_disk_is_a_sentence_and_costs_nothing_that_was_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def connect_to_a_small_disk(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(*arguments, **options)
        connection.execute("PRAGMA max_page_count = 40")
        return connection

    def fill(history: History, acknowledged: list[Sample]) -> None:
        for number in range(1000):
            written = sample(prompt_id=f"prompt-{number}", text="word " * 500)
            history.add_sample("run-1", written)
            acknowledged.append(written)

    monkeypatch.setattr(sqlite3, "connect", connect_to_a_small_disk)
    acknowledged: list[Sample] = []
    with closing(History(file)) as history:
        history.begin(begun())
        with pytest.raises(HistoryError, match=r"cannot write to the history .*full; free some disk space"):
            fill(history, acknowledged)
        assert len(acknowledged) > 10
        with pytest.raises(HistoryError, match="free some disk space"):
            history.begin(run_record(*(model(f"model-{number}") for number in range(30)), run_id="run-2"))
        assert history.run("run-1").samples == tuple(acknowledged)
        history.finish("run-1", RunStatus.STOPPED, FINISHED_AT)
        assert [run.run_id for run in history.latest()] == ["run-1"]


def test_a_file_that_another_holds_is_a_sentence(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_TIMEOUT_MS", 20)
    with closing(History(file)) as history, closing(sqlite3.connect(file, isolation_level=None)) as other:
        history.begin(begun())
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(HistoryError, match="another program holds it"):
            history.add_sample("run-1", sample())
        other.execute("ROLLBACK")
        history.add_sample("run-1", sample())
        assert len(history.run("run-1").samples) == 1


def test_two_can_write_in_turn(file: Path) -> None:
    with closing(History(file)) as one, closing(History(file)) as two:
        one.begin(begun("run-1"))
        two.begin(begun("run-2"))
        one.add_sample("run-1", sample())
        two.add_sample("run-2", sample())
        assert one.latest() == two.latest()
        assert [run.run_id for run in one.latest()] == ["run-2", "run-1"]


def test_an_older_file_is_brought_up_to_date(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(History(file)) as older:
        older.begin(run_record())
    next_step = ("CREATE TABLE notes (text TEXT)", "INSERT INTO notes VALUES ('here')")
    monkeypatch.setattr(database_module, "STEPS", (*STEPS, next_step))
    monkeypatch.setattr(database_module, "VERSION", VERSION + 1)
    for _ in range(2):
        with closing(History(file)) as newer:
            assert newer.run("run-1") == run_record()
    with closing(sqlite3.connect(file)) as reader:
        assert reader.execute("SELECT count(*) FROM notes").fetchone() == (1,)
        assert reader.execute("PRAGMA user_version").fetchone() == (VERSION + 1,)


def test_a_step_that_fails_changes_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(History(file)) as older:
        older.begin(run_record())
    monkeypatch.setattr(database_module, "STEPS", (*STEPS, ("CREATE TABLE notes (text TEXT)", "INSERT INTO nowhere")))
    monkeypatch.setattr(database_module, "VERSION", VERSION + 1)
    with pytest.raises(HistoryError, match="cannot open the history"):
        History(file)
    monkeypatch.undo()
    with closing(History(file)) as again:
        assert again.run("run-1") == run_record()
    with closing(sqlite3.connect(file)) as reader:
        tables = {name for (name,) in reader.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"runs", "loads", "samples", "readings", "observed_memory", "ratings", "pairings", "votes"}


def test_a_history_of_the_first_version_is_brought_up_to_date(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as first:
        for statement in STEPS[0]:
            first.execute(statement)
        first.execute("PRAGMA user_version = 1")
    with closing(History(file)) as history:
        run = run_record()
        history.begin(run)
        finished_load = replace(load("tiny"), forecast_bytes=5, peak_rss_bytes=4, measured_bytes=6, left_bytes=-1)
        history.add_load(run.run_id, finished_load)
        assert history.run(run.run_id).loads == (finished_load,)
        assert history.observed() == []


def test_readings_and_what_loads_took_come_back(history: History) -> None:
    run = run_record()
    history.begin(run)
    gpu = GpuReading(index=0, name="GPU", used_bytes=5, total_bytes=9, process_bytes={"tiny": None, "big": 3})
    readings = [
        MemoryReading(
            at_s=second, total_bytes=9, available_bytes=4, swap_used_bytes=0, rss_bytes={"a|b": 3}, gpus=(gpu,)
        )
        for second in (1.5, 2.5)
    ]
    history.add_readings(run.run_id, readings)
    assert history.readings(run.run_id) == readings
    assert history.readings("another") == []
    taken = [
        ObservedMemory(
            identity=f"m{n}",
            family="f",
            execution_provider="cpu",
            weights_bytes=1,
            layers=2,
            cache_bytes=3,
            peak_bytes=n,
        )
        for n in range(3)
    ]
    for reading in taken:
        history.observe(reading)
    assert history.observed() == taken
    assert history.observed(limit=2) == taken[1:]


def test_closing_twice_is_allowed_and_writing_after_it_is_a_sentence(history: History) -> None:
    history.close()
    history.close()
    with pytest.raises(HistoryError, match="cannot write to the history"):
        history.begin(begun())


def test_the_history_needs_no_numpy() -> None:
    code = "import sys, tui.store.history; print('numpy' in sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert ended.stdout.strip() == "False"
