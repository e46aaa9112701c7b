"""A model of an earlier run can be run if it is among the models of this machine, wherever its folder lies today."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.support.builders import model
from tui.library.availability import availability_check


def test_a_folder_that_has_moved_does_not_make_a_model_unavailable(tmp_path: Path) -> None:
    moved = replace(model("tiny"), folder=tmp_path / "old installation")
    assert availability_check({"tiny"})(moved) == ""
    assert availability_check(set())(moved) == "its folder is gone"
    assert availability_check()(moved) == "its folder is gone"
    assert availability_check()(replace(moved, practice=True)) == "", "practice models ship with the package"
    (tmp_path / "genai_config.json").write_text("{}", encoding="utf-8")
    there = replace(moved, folder=tmp_path)
    assert availability_check()(there) == ""
    assert availability_check({"another"})(there) == "it is not among the models of this machine now"
