"""The parent's side of one Foundry Local model in a child process of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, TypeVar

from tui.engines import wire
from tui.engines.capped import write_capped
from tui.engines.child import ChildProcess, python_command
from tui.engines.engine import Completed, EngineDied, Loaded, Pieces, Request, RequestFailed
from tui.probes import host
from tui.records import FinishReason, Model, Verdict, VerdictKind

CANCEL_PATIENCE_S: Final = 0.08
"""A cancel is not seen during prefill: past this the child is ended instead."""
SCRATCH_PREFIX: Final = "benchtop-"
_KILLED: Final = (-9, 137)
"""SIGKILL, as the parent sees it, and as a shell in between would pass it on."""
_OUT_OF_MEMORY: Final = (
    "resource temporarily unavailable",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "out of memory",
    "cannot allocate memory",
)
_SOURCE_PLACE: Final = re.compile(r"^.*?[\w/\\.-]+\.(?:cc|cpp|h|hpp):\d+\s*")
_SIGNATURE: Final = re.compile(r"^(?:[\w:<>*&,]+ )+[\w:~<>]+\([^)]*\)(?: const)?:? (?=\S)")


Frame = TypeVar("Frame", wire.Hello, wire.LoadDone)


def start(model: Model) -> FoundryEngine:
    """An engine for one model; its process starts with ``load``."""
    return FoundryEngine(model)


class FoundryEngine:
    """One model in one child: loading starts the process, closing ends it and returns all its memory."""

    def __init__(self, model: Model, command: Sequence[str] | None = None) -> None:
        self._model = model
        self._command = command or python_command("tui.engines.foundry_child")
        self._child: ChildProcess | None = None
        self._scratch: Path | None = None
        self._request = 0
        self._oom_kills: int | None = None
        self._sentence: Verdict | None = None

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    @property
    def alive(self) -> bool:
        return self._child is not None and self._child.alive

    async def load(self, timeout_s: float) -> Loaded:
        """Start the child and load the model by its folder, without a catalogue and so without a network."""
        if self._model.folder is None:
            raise EngineDied(Verdict(kind=VerdictKind.REFUSED, reason="the model is not on this machine"))
        self._oom_kills = host.oom_kills()
        self._scratch = Path(tempfile.mkdtemp(prefix=f"{SCRATCH_PREFIX}{os.getpid()}-"))
        started_ns = time.perf_counter_ns()
        try:
            self._child = child = ChildProcess(self._command)
            folder = await asyncio.to_thread(self._folder_to_load, self._model.folder)
            child.send(wire.Load(str(folder), runtime_id(self._model), str(self._scratch)))
            async with asyncio.timeout(timeout_s):
                await self._expect(wire.Hello)
                process_start_ns = time.perf_counter_ns() - started_ns
                done = await self._expect(wire.LoadDone)
        except TimeoutError:
            verdict = Verdict(
                kind=VerdictKind.TIMED_OUT,
                reason=f"not loaded after {timeout_s:g} s",
                stderr_tail=self._last_words(),
            )
            await self.close()
            raise EngineDied(verdict) from None
        except (OSError, ValueError) as error:
            await self.close()
            raise EngineDied(Verdict(kind=VerdictKind.REFUSED, reason=f"it cannot be started: {error}")) from error
        except BaseException:
            await self.close()
            raise
        return Loaded(load_ns=done.load_ns, process_start_ns=process_start_ns, peak_rss_bytes=done.peak_rss_bytes)

    def _folder_to_load(self, folder: Path) -> Path:
        assert self._scratch is not None
        limit = self._model.context_limit_tokens
        return write_capped(folder, self._scratch / "model", limit) if limit else folder

    async def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        """Stream the answer; see ``Engine.generate``."""
        child = self._child
        if child is None:
            raise EngineDied(Verdict(kind=VerdictKind.REFUSED, reason="the model is not loaded"))
        self._request += 1
        number = self._request
        child.send(
            wire.Generate(
                number,
                request.prompt,
                request.max_tokens,
                request.temperature,
                request.system,
                request.seed,
            )
        )
        ended = False
        try:
            while True:
                frame = await self._next_frame(silence_timeout_s)
                if isinstance(frame, wire.Text) and frame.request == number:
                    yield Pieces(pieces=frame.pieces)
                elif isinstance(frame, wire.Failed):
                    ended = True
                    raise RequestFailed(refusal(frame.message, self._last_words()))
                elif isinstance(frame, wire.Finished):
                    ended = True
                    yield completed(frame)
                    return
        except EngineDied:
            ended = True
            raise
        finally:
            if not ended:
                await self._cancel(number)

    async def close(self) -> None:
        """End the child; nothing of it stays behind."""
        if self._child is not None:
            await self._child.close()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)
            self._scratch = None

    def kill(self, verdict: Verdict | None = None) -> None:
        """End the child at once; see ``Engine.kill``."""
        self._sentence = self._sentence or verdict
        if self._child is not None:
            self._child.kill()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    async def _cancel(self, number: int) -> None:
        child = self._child
        if child is None or not child.alive:
            return
        child.send(wire.Cancel(number))
        with contextlib.suppress(TimeoutError, EOFError):
            async with asyncio.timeout(CANCEL_PATIENCE_S):
                while True:
                    frame = await child.receive()
                    if isinstance(frame, (wire.Cancelled, wire.Finished, wire.Failed)) and frame.request == number:
                        return
        child.kill()

    async def _next_frame(self, silence_timeout_s: float = float("inf")) -> wire.Report:
        child = self._child
        assert child is not None
        heard_s = time.monotonic()
        while time.monotonic() - heard_s <= silence_timeout_s:
            try:
                frame = await child.receive()
            except EOFError:
                raise EngineDied(await self._death()) from None
            if frame is not None:
                return frame
        child.kill()
        reason = f"no sign of life for {silence_timeout_s:g} s"
        raise EngineDied(Verdict(kind=VerdictKind.TIMED_OUT, reason=reason, stderr_tail=self._last_words()))

    async def _expect(self, kind: type[Frame]) -> Frame:
        while True:
            frame = await self._next_frame()
            if isinstance(frame, kind):
                return frame
            if isinstance(frame, wire.Failed):
                raise EngineDied(refusal(frame.message, self._last_words()))

    async def _death(self) -> Verdict:
        assert self._child is not None
        status = await self._child.close()
        if self._sentence is not None:
            return replace(self._sentence, stderr_tail=self._last_words())
        kills = host.oom_kills()
        by_kernel = kills is not None and self._oom_kills is not None and kills > self._oom_kills
        if self._child.broken_line:
            return Verdict(kind=VerdictKind.CRASHED, reason=self._child.broken_line, stderr_tail=self._last_words())
        return death(status, by_kernel=by_kernel, stderr_tail=self._last_words())

    def _last_words(self) -> tuple[str, ...]:
        return tuple(self._child.stderr_tail) if self._child else ()


def runtime_id(model: Model) -> str:
    """The name the model is registered under: the runtime insists on ``name:version``."""
    name = model.model_id or model.alias
    return name if re.search(r":\d+$", name) else f"{name}:1"


def completed(frame: wire.Finished) -> Completed:
    """The end of a request as the rest of the house knows it."""
    reasons = {reason.value: reason for reason in FinishReason}
    return Completed(
        end_ns=frame.end_ns,
        finish_reason=reasons.get(frame.finish_reason, FinishReason.OTHER),
        prompt_tokens=frame.prompt_tokens,
        output_tokens=frame.output_tokens,
        peak_rss_bytes=frame.peak_rss_bytes,
    )


def refusal(message: str, stderr_tail: tuple[str, ...]) -> Verdict:
    """What the runtime's own message means, without the source file and signature it may begin with."""
    text = _SIGNATURE.sub("", _SOURCE_PLACE.sub("", " ".join(message.split())))
    short = text if len(text) <= 300 else f"... {text[-300:]}"
    memory = any(words in message.lower() for words in _OUT_OF_MEMORY)
    kind = VerdictKind.OUT_OF_MEMORY if memory else VerdictKind.REFUSED
    return Verdict(kind=kind, reason=short, stderr_tail=stderr_tail)


