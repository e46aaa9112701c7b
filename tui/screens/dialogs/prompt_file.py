"""The dialog that takes the text of a file as the prompt."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, Label

from tui import json_file, paths
from tui.screens.frame.dialog import FormDialog

_MOST_BYTES: Final = 1024**2
"""More than any context holds, and little enough to be shown in the prompt."""


class PromptFileDialog(FormDialog[str]):
    """Asks for the path of a file; its result is the text in it, which is not sent yet."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="box") as box:
            box.border_title = "A file as the prompt"
            box.border_subtitle = "enter reads · escape leaves"
            with Horizontal(classes="row"):
                yield Label("File", classes="label")
                yield Input(placeholder="notes.txt", compact=True)
            yield from self.compose_end("read", "Read", f"Read from {Path.cwd()} unless the path says otherwise.")

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(Input.Submitted)
    @on(Button.Pressed, "#read")
    def _start_reading(self) -> None:
        text = self.query_one(Input).value.strip()
        if text:
            self._read(paths.expanded(Path(text)))
        else:
            self.show_message("A file name is expected.")

    @work(group="prompt file", exclusive=True, exit_on_error=False)
    async def _read(self, file: Path) -> None:
        try:
            text = await asyncio.to_thread(_text_of, file)
        except FileNotFoundError:
            self.show_message(f"{file}: there is no such file; correct the path.")
        except OSError as error:
            self.show_message(f"{file}: it cannot be read ({error.strerror}); make it a readable file.")
        except UnicodeDecodeError as error:
            self.show_message(f"{file}: byte {error.start} is not UTF-8 text; save the file as UTF-8.")
        except ValueError:
            self.show_message(f"{file}: a text file of at most {_MOST_BYTES >> 20} MiB is expected.")
        else:
            if text.strip():
                self.dismiss(text.strip())
            else:
                self.show_message(f"{file}: the file is empty.")


def _text_of(file: Path) -> str:
    text = paths.read_limited(file, _MOST_BYTES).decode("utf-8-sig")
    if not json_file.is_valid_text(text):
        raise ValueError(f"{file} holds a null character")
    return text
