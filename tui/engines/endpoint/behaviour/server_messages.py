"""Reads what a server says of an error, and how long it asks to wait. Only the endpoint's child imports it."""

from __future__ import annotations

import email.utils
import html
import json
import math
import re
import time
from collections.abc import Mapping
from typing import Final, cast

import httpx2

from tui.text import secrets

_SHOWN: Final = 200
"""How many characters of a server's own message are shown."""
_MESSAGE_MEMBERS: Final = (
    "error",
    "errors",
    "message",
    "msg",
    "detail",
    "errormsg",
    "errormessage",
    "errordescription",
    "statusmessage",
    "fault",
    "faultstring",
    "err",
    "exception",
    "reason",
    "title",
    "description",
)
"""The members of an error in which servers send their message, in small letters and without underscores."""
_BESIDE: Final = ("response", "status", "result")
_CODES: Final = ("errorcode", "errcode")
"""An object with one of these has its message in its text."""
_DEPTH: Final = 8
"""More levels than the message of an error lies deep."""
_MESSAGES: Final = 3
"""How many messages of a list are shown."""
_PAGE_START: Final = 200
_UNSEEN: Final = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->")
_TITLE: Final = re.compile(r"(?is)<title[^>]*>(.*?)</title")
_TAG: Final = re.compile(r"<[^>]*>")
_WAIT: Final = re.compile(
    r"(?i)(?:try again|retry|wait)\b[^.\d]{0,20}?(\d+(?:\.\d+)?)\s*(ms|milliseconds?|s|sec|seconds?|m|min|minutes?)\b"
)
"""The time to wait in the words of a server, such as "Please try again in 1.2s"."""
_SPAN: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
"""A time as the headers of rate limits have it, such as ``6m0s``."""
_WAIT_SPAN: Final = re.compile(r"(?i)(?:try again|retry|wait)\b[^.\d]{0,20}?((?:\d+h)?\d+m\d+(?:\.\d+)?s)\b")
"""A longer time in such words, such as "Please try again in 7m12s"."""
_DELAY: Final = re.compile(r"(?i)(?:retry_?delay|resets? in)\W{0,6}(\d+(?:\.\d+)?) ?s")
"""The time in the details of an error of Google, and in the words of some others."""
_LEAST_DATE_S: Final = 1e9
_RESETS: Final = ("x-ratelimit-reset", "ratelimit-reset")
"""Headers with the seconds until a limit ends, or with its end as seconds or milliseconds since 1970."""
_LIMITS: Final = ("requests", "tokens")
"""What the rate limits of a server are on."""


def server_words(response: httpx2.Response) -> str:
    """The server's own message in the body of an error; empty if there is none or the body has not been read."""
    try:
        text = response.text
    except httpx2.StreamError:
        return ""
    except (ValueError, LookupError):
        text = response.content.decode("utf-8", "replace")
    return words_of(text.removeprefix("data:"))


def _body_of(response: httpx2.Response) -> str:
    """The body of an error as text; empty if it has not been read."""
    try:
        return response.content.decode("utf-8", "replace")
    except httpx2.StreamError:
        return ""


def words_of(text: str) -> str:
    """The message in a text that is an error as JSON, a page or plain words."""
    try:
        body = cast("object", json.loads(text))
        # Under these names something else may stand where no error is expected.
        members = cast("dict[str, object]", body) if isinstance(body, dict) else {}
        return message_in(cast("object", body)) or next(
            (words for name in _BESIDE if (words := message_in(members.get(name)))), ""
        )
    except (ValueError, RecursionError):
        return _plain_words(text)


def message_in(body: object, depth: int = _DEPTH) -> str:
    """The message in an error object, in any of the forms that servers have for it; empty if there is none."""
    if isinstance(body, str):
        return _inner_message(body, depth) or shown(body)
    if depth == 0:
        return ""
    if isinstance(body, list):
        found = [words for each in cast("list[object]", body)[:_MESSAGES] if (words := message_in(each, depth - 1))]
        return shown("; ".join(found))
    if not isinstance(body, dict):
        return ""
    members = {name.lower().replace("_", ""): value for name, value in cast("dict[str, object]", body).items() if value}
    words = next((words for name in _MESSAGE_MEMBERS if (words := message_in(members.get(name), depth - 1))), "")
    if not words:
        words = _further_message(members, depth - 1)
    further = members.get("metadata")
    raw = cast("dict[str, object]", further).get("raw") if isinstance(further, dict) else None
    if words and isinstance(raw, str):
        # A router of requests has the words of the server behind it there.
        return shown(f"{words}: {message_in(raw, depth - 1)}")
    place = members.get("loc")
    if words and isinstance(place, list):
        # FastAPI tells the member that is wrong as a path in the body.
        names = ".".join(str(part) for part in cast("list[object]", place)[:_DEPTH] if part != "body")
        return shown(f"{names}: {words}" if names else words)
    return words


