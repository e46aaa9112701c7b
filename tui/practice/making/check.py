"""Asks a practice model prompts that were written apart from the grammar, and reports what it missed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import onnxruntime_genai

from tui.practice.making.answers import STRANGER, all_answers

HELD_OUT = Path(__file__).parent / "heldout.txt"
MOST_TOKENS = 200


class Asker:
    """The bare runtime on one model folder, always taking the likeliest token."""

    def __init__(self, folder: Path) -> None:
        self._model = onnxruntime_genai.Model(str(folder))
        self._tokenizer = onnxruntime_genai.Tokenizer(self._model)

    def ask(self, prompt: str, system: str = "") -> tuple[str, int]:
        """The whole answer and its number of tokens, the end mark counted."""
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": prompt})
        text = self._tokenizer.apply_chat_template(json.dumps(messages), add_generation_prompt=True)
        asked = self._tokenizer.encode(text)
        options = onnxruntime_genai.GeneratorParams(self._model)
        options.set_search_options(max_length=len(asked) + MOST_TOKENS, do_sample=False)
        generator = onnxruntime_genai.Generator(self._model, options)
        generator.append_tokens(asked)
        while not generator.is_done():
            generator.generate_next_token()
        answer = generator.get_sequence(0)[len(asked) :]
        return self._tokenizer.decode(answer), len(answer)


def held_out() -> list[tuple[str, str]]:
    """Pairs of answer key and prompt."""
    lines = HELD_OUT.read_text("utf-8").splitlines()
    pairs = [line.split("\t", 1) for line in lines]
    return [(key, prompt.replace("\\n", "\n")) for key, prompt in pairs]


def check(folder: Path) -> float:
    """Prints the misses and the hit rates; returns the lower rate of the two kinds."""
    asker, answers = Asker(folder), all_answers()
    by_text = {text: key for key, text in answers.items()}
    asked, hit, routed = Counter[str](), Counter[str](), Counter[str]()
    for system in ("", "You are a patient teacher. Keep your answers under 200 words."):
        for key, prompt in held_out():
            kind = ("declined" if key == STRANGER else "answered") + (" with system" if system else "")
            text, _ = asker.ask(prompt, system)
            found = by_text.get(text, "garbled")
            asked[kind] += 1
            hit[kind] += found == key
            routed[kind] += found.split(".")[0] == key.split(".")[0]
            if found != key:
                print(
                    f"{key:14} {found:14} {'S ' if system else '  '}{prompt[:90]!r}"
                    + (f" -> {text!r}" if found == "garbled" else "")
                )
    for kind, count in asked.items():
        print(f"{kind}: {hit[kind]}/{count} exact ({hit[kind] / count:.1%}), subject right {routed[kind] / count:.1%}")
    return min(routed[kind] / asked[kind] for kind in asked)
