"""The history's screen on a file as some weeks would have left it."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual import events
from textual.widgets import Input, Static
from textual.widgets._footer import FooterKey

from tests.support import builders, past_runs, scripted
from tests.support.builders import run_record, sample
from tests.support.scripted import ScriptedRun
from tests.support.workbench import NARROW, WIDE, Driver, driving
from tui.panes.widgets.filter_line import FilterInput
from tui.probes import host
from tui.records import MemoryReading, RunRecord, RunState, RunStatus
from tui.screens.charts.screen import ChartsScreen
from tui.screens.decision.screen import ChooseScreen
from tui.screens.dialogs.export import ExportDialog
from tui.screens.dialogs.line_dialog import LineDialog
from tui.screens.dialogs.question import ConfirmDialog
from tui.screens.frame.commands import action_of
from tui.screens.frame.help import HelpScreen
from tui.screens.history import screen as history_module
from tui.screens.history.run_screen import RunScreen
from tui.screens.history.screen import HistoryScreen
from tui.screens.rating.screen import RateScreen
from tui.store import database
from tui.store.history import History

ALL = len(past_runs.weeks())


pytestmark = pytest.mark.usefixtures("own_home")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return the path of a history that does not exist yet."""
    return tmp_path / "history.sqlite3"


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """Write a history of some weeks, and return it with the ids of its runs."""
    made = tmp_path_factory.mktemp("weeks") / "history.sqlite3"
    return made, past_runs.write(made)


@pytest.fixture
def full(weeks: tuple[Path, list[str]], file: Path) -> Path:
    """Copy the history of some weeks for a test."""
    return shutil.copyfile(weeks[0], file)


@dataclass(frozen=True, slots=True)
class Past:
    """The app with its history open."""

    driver: Driver
    file: Path

    @property
    def screen(self) -> HistoryScreen:
        return next(screen for screen in self.driver.app.screen_stack if isinstance(screen, HistoryScreen))

    @property
    def rows(self) -> list[str]:
        """Return the lines of the list as they are drawn."""
        return self.screen.pane.table.texts

    @property
    def title(self) -> str:
        return str(self.screen.pane.border_title)

    @property
    def detail(self) -> str:
        return str(self.screen.query_one("#run-detail", Static).visual)

    @property
    def words(self) -> str:
        """Return the text that is shown in place of the list."""
        return self.screen.pane.table.message

    @property
    def on(self) -> str:
        """Return the name of the run that the keys act on."""
        entry = self.screen.pane.highlighted
        return entry.name if entry is not None else ""

    @property
    def keys(self) -> list[str | None]:
        """Return the identifiers of the commands whose keys work now."""
        return [binding.binding.id for binding in self.screen.active_bindings.values() if binding.enabled]

    async def press(self, *keys: str) -> None:
        await self.driver.press(*keys)

    async def filter(self, text: str) -> None:
        self.screen.query_one(FilterInput).value = text
        await self.driver.pilot.pause()

    async def go_to(self, name: str) -> None:
        """Move the cursor to the run of this name."""
        index = next(index for index, row in enumerate(self.rows) if name[:12] in row)
        self.screen.pane.table.action_go(index)
        await self.driver.until(lambda: self.on == name)

    async def type_in(self, text: str) -> None:
        """Answer the dialog that asks for a line."""
        await self.driver.until(lambda: isinstance(self.driver.app.screen, LineDialog))
        self.driver.app.screen.query_one(Input).value = text
        await self.press("enter")

    def stored_runs(self) -> list[RunRecord]:
        with closing(History(self.file)) as history:
            return history.latest()


@asynccontextmanager
async def opened(file: Path, *, size: tuple[int, int] = WIDE) -> AsyncGenerator[Past, None]:
    run = ScriptedRun(scripted.whole_benchmark)
    async with driving(lambda: scripted.workspace(run, builders.model("tiny"), history_file=file), size=size) as driver:
        await driver.press("h")
        await driver.until(lambda: isinstance(driver.app.screen, HistoryScreen))
        past = Past(driver, file)
        await driver.until(lambda: past.rows or past.words)
        yield past


async def test_the_newest_run_comes_first_and_is_described(full: Path) -> None:
    async with opened(full) as past:
        assert past.title == f"History · {ALL} runs"
        assert past.rows[0].split()[:3] == ["2026-11-22", "15:05:36", "deterministic,"]
        assert past.rows[0].split()[-1] == "running"
        assert "Summarize retrieval" in past.rows[1], "a question is listed by its text"
        assert any("1 failed" in row for row in past.rows), "failures are seen in the list"
        assert past.rows[2].split()[-1] == "interrupted"
        assert "★" in next(row for row in past.rows if "baseline" in row)
        await past.go_to("driver 1.32")
        await past.driver.until(lambda: "17.0 tok/s" in past.detail)
        assert "20 over 5 launches" in past.detail
        assert "446 ms" in past.detail
        await past.press("end")
        assert past.on == "first look"


