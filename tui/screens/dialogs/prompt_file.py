"""The dialog that takes the text of a file as the prompt."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tui import json_file, paths
from tui.screens.dialogs.read_dialog import ReadDialog, Unusable

_MOST_BYTES: Final = 1024**2
"""More than any context holds, and little enough to be shown in the prompt."""


class PromptFileDialog(ReadDialog[str]):
    """Asks for the path of a file; its result is the text in it, which is not sent yet."""

    TITLED = "A file as the prompt"
    EXAMPLE = "notes.txt"

    def read(self, file: Path) -> str:
        """Read a text file of UTF-8. Raises Unusable."""
        try:
            text = paths.read_text(file, _MOST_BYTES)
        except FileNotFoundError:
            raise Unusable(f"{file}: there is no such file; correct the path.") from None
        except OSError as error:
            raise Unusable(f"{file}: it cannot be read ({error.strerror}); make it a readable file.") from error
        except UnicodeDecodeError as error:
            raise Unusable(f"{file}: byte {error.start} is not UTF-8 text; save the file as UTF-8.") from error
        except ValueError as error:
            raise Unusable(_too_much(file)) from error
        if not json_file.is_valid_text(text):
            raise Unusable(_too_much(file))
        if not text.strip():
            raise Unusable(f"{file}: the file is empty.")
        return text.strip()


def _too_much(file: Path) -> str:
    return f"{file}: a text file of at most {_MOST_BYTES >> 20} MiB is expected."
