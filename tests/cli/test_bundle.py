"""A bundle takes a plan and its models to a machine without a network; a hostile one is refused."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import CommandFolder
from tui.console import ExitCode

PLAN = ("--models", "own", "--rounds", "1", "--prompt", "Hello")


@pytest.mark.parametrize(("name", "results"), [("stick", "stick/results"), ("stick.zip", "stick-results")])
def test_a_bundle_is_done_on_a_machine_without_the_model_and_has_its_result(
    name: str, results: str, machines: tuple[CommandFolder, CommandFolder]
) -> None:
    first, second = machines
    made = first.run("plan", *PLAN, "--bundle", name)
    assert (made.returncode, made.stdout) == (ExitCode.DONE, ""), made.stderr
    again = first.run("plan", *PLAN, "--bundle", name)
    assert (again.returncode, "is there already" in again.stderr) == (ExitCode.USAGE, True)
    bundle = shutil.move(first.path / name, second.path / name)
    done = second.run("bench", "--plan", name)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "own: copied from the bundle, " in done.stderr
    assert "other bytes" not in done.stderr
    more = second.run("bench", "--plan", str(bundle))
    assert (more.returncode, "copied" in more.stderr) == (ExitCode.DONE, False)
    written = sorted((second.path / results).glob("*.json"))
    assert len(written) == 2
    merged = second.run("merge", str(written[0]))
    assert "own" in merged.stdout
    assert merged.returncode == ExitCode.DONE


def index_of(bundle: Path) -> Any:
    return json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))


def model_folder(bundle: Path) -> Path:
    return bundle / "models" / index_of(bundle)["models"][0]["content"]


def link(bundle: Path) -> None:
    file = model_folder(bundle) / "genai_config.json"
    file.rename(bundle.parent / "elsewhere.json")
    file.symlink_to(bundle.parent / "elsewhere.json")


def climb(bundle: Path) -> None:
    index = index_of(bundle)
    index["models"][0]["files"][0]["name"] = "../../outside.json"
    (bundle / "bundle.json").write_text(json.dumps(index), encoding="utf-8")


def damage(bundle: Path) -> None:
    file = model_folder(bundle) / "genai_config.json"
    content = bytearray(file.read_bytes())
    content[0] ^= 1
    file.write_bytes(content)


def grow(bundle: Path) -> None:
    with (model_folder(bundle) / "genai_config.json").open("ab") as opened:
        opened.write(b" " * 1000)


def change_plan(bundle: Path) -> None:
    plan = json.loads((bundle / "plan.json").read_text(encoding="utf-8"))
    plan["method"]["rounds"] = 7
    (bundle / "plan.json").write_text(json.dumps(plan), encoding="utf-8")


def empty(bundle: Path) -> None:
    (bundle / "bundle.json").unlink()


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (link, "is a link, and a bundle has none"),
        (climb, "cannot be kept"),
        (damage, "has arrived damaged"),
        (grow, "is not the file that the bundle lists"),
        (change_plan, "was changed since it was made"),
        (empty, "it is no bundle"),
    ],
)
def test_a_hostile_folder_is_refused_in_one_sentence(
    harm: Callable[[Path], None], words: str, machines: tuple[CommandFolder, CommandFolder]
) -> None:
    first, second = machines
    assert first.run("plan", *PLAN, "--bundle", "stick").returncode == ExitCode.DONE
    harm(first.path / "stick")
    refused = second.run("bench", "--plan", str(first.path / "stick"))
    assert refused.returncode == ExitCode.USAGE, refused.stderr
    assert words in refused.stderr
    assert refused.stderr.count("\n") == 1
    assert not (second.path / "home" / "data" / "registered.json").exists()
    assert not list(second.path.rglob("outside.json"))


def rewritten(bundle: Path, compression: int, extra: str | None) -> None:
    with zipfile.ZipFile(bundle) as opened:
        content = {name: opened.read(name) for name in opened.namelist()}
    with zipfile.ZipFile(bundle, "w", compression) as written:
        for name, text in content.items():
            written.writestr(name, text)
        if extra is not None:
            written.writestr(extra, b"x")


@pytest.mark.parametrize(
    ("compression", "extra", "words"),
    [
        (zipfile.ZIP_DEFLATED, None, "compressed, encrypted or as a link"),
        (zipfile.ZIP_STORED, "../../outside.json", "has a file that it does not list"),
    ],
)
def test_a_hostile_zip_is_refused(
    compression: int, extra: str | None, words: str, machines: tuple[CommandFolder, CommandFolder]
) -> None:
    first, second = machines
    assert first.run("plan", *PLAN, "--bundle", "stick.zip").returncode == ExitCode.DONE
    rewritten(first.path / "stick.zip", compression, extra)
    refused = second.run("bench", "--plan", str(first.path / "stick.zip"))
    assert refused.returncode == ExitCode.USAGE, refused.stderr
    assert words in refused.stderr
    assert not list(second.path.rglob("outside.json"))
