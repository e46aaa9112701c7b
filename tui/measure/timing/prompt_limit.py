"""This module tells from the counts of two prompts whether the longer one was cut by the server."""

from __future__ import annotations

from typing import Final

_FEWEST_TOKENS: Final = 200
"""Short prompts may have the same number of tokens by chance."""
_SAME: Final = 4
"""Counts that are no further apart are the same; the chat format adds some."""
_CLEARLY_LONGER: Final = 1.1


def is_at_limit(tokens: int, length: int, other_tokens: int, other_length: int) -> bool:
    """Return whether a prompt was cut, because a clearly shorter one has as many tokens; lengths are in characters."""
    longer = length > _CLEARLY_LONGER * other_length
    return longer and tokens >= _FEWEST_TOKENS and abs(tokens - other_tokens) <= _SAME
