"""Prompts for the subjects that the practice models know, drawn from the grammar in prompts.toml.

The openers and tails are shared with the strangers on purpose: only the subject tells a prompt that can be answered
from one that cannot, so "Explain photosynthesis in 2 sentences." does not pass for a known one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from random import Random

GRAMMAR = tomllib.loads(Path(__file__).with_name("prompts.toml").read_text("utf-8"))
SYSTEMS: list[str] = GRAMMAR["systems"]
NUMBERS: dict[int, list[str]] = {int(count): words for count, words in GRAMMAR["numbers"].items()}
_WITH_TWO = ("rag", "size", "choose", "slm", "quant", "token", "tps", "ttft", "kv", "context", "foundry", "local")


def sentence(random: Random, nouns: Callable[[], str], short: bool) -> str:
    """An opener, a noun phrase and a tail; `short` asks for two sentences."""
    text = f"{random.choice(GRAMMAR['openers'])} {nouns()}"
    if not short:
        return text + random.choice(GRAMMAR["plain_tails"])
    style = random.random()
    if style < 0.7:
        return text + random.choice(GRAMMAR["short_tails"])
    if style < 0.88:
        return random.choice(GRAMMAR["short_starts"]) + text[0].lower() + text[1:]
    return text + "." + random.choice(GRAMMAR["short_ends"])


def listing(random: Random, nouns: str, number: str) -> str:
    """A request for a list: "Name five ...", "List the ...", "3 ..."."""
    opener = random.choice(GRAMMAR["list_openers"]) if random.random() < 0.93 else ""
    article = random.choice(GRAMMAR["articles"] if number else ["", "", "the "])
    text = f"{opener} {article}{number} {nouns}".replace("  ", " ").strip()
    return text + random.choice(GRAMMAR["plain_tails" if random.random() < 0.3 else "list_tails"])


def worn(random: Random, text: str) -> str:
    """The same prompt as people type it: other casing, end marks, spaces, courtesy and the odd slip of a finger."""
    if random.random() < 0.12:
        text = random.choice(GRAMMAR["greetings"]) + text
    if text[-1] not in ".?!" and random.random() < 0.75:
        text += random.choice("...?!")
    if text[-1] in ".?" and random.random() < 0.1:
        text = text[:-1]
    if random.random() < 0.06:
        text += random.choice(GRAMMAR["farewells"])
    case = random.random()
    if case < 0.17:
        text = text.lower()
    elif case < 0.27:
        text = text.upper()
    elif case < 0.30:
        text = text.title()
    if random.random() < 0.09 and len(text) > 12:
        text = _slipped(random, text)
    if random.random() < 0.04:
        text = random.choice([" ", "\n", "> ", "- ", '"']) + text
    return text


def _slipped(random: Random, text: str) -> str:
    """Two letters swapped, one doubled or one left out."""
    place = random.randrange(1, len(text) - 2)
    first, second = text[place : place + 2]
    return text[:place] + random.choice([second + first, first + first + second, second]) + text[place + 2 :]


def _list_prompt(random: Random) -> tuple[str, str]:
    subject = random.choices(["privacy", "scenarios", "benefits"], (3, 3, 2))[0]
    words = GRAMMAR["lists"][subject]
    count = random.randint(2, 6)
    number = random.choice(NUMBERS[count])
    if random.random() < 0.15:
        count, number = words["usual"], random.choice(["", "", "some", "a few", "several"])
    return f"{subject}.{min(count, words['most'])}", listing(random, random.choice(words["nouns"]), number)


def known_prompt(random: Random) -> tuple[str, str]:
    """A prompt about a known subject, and the key of its answer."""
    kind = random.random()
    if kind < 0.34:
        key, text = _list_prompt(random)
    elif kind < 0.39:
        key = random.choice(list(GRAMMAR["list_questions"]))
        text = random.choice(GRAMMAR["list_questions"][key])
    elif kind < 0.63:
        subject = random.choice(list(GRAMMAR["questions"]))
        key, text = f"{subject}.main", random.choice(GRAMMAR["questions"][subject])
        if subject in _WITH_TWO and random.random() < 0.15:
            key, text = f"{subject}.two", text + random.choice(GRAMMAR["short_ends"])
    else:
        subject = random.choice(list(GRAMMAR["nouns"]))
        short = subject in _WITH_TWO and random.random() < 0.4
        phrases = GRAMMAR["nouns"][subject]
        key = f"{subject}.two" if short else f"{subject}.main"
        text = sentence(random, lambda: random.choice(phrases), short)
        if not short and random.random() < 0.06:
            text = random.choice(phrases)
    return key, worn(random, text)
