"""The prompts of a sweep: prompts of about a given length, or one prompt with answers up to a given length.

The words are so common that most tokenizers have one token for each. Models still count differently, so the numbers of
a model stand against the tokens that it counted itself.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from tui.bench.memory.fit import with_chunk, with_context_limit
from tui.records import Model, Plan, Prompt, Sweep, SweepOf, asked_tokens
from tui.records.grading.steps import asked_context
from tui.text import units

_OPENINGS: Final = (
    "Local", "Small", "Why", "Privacy", "Low", "Explain", "How", "Write", "Summarize", "Here", "Pro", "Give", "What",
    "The", "It", "In",
)  # fmt: skip
"""The first words of the prompts: each step has another one, so that no cached prefix of one step serves another."""
_WORDS: Final = (
    "the", "model", "of", "a", "memory", "and", "token", "is", "in", "local", "to", "text", "with", "small", "on",
    "machine", "that", "language", "first", "answers", "has", "long", "you", "work", "for", "time", "it", "large",
    "does", "prompt", "run", "not", "network", "read", "own", "cost", "from", "data", "how", "more",
)  # fmt: skip
_WORDS_A_SENTENCE: Final = 12
MOST_TOKENS: Final = 1_000_000
"""The greatest length of a step."""
_FRAME_TOKENS: Final = 12
"""About the number of tokens that a chat template puts around a prompt."""
_PROMPT_ANSWER_TOKENS: Final = 16
"""The length of the answers to prompts of a given length, enough for the first token to be one of several."""
_LONG_PROMPT_TOKENS: Final = 2048
_TASK: Final = "Write 10,000 words about local inference."


def prompts(sweep: Sweep, max_tokens: int | None = None) -> tuple[Prompt, ...]:
    """Make a prompt for each length, with the limit of its answer. The same sweep always has the same prompts.

    ``max_tokens`` is the limit of the answers in a sweep over lengths of the prompt, if the user has set one.
    """
    if sweep.of is SweepOf.OUTPUT:
        return tuple(Prompt(id=f"output-{tokens}", text=_TASK, max_tokens=tokens) for tokens in sweep.tokens)
    return tuple(
        Prompt(id=f"prompt-{tokens}", text=_text(tokens, index), max_tokens=max_tokens or _PROMPT_ANSWER_TOKENS)
        for index, tokens in enumerate(sweep.tokens)
    )


def models_of(sweep: Sweep, models: Sequence[Model]) -> tuple[Model, ...]:
    """Make a model for each step of a sweep over a setting of models, in place of each that it can be set of."""
    change = with_context_limit if sweep.of is SweepOf.CONTEXT else with_chunk
    steps = [change(model, tokens) for model in models for tokens in sweep.tokens]
    return tuple({model.key: model for model in steps}.values())


def prompts_for_pieces(models: Sequence[Model], max_tokens: int | None = None) -> tuple[Prompt, ...]:
    """Make the prompt of a sweep over the pieces of a prompt: one that is long enough for the pieces to matter."""
    contexts = [model.used_context_tokens for model in models if model.used_context_tokens is not None]
    tokens = min(_LONG_PROMPT_TOKENS, min(contexts, default=_LONG_PROMPT_TOKENS) // 2)
    return (Prompt(id=f"long-{tokens}", text=_text(tokens, 0), max_tokens=max_tokens or _PROMPT_ANSWER_TOKENS),)


def too_long(plan: Plan) -> Iterator[str]:
    """Warn of steps, or of tasks of a context pack, that do not fit into a context, as far as it is known.

    There is a sentence for each model.
    """
    if not plan.method.sweep and not any(asked_context(prompt.id) for prompt in plan.prompts):
        return
    for model in plan.models:
        context = model.used_context_tokens
        steps = [] if context is None else [prompt.id for prompt in plan.prompts if _needed(prompt) > context]
        if steps:
            yield (
                f"{model.key}: {', '.join(steps)} will fail: with the rest of the request that is more than "
                f"its context of {units.count(context)} tokens."
            )


def _needed(prompt: Prompt) -> int:
    hidden = asked_context(prompt.id)
    if hidden is not None:
        return hidden[0] + (prompt.max_tokens or 0)
    around = _FRAME_TOKENS if prompt.id.startswith(SweepOf.OUTPUT) else prompt.max_tokens or 0
    return asked_tokens(prompt.id) + around


def _text(tokens: int, index: int) -> str:
    """Write sentences of common words, about ``tokens`` tokens together with the chat template."""
    opening = _OPENINGS[index % len(_OPENINGS)]
    generator = random.Random(tokens)
    left = max(1, tokens - _FRAME_TOKENS)
    words = [opening]
    while len(words) < left:
        words.append(generator.choice(_WORDS) + ("." if len(words) % _WORDS_A_SENTENCE == 0 else ""))
        # A full stop is a token too.
        left -= words[-1].endswith(".")
    return " ".join(words)
