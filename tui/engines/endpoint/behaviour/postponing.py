"""Decides whether a request that a server refused for now is sent again later. Only the endpoint's child imports it."""

from __future__ import annotations

from time import perf_counter_ns
from typing import Final

import httpx2

from tui.engines.contract import ServerWait
from tui.engines.endpoint.behaviour.server_messages import retry_after_s, server_words
from tui.engines.endpoint.errors import UnusableServer

WAIT_LIMIT_S: Final = 30.0
"""How long one request may be put off because the server asks for a later one."""
LEAST_WAIT_S: Final = 0.1
CHECK_AGAIN_S: Final = 0.5
"""How long to wait before a server that loads a model is asked again, if it names no time."""
_LOADING: Final = ("loading", "starting", "warming", "not ready", "initializ", "initialis")
"""A server that does not answer yet because its model is being loaded has one of these words."""
_STILL_LOADING: Final = ("is loading", "still loading", "currently loading", "being loaded", "model loading")
"""Under another status than that of a server that is not ready, only such words tell it."""
_FAILED: Final = ("fail", "error", "cannot", "could not", "unable", "out of memory")
"""A server with one of these words has tried to load its model, and does so no longer."""
_NOT_READY: Final = (409, 425, 500, 503)
"""The statuses with which servers refuse while they load a model."""
_LATER: Final = (408, 413, 425, 429, 502, 503, 504, 529)
"""The statuses of a refusal for now, where the server asks for a later request."""


class Postponement:
    """The waits of one request; ``first`` if the server has answered none of our requests so far."""

    def __init__(self, silence_s: float, *, first: bool) -> None:
        self._silence_s = silence_s
        self._first = first
        self._left_s = min(WAIT_LIMIT_S, silence_s)
        self._loading_left_s = silence_s
        self._loading_since_ns: int | None = None
        self._limit_s = self._left_s
        self._asked_s = 0.0
        self._asked_at_ns: int | None = None
        """When the server asked for a later request, of so many seconds; ``None`` if it loads its model."""
        self.asked = False
        """Whether the server has asked to wait."""

    def wait_s(self, response: httpx2.Response) -> float | None:
        """How many seconds to wait before the request is sent again; ``None`` if the refusal is final.

        Raises:
            UnusableServer: the server has been loading for longer than is waited for.
        """
        asked_s = retry_after_s(response)
        if response.status_code in _NOT_READY:
            words = server_words(response)
            loading = _tells_of_loading(words, response.status_code)
            if loading or (self._first and asked_s is None and response.status_code == 503):
                return self._wait_for_load(asked_s, words, loading=loading)
        if response.status_code not in _LATER or asked_s is None or asked_s > self._left_s:
            return None
        self._asked_s, self._asked_at_ns = max(asked_s, LEAST_WAIT_S), perf_counter_ns()
        self._left_s -= self._asked_s
        self._note_load(response)
        self.asked = True
        return self._asked_s

    def wait(self, *, over: bool = False) -> ServerWait | None:
        """Tell how long the server has been waited for and how long it is at most; ``None`` if it has not been."""
        asked = self._asked_at_ns is not None
        since_ns = self._asked_at_ns if asked else self._loading_since_ns
        if since_ns is None:
            return None
        waited_s = (perf_counter_ns() - since_ns) / 1e9
        return ServerWait(waited_s=waited_s, limit_s=self._asked_s if asked else self._limit_s, asked=asked, over=over)

    def load_ns(self, sent_ns: int) -> int | None:
        """How long the server loaded before it took the first request, which was sent at ``sent_ns``."""
        return None if self._loading_since_ns is None else max(0, sent_ns - self._loading_since_ns)

    def _wait_for_load(self, asked_s: float | None, words: str, *, loading: bool) -> float | None:
        wait_s = max(CHECK_AGAIN_S if asked_s is None else asked_s, LEAST_WAIT_S)
        left_s = self._loading_left_s if loading else self._left_s
        if wait_s > left_s:
            if not loading:
                return None
            raise UnusableServer(
                f"the server was still loading its model after {self._silence_s:g} s, and was left; it says: {words}"
            )
        self._asked_at_ns = None
        self._left_s -= 0 if loading else wait_s
        self._loading_left_s -= wait_s
        self._limit_s = self._silence_s if loading else self._limit_s
        self._loading_since_ns = self._loading_since_ns or perf_counter_ns()
        self.asked = self.asked or not self._first
        return wait_s

    def _note_load(self, response: httpx2.Response) -> None:
        """A server that is not ready for its first request is loading, whatever words it has for that."""
        if self._first and response.status_code == 503:
            self._loading_since_ns = self._loading_since_ns or perf_counter_ns()


def _tells_of_loading(words: str, status: int) -> bool:
    """Whether the words of a refusal are those of a server that loads its model."""
    lowered = words.lower()
    signs = _LOADING if status == 503 else _STILL_LOADING
    return any(sign in lowered for sign in signs) and not any(sign in lowered for sign in _FAILED)
