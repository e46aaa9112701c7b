"""The form in which a server accepts a request, learned from its refusals. Only the endpoint's child imports it."""

from __future__ import annotations

import re
from typing import Final

import openai
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessageParam

from tui.engines.contract import Form, Request
from tui.records import SENT_AS

FORM_WORDS: Final = ("response_format", "schema", "grammar")
"""A server's refusal of a form has one of these words."""
LEAST_TEMPERATURE: Final = 0.01
"""What is sent in place of 0 to a server that takes only temperatures above it."""
_ONLY_ONE: Final = re.compile(
    r"only (?:the default )?\(?1(?:\.0)?\b|must be (?:equal to )?1(?:\.0)?(?![\d.])|default \(1"
)
_ABOVE_ZERO: Final = re.compile(r"strictly positive|must be positive|greater than 0|above 0|> ?0(?:\.0)?\b")
_AT_MOST: Final = re.compile(
    r"(?:at most|less than or equal to|(?:can|must )not exceed|exceeds?(?: the)?|maximum(?: value| allowed)?"
    r"(?: for \W?max_\w+)?(?: is| of|:)|<=)\D{0,20}(\d+)|> ?(\d+), which is the maximum|"
    r"range\b.{0,40}\[ ?\d+, ?(\d+) ?\]"
)
_RANGE: Final = re.compile(r"(?:between |[\[(] ?)(\d+(?:\.\d+)?)(?:,| and) ?(\d+(?:\.\d+)?)")
"""The values that a server takes, such as "in [0.1, 1.0]" or "between 0.01 and 1"."""
_AT_LEAST: Final = re.compile(r"(?:>=|at least) ?(\d+(?:\.\d+)?)")
_CONTEXT: Final = ("context length", "context window", "context size", "in the messages", "prompt", "inputs")
"""A refusal with one of these is about the whole context, and not about the limit of the answer."""
_UNKNOWN: Final = ("extra inputs", "extra field", "unknown", "unrecogni", "unexpected", "unsupported")
"""A refusal of a member that it does not name has one of these."""


