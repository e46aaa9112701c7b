"""Models that code of the user's own runs: the documented example on a real model, and adapters that misbehave."""

from __future__ import annotations

import contextlib
import re
import sys
import textwrap
from ast import literal_eval
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest

from tests.engines.test_engine import RAG, answer
from tests.engines.test_engine import practice_engine as foundry_engine
from tui import guide
from tui.config import ConfigError, decide, load_config
from tui.engines import registry
from tui.engines.adapter.engine import UnknownAdapter, target_of
from tui.engines.contract import Completed, Engine, EngineDied, Request, RequestFailed
from tui.library.inventory import list_models, places_for
from tui.practice import practice_folder
from tui.records import Adapter, AdapterOption, Exchange, ExitKind, FinishReason, Model, ModelState, TokensSource


def example() -> str:
    """Return the source of the engine that the guide shows."""
    (code,) = re.findall(r"```python\n(# genai\.py\n.*?)```", guide.source_of("engines"), re.DOTALL)
    return code


def adopted(folder: Path, code: str, *options: AdapterOption, model_folder: Path | None = None) -> Engine:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "own_engine.py").write_text(textwrap.dedent(code), encoding="utf-8")
    adapter = Adapter(target="own_engine:Own", search_folder=folder, options=options)
    return registry.start(Model(alias="own", engine="adapter", folder=model_folder, adapter=adapter))


@asynccontextmanager
async def loaded(engine: Engine) -> AsyncGenerator[Engine]:
    try:
        await engine.load(60)
        yield engine
    finally:
        await engine.close()


def generating(body: str, *, load: str = "pass", unload: str = "pass") -> str:
    return "\n".join(
        (
            "import os, sys, time",
            "class Own:",
            f"    def load(self, path, **options):\n        {load}",
            "    def generate(self, prompt, *, max_tokens, **parameters):",
            textwrap.indent(textwrap.dedent(body).strip("\n"), " " * 8),
            f"    def unload(self):\n        {unload}",
        )
    )


@pytest.mark.parametrize(
    "body", ["yield 'x' * 200_000_000", "while True: yield '', 0", "while True: yield 'x' * 1000, 0"]
)
async def test_an_answer_without_end_is_cut_at_what_was_asked_for(body: str, tmp_path: Path) -> None:
    async with loaded(adopted(tmp_path, generating(body))) as engine:
        text, end = await answer(engine, Request(prompt="x", max_tokens=10))
    assert len(text) <= 6000
    assert end.timeline.finish_reason is FinishReason.LENGTH
    assert end.peak_rss_bytes
    assert end.peak_rss_bytes < 500 << 20


async def test_the_documented_example_answers_as_the_runtime_itself(tmp_path: Path) -> None:
    folder = practice_folder("practice-small")
    code = example().replace("class GenAI", "class Own")
    assert len(code.splitlines()) <= 31
    async with loaded(adopted(tmp_path, code, model_folder=folder)) as engine:
        text, end = await answer(engine)
        short, cut = await answer(engine, Request(prompt=RAG.prompt, max_tokens=5))
    async with loaded(foundry_engine()) as reference:
        expected, direct = await answer(reference)
    assert text == expected
    assert (end.timeline.output_tokens, end.timeline.prompt_tokens) == (
        direct.timeline.output_tokens,
        direct.timeline.prompt_tokens,
    )
    assert (end.timeline.finish_reason, end.timeline.tokens_source) == (FinishReason.STOP, TokensSource.RUNTIME)
    assert end.timeline.one_token_first
    assert (cut.timeline.output_tokens, cut.timeline.finish_reason) == (5, FinishReason.LENGTH)
    assert text.startswith(short)


async def test_text_without_counts_is_measured_with_an_estimate(tmp_path: Path) -> None:
    code = generating("yield 'Retrieval '\nyield ''\nyield 'augmented <think>so</think> generation'")
    async with loaded(adopted(tmp_path, code)) as engine:
        text, end = await answer(engine)
    assert text == "Retrieval augmented so generation"
    assert (end.timeline.tokens_source, end.timeline.output_tokens) == (TokensSource.ESTIMATED, 12)
    assert not end.timeline.one_token_first


async def test_pieces_that_hold_several_tokens_are_counted_as_told(tmp_path: Path) -> None:
    code = generating("yield 'one two ', 2\nyield ['three', 1]\nreturn {'finish_reason': 'length', 'prompt_tokens': 7}")
    async with loaded(adopted(tmp_path, code)) as engine:
        _, end = await answer(engine)
    assert (end.timeline.output_tokens, end.timeline.prompt_tokens, end.timeline.finish_reason) == (
        3,
        7,
        FinishReason.LENGTH,
    )
    assert not end.timeline.one_token_first


