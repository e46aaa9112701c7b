"""The flags that a sample may carry: what a reader of its numbers must know. They are stored under these words."""

from __future__ import annotations

from typing import Final

RATE_UNSURE: Final = "rate?"
"""Several tokens arrived at once, so the first arrival's share of them is an estimate."""
TOKENS_ESTIMATED: Final = "tokens~"
"""The output tokens were not counted by the runtime."""
MAYBE_CACHED: Final = "cached?"
"""The first token came so fast that part of the prompt was probably not computed again."""
TOKENS_HIDDEN: Final = "hidden tokens"
"""More tokens were counted than the text can hold, and the server does not tell how many it kept back."""
NEW_CONNECTION: Final = "new connection"
"""The server had closed the connection, so that the request went over a new one."""
ASKED_TO_WAIT: Final = "asked to wait"
"""The server refused the request at first and named a time to come again, which was waited for."""
