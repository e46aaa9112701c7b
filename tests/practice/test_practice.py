"""The practice models, asked through the real SDK in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tui.practice import PRACTICE_MODELS, heavy, practice_folder

PROMPTS = (
    "Explain the principle of retrieval augmented generation in 2 sentences.",
    "List 3 privacy benefits of local inference.",
    "Summarize why model size impacts latency on consumer hardware.",
    "Provide two scenarios where an SLM is preferable to an LLM.",
    "Summarize retrieval augmented generation.",
    "Explain when to choose an SLM over an LLM.",
)
STRANGE = (
    "Explain photosynthesis in 2 sentences.",
    "List 3 benefits of running.",
    "What is 17 * 23?",
    "Wie geht es dir?",
)
CHILD = """
import json, os, sys, tempfile
protocol = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
from foundry_local_sdk import *
folder, prompts = json.load(sys.stdin)
with tempfile.TemporaryDirectory() as data:
    FoundryLocalManager.initialize(Configuration(app_name="t", app_data_dir=data, model_cache_dir=data))
    with ModelInfoBuilder() as metadata:
        metadata.set_string_property("task", "chat-completion")
        catalog = FoundryLocalManager.instance.get_catalog(CatalogType.LOCAL)
        model = catalog.register_model(folder, "practice:1", metadata)
    model.load()
    for prompt in prompts:
        with ChatSession(model) as session:
            session.set_options(RequestOptions(search=SearchOptions(temperature=0.0, max_output_tokens=400)))
            session.set_streaming(True)
            with Request().add_item(MessageItem.user(prompt)) as request:
                with session.process_streaming_request(request) as stream:
                    text = "".join(getattr(item, "text", "") or "" for item in stream)
                    response = stream.final_response
                    answer = [text, response.get_usage().completion_tokens, response.finish_reason.name]
                    print(json.dumps(answer), file=protocol, flush=True)
"""


@cache
def answers(folder: Path, prompts: tuple[str, ...]) -> list[tuple[str, int, str]]:
    """Return the text, tokens and finish reason of the answer to each prompt."""
    child = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=json.dumps([str(folder), prompts]),
        capture_output=True,
        env=os.environ | {"CI": "1"},
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert child.returncode == 0, child.stderr[-2000:]
    records: list[Any] = [json.loads(line) for line in child.stdout.splitlines()]
    return [(text, tokens, reason) for text, tokens, reason in records]


def test_answers_end_by_themselves() -> None:
    given = answers(practice_folder("practice-small"), PROMPTS)
    assert [reason for _, _, reason in given] == ["STOP"] * len(PROMPTS)
    assert all(80 <= tokens <= 150 for _, tokens, _ in given), given
    assert len({text for text, _, _ in given}) == len(PROMPTS)


@pytest.mark.parametrize("name", PRACTICE_MODELS[1:])
def test_answers_do_not_depend_on_the_size(name: str) -> None:
    given = answers(practice_folder(name), PROMPTS[:1])
    assert given == answers(practice_folder("practice-small"), PROMPTS)[:1]


def test_a_list_has_as_many_items_as_asked_for() -> None:
    prompts = tuple(f"List {count} privacy benefits of local inference." for count in (2, 3, 4, 5))
    texts = [text for text, _, _ in answers(practice_folder("practice-small"), prompts)]
    assert [len(re.findall(r"^\d\. ", text, re.MULTILINE)) for text in texts] == [2, 3, 4, 5]


def test_declines_what_it_does_not_know_in_one_sentence() -> None:
    for text, _, reason in answers(practice_folder("practice-small"), STRANGE):
        assert "practice model" in text
        assert text.endswith(".")
        assert text.count(".") == 1
        assert reason == "STOP"


def test_says_what_it_is() -> None:
    [(text, _, _)] = answers(practice_folder("practice-small"), ("Who are you?",))
    assert "small practice model that ships with Benchtop" in text


def test_the_folders_are_small_and_tell_nothing_about_the_machine_that_made_them() -> None:
    files = [file for name in PRACTICE_MODELS for file in practice_folder(name).iterdir()]
    assert sum(-(-file.stat().st_size // 4096) * 4096 for file in files) <= 12 * 1024**2
    for file in files:
        if file.name != "model.onnx.data":
            assert not re.search(rb"/(tmp|work|home|Users|root)/", file.read_bytes()), file


def test_only_shipped_models_have_a_folder() -> None:
    with pytest.raises(KeyError):
        practice_folder("practice-huge")


needs_onnx = pytest.mark.skipif(
    importlib.util.find_spec("onnx") is None, reason="needs onnx, of the optional group `heavy`"
)


@needs_onnx
def test_a_heavy_model_has_the_size_asked_for_and_answers_the_same(tmp_path: Path) -> None:
    heavy.write_heavy(tmp_path, 60_000_000)
    seen: list[tuple[int, int]] = []
    folder = heavy.write_heavy(tmp_path, 66_000_000, lambda done, total: seen.append((done, total)))
    assert [path.name for path in tmp_path.iterdir()] == ["practice-heavy"]
    assert 0.97 * 66e6 < sum(file.stat().st_size for file in folder.iterdir()) < 1.03 * 66e6
    assert seen == sorted(seen)
    assert seen[-1][0] > 0.97 * 66e6
    assert answers(folder, STRANGE[:1]) == answers(practice_folder("practice-small"), STRANGE)[:1]


@needs_onnx
def test_an_interrupted_heavy_model_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(done_bytes: int, total_bytes: int) -> None:
        if done_bytes > total_bytes // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        heavy.write_heavy(tmp_path, 60_000_000, interrupt)
    assert list(tmp_path.iterdir()) == []


def test_a_heavy_model_is_refused_with_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(heavy.HeavyError, match="from 60 MB to 8 GB"):
        heavy.write_heavy(tmp_path, 1000)
    (tmp_path / "practice-heavy").mkdir()
    with pytest.raises(heavy.HeavyError, match="not a model folder"):
        heavy.write_heavy(tmp_path, 60_000_000)
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "tui.practice.layers", raising=False)
    with pytest.raises(heavy.HeavyError, match=r"foundry-benchtop\[heavy\]"):
        heavy.write_heavy(tmp_path / "other", 60_000_000)
    assert not any((tmp_path / "other").iterdir())