async def test_options_and_parameters_arrive(tmp_path: Path) -> None:
    code = generating(
        "yield repr((self.told, prompt, max_tokens, parameters))",
        load="self.told = (str(path), options, sys.stdin.read())",
    )
    options = (AdapterOption(name="threads", value=2), AdapterOption(name="mode", value="fast"))
    async with loaded(adopted(tmp_path / "code", code, *options, model_folder=tmp_path)) as engine:
        text, _ = await answer(engine, Request(prompt="Hi", system="Be brief", temperature=0.5, seed=3, max_tokens=99))
    received = (str(tmp_path), {"threads": 2, "mode": "fast"}, "")
    assert text == repr((received, "Hi", 99, {"temperature": 0.5, "system": "Be brief", "seed": 3}))


async def test_a_conversation_comes_as_messages_and_is_refused_by_an_adapter_that_takes_none(tmp_path: Path) -> None:
    earlier = (Exchange(question="Hi", answer="Hello."),)
    code = generating("yield repr(messages)").replace("**parameters", "messages=None, **parameters")
    async with loaded(adopted(tmp_path / "code", code)) as engine:
        assert (await answer(engine, Request(prompt="Hi")))[0] == "None"
        text, _ = await answer(engine, Request(prompt="Why?", system="Be brief", earlier=earlier))
    assert literal_eval(text) == [
        {"role": "system", "content": "Be brief"},
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Why?"},
    ]
    async with loaded(adopted(tmp_path / "none", generating("yield prompt"))) as engine:
        with pytest.raises(RequestFailed, match="no parameter messages"):
            await answer(engine, Request(prompt="Why?", earlier=earlier))
        assert (await answer(engine, Request(prompt="Hi")))[0] == "Hi"


async def test_an_answer_that_does_not_end_is_cut_where_enough_was_asked_for(tmp_path: Path) -> None:
    counted = generating("while True: yield 'word ', 1")
    silent = generating("while True: yield 'word '")
    async with loaded(adopted(tmp_path / "counted", counted)) as engine:
        text, end = await answer(engine, Request(prompt="Go", max_tokens=20))
        assert (text, end.timeline.finish_reason) == ("word " * 20, FinishReason.LENGTH)
    async with loaded(adopted(tmp_path / "silent", silent)) as engine:
        _, end = await answer(engine, Request(prompt="Go", max_tokens=20))
        assert end.timeline.finish_reason is FinishReason.LENGTH


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("raise ValueError('no such prompt')\nyield ''", "ValueError: no such prompt"),
        ("yield 'so far'\nraise KeyError", "KeyError"),
        ("yield b'bytes'", "yielded bytes, but text, or text with its tokens, is expected"),
        ("yield 'text', -1", "yielded tuple, but text"),
        ("yield 7", "yielded int, but text"),
        ("return 'all at once'", "generate() gave str, but pieces of text are expected; use yield"),
        ("return None", "generate() gave NoneType, but pieces"),
    ],
)
async def test_a_request_that_fails_leaves_the_model_for_the_next(tmp_path: Path, body: str, words: str) -> None:
    good = "if prompt == 'good':\n    return iter(['fine'])\nreturn self.bad()"
    code = generating(good) + "\n    def bad(self):\n" + textwrap.indent(body, " " * 8)
    async with loaded(adopted(tmp_path, code)) as engine:
        with pytest.raises(RequestFailed, match=re.escape(words)):
            await answer(engine)
        text, _ = await answer(engine, Request(prompt="good"))
        assert text == "fine"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("class Other: ...", "no attribute 'Own'"),
        ("class Own:\n    def __init__(self, needed): ...", "TypeError"),
        (generating("pass", load="raise MemoryError('failed to allocate 9 GB')"), "failed to allocate"),
        (generating("pass", load="raise SystemExit(3)"), "status 3"),
    ],
)
async def test_an_adapter_that_cannot_load_is_a_verdict(tmp_path: Path, code: str, words: str) -> None:
    engine = adopted(tmp_path, code)
    with pytest.raises(EngineDied, match=re.escape(words)) as died:
        await engine.load(60)
    memory = "allocate" in words
    kinds = {ExitKind.OUT_OF_MEMORY} if memory else {ExitKind.REFUSED, ExitKind.CRASHED}
    assert died.value.cause.kind in kinds
    assert not engine.alive


async def test_an_adapter_that_hangs_is_ended(tmp_path: Path) -> None:
    engine = adopted(tmp_path, generating("yield 'a'\ntime.sleep(600)"))
    await engine.load(60)
    with pytest.raises(EngineDied, match="no sign of life") as died:
        await answer(engine, silence_timeout_s=0.3)
    assert died.value.cause.kind is ExitKind.TIMED_OUT
    await engine.close()
    assert not engine.alive


