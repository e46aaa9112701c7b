"""The child process of an adapter: it runs a class of the user's own with the clock and the wire of every engine."""

from __future__ import annotations

import gc
import importlib
import inspect
import os
import sys
import threading
import traceback
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final, Protocol, cast

from tui.engines.adapter.source_imports import import_from
from tui.engines.contract import MOST_PIECES, MOST_TEXT_BYTES, Completed, Loaded, Piece, Request, token_count_of
from tui.engines.process import wire
from tui.engines.process.child_side import SWITCH_INTERVAL_S, Inbox, Outbox, private_stdin, private_stdout
from tui.engines.reasoning import ReasoningSplitter
from tui.measure.timing.metrics import BYTES_PER_TOKEN
from tui.probes import own
from tui.records import FinishReason, Timeline, TokensSource
from tui.system import processes

UNLOAD_S: Final = 0.5
"""How long ``unload`` may take before the process ends all the same."""
PIECES_PER_TOKEN: Final = 8
"""The most pieces that a token comes in, as a rule. An answer without counts that has more of them for each token of
the limit is longer than the limit.
"""
_PIECES_AT_MOST, _PIECES_MORE = 64, 4096
"""How many pieces may come for each token of the limit, and how many more, even if they count as no token."""
_BYTES_A_TOKEN, _BYTES_MORE = 64, 4096
"""How many bytes of text may come for each token of the limit, and how many more."""


class UserAdapter(Protocol):
    """The methods of an adapter, as the user's class has them."""

    def load(self, path: Path | None, **options: Any) -> None:
        """Load the model in ``path``; ``options`` are those of its entry in models.json."""
        ...

    def generate(self, prompt: str, **parameters: Any) -> Iterable[object]:
        """Answer, as text or as pairs of text and the tokens in it, as they become known.

        ``parameters`` are ``max_tokens``, ``temperature``, ``system`` and ``seed``, and for a question with turns
        before it ``messages``: the whole conversation as chat templates have it, with ``prompt`` last. A generator may
        return a mapping with ``finish_reason`` (``stop`` or ``length``), ``prompt_tokens`` and ``output_tokens``.
        Tokens that end the answer and stand for no text, such as an end token, are not counted.
        """
        ...

    def unload(self) -> None:
        """Let go of the model; the process ends afterwards."""
        ...


class AdapterError(Exception):
    """The adapter did what no adapter may; the message describes it."""


@dataclass
class AnswerCount:
    """The tokens, pieces and bytes of an answer so far."""

    tokens: int = 0
    counted: bool = True
    """Whether every piece came with its number of tokens."""
    pieces: int = 0
    text_bytes: int = 0
    first_tokens: int | None = None
    """The tokens in the first piece with text; ``None`` if they are not known."""

    def add(self, text: str, tokens: int | None) -> None:
        """Count one more piece, with its number of tokens if the adapter gives it."""
        self.pieces += 1
        self.text_bytes += len(text.encode("utf-8", "replace"))
        self.counted = self.counted and tokens is not None
        self.tokens += tokens or 0
        if self.first_tokens is None and text:
            self.first_tokens = tokens

    @property
    def output_tokens(self) -> int:
        """The tokens as the adapter counts them, else an estimate from the length of the text."""
        return self.tokens if self.counted else max(1, round(self.text_bytes / BYTES_PER_TOKEN))

    def reaches(self, max_tokens: int) -> bool:
        """Whether the answer has as many tokens as the limit; without counts, whether it certainly has more."""
        if self.room(max_tokens) <= 0 or self.pieces > min(max_tokens * _PIECES_AT_MOST + _PIECES_MORE, MOST_PIECES):
            return True
        return self.tokens >= max_tokens if self.counted else self.pieces > max_tokens * PIECES_PER_TOKEN

    def room(self, max_tokens: int) -> int:
        """How many more bytes of text an answer of so many tokens can have."""
        return min(max_tokens * _BYTES_A_TOKEN + _BYTES_MORE, MOST_TEXT_BYTES) - self.text_bytes


