"""An engine without a process that answers at once, for tests in which it does not matter what a model takes."""

from __future__ import annotations

import json
import zlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

from tui.engines.contract import Completed, Loaded, Piece, Pieces, Request
from tui.records import ExitCause, FinishReason, Model, Timeline

_MS = 1_000_000
_ANSWER = "A small model runs on the device, offline. Ann ships on Friday."


def _answer_to(request: Request) -> str:
    """Return the sentence or, for a request that asks for a form, the JSON of the form with its first choice."""
    form = request.form
    return _ANSWER if form is None else json.dumps({form.choice: form.options[0], form.sentence: "Good."})


@dataclass(slots=True)
class InstantEngine:
    """Answers every request with one sentence, at made-up times that depend on the name of the model only."""

    model: Model
    alive: bool = False
    pid: int | None = None
    pids: tuple[int, ...] = ()
    taken_back_bytes: int = 0
    requests: list[Request] = field(default_factory=list[Request])

    async def load(self, timeout_s: float) -> Loaded:
        del timeout_s
        self.alive = True
        return Loaded(load_ns=50 * _MS, process_start_ns=10 * _MS, peak_rss_bytes=100 << 20)

    async def generate(self, request: Request, silence_timeout_s: float) -> AsyncGenerator[Pieces | Completed, None]:
        del silence_timeout_s
        self.requests.append(request)
        # Times that never repeat exactly, as on a real machine; without any scatter a change of nothing would be sure.
        scatter = 1 + zlib.crc32(f"{self.model.key} {id(self)} {len(self.requests)}".encode()) % 100 / 1000
        first_ns = int(20 * _MS * scatter)
        step_ns = int(5 * _MS * scatter)
        words = _answer_to(request).split(" ")
        pieces = tuple(Piece(first_ns + index * step_ns, f"{word} ") for index, word in enumerate(words))
        yield Pieces(pieces=pieces)
        end_ns = pieces[-1].at_ns + step_ns
        timeline = Timeline(
            end_ns=end_ns, finish_reason=FinishReason.STOP, prompt_tokens=12, output_tokens=len(words) + 1
        )
        yield Completed(
            timeline=timeline,
            peak_rss_bytes=100 << 20,
            taken_back_bytes=self.taken_back_bytes,
            constrained=request.form is not None,
        )

    async def open_connections(self, count: int) -> None:
        del count

    async def close(self) -> None:
        self.alive = False

    def kill(self, cause: ExitCause | None = None) -> None:
        del cause
        self.alive = False