def _inner_message(text: str, depth: int) -> str:
    """The message in a text that is an error of another server as JSON; empty if it is none."""
    if depth == 0 or not text.lstrip().startswith("{"):
        return ""
    try:
        return message_in(json.loads(text), depth - 1)
    except (ValueError, RecursionError):
        return ""


def _further_message(members: Mapping[str, object], depth: int) -> str:
    """The message of an error that has none under its usual names; empty if there is none."""
    if any(name in members for name in _CODES):
        return message_in(members.get("text"), depth)
    if isinstance(errors := members.get("errors"), dict):
        # Some frameworks list the complaints under the member that each is of.
        return message_in(list(cast("dict[str, object]", errors).values()), depth)
    return ""


def _plain_words(text: str) -> str:
    """The words of a body that is plain text, or the title or the text of a page."""
    if "<" not in text[:_PAGE_START]:
        return shown(text)
    page = _UNSEEN.sub(" ", text)
    title = _TITLE.search(page)
    return shown(html.unescape(_TAG.sub(" ", title[1] if title and title[1].strip() else page)))


def retry_after_s(response: httpx2.Response) -> float | None:
    """How many seconds the server asks to wait; ``None`` if it does not ask.

    It may ask with a number or a date, in milliseconds, or with when its rate limit ends, in a header or in words.
    """
    written = response.headers.get("retry-after", "").strip()
    wait_s = _seconds(response.headers.get("retry-after-ms", ""), 1e-3)
    wait_s = _span_in(written) if wait_s is None else wait_s
    if wait_s is None and written:
        try:
            wait_s = email.utils.parsedate_to_datetime(written).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            wait_s = None
    if wait_s is None and response.status_code == 429:
        wait_s = _wait_told(response)
    return max(0.0, wait_s) if wait_s is not None and math.isfinite(wait_s) else None


def _seconds(written: str, unit_s: float = 1.0) -> float | None:
    try:
        return float(written) * unit_s
    except ValueError:
        return None


def _span_in(written: str) -> float | None:
    """The seconds in a time that is a number, or a number with a unit such as ``4s`` or ``PT1M30S``."""
    seconds = _seconds(written)
    span = _SPAN.fullmatch(written.lower().removeprefix("pt").replace(" seconds", "s")) if seconds is None else None
    return _span_s(span) if span and written else seconds


def _until_reset(response: httpx2.Response) -> float | None:
    written = next((value for name in _RESETS if (value := response.headers.get(name))), "")
    number = _seconds(written)
    if number is None or number < _LEAST_DATE_S:
        return number
    return (number / 1e3 if number > 1e3 * _LEAST_DATE_S else number) - time.time()


def _wait_told(response: httpx2.Response) -> float | None:
    """How long to wait by the words of a server that has had too many requests, or by the header of its limits."""
    words = server_words(response)
    if (found := _WAIT_SPAN.search(words)) and (span := _SPAN.fullmatch(found[1])):
        return _span_s(span)
    if found := _DELAY.search(f"{words} {_body_of(response)}"):
        return float(found[1])
    if found := _WAIT.search(words):
        unit = found[2].lower()
        return float(found[1]) * (1e-3 if unit.startswith(("ms", "milli")) else 60 if unit.startswith("m") else 1)
    spans = [
        _span_s(span)
        for name in _LIMITS
        if response.headers.get(f"x-ratelimit-remaining-{name}", "0").strip() == "0"
        if (written := response.headers.get(f"x-ratelimit-reset-{name}", "").strip())
        if (span := _SPAN.fullmatch(written))
    ]
    return max(spans, default=_until_reset(response))


def _span_s(span: re.Match[str]) -> float:
    return sum(float(part or 0) * unit_s for part, unit_s in zip(span.groups(), (3600, 60, 1, 1e-3), strict=True))


def shown(text: str) -> str:
    """A text of a server on one line, short enough for a message and without control characters."""
    whole = " ".join(secrets.without_secrets(text).split())
    flat = "".join(sign if sign.isprintable() else "\ufffd" for sign in whole)
    return flat if len(flat) <= _SHOWN else f"{flat[:_SHOWN]}..."
