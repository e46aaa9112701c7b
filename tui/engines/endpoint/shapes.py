"""Each field of a streamed answer, in every shape in which servers send it. Only the endpoint's child imports it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final, cast

from tui.engines.contract import token_count_of

REASONING: Final = (
    "reasoning_content",
    "reasoning",
    "thinking",
    "reasoning_text",
    "reasoning_details",
    "thinking_blocks",
)
"""The members in which servers send reasoning; the first that has text counts, since several may repeat it."""
_MEANS_REASONING: Final = re.compile(r"(?i)reason|think|thought|analysis|scratchpad|^cot$|chain_of")
_NO_TEXT: Final = re.compile(r"(?i)signature|format|_id$|_type$|_tokens$|effort|token|finish|stop|encrypted")
"""Other members whose name speaks of thoughts hold them too, unless it speaks of something about them."""
_INNER: Final = ("text", "content", "thinking", "reasoning", "summary", "value")
"""The members of a part that hold its text."""
_THOUGHTS: Final = ("thinking", "reasoning", "thought")
"""What the type of a part with reasoning begins with."""
_DIGITS: Final = 20
_COUNT: Final = re.compile(r"[0-9]+(?:\.0*)?")
_DEPTH: Final = 6
"""More levels than the text of a part has."""
_PATHS: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "prompt": (
        ("prompt_tokens",),
        ("input_tokens",),
        ("prompt_eval_count",),
        ("promptTokens",),
        ("inputTokens",),
        ("promptTokenCount",),
        ("tokens", "input_tokens"),
    ),
    "output": (
        ("completion_tokens",),
        ("output_tokens",),
        ("eval_count",),
        ("completionTokens",),
        ("outputTokens",),
        ("candidatesTokenCount",),
        ("generated_tokens",),
        ("tokens", "output_tokens"),
    ),
    "total": (("total_tokens",), ("totalTokens",)),
    "hidden": (
        ("completion_tokens_details", "reasoning_tokens"),
        ("output_tokens_details", "reasoning_tokens"),
        ("reasoning_tokens",),
    ),
    "cached": (
        ("prompt_tokens_details", "cached_tokens"),
        ("input_tokens_details", "cached_tokens"),
        ("prompt_cache_hit_tokens",),
        ("cached_tokens",),
        ("cache_read_input_tokens",),
        ("cachedContentTokenCount",),
        ("cached_content_token_count",),
    ),
}
"""Where a count stands in a usage, by its name here."""
_USAGES: Final = ("usage", "usage_metadata", "usageMetadata", "metrics")
"""The members of an event that may be its usage."""
COUNT_MEMBERS: Final = (*_USAGES, "x_groq", "timings")
"""The members of an event in which counts may stand."""
_TOP_COUNTS: Final = ("completion_tokens", "eval_count")
"""Counts that may stand in an event itself."""
_CACHED_APART: Final = ("cache_read_input_tokens", "cache_creation_input_tokens")
"""Counts that are not in the ``input_tokens`` beside them."""


def members(value: object) -> Mapping[str, object]:
    """The members of an object; none if it is no object."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def items(value: object) -> list[object]:
    """The items of a list; an object alone is a list of one, anything else has none."""
    if isinstance(value, list):
        return cast("list[object]", value)
    return [cast("object", value)] if isinstance(value, dict) else []


def message_of(choice: Mapping[str, object]) -> Mapping[str, object]:
    """The part of an answer in a choice: its delta, or what some servers send in place of one."""
    if isinstance(choice.get("delta"), dict):
        return members(choice["delta"])
    if isinstance(choice.get("message"), dict):
        return members(choice["message"])
    delta = choice.get("delta")
    return {"content": delta if isinstance(delta, str) else choice.get("text")}


def runs_of(message: Mapping[str, object]) -> Iterator[tuple[str, bool]]:
    """The runs of text in a part of an answer, each with whether it is reasoning."""
    if thought := next((text for name in REASONING if (text := flat_text(message.get(name)))), "") or _thought_in(
        message
    ):
        yield thought, True
    content = message.get("content")
    if not content and content != 0:
        content = message.get("refusal")
    if not isinstance(content, list | dict):
        thought, text = _is_thought(message), flat_text(content)
        # Gemini marks the reasoning and writes its mark into it as well.
        text = text.removeprefix("<thought>") if thought else text
        yield from ((text, thought),) if text else ()
        return
    for part in items(cast("object", content)):
        kind = str(members(part).get("type", ""))
        if text := flat_text(part):
            yield text, kind.startswith(_THOUGHTS)


