"""Gates on quality, on a scripted server whose answers are right with a known probability."""

from __future__ import annotations

import io
import json
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.support.command import CommandFolder, command_folder
from tests.support.graded import RIGHT, WRONG, graded_run
from tests.support.scripted_server import HttpRequest, Reply, serving
from tui.cli.bench.gate import judge_quality
from tui.console import Console, ExitCode
from tui.measure.answers.pass_rates import pass_rate
from tui.measure.answers.quality_gate import results_under
from tui.store.history import History

SKILLS = {"good": 0.9, "poor": 0.4}
PROMPTS = 25


@pytest.fixture(scope="module")
def skilled() -> Generator[str]:
    """Serve two models that are right with these probabilities, by lots that are the same in every session."""
    lots = {model: iter(np.random.default_rng(3).random(10_000)) for model in SKILLS}

    async def answer(request: HttpRequest, reply: Reply) -> None:
        model = str(request.body["model"])
        await reply.head()
        await reply.text(RIGHT if next(lots[model]) < SKILLS[model] else WRONG)
        await reply.finish(5, reason="stop")

    with serving(tuple(SKILLS)) as server:
        server.scene = answer
        yield server.url


@pytest.fixture
def folder(tmp_path: Path) -> CommandFolder:
    folder = command_folder(tmp_path)
    prompts = [
        {"id": f"q{number}", "text": f"Question {number}?", "expect": {"number": 42}} for number in range(PROMPTS)
    ]
    (folder.path / "questions.json").write_text(json.dumps(prompts), encoding="utf-8")
    (folder.path / "plain.json").write_text(json.dumps([{"text": "Hello"}]), encoding="utf-8")
    return folder


def test_a_benchmark_fails_where_a_pass_rate_is_surely_too_low(skilled: str, folder: CommandFolder) -> None:
    bench = ("bench", "--endpoint", skilled, "--warmup", "0", "--rounds", "1", "--temperature", "0.8")
    models = ("--models", "good,poor", "--prompts", "questions.json")
    fired = folder.run(*bench, *models, "--fail-under", "quality=0.8", "--json", "run.json", "--junit", "g.xml")
    assert fired.returncode == ExitCode.REGRESSION, fired.stderr
    assert 'failures="1"' in (folder.path / "g.xml").read_text(encoding="utf-8")
    with closing(History(folder.history)) as history:
        run = history.run(json.loads((folder.path / "run.json").read_text(encoding="utf-8"))["run"]["run_id"])
    for model in run.plan.models:
        rate, skill = pass_rate(run, model.key), SKILLS[model.alias.rpartition("/")[2]]
        assert rate is not None
        assert rate.interval.low <= skill <= rate.interval.high
    good, poor = results_under(run, 0.8)
    assert (good.passed, poor.passed) == (True, False)
    assert f"{poor.words}.\n" in fired.stderr
    assert "is surely below 80 %" in poor.words
    said = io.StringIO()
    assert judge_quality(results_under(run, 0.3), Console(io.StringIO(), said)) == ExitCode.DONE
    assert said.getvalue().count("is not below 30 %") == 2, said.getvalue()
    refused = folder.run(*bench, "--models", "good", "--prompts", "plain.json", "--fail-under", "quality=0.8")
    assert refused.returncode == ExitCode.USAGE
    assert "--fail-under needs prompts with expectations" in refused.stderr
    assert "is not a limit such as quality=0.8" in folder.run("bench", "--fail-under", "speed=1").stderr


def test_a_comparison_fails_where_quality_has_surely_fallen(folder: CommandFolder) -> None:
    folder.history.parent.mkdir(parents=True, exist_ok=True)
    with closing(History(folder.history)) as history:
        for name, answers in (("before", ["1"] * 20 + ["0"] * 5), ("after", ["0"] * 14 + ["1"] * 6 + ["0"] * 5)):
            history.begin(graded_run({"tiny": answers}, run_id=name))
        history.begin(graded_run({"tiny": ["1"] * 19 + ["0"] * 6}, run_id="close"))
    fired = folder.run("compare", "before", "after", "--fail-over", "quality=5%")
    assert fired.returncode == ExitCode.REGRESSION
    assert "Quality lost by more than 5 points: tiny: quality 80 % -> 24 %, worse by 56 points [" in fired.stderr
    assert [word for row in fired.stdout.splitlines() if "quality" in row for word in row.split()[1:]][:9] == [
        "quality",
        "80",
        "%",
        "24",
        "%",
        "-56",
        "points",
        "worse",
        "by",
    ]
    assert folder.run("compare", "before", "after").returncode == ExitCode.DONE, "nobody asked it to fail"
    near = folder.run("compare", "before", "after", "--fail-over", "quality=50%")
    assert near.returncode == ExitCode.DONE, "56 points are not surely more than 50"
    close = folder.run("compare", "before", "close", "--fail-over", "quality=5%")
    assert (close.returncode, "too close to call" in close.stdout) == (ExitCode.DONE, True)
    assert "No model has surely lost more than 5 points of quality." in close.stderr
    (comparison,) = json.loads(folder.run("compare", "before", "after", "--json").stdout)["comparisons"]
    assert comparison["quality"][0]["outcome"] == "worse"
