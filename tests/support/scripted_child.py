"""A child that speaks the real wire but follows a script: for hangs, floods and deaths no real model can be asked for.

Run as ``python -m tests.support.scripted_child SCENARIO [NUMBER]``.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from msgspec import structs

from tui.engines.contract import Completed, Loaded, Piece
from tui.engines.process import wire
from tui.engines.process.child_side import Inbox, Outbox
from tui.records import FinishReason, Timeline
from tui.system import processes

MARKDOWN_WANTED = "Write Markdown."
"""The prompt that is answered with Markdown; any other one is answered with plain words."""
_MARKDOWN = """
## How a cache helps

A **cache** keeps what was *computed* before, so that `lookup(key)` is fast:

- it takes memory in place of time
- it must be told when what it keeps is *old*, or else it lies to whoever asks

1. Measure first.
2. Then keep what is asked for **most often**.

```python
def lookup(key):
    return table.get(key) or compute(key)
```

| size | hits |
|-----:|-----:|
|   64 | 51 % |
|  256 | 83 % |

"""
_MARKDOWN_TOKENS = re.findall(r"\S+|\s+", _MARKDOWN)


def token_text(token: int, prompt: str) -> str:
    """Return the text of one token of an answer in the scenario ``pace``."""
    return _MARKDOWN_TOKENS[token % len(_MARKDOWN_TOKENS)] if prompt == MARKDOWN_WANTED else f"word{token} "


class Script:
    """A child that loads at once and answers with one piece of text, unless its scenario is another."""

    def __init__(self, scenario: str, number: int, inbox: Inbox, outbox: Outbox) -> None:
        self._scenario = scenario
        self._number = number
        self._inbox = inbox
        self._outbox = outbox
        self._answers = 0

    def serve(self) -> None:
        while True:
            command = self._inbox.commands.get()
            if isinstance(command, wire.LoadFolder):
                self._load()
            elif isinstance(command, wire.Generate):
                self._generate(command)

    def _load(self) -> None:
        scenes: dict[str, Callable[[], None]] = {
            "hang-at-load": _forever,
            "die-at-load": lambda: processes.kill(os.getpid()),
            "exit-at-load": lambda: os._exit(self._number),
            "refuse-load": lambda: self._outbox.put(
                wire.Failed(0, "no such model\nsrc/x.cc:12 void f() Empty template.")
            ),
            "flood-stderr": _flood,
            "print-on-stdout": lambda: print("native code says hello", flush=True),
            "talk-nonsense": lambda: _write(3, b"{nonsense\n"),
        }
        scenes.get(self._scenario, lambda: None)()
        if self._scenario == "refuse-load":
            return
        self._outbox.put(wire.Started(os.getpid()))
        self._outbox.put(wire.LoadFinished(Loaded(load_ns=1_000_000)))

    def _generate(self, command: wire.Generate) -> None:
        request_id = self._outbox.request_id = command.request_id
        scenes: dict[str, Callable[[], None]] = {
            "hang-in-prefill": _forever,
            "refuse-requests": lambda: self._outbox.put(wire.Failed(request_id, "request requires 8608 total tokens")),
            "fail-without-number": lambda: self._outbox.put(wire.Failed(0, "all is lost")),
            "out-of-memory": lambda: self._outbox.put(wire.Failed(request_id, "Resource temporarily unavailable")),
        }
        if self._scenario in scenes:
            scenes[self._scenario]()
            return
        if self._scenario == "die-in-stream":
            self._outbox.add(Piece(1_000_000, "half an ans"))
            time.sleep(0.1)
            processes.kill(os.getpid())
        self._stream(command)

    def _stream(self, command: wire.Generate) -> None:
        """Send ``max_tokens`` tokens at the set rate in the scenario ``pace``, and one piece at once in any other.

        In the scenario ``two-answers`` every answer after the second goes on until it is cancelled, at 50 tokens/s.
        """
        self._answers += 1
        if self._scenario == "two-answers" and self._answers > 2:
            self._scenario, self._number = "pace", 50
            command = structs.replace(command, request=replace(command.request, max_tokens=1_000_000))
        tokens = command.request.max_tokens if self._scenario == "pace" else 1
        start_ns = time.perf_counter_ns()
        for token in range(tokens):
            if self._scenario == "pace":
                due_ns = start_ns + (token + 1) * 1_000_000_000 // self._number
                time.sleep(max(0, due_ns - time.perf_counter_ns()) / 1e9)
            if self._inbox.cancelled == command.request_id:
                self._outbox.put(wire.Cancelled(command.request_id))
                return
            self._outbox.add(Piece(time.perf_counter_ns() - start_ns, token_text(token, command.request.prompt)))
        end_ns = time.perf_counter_ns() - start_ns
        timeline = Timeline(end_ns=end_ns, finish_reason=FinishReason.LENGTH, prompt_tokens=8, output_tokens=tokens)
        completed = Completed(timeline=timeline, peak_rss_bytes=1 << 20)
        self._outbox.put(wire.AnswerFinished(command.request_id, completed))


def command(scenario: str, number: int = 0) -> Sequence[str]:
    """Return the command line that starts a child with this scenario."""
    return (sys.executable, "-P", "-m", "tests.support.scripted_child", scenario, str(number))


def _forever() -> None:
    threading.Event().wait()


def _write(fd: int, data: bytes) -> None:
    os.write(fd, data)


def _flood() -> None:
    for line in range(20_000):
        sys.stderr.write(f"warning {line}: {'x' * 80}\n")
    sys.stderr.write("the last line\n")


def main() -> None:
    fd = os.dup(1)
    os.dup2(2, 1)
    if sys.argv[1] == "talk-nonsense":
        os.dup2(fd, 3)
    Script(sys.argv[1], int(sys.argv[2]), Inbox(), Outbox(fd)).serve()


if __name__ == "__main__":
    main()
