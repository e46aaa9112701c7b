"""Reads what a command is given on stdin, where an option or an argument names ``-`` in place of a file."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tui import paths
from tui.cli.shared.options import Refused
from tui.engines.process.scratch import scratch_prefix
from tui.system.streams import read_text

MOST_CHARACTERS: Final = 64 * 1024**2
"""No model takes a prompt that is longer, and an endless text would fill the memory."""


def text_on_stdin(what: str) -> str:
    """Read all of stdin; ``what`` is what should be there, for the sentence if it is not."""
    if sys.stdin is None:
        raise Refused(f"{what} was to come from stdin, which is closed.")
    try:
        text = read_text(sys.stdin, MOST_CHARACTERS)
    except UnicodeDecodeError as error:
        raise Refused(f"{what} on stdin is not {error.encoding.upper()} text; save it as UTF-8.") from None
    if len(text) > MOST_CHARACTERS:
        raise Refused(f"{what} on stdin has more than {MOST_CHARACTERS >> 20} million characters; shorten it.")
    return text


@contextmanager
def file_of(name: str, what: str) -> Generator[str, None, None]:
    """Yield the name of a file, or for ``-`` that of a temporary file which has the JSON that stdin has."""
    if name != "-":
        yield name
        return
    text = text_on_stdin(what)
    with tempfile.TemporaryDirectory(
        prefix=scratch_prefix("stdin"), dir=paths.scratch_parent(), ignore_cleanup_errors=True
    ) as folder:
        file = Path(folder, "stdin.json")
        file.write_text(text, encoding="utf-8", errors="surrogatepass")
        try:
            yield str(file)
        except Refused as refused:
            raise Refused(refused.message.replace(str(file), "stdin")) from refused
