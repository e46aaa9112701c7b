"""Models are brought to machines that lack them: downloaded there, or copied from the desk piece by piece."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from tests.support.fleets import joined, measuring, open_desk
from tests.support.libraries import TINY
from tests.support.stand_in import Cloud
from tui.bench.fleet import wire
from tui.bench.fleet.network import receiving
from tui.bench.fleet.network.receiving import Manifest, Piece
from tui.console import ExitCode
from tui.library.fleet import content
from tui.library.fleet.arriving import ArrivingModel, NotAcceptable
from tui.library.fleet.content import FileEntry, content_hash, files_of, hash_of
from tui.practice import practice_folder

Change = Callable[[tuple[FileEntry, ...]], tuple[FileEntry, ...]]
SHORT = ("--prompt", "Hello", "--rounds", "1", "--warmup", "0", "--max-tokens", "4")


@pytest.fixture
def model(tmp_path: Path, own_home: Path) -> Path:
    assert own_home
    folder = tmp_path / "model"
    (folder / "sub").mkdir(parents=True)
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 10)
    (folder / "sub" / "empty.txt").touch()
    (folder / "config.json").write_text("{}")
    return folder


def arriving(folder: Path) -> ArrivingModel:
    entries = files_of(folder)
    return ArrivingModel(hash_of(entries), entries)


def test_a_model_arrives_in_pieces_goes_on_where_it_was_and_is_whole_only_if_its_hash_is_right(model: Path) -> None:
    whole = (model / "weights.bin").read_bytes()
    one = arriving(model)
    one.write("weights.bin", 0, whole[:1000])
    one.write("weights.bin", 500, b"a piece that does not follow")
    one = arriving(model)
    assert one.arrived() == {"config.json": 0, "sub/empty.txt": 0, "weights.bin": 1000}
    assert one.missing_bytes == len(whole) - 1000 + 2
    one.write("weights.bin", 1000, bytes(len(whole) - 1000))
    one.write("config.json", 0, b"{}")
    with pytest.raises(NotAcceptable, match=r"weights\.bin has arrived damaged"):
        one.finish()
    assert not one.is_complete
    assert one.arrived()["weights.bin"] == 0
    with pytest.raises(NotAcceptable, match="of no file"):
        one.write("weights.bin", 0, bytes(len(whole) + 1))
    one.write("weights.bin", 0, whole)
    folder = one.finish()
    assert content_hash(folder) == content_hash(model)
    assert arriving(model).is_complete


@pytest.mark.parametrize(
    "name",
    ["../a", "/a", "a/../../b", "a//b", ".hidden", "a\\b", "C:a", "a\0b", "nul", "a/aux.txt", "a ", "x" * 201, "a\nb"],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    entries = (FileEntry(name, 1, "0" * 64),)
    with pytest.raises(NotAcceptable, match="cannot be kept"):
        ArrivingModel(hash_of(entries), entries)


CHANGES: dict[str, Change] = {
    "has 0 files": lambda _: (),
    "the same name": lambda entries: (replace(entries[0], name="A"), replace(entries[0], name="a")),
    "its sizes cannot be": lambda entries: (replace(entries[0], size_bytes=-1),),
    "its hashes are none": lambda entries: (replace(entries[0], sha256="../.."),),
    "is not the one of its hash": lambda entries: entries[1:],
}


@pytest.mark.parametrize("words", CHANGES)
def test_a_list_of_files_that_is_not_that_of_the_hash_is_refused(words: str, model: Path) -> None:
    entries = files_of(model)
    changed = CHANGES[words](entries)
    right = hash_of(entries) if words.startswith("is not") else "0" * 64
    with pytest.raises(NotAcceptable, match=words):
        ArrivingModel(right, changed)


def test_a_file_that_has_not_changed_is_not_read_again(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(content, "_KEPT_FROM_BYTES", 100)
    monkeypatch.setattr(content, "_SETTLED_NS", 0)
    before = content_hash(model)
    weights = model / "weights.bin"
    assert before is not None

    def unreadable(*_: object) -> None:
        raise OSError

    (model / "config.json").unlink()
    (model / "sub" / "empty.txt").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(hashlib, "file_digest", unreadable)
        assert content_hash(model) is not None
        weights.write_bytes(weights.read_bytes() + b"x")
        assert content_hash(model) is None
    assert content_hash(model) != before


@pytest.mark.parametrize(
    ("takes_bytes", "words"),
    [(0, "it takes no models; let it join with --take-models SIZE"), (1000, "it takes models of 0.98 KiB together")],
)
def test_a_machine_takes_only_as_much_as_its_user_lets_it(takes_bytes: int, words: str, model: Path) -> None:
    entries = files_of(model)
    manifest = msgspec.json.encode(Manifest(hash_of(entries), "own", entries))
    lines = list(receiving.lines_of(Piece(manifest, "config.json", 0, b"{}"), takes_bytes))
    assert len(lines) == 1
    assert isinstance(lines[0], wire.EndLine)
    assert words in lines[0].problem
    assert not arriving(model).arrived()["config.json"]


def test_machines_get_the_models_that_they_lack(tmp_path: Path, cloud: Cloud) -> None:
    cloud.offers = (TINY,)
    with (
        open_desk(tmp_path) as desk,
        joined(tmp_path, "taker", "--take-models", "100mb") as taker,
    ):
        shutil.copytree(practice_folder("practice-small"), desk.folder.path / "own-model")
        assert desk.folder.run("register", "own", "own-model").returncode == ExitCode.DONE
        made = desk.folder.run("plan", "--models", "own", *SHORT, "--bundle", "stick")
        assert made.returncode == ExitCode.DONE, made.stderr
        plan_file = desk.folder.path / "stick" / "plan.json"
        plan = json.loads(plan_file.read_text(encoding="utf-8"))
        del plan["id"]
        for alias in (TINY.alias, "nowhere"):
            plan["models"].append({"alias": alias, "engine": "foundry", "variant": "cpu"})
        plan_file.write_text(json.dumps(plan), encoding="utf-8")
        assert desk.folder.run("unregister", "own").returncode == ExitCode.DONE
        shutil.rmtree(desk.folder.path / "own-model")
        taker.folder.spawn("models", "--refresh")
        taker.wait_for("Joined as")
        with measuring(desk, "--fleet=taker", "--fetch", "--plan", "stick") as bench:
            assert bench.process.wait(300) == ExitCode.MODEL_FAILED, bench.text
        assert "own: copied from the bundle, " in bench.text
        assert "taker: own is there now, " in bench.text
        assert "taker: tiny-chat@cpu is downloaded there first, 1.00 MiB." in bench.text
        assert "taker: nowhere@cpu is looked for in its catalogue, and downloaded if it is there." in bench.text
        assert "does not get the models that it lacks: nowhere@cpu: its catalogue does not offer it." in bench.text
        assert "  2 of 3  " in bench.text
        assert len(list((desk.folder.path / "stick" / "results").glob("*.json"))) == 1
        assert "other bytes" not in bench.text