def _is_thought(message: Mapping[str, object]) -> bool:
    """Whether a part of an answer says of its content that it is reasoning."""
    of_google = members(members(message.get("extra_content")).get("google"))
    return (
        message.get("thought") is True
        or of_google.get("thought") is True
        or message.get("channel") == "analysis"
        or str(message.get("type", "")).startswith(_THOUGHTS)
    )


def _thought_in(message: Mapping[str, object]) -> str:
    """The text of a member that holds reasoning by its name; empty if there is none."""
    return next((text for name, value in message.items() if _holds_thoughts(name) and (text := flat_text(value))), "")


@lru_cache(maxsize=256)
def _holds_thoughts(name: str) -> bool:
    return _MEANS_REASONING.search(name) is not None and _NO_TEXT.search(name) is None


def flat_text(value: object, depth: int = _DEPTH) -> str:
    """All text in a value: a text, a number, a part or a list of parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if depth == 0 or not isinstance(value, list | dict):
        return ""
    if isinstance(value, list):
        return "".join(flat_text(part, depth - 1) for part in cast("list[object]", value))
    part = members(cast("object", value))
    return next((text for name in _INNER if (text := flat_text(part.get(name), depth - 1))), "")


def counts_of(event: Mapping[str, object], choices: list[object]) -> dict[str, int]:
    """The counts of tokens that an event holds, by ``prompt``, ``output``, ``hidden`` and ``cached``."""
    usages = [event.get(name) for name in _USAGES] + [members(event.get("x_groq")).get("usage")]
    usages += [members(choice).get("usage") for choice in choices]
    usage = next((found for usage in usages if (found := _usage_in(usage))), None)
    if usage is None:
        if not any(name in event for name in _TOP_COUNTS):
            return _timings(members(event.get("timings")))
        usage = event
    counts = {name: count for name, paths in _PATHS.items() if (count := _count(usage, paths)) is not None}
    total = counts.pop("total", 0)
    if "output" not in counts and total > counts.get("prompt", total):
        counts["output"] = total - counts["prompt"]
    if "input_tokens" in usage and "prompt" in counts:
        counts["prompt"] += sum(count_in(usage.get(name)) or 0 for name in _CACHED_APART)
    hidden, output = counts.get("hidden", 0), counts.get("output", 0)
    if hidden > output or (hidden and counts.get("prompt", 0) + output + hidden == total):
        # This server counts its reasoning beside the answer and not in it.
        counts.pop("hidden")
    if counts.get("cached", 0) > counts.get("prompt", total or counts.get("cached", 0)):
        counts.pop("cached")
    return {**_timings(members(event.get("timings"))), **counts}


def _usage_in(value: object) -> Mapping[str, object]:
    """The members of a usage, which may stand in a list, in a text or in another one; none if there is no usage."""
    if isinstance(value, list):
        return next((found for each in cast("list[object]", value) if (found := members(each))), members(None))
    usage = members(_read_text(value))
    return members(usage["usage"]) if isinstance(usage.get("usage"), dict) else usage


def _read_text(value: object) -> object:
    """The value in a text of JSON, which some proxies pass a usage on as; any other value as it is."""
    if not isinstance(value, str) or not value.startswith("{"):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def _timings(timings: Mapping[str, object]) -> dict[str, int]:
    """The counts in the timings of llama.cpp, whose prompt leaves out what came from the cache."""
    prompt, output, cached = (count_in(timings.get(name)) for name in ("prompt_n", "predicted_n", "cache_n"))
    whole = None if prompt is None else prompt + (cached or 0)
    counts = {"prompt": whole, "output": output, "cached": cached}
    return {name: count for name, count in counts.items() if count is not None}


def count_in(value: object) -> int | None:
    """A value as a count of tokens, also if it is written as a float or a text; ``None`` if it is none."""
    if isinstance(value, str) and len(value) <= _DIGITS and _COUNT.fullmatch(value.strip()):
        return token_count_of(int(value.partition(".")[0]))
    return token_count_of(int(value) if isinstance(value, float) and value.is_integer() else value)


def _count(usage: Mapping[str, object], paths: tuple[tuple[str, ...], ...]) -> int | None:
    for path in paths:
        value: object = usage
        for name in path:
            value = members(value).get(name)
        if (count := count_in(value)) is not None:
            return count
    return None
