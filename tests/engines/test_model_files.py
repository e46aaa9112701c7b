"""The JSON files of the runtime: every reader takes them the same way, whatever is in them."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from pathlib import Path

import pytest

from tui.engines.foundry.model_files import CONFIG_FILE, IDENTITY_FILE, MOST_BYTES, SNAPSHOT_FILE, load_json, read_json
from tui.library import catalogue_snapshot
from tui.library.model_folders import scan

DEEP = b"[" * 200_000 + b"]" * 200_000
RECORD = {"id": "phi-generic-cpu:3", "alias": "phi-small", "license": "MIT", "task": "chat-completion"}


def files_in(cache: Path) -> tuple[Path, Path, Path]:
    """Write the snapshot of a cache, and the settings and the identity of its only model."""
    folder = cache / "phi-generic-cpu-3"
    folder.mkdir(parents=True)
    snapshot, settings, identity = cache / SNAPSHOT_FILE, folder / CONFIG_FILE, folder / IDENTITY_FILE
    snapshot.write_text(json.dumps({"models": [RECORD]}), encoding="utf-8")
    settings.write_text('{"model": {"context_length": 64}}', encoding="utf-8")
    identity.write_text(json.dumps({"Name": RECORD["id"]}), encoding="utf-8")
    return snapshot, settings, identity


def test_a_byte_order_mark_hides_no_file_from_any_reader(tmp_path: Path) -> None:
    for file in files_in(tmp_path):
        file.write_bytes(BOM_UTF8 + file.read_bytes())
    (offer,) = catalogue_snapshot.read(tmp_path)
    (folder,) = scan((tmp_path,))
    assert (offer.alias, offer.license) == (folder.catalogue_alias, folder.license) == ("phi-small", "MIT")
    assert (folder.model_id, folder.context_tokens, folder.problem) == (RECORD["id"], 64, None)


@pytest.mark.parametrize(
    "content", [DEEP, b'{"models": [{"id": "a:1", "x": ' + DEEP + b"}]}", b'{"models": ' + DEEP + b"}"]
)
def test_a_file_that_is_nested_too_deeply_is_a_broken_file(tmp_path: Path, content: bytes) -> None:
    for file in (files := files_in(tmp_path)):
        file.write_bytes(content)
    assert catalogue_snapshot.read(tmp_path) == ()
    (folder,) = scan((tmp_path,))
    assert folder.problem == f"broken: {CONFIG_FILE} cannot be read as a model's settings; download it again"
    with pytest.raises(ValueError, match="nested too deeply"):
        load_json(files[1])


def test_a_file_that_is_far_too_large_is_a_broken_file(tmp_path: Path) -> None:
    snapshot, settings, _ = files_in(tmp_path)
    assert catalogue_snapshot.read(tmp_path)
    for file in (snapshot, settings):
        with file.open("ab") as end:
            end.truncate(MOST_BYTES + 1)
    assert catalogue_snapshot.read(tmp_path) == ()
    assert read_json(settings) is None
    with pytest.raises(ValueError, match="too large"):
        load_json(settings)
    assert scan((tmp_path,))[0].catalogue_alias is None
