"""A catalogue that anybody may have written: its names lead nowhere, and a folder's own never becomes the user's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tui import paths
from tui.config import ConfiguredModel, load_config
from tui.engines.foundry.catalogue_file import read_entries
from tui.engines.foundry.model_files import SNAPSHOT_FILE
from tui.engines.model_ids import can_be_a_folder
from tui.library.cache import folder_of_download
from tui.library.downloads.notes import Note, Notes
from tui.library.inventory import ModelPlaces, catalogue_source, list_models, places_for

pytestmark = pytest.mark.usefixtures("own_home")
CLIMBING = (
    "../../x:1",
    "..:1",
    "/etc/passwd:1",
    "a/b:1",
    "a\\b:1",
    "C:evil:1",
    "~/x:1",
    "a\nb:1",
    "",
    " x:1",
    "x" * 300,
    "nul\0:1",
)


def write_snapshot(cache: Path, *ids: str) -> None:
    cache.mkdir(parents=True, exist_ok=True)
    records = [{"id": name, "alias": "handy", "fileSizeMb": 1, "runtime": {"deviceType": "CPU"}} for name in ids]
    (cache / SNAPSHOT_FILE).write_text(json.dumps({"models": records}), encoding="utf-8")


def test_names_that_lead_out_of_the_cache_are_not_in_the_catalogue(tmp_path: Path) -> None:
    plain = ["phi-4-mini-instruct-generic-cpu:5", "Phi 4 (mini)+x_y,@1:12"]
    write_snapshot(tmp_path, *CLIMBING, *plain)
    assert [entry.id for entry in read_entries(tmp_path)] == plain


def test_the_newest_version_of_a_build_has_its_plain_key_and_is_listed_once() -> None:
    ids = ("handy-generic-cpu:9", "handy-generic-cpu:10", "handy-qnn-npu:1", "handy-generic-cpu:10")
    write_snapshot(paths.model_cache_dir(), *ids)
    listed = [model for model in list_models(places_for(load_config())).models if model.alias == "handy"]
    assert [(model.key, model.model_id) for model in listed if model.model_id != "handy-qnn-npu:1"] == [
        ("handy@generic-cpu", "handy-generic-cpu:10"),
        ("handy@generic-cpu:9", "handy-generic-cpu:9"),
    ]
    assert len(listed) == 3


@pytest.mark.parametrize("model_id", CLIMBING, ids=repr)
def test_no_name_makes_a_file_outside_of_our_folder(model_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b" / "notes"
    Notes(folder).write(Note(key="x@cpu", model_id=model_id, cache=str(tmp_path), pid=0))
    assert not can_be_a_folder(model_id)
    assert not list(tmp_path.rglob("*.json"))
    assert folder_of_download(tmp_path, model_id) is None


def test_the_catalogue_of_a_folder_never_speaks_for_that_of_the_user(tmp_path: Path) -> None:
    write_snapshot(tmp_path / "caches", "handy-generic-cpu:1")
    (tmp_path / "config").mkdir()
    settings = '{"models": {}, "model_cache_dirs": ["../caches"]}'
    (tmp_path / "config" / "models.json").write_text(settings, encoding="utf-8")
    here, chosen = (places_for(load_config(folder)) for folder in (None, tmp_path / "config"))
    assert here.foreign
    assert catalogue_source(here) == paths.model_cache_dir()
    assert not [model for model in list_models(here).models if model.alias == "handy"]
    assert catalogue_source(chosen) != paths.model_cache_dir(), "a folder that the user has named is the user's own"


def test_a_name_that_a_shell_would_carry_out_is_not_told_as_one(tmp_path: Path) -> None:
    odd = "$(reboot)", "a;b", "`x`", "--cache=/", "a|b", "a>b&", "\"'\\", "plain-1.5_(x)"
    records = [{"id": f"m{number}:1", "alias": alias} for number, alias in enumerate(odd)]
    (tmp_path / SNAPSHOT_FILE).write_text(json.dumps({"models": records}), encoding="utf-8")
    aliases = [entry.alias for entry in read_entries(tmp_path)]
    assert aliases == ["(reboot)", "a-b", "x-", "cache=/", "a-b", "a-b-", None, "plain-1.5_(x)"]


@pytest.mark.skipif(sys.platform == "win32", reason="makes links")
def test_a_loop_of_links_is_a_folder_that_is_not_there(tmp_path: Path) -> None:
    loop = paths.model_cache_dir()
    loop.parent.mkdir(parents=True)
    loop.symlink_to(loop.name)
    (tmp_path / "config").mkdir()
    settings = {"models": {"m": {"path": str(loop)}}, "model_cache_dirs": [str(loop)]}
    (tmp_path / "config" / "models.json").write_text(json.dumps(settings), encoding="utf-8")
    listed = {model.alias: model for model in list_models(places_for(load_config(tmp_path / "config"))).models}
    assert "there is no such folder" in listed["m"].note
    assert "practice-small" in listed


def test_only_a_model_that_writes_text_is_named_in_place_of_one(tmp_path: Path) -> None:
    records = [
        {"id": f"{name}-generic-cpu:1", "alias": name, "task": task, "runtime": {"deviceType": "CPU"}}
        for name, task in (("qwen9-embedding-1b", "embeddings"), ("qwen3-8b", "chat-completion"))
    ]
    (tmp_path / SNAPSHOT_FILE).write_text(json.dumps({"models": records}), encoding="utf-8")
    configured = {"qwen9-1b": ConfiguredModel(alias="qwen9-1b")}
    places = ModelPlaces(cache=tmp_path, registrations=tmp_path / "own.json", configured=configured)
    missing = next(model for model in list_models(places).models if model.alias == "qwen9-1b")
    assert "the nearest is qwen3-8b (" in missing.note