async def test_the_list_is_narrowed_and_sorted(full: Path) -> None:
    async with opened(full, size=(240, 60)) as past:
        table = past.screen.pane.table
        await past.press("o")
        await past.driver.until(lambda: "What ▲" in table.header and "baseline" in past.rows[0])
        await past.press("O")
        await past.driver.until(lambda: "What ▼" in table.header and "over night" in past.rows[0])
        await past.driver.pilot.click(table, offset=(table.header.index("Samples"), 0))
        await past.driver.until(lambda: "Samples ▼" in table.header and " 195 " in past.rows[0])
        await past.press("slash", *"gem", "enter")
        await past.driver.until(lambda: past.title == f"History · 2 of {ALL} runs")
        assert "first look" in past.rows[0], "a model beyond the first is found too"
        await past.filter("#nightly running")
        await past.driver.until(lambda: past.title == f"History · 1 of {ALL} runs")
        await past.filter("no such run")
        await past.driver.until(lambda: past.words)
        assert past.words == "Nothing matches no such run: escape shows every run."
        assert past.screen.pane.highlighted is None
        await past.press("escape")
        await past.driver.until(lambda: past.title == f"History · {ALL} runs")
        await past.press("escape")
        assert past.driver.app.screen is past.driver.bench


async def test_name_tags_note_and_pin_are_kept(full: Path) -> None:
    async with opened(full) as past:
        await past.go_to("first look")
        await past.press("N")
        await past.type_in("the [b]very[/b] first")
        await past.driver.until(lambda: past.on == "the [b]very[/b] first")
        await past.press("t")
        await past.type_in("#old, cpu")
        await past.press("w")
        await past.type_in("on the train")
        await past.press("k")
        await past.driver.until(lambda: "it is not deleted" in past.detail)
        assert "on the train" in past.detail
        assert "#old #cpu" in past.detail
        await past.press("t")
        await past.type_in("cpu new")
        await past.driver.until(lambda: "#cpu #new" in past.detail)
        await past.press("x")
        await past.driver.noticed("the [b]very[/b] first is pinned: k unpins it, then it can be deleted.")
        first = past.stored_runs()[-1]
        assert (first.name, first.tags, first.note, first.pinned) == (
            "the [b]very[/b] first",
            ("cpu", "new"),
            "on the train",
            True,
        )


async def test_deleting_asks_and_can_be_undone_until_the_history_is_left(full: Path) -> None:
    async with opened(full) as past:
        await past.go_to("driver 1.32")
        await past.press("x")
        await past.driver.until(lambda: isinstance(past.driver.app.screen, ConfirmDialog))
        await past.press("enter")
        assert len(past.rows) == ALL, "the safe answer has the focus"
        for name in ("driver 1.32", "first look"):
            await past.go_to(name)
            await past.press("x", "y")
            await past.driver.until(lambda name=name: not any(name in row for row in past.rows))
        assert past.title == f"History · {ALL - 2} runs"
        await past.press("u")
        await past.driver.until(lambda: past.title == f"History · {ALL - 1} runs")
        assert any("first look" in row for row in past.rows)
        assert len(past.stored_runs()) == ALL, "nothing is gone for good yet"
        await past.press("escape")
        await past.driver.until(lambda: len(past.stored_runs()) == ALL - 1)
        assert not any(run.name == "driver 1.32" for run in past.stored_runs())


async def test_quitting_deletes_what_was_deleted(full: Path) -> None:
    async with opened(full) as past:
        await past.go_to("first look")
        await past.press("x", "y")
        await past.driver.until(lambda: past.title == f"History · {ALL - 1} runs")
        await past.driver.app.action_quit()
    assert len(past.stored_runs()) == ALL - 1


