"""The child process of one Foundry Local model: the only importer of the SDK.

It reads commands from stdin and answers on a private copy of fd 1. Native code prints on fd 1, so that is pointed at
stderr before the SDK is imported. It ends when stdin closes: no orphan keeps gigabytes.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import shutil
import sys
import threading
from pathlib import Path
from time import perf_counter_ns
from typing import TYPE_CHECKING, Final

from tui.engines import wire
from tui.engines.engine import Piece
from tui.engines.reasoning import ReasoningSplitter, template_opens_reasoning
from tui.probes import own

if TYPE_CHECKING:
    from foundry_local_sdk import ChatSession, FoundryLocalManager, IModel, Request, RequestOptions

BATCH_S: Final = 0.02
"""Text of this long goes into one line; each piece keeps its own stamp."""
SWITCH_INTERVAL_S: Final = 0.0001
"""The SDK hands items over between two threads: at Python's 5 ms the gaps of a fast model are fiction."""


class Outbox:
    """Sends frames from a thread of its own, so that a slow reader never holds up the clock."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: queue.SimpleQueue[Piece | wire.Report] = queue.SimpleQueue()
        self._urgent = threading.Event()
        self.request = 0
        threading.Thread(target=self._send_all, name="outbox", daemon=True).start()

    def add(self, piece: Piece) -> None:
        """Take a piece of the current request."""
        self._waiting.put(piece)

    def put(self, frame: wire.Report) -> None:
        """Send a frame at once, after the text that came before it."""
        self._waiting.put(frame)
        self._urgent.set()

    def _send_all(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty():
                batch.append(self._waiting.get())
            pieces = tuple(entry for entry in batch if isinstance(entry, Piece))
            if pieces:
                self._write(wire.Text(self.request, pieces))
            for entry in batch:
                if not isinstance(entry, Piece):
                    self._write(entry)
            # Text gathers for a while; a frame that somebody waits for cuts this short.
            self._urgent.wait(BATCH_S)
            self._urgent.clear()

    def _write(self, frame: wire.Report) -> None:
        data = memoryview(wire.encode(frame))
        try:
            while data:
                data = data[os.write(self._fd, data) :]
        except OSError:
            os._exit(0)


class Inbox:
    """Reads commands in a thread of its own: a cancel must be seen while the main thread generates."""

    def __init__(self) -> None:
        self.commands: queue.SimpleQueue[wire.Load | wire.Generate] = queue.SimpleQueue()
        self.cancelled = 0
        """The last request to be given up."""
        self.scratch: Path | None = None
        threading.Thread(target=self._read_all, name="inbox", daemon=True).start()

    def _read_all(self) -> None:
        # Not sys.stdin.buffer: a thread inside its lock would hold up the interpreter's end.
        with open(0, "rb", closefd=False) as stdin:
            for line in stdin:
                command = wire.command(line)
                if isinstance(command, wire.Cancel):
                    self.cancelled = command.request
                    continue
                if isinstance(command, wire.Load):
                    self.scratch = Path(command.scratch)
                self.commands.put(command)
        if self.scratch is not None:
            shutil.rmtree(self.scratch, ignore_errors=True)
        # The parent is gone or has no more use for the model; native threads may never return.
        os._exit(0)


class Child:
    """One model in this process: load it, then answer requests until stdin closes."""

    def __init__(self, inbox: Inbox, outbox: Outbox) -> None:
        self._inbox = inbox
        self._outbox = outbox
        self._runtime: FoundryLocalManager | None = None
        self._model: IModel | None = None
        self._thinks_first = False

    def serve(self) -> None:
        """Take one command after the other; a failure of the runtime is reported, and the next command taken."""
        while True:
            command = self._inbox.commands.get()
            request = command.request if isinstance(command, wire.Generate) else 0
            try:
                if isinstance(command, wire.Load):
                    self._load(command)
                else:
                    self._generate(command)
            except Exception as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
                self._outbox.put(wire.Failed(request, str(error) or type(error).__name__))

    def _load(self, command: wire.Load) -> None:
        from foundry_local_sdk import CatalogType, Configuration, FoundryLocalManager, ModelInfoBuilder

        folder, own_files = Path(command.folder), Path(command.scratch, "runtime")
        FoundryLocalManager.initialize(
            Configuration(
                app_name="benchtop",
                app_data_dir=str(own_files),
                model_cache_dir=str(own_files / "models"),
                disable_nonessential_telemetry=True,
            )
        )
        runtime = FoundryLocalManager.instance
        if runtime is None:
            raise RuntimeError("the runtime did not start")
        self._runtime = runtime
        with ModelInfoBuilder() as metadata:
            metadata.set_string_property("task", "chat-completion")
            catalog = runtime.get_catalog(CatalogType.LOCAL)
            self._model = catalog.register_model(folder, command.model_id, metadata)
        self._thinks_first = template_opens_reasoning(chat_template(folder))
        self._outbox.put(wire.Hello(os.getpid()))
        asked_ns = perf_counter_ns()
        self._model.load()
        self._outbox.put(wire.LoadDone(perf_counter_ns() - asked_ns, own.peak_rss_bytes()))
        gc.collect()
        gc.freeze()

    def _generate(self, command: wire.Generate) -> None:
        from foundry_local_sdk import ChatSession, MessageItem, Request

        if self._model is None:
            raise RuntimeError("no model is loaded")
        own.reset_peak_rss()
        session = ChatSession(self._model)
        with session, Request() as request:
            session.set_options(options(command))
            session.set_streaming(True)
            if command.system:
                request.add_item(MessageItem.system(command.system))
            request.add_item(MessageItem.user(command.prompt))
            # A collection in the middle would stand in the gaps as if the model had paused.
            gc.disable()
            try:
                self._outbox.put(self._stream(command.request, session, request))
            finally:
                gc.enable()

    def _stream(self, number: int, session: ChatSession, request: Request) -> wire.Finished | wire.Cancelled:
        from foundry_local_sdk import TextItem
        from foundry_local_sdk.items import TextItemType

        outbox, inbox = self._outbox, self._inbox
        outbox.request = number
        splitter = ReasoningSplitter(inside=self._thinks_first)
        at_ns = 0
        start_ns = perf_counter_ns()
        with session.process_streaming_request(request) as stream:
            for item in stream:
                at_ns = perf_counter_ns() - start_ns
                if inbox.cancelled == number:
                    return wire.Cancelled(number)
                if not isinstance(item, TextItem) or not item.text:
                    continue
                if item.type == TextItemType.REASONING:
                    outbox.add(Piece(at_ns, item.text, True))
                    continue
                for text, reasoning in splitter.feed(item.text) or (("", self._thinks_first),):
                    outbox.add(Piece(at_ns, text, reasoning))
            end_ns = perf_counter_ns() - start_ns
            for text, reasoning in splitter.finish():
                outbox.add(Piece(at_ns, text, reasoning))
            with stream.final_response as final:
                usage = final.get_usage()
                reason = final.finish_reason.name.lower()
        return wire.Finished(number, end_ns, reason, usage.prompt_tokens, usage.completion_tokens, own.peak_rss_bytes())


def options(command: wire.Generate) -> RequestOptions:
    """The search options of a request; a temperature of 0 is greedy search."""
    from foundry_local_sdk import RequestOptions, SearchOptions

    greedy = command.temperature == 0
    return RequestOptions(
        search=SearchOptions(
            temperature=None if greedy else command.temperature,
            do_sample=not greedy,
            max_output_tokens=command.max_tokens,
            seed=command.seed,
        )
    )


def chat_template(folder: Path) -> str:
    """The model's chat template as text, from either place that may hold it; empty when there is none."""
    try:
        return Path(folder, "chat_template.jinja").read_text(encoding="utf-8")
    except OSError:
        pass
    try:
        config = json.loads(Path(folder, "tokenizer_config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(config.get("chat_template") or "")


def main() -> None:
    """Serve one model on stdin and a private copy of stdout."""
    fd = os.dup(1)
    os.dup2(2, 1)
    own.volunteer_for_oom()
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    Child(Inbox(), Outbox(fd)).serve()


if __name__ == "__main__":
    main()
