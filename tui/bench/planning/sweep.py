"""Prompts of about a length, and answers up to a length: what a sweep steps through.

The words are so common that most tokenizers have each as one token. The count of each model differs all the same, and
what it counted is what its numbers stand against.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from tui.records import Plan, Prompt, Sweep, SweepOf, asked_tokens
from tui.text import units

_OPENINGS: Final = (
    "Local", "Small", "Why", "Privacy", "Low", "Explain", "How", "Write", "Summarize", "Here", "Pro", "Give", "What",
    "The", "It", "In",
)  # fmt: skip
"""Each step begins with a word of its own, so that nothing computed for one serves another."""
_WORDS: Final = (
    "the", "model", "of", "a", "memory", "and", "token", "is", "in", "local", "to", "text", "with", "small", "on",
    "machine", "that", "language", "first", "answers", "has", "long", "you", "work", "for", "time", "it", "large",
    "does", "prompt", "run", "not", "network", "read", "own", "cost", "from", "data", "how", "more",
)  # fmt: skip
_WORDS_A_SENTENCE: Final = 12
MOST_TOKENS: Final = 1_000_000
"""Of a length that a sweep steps to."""
_FRAME_TOKENS: Final = 12
"""About what a chat template puts around a prompt."""
_PROMPT_ANSWER_TOKENS: Final = 16
"""Enough of an answer for its first token to be one of several."""
_TASK: Final = "Write 10,000 words about local inference."


def prompts(sweep: Sweep) -> tuple[Prompt, ...]:
    """A prompt for each length, with the limit of its answer; the same ones every time."""
    if sweep.of is SweepOf.OUTPUT:
        return tuple(Prompt(id=f"output-{tokens}", text=_TASK, max_tokens=tokens) for tokens in sweep.tokens)
    return tuple(
        Prompt(id=f"prompt-{tokens}", text=_text(tokens, place), max_tokens=_PROMPT_ANSWER_TOKENS)
        for place, tokens in enumerate(sweep.tokens)
    )


def too_long(plan: Plan) -> Iterator[str]:
    """A sentence for each model whose context will not hold some steps of a sweep, as far as that is known before."""
    if not plan.method.sweep:
        return
    for model in plan.models:
        context = model.used_context_tokens
        steps = [] if context is None else [each.id for each in plan.prompts if _needed(each) > context]
        if steps:
            yield (
                f"{model.key}: {', '.join(steps)} will fail: with the rest of the request that is more than "
                f"its context of {units.count(context)} tokens."
            )


def _needed(prompt: Prompt) -> int:
    around = _FRAME_TOKENS if prompt.id.startswith(SweepOf.OUTPUT) else prompt.max_tokens or 0
    return asked_tokens(prompt.id) + around


def _text(tokens: int, place: int) -> str:
    """Sentences of common words, about ``tokens`` tokens with what the template adds."""
    opening = _OPENINGS[place % len(_OPENINGS)]
    drawn = random.Random(tokens)
    left = max(1, tokens - _FRAME_TOKENS)
    words = [opening]
    while len(words) < left:
        words.append(drawn.choice(_WORDS) + ("." if len(words) % _WORDS_A_SENTENCE == 0 else ""))
        # A full stop is a token too.
        left -= words[-1].endswith(".")
    return " ".join(words)