class AdapterChild:
    """One adapter in this process: import it, load its model, then answer until stdin closes."""

    def __init__(self, stdin: int, outbox: Outbox) -> None:
        self._outbox = outbox
        self._adapter: UserAdapter | None = None
        self._busy = threading.Lock()
        self._inbox = Inbox(on_end=self._unload, fd=stdin)

    def serve(self) -> None:
        """Carry out one command after the other; what the adapter raises is reported, and the next command taken."""
        while True:
            command = self._inbox.commands.get()
            request_id = command.request_id if isinstance(command, wire.Generate) else 0
            try:
                with self._busy:
                    self._carry_out(command)
            except Exception as error:
                sys.stderr.write(traceback.format_exc())
                self._outbox.put(wire.Failed(request_id, _message_of(error)))

    def _carry_out(self, command: wire.Task) -> None:
        match command:
            case wire.LoadAdapter():
                self._load(command)
            case wire.Generate():
                self._generate(command.request_id, command.request)
            case _:
                raise AdapterError("an adapter cannot do that")

    def _load(self, command: wire.LoadAdapter) -> None:
        if command.search_folder:
            import_from(Path(command.search_folder), [Path(folder) for folder in command.agreed])
        adapter = _class_at(command.target)()
        self._outbox.put(wire.Started(os.getpid()))
        begun_ns = perf_counter_ns()
        adapter.load(Path(command.folder) if command.folder else None, **command.options)
        load_ns = perf_counter_ns() - begun_ns
        own.note_file_pages()
        loaded = Loaded(load_ns=load_ns, peak_rss_bytes=own.peak_rss_bytes())
        self._outbox.put(wire.LoadFinished(loaded))
        self._adapter = adapter
        gc.collect()
        gc.freeze()

    def _generate(self, request_id: int, request: Request) -> None:
        if self._adapter is None:
            raise AdapterError("no model is loaded")
        own.reset_peak_rss()
        # A collection during the answer would look like a pause of the model.
        gc.disable()
        try:
            self._outbox.put(self._stream(request_id, request, self._adapter))
        finally:
            gc.enable()

    def _stream(self, request_id: int, request: Request, adapter: UserAdapter) -> wire.AnswerFinished | wire.Cancelled:
        outbox = self._outbox
        outbox.request_id = request_id
        splitter, count = ReasoningSplitter(), AnswerCount()
        at_ns, answer = 0, _AdapterAnswer()
        start_ns = perf_counter_ns()
        values = answer.values_of(
            adapter.generate(
                request.prompt,
                max_tokens=request.max_tokens,
                temperature=request.temperature,
                system=request.system,
                seed=request.seed,
                **_conversation(adapter, request),
            )
        )
        for value in values:
            at_ns = perf_counter_ns() - start_ns
            if self._inbox.cancelled == request_id:
                values.close()
                return wire.Cancelled(request_id)
            text, tokens = _text_and_tokens(value)
            # A sign is at least a byte, so that this leaves a longer text too long.
            text = text[: count.room(request.max_tokens)]
            count.add(text, tokens)
            if text:
                for part, reasoning in splitter.feed(text) or (("", False),):
                    outbox.add(Piece(at_ns, part, reasoning))
            if count.reaches(request.max_tokens):
                answer.finish_reason = FinishReason.LENGTH
                values.close()
                break
        end_ns = perf_counter_ns() - start_ns
        for part, reasoning in splitter.finish():
            outbox.add(Piece(at_ns, part, reasoning))
        completed = Completed(
            timeline=answer.timeline(end_ns, count),
            peak_rss_bytes=own.peak_rss_bytes(),
            taken_back_bytes=own.taken_back_bytes(),
        )
        return wire.AnswerFinished(request_id, completed)

    def _unload(self) -> None:
        """Have the adapter unload its model, unless it is busy or takes too long; in the thread that reads commands."""
        if self._adapter is None or not self._busy.acquire(timeout=UNLOAD_S):
            return
        unloading = threading.Thread(target=self._adapter.unload, daemon=True)
        unloading.start()
        unloading.join(UNLOAD_S)


