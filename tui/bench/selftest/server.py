"""The reference server plays the streams of the self-test over an OpenAI-compatible interface.

``python -m tui.bench.selftest.server [FILE [CASE]]`` starts it. It prints its address and serves until its stdin
closes. The prompt names the case to play. If it names none, the name of the model does, and if that is no case either,
the server plays ``CASE``. The player's clock starts when the whole request has arrived.
"""

from __future__ import annotations

import json
import os
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from time import perf_counter_ns
from typing import Any, Final, cast

import msgspec

from tui.bench.selftest.cases import BY_NAME, CASES, Case, ChunkKind
from tui.bench.selftest.playback import PlaybackLog, case_of, play_case
from tui.engines.process.child_side import SWITCH_INTERVAL_S

_CHAT: Final = "/v1/chat/completions"
_MODELS: Final = "/v1/models"
_HEALTH: Final = "/health"
"""Other measuring tools request this path before they begin."""
_LONGEST_REQUEST: Final = 2**20
_LENGTH: Final = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
_STREAM_HEAD: Final = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


class StreamOptions(msgspec.Struct, frozen=True):
    include_usage: bool = False


class Message(msgspec.Struct, frozen=True):
    content: Any = ""


class ChatRequest(msgspec.Struct, frozen=True):
    """The fields of a chat request that decide the answer."""

    messages: tuple[Message, ...] = ()
    model: str = ""
    stream: bool = False
    stream_options: StreamOptions | None = None


