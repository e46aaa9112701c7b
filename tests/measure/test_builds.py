"""Builds of one model: a build with flipped weights is called broken, and whole builds are not."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.builders import model
from tests.support.command import command_folder
from tests.support.graded import graded_run
from tui.console import ExitCode
from tui.measure.answers.builds import compare_builds, is_garbled, likeness
from tui.measure.answers.pass_rates import Side
from tui.practice import practice_folder
from tui.records.grading.builds import BuildState
from tui.reports.html import html_page
from tui.reports.markdown import markdown_report


def flip(folder: Path) -> None:
    """Flip every bit of the middle half of a model's weights."""
    file = folder / "model.onnx.data"
    weights = bytearray(file.read_bytes())
    quarter = len(weights) // 4
    weights[quarter : 3 * quarter] = bytes(byte ^ 0xFF for byte in weights[quarter : 3 * quarter])
    file.write_bytes(bytes(weights))


def test_a_build_with_flipped_weights_is_broken_and_two_whole_ones_are_not(tmp_path: Path) -> None:
    folder = command_folder(tmp_path)
    for name in ("whole", "flipped"):
        shutil.copytree(practice_folder("practice-small"), folder.path / name)
    flip(folder.path / "flipped")
    for name in ("whole", "flipped"):
        assert folder.run("register", name, name).returncode == ExitCode.DONE
    models = "practice-small,whole,flipped"
    folder.run(
        "bench", "--models", models, "--rounds", "1", "--warmup", "0", "--max-tokens", "40", "--temperature", "0"
    )
    found = folder.run("builds", "--models", models, "--json", "builds.json")
    assert found.returncode == ExitCode.REGRESSION
    assert "This build is broken: flipped, it garbles its answers to 3 of 3 prompts." in found.stderr
    (group,) = json.loads((folder.path / "builds.json").read_text(encoding="utf-8"))["groups"]
    assert [(build["name"], build["state"], build["same"]) for build in group] == [
        ("practice-small", "whole", 3),
        ("whole", "whole", 3),
        ("flipped", "broken", 0),
    ]
    whole = folder.run("builds", "--models", "practice-small,whole")
    assert (whole.returncode, "broken" in whole.stdout) == (ExitCode.DONE, False)
    refused = folder.run("builds")
    assert (refused.returncode, "--models A,B" in refused.stderr) == (ExitCode.USAGE, True)


def test_a_build_that_lost_most_of_its_quality_is_broken_and_one_that_lost_some_is_worse() -> None:
    run = graded_run({"cpu": ["1"] * 24 + ["0"], "gpu": ["1"] * 4 + ["0"] * 21, "npu": ["1"] * 15 + ["0"] * 10})
    sides = [Side(run, key) for key in ("gpu", "npu", "cpu")]
    states = {build.name: build.state for build in compare_builds(sides)}
    assert states == {"cpu": BuildState.WHOLE, "gpu": BuildState.BROKEN, "npu": BuildState.WORSE}
    assert compare_builds(sides)[0].name == "cpu", "the best is the reference"


def test_whole_builds_of_two_runtimes_part_without_being_called_broken() -> None:
    before = graded_run({"tiny": ["1"] * 20}, run_id="before")
    samples = tuple(replace(each, text=f"{each.text} I checked it twice.") for each in before.samples)
    after = replace(before, run_id="after", samples=samples)
    first, second = compare_builds([Side(before, "tiny"), Side(after, "tiny")])
    assert (first.name, second.name) == ("tiny in before", "tiny in after")
    assert (second.state, second.same, second.parts_at) == (BuildState.WHOLE, 0, len("The answer is 42.") + 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  \n",
        "!!!!!!!!",
        "etw" * 20,
        "the the the the the the",
        "ok " + "\ufffd" * 40,
        "Cats. " + "no " * 40,
        "The model runs on the device and it answers every question. " * 6,
        "<0xE4><0xBD>" * 12,
        "\x01\x02ok\x03" * 9,
        "Sure. " + "I think that the user is asking about this, so I will answer it now. " * 5,
    ],
)
def test_garbled_text_is_told(text: str) -> None:
    assert is_garbled(text)


@pytest.mark.parametrize(
    "text",
    [
        "42",
        "ja",
        "A",
        "Paris.",
        "1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12",
        "| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |",
        "- Ann ships on Friday\n- Bob ships on Monday\n- Chidi ships on Sunday\n- Dora ships on Tuesday",
        "x = 1\ny = 2\nz = 3\nprint(x)\nprint(y)\nprint(z)\nprint(x)\nprint(y)\nprint(z)",
        "Yes. Yes. Yes!",
        '{"a": 1, "b": 1, "c": 1, "d": 1, "e": 1, "f": 1}',
    ],
)
def test_short_and_regular_answers_are_not_garbled(text: str) -> None:
    assert not is_garbled(text)


def test_likeness_counts_words_in_common() -> None:
    assert likeness("Small models run here", "small models") == 2 * 2 / 6
    assert (likeness("", ""), likeness("a", "")) == (1.0, 0.0)


def test_a_build_that_answers_in_another_script_is_broken_and_a_report_says_so() -> None:
    run = graded_run({"tiny@cpu": ["1"] * 10, "tiny@gpu": ["0"] * 10})
    samples = tuple(
        replace(each, text="Модель работает на этом устройстве.") if each.key == "tiny@gpu" else each
        for each in run.samples
    )
    models = (model("tiny", variant="cpu"), model("tiny", variant="gpu"))
    run = replace(run, samples=samples, plan=replace(run.plan, models=models))
    _, gpu = compare_builds([Side(run, each.key) for each in models])
    assert (gpu.state, gpu.why) == (BuildState.BROKEN, "it answers 10 of 10 prompts in another script")
    report, page = markdown_report(run), html_page(run)
    assert "## Builds of one model" in report
    for text in (report, page):
        assert "10 of 10 prompts in another script" in text
    assert "Builds of one model" not in markdown_report(graded_run({"one": ["1"], "two": ["1"]}))
