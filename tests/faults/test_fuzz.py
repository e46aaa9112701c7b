"""Random bytes and texts at every border: only the errors that are expected there come of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import openai
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.faults import commands, histories
from tests.support.command import benchtop
from tui import json_file
from tui.cli import COMMANDS
from tui.console import ExitCode
from tui.engines.contract import Piece
from tui.engines.endpoint.answer import StreamedAnswer
from tui.engines.endpoint.behaviour.server_messages import message_in
from tui.engines.endpoint.errors import EXPECTED
from tui.engines.endpoint.events import EventReader
from tui.engines.process import wire
from tui.engines.reasoning import ReasoningSplitter
from tui.text import secrets

EXAMPLES_VARIABLE = "BENCHTOP_FUZZ_EXAMPLES"
"""Set to a number, it has each fuzzer try so many random examples in place of the few that are always the same."""
ASKED = int(os.environ.get(EXAMPLES_VARIABLE, "0"))
BOUNDED = settings(max_examples=ASKED or 40, derandomize=not ASKED, deadline=None, database=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["choices", "delta", "content", "error", "usage", "message", "index"]), inner)
    ),
    max_leaves=12,
)


def encoded(value: object) -> bytes:
    return msgspec.json.encode(value)


def written(value: object) -> str:
    return encoded(value).decode()


def event(value: object) -> bytes:
    return b"data: " + encoded(value) + b"\n\n"


EVENTS = st.lists(st.builds(event, JSON) | st.binary(max_size=40), max_size=6)


@BOUNDED
@given(st.binary(max_size=200) | st.builds(encoded, JSON))
def test_a_line_that_is_no_frame_is_a_decode_error(line: bytes) -> None:
    for decode in (wire.decode_command, wire.decode_report):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            decode(line)


@BOUNDED
@given(st.text(max_size=200) | st.builds(written, JSON))
def test_json_of_others_is_a_value_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError, RecursionError):
        json_file.loads(text)


async def read(parts: list[bytes]) -> None:
    async def body() -> AsyncIterator[bytes]:
        for part in parts:
            yield part

    answer = StreamedAnswer(20)
    async for event in EventReader(body()):
        tuple(answer.take(event, 0))
    tuple(answer.rest())
    answer.check()


@BOUNDED
@given(EVENTS)
def test_a_stream_of_anything_ends_with_an_error_that_is_expected(parts: list[bytes]) -> None:
    with contextlib.suppress(*EXPECTED, openai.OpenAIError):
        asyncio.run(read(parts))


@BOUNDED
@given(JSON)
def test_an_error_of_any_form_has_a_short_message(body: object) -> None:
    assert len(message_in(body)) <= 300


@BOUNDED
@given(st.text(max_size=300), st.integers(1, 9))
def test_a_text_that_is_split_anywhere_is_the_same_text(text: str, size: int) -> None:
    splitter = ReasoningSplitter()
    parts = [text[start : start + size] for start in range(0, len(text), size)]
    runs = [run for part in parts for run in splitter.feed(part)] + list(splitter.finish())
    whole = ReasoningSplitter()
    expected = [*whole.feed(text), *whole.finish()]
    for reasoning in (True, False):
        assert "".join(words for words, kind in runs if kind is reasoning) == "".join(
            words for words, kind in expected if kind is reasoning
        )


@BOUNDED
@given(st.text(max_size=60), st.text(max_size=60), st.text("abcXYZ019-_+/", min_size=20, max_size=60))
def test_no_key_is_left_in_any_text(before: str, after: str, key: str) -> None:
    saved = dict(vars(secrets)["_learned"])
    vars(secrets)["_learned"].clear()
    try:
        secrets.learn(key)
        assert key not in secrets.without_secrets(f"{before}{key}{after}")
    finally:
        vars(secrets)["_learned"].clear()
        vars(secrets)["_learned"].update(saved)


@BOUNDED
@given(st.lists(st.text(max_size=5), max_size=20))
def test_pieces_go_over_the_wire_as_they_are(texts: list[str]) -> None:
    pieces = tuple(Piece(number, text) for number, text in enumerate(texts))
    frame = wire.decode_report(wire.encode(wire.Text(1, pieces)))
    assert isinstance(frame, wire.Text)
    assert [piece.text for piece in frame.pieces] == texts


DAMAGE = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=64)), min_size=1, max_size=6)


@BOUNDED
@given(DAMAGE, st.floats(0.2, 1))
def test_a_history_of_any_bytes_is_read_or_refused(damage: list[tuple[float, bytes]], left: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.sqlite3"
        histories.made(file)
        content = bytearray(file.read_bytes())
        for share, bytes_written in damage:
            start = round(share * len(content))
            content[start : start + len(bytes_written)] = bytes_written
        file.write_bytes(content[: round(left * len(content))] if left < 0.5 else content)
        histories.read_all(file)


@BOUNDED
@given(commands.lines(COMMANDS))
def test_a_command_line_of_anything_is_read_or_refused_with_a_sentence(line: list[str]) -> None:
    refusal = commands.refusal_of(line)
    assert refusal is None or (refusal.exit_code == ExitCode.USAGE and refusal.format_message().strip())


@BOUNDED
@example(["history", "--history", ""])
@example(["history", "--history", "/"])
@given(commands.lines(commands.READING))
def test_a_command_line_of_anything_ends_with_a_named_code(line: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home, work = Path(folder) / "home", Path(folder) / "work" / "here"
        (work / "folder").mkdir(parents=True)
        histories.made(home / "data" / "history.sqlite3")
        environment = {"BENCHTOP_HOME": str(home), "PATH": os.environ["PATH"]}
        done = benchtop(*line, environment=environment, folder=work)
    assert done.returncode in list(ExitCode)
    assert "Traceback" not in done.stderr
    assert done.returncode in (ExitCode.DONE, ExitCode.REGRESSION) or done.stderr.strip()
