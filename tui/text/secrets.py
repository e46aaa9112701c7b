"""Keeps keys of servers out of every text, in whatever shape a server or a model gives them back.

A process learns the keys that it uses. A text is compared with them by its letters and digits alone and without regard
to case, so that a key that is split, spaced, quoted or written in capitals is found. Reversed, in hexadecimal and in
Base64 it is found too, and so is a part of it, as a message that was cut leaves it.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

SIGN: Final = "***"
"""What stands in a text in place of a key."""
_LEAST_SIGNS: Final = 8
"""A key with fewer letters and digits is no secret, as ``ollama`` is none; only the whole of it is hidden."""
_MOST_SIGNS: Final = 16
"""So many letters and digits of a long key one after the other are a part of it and no chance."""
_MOST_BETWEEN: Final = 9
"""How many other signs may stand between two of a key, such as spaces and quotes."""
_NO_SIGN: Final = re.compile(r"[\W_]+")
_BEGINNING: Final = 3
"""So many letters and digits of a key one after the other may be the beginning of one."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """One way to write a key."""

    signs: str
    """The letters and digits, in small letters."""
    least: int
    """How many of the signs one after the other are a secret."""
    samples: tuple[str, ...]
    """Parts of the signs, of which a text that holds a secret part has at least one."""


_NAMES_SECRET: Final = re.compile(
    r"(^|_)(API_?)?(KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?|PAT)(_?(ID|BASE64))?$|APIKEY$|CONNECTION_STRING$",
    re.IGNORECASE,
)
_variables: Final[set[str]] = set()
_learned: Final[dict[str, tuple[_Shape, ...]]] = {}


def learn_variable(name: str) -> None:
    """Note a variable of the environment that holds a key: only the processes that need it are given it."""
    _variables.add(name)


def is_secret_variable(name: str) -> bool:
    """Whether a variable of the environment holds a key, as a configuration or its name tells."""
    return name in _variables or bool(_NAMES_SECRET.search(name))


def learn(key: str) -> None:
    """Have a key hidden in this process from now on."""
    if key and key not in _learned:
        _learned[key] = tuple(_shapes_of(key))


def knows_any() -> bool:
    """Whether this process has learned a key."""
    return bool(_learned)


def without_secrets(text: str) -> str:
    """The text with every key, and every part of one, replaced by a sign."""
    for key, shapes in _learned.items():
        text = text.replace(key, SIGN)
        folded = folded_text(text) if shapes else ""
        for shape in shapes:
            if any(sample in folded for sample in shape.samples):
                text = _replaced(text, shape)
    return text


def may_go_on(tail: str) -> bool:
    """Whether a text may go on with the rest of a key, by its last letters and digits as ``folded_text`` gives them."""
    end = tail[-_BEGINNING:]
    return len(end) == _BEGINNING and any(end in shape.signs for shapes in _learned.values() for shape in shapes)


def folded_text(text: str) -> str:
    """The letters and digits of a text, in small letters."""
    return _NO_SIGN.sub("", text).lower()


def _shapes_of(key: str) -> Iterator[_Shape]:
    signs = folded_text(key)
    if len(signs) < _LEAST_SIGNS:
        return
    raw = key.encode("utf-8", "replace")
    # The text of Base64 depends on how many bytes stand before, so there are three; its ends depend on the neighbours.
    coded = [base64.b64encode(bytes(lead) + raw)[4 if lead else 0 : -4].decode() for lead in range(3)]
    forms = (signs, signs[::-1], folded_text(quote(key, safe="")), raw.hex(), *map(folded_text, coded))
    for form in dict.fromkeys(forms):
        least = max(_LEAST_SIGNS, min(_MOST_SIGNS, (len(form) + 1) // 2))
        if len(form) >= least:
            size = (least + 1) // 2
            starts = range(0, len(form) - size + 1, size)
            yield _Shape(form, least, tuple(form[start : start + size] for start in starts))


def _replaced(text: str, shape: _Shape) -> str:
    """The text with each run of the shape's signs that is long enough replaced."""
    parts: list[str] = []
    done = 0
    for start, end in _runs(text, shape):
        if start >= done:
            parts += [text[done:start], SIGN]
            done = end
    return "".join((*parts, text[done:]))


def _runs(text: str, shape: _Shape) -> Iterator[tuple[int, int]]:
    """The places of all runs of signs that stand in the shape one after the other, and are enough of them."""
    run, places, best = "", list[int](), 0
    for place, sign in enumerate(text):
        if not sign.isalnum():
            if places and place - places[-1] > _MOST_BETWEEN:
                if best:
                    yield places[0], places[best - 1] + 1
                run, places, best = "", [], 0
            continue
        small = sign.lower()[:1]
        if run + small not in shape.signs and best:
            yield places[0], places[best - 1] + 1
            run, places, best = "", [], 0
        run, places = run + small, [*places, place]
        while run and run not in shape.signs:
            run, places = run[1:], places[1:]
        best = len(places) if len(places) >= shape.least else 0
    if best:
        yield places[0], places[best - 1] + 1
