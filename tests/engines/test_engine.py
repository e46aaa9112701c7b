"""One model in a child of its own: the real runtime with a practice model, and scripted children for the disasters."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import psutil
import pytest
from foundry_local_sdk import FoundryLocalException

from tests.support import scripted_child
from tests.support.conditions import least, until
from tui.engines.contract import Completed, Engine, EngineDied, Form, Pieces, Request, RequestFailed
from tui.engines.foundry import child as foundry_child
from tui.engines.foundry.engine import FoundryEngine
from tui.engines.process.child_side import Inbox, Outbox
from tui.engines.process.exit_cause import cause_of_exit, cause_of_refusal
from tui.engines.process.scratch import SCRATCH_PREFIX, scratch_prefix, sweep_scratch
from tui.practice import practice_folder
from tui.records import Exchange, ExitKind, FinishReason, Model
from tui.system import meanings, processes

RAG = Request(prompt="Summarize retrieval augmented generation.")


def practice_engine(name: str = "practice-small") -> FoundryEngine:
    return FoundryEngine(Model(alias=name, folder=practice_folder(name)))


def scripted(scenario: str, number: int = 0) -> FoundryEngine:
    return FoundryEngine(Model(alias="scripted", folder=Path()), scripted_child.command(scenario, number))


async def answer(engine: Engine, request: Request = RAG, silence_timeout_s: float = 60) -> tuple[str, Completed]:
    text: list[str] = []
    async with contextlib.aclosing(engine.generate(request, silence_timeout_s)) as parts:
        async for part in parts:
            if isinstance(part, Completed):
                return "".join(text), part
            text.extend(piece.text for piece in part.pieces)
    raise AssertionError("the answer had no end")


def scratch_folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}{os.getpid()}-*"))


async def test_a_real_model_answers_and_leaves_nothing_behind() -> None:
    engine = practice_engine()
    loaded = await engine.load(60)
    pid = engine.pid
    assert pid is not None
    assert loaded.load_ns
    text, end = await answer(engine)
    again, _ = await answer(engine)
    assert len(text) > 100
    assert again == text, "a temperature of 0 is deterministic, and no turn is left from the first request"
    assert end.timeline.finish_reason is FinishReason.STOP
    assert end.timeline.output_tokens is not None
    assert 80 <= end.timeline.output_tokens <= 150
    assert end.timeline.prompt_tokens
    assert end.peak_rss_bytes
    assert end.peak_rss_bytes > 20 << 20
    text_held, end_held = await answer(engine, Request(prompt=RAG.prompt, form=Form("score", (1, 2, 3), "reason")))
    assert json.loads(text_held).keys() == {"score", "reason"}
    assert json.loads(text_held)["score"] in (1, 2, 3)
    assert (end_held.constrained, end.constrained) == (True, False)
    await engine.close()
    assert not psutil.pid_exists(pid)
    assert not scratch_folders()


async def test_a_question_is_answered_up_to_the_end_of_the_context_where_a_benchmark_is_refused() -> None:
    engine = FoundryEngine(Model(alias="small", folder=practice_folder("practice-small"), context_limit_tokens=64))
    await engine.load(60)
    too_many = replace(RAG, max_tokens=1000)
    with pytest.raises(RequestFailed):
        await answer(engine, too_many)
    _, end = await answer(engine, replace(too_many, up_to_context=True))
    assert end.timeline.finish_reason is FinishReason.LENGTH
    assert (end.timeline.prompt_tokens or 0) + (end.timeline.output_tokens or 0) == 64
    await engine.close()


class Unguided(foundry_child.FoundryChild):
    """A runtime that cannot make a grammar of a form, or finds so only after the first words."""

    def __init__(self, text: str) -> None:
        super().__init__(cast(Inbox, None), cast(Outbox, None))
        self._words = text
        self.forms_sent: list[bool] = []

    def ask(self) -> None:
        self._generate(1, Request(prompt="Why?", max_tokens=9, form=Form("score", (1,), "reason")))

    def _answer(self, request_id: int, request: Request) -> None:
        del request_id
        self.forms_sent.append(request.form is not None)
        if request.form is not None:
            list(self._noting_text([(self._words, False)]))
            raise FoundryLocalException("failed to create generator: Error creating grammar: too complex")


def test_a_form_that_the_runtime_cannot_hold_a_model_to_is_left_out_from_then_on() -> None:
    child = Unguided("")
    child.ask()
    child.ask()
    assert child.forms_sent == [True, False, False]
    child = Unguided("{")
    with pytest.raises(FoundryLocalException):
        child.ask()
    child.ask()
    assert child.forms_sent == [True, False], "what has been said is not said again"


async def test_a_limit_ends_the_answer() -> None:
    engine = practice_engine()
    await engine.load(60)
    _, end = await answer(engine, Request(prompt=RAG.prompt, max_tokens=7))
    assert end.timeline.finish_reason is FinishReason.LENGTH
    assert end.timeline.output_tokens == 7
    await engine.close()


async def test_a_cancel_while_decoding_takes_the_time_of_a_token_and_keeps_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert FoundryEngine.cancel_patience_s < 0.1, "what a person waits for at most"
    # A busy machine may need longer for a token, and the child would be ended.
    monkeypatch.setattr(FoundryEngine, "cancel_patience_s", 60.0)
    engine = practice_engine("practice-large")
    await engine.load(60)

    async def share_of_answer() -> float:
        """Cancel an answer, and return which share of the time of a whole one of 50 tokens that takes."""
        parts = engine.generate(RAG, 60)
        assert isinstance(await anext(parts), Pieces)
        asked_s = time.monotonic()
        await parts.aclose()
        cancelled_s = time.monotonic()
        _, end = await answer(engine, replace(RAG, max_tokens=50))
        assert end.timeline.output_tokens == 50
        return (cancelled_s - asked_s) / (time.monotonic() - cancelled_s)

    assert await least(share_of_answer, 0.25) < 0.25
    assert engine.alive
    await engine.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process volunteer")
async def test_the_kernel_would_take_the_child_first() -> None:
    engine = practice_engine()
    await engine.load(60)
    assert Path(f"/proc/{engine.pid}/oom_score_adj").read_text(encoding="utf-8").strip() == "1000"
    await engine.close()


async def test_a_kill_in_mid_answer_is_a_verdict() -> None:
    engine = practice_engine("practice-large")
    await engine.load(60)
    assert engine.pid is not None
    parts = engine.generate(RAG, 60)
    await anext(parts)
    processes.kill(engine.pid)
    with pytest.raises(EngineDied) as died:
        async for _ in parts:
            pass
    assert died.value.cause.kind is ExitKind.KILLED
    assert meanings.sender_of_kill() in str(died.value)
    await engine.close()
    assert not scratch_folders()


async def test_a_folder_without_a_model_is_refused_with_the_runtimes_reason(tmp_path: Path) -> None:
    engine = FoundryEngine(Model(alias="empty", folder=tmp_path))
    with pytest.raises(EngineDied) as died:
        await engine.load(60)
    assert died.value.cause.kind is ExitKind.REFUSED
    assert "genai_config.json" in died.value.cause.reason
    assert not engine.alive


@pytest.mark.parametrize(
    ("scenario", "number", "kind", "words"),
    [
        ("hang-at-load", 0, ExitKind.TIMED_OUT, "not loaded after 1 s"),
        ("die-at-load", 0, ExitKind.KILLED, meanings.sender_of_kill()),
        ("exit-at-load", 3, ExitKind.CRASHED, "status 3"),
        ("refuse-load", 0, ExitKind.REFUSED, "Empty template."),
        ("talk-nonsense", 0, ExitKind.CRASHED, "not in the form"),
    ],
)
async def test_a_load_that_fails_is_a_verdict(scenario: str, number: int, kind: ExitKind, words: str) -> None:
    engine = scripted(scenario, number)
    with pytest.raises(EngineDied) as died:
        await engine.load(1 if kind is ExitKind.TIMED_OUT else 60)
    assert died.value.cause.kind is kind
    assert words in died.value.cause.reason
    assert not engine.alive
    assert not scratch_folders()


async def test_a_flood_on_stderr_does_not_block_and_its_end_is_kept() -> None:
    engine = scripted("flood-stderr")
    await engine.load(60)
    child = engine.pid
    assert child is not None
    processes.kill(child)
    with pytest.raises(EngineDied) as died:
        await answer(engine)
    assert died.value.cause.stderr_tail[-1] == "the last line"
    assert len(died.value.cause.stderr_tail) <= 40
    await engine.close()


async def test_what_native_code_prints_on_stdout_is_no_frame() -> None:
    engine = scripted("print-on-stdout")
    await engine.load(60)
    assert (await answer(engine))[0] == "word0 "
    await engine.close()


async def test_a_cancel_during_prefill_ends_the_child() -> None:
    engine = scripted("hang-in-prefill")
    await engine.load(60)
    task = asyncio.create_task(answer(engine, silence_timeout_s=600))
    await asyncio.sleep(0)
    task.cancel()
    async with asyncio.timeout(60):
        with pytest.raises(asyncio.CancelledError):
            await task
    await until(lambda: not engine.alive)
    await engine.close()


async def test_silence_is_a_verdict() -> None:
    engine = scripted("hang-in-prefill")
    await engine.load(60)
    with pytest.raises(EngineDied) as died:
        async for _ in engine.generate(RAG, 0.2):
            pass
    assert died.value.cause.kind is ExitKind.TIMED_OUT
    await engine.close()


async def test_a_long_prompt_may_be_read_for_longer() -> None:
    conversation = (Exchange(question="word " * 1000, answer="word " * 1000),)
    assert Request(prompt="a short question").reading_limit_s(300) == 300
    assert Request(prompt="next", earlier=conversation).reading_limit_s(300) == 300 * 10004 / 2048
    engine = scripted("hang-in-prefill")
    await engine.load(60)
    with pytest.raises(EngineDied, match=r"no sign of life for 0\.5 s"):
        async for _ in engine.generate(Request(prompt="word " * 2048), 0.1):
            pass
    await engine.close()


@pytest.mark.parametrize(
    ("scenario", "kind"), [("refuse-requests", ExitKind.REFUSED), ("out-of-memory", ExitKind.OUT_OF_MEMORY)]
)
async def test_a_refused_request_leaves_the_model_loaded(scenario: str, kind: ExitKind) -> None:
    engine = scripted(scenario)
    await engine.load(60)
    with pytest.raises(RequestFailed) as failed:
        await answer(engine)
    assert failed.value.cause.kind is kind
    assert engine.alive
    await engine.close()


async def test_nothing_of_a_fast_stream_is_lost() -> None:
    engine = scripted("pace", 5000)
    await engine.load(60)
    text, end = await answer(engine, Request(prompt="go", max_tokens=2000))
    assert text == "".join(f"word{token} " for token in range(2000))
    assert end.timeline.output_tokens == 2000
    await engine.close()


async def test_a_child_ends_when_its_parent_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A temporary folder of its own: another test's sweep would clear away what the child leaves.
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(tmp_path))
    code = (
        "import asyncio, time\nfrom tests.engines.test_engine import practice_engine, scratch_folders\n"
        "async def main():\n engine = practice_engine(); await engine.load(60)\n"
        " print(engine.pid, *scratch_folders(), flush=True); time.sleep(600)\nasyncio.run(main())"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    pid, scratch = (await asyncio.to_thread(parent.stdout.readline)).split()
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await until(lambda: not psutil.pid_exists(int(pid)))
    await until(lambda: not Path(scratch).exists())


def test_folders_of_parents_that_are_gone_are_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    left = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{gone.pid}-"))
    again = tmp_path / f"{SCRATCH_PREFIX}{os.getpid()}-t1-abcdefgh"
    again.mkdir()
    selftest = tmp_path / f"{SCRATCH_PREFIX}{gone.pid}-selftest-jqg05yfq"
    selftest.mkdir()
    own = Path(tempfile.mkdtemp(prefix=scratch_prefix()))
    mine = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))
    others = [
        tmp_path / f"{name}-{gone.pid}-{rest}" for name in ("benchtop", "benchtop-child") for rest in ("a", "11-22")
    ]
    for folder in others:
        folder.mkdir()
    key = tmp_path / f"benchtop-tls-{gone.pid}-t1-abcdefgh"
    old, new = (tmp_path / f"benchtop-code-{name}" for name in ("abcdefgh", "ijklmnop"))
    there, gone_there = (tmp_path / f"benchtop-child-{gone.pid}-t1-p000000-{name}" for name in ("abcdefgh", "ijklmnop"))
    for folder in (key, old, new, there, gone_there):
        folder.mkdir()
    for folder in (old, gone_there):
        os.utime(folder, (1, 1))
    sweep_scratch()
    assert not key.exists(), "a key is not left to others"
    assert (old.exists(), new.exists()) == (False, True), "an earlier version did not tell who needs it"
    assert (gone_there.exists(), there.exists()) == (False, True), "a container whose processes cannot be seen"
    assert not again.exists(), "of an earlier process with the same number"
    assert not selftest.exists()
    assert own.exists()
    assert [folder.exists() for folder in (left, mine, *others)] == [False, *[True] * 5], "a person's own stay"


def test_verdicts_in_words() -> None:
    assert cause_of_exit(-9, by_kernel=True, stderr_tail=()).kind is ExitKind.OUT_OF_MEMORY
    assert cause_of_exit(-9, by_kernel=False, stderr_tail=()).kind is ExitKind.KILLED
    assert cause_of_exit(-11, by_kernel=True, stderr_tail=()).kind is ExitKind.CRASHED, (
        "a fault, whoever ran out meanwhile"
    )
    assert str(cause_of_exit(-11, by_kernel=False, stderr_tail=())) == "crashed: SIGSEGV"
    assert str(cause_of_exit(0xC0000005, by_kernel=False, stderr_tail=())) == "crashed: status 0xC0000005"
    message = "sdk/src/session.cpp:120 void Session::Run(int) request requires 8608 total tokens"
    assert cause_of_refusal(message, ()).reason == "request requires 8608 total tokens"
    message = "virtual fl::Model* fl::Catalog::Register(const std::string&, int) path must exist"
    assert cause_of_refusal(message, ()).reason == "path must exist"
    traceback = 'Traceback (most recent call last):\n  File "a.py", line 1, in go\nValueError: no weights'
    assert cause_of_refusal(traceback, ()).reason == "ValueError: no weights"
    assert cause_of_refusal("Empty chat template.", ()).reason == "Empty chat template."
    # The time of a search that begins anew at each sign would grow with the square of the length, to hours.
    assert len(cause_of_refusal("x" * 10_000_000, ()).reason) < 320
    signature = "fl::Model::Model(std::string, std::function<void(int)>, fl::ILogger&) failed to create a model: "
    inner = "preprocessor.cc:32 static std::unique_ptr<fl::Pre> fl::Pre::Create(OgaModel&, bool) failed to create it: "
    whole = cause_of_refusal(f"model.cc:7 {signature}{inner}Unknown value", ()).reason
    assert whole == "failed to create a model: failed to create it: Unknown value"
    first = cause_of_refusal("Unknown method: replace at row 1: " + "{% for m in messages %}" * 40, ()).reason
    assert first.startswith("Unknown method: replace at row 1:"), "a reason may come before what was read"
    last = cause_of_refusal("in " + "folder/" * 80 + ": no such file", ()).reason
    assert last.endswith(": no such file"), "or after it"
    assert cause_of_refusal("std::bad_alloc", ()).kind is ExitKind.OUT_OF_MEMORY
