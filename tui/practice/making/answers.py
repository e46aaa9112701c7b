"""What the practice models say: one fixed answer for every key, from answers.toml.

A key is `subject.form`. The form `main` is the usual answer, `two` the same in two sentences (also given when somebody
asks for brevity), and a digit is the number of items in a list.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

STRANGER = "stranger.main"
FILE = Path(__file__).with_name("answers.toml")
_WORDS = ("no", "one", "two", "three", "four", "five")


def all_answers() -> dict[str, str]:
    """Every answer under its key."""
    parts = tomllib.loads(FILE.read_text("utf-8"))
    answers = {f"{subject}.{form}": text for subject, forms in parts["plain"].items() for form, text in forms.items()}
    for subject, words in parts["lists"].items():
        for count in range(2, len(words["items"]) + 1):
            answers[f"{subject}.{count}"] = _listing(words, count)
    return answers


def _listing(words: dict[str, Any], count: int) -> str:
    """So many numbered items between an introduction and, when there are few, closing words."""
    items = "\n".join(f"{number}. {item}" for number, item in enumerate(words["items"][:count], start=1))
    text = f"{words['intro'].format(count=_WORDS[count])}\n\n{items}"
    if count > words["closing_up_to"]:
        return text
    text += f"\n\n{words['closing']}"
    return f"{text} {words['closing_of_two']}" if count == 2 and "closing_of_two" in words else text