async def test_a_run_is_opened_and_taken_away_with_what_memory_held(full: Path, tmp_path: Path) -> None:
    with closing(History(full)) as history:
        starved = next(run for run in history.latest() if "memory" in run.tags)
        readings = (
            MemoryReading(at_s=second, total_bytes=9, available_bytes=4, swap_used_bytes=0, rss_bytes={"mistral": 2})
            for second in range(3)
        )
        history.add_readings(starved.run_id, list(readings))
        for load in history.run(starved.run_id).loads:
            history.add_load(starved.run_id, replace(load, threads=4))
    async with opened(full) as past:
        await past.filter("#memory")
        await past.driver.until(lambda: len(past.rows) == 1)
        await past.press("enter")
        await past.driver.until(lambda: isinstance(past.driver.app.screen, RunScreen))
        await past.press("escape")
        await past.driver.until(lambda: past.driver.app.screen is past.screen)
        await past.press("slash", "enter", "enter")
        await past.driver.until(lambda: isinstance(past.driver.app.screen, RunScreen))
        screen = past.driver.app.screen
        assert isinstance(screen, RunScreen)
        await past.driver.until(lambda: screen.results.texts)
        assert screen.results.texts[0][0] == "mistral-7b-v0.2@cpu"
        await past.driver.until(lambda: "out of memory" in past.driver.text_of("#results-detail"))
        text = past.driver.text_of("#run-text Static") + past.driver.text_of("#run-conditions Static")
        for words in ("Example CPU 3000", "out of memory: killed while loading", "retrieval augmented generation"):
            assert words in text
        assert re.search(r"Mode +one (model after the other|request at)", text)
        assert re.search(r"Threads +4 \(mistral-7b-v0.2@cpu\)", text)
        assert re.search(r"Runtime +onnxruntime.* \d", text), "the number is the version of something"
        for key, kind in (("g", ChartsScreen), ("v", RateScreen), ("enter", ChartsScreen), ("a", ChooseScreen)):
            await past.press(key)
            await past.driver.until(lambda kind=kind: isinstance(past.driver.app.screen, kind))
            await past.press("escape")
        await past.press("e")
        await past.driver.until(lambda: isinstance(past.driver.app.screen, ExportDialog))
        past.driver.app.screen.query_one(Input).value = "run.json"
        await past.press("enter")
        await past.driver.until(lambda: (tmp_path / "run.json").exists())
        exported = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
        assert exported["run"]["tags"] == ["memory"]
        await past.driver.until(lambda: past.driver.app.screen is screen)
        await past.press("e")
        await past.driver.until(lambda: isinstance(past.driver.app.screen, ExportDialog))
        past.driver.app.screen.query_one(Input).value = "run.md"
        await past.press("enter")
        await past.driver.until(lambda: past.driver.app.screen is screen)
        assert "\navailable " in (tmp_path / "run.md").read_text(encoding="utf-8")
        await past.driver.noticed("Results written")
        await past.press("escape")
        assert past.driver.app.screen is past.screen
        await past.press("enter")
        await past.driver.until(lambda: isinstance(past.driver.app.screen, RunScreen))
        await past.press("d")
        assert past.driver.app.screen is past.screen
        assert past.screen.pane.marked == (starved.run_id,)


async def test_a_run_of_another_benchtop_shows_up_as_it_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_module, "LOOK_EVERY_S", 0.05)
    async with opened(file) as past:
        assert past.words.startswith("Nothing was asked or measured yet.")
        assert not {"open", "delete", "compare", "resume"} & set(past.keys)
        with closing(History(file)) as other:
            going = replace(run_record(builders.model("phi")), samples=(), finished_at=None, owner=host.owner())
            other.begin(replace(going, status=RunStatus.RUNNING))
            await past.driver.until(lambda: past.rows and "running" in past.rows[0])
            for number in range(7):
                other.add_sample("run-1", sample("phi", round_number=number))
            await past.driver.until(lambda: re.search(r"Samples +7\n", past.detail))
            await past.press("enter")
            await past.driver.until(lambda: isinstance(past.driver.app.screen, RunScreen))
            screen = past.driver.app.screen
            assert isinstance(screen, RunScreen)
            await past.driver.until(lambda: screen.results.texts)
            assert "running" in map(str.strip, screen.results.texts[0]), "what it has so far is no outcome"
            assert [entry.name for entry in screen.help_entries()].count("o") == 1
            await past.press("escape")
            other.finish("run-1", RunStatus.DONE, builders.FINISHED_AT)
            await past.driver.until(lambda: "done" in past.rows[0])
        assert past.words == ""


async def test_marked_runs_and_an_interrupted_one_are_handed_over(full: Path, weeks: tuple[Path, list[str]]) -> None:
    ids = weeks[1]
    compared: list[tuple[str, ...]] = []
    resumed: list[str] = []
    async with opened(full) as past:
        await past.press("escape")
        screen = HistoryScreen(full, compare=None, resume=None)
        await past.driver.app.push_screen(screen)
        await past.driver.until(lambda: past.rows)
        assert not {"mark", "compare", "resume"} & set(past.keys), "nobody does it"
        await past.press("escape")
        screen = HistoryScreen(full, compare=lambda ids: compared.append(tuple(ids)), resume=resumed.append)
        await past.driver.app.push_screen(screen)
        await past.driver.until(lambda: past.rows)
        assert "compare" not in past.keys
        assert "resume" not in past.keys
        await past.go_to("driver 1.32")
        await past.press("space")
        assert past.screen.pane.highlighted == next(entry for entry in past.screen.entries if entry.run_id == ids[11])
        await past.go_to("first look")
        await past.press("space", "d")
        assert compared == [(ids[11], ids[0])]
        assert sum("●" in row for row in past.rows) == 2
        await past.press("space", "d")
        assert len(compared) == 1, "one run is no comparison"
        await past.go_to("over night")
        entry = past.screen.pane.highlighted
        assert entry is not None
        assert entry.status is RunState.INTERRUPTED
        await past.press("R")
        assert resumed == [entry.run_id]


