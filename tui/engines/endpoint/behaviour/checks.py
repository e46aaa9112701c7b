"""Checks whether a server did as it was told, and whether its answer can be timed.

What is not as it should be becomes a flag of the sample; ``measure.doubt`` decides which numbers a flag concerns.
Only the endpoint's child imports it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tui.engines.contract import Request
from tui.engines.endpoint.behaviour.server_messages import shown
from tui.records import (
    ANSWER_TOO_LONG,
    ANSWERED_BY,
    COUNT_DOUBTED,
    COUNTS_DIFFER,
    END_UNKNOWN,
    IN_LUMPS,
    PROMPT_CACHED,
    PROMPT_CUT,
    FinishReason,
    Timeline,
    TokensSource,
)

SIGNS_A_TOKEN: Final = 8
"""More characters than a token has on average in any language: text that is counted lower was not read as a whole."""
_LONG_PROMPT: Final = 400
"""The characters from which on a prompt is long enough for that."""
_TOKENS_MORE: Final = 4
"""Tokens that a server may count beyond the limit, such as those of the end."""
CACHED_SHARE: Final = 0.1
"""The share of a prompt from which on it matters that it came from a cache; most caches hold the chat format."""
_LUMP_TOKENS: Final = 8
"""The tokens in one piece from which on the pieces are lumps of some proxy, and not steps of a model."""
_FEWEST_IN_LUMPS: Final = 12
"""Fewer tokens than these may be one or two steps of a model that guesses ahead, if they come in several pieces."""
_BYTES_A_TOKEN: Final = 3
_BYTES_A_PIECE: Final = 2
"""A server that sends single characters sends more pieces than tokens."""
_PIECES_MORE: Final = 1.1
_NAME_SIGN: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerFacts:
    """What was seen of an answer besides its timeline."""

    text_events: int
    """The events that had text."""
    text_bytes: int
    moments: int
    """At how many different times text came."""
    model: str
    """The model that the answer names; empty if it names none."""
    counts_differ: bool = False
    """The server counted the tokens more than once after the end, and not the same."""


def flags_of(request: Request, model: str, timeline: Timeline, facts: AnswerFacts) -> tuple[str, ...]:
    """What a reader of the numbers of this answer has to know."""
    counted = timeline.output_tokens if timeline.tokens_source is TokensSource.RUNTIME else None
    # Tokens that were counted and not sent may stand outside of the limit.
    sent = min(counted or 0, facts.text_bytes) - (timeline.hidden_tokens or 0)
    prompt, cached = timeline.prompt_tokens, timeline.cached_prompt_tokens or 0
    flags = {
        PROMPT_CUT: prompt is not None and is_too_few(prompt, f"{request.system or ''}{request.prompt}"),
        PROMPT_CACHED: prompt is not None and cached > 0 and cached >= CACHED_SHARE * prompt,
        ANSWER_TOO_LONG: sent > request.max_tokens + _TOKENS_MORE,
        COUNT_DOUBTED: counted is not None and _has_more_pieces(facts, counted),
        COUNTS_DIFFER: facts.counts_differ,
        IN_LUMPS: _is_in_lumps(facts, timeline),
        END_UNKNOWN: timeline.finish_reason is FinishReason.OTHER,
    }
    found = [flag for flag, holds in flags.items() if holds]
    if facts.model and not is_same_name(facts.model, model):
        found.append(f"{ANSWERED_BY}{shown(facts.model)}")
    return tuple(found)


def is_too_few(tokens: int, text: str) -> bool:
    """Whether so few tokens cannot be those of a text."""
    signs = sum(not sign.isspace() for sign in text)
    return signs >= _LONG_PROMPT and tokens * SIGNS_A_TOKEN < signs


def is_same_name(name: str, other: str) -> bool:
    """Whether two names can be of one model: servers leave out folders, versions, endings and signs, or add them."""
    first, second = (_NAME_SIGN.sub("", _last_part(each).lower()) for each in (name, other))
    return not first or not second or first in second or second in first


def _last_part(name: str) -> str:
    return name.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _has_more_pieces(facts: AnswerFacts, counted: int) -> bool:
    many = facts.text_events > _PIECES_MORE * counted + 2
    return many and facts.text_bytes >= _BYTES_A_PIECE * facts.text_events


def _is_in_lumps(facts: AnswerFacts, timeline: Timeline) -> bool:
    """Whether the text came in a few pieces of many tokens each, so that something held it back on its way."""
    tokens = max(0, (timeline.output_tokens or 0) - (timeline.hidden_tokens or 0))
    sent = max(facts.text_events, min(tokens, facts.text_bytes // _BYTES_A_TOKEN))
    most = 1 if sent < _FEWEST_IN_LUMPS else sent / _LUMP_TOKENS + 1
    return sent >= _LUMP_TOKENS and facts.moments <= most
