"""A child process that plays the streams of the self-test in place of a runtime.

``python -m tui.bench.selftest.child FILE`` starts it. The player runs in a thread of its own, as a runtime does, and
the code that serves every model takes, stamps and sends the chunks.
"""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter_ns

from tui.bench.selftest.cases import Case, ChunkKind, Transport
from tui.bench.selftest.playback import Playback, PlaybackLog, case_of, play_case
from tui.engines.contract import Completed, Loaded
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdout, send_answer
from tui.probes import own
from tui.records import Timeline


class ScriptedRuntime:
    """Hands over a case as the SDK hands over an answer: one thread makes the chunks and another takes them."""

    def __init__(self, model: str, play: str, case: Case) -> None:
        self._model = model
        self._play = play
        self._case = case
        self._pieces: queue.SimpleQueue[tuple[str, bool] | None] = queue.SimpleQueue()
        """The texts in order, each with whether it is reasoning; ``None`` marks the end."""
        self.played: Playback | None = None

    def stream(self) -> Iterator[tuple[str, bool]]:
        """Yield each text when the player makes it; the clock of the player starts with the first request for one."""
        zero_ns = perf_counter_ns()
        player = threading.Thread(target=self._run, args=(zero_ns,), name="player", daemon=True)
        player.start()
        while (piece := self._pieces.get()) is not None:
            yield piece
        player.join()

    def _run(self, zero_ns: int) -> None:
        self.played = play_case(self._model, self._play, self._case, zero_ns, self._hand_over)

    def _hand_over(self, number: int) -> None:
        if number == len(self._case.chunks):
            self._pieces.put(None)
        elif (chunk := self._case.chunks[number]).kind is not ChunkKind.NOTHING:
            self._pieces.put((chunk.text, False))


class ReferenceChild:
    """Answers each request with the case that its prompt names."""

    def __init__(self, inbox: Inbox, outbox: Outbox, file: Path) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._model = file.stem
        self._log = PlaybackLog(file)

    def serve(self) -> None:
        """Carry out the commands from the inbox one after the other, without end."""
        while True:
            command = self._inbox.commands.get()
            if isinstance(command, wire.LoadFolder):
                self._outbox.put(wire.Started(os.getpid()))
                self._outbox.put(wire.LoadFinished(Loaded(load_ns=0, peak_rss_bytes=own.peak_rss_bytes())))
                gc.freeze()
            elif isinstance(command, wire.Generate):
                self._outbox.request_id = command.request_id
                gc.disable()
                self._outbox.put(self._answer(command))
                gc.enable()

    def _answer(self, command: wire.Generate) -> wire.Report:
        case = case_of(command.request.prompt)
        if case is None:
            return wire.Failed(command.request_id, f"no case is called {command.request.prompt!r}")
        case = case.as_received(Transport.WIRE)
        runtime = ScriptedRuntime(self._model, command.request.prompt, case)
        start_ns = perf_counter_ns()
        end_ns = send_answer(runtime.stream(), start_ns, self._inbox, self._outbox)
        if end_ns is None or runtime.played is None:
            return wire.Cancelled(command.request_id)
        self._log.note(runtime.played)
        return finished(command.request_id, case, end_ns)


def finished(request_id: int, case: Case, end_ns: int) -> wire.AnswerFinished:
    """The final report of an answer, with the counts that the runtime of this case would give.

    A runtime that hides tokens cannot claim that its first piece is a single token.
    """
    timeline = Timeline(
        end_ns=end_ns,
        finish_reason=case.finish_reason,
        prompt_tokens=case.prompt_tokens if case.sends_usage else None,
        output_tokens=case.output_tokens if case.sends_usage else None,
        one_token_first=not case.hidden_tokens and not case.counts_end_token,
        hidden_tokens=case.hidden_tokens if case.sends_hidden else None,
    )
    return wire.AnswerFinished(request_id, Completed(timeline=timeline, peak_rss_bytes=own.peak_rss_bytes()))


def main() -> None:
    """Serve on stdin and a private copy of stdout."""
    fd = private_stdout()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ReferenceChild(Inbox(), Outbox(fd), Path(sys.argv[1])).serve()


if __name__ == "__main__":
    main()
