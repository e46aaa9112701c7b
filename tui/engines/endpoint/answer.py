"""One streamed answer of a server: what its chunks hold, and what they add up to. Imported by the endpoint's child."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from tui.engines.endpoint.errors import UnusableServer, count_in, message_in
from tui.engines.reasoning import ReasoningSplitter
from tui.measure.timing.metrics import BYTES_PER_TOKEN
from tui.records import FinishReason, TokensSource

_REASONING_PLACES: Final = ("reasoning_content", "reasoning")


class StreamedAnswer:
    """Takes chunks as they come."""

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
        """Whether the server has told its token count, which comes at the end."""
        return self._usage is not None

    @property
    def empty(self) -> bool:
        return not self._text_bytes

    def take(self, chunk: ChatCompletionChunk) -> Iterator[tuple[str, bool]]:
        """Runs of text in a chunk, each with whether it is reasoning; nothing for roles, usage and empty chunks.

        Raises:
            UnusableServer: the server reports an error, or sends more answers than one.
        """
        usage: object = getattr(chunk, "usage", None)
        if isinstance(usage, CompletionUsage):
            self._usage = usage
        choices: object = getattr(chunk, "choices", None)
        if not isinstance(choices, list):
            # A sign of life, or the counts alone, is as good as nothing.
            if words := _error_words(chunk):
                raise UnusableServer(f"the server failed while it answered: {words}")
            return
        for choice in cast("list[object]", choices):
            # The client checks nothing: what a server leaves out is missing here.
            if getattr(choice, "index", None):
                raise UnusableServer("the server sent several answers at once, though one was asked for")
            yield from self._runs(getattr(choice, "delta", None))
            self.finish_reason = getattr(choice, "finish_reason", None) or self.finish_reason

    def rest(self) -> Iterator[tuple[str, bool]]:
        """What was held back as the possible start of a tag."""
        yield from self._counted(self._splitter.finish())

    @property
    def prompt_tokens(self) -> int | None:
        return self._told("prompt_tokens") or None

    @property
    def output_tokens(self) -> int | None:
        """The server's count; without one an estimate: the limit that the answer has reached, or from its length."""
        if counted := self._told("completion_tokens"):
            return counted
        if not self._text_bytes:
            return None
        # A context that is full ends an answer with the same word: a token is at least a byte of text.
        at_limit = self.finish_reason == FinishReason.LENGTH and self._text_bytes >= self._max_tokens
        return self._max_tokens if at_limit else max(1, round(self._text_bytes / BYTES_PER_TOKEN))

    @property
    def tokens_source(self) -> TokensSource:
        return TokensSource.RUNTIME if self._told("completion_tokens") else TokensSource.ESTIMATED

    @property
    def hidden_tokens(self) -> int | None:
        """Reasoning that was counted and never sent, where the server tells; ``None`` also where it was sent."""
        return None if self._reasoned else self._told("completion_tokens_details", "reasoning_tokens") or None

    @property
    def hides_tokens(self) -> bool:
        """Whether more was counted than the text can hold, without a word on what the rest was.

        A token is at least a byte of text, and some marks of the chat's own may be counted.
        """
        counted = self._told("completion_tokens") or 0
        return not self.hidden_tokens and counted > self._text_bytes + 8

    @property
    def cached_prompt_tokens(self) -> int | None:
        return self._told("prompt_tokens_details", "cached_tokens")

    def _told(self, *path: str) -> int | None:
        """A count out of the usage, of which servers leave out what they like."""
        found: object = self._usage
        for name in path:
            found = getattr(found, name, None)
        return count_in(found)

    def check(self) -> None:
        """Raises UnusableServer where a whole answer holds no text that could be measured."""
        if self.empty and self._called_tools:
            raise UnusableServer("the model called a tool in place of an answer, though none was offered")
        if self.empty:
            raise UnusableServer("the answer is empty: it ended without any text")

    def _runs(self, delta: object) -> Iterator[tuple[str, bool]]:
        if not isinstance(delta, ChoiceDelta):
            return
        self._called_tools = self._called_tools or bool(delta.tool_calls)
        extra = delta.model_extra or {}
        thought = next((text for name in _REASONING_PLACES if isinstance(text := extra.get(name), str) and text), "")
        if thought:
            yield from self._counted([(thought, True)])
        text = cast("object", delta.content) or delta.refusal
        if isinstance(text, str) and text:
            # A tag alone is an arrival too: its tokens have come.
            yield from self._counted(self._splitter.feed(text) or [("", False)])

    def _counted(self, runs: list[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        for text, reasoning in runs:
            self._text_bytes += len(text.encode("utf-8", "replace"))
            self._reasoned = self._reasoned or reasoning
            yield text, reasoning


def _error_words(chunk: object) -> str:
    return message_in(getattr(chunk, "model_extra", None))
