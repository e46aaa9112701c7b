"""Headless output: what reaches the two streams, and what happens when nobody listens."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from tui.console import Console, shown

HOSTILE = "a\x1b[31mred\x1b[0m\x07\x9b2J\x7f\r\u202eb"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def broken_pipe() -> io.TextIOWrapper:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


def test_control_characters_are_shown_and_line_breaks_and_tabs_stay() -> None:
    assert shown("a\tb\nc\r\nd") == "a\tb\nc\nd"
    text = shown(HOSTILE)
    assert text == "a␛[31mred␛[0m␇‹U+009B›2J␡␍‹U+202E›b"


def test_data_goes_out_as_it_comes_and_words_go_to_the_other_stream() -> None:
    out, err = io.StringIO(), io.StringIO()
    console = Console(out, err)
    console.data("An ")
    console.data("ans\x1bwer")
    console.end_line()
    console.end_line()
    console.say("a word\x1b")
    console.fail("two\nlines.")
    assert out.getvalue() == "An ans␛wer\n"
    assert err.getvalue() == "a word␛\nbenchtop: two lines.\n"


def test_a_status_is_painted_over_on_a_terminal_and_absent_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TERM", raising=False)
    terminal, log = Terminal(), io.StringIO()
    for stream in (terminal, log):
        console = Console(None, stream)
        console.status("loading a model")
        console.status("done")
        console.say("word")
    assert terminal.getvalue() == "\rloading a model\rdone           \r    \rword\n"
    assert log.getvalue() == "word\n"
    monkeypatch.setenv("TERM", "dumb")
    dumb = Terminal()
    Console(None, dumb).status("loading")
    assert dumb.getvalue() == ""


def test_streams_that_are_closed_are_silent() -> None:
    console = Console(None, None)
    console.data("data")
    console.end_line()
    console.say("word")
    console.status("status")
    console.close()
    assert not console.reader_left


def test_a_reader_that_leaves_ends_the_data_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    pointed: list[int] = []
    monkeypatch.setattr("tui.console._point_at_null_device", pointed.append)
    err = io.StringIO()
    out = broken_pipe()
    console = Console(out, err)
    console.data("data")
    console.data("more")
    console.say("word")
    assert (console.reader_left, console.lost, pointed) == (True, None, [1])
    assert err.getvalue() == "word\n"
    # Windows calls it an invalid argument.
    with pytest.raises(OSError):  # noqa: PT011
        out.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a disk that is always full is a device of Linux")
def test_data_that_cannot_be_written_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    pointed: list[int] = []
    monkeypatch.setattr("tui.console._point_at_null_device", pointed.append)
    with Path("/dev/full").open("w", encoding="utf-8") as out:
        console = Console(out, None)
        console.data("data")
        assert console.lost is not None
        assert "No space left" in console.lost
        # What the stream still holds goes nowhere, as it does in a process.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, out.fileno())
        os.close(nowhere)
    assert pointed == [1]


def test_any_text_can_be_printed_in_any_encoding() -> None:
    class AsciiTerminal(io.TextIOWrapper):
        def isatty(self) -> bool:
            return True

    for stream, written in (
        (AsciiTerminal, b"half a \\u2039U+D800\\u203a pair, \\xfc"),
        (io.TextIOWrapper, "half a ‹U+D800› pair, ü".encode()),
    ):
        raw = io.BytesIO()
        out = stream(raw, encoding="ascii", write_through=True)
        Console(out, None).data("half a \ud800 pair, ü")
        assert raw.getvalue() == written, "a file or pipe is UTF-8, and a terminal has its own encoding"
