"""What the catalogue lists, and how it is narrowed, sorted, laid out and worded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.builders import MIB
from tests.support.scripted_library import GIB, catalogue, catalogue_model, here
from tui.panes.catalogue.builds import Build, BuildStatus
from tui.panes.catalogue.columns import COLUMNS, SortedColumn, fit_catalogue_columns
from tui.panes.catalogue.downloads import bytes_text, progress_text
from tui.panes.catalogue.listing import CatalogueListing, CatalogueOrder
from tui.panes.widgets.columns import GAP, Column, centred_line, fit_columns
from tui.records import Fit, ModelState
from tui.records.library import Cache, Download, DownloadState, Listing
from tui.screens.catalogue.commands import OFFERS
from tui.screens.catalogue.register import complete_path
from tui.screens.catalogue.start_time import seconds_until, time_of_day
from tui.screens.catalogue.wording import freshness, words_on_caches
from tui.text import units

NOW = datetime(2026, 11, 22, 17, 20, tzinfo=UTC)
BY_ID = {column.id: column for column in COLUMNS}


def download(state: DownloadState = DownloadState.RUNNING, **facts: object) -> Download:
    download = Download(key="phi-4-mini@cpu", model_id="phi:1", state=state, total_bytes=4 * GIB, done_bytes=GIB)
    return replace(download, **facts)


def shelves_of(builds: Sequence[Build], text: str = "") -> CatalogueListing:
    shelves = CatalogueListing()
    shelves.set_builds(builds)
    shelves.text = text
    return shelves


def names(shelves: CatalogueListing) -> list[str]:
    return [BY_ID["name"].text(row).strip() for row in shelves.rows]


CATALOGUE = [Build(model=model) for model in catalogue()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("practice", {"practice-small"}),
        ("mistral ai", {"mistral-7b-v0.2", "mistral-nemo-12b"}),
        ("cached", {"practice-small", "phi-3.5-mini", "qwen2.5-0.5b", "qwen2.5-1.5b", "support-bot-1b"}),
        ("cac", {"practice-small", "phi-3.5-mini", "qwen2.5-0.5b", "qwen2.5-1.5b", "support-bot-1b"}),
        ("broken", {"llama-3.2-1b"}),
        ("partial gemma", {"gemma-2-2b"}),
        ("QWEN npu <1gb", {"qwen2.5-0.5b"}),
        ("qwen npu <.8g", {"qwen2.5-0.5b"}),
        (">11gb reasoning", {"deepseek-r1-14b", "gpt-oss-20b"}),
        (">10000mib reasoning", {"deepseek-r1-14b", "gpt-oss-20b"}),
        ("<1 gpu", {"qwen2.5-0.5b", "qwen2.5-coder-0.5b"}),
        ("vision", {"gemma-3-4b"}),
        ("transcription", {"whisper-tiny"}),
        ("google gemma", {"gemma-2-2b", "gemma-3-4b"}),
        ("nothing-is-called-this", set[str]()),
    ],
)
def test_every_word_of_the_filter_must_match(text: str, expected: set[str]) -> None:
    assert {row.alias for row in shelves_of(CATALOGUE, text).rows} == expected


def test_a_device_a_licence_and_a_state_mean_exactly_that() -> None:
    named_like_a_licence = Build(model=catalogue_model("summit-7b", license_name="apache-2.0"))
    licensed = Build(model=catalogue_model("plain", license_name="MIT"))
    named_like_a_device = Build(model=catalogue_model("gpu-talk", "cpu"))
    builds = [named_like_a_licence, licensed, named_like_a_device]
    assert names(shelves_of(builds, "mit")) == ["gpu-talk", "plain"]
    assert names(shelves_of(builds, "summ")) == ["summit-7b"]
    assert names(shelves_of(builds, "gpu")) == []
    running = replace(licensed, download=replace(download(), key=licensed.model.key))
    assert names(shelves_of([running, named_like_a_licence], "downloading")) == ["plain"]
    assert names(shelves_of([running, named_like_a_licence], "available")) == ["summit-7b"]


def test_a_size_that_is_still_being_typed_hides_nothing_that_it_will_show() -> None:
    assert len(shelves_of(CATALOGUE, "<").rows) == len(shelves_of(CATALOGUE).rows)
    assert set(names(shelves_of(CATALOGUE, "<500mb"))) <= set(names(shelves_of(CATALOGUE, "<500m")))
    unknown = Build(model=replace(catalogue_model("unknown"), size_bytes=None, catalog=None))
    assert names(shelves_of([unknown], "<2gb")) == []


def test_builds_are_folded_under_their_alias_and_keep_to_it_when_sorted() -> None:
    shelves = shelves_of(CATALOGUE)
    assert "phi-4-mini" in names(shelves)
    assert "@gpu" not in names(shelves)
    shelves.fold("phi-4-mini", False)
    index = names(shelves).index("phi-4-mini")
    assert names(shelves)[index : index + 4] == ["phi-4-mini", "@cpu", "@gpu", "@npu"]
    shelves.order = CatalogueOrder(BY_ID["size"])
    index = names(shelves).index("phi-4-mini")
    assert names(shelves)[index : index + 4] == ["phi-4-mini", "@npu", "@gpu", "@cpu"]
    shelves.text = "phi-4-mini gpu"
    assert names(shelves) == ["phi-4-mini-reasoning@gpu", "phi-4-mini@gpu"]
    shelves.text = ""
    shelves.fold("phi-4-mini", True)
    assert "@gpu" not in names(shelves)


def test_names_are_sorted_with_their_numbers_as_numbers() -> None:
    builds = [Build(model=catalogue_model(alias)) for alias in ("q-14b", "q-7b", "q-0.5b", "Q-1.5b")]
    assert names(shelves_of(builds)) == ["q-0.5b", "Q-1.5b", "q-7b", "q-14b"]


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.id)
@pytest.mark.parametrize("descending", [False, True])
def test_any_column_sorts_with_what_is_unknown_last(column: SortedColumn, descending: bool) -> None:
    fits = [*Fit, None]
    builds = [replace(build, fit=fits[index % 4]) for index, build in enumerate(CATALOGUE)]
    shelves = shelves_of(builds)
    shelves.order = CatalogueOrder(column, descending)
    values = [column.value(row) for row in shelves.rows]
    present = [value for value in values if value is not None]
    assert present == sorted(present, reverse=descending)
    assert values == present + [None] * (len(values) - len(present))


def test_an_alias_stands_for_the_build_nearest_to_being_used() -> None:
    cpu, gpu = (Build(model=catalogue_model("phi", device)) for device in ("cpu", "gpu"))
    (row,) = shelves_of([cpu, gpu]).rows
    assert row.lead is cpu
    arriving = replace(gpu, download=replace(download(), key="phi@gpu"))
    shelves = shelves_of([cpu, gpu])
    assert shelves.update([arriving]) is None
    assert BY_ID["state"].text(shelves.rows[0]) == "downloading 25 %"
    further = replace(arriving, download=replace(download(), key="phi@gpu", done_bytes=2 * GIB))
    assert shelves.update([further]) == [0]
    assert BY_ID["state"].text(shelves.rows[0]) == "downloading 50 %"
    assert BY_ID["disk"].text(shelves.rows[0]) == "2.00 GiB"
    loaded = replace(cpu, model=here(cpu.model), loaded=True)
    assert shelves_of([loaded, arriving]).rows[0].lead is loaded


def test_a_build_says_what_happens_to_it() -> None:
    build = Build(model=catalogue_model())
    states = {
        DownloadState.WAITING: BuildStatus.WAITING,
        DownloadState.RUNNING: BuildStatus.DOWNLOADING,
        DownloadState.STALLED: BuildStatus.STALLED,
        DownloadState.PAUSED: BuildStatus.PAUSED,
        DownloadState.FAILED: BuildStatus.FAILED,
        DownloadState.DONE: BuildStatus.AVAILABLE,
        DownloadState.CANCELLED: BuildStatus.AVAILABLE,
    }
    assert {state: replace(build, download=download(state)).status for state in DownloadState} == states
    assert replace(build, download=download(DownloadState.WAITING, starts_at="02:00")).state_text == "waiting, 02:00"
    assert replace(build, download=download(total_bytes=None)).state_text == "downloading"


@pytest.mark.parametrize("width", [40, 75, 93, 137, 200])
def test_the_columns_that_do_not_fit_give_way(width: int) -> None:
    placed = fit_catalogue_columns(width, 22)
    assert [column.id for column, _ in placed][:3] == ["name", "state", "size"][: len(placed)]
    assert sum(cells + GAP for _, cells in placed) - GAP <= max(width, 20)
    assert len(fit_catalogue_columns(width + 40)) >= len(placed)


def test_the_narrow_list_has_room_for_what_matters() -> None:
    without_fits = fit_catalogue_columns(75, without=["fit"])
    assert [column.id for column, _ in without_fits] == ["name", "state", "size", "disk", "device"]
    assert [column.id for column, _ in fit_catalogue_columns(75)] == ["name", "state", "size", "fit", "device"]
    assert len(fit_catalogue_columns(200)) == len(COLUMNS)


def test_a_column_that_grows_takes_the_cells_that_another_leaves_empty() -> None:
    texts = ("what was asked, in a long sentence", "short")
    asked, model = ("asked", "model")
    columns: list[Column[int]] = [
        Column(id=asked, label=asked, width=20, max_width=40, text=lambda _: texts[0]),
        Column(id=model, label=model, width=20, max_width=40, text=lambda _: texts[1]),
    ]
    widths = {column.id: cells for column, cells in fit_columns(columns, (asked, model), 20 + GAP + 20, [1])}
    assert widths == {"asked": 20 + 13, "model": 20 - 13}
    assert fit_columns(columns, (asked, model), 80, [1])[0][1] == len(texts[0]), "what is left over goes first"


def test_words_in_place_of_rows_stand_in_the_middle() -> None:
    lines = [centred_line("One two three.\n\nFour.", index, 16, 7) for index in range(7)]
    assert {len(line) for line in lines} == {16}
    assert [line.strip() for line in lines] == ["", "One two", "three.", "", "Four.", "", ""]
    assert lines[1].index("O") == 4


def test_the_title_says_how_old_the_list_is() -> None:
    fresh = Listing(models=(), as_of="2026-11-22T15:20:00+00:00")
    assert freshness(fresh, NOW, refreshing=False) == "list from 2 h ago · f5 asks again"
    assert freshness(fresh, NOW, refreshing=True) == "refreshing · list from 2 h ago"
    old = Listing(models=(), as_of="2026-11-19T15:20:00Z", problem="The catalogue did not answer.")
    assert freshness(old, NOW, refreshing=False) == "offline: list is from 3 days ago · The catalogue did not answer"
    assert (
        freshness(replace(fresh, as_of="2026-11-22T15:20:00"), NOW, refreshing=False)
        == "list from 2 h ago · f5 asks again"
    )
    never = replace(old, as_of=None)
    assert freshness(never, NOW, refreshing=False).startswith("offline: the catalogue was never read · ")
    assert [units.ago(span_s) for span_s in (-5, 59, 60, 7200, 86_400, 200_000)] == [
        "just now",
        "just now",
        "1 min ago",
        "2 h ago",
        "1 day ago",
        "2 days ago",
    ]


def test_a_download_says_how_far_it_is_and_why_it_does_not_move() -> None:
    running = download(rate_bytes_s=8 * MIB, left_s=384)
    assert bytes_text(running) == "1.00 of 4.00 GiB"
    assert bytes_text(replace(running, done_bytes=0)) == "0 B of 4.00 GiB"
    assert bytes_text(replace(running, total_bytes=None)) == "1.00 GiB of -"
    assert progress_text(running) == "8.00 MiB/s · 6 min 24 s left"
    assert progress_text(replace(running, attempt=2), short=True) == "8.00 MiB/s · 6 min 24 s · attempt 2"
    assert progress_text(download(DownloadState.STALLED, note="no byte for 20 s")) == "stalled: no byte for 20 s"
    assert progress_text(download(DownloadState.WAITING, starts_at="02:00")) == "starts at 02:00"


def test_keys_are_offered_for_what_they_can_do() -> None:
    def offered(build: Build) -> set[str]:
        return {action for action, makes_sense in OFFERS.items() if makes_sense(build)}

    model = catalogue_model()
    own = replace(here(model), catalog=None)
    assert offered(Build(model=model)) == {"download", "start-at"}
    assert offered(Build(model=model, download=download())) == {"pause", "remove"}
    assert offered(Build(model=model, download=download(DownloadState.PAUSED))) == {"download", "pause", "remove"}
    assert offered(Build(model=here(model))) == {"remove", "verify"}
    assert offered(Build(model=here(model, ModelState.PARTIAL))) == {"download", "start-at", "remove", "verify"}
    assert offered(Build(model=own)) == {"remove", "verify"}
    assert offered(Build(model=replace(own, registered=True))) == {"verify", "remove", "unregister"}
    assert offered(Build(model=replace(own, practice=True))) == {"verify"}


def test_the_caches_are_summed_up_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    cache = Cache(folder=tmp_path / "models", models=3, disk_bytes=6 * GIB, broken=1)
    assert words_on_caches((cache,)) == "on disk: 3 builds, 6.00 GiB in ~/models · 1 broken or incomplete"
    assert words_on_caches((cache, replace(cache, models=1, broken=0))) == (
        "on disk: 4 builds, 12.0 GiB in 2 folders · 1 broken or incomplete"
    )
    assert words_on_caches(()) == ""


def test_a_path_is_completed_to_a_folder_and_a_time_is_understood(tmp_path: Path) -> None:
    (tmp_path / "my-model").mkdir()
    (tmp_path / "my-file").write_text("")
    assert complete_path(f"{tmp_path}/my") == f"{tmp_path}/my-model/"
    assert complete_path(f"{tmp_path}/MY") == f"{tmp_path}/my-model/", "Windows and macOS take either case"
    assert complete_path(f"{tmp_path}/") is None
    (tmp_path / "as-windows\\" / "my-model").mkdir(parents=True)
    typed = f"{tmp_path}/as-windows\\"
    assert complete_path(f"{typed}my", separators="\\/") == f"{typed}my-model\\", "the separator is the one typed last"
    assert complete_path(f"{tmp_path}/nowhere/x") is None
    assert [time_of_day(text) for text in ("2:00", " 23:59", "24:00", "soon")] == ["02:00", "23:59", None, None]
    at_noon = datetime(2026, 11, 22, 12, 0)
    assert seconds_until("13:30", at_noon) == 5400
    assert seconds_until("12:00", at_noon) == 86_400
