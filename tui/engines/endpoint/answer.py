"""The events of one streamed answer of a server, and what they add up to. Only the endpoint's child imports it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from tui.engines.contract import MOST_PIECES, MOST_TEXT_BYTES, finish_reason_of
from tui.engines.endpoint.answer_end import AnswerEnd, failure_in, reason_of
from tui.engines.endpoint.behaviour.checks import AnswerFacts
from tui.engines.endpoint.behaviour.own_timings import OwnRates, own_rates
from tui.engines.endpoint.behaviour.repeats import RepeatedText
from tui.engines.endpoint.behaviour.server_messages import message_in, shown
from tui.engines.endpoint.errors import UnusableServer
from tui.engines.endpoint.events import ServerFailed
from tui.engines.endpoint.shapes import counts_of, items, members, message_of, runs_of
from tui.engines.reasoning import ReasoningSplitter
from tui.measure.timing.metrics import BYTES_PER_TOKEN
from tui.records import FinishReason, Timeline, TokensSource
from tui.text import units

_MARKS: Final = 8
"""How many tokens without text, such as marks of the chat format, a server may count in an answer."""
_MOST_COUNTED: Final = 1 << 20
"""No answer has more tokens than this that were not sent; a larger count is a mistake."""
_PIECES_A_TOKEN, _PIECES_MORE, _PIECES_THOUGHT = 8, 64, 1 << 16
_BYTES_A_TOKEN, _BYTES_MORE, _BYTES_THOUGHT = 64, 4 << 10, 512 << 10
"""How much may come for each token that was asked for, how much more in all, and how much reasoning in any case, which
some servers do not limit.
"""


class StreamedAnswer:
    """Takes the events of an answer one by one and adds up what they hold."""

    def __init__(self, max_tokens: int) -> None:
        self._max_tokens = max_tokens
        self._splitter = ReasoningSplitter(finds_unopened=True)
        self._text_bytes = 0
        self._thought_bytes = 0
        self._pieces = 0
        self._thoughts = 0
        self._called_tools = False
        self._counts: dict[str, int] = {}
        self._counts_differ = False
        """Whether the server has counted twice after the end of the answer, and not the same."""
        self._text_events = 0
        self._moments = 0
        self._moment_ns = -1
        self._model = ""
        self._own = OwnRates()
        """The rates that the server reports of itself."""
        self._repeats = RepeatedText()
        self._index: object = None
        """The index of the answer that has text, which is 0 on most servers."""
        self.words_beside = ""
        """What may be the words of an error in an event that is none by its form."""
        self.other_form = ""
        """The first event without any choices or counts, for which there is another API."""
        self._half_sign = ""
        """The first half of a sign that the server has cut in two."""
        self.end = AnswerEnd()
        self.finish_reason: str | None = None

    @property
    def empty(self) -> bool:
        """Whether no text has come."""
        return not self._text_bytes

    @property
    def unopened_runs(self) -> int:
        """How many of the first runs of the answer turned out to be reasoning."""
        return self._splitter.unopened_runs

    def take(self, event: Mapping[str, object], at_ns: int) -> Iterator[tuple[str, bool]]:
        """The runs of text in an event, each with whether it is reasoning; none in one with a role or a usage alone.

        Raises:
            UnusableServer: the server reports an error, sends more answers than one, or does not stop.
        """
        choices = items(event.get("choices"))
        if not choices:
            self._note_other(event)
        pieces, thoughts, reason = self._pieces, self._thoughts, None
        for choice in map(members, choices):
            if error := choice.get("error") or members(choice.get("delta")).get("error"):
                raise ServerFailed(message_in(error) or shown(str(error)))
            own = reason_of(choice)
            runs = list(self._runs(message_of(choice), final=own is not None or "message" in choice))
            if runs:
                self._check_index(choice.get("index"))
            yield from runs
            reason = own or reason
        if choices:
            reason = reason or reason_of(event)
        text = self._pieces > pieces
        self._note(event, at_ns, text=text)
        counts = counts_of(event, choices)
        self._count(counts, text=text)
        self._note_own_rates(event)
        thought = text and self._pieces - pieces == self._thoughts - thoughts
        self.end.take(at_ns, text=text, thought=thought, reason=reason, counted=bool(counts.get("output")))
        self.finish_reason = reason or self.finish_reason
        self._check_length()

    @property
    def facts(self) -> AnswerFacts:
        """What was seen of the answer besides its timeline."""
        return AnswerFacts(
            text_events=self._text_events,
            text_bytes=self._text_bytes,
            moments=self._moments,
            model=self._model,
            counts_differ=self._counts_differ,
        )

    def rest(self) -> Iterator[tuple[str, bool]]:
        """The text that was held back at the end as the possible start of a mark, or as a repetition."""
        if held := self._repeats.rest():
            yield from self._counted(self._splitter.feed(held))
        yield from self._counted(self._splitter.finish())

    def timeline(self, *, end_ns: int, sent_ns: int) -> Timeline:
        """The end and the counts of the answer; ``sent_ns`` is when it was sent, by the clock of this process."""
        return Timeline(
            end_ns=end_ns,
            finish_reason=finish_reason_of(self.finish_reason),
            prompt_tokens=self._counts.get("prompt") or None,
            output_tokens=self.output_tokens,
            tokens_source=self.tokens_source,
            one_token_first=False,
            hidden_tokens=self.hidden_tokens,
            cached_prompt_tokens=self._counts.get("cached"),
            sent_ns=sent_ns,
            server_decode_tok_s=self._own.decode_tok_s,
            server_prefill_tok_s=self._own.prefill_tok_s,
        )

    @property
    def output_tokens(self) -> int | None:
        """The server's count. Without one, the limit if the answer has reached it, else an estimate from its length."""
        if count := self._counts.get("output"):
            return count
        if not self._text_bytes:
            return None
        # A full context ends an answer for the same reason, but with less text than a byte for each token of the limit.
        at_limit = self.finish_reason == FinishReason.LENGTH and self._text_bytes >= self._max_tokens
        return self._max_tokens if at_limit else max(1, round(self._text_bytes / BYTES_PER_TOKEN))

    @property
    def tokens_source(self) -> TokensSource:
        """Whether the output tokens are the server's count or an estimate."""
        return TokensSource.RUNTIME if self._counts.get("output") else TokensSource.ESTIMATED

    @property
    def hidden_tokens(self) -> int | None:
        """The tokens of reasoning that the server counted and never sent; ``None`` if it reports none or sent it."""
        return None if self._thoughts or self.unopened_runs else self._counts.get("hidden") or None

    @property
    def hides_tokens(self) -> bool:
        """Whether the server counted more tokens than the text can hold, and does not report how many it kept back.

        A token is at least one byte of text.
        """
        return not self.hidden_tokens and self._counts.get("output", 0) > self._text_bytes + _MARKS

    def check(self) -> None:
        """Raise UnusableServer if the answer was broken off, or has no text that could be measured."""
        reason = self.finish_reason
        if reason is not None and failure_in(reason):
            raise UnusableServer(f"the server broke the answer off; its reason: {shown(reason)}")
        if self.empty and self._called_tools:
            raise UnusableServer("the model called a tool in place of an answer, though none was offered")
        if self.empty:
            raise UnusableServer("the answer is empty: it ended without any text")

    def _note_other(self, event: Mapping[str, object]) -> None:
        """Note an event without choices. Raises ServerFailed if it can only be an error."""
        words = message_in(event)
        if words and not isinstance(event.get("choices"), list):
            raise ServerFailed(words)
        self.words_beside = words or self.words_beside
        if event and "choices" not in event and not counts_of(event, []):
            self.other_form = self.other_form or shown(json.dumps(event))

    def _check_index(self, index: object) -> None:
        """Raise UnusableServer if text comes of another answer than before."""
        number = str(index or 0)
        self._index = self._index or number
        if number != self._index:
            raise UnusableServer("the server sent several answers at once, though one was asked for")

    def _runs(self, message: Mapping[str, object], *, final: bool) -> Iterator[tuple[str, bool]]:
        self._called_tools = self._called_tools or bool(message.get("tool_calls") or message.get("function_call"))
        for text, reasoning in runs_of(message):
            if reasoning:
                yield from self._counted([(_whole_signs(text)[0], True)])
                continue
            new = self._repeats.new_in(text, final=final)
            if new is None:
                continue
            whole, self._half_sign = _whole_signs(self._half_sign + new)
            # A mark alone is an arrival too, since its tokens have come.
            yield from self._counted(self._splitter.feed(whole) or [("", False)])

    def _counted(self, runs: list[tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
        for text, reasoning in runs:
            size = len(text.encode("utf-8", "replace"))
            self._text_bytes += size
            self._pieces += 1
            if reasoning:
                self._thoughts += 1
                self._thought_bytes += size
            yield text, reasoning

    def _note(self, event: Mapping[str, object], at_ns: int, *, text: bool) -> None:
        """Note what an event shows of the server, besides its text and its counts."""
        self._text_events += text
        # Events without text, such as those of the role and of the counts, tell nothing of the model's pace.
        if text:
            self._moments += at_ns != self._moment_ns
            self._moment_ns = at_ns
        model = event.get("model")
        self._model = model if text and isinstance(model, str) and model else self._model

    def _count(self, counts: dict[str, int], *, text: bool) -> None:
        """Take over counts; a count of output that text has followed was not the last one."""
        if text:
            self._counts.pop("output", None)
            self._counts_differ = False
        if counts.get("output", 0) > max(_MOST_COUNTED, self._text_bytes):
            counts.pop("output")
        # Some servers send zeros in every event; a zero there means that nothing was counted.
        known = {name: count for name, count in counts.items() if count or name in ("cached", "hidden")}
        if (before := self._counts.get("output")) and "output" in known:
            self._counts_differ = self._counts_differ or (before != known["output"] and self.finish_reason is not None)
            known["output"] = max(before, known["output"])
        self._counts.update(known)

    def _note_own_rates(self, event: Mapping[str, object]) -> None:
        """Take over the rates that an event reports; the last ones are those of the whole answer."""
        own = own_rates(event)
        self._own = OwnRates(own.decode_tok_s or self._own.decode_tok_s, own.prefill_tok_s or self._own.prefill_tok_s)

    def _check_length(self) -> None:
        """Raise UnusableServer if far more has come than was asked for, or than is taken of any answer."""
        asked = self._max_tokens
        answer_bytes, answer_pieces = self._text_bytes - self._thought_bytes, self._pieces - self._thoughts
        most_bytes, most_pieces = _BYTES_A_TOKEN * asked + _BYTES_MORE, _PIECES_A_TOKEN * asked + _PIECES_MORE
        if (
            answer_bytes > most_bytes
            or answer_pieces > most_pieces
            or self._thought_bytes > max(most_bytes, _BYTES_THOUGHT)
            or self._thoughts > max(most_pieces, _PIECES_THOUGHT)
        ):
            raise UnusableServer(f"the server does not stop at the {asked} tokens that were asked for; it was left")
        if self._text_bytes > MOST_TEXT_BYTES or self._pieces > MOST_PIECES:
            most = f"{MOST_PIECES:,} pieces or {units.size(MOST_TEXT_BYTES)}"
            raise UnusableServer(f"the answer is longer than {most}, the most that is taken of one; it was left")


def _whole_signs(text: str) -> tuple[str, str]:
    """The text with the halves of its signs put together, and the first half of a sign at its end."""
    if text.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in text):
        return text, ""
    half = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
    whole = text[: len(text) - len(half)].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole, half
