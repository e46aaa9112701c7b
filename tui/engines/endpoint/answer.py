"""The chunks of one streamed answer of a server, and what they add up to. Only the endpoint's child imports it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from tui.engines.contract import finish_reason_of, token_count_of
from tui.engines.endpoint.errors import UnusableServer, message_in
from tui.engines.reasoning import ReasoningSplitter
from tui.measure.timing.metrics import BYTES_PER_TOKEN
from tui.records import FinishReason, Timeline, TokensSource

_REASONING_MEMBERS: Final = ("reasoning_content", "reasoning")
"""The members of a chunk in which servers send reasoning."""
_MARKS: Final = 8
"""How many tokens without text, such as marks of the chat format, a server may count in an answer."""


class StreamedAnswer:
    """Takes the chunks of an answer one by one and adds up what they hold."""

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._splitter = ReasoningSplitter()
        self._text_bytes = 0
        self._reasoned = False
        self._called_tools = False
        self._usage: CompletionUsage | None = None
        self.finish_reason: str | None = None

    @property
    def counted(self) -> bool:
        """Whether the token count of the server has come, which it sends at the end."""
        return self._usage is not None

    @property
    def empty(self) -> bool:
        """Whether no text has come."""
        return not self._text_bytes

    def take(self, chunk: ChatCompletionChunk) -> Iterator[tuple[str, bool]]:
        """The runs of text in a chunk, each with whether it is reasoning; none in one with a role or a usage alone.

        Raises:
            UnusableServer: the server reports an error, or sends more answers than one.
        """
        usage: object = getattr(chunk, "usage", None)
        if isinstance(usage, CompletionUsage):
            self._usage = usage
        choices: object = getattr(chunk, "choices", None)
        if not isinstance(choices, list):
            # Some servers send chunks without choices as a sign of life, or for the counts alone.
            if words := _error_words(chunk):
                raise UnusableServer(f"the server failed while it answered: {words}")
            return
        for choice in cast("list[object]", choices):
            # The client checks nothing, so an attribute that the server leaves out is missing here.
            if getattr(choice, "index", None):
                raise UnusableServer("the server sent several answers at once, though one was asked for")
            yield from self._runs(getattr(choice, "delta", None))
            self.finish_reason = getattr(choice, "finish_reason", None) or self.finish_reason

    def rest(self) -> Iterator[tuple[str, bool]]:
        """The text that was held back at the end as the possible start of a tag."""
        yield from self._counted(self._splitter.finish())

    def timeline(self, *, end_ns: int, sent_ns: int) -> Timeline:
        """The end and the counts of the answer; ``sent_ns`` is when it was sent, by the clock of this process."""
        return Timeline(
            end_ns=end_ns,
            finish_reason=finish_reason_of(self.finish_reason),
            prompt_tokens=self.prompt_tokens,
            output_tokens=self.output_tokens,
            tokens_source=self.tokens_source,
            one_token_first=False,
            hidden_tokens=self.hidden_tokens,
            cached_prompt_tokens=self.cached_prompt_tokens,
            sent_ns=sent_ns,
        )

    @property
    def prompt_tokens(self) -> int | None:
        """The server's count; ``None`` without one."""
        return self._usage_count("prompt_tokens") or None

    @property
    def output_tokens(self) -> int | None:
        """The server's count. Without one, the limit if the answer has reached it, else an estimate from its length."""
        if count := self._usage_count("completion_tokens"):
            return count
        if not self._text_bytes:
            return None
        # A full context ends an answer for the same reason, but with less text than a byte for each token of the limit.
        at_limit = self.finish_reason == FinishReason.LENGTH and self._text_bytes >= self._max_tokens
        return self._max_tokens if at_limit else max(1, round(self._text_bytes / BYTES_PER_TOKEN))

    @property
    def tokens_source(self) -> TokensSource:
        """Whether the output tokens are the server's count or an estimate."""
        return TokensSource.RUNTIME if self._usage_count("completion_tokens") else TokensSource.ESTIMATED

    @property
    def hidden_tokens(self) -> int | None:
        """The tokens of reasoning that the server counted and never sent; ``None`` if it reports none or sent it."""
        return None if self._reasoned else self._usage_count("completion_tokens_details", "reasoning_tokens") or None

    @property
    def hides_tokens(self) -> bool:
        """Whether the server counted more tokens than the text can hold, and does not report how many it kept back.

        A token is at least one byte of text.
        """
        count = self._usage_count("completion_tokens") or 0
        return not self.hidden_tokens and count > self._text_bytes + _MARKS

    @property
    def cached_prompt_tokens(self) -> int | None:
        """The prompt tokens that the server did not compute again, by its own count."""
        return self._usage_count("prompt_tokens_details", "cached_tokens")

    def _usage_count(self, *path: str) -> int | None:
        """A count in the usage; ``None`` if the server leaves it out."""
        value: object = self._usage
        for name in path:
            value = getattr(value, name, None)
        return token_count_of(value)

    def check(self) -> None:
        """Raise UnusableServer if the whole answer has no text that could be measured."""
        if self.empty and self._called_tools:
            raise UnusableServer("the model called a tool in place of an answer, though none was offered")
        if self.empty:
            raise UnusableServer("the answer is empty: it ended without any text")

    def _runs(self, delta: object) -> Iterator[tuple[str, bool]]:
        if not isinstance(delta, ChoiceDelta):
            return
        self._called_tools = self._called_tools or bool(delta.tool_calls)
        extra = delta.model_extra or {}
        reasoning = next((text for name in _REASONING_MEMBERS if isinstance(text := extra.get(name), str) and text), "")
        if reasoning:
            yield from self._counted([(reasoning, True)])
        text = cast("object", delta.content) or delta.refusal
        if isinstance(text, str) and text:
            # A tag alone is an arrival too, since its tokens have come.
            yield from self._counted(self._splitter.feed(text) or [("", False)])

    def _counted(self, runs: list[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        for text, reasoning in runs:
            self._text_bytes += len(text.encode("utf-8", "replace"))
            self._reasoned = self._reasoned or reasoning
            yield text, reasoning


def _error_words(chunk: object) -> str:
    return message_in(getattr(chunk, "model_extra", None))