async def test_what_an_adapter_prints_disturbs_nobody(tmp_path: Path) -> None:
    code = generating("print('noise', flush=True)\nos.write(1, b'{\"native\": 1}\\n')\nyield 'calm'")
    async with loaded(adopted(tmp_path, code)) as engine:
        text, _ = await answer(engine)
    assert text == "calm"


async def test_unload_is_called_once_the_model_is_let_go(tmp_path: Path) -> None:
    code = generating("yield 'x'", unload="open(os.environ['FAREWELL'], 'w').write('bye')")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAREWELL", str(tmp_path / "farewell"))
        engine = adopted(tmp_path / "code", code)
        async with loaded(engine):
            pid = engine.pid
    assert (tmp_path / "farewell").read_text() == "bye"
    assert pid is not None
    assert not psutil.pid_exists(pid)


async def test_an_answer_can_be_given_up(tmp_path: Path) -> None:
    code = generating("while True:\n    time.sleep(0.005)\n    yield 'word ', 0")
    async with loaded(adopted(tmp_path, code)) as engine:
        async with contextlib.aclosing(engine.generate(RAG, 60)) as parts:
            async for part in parts:
                assert not isinstance(part, Completed)
                break
        assert engine.alive, "a cancel is seen at the next piece"


def configured(tmp_path: Path, entry: str) -> Model:
    (tmp_path / "models.json").write_text(f'{{"models": {{"own": {entry}}}}}', encoding="utf-8")
    listing = list_models(places_for(load_config(tmp_path), tmp_path / "cache"))
    (own,) = (model for model in listing.models if model.alias == "own")
    return own


def test_an_adapter_is_named_in_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    own = configured(tmp_path, '{"adapter": "own_engine:Own", "options": {"threads": 2}, "capabilities": ["chat"]}')
    assert (own.engine, own.state, own.key) == ("adapter", ModelState.READY, "own")
    options = (AdapterOption(name="threads", value=2),)
    assert own.adapter == Adapter(target="own_engine:Own", search_folder=tmp_path, options=options)
    absent = configured(tmp_path, '{"adapter": "own_engine:Own", "path": "nowhere"}')
    assert (absent.state, absent.note.endswith("correct it in models.json")) == (ModelState.MISSING, True)
    unknown = configured(tmp_path, '{"adapter": "no-such"}')
    assert (unknown.state, 'no installed package has an adapter "no-such"' in unknown.note) == (
        ModelState.MISSING,
        True,
    )


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('{"options": {"a": 1}}', "models.own.options is for an adapter, and there is none"),
        ('{"adapter": "a:B", "options": {"a": [1]}}', "models.own.options.a is [1], but a text, a number"),
        ('{"adapter": 3}', "models.own.adapter is 3, but a text is expected"),
    ],
)
def test_a_wrong_entry_is_one_sentence(tmp_path: Path, entry: str, words: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(words)):
        configured(tmp_path, entry)


def test_an_installed_package_offers_its_adapter_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "own_engine-1.0.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: own-engine\nVersion: 1.0\n")
    (package / "entry_points.txt").write_text("[benchtop.engines]\nown = own_engine.inside:Own\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    assert target_of("own") == "own_engine.inside:Own"
    assert target_of("module.path:Class") == "module.path:Class"
    with pytest.raises(UnknownAdapter, match='the closest is "own"'):
        target_of("owm")


def test_no_adapter_is_imported_before_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    (tmp_path / "trap.py").write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')")
    configured(tmp_path, '{"adapter": "trap:Own"}')
    assert not (tmp_path / "sprung").exists()


async def test_code_that_a_folder_brings_along_needs_consent_and_a_change_needs_it_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCHTOP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config"
    config.mkdir()
    (config / "models.json").write_text('{"models": {"own": {"adapter": "own_engine:Own"}}}', encoding="utf-8")
    (config / "own_engine.py").write_text(generating("yield 'agreed'"), encoding="utf-8")

    def listed() -> Model:
        models = list_models(places_for(load_config(), tmp_path / "cache")).models
        return next(model for model in models if model.alias == "own")

    assert (listed().state, "--trust-config" in listed().note) == (ModelState.MISSING, True)
    with pytest.raises(EngineDied, match="you have not agreed"):
        await registry.start(listed()).load(60)
    wishes = load_config().consent_request
    assert wishes is not None
    assert "code for the model own: own_engine:Own in own_engine.py" in wishes.requests[0]
    decide(wishes, yes=True)
    async with loaded(registry.start(listed())) as engine:
        assert (await answer(engine))[0] == "agreed"
    (config / "own_engine.py").write_text(generating("yield 'another'"), encoding="utf-8")
    assert listed().state is ModelState.MISSING, "the code is another one now"