async def test_every_size_shows_list_and_run_and_the_way_back(full: Path) -> None:
    def footer(columns: int) -> bool:
        keys = list(past.screen.query(FooterKey))
        return {action_of("leave"), action_of("help")} <= {key.action for key in keys} and all(
            key.region.right <= columns for key in keys
        )

    async with opened(full, size=NARROW) as past:
        await past.driver.until(lambda: footer(NARROW[0]))
        await past.go_to("baseline, driver 1.31")
        await past.driver.until(lambda: "tok/s" in past.detail and past.screen.detail.region.height == 5)
        assert "samples" in past.detail
        assert "Began" not in past.detail, "a small terminal has room for the likeliest lines"
        await past.press("i")
        await past.driver.until(lambda: not past.screen.pane.region.area and "Quiet machine" in past.detail)
        await past.press("escape")
        assert past.screen.pane.display
        for columns, rows in ((120, 40), (200, 60)):
            await past.driver.pilot.resize_terminal(columns, rows)
            await past.driver.until(
                lambda width=columns: past.screen.pane.region.width <= width and past.screen.detail.region.area
            )
            assert len(past.rows) == ALL
            assert past.screen.region.size == (columns, rows)
            await past.driver.until(lambda width=columns: footer(width))
        await past.press("question_mark")
        assert isinstance(past.driver.app.screen, HelpScreen)
        assert any("Let a model judge" in str(text.visual) for text in past.driver.app.screen.query(Static))


async def test_a_file_that_cannot_be_used_is_a_sentence_and_stays_as_it_is(full: Path, file: Path) -> None:
    with closing(sqlite3.connect(full)) as newer:
        newer.execute("PRAGMA user_version = 1000")
    before = full.read_bytes()
    damaged = file.with_name("damaged.sqlite3")
    content = b"SQLite format 3\x00" + b"\xff" * 5000
    damaged.write_bytes(content)
    async with opened(full) as past:
        assert "was written by a newer Benchtop" in past.words
        await past.press("escape")
        await past.driver.app.push_screen(HistoryScreen(damaged))
        await past.driver.until(lambda: past.words)
        assert past.words.startswith("Cannot open the history")
        assert past.words.endswith("move the file away, and a new history begins.")
        await past.press("enter", "x", "N")
        assert past.driver.app.screen is past.screen
    assert (full.read_bytes(), damaged.read_bytes()) == (before, content)


async def test_what_cannot_be_written_is_a_sentence_and_the_list_stays(full: Path) -> None:
    async with opened(full) as past:
        await past.go_to("first look")
        with closing(sqlite3.connect(full, isolation_level=None)) as other:
            other.execute("CREATE TRIGGER full BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'disk full'); END")
        await past.press("N")
        await past.type_in("x")
        await past.driver.until(lambda: any("disk full" in notice for notice in past.driver.notices))
        await past.driver.noticed(f"cannot write to the history {full}: disk full")
        assert past.on == "first look"


async def test_letters_that_follow_the_filter_key_at_once_are_no_commands(full: Path) -> None:
    async with opened(full) as past:
        for key in ("slash", *"pxen"):
            past.driver.app.post_message(events.Key(key, None if key == "slash" else key))
        await past.driver.until(lambda: past.screen.query_one(FilterInput).value == "pxen")
        assert past.driver.app.screen is past.screen
        await past.press("escape", "q")
        assert past.driver.app.screen is past.driver.bench


async def test_no_key_waits_for_the_disk(full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 60_000)
    async with opened(full) as past:
        with closing(sqlite3.connect(full, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            await past.press("k", "end", "slash", "a")
            assert past.on == "first look"
            assert past.screen.query_one(FilterInput).value == "a"
            changes = [worker for worker in past.screen.workers if worker.group == "change"]
            assert [worker.is_finished for worker in changes] == [False], "another program holds the file"
            other.execute("ROLLBACK")
        await past.press("escape", "home")
        await past.driver.until(lambda: any("★" in row for row in past.rows[:1]))
