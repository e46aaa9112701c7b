"""A child that plays streams of known truth where a runtime would answer: ``python -m tui.bench.selftest.child FILE``.

What a runtime hands over from a thread of its own is taken, stamped and sent by the code that does so for every model.
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

from tui.bench.selftest.cases import Case, SentStream, Way
from tui.bench.selftest.playing import Played, Witness, case_of, play_out
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, pass_on, private_stdout
from tui.probes import own


class ScriptedRuntime:
    """Hands a case over as the SDK does an answer: made in one thread, taken in another."""

    def __init__(self, model: str, play: str, case: Case) -> None:
        self._model = model
        self._play = play
        self._case = case
        self._handed: queue.SimpleQueue[tuple[str, bool] | None] = queue.SimpleQueue()
        """``None`` is the end."""
        self.played: Played | None = None

    def stream(self) -> Iterator[tuple[str, bool]]:
        """Each text as it is made; the clock of the player starts now."""
        zero_ns = perf_counter_ns()
        player = threading.Thread(target=self._run, args=(zero_ns,), name="player", daemon=True)
        player.start()
        while (said := self._handed.get()) is not None:
            yield said
        player.join()

    def _run(self, zero_ns: int) -> None:
        self.played = play_out(self._model, self._play, self._case, zero_ns, self._hand_over)

    def _hand_over(self, number: int) -> None:
        if number == len(self._case.beats):
            self._handed.put(None)
        elif (beat := self._case.beats[number]).sent is not SentStream.NOTHING:
            self._handed.put((beat.text, False))


class ReferenceChild:
    """Answers each request with the case that its prompt asks for."""

    def __init__(self, inbox: Inbox, outbox: Outbox, file: Path) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._model = file.stem
        self._witness = Witness(file)

    def serve(self) -> None:
        """Take one command after the other."""
        while True:
            command = self._inbox.commands.get()
            if isinstance(command, wire.Load):
                self._outbox.put(wire.Hello(os.getpid()))
                self._outbox.put(wire.LoadDone(0, own.peak_rss_bytes()))
                gc.freeze()
            elif isinstance(command, wire.Generate):
                self._outbox.request = command.request
                gc.disable()
                self._outbox.put(self._answer(command))
                gc.enable()

    def _answer(self, command: wire.Generate) -> wire.Report:
        case = case_of(command.prompt)
        if case is None:
            return wire.Failed(command.request, f"no case is called {command.prompt!r}")
        case = case.over(Way.WIRE)
        runtime = ScriptedRuntime(self._model, command.prompt, case)
        start_ns = perf_counter_ns()
        end_ns = pass_on(runtime.stream(), start_ns, self._inbox, self._outbox)
        if end_ns is None or runtime.played is None:
            return wire.Cancelled(command.request)
        self._witness.note(runtime.played)
        return finished(command.request, case, end_ns)


def finished(request: int, case: Case, end_ns: int) -> wire.Finished:
    """The end as a runtime tells it; one that hides tokens cannot say that its first piece is one."""
    return wire.Finished(
        request,
        end_ns,
        case.finish_reason.value,
        prompt_tokens=case.prompt_tokens if case.tells_usage else None,
        output_tokens=case.output_tokens if case.tells_usage else None,
        peak_rss_bytes=own.peak_rss_bytes(),
        one_token_first=not case.hidden_tokens,
        hidden_tokens=case.hidden_tokens if case.tells_hidden else None,
    )


def main() -> None:
    """Serve on stdin and a private copy of stdout."""
    fd = private_stdout()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    ReferenceChild(Inbox(), Outbox(fd), Path(sys.argv[1])).serve()


if __name__ == "__main__":
    main()
