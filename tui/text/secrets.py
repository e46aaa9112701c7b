"""Keeps keys of servers out of every text, in whatever shape a server or a model gives them back.

A process learns the keys that it uses. A text is compared with them by its letters and digits alone and without regard
to case, so that a key that is split, spaced, quoted, in capitals or in wide letters is found. Reversed, rotated, in the
numbers of its letters, in Base64 and Base32 it is found too, and so is a part of it, as a message that was cut or an
answer in two halves leaves it.
"""

from __future__ import annotations

import base64
import codecs
import re
import unicodedata
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
    r"PASSWORD|PASSWD|PASSPHRASE|APIKEY|CONNECTION_STRING|_PWD(_|$)|"
    r"(^|_)(KEYS?|TOKENS?|SECRETS?|PASS|CREDENTIALS?|PAT|AUTH|JWT|BEARER|COOKIES?|DSN)(_|$)",
    re.IGNORECASE,
)
_VALUES_SECRET: Final = re.compile(
    r"(sk[-_]|gh[pousr]_|github_pat_|hf_|xox[a-z]-|AKIA|ASIA|AIza|glpat-)[\w-]{8}|"
    r"eyJ[\w-]+\.[\w-]+\.|-----BEGIN [A-Z ]*PRIVATE"
)
"""How keys of well-known services, signed tokens and private keys begin."""
_PASSWORD_IN_ADDRESS: Final = re.compile(r"\w://[^/\s@]*:[^/\s@]+@")
_PROXY: Final = re.compile(r"_proxy$", re.IGNORECASE)
"""Without its password a proxy lets no child reach the network."""
_variables: Final[set[str]] = set()
_learned: Final[dict[str, tuple[_Shape, ...]]] = {}


def learn_variable(name: str) -> None:
    """Note a variable of the environment that holds a key: only the processes that need it are given it.

    Windows knows it by the name in either case, and lists it in capitals.
    """
    _variables.add(name.upper())


def is_secret_variable(name: str, value: str = "") -> bool:
    """Whether a variable of the environment holds a key, as a configuration, its name or its value tells."""
    if name.upper() in _variables or _NAMES_SECRET.search(name) or _VALUES_SECRET.match(value):
        return True
    return bool(_PASSWORD_IN_ADDRESS.search(value)) and not _PROXY.search(name)


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
    """The letters and digits of a text, in small letters of usual width."""
    usual = text if text.isascii() else unicodedata.normalize("NFKC", text)
    return _NO_SIGN.sub("", usual).lower()


def _shapes_of(key: str) -> Iterator[_Shape]:
    signs = folded_text(key)
    if len(signs) < _LEAST_SIGNS:
        return
    raw = key.encode("utf-8", "replace")
    # The text of Base64 depends on how many bytes stand before, so there are three; its ends depend on the neighbours.
    coded = [base64.b64encode(bytes(lead) + raw)[4 if lead else 0 : -4].decode() for lead in range(3)]
    coded.append(base64.b32encode(raw).decode().rstrip("="))
    forms = (signs, signs[::-1], codecs.encode(signs, "rot13"), folded_text(quote(key, safe="")), raw.hex())
    for form in dict.fromkeys((*forms, *_numbers_of(key), *map(folded_text, coded))):
        least = max(_LEAST_SIGNS, min(_MOST_SIGNS, (2 * len(form) + 4) // 5))
        if len(form) >= least:
            size = (least + 1) // 2
            starts = range(0, len(form) - size + 1, size)
            yield _Shape(form, least, tuple(form[start : start + size] for start in starts))


def _numbers_of(key: str) -> Iterator[str]:
    """The letters and digits of the key as numbers, in the notations of programs and pages, without what is between."""
    for notation in ("{}", "u{:04x}", "x{:02x}", "0x{:02x}", "{:o}", "{:03o}"):
        yield "".join(map(notation.format, map(ord, key)))


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
        small = sign.lower()[:1] if sign.isascii() else folded_text(sign)[:1]
        if run + small not in shape.signs and best:
            yield places[0], places[best - 1] + 1
            run, places, best = "", [], 0
        run, places = run + small, [*places, place]
        while run and run not in shape.signs:
            run, places = run[1:], places[1:]
        best = len(places) if len(places) >= shape.least else 0
    if best:
        yield places[0], places[best - 1] + 1
