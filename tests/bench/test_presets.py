"""Protocols by name: read from prompts.json, chosen by a flag or in the dialog, and named with what was changed."""

from __future__ import annotations

import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Input, Select

from tests.support import builders, scripted
from tests.support.scripted import ScriptedRun
from tests.support.workbench import NARROW, driving
from tui import cli
from tui.cli.bench import benchmark
from tui.config import ConfigError, choose_preset, load_config
from tui.console import ExitCode, process_console
from tui.records import Method, Mode, Order, Plan, Power, Preset
from tui.screens.benchmark.dialog import BenchmarkDialog


@pytest.fixture(autouse=True)
def no_other_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    process_console.cache_clear()
    for name in ("BENCH_MODELS", "BENCH_ROUNDS", "BENCH_PROMPT"):
        monkeypatch.delenv(name, raising=False)
    yield
    process_console.cache_clear()


def written(folder: Path, name: str, content: object) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def test_three_protocols_ship_with_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    presets = load_config().presets
    assert list(presets) == ["quick", "workshop", "thorough"]
    workshop, thorough = presets["workshop"], presets["thorough"]
    assert (workshop.method.prompt_set, workshop.method.rounds, workshop.method.max_tokens) == ("deterministic", 3, 150)
    assert (thorough.method.launches, thorough.method.rounds) == (5, 25)
    cli.main(["bench", "--help"])
    assert "quick, workshop, thorough" in " ".join(capsys.readouterr().out.split())


def test_an_older_file_keeps_them_with_its_own_prompts(tmp_path: Path) -> None:
    folder = written(tmp_path / "c", "prompts.json", {"sets": {"deterministic": ["Mine?"], "b": ["Other?"]}})
    presets = load_config(folder).presets
    assert list(presets) == ["quick", "workshop", "thorough"]
    assert [prompt.text for prompt in presets["quick"].prompts] == ["Mine?"]
    bare = load_config(written(tmp_path / "d", "prompts.json", {"mine": ["Mine?"]}))
    assert bare.presets["quick"].prompts[0].id == "rag", "a set that the file lacks is the packaged one"
    assert list(bare.prompt_sets) == ["mine"]


def test_a_file_adds_protocols_and_replaces_them(tmp_path: Path) -> None:
    mine = {
        "prompts": "b",
        "rounds": 6,
        "warmup": 0,
        "launches": 2,
        "max_tokens": 9,
        "mode": "one-by-one",
        "order": "interleaved",
        "cool_down_s": 1.5,
        "until_interval": "2.5%",
        "max_rounds": 40,
    }
    content = {"sets": {"a": ["One?"], "b": ["Two?"]}, "protocols": {"mine": mine, "quick": {"rounds": 1}}}
    presets = load_config(written(tmp_path / "c", "prompts.json", content)).presets
    assert list(presets) == ["quick", "workshop", "thorough", "mine"]
    assert (presets["quick"].method.rounds, presets["quick"].method.prompt_set) == (1, "a")
    mine = presets["mine"]
    assert (mine.method.rounds, mine.method.warmup, mine.method.launches, mine.method.max_tokens) == (
        6,
        0,
        2,
        9,
    )
    assert (mine.method.mode, mine.method.order, mine.method.cool_down_s) == (
        Mode.ONE_BY_ONE,
        Order.INTERLEAVED,
        1.5,
    )
    assert (mine.method.until_interval, mine.method.max_rounds, mine.method.prompt_set) == (0.025, 40, "b")


