"""The end of a streamed answer, which servers mark in many ways and some too early."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from tui.engines.endpoint.shapes import members
from tui.records import FinishReason

AFTER_END_S: Final = 1.0
"""How long the token count may come after the end of the answer."""
LATER_TEXT_S: Final = 5.0
"""How long more may come after a reason that came together with text: some servers send it with every text."""
_NO_REASON: Final = ("", "null", "none", "undefined")
"""Words in place of no reason at all."""
_REASONS: Final = ("finish_reason", "finish_details", "native_finish_reason", "stop_reason", "done_reason")
"""The members in which servers give the reason; the first one that is given counts."""
_PREFIXES: Final = ("finish_reason_", "finishreason_", "finish_reason.", "finishreason.", "stop_reason_", "model_")
"""What stands before the word of a reason where a server sends the name of a constant."""
_STOPS: Final = (
    "stop",
    "stopped",
    "stop_str",
    "stop_string",
    "stop_word",
    "stop_words",
    "stop_token",
    "stop_sequence",
    "eos",
    "eos_token",
    "eos_found",
    "eos_token_id",
    "eot",
    "end",
    "end_turn",
    "end_of_turn",
    "end_of_text",
    "end_of_sequence",
    "endoftext",
    "complete",
    "completed",
    "finish",
    "finished",
    "done",
    "normal",
    "success",
    "succeeded",
)
_LENGTHS: Final = ("length", "max_tokens", "max_new_tokens", "max_output_tokens", "max_length", "truncated")
_LENGTH_PARTS: Final = ("length", "token_limit", "context_window", "context_limit", "max_token")
"""What a reason for an answer that has reached a limit of tokens may have in it."""
_FAILURES: Final = (
    "abort",
    "block",
    "busy",
    "cancel",
    "content_filter",
    "content-filter",
    "contentfilter",
    "crash",
    "disconnect",
    "error",
    "exception",
    "fail",
    "filtered",
    "guardrail",
    "insufficient_system_resource",
    "interrupt",
    "killed",
    "malformed",
    "memory",
    "moderation",
    "network_error",
    "overload",
    "preempt",
    "prohibited",
    "rate_limit",
    "recitation",
    "refusal",
    "rejected",
    "safety",
    "sensitive",
    "shutdown",
    "spii",
    "terminated",
    "time_limit",
    "time_out",
    "timeout",
    "timed_out",
    "unavailable",
)
"""What a reason for an answer that was not brought to its end has in it."""


def reason_of(choice: Mapping[str, object]) -> str | None:
    """The reason for the end in a choice or an event, under any of the names that servers have for it."""
    return next((reason for name in _REASONS if (reason := reason_in(choice.get(name)))), None)


def reason_in(value: object) -> str | None:
    """The reason for the end in a choice, in the words of this program where it knows them; ``None`` without one."""
    if isinstance(value, list):
        return next((reason for each in cast("list[object]", value) if (reason := reason_in(each))), None)
    if named := members(value).get("type") or members(value).get("reason"):
        reason, message = reason_in(str(named)), members(value).get("message")
        return f"{reason}: {message}" if message and reason and failure_in(reason) else reason
    word = value.strip() if isinstance(value, str) else ""
    small = word.lower().replace("-", "_")
    if small in _NO_REASON:
        return None
    for prefix in _PREFIXES:
        small = small.removeprefix(prefix)
    if small in _STOPS:
        return FinishReason.STOP
    if failure_in(small):
        return word
    return FinishReason.LENGTH if small in _LENGTHS or any(part in small for part in _LENGTH_PARTS) else word


def failure_in(reason: str) -> bool:
    """Whether this reason means that the answer was broken off."""
    return any(part in reason.lower() for part in _FAILURES)


class AnswerEnd:
    """Concludes from the events of an answer whether it is at its end, and when it was."""

    def __init__(self) -> None:
        self._reason: str | None = None
        self._reason_ns = 0
        self._text_ns = 0
        self._firm = False
        """A reason has come without text, and no text since."""
        self._early = False
        """A reason has come before the end."""
        self._counted = False
        """A count has come since the last text, and none before it."""
        self._counts_along = False

    def take(self, at_ns: int, *, text: bool, thought: bool, reason: str | None, counted: bool) -> None:
        """Note an event: whether it has text, and only reasoning, a reason for the end, and a count of tokens."""
        if text:
            self._early = self._early or self._reason is not None
            self._counts_along = self._counts_along or counted or self._counted
            self._text_ns, self._firm, self._counted = at_ns, False, False
        elif counted:
            self._counted = not self._counts_along
        if reason is None:
            return
        if text or not self._reason_ns or self._reason_ns < self._text_ns:
            self._reason_ns = at_ns
        self._reason = reason
        self._firm = self._firm or not text
        # No model stops at its thoughts, but some servers say so at each of them.
        self._early = self._early or (thought and reason == FinishReason.STOP)

    @property
    def patience_s(self) -> float | None:
        """How long to wait for more; ``None`` for as long as in the middle of an answer."""
        if self._firm:
            return AFTER_END_S
        return None if self._reason is None or self._early else LATER_TEXT_S

    def is_whole(self, *, marked: bool) -> bool:
        """Whether an answer after which nothing more comes is complete; ``marked`` if the mark of the end has come.

        A server that gives up one request for another sends that mark alone, without a reason or a count.
        """
        if self._reason is None:
            return marked and self._counted
        return self._firm or marked or self._counted or not self._early

    def at_ns(self, last_ns: int) -> int:
        """The time of the end: of its reason, of text after that, or else ``last_ns``, that of the last bytes."""
        return last_ns if self._reason is None else max(self._reason_ns, self._text_ns)
