"""Prompts about everything else, which a practice model must decline: many, and of every kind that people try.

They are drawn from topics, near misses that share words with the known subjects, made-up words, code, sums, other
languages, noise and long pasted text: see strangers.toml.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from random import Random

from tui.practice.making.prompts import GRAMMAR, NUMBERS, listing, sentence, worn

WORDS: dict[str, list[str]] = tomllib.loads(Path(__file__).with_name("strangers.toml").read_text("utf-8"))
_SCRIPTS = (
    (0x4E00, 0x5200),
    (0x0430, 0x0450),
    (0x3041, 0x3090),
    (0xAC00, 0xAE00),
    (0x0627, 0x0648),
    (0x03B1, 0x03C9),
    (0x0905, 0x0939),
    (0xE0, 0xFF),
)
_KNOWN = ("RAG", "KV", "SLM", "LLM", "TTFT", "SLMS", "LLMS", "RAM", "VRAM", "OOM", "SDK", "AI", "GPT")
_EMOJI = ((0x1F600, 0x1F64F), (0x1F300, 0x1F5FF), (0x1F680, 0x1F6C0), (0x1F900, 0x1F9FF), (0x2600, 0x26FF))


def made_up(random: Random) -> str:
    """A word that nobody knows."""
    return "".join(random.choice(WORDS["onsets"]) + random.choice(WORDS["rhymes"]) for _ in range(random.randint(1, 3)))


def abbreviation(random: Random) -> str:
    """Two to five capitals that mean nothing here."""
    while (letters := "".join(random.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=random.randint(2, 5)))) in _KNOWN:
        pass
    return letters


def topic(random: Random) -> str:
    """Something to ask about that no practice model knows."""
    style = random.random()
    if style < 0.45:
        return random.choice(WORDS["topics"])
    if style < 0.62:
        return random.choice(WORDS["near"])
    if style < 0.82:
        return f"{random.choice(WORDS['modifiers'])} {random.choice(WORDS['topics'])}"
    if style < 0.88:
        shape = random.choice(
            ("when to choose {} over {}", "why {} impacts {}", "when to use {} instead of {}", "{} and {}")
        )
        return shape.format(random.choice(WORDS["topics"]), random.choice(WORDS["topics"]))
    if style < 0.94:
        return " ".join(made_up(random) for _ in range(random.randint(1, 4)))
    return f"{random.choice(WORDS['topics'])} and {made_up(random)}"


def filled(random: Random, template: str) -> str:
    """The template with every placeholder filled at random."""
    return template.format(
        t=topic(random),
        u=random.choice(WORDS["topics"]),
        c=random.choice(WORDS["places"]) if random.random() < 0.8 else made_up(random).title(),
        d=random.choice(WORDS["places"]),
        p=random.choice(WORDS["people"]) if random.random() < 0.8 else f"{made_up(random)} {made_up(random)}".title(),
        n=random.randint(2, 99),
        m=random.randint(2, 9999),
        k=random.choice(NUMBERS[random.randint(2, 6)]),
        y=random.randint(1000, 2030),
        w=made_up(random),
        v=made_up(random),
        x=made_up(random),
        a=abbreviation(random),
        b=random.choice(WORDS["verbs"]),
    )


def noise(random: Random) -> str:
    """Keyboard mash, emoji, digits, or letters of any script."""
    kind = random.random()
    if kind < 0.3:
        letters = random.choice(
            ["asdfghjkl", "qwertyuiop", "abcdefghijklmnopqrstuvwxyz", "zxcvbnm,.", "jkl;asdf ", "aeiou xyz "]
        )
        return "".join(random.choice(letters) for _ in range(random.randint(1, 40)))
    if kind < 0.45:
        return "".join(chr(random.randint(*random.choice(_EMOJI))) for _ in range(random.randint(1, 8)))
    if kind < 0.7:
        low, high = random.choice(_SCRIPTS)
        return "".join(
            chr(random.randint(low, high)) if random.random() < 0.88 else " " for _ in range(random.randint(2, 30))
        )
    if kind < 0.82:
        return "".join(random.choice("0123456789 .,-+/:=%") for _ in range(random.randint(1, 40)))
    if kind < 0.92:
        return "".join(chr(random.randint(33, 126)) for _ in range(random.randint(1, 50)))
    return random.choice([".", "?", "!", "-", " ", "a", "I", "the", "xxx ", "ha"]) * random.randint(1, 12)


def foreign(random: Random) -> str:
    """A sentence in another language, or the words of several in any order."""
    if random.random() < 0.5:
        return random.choice(WORDS["foreign"])
    words = " ".join(random.choices(WORDS["foreign"], k=3)).split()
    return " ".join(random.sample(words, min(len(words), random.randint(1, 9))))


def code(random: Random) -> str:
    """A few lines of some programming language, with or without a question before them."""
    lines = "\n".join(filled(random, random.choice(WORDS["code"])) for _ in range(random.randint(1, 4)))
    return random.choice(["", "", "What does this do?\n", "Fix this code:\n", "Explain this code:\n", "```\n"]) + lines


def long_text(random: Random) -> str:
    """Pasted prose, now and then with a sentence that sounds familiar."""
    count = random.randint(2, 12 if random.random() < 0.9 else 36)
    return random.choice(WORDS["long_starts"]) + " ".join(
        filled(random, random.choice(WORDS["sentences"])) for _ in range(count)
    )


def muddled(random: Random) -> str:
    """Known words in a senseless order, or plain words side by side."""
    plain = WORDS["topics"] + WORDS["near"]
    return " ".join(
        random.choice(random.choice(plain).split()) if random.random() < 0.8 else made_up(random)
        for _ in range(random.randint(1, 7))
    )


def stranger_prompt(random: Random) -> str:
    """A prompt that must be declined."""
    kind = random.random()
    if kind < 0.28:
        return worn(random, sentence(random, lambda: topic(random), random.random() < 0.4))
    if kind < 0.42:
        nouns = (
            random.choice(WORDS["near_lists"])
            if random.random() < 0.5
            else f"{random.choice(['benefits', 'advantages', 'facts', 'examples', 'uses'])} of {topic(random)}"
        )
        return worn(random, listing(random, nouns, random.choice(NUMBERS[random.randint(2, 6)])))
    if kind < 0.66:
        return worn(random, filled(random, random.choice(WORDS["asks"])))
    if kind < 0.74:
        return noise(random) or "?"
    if kind < 0.79:
        return code(random)
    if kind < 0.84:
        return foreign(random)
    if kind < 0.90:
        return long_text(random)
    if kind < 0.96:
        return muddled(random)
    return worn(random, f"{random.choice(WORDS['people'])} {made_up(random)} {topic(random)}")


def system_message(random: Random) -> str:
    """Instructions that change nothing about what is known: a fixed text, a role with rules, or prose."""
    kind = random.random()
    if kind < 0.25:
        return random.choice(GRAMMAR["systems"])
    if kind < 0.85:
        kind_of = random.choice(GRAMMAR["kinds"])
        role = random.choice(GRAMMAR["roles"]) if random.random() < 0.8 else made_up(random)
        rules = random.sample(GRAMMAR["rules"], random.randint(0, 4))
        lines = [f"You are a {kind_of} {role}.", *(rule.format(n=random.randint(2, 2500)) for rule in rules)]
        return " ".join(lines if random.random() < 0.8 else lines[1:] or lines)
    return " ".join(filled(random, random.choice(WORDS["sentences"])) for _ in range(random.randint(1, 4)))


def corpus(random: Random, count: int) -> list[str]:
    """English prompts of this side, for the tokenizer to know common words."""
    return [worn(random, filled(random, random.choice(WORDS["asks"]))) for _ in range(count)] + [
        long_text(random) for _ in range(count // 4)
    ]
