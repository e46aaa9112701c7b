"""The child process of an adapter: code of the user's own behind the same clock, the same wire and the same ends."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
import traceback
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final, Protocol, cast

from tui.engines.engine import Piece
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdin, private_stdout
from tui.engines.reasoning import ReasoningSplitter
from tui.measure.timing.metrics import BYTES_PER_TOKEN
from tui.probes import own
from tui.records import FinishReason, TokensSource

UNLOAD_S: Final = 0.5
"""How long ``unload`` may take before the process ends all the same."""
_MOST_TOKENS: Final = 1_000_000_000
PIECES_PER_TOKEN: Final = 8
"""A token comes in at most about this many pieces: beyond, an answer without counts is longer than was asked for."""


class UserAdapter(Protocol):
    """What an adapter offers."""

    def load(self, path: Path | None, **options: Any) -> None:
        """Load the model in ``path``; ``options`` are those of its entry in models.json."""
        ...

    def generate(self, prompt: str, **parameters: Any) -> Iterable[object]:
        """Answer, as text or as pairs of text and the tokens in it, as they become known.

        ``parameters`` are ``max_tokens``, ``temperature``, ``system`` and ``seed``. A generator may return a mapping
        with ``finish_reason`` (``stop`` or ``length``), ``prompt_tokens`` and ``output_tokens``. Tokens that end the
        answer and stand for no text, such as an end token, are not counted.
        """
        ...

    def unload(self) -> None:
        """Let go of the model; the process ends afterwards."""
        ...


class Misbehaved(Exception):
    """The adapter did what no adapter may; the message says what."""


@dataclass
class Count:
    """What an answer has come to so far."""

    tokens: int = 0
    counted: bool = True
    pieces: int = 0
    text_bytes: int = 0
    first_tokens: int | None = None

    def take(self, text: str, tokens: int | None) -> None:
        self.pieces += 1
        self.text_bytes += len(text.encode("utf-8", "replace"))
        self.counted = self.counted and tokens is not None
        self.tokens += tokens or 0
        if self.first_tokens is None and text:
            self.first_tokens = tokens

    @property
    def output_tokens(self) -> int:
        return self.tokens if self.counted else max(1, round(self.text_bytes / BYTES_PER_TOKEN))

    def reaches(self, max_tokens: int) -> bool:
        """Whether as much has come as was asked for; without counts only what is surely too much tells."""
        return self.tokens >= max_tokens if self.counted else self.pieces > max_tokens * PIECES_PER_TOKEN


class AdapterChild:
    """One adapter in this process: import it, load its model, then answer until stdin closes."""

    def __init__(self, stdin: int, outbox: Outbox) -> None:
        self._outbox = outbox
        self._adapter: UserAdapter | None = None
        self._busy = threading.Lock()
        self._inbox = Inbox(on_end=self._unload, fd=stdin)

    def serve(self) -> None:
        """Take one command after the other; what the adapter raises is reported, and the next command taken."""
        while True:
            command = self._inbox.commands.get()
            request = command.request if isinstance(command, wire.Generate) else 0
            try:
                with self._busy:
                    self._do(command)
            except Exception as error:
                sys.stderr.write(traceback.format_exc())
                self._outbox.put(wire.Failed(request, _words(error)))

    def _do(self, command: wire.Task) -> None:
        match command:
            case wire.Adopt():
                self._adopt(command)
            case wire.Generate():
                self._generate(command)
            case _:
                raise Misbehaved("an adapter cannot do that")

    def _adopt(self, command: wire.Adopt) -> None:
        if command.search_folder:
            sys.path.insert(0, command.search_folder)
        adapter = _imported(command.target)()
        self._outbox.put(wire.Hello(os.getpid()))
        asked_ns = perf_counter_ns()
        adapter.load(Path(command.folder) if command.folder else None, **command.options)
        self._outbox.put(wire.LoadDone(perf_counter_ns() - asked_ns, own.peak_rss_bytes()))
        self._adapter = adapter
        gc.collect()
        gc.freeze()

    def _generate(self, command: wire.Generate) -> None:
        if self._adapter is None:
            raise Misbehaved("no model is loaded")
        own.reset_peak_rss()
        # A collection in the middle would stand in the gaps as if the model had paused.
        gc.disable()
        try:
            self._outbox.put(self._stream(command, self._adapter))
        finally:
            gc.enable()

    def _stream(self, command: wire.Generate, adapter: UserAdapter) -> wire.Finished | wire.Cancelled:
        outbox, number = self._outbox, command.request
        outbox.request = number
        splitter, count = ReasoningSplitter(), Count()
        at_ns, told = 0, _Told()
        start_ns = perf_counter_ns()
        pieces = told.listen(
            adapter.generate(
                command.prompt,
                max_tokens=command.max_tokens,
                temperature=command.temperature,
                system=command.system,
                seed=command.seed,
            )
        )
        for given in pieces:
            at_ns = perf_counter_ns() - start_ns
            if self._inbox.cancelled == number:
                pieces.close()
                return wire.Cancelled(number)
            text, tokens = _piece(given)
            count.take(text, tokens)
            if text:
                for run, reasoning in splitter.feed(text) or (("", False),):
                    outbox.add(Piece(at_ns, run, reasoning))
            if count.reaches(command.max_tokens):
                told.finish_reason = FinishReason.LENGTH
                pieces.close()
                break
        end_ns = perf_counter_ns() - start_ns
        for run, reasoning in splitter.finish():
            outbox.add(Piece(at_ns, run, reasoning))
        return wire.Finished(
            number,
            end_ns,
            (told.finish_reason or FinishReason.STOP).value,
            told.prompt_tokens,
            told.output_tokens or count.output_tokens,
            own.peak_rss_bytes(),
            tokens_source=TokensSource.RUNTIME if count.counted or told.output_tokens else TokensSource.ESTIMATED,
            one_token_first=count.first_tokens == 1,
        )

    def _unload(self) -> None:
        """In the thread that reads commands: let the adapter say goodbye, unless it is busy or takes its time."""
        if self._adapter is None or not self._busy.acquire(timeout=UNLOAD_S):
            return
        farewell = threading.Thread(target=self._adapter.unload, daemon=True)
        farewell.start()
        farewell.join(UNLOAD_S)


class _Told:
    """What a generator returns at its end, where it returns anything."""

    def __init__(self) -> None:
        self.finish_reason: FinishReason | None = None
        self.prompt_tokens: int | None = None
        self.output_tokens: int | None = None

    def listen(self, given: object) -> Generator[object, None, None]:
        """The pieces as a generator of our own, whose closing closes the adapter's."""
        if isinstance(given, str | bytes) or not isinstance(given, Iterable):
            raise Misbehaved(f"generate() gave {type(given).__name__}, but pieces of text are expected; use yield")
        return self._pieces(iter(cast("Iterable[object]", given)))

    def _pieces(self, pieces: Iterator[object]) -> Generator[object, None, None]:
        returned = cast("object", (yield from pieces))
        if isinstance(returned, Mapping):
            self._take(cast("Mapping[str, object]", returned))

    def _take(self, returned: Mapping[str, object]) -> None:
        reason = returned.get("finish_reason")
        self.finish_reason = FinishReason(reason) if reason in set(FinishReason) else None
        self.prompt_tokens = _whole(returned.get("prompt_tokens"))
        self.output_tokens = _whole(returned.get("output_tokens"))


def _piece(given: object) -> tuple[str, int | None]:
    """Text and the tokens in it, where they are told."""
    kind = type(given).__name__
    if isinstance(given, str):
        return given, None
    if isinstance(given, Sequence) and not isinstance(given, bytes | bytearray):
        parts = cast("Sequence[object]", given)
        if len(parts) == 2 and isinstance(parts[0], str) and (tokens := _whole(parts[1])) is not None:
            return parts[0], tokens
    raise Misbehaved(f"generate() yielded {kind}, but text, or text with its tokens, is expected")


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS else None


def _imported(target: str) -> Any:
    """The class that ``module:Class`` names."""
    module, _, path = target.partition(":")
    found: Any = importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, Misbehaved) else f"{type(error).__name__}: {error}".rstrip(": ")


def main() -> None:
    """Serve on private copies of stdin and stdout: an adapter may print, and finds nothing to read."""
    stdin, stdout = private_stdin(), private_stdout()
    own.volunteer_for_oom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    AdapterChild(stdin, Outbox(stdout)).serve()


if __name__ == "__main__":
    main()
