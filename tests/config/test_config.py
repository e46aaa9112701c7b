"""Configuration files and variables: what is accepted, and the one sentence for what is not."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tui import config
from tui.config import ConfigError, choose_prompts, load_config, load_prompts, read_environment
from tui.records import Prompt

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_other_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read neither the developer's own files nor those of the current folder."""
    empty = tmp_path / "elsewhere"
    empty.mkdir()
    monkeypatch.chdir(empty)
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))


def written(folder: Path, *, models: object = None, prompts: object = None) -> Path:
    """Write a configuration folder; a string is written as it stands, anything else as JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in (("models.json", models), ("prompts.json", prompts)):
        if content is not None:
            text = content if isinstance(content, str) else json.dumps(content)
            (folder / name).write_text(text, encoding="utf-8")
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(folder)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith((".", ")."))
    return sentence.replace(f"{folder}{os.sep}", "DIR/").replace(str(folder), "DIR")


def test_the_packaged_defaults_are_what_the_readme_says() -> None:
    defaults = load_config()
    assert defaults.models_file == REPOSITORY / "config" / "models.json"
    assert defaults.default_models == ("qwen2.5-0.5b", "gemma-2-2b", "mistral-7b")
    assert {"phi-4-mini", "deepseek-r1-7b", "practice-small", "practice-medium", "practice-large"} < set(
        defaults.models
    )
    assert all(model.size_bytes and model.capabilities for model in defaults.models.values())
    assert {alias for alias, model in defaults.models.items() if not model.license} == {"gemma-4-e2b-it"}
    gemma, phi = defaults.models["gemma-2-2b"], defaults.models["phi-4-mini"]
    assert (gemma.in_catalogue, phi.in_catalogue, defaults.models["qwen3.5-0.8b"].in_catalogue) == (False, None, True)
    assert {device: size >> 20 for device, size in phi.sizes_bytes.items()} == {"cpu": 4915, "gpu": 3809}
    assert defaults.default_prompt_set == "deterministic"
    assert [prompt.text for prompt in defaults.default_prompts] == [
        "Summarize retrieval augmented generation.",
        "List 3 privacy benefits of local inference.",
        "Explain when to choose an SLM over an LLM.",
    ]
    assert len(defaults.prompt_sets["extended"]) == 4


def test_every_known_key_of_an_entry_is_read(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "c",
        models={
            "models": {
                "tiny": {
                    "capabilities": ["chat"],
                    "size_mb": 1.5,
                    "license": "MIT",
                    "path": "models/tiny",
                    "variant": "cpu",
                    "context": 2048,
                    "keep_warm_s": 90,
                }
            },
            "default": ["tiny"],
            "model_cache_dirs": ["cache", str(tmp_path / "other")],
        },
    )
    read = load_config(folder)
    assert dict(read.models) == {
        "tiny": config.ConfiguredModel(
            alias="tiny",
            capabilities=("chat",),
            size_bytes=1_572_864,
            license="MIT",
            path=folder / "models" / "tiny",
            variant="cpu",
            context_tokens=2048,
            keep_warm_s=90,
        )
    }
    assert read.default_models == ("tiny",)
    assert read.model_folders == (folder / "cache", tmp_path / "other", tmp_path / "home" / "data" / "models")


def test_a_flat_file_of_models_is_accepted(tmp_path: Path) -> None:
    read = load_config(written(tmp_path / "c", models={"tiny": {"size_mb": 1}, "default": ["tiny"]}))
    assert list(read.models) == ["tiny"]
    assert read.default_models == ("tiny",)


def test_each_file_comes_from_the_first_place_that_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = tmp_path / "here"
    written(tmp_path / "home" / "config", models={"users": {}}, prompts=["user's?"])
    assert list(load_config().models) == ["users"]
    written(here / "config", models={"folders": {}})
    monkeypatch.chdir(here)
    both = load_config()
    assert (list(both.models), both.default_prompts[0].text) == (["folders"], "user's?")
    chosen = written(tmp_path / "asked", prompts=["asked?"])
    three = load_config(chosen)
    assert (list(three.models), three.default_prompts[0].text) == (["folders"], "asked?")
    assert three.folder == chosen


@pytest.mark.parametrize(
    ("models", "sentence"),
    [
        ('{"models": {\n  "tiny": {"size_mb": 1,}\n}}', "DIR/models.json, line 2, column 2"),
        ("", "DIR/models.json, line 1, column 1: this is not JSON"),
        ('{"a": {}, "a": {}}', 'DIR/models.json: the key "a" stands twice in one object; keep one of them.'),
        ('{"a": {"size_mb": NaN}}', "DIR/models.json: NaN is not a number of JSON; write a number."),
        ("[" * 100_000, "DIR/models.json: this is not JSON that can be used"),
        ([], "DIR/models.json is [], but an object is expected; put it in braces: {...}."),
        (
            {"models": {"mistral-7b": {"size_mb": "4 GB"}}},
            'DIR/models.json: models.mistral-7b.size_mb is "4 GB", but a number of MB is expected; '
            "write it without quotes and unit.",
        ),
        ({"models": {"a": {"size_mb": -1}}}, "models.a.size_mb is -1, but a number of MB above 0 is expected"),
        ({"models": {"a": {"size_mb": True}}}, "models.a.size_mb is true, but a number of MB is expected"),
        ({"models": {"a": {"keep_warm_s": 0}}}, "models.a.keep_warm_s is 0, but a number of seconds above 0"),
        ({"models": {"a": {"context": 2.5}}}, "models.a.context is 2.5, but a whole number of tokens from 1 up"),
        ({"a": {"capabilities": "chat"}}, 'DIR/models.json: a.capabilities is "chat", but a list is expected'),
        ({"a": {"capabilities": ["chat", 7]}}, "a.capabilities[2] is 7, but a text is expected"),
        ({"a": {"licence": "MIT"}}, 'a.licence is not a known key; write "license" (known are capabilities, size_mb,'),
        ({"a": {"zzz": 1}}, "a.zzz is not a known key; remove it (known are"),
        ({"a": {"variant": "cpu gpu"}}, 'a.variant is "cpu gpu", but a word such as cpu, gpu or npu is expected'),
        ({"models": {"a b": {}}}, "models.a b is no alias; an alias has no spaces, commas or @: rename it."),
        ({"modles": {"a": {}}}, 'DIR/models.json: "modles" is not a known key; write "models".'),
        ({"models": {}, "defaults": []}, 'defaults is not a known key; write "default"'),
        ({"models": {}, "default": "a"}, 'default is "a", but a list is expected'),
    ],
)
def test_what_is_wrong_in_models_json_is_one_sentence_with_its_place(
    tmp_path: Path, models: object, sentence: str
) -> None:
    assert sentence in refusal(written(tmp_path / "c", models=models))


@pytest.mark.parametrize(
    ("prompts", "sentence"),
    [
        ([], "prompts.json is [], but a list with at least one prompt is expected"),
        ({}, "prompts.json: there is no prompt set in it"),
        (
            {"default": "b", "sets": {"a": ["?"]}},
            'default is "b", but the name of one of the sets is expected; write one',
        ),
        ({"sets": {"a": [" "]}}, 'sets.a[1] is " ", but a text is expected'),
        ({"sets": {"a": [{"id": "x"}]}}, 'sets.a[1] has no "text"; add it'),
        ({"sets": {"a": [{"txt": "x"}]}}, 'sets.a[1].txt is not a known key; write "text"'),
        ({"sets": {"a": ["?", {"id": "p1", "text": "!"}]}}, 'sets.a[2]: the id "p1" stands twice in this set'),
        ({"sets": {"a": [{"text": "x", "max_tokens": 0}]}}, "sets.a[1].max_tokens is 0, but a whole number of tokens"),
        ({"sets": {"a": [7]}}, 'sets.a[1] is 7, but a prompt, or an object with a "text" is expected'),
        ('["' + "x" * 10, "prompts.json, line 1, column 2: this is not JSON"),
    ],
)
def test_what_is_wrong_in_prompts_json_is_one_sentence_with_its_place(
    tmp_path: Path, prompts: object, sentence: str
) -> None:
    assert sentence in refusal(written(tmp_path / "c", prompts=prompts))


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert "there is no such configuration folder" in refusal(tmp_path / "none")
    assert "there is neither models.json nor prompts.json" in refusal(written(tmp_path / "empty"))
    folder = written(tmp_path / "latin", models={})
    (folder / "models.json").write_bytes(b'{"caf\xe9": {}}')
    assert refusal(folder) == "DIR/models.json: byte 5 is not UTF-8 text; save the file as UTF-8."


def test_prompts_take_every_form(tmp_path: Path) -> None:
    full = {"id": "x", "text": "one?", "system": "Be short.", "max_tokens": 20}
    sets = load_config(written(tmp_path / "a", prompts={"sets": {"s": [full, "two?"]}})).prompt_sets
    expected = (Prompt(id="x", text="one?", system="Be short.", max_tokens=20), Prompt(id="p2", text="two?"))
    assert sets["s"] == expected
    flat = load_config(written(tmp_path / "b", prompts={"s": [full, "two?"], "t": ["three?"]}))
    assert (flat.prompt_sets["s"], flat.default_prompt_set) == (expected, "s")
    plain = load_config(written(tmp_path / "c", prompts=["one?", "two?"]))
    assert plain.default_prompts == (Prompt(id="p1", text="one?"), Prompt(id="p2", text="two?"))


def test_a_plain_prompt_is_read_in_few_steps(tmp_path: Path) -> None:
    file = tmp_path / "many.json"
    file.write_text(json.dumps([{"id": f"q{number}", "text": f"What is {number}?"} for number in range(1000)]))
    calls: list[str] = []
    sys.setprofile(lambda frame, event, _: calls.append(frame.f_code.co_name) if event == "call" else None)
    try:
        prompts = load_prompts(file)
    finally:
        sys.setprofile(None)
    assert prompts[999] == Prompt(id="q999", text="What is 999?")
    # A benchmark of 100,000 prompts waited 3 s for as many values with their places in the file.
    assert len(calls) < 12 * len(prompts)


def test_a_byte_order_mark_is_no_error(tmp_path: Path) -> None:
    folder = written(tmp_path / "c", prompts="\ufeff" + json.dumps(["one?"]))
    assert load_config(folder).default_prompts[0].text == "one?"


def test_prompts_are_a_set_or_a_file(tmp_path: Path) -> None:
    defaults = load_config()
    file = tmp_path / "mine.json"
    file.write_text('{"default": "b", "sets": {"a": ["one?"], "b": ["two?"]}}', encoding="utf-8")
    assert choose_prompts(defaults, "extended") == defaults.prompt_sets["extended"]
    assert choose_prompts(defaults, str(file)) == load_prompts(file) == (Prompt(id="p1", text="two?"),)
    with pytest.raises(
        ConfigError, match=r"gone\.json: there is no such prompt file; .* sets: deterministic, extended"
    ):
        choose_prompts(defaults, "gone.json")
    with pytest.raises(ConfigError, match='no prompt set or file "extnded"; the closest is "extended"; the sets are'):
        choose_prompts(defaults, "extnded")


def test_variables_are_read() -> None:
    choices = read_environment(
        {"BENCH_MODELS": "a, b@cpu,", "BENCH_ROUNDS": " 5 ", "BENCH_PROMPT": "why?", "BENCH_STREAM": "0"}
    )
    assert choices == config.EnvironmentChoices(
        models=("a", "b@cpu"), settings={"rounds": 5}, prompt="why?", streaming_off=True
    )
    assert read_environment({"BENCH_MODELS": "", "BENCH_STREAM": "1"}) == config.EnvironmentChoices()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BENCH_ROUNDS", "0"),
        ("BENCH_ROUNDS", "-2"),
        ("BENCH_ROUNDS", "x"),
        ("BENCH_MODELS", ","),
        ("BENCH_STREAM", "2"),
    ],
)
def test_a_bad_variable_is_named(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=f'^{name} is "{value}", but .* expected; .*\\.$'):
        read_environment({name: value})