def death(status: int | None, *, by_kernel: bool, stderr_tail: tuple[str, ...]) -> Verdict:
    """Why a process is gone, from its exit status and whether the kernel has ended one for memory meanwhile."""
    if status in _KILLED and by_kernel:
        return Verdict(
            kind=VerdictKind.OUT_OF_MEMORY, reason="ended by the system's memory limit", stderr_tail=stderr_tail
        )
    if status in _KILLED:
        return Verdict(
            kind=VerdictKind.KILLED, reason="SIGKILL, sent by another program or a person", stderr_tail=stderr_tail
        )
    if status is not None and status < 0:
        try:
            reason = signal.Signals(-status).name
        except ValueError:
            reason = f"signal {-status}"
    else:
        reason = f"its process ended with status {status}" if (status or 0) < 256 else f"status 0x{status:08X}"
    return Verdict(kind=VerdictKind.CRASHED, reason=reason, stderr_tail=stderr_tail)


def sweep_scratch() -> None:
    """Clear the temporary folders of children whose parent was killed before it could."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SCRATCH_PREFIX}*-*"):
        owner = folder.name.removeprefix(SCRATCH_PREFIX).partition("-")[0]
        if owner.isdecimal() and not host.process_exists(int(owner)):
            shutil.rmtree(folder, ignore_errors=True)