_requests: msgspec.json.Decoder[ChatRequest] = msgspec.json.Decoder(ChatRequest)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One HTTP request, with the time of its arrival."""

    method: str
    path: str
    body: bytes
    arrived_ns: int
    """The time at which its last byte had arrived."""


class ReferenceServer(socketserver.ThreadingTCPServer):
    """An HTTP server on this machine that answers each connection in a thread of its own."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, log: PlaybackLog, default: Case) -> None:
        super().__init__(("127.0.0.1", 0), ConnectionHandler)
        self.log = log
        self.default_case = default

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore the error: a client may close its connection at any time."""


class ConnectionHandler(socketserver.BaseRequestHandler):
    """Serves one connection.

    It reads HTTP by hand, because a parser would delay the arrival time from which every moment is counted.
    """

    request: socket.socket

    @property
    def _server(self) -> ReferenceServer:
        return cast(ReferenceServer, self.server)

    def handle(self) -> None:
        """Answer one request after the other until the client leaves."""
        # A small chunk must not wait for the one before it to be acknowledged.
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while (request := self._receive()) is not None:
            if request.method == "POST" and request.path == _CHAT:
                self._chat(request)
            elif request.method == "GET" and request.path == _MODELS:
                models = [{"id": name, "object": "model", "created": 0, "owned_by": "benchtop"} for name in BY_NAME]
                self._send_json(HTTPStatus.OK, {"object": "list", "data": models})
            elif request.method == "GET" and request.path == _HEALTH:
                self._send_json(HTTPStatus.OK, {})
            else:
                self._send_json(HTTPStatus.NOT_FOUND, {"error": {"message": f"there is no {request.path}"}})

    def _receive(self) -> HttpRequest | None:
        data = b""
        while len(data) < _LONGEST_REQUEST:
            part = self.request.recv(_LONGEST_REQUEST)
            arrived_ns = perf_counter_ns()
            data += part
            head, ended, body = data.partition(b"\r\n\r\n")
            length = _LENGTH.search(head)
            if ended and len(body) >= (int(length[1]) if length else 0):
                method, path = head.decode("latin-1").split(" ", 2)[:2]
                return HttpRequest(method, path.partition("?")[0].rstrip("/"), body, arrived_ns)
            if not part:
                return None
        return None

    def _chat(self, request: HttpRequest) -> None:
        """Play the case that the request names."""
        try:
            chat = _requests.decode(request.body)
        except msgspec.DecodeError:
            self._send_json(HTTPStatus.BAD_REQUEST, {"error": {"message": "this is not a chat request"}})
            return
        play = str(chat.messages[-1].content) if chat.messages else ""
        case = case_of(play) or BY_NAME.get(chat.model) or self._server.default_case
        if chat.stream:
            options = chat.stream_options or StreamOptions()
            send = self._begin_stream(case, with_usage=options.include_usage)
            self._server.log.note(play_case(chat.model, play, case, request.arrived_ns, send))
        else:
            self._server.log.note(play_case(chat.model, play, case, request.arrived_ns, lambda _: None))
            self._send_json(HTTPStatus.OK, complete_answer(case))

    def _begin_stream(self, case: Case, *, with_usage: bool) -> Callable[[int], None]:
        """Send the head of the answer, and return a function that sends the chunk with a given index."""
        parts = [http_chunk(part) for part in chunk_bytes(case, with_usage=with_usage)]
        self.request.sendall(_STREAM_HEAD)

        def send(number: int) -> None:
            if parts[number]:
                self.request.sendall(parts[number])

        return send

    def _send_json(self, status: HTTPStatus, answer: object) -> None:
        data = json.dumps(answer).encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: application/json\r\n"
        self.request.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)


def chunk_bytes(case: Case, *, with_usage: bool) -> list[bytes]:
    """The bytes to write for each chunk of a case, and after them those that end the answer.

    A character beyond ASCII is cut in the middle of its bytes: the first part goes out with the previous chunk.
    """
    parts = [_event(case, {"delta": _delta(chunk.text, chunk.kind)}, chunk.text) for chunk in case.chunks]
    for number, chunk in enumerate(case.chunks):
        if chunk.kind is ChunkKind.NOTHING:
            parts[number] = b""
        cut = next((index + 1 for index, byte in enumerate(parts[number]) if byte >= 0xC0), 0)
        if cut and number:
            parts[number - 1] += parts[number][:cut]
            parts[number] = parts[number][cut:]
    end = _event(case, {"delta": {}, "finish_reason": case.finish_reason.value})
    if with_usage and case.sends_usage:
        end += _event(case, None, usage=usage(case))
    return [*parts, end + b"data: [DONE]\n\n"]


def http_chunk(part: bytes) -> bytes:
    """Frame a part of the answer as an HTTP chunk; the part that ends the answer also closes it."""
    if not part:
        return b""
    end = b"0\r\n\r\n" if part.endswith(b"[DONE]\n\n") else b""
    return b"%x\r\n%b\r\n%b" % (len(part), part, end)


def complete_answer(case: Case) -> dict[str, object]:
    """The answer to a request that is not streamed."""
    text = "".join(chunk.text for chunk in case.chunks).encode("utf-16", "surrogatepass").decode("utf-16")
    choice = {
        "index": 0,
        "message": {"role": "assistant", "content": text},
        "finish_reason": case.finish_reason.value,
    }
    counts = {"usage": usage(case)} if case.sends_usage else {}
    return {"id": "known", "object": "chat.completion", "created": 0, "model": case.name, "choices": [choice], **counts}


def usage(case: Case) -> dict[str, object]:
    """The token counts of a case in the form of the ``usage`` object."""
    tokens = case.output_tokens
    hidden = {"completion_tokens_details": {"reasoning_tokens": case.hidden_tokens}} if case.sends_hidden else {}
    return {
        "prompt_tokens": case.prompt_tokens,
        "completion_tokens": tokens,
        "total_tokens": case.prompt_tokens + tokens,
        **hidden,
    }


def _delta(text: str, sent: ChunkKind) -> dict[str, str]:
    return {"role": "assistant", "content": ""} if sent is ChunkKind.ROLE else {"content": text}


def _event(case: Case, choice: dict[str, object] | None, text: str = "", **more: object) -> bytes:
    """One server-sent event; half a surrogate pair can only be written as its escape."""
    chunk = {
        "id": "known",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": case.name,
        "choices": [] if choice is None else [{"index": 0, "finish_reason": None, **choice}],
        **more,
    }
    whole_characters = not any(0xD800 <= ord(letter) < 0xE000 for letter in text)
    return f"data: {json.dumps(chunk, ensure_ascii=not whole_characters)}\n\n".encode()


def main() -> None:
    """Serve until stdin closes."""
    file, case = [*sys.argv[1:], "", ""][:2]
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    server = ReferenceServer(PlaybackLog(Path(file) if file else None), BY_NAME.get(case, CASES[0]))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.url}\n")
    sys.stdout.flush()
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
