"""What the workbench suggests before the first question: the next keys, and what they would do now."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from tui.text.cells import cut, printable

_MOST_PROMPT_CELLS: Final = 60


def first_steps(selected: int, listed: int, prompt: str) -> Content:
    """Return in words what the next key does, for so many models that are selected of those that are listed."""
    if not listed:
        return _words(
            "No model is on this machine yet.\nPress ", "c", " to open the catalogue, which downloads models."
        )
    if not selected:
        return _words("No model is selected.\nPress ", "space", " on a model in the list to select it.")
    if not prompt:
        return _words("There is no question yet.\nPress ", "p", " to type one.")
    models = "the selected model" if selected == 1 else f"the {selected} selected models"
    line = printable(prompt).partition("\n")[0]
    question = cut(line, _MOST_PROMPT_CELLS).rstrip() if len(line) > _MOST_PROMPT_CELLS else line
    asked = _words("Press ", "r", f" to ask {models}:\n")
    return Content("").join(
        [
            asked,
            Content(f"“{question}”\n"),
            _words("\n", "p", " changes the question · "),
            _words("", "b", " measures the models"),
        ]
    )


def _words(before: str, key: str, after: str) -> Content:
    return Content.assemble(before, (key, "bold $primary"), after)
