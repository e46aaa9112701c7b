"""One streamed answer of a server: what its chunks hold, and what they add up to. Imported by the endpoint's child."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

from openai.types import CompletionUsage
from openai.types.chat import ChatCompletionChunk
from openai.types.chat.chat_completion_chunk import ChoiceDelta

from tui.engines.endpoint_words import Unusable, message_in
from tui.engines.reasoning import ReasoningSplitter
from tui.measure.metrics import BYTES_PER_TOKEN
from tui.records import TokensSource

_REASONING_PLACES: Final = ("reasoning_content", "reasoning")


class Answer:
    """Takes chunks as they come."""

    def __init__(self) -> None:
        self._splitter = ReasoningSplitter()
        self._text_bytes = 0
        self._reasoned = False
        self._called_tools = False
        self._usage: CompletionUsage | None = None
        self.finish_reason: str | None = None

    @property
    def whole(self) -> bool:
        """Whether its end and its token count have come."""
        return self.finish_reason is not None and self._usage is not None

    @property
    def empty(self) -> bool:
        return not self._text_bytes

    def take(self, chunk: ChatCompletionChunk) -> Iterator[tuple[str, bool]]:
        """Runs of text in a chunk, each with whether it is reasoning; nothing for roles, usage and empty chunks.

        Raises:
            Unusable: the server reports an error, or sends more answers than one.
        """
        usage: object = getattr(chunk, "usage", None)
        if isinstance(usage, CompletionUsage):
            self._usage = usage
        choices: object = getattr(chunk, "choices", None)
        if not isinstance(choices, list):
            raise Unusable(_error_words(chunk) or "the server sent something that is no part of an answer")
        for choice in chunk.choices:
            if choice.index:
                raise Unusable("the server sent several answers at once, though one was asked for")
            yield from self._runs(choice.delta)
            self.finish_reason = choice.finish_reason or self.finish_reason

    def rest(self) -> Iterator[tuple[str, bool]]:
        """What was held back as the possible start of a tag."""
        yield from self._counted(self._splitter.finish())

    @property
    def prompt_tokens(self) -> int | None:
        return _positive(self._usage and self._usage.prompt_tokens)

    @property
    def output_tokens(self) -> int | None:
        """The server's count; without one an estimate from the length of the text."""
        counted = _positive(self._usage and self._usage.completion_tokens)
        return counted or (max(1, round(self._text_bytes / BYTES_PER_TOKEN)) if self._text_bytes else None)

    @property
    def tokens_source(self) -> TokensSource:
        counted = _positive(self._usage and self._usage.completion_tokens)
        return TokensSource.RUNTIME if counted else TokensSource.ESTIMATED

    @property
    def hidden_tokens(self) -> int | None:
        """Reasoning that was counted and never sent, where the server tells; ``None`` also where it was sent."""
        details = self._usage.completion_tokens_details if self._usage else None
        told = _positive(details and details.reasoning_tokens)
        return None if self._reasoned else told

    @property
    def hides_tokens(self) -> bool:
        """Whether more was counted than the text can hold, without a word on what the rest was.

        A token is at least a byte of text, and some marks of the chat's own may be counted.
        """
        counted = _positive(self._usage and self._usage.completion_tokens) or 0
        return not self.hidden_tokens and counted > self._text_bytes + 8

    @property
    def cached_prompt_tokens(self) -> int | None:
        details = self._usage.prompt_tokens_details if self._usage else None
        return details.cached_tokens if details else None

    def check(self) -> None:
        """Raises Unusable where a whole answer holds no text that could be measured."""
        if self.empty and self._called_tools:
            raise Unusable("the model called a tool in place of an answer, though none was offered")
        if self.empty:
            raise Unusable("the answer is empty: it ended without any text")

    def _runs(self, delta: ChoiceDelta | None) -> Iterator[tuple[str, bool]]:
        if delta is None:
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


def _positive(count: int | None) -> int | None:
    return count if isinstance(count, int) and count > 0 else None


def _error_words(chunk: ChatCompletionChunk) -> str:
    words = message_in(dict(chunk.model_extra or {}))
    return f"the server failed while it answered: {words}" if words else ""