@pytest.mark.parametrize(
    ("protocols", "sentence"),
    [
        ([], ".protocols is [], but an object is expected"),
        ({"m": {"round": 3}}, 'protocols.m.round is not a known key; write "rounds"'),
        ({"m": {"rounds": 0}}, "protocols.m.rounds is 0, but a whole number of rounds from 1 up is expected"),
        ({"m": {"prompts": "x"}}, 'm.prompts is "x", but the name of one of the sets is expected; write one of det'),
        ({"m": {"launches": 4}}, "m.launches is 4, but at most 3, the number of rounds, is expected"),
        ({"m": {"mode": "both"}}, 'm.mode is "both", but one of one-by-one, side-by-side is expected'),
        ({"m": {"order": 1}}, "m.order is 1, but one of blocks, interleaved is expected"),
        ({"m": {"mode": "side-by-side", "order": "interleaved"}}, "protocols.m: side by side there are no turns"),
        ({"m": {"until_interval": 3}}, 'm.until_interval is 3, but a share in quotes such as "3%" is expected'),
        ({"m": {"until_interval": "0%"}}, 'but a share in quotes such as "3%" is expected'),
        ({"m": {"max_rounds": 9}}, 'm.max_rounds ends what "until_interval" begins, which is missing'),
        ({"m": {"until_interval": "3%", "max_rounds": 2}}, "m.max_rounds is 2, but at least 3, the number of rounds,"),
        ({"m": {"cool_down_s": "1"}}, 'm.cool_down_s is "1", but a number of seconds is expected'),
        ({"a, b": {}}, "is no name for a protocol"),
    ],
)
def test_a_wrong_protocol_is_one_sentence_that_says_where(tmp_path: Path, protocols: object, sentence: str) -> None:
    folder = written(tmp_path / "c", "prompts.json", {"sets": {"mine": ["Mine?"]}, "protocols": protocols})
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    assert sentence.lstrip(".") in str(caught.value)
    assert "prompts.json: protocols" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_watts_and_prices_are_read(tmp_path: Path) -> None:
    content = {
        "models": {"tiny": {"watts": 40}, "other": {}},
        "power": {"watts": 35, "idle_watts": 8, "price_per_kwh": 0.3, "currency": "EUR"},
    }
    assert load_config(written(tmp_path / "c", "models.json", content)).power == Power(
        watts=35, watts_by_alias={"tiny": 40}, idle_watts=8, price_per_kwh=0.3, currency="EUR"
    )


