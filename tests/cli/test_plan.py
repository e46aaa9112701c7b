"""A plan is made on one machine and done on another, which are two homes here."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import CommandFolder, command_folder
from tests.support.scripted_server import ScriptedServer
from tui.console import ExitCode
from tui.practice import practice_folder


def read(file: Path) -> Any:
    return json.loads(file.read_text(encoding="utf-8"))


def test_a_plan_is_done_on_another_machine_and_what_differs_stands_in_the_result(
    machines: tuple[CommandFolder, CommandFolder],
) -> None:
    first, second = machines
    made = first.run("plan", "--models", "own,practice-small", "--rounds", "2", "--prompt", "Hello", "--seed", "4")
    assert made.returncode == ExitCode.DONE
    plan = json.loads(made.stdout)
    assert str(first.path) not in made.stdout
    again = first.run("plan", "--models", "own,practice-small", "--rounds", "2", "--prompt", "Hello", "--seed", "4")
    assert again.stdout == made.stdout

    done = first.run("bench", "--plan", "-", "--json", "run.json", stdin=made.stdout)
    assert (done.returncode, "bytes" in done.stderr) == (ExitCode.DONE, False)
    run = read(first.path / "run.json")["run"]
    assert (run["plan_id"], run["rounds"], run["seed"]) == (plan["id"], 2, 4)
    assert [content["planned"] == content["here"] for content in run["contents"]] == [True, True]

    assert "The plan is of Benchtop" not in done.stderr
    # The version is no part of what is measured, so the plan of another one has the same id.
    of_another = json.dumps(plan | {"benchtop": "0.0.9"})
    (second.path / "plan.json").write_text(of_another, encoding="utf-8")
    without = second.run("bench", "--plan", "plan.json", "--json", "run.json")
    assert without.returncode == ExitCode.MODEL_FAILED
    assert "The plan is of Benchtop 0.0.9, and this is" in without.stderr
    assert "pip install foundry-benchtop==0.0.9 installs the same." in without.stderr
    assert "own fails in this run: it is not on this machine." in without.stderr
    document = read(second.path / "run.json")
    assert [(row["key"], row["status"]) for row in document["models"]] == [("own", "failed"), ("practice-small", "ok")]
    assert document["models"][0]["error"] == "refused: it is not on this machine"
    assert document["run"]["plan_id"] == plan["id"]

    shutil.copytree(practice_folder("practice-medium"), second.path / "own-model")
    assert second.run("register", "own", "own-model").returncode == ExitCode.DONE
    other = second.run("bench", "--plan", "plan.json", "--md", "run.md", "--json", "other.json")
    assert other.returncode == ExitCode.DONE
    assert "own has other bytes here than the plan means" in other.stderr
    assert f"Plan: {plan['id']}. Not the bytes that the plan means: own." in (second.path / "run.md").read_text("utf-8")
    contents = read(second.path / "other.json")["run"]["contents"]
    assert [content["planned"] == content["here"] for content in contents] == [False, True]


def test_a_plan_with_a_server_is_done_after_the_machine_has_agreed(
    machines: tuple[CommandFolder, CommandFolder], server: ScriptedServer
) -> None:
    first, second = machines
    name = server.url.partition("://")[2].partition("/")[0]
    made = first.run(
        *("plan", "--models", f"{name}/tiny", "--endpoint", server.url, "--rounds", "1", "--prompt", "Hi"),
        *("--out", "plan.json"),
    )
    assert (made.returncode, made.stdout) == (ExitCode.DONE, ""), made.stderr
    shutil.copy(first.path / "plan.json", second.path)
    refused = second.run("bench", "--plan", "plan.json")
    assert (refused.returncode, refused.stdout) == (ExitCode.USAGE, "")
    assert f"asks for the server {name} at {server.url}" in refused.stderr
    assert "with --trust-plan" in refused.stderr
    assert second.run("bench", "--plan", "plan.json", "--trust-plan").returncode == ExitCode.DONE
    assert second.run("bench", "--plan", "plan.json").returncode == ExitCode.DONE


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--plan", "plan.json", "--rounds", "3"), "--plan does what the file says, so --rounds cannot be given"),
        (("--plan", "plan.json", "--resume"), "so --plan cannot be given with it"),
        (("--trust-plan",), "--trust-plan goes with --plan only"),
        (("--plan", "gone.json"), "there is no such file"),
        (("--plan", "notes.json"), "is no plan"),
    ],
)
def test_a_plan_that_cannot_be_done_is_refused(arguments: tuple[str, ...], sentence: str, tmp_path: Path) -> None:
    folder = command_folder(tmp_path)
    (tmp_path / "notes.json").write_text("{}", encoding="utf-8")
    code, out, words = folder.outcome_of("bench", *arguments)
    assert (code, out) == (ExitCode.USAGE, "")
    assert sentence in words


def test_results_of_machines_are_merged_into_one_report(machines: tuple[CommandFolder, CommandFolder]) -> None:
    first, second = machines
    made = first.run("plan", "--models", "own,practice-small", "--rounds", "2", "--prompt", "Hello")
    other = first.run("plan", "--models", "practice-small", "--rounds", "1", "--prompt", "Hello")
    for folder, name in ((first, "desk"), (second, "a|b <script>")):
        done = folder.run("bench", "--plan", "-", "--json", "run.json", "--label", name, stdin=made.stdout)
        assert done.returncode in (ExitCode.DONE, ExitCode.MODEL_FAILED), done.stderr
    assert first.run("bench", "--plan", "-", "--json", "other.json", stdin=other.stdout).returncode == ExitCode.DONE
    elsewhere = str(second.path / "run.json")

    code, text, words = first.outcome_of("merge", "run.json", elsewhere, "run.json", "--max-ttft", "500")
    assert (code, "and counts once" in words) == (ExitCode.DONE, True)
    answer = "practice-small meets TTFT <= 500 ms on both machines."
    assert f"**{answer}**" in text
    assert "| own   | a\\|b &lt;script> | refused: it is not on this machine |" in text
    assert text == first.run("merge", elsewhere, "run.json", "--max-ttft", "500").stdout

    files = ("--json=fleet.json", "--html", "fleet.html", "--md", "fleet.md")
    assert first.outcome_of("merge", "run.json", *files)[:2] == (ExitCode.DONE, "")
    again = first.run("merge", elsewhere, "fleet.json", "--max-ttft", "500")
    assert again.stdout == text
    assert first.run("merge", elsewhere, "fleet.json", "--max-ttft", "0.001").returncode == ExitCode.MODEL_FAILED
    named = first.run("merge", elsewhere, "run.json", "--label", "desk=my desk", "--relative-to", "practice-small")
    assert " my desk |" in named.stdout
    assert "say --json=new.json" in first.run("merge", "run.json", "--json", "new.json").stderr

    brought = first.run("history", "import", elsewhere, "run.json")
    assert (brought.returncode, "already" in brought.stderr) == (ExitCode.DONE, True)
    plan_id = json.loads(made.stdout)["id"]
    listed = json.loads(first.run("history", "--tag", f"fleet:{plan_id}", "--json").stdout)
    assert [run["models"] for run in listed] == [["own", "practice-small"]]
    assert "refused: it is not on this machine" in first.run("report", f"fleet:{plan_id}").stdout
    assert first.outcome_of("history", "import", "fleet.json")[0] == ExitCode.USAGE
    worst = first.run("choose", "--every-machine", "--preset", "background")
    assert worst.returncode == ExitCode.DONE, worst.stderr
    assert "Each number is that of the worst of a|b <script> and desk." in worst.stderr
    assert "own" not in worst.stdout
    assert "on a|b <script>: refused: it is not on this machine" in worst.stderr
    assert first.run("route", "--every-machine").stdout == "practice-small\n"
    assert first.outcome_of("choose", "--every-machine", "--run", "last")[0] == ExitCode.USAGE

    refused = first.outcome_of("merge", "run.json", "other.json")
    assert refused[:2] == (ExitCode.USAGE, "")
    assert "rounds: 1 or 2" in refused[2]
    merged = first.run("merge", "run.json", "other.json", "--anyway")
    assert "## Asked differently" in merged.stdout
    for arguments in (("gone.json",), ("run.json", "--label", "x=y"), ("run.json", "--relative-to", "x")):
        assert first.outcome_of("merge", *arguments)[:2] == (ExitCode.USAGE, "")
