"""The encoding of the standard streams: a terminal has its own, and a file or pipe is UTF-8 on every system.

Python gives pipes and files of Windows the code page of the system, such as cp1252, in which most of the world's text
cannot be written, and in which UTF-8 is read as other characters.
"""

from __future__ import annotations

import codecs
from io import TextIOWrapper
from typing import BinaryIO, Final, TextIO, cast

from tui.system.terminals import is_terminal

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""The byte order marks with which the editors and shells of Windows begin a file, and the encoding that each means."""
_MOST_BYTES_OF_A_CHARACTER: Final = 4


def prepare_output(stream: TextIO | None) -> None:
    """Have a stream take any text: what is no terminal gets UTF-8 and plain line ends, so that each system writes the
    same bytes; a terminal keeps its encoding, and what that lacks is written as an escape.
    """
    if not isinstance(stream, TextIOWrapper):
        return
    if is_terminal(cast("TextIO", stream)):
        stream.reconfigure(errors="backslashreplace")
    else:
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def decoded(content: bytes) -> str:
    """A text in the encoding that its byte order mark names, else in UTF-8; without the mark.

    The shell of Windows writes UTF-16 when it redirects to a file.

    Raises:
        UnicodeDecodeError: it is no text in that encoding.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    return content.decode(encoding)


def read_text(stream: TextIO, most_characters: int) -> str:
    """The text on an input stream, up to ``most_characters`` and one more, without a byte order mark.

    A file or pipe is read as its byte order mark tells, else as UTF-8. What is no UTF-8 is read in the encoding that
    the system gives the stream.

    Raises:
        UnicodeDecodeError: it is text in none of these encodings.
    """
    raw: BinaryIO | None = getattr(stream, "buffer", None)
    if raw is None or is_terminal(stream):
        return stream.read(most_characters + 1).removeprefix("\ufeff")
    content = raw.read(most_characters * _MOST_BYTES_OF_A_CHARACTER + 1)
    try:
        text = decoded(content)
    except UnicodeDecodeError:
        if codecs.lookup(stream.encoding).name == "utf-8":
            raise
        text = content.decode(stream.encoding)
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")