@pytest.mark.parametrize(
    ("models", "power", "sentence"),
    [
        ({}, {"watt": 35}, 'power.watt is not a known key; write "watts"'),
        ({}, {"watts": "35"}, 'power.watts is "35", but a number of watts is expected'),
        ({}, {"watts": 5, "idle_watts": 8}, "power.watts is 5, but more than the 8 watts at rest is expected"),
        ({"tiny": {"watts": 8}}, {"idle_watts": 8}, "models.tiny.watts is 8, but more than the 8 watts at rest"),
        ({}, {"price_per_kwh": 0.3}, 'power has a price without a "currency"; add it'),
        ({}, {"price_per_kwh": -1, "currency": "EUR"}, "power.price_per_kwh is -1, but a number of money above 0"),
    ],
)
def test_wrong_watts_are_one_sentence(tmp_path: Path, models: object, power: object, sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(written(tmp_path / "c", "models.json", {"models": models, "power": power}))
    assert sentence in str(caught.value)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """Record the plans that commands would have run."""
    planned: list[Plan] = []

    def keep(plan: Plan, *_: object, **__: object) -> int:
        planned.append(plan)
        return ExitCode.DONE

    monkeypatch.setattr(benchmark, "run_benchmark", keep)
    return planned


@pytest.mark.parametrize(
    ("flags", "protocol", "rounds"),
    [
        ((), "quick", 2),
        (("--rounds", "2"), "quick", 2),
        (("--rounds", "7", "--max-tokens", "60", "--cool-down", "1"), "quick, changed: rounds, cool-down", 7),
        (("--warmup", "0", "--launches", "2"), "quick, changed: warmup, launches", 2),
        (("--prompt", "Why?", "--order", "interleaved"), "quick, changed: prompts, order", 2),
        (("--sweep", "output:8"), "quick, changed: prompts", 2),
    ],
)
def test_a_flag_beside_a_protocol_goes_first_and_is_told(
    plans: list[Plan], flags: Sequence[str], protocol: str, rounds: int
) -> None:
    assert cli.main(["bench", "--models", "practice-small", "--protocol", "quick", *flags]) == ExitCode.DONE
    (plan,) = plans
    assert (plan.method.protocol, plan.method.rounds, plan.method.max_tokens) == (protocol, rounds, 60)
    assert (plan.method.prompt_set == "deterministic") == ("prompts" not in protocol)


def test_a_protocol_goes_before_the_environment_and_brings_all_that_it_says(
    plans: list[Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_ROUNDS", "9")
    monkeypatch.setenv("BENCH_PROMPT", "Other?")
    mine = {"rounds": 4, "cool_down_s": 2, "mode": "side-by-side", "until_interval": "3%", "max_rounds": 8}
    folder = written(tmp_path / "c", "prompts.json", {"sets": {"a": ["One?"]}, "protocols": {"mine": mine}})
    assert cli.main(["bench", "--config", str(folder), "--models", "practice-small", "--protocol", "mine"]) == 0
    (plan,) = plans
    assert (plan.method.protocol, plan.method.rounds, plan.method.cool_down_s, plan.method.mode) == (
        "mine",
        4,
        2.0,
        Mode.SIDE_BY_SIDE,
    )
    assert (plan.method.until_interval, plan.method.max_rounds, plan.prompts[0].text) == (0.03, 8, "One?")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--protocol", "quik"), 'there is no protocol "quik"; the closest is "quick"; the protocols are quick, work'),
        (("--sweep", "output:8", "--prompt", "Why?"), "--prompt and --sweep exclude each other; leave one out."),
        (("--protocol", "thorough", "--rounds", "3"), "5 launches need at least as many rounds, and there are 3"),
    ],
)
def test_what_does_not_go_together_is_one_sentence(
    plans: list[Plan], capsys: pytest.CaptureFixture[str], arguments: Sequence[str], sentence: str
) -> None:
    assert cli.main(["bench", "--models", "practice-small", *arguments]) == ExitCode.USAGE
    assert sentence in capsys.readouterr().err
    assert not plans


async def test_the_dialog_fills_its_fields_from_a_protocol() -> None:
    run = ScriptedRun(scripted.whole_benchmark)
    prompts = builders.prompts()
    brisk = Preset(
        name="brisk",
        method=Method(prompt_set="deterministic", rounds=2, max_tokens=40, cool_down_s=0.01),
        prompts=prompts,
    )
    workspace = replace(
        scripted.workspace(run, builders.model("tiny")), presets={"brisk": brisk}, power=Power(watts=35)
    )
    async with driving(lambda: workspace, size=NARROW) as driver:
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        dialog = driver.app.screen
        dialog.query_one("#protocol", Select).value = "brisk"
        await driver.until(lambda: dialog.query_one("#max-tokens", Input).value == "40")
        assert dialog.query_one("#rounds", Input).value == "2"
        dialog.query_one("#rounds", Input).value = "4"
        await driver.until(lambda: driver.text_of("#sum").endswith("brisk, changed: rounds"))
        await driver.run_with("enter")
        (plan,) = run.plans
        assert (plan.method.protocol, plan.method.rounds, plan.method.cool_down_s) == (
            "brisk, changed: rounds",
            4,
            0.01,
        )
        assert plan.watts == {"tiny": 35}
        await driver.press("b")
        await driver.until(lambda: isinstance(driver.app.screen, BenchmarkDialog))
        await driver.pilot.pause()
        assert "brisk, changed: rounds" in driver.text_of("#sum")
        assert driver.app.screen.query_one("#rounds", Input).value == "4", "what was changed is not filled in again"


def test_a_protocol_is_found_by_its_name() -> None:
    assert choose_preset(load_config(), "thorough").method.launches == 5