class Dialect:
    """What a server takes of a request; all connections of one client share it."""

    def __init__(self) -> None:
        self.is_foundry = False
        self.takes_form = True
        """Whether the server accepts a form to hold an answer to."""
        self._takes_count = True
        """Whether the server accepts a request for the token count."""
        self._takes_seed = True
        self._takes_temperature = True
        self._temperature: float | None = None
        """The temperature that is sent in place of the one that is asked for."""
        self._completion_limit = False
        """Whether the limit of the answer is sent as ``max_completion_tokens``."""
        self._most_tokens: int | None = None

    def adapt(self, refusal: str, request: Request) -> bool:
        """Change further requests as these words of a server ask; false if they ask for nothing that can be changed."""
        words = refusal.lower()
        return (
            self._drop_count(words)
            or self._drop_form(words, request)
            or self._lower_limit(words, request)
            or self._rename_limit(words)
            or self._drop_seed(words, request)
            or self._change_temperature(words, request)
            or self._drop_unnamed(words, request)
        )

    def flags(self, request: Request) -> tuple[str, ...]:
        """What was sent otherwise than it was asked for, as flags of the sample."""
        sent: list[str] = []
        if self._temperature is not None and self._temperature != request.temperature:
            sent.append(f"with temperature {self._temperature:g}")
        if not self._takes_temperature:
            sent.append("without a temperature")
        if not self._takes_seed and request.seed is not None:
            sent.append("without a seed")
        if self._completion_limit:
            sent.append("with max_completion_tokens")
        if self._limit_of(request) < request.max_tokens:
            sent.append(f"with a limit of {self._limit_of(request)} tokens")
        return tuple(f"{SENT_AS}{change}" for change in sent)

    async def send(
        self, client: openai.AsyncOpenAI, model: str, request: Request, extra: dict[str, object]
    ) -> openai.AsyncStream[ChatCompletionChunk]:
        """Send a request in the form that the server takes; ``extra`` are further members of its body."""
        limit = self._limit_of(request)
        temperature = request.temperature if self._temperature is None else self._temperature
        body = dict(extra)
        if request.form and self.takes_form:
            body["response_format"] = self._response_format(request.form)
        return await client.chat.completions.create(
            model=model,
            messages=_messages(request),
            max_tokens=openai.omit if self._completion_limit else limit,
            max_completion_tokens=limit if self._completion_limit else openai.omit,
            temperature=temperature if self._takes_temperature else openai.omit,
            seed=request.seed if request.seed is not None and self._takes_seed else openai.omit,
            stream=True,
            stream_options={"include_usage": True} if self._takes_count else openai.omit,
            extra_body=body or None,
        )

    def _limit_of(self, request: Request) -> int:
        return min(request.max_tokens, self._most_tokens or request.max_tokens)

    def _response_format(self, form: Form) -> dict[str, object]:
        if self.is_foundry:
            # It takes the whole member for the schema: with a name around the schema any JSON would do as an answer.
            return {"type": "json_schema", "json_schema": form.foundry_schema}
        return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": form.schema}}

    def _drop_count(self, words: str) -> bool:
        refused = self._takes_count and ("stream_options" in words or "include_usage" in words)
        self._takes_count = self._takes_count and not refused
        return refused

    def _drop_form(self, words: str, request: Request) -> bool:
        refused = self.takes_form and request.form is not None and any(word in words for word in FORM_WORDS)
        self.takes_form = self.takes_form and not refused
        return refused

    def _rename_limit(self, words: str) -> bool:
        about_context = any(sign in words for sign in _CONTEXT)
        wanted = not self._completion_limit and "max_completion_tokens" in words and not about_context
        self._completion_limit = self._completion_limit or wanted
        return wanted

    def _lower_limit(self, words: str, request: Request) -> bool:
        named = "max_tokens" in words or "max_completion_tokens" in words or "max_new_tokens" in words
        found = _AT_MOST.search(words) if named and not any(sign in words for sign in _CONTEXT) else None
        most = int(next(filter(None, found.groups()))[:9]) if found is not None else 0
        if not 0 < most < self._limit_of(request):
            return False
        self._most_tokens = most
        return True

    def _change_temperature(self, words: str, request: Request) -> bool:
        if "temperature" not in words or not self._takes_temperature:
            return False
        if self._temperature is not None:
            self._takes_temperature, self._temperature = False, None
        elif _ONLY_ONE.search(words):
            self._temperature = 1.0
        elif (taken := _nearest_taken(words, request.temperature)) is not None:
            self._temperature = taken
        else:
            self._takes_temperature = False
        return True

    def _drop_seed(self, words: str, request: Request) -> bool:
        refused = self._takes_seed and request.seed is not None and re.search(r"\bseed\b", words) is not None
        self._takes_seed = self._takes_seed and not refused
        return refused

    def _drop_unnamed(self, words: str, request: Request) -> bool:
        """Leave out what servers know least, one after the other, if the refusal does not name what it is about."""
        if not any(word in words for word in _UNKNOWN) or "model" in words:
            return False
        if self._takes_seed and request.seed is not None:
            self._takes_seed = False
        elif self._takes_count:
            self._takes_count = False
        else:
            return False
        return True


def _nearest_taken(words: str, temperature: float) -> float | None:
    """The temperature next to that of the request that a server takes by its words; ``None`` if they name none."""
    low, high = 0.0, temperature
    if span := _RANGE.search(words):
        low, high = float(span[1]), float(span[2])
    elif least := _AT_LEAST.search(words):
        low = float(least[1])
    elif not _ABOVE_ZERO.search(words):
        return None
    nearest = max(min(temperature, high), low, LEAST_TEMPERATURE)
    return nearest if nearest != temperature else None


def _messages(request: Request) -> list[ChatCompletionMessageParam]:
    messages: list[ChatCompletionMessageParam] = []
    if request.system:
        messages.append({"role": "system", "content": request.system})
    for exchange in request.earlier:
        messages.append({"role": "user", "content": exchange.question})
        messages.append({"role": "assistant", "content": exchange.answer})
    return [*messages, {"role": "user", "content": request.prompt}]