class _AdapterAnswer:
    """One answer of an adapter: the values that it yields, and the mapping that it may return at its end."""

    def __init__(self) -> None:
        self.finish_reason: FinishReason | None = None
        self._prompt_tokens: int | None = None
        self._output_tokens: int | None = None

    def values_of(self, answer: object) -> Generator[object, None, None]:
        """The values as a generator of our own, whose closing closes the adapter's.

        Raises:
            AdapterError: the adapter has given something that does not yield values.
        """
        if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
            raise AdapterError(f"generate() gave {type(answer).__name__}, but pieces of text are expected; use yield")
        return self._values(iter(cast("Iterable[object]", answer)))

    def timeline(self, end_ns: int, count: AnswerCount) -> Timeline:
        """The end and the counts of the answer; a count that the adapter returned is preferred to a sum of values."""
        counted = count.counted or bool(self._output_tokens)
        return Timeline(
            end_ns=end_ns,
            finish_reason=self.finish_reason or FinishReason.STOP,
            prompt_tokens=self._prompt_tokens,
            output_tokens=self._output_tokens or count.output_tokens,
            tokens_source=TokensSource.RUNTIME if counted else TokensSource.ESTIMATED,
            one_token_first=count.first_tokens == 1,
        )

    def _values(self, values: Iterator[object]) -> Generator[object, None, None]:
        returned = cast("object", (yield from values))
        if isinstance(returned, Mapping):
            self._take(cast("Mapping[str, object]", returned))

    def _take(self, returned: Mapping[str, object]) -> None:
        word = returned.get("finish_reason")
        self.finish_reason = next((reason for reason in FinishReason if reason == word), None)
        self._prompt_tokens = token_count_of(returned.get("prompt_tokens"))
        self._output_tokens = token_count_of(returned.get("output_tokens"))


def _text_and_tokens(value: object) -> tuple[str, int | None]:
    """The text in a value that an adapter has yielded, and the number of its tokens if the adapter gives it."""
    if isinstance(value, str):
        return value, None
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        parts = cast("Sequence[object]", value)
        if len(parts) == 2 and isinstance(parts[0], str) and (tokens := token_count_of(parts[1])) is not None:
            return parts[0], tokens
    kind = type(cast("object", value)).__name__
    raise AdapterError(f"generate() yielded {kind}, but text, or text with its tokens, is expected")


def _conversation(adapter: UserAdapter, request: Request) -> dict[str, object]:
    """The parameter for a question with turns before it: the messages so far, the new one last, as chat templates have
    them. A first question goes without it.

    Raises:
        AdapterError: the adapter takes no such parameter.
    """
    if not request.earlier:
        return {}
    # Among other ``**parameters`` the messages would go unseen, and the question would be answered without them.
    if "messages" not in inspect.signature(adapter.generate).parameters:
        raise AdapterError("generate() has no parameter messages, so it cannot go on with a conversation; add it")
    messages = [{"role": "system", "content": request.system}] if request.system else []
    for exchange in request.earlier:
        messages.append({"role": "user", "content": exchange.question})
        messages.append({"role": "assistant", "content": exchange.answer})
    return {"messages": [*messages, {"role": "user", "content": request.prompt}]}


def _class_at(target: str) -> Any:
    """The class that ``module:Class`` names."""
    module, _, path = target.partition(":")
    named: Any = importlib.import_module(module)
    for name in path.split("."):
        named = getattr(named, name)
    return named


def _message_of(error: Exception) -> str:
    if isinstance(error, AdapterError):
        return str(error)
    kind, message = type(error).__name__, str(error).strip()
    return f"{kind}: {message}" if message else f"the engine raised {kind} without a message"


def main() -> None:
    """Serve on private copies of stdin and stdout: an adapter may print, and reads nothing from its stdin."""
    stdin, stdout = private_stdin(), private_stdout()
    own.volunteer_for_oom()
    processes.adopt_orphans()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    AdapterChild(stdin, Outbox(stdout)).serve()


if __name__ == "__main__":
    main()
