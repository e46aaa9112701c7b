"""Turns the errors of servers and connections into sentences for a person. Only the endpoint's child imports it."""

from __future__ import annotations

import email.utils
import html
import json
import math
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import httpx2

from tui.engines.endpoint.behaviour.proxies import by_proxy, proxy_variable
from tui.engines.newer_model import advice_on
from tui.lazy import lazy_module
from tui.records import ExitKind
from tui.text import secrets

if TYPE_CHECKING:
    import openai
else:
    openai = lazy_module("openai")

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
_ROUTES: Final = ("/models", "/chat/completions")
"""The ends of the addresses that are asked."""
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
_ENDED, _BYTES = re.compile(r"(?i)closed connection|disconnected|without sending"), re.compile(r"bytearray\(b(.*)\)")
"""The words for a server that ends the connection, and the form in which an error of the protocol quotes bytes."""
_LEAST_DATE_S: Final = 1e9
_RESETS: Final = ("x-ratelimit-reset", "ratelimit-reset")
"""Headers with the seconds until a limit ends, or with its end as seconds or milliseconds since 1970."""
_LIMITS: Final = ("requests", "tokens")
"""What the rate limits of a server are on."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The reason for which a request failed."""

    words: str
    """The reason as a sentence without its full stop."""
    kind: ExitKind = ExitKind.REFUSED
    lost: bool = False
    """The server could not be reached, or the connection broke, so the server may be gone."""


class UnusableServer(Exception):
    """The server has answered, but with nothing that can be measured; the message describes the answer."""


class ServerSilent(Exception):
    """The server has sent nothing for longer than is allowed, or its whole answer took too long."""


EXPECTED: Final = (
    UnusableServer,
    ServerSilent,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    TimeoutError,
    ValueError,
    RecursionError,
)
"""The errors that servers and networks cause, beside those of openai; anything else is a mistake of ours."""


def is_expected(error: Exception) -> bool:
    """Whether servers and networks cause such an error."""
    if isinstance(error, EXPECTED):
        return True
    return isinstance(error, openai.OpenAIError)


def problem_of(error: Exception, url: str) -> Problem:
    """The problem behind an error of the client, of the connection or of the text of the answer."""
    match error:
        case UnusableServer():
            return Problem(str(error))
        case ServerSilent():
            return Problem(str(error), ExitKind.TIMED_OUT, lost=True)
        case httpx2.HTTPError() | httpx2.InvalidURL():
            return _problem_on_the_way(error, url)
        case TimeoutError():
            return Problem(f"{_bare(url)} does not answer in time{by_proxy(url)}", ExitKind.TIMED_OUT, lost=True)
        case UnicodeDecodeError():
            return Problem("the server sent bytes that are not UTF-8 text")
        case RecursionError():
            return Problem("the server sent JSON that is nested too deep to be read")
        case openai.APIStatusError():
            return Problem(status_words(error.response))
        case openai.APIConnectionError():
            return _problem_on_the_way(error, url)
        case _:
            return Problem(f"the answer could not be read ({type(error).__name__}: {shown(str(error))})")


def _problem_on_the_way(error: Exception, url: str) -> Problem:
    unusable = next((cause for cause in _causes(error) if isinstance(cause, UnusableServer)), None)
    return connection_problem(error, url) if unusable is None else Problem(str(unusable))


def status_words(response: httpx2.Response) -> str:
    """A sentence for an answer that is no success, with the words of the server."""
    status, own_words = response.status_code, server_words(response)
    words = f"; the server says: {own_words}{advice_on(own_words, 'server')}" if own_words else ""
    match status:
        case 401 | 403:
            return f"the server wants a key, or another one ({status}); api_key_env names its variable{words}"
        case 404:
            return f"the server does not know the model or the address (404){words}"
        case 429:
            wait_s = retry_after_s(response)
            wait = f" and asks to wait {wait_s:.0f} s" if wait_s is not None else ""
            return f"the server has had too many requests (429){wait}{words}"
        case _ if 300 <= status < 400:
            where = _bare(_target(response))
            return f"the server sends us on ({status}) to {where or 'nowhere'}; {_advice_on(where, response)}"
        case _ if status >= 500:
            return f"the server failed ({status}){words}"
        case _:
            return f"the server refused ({status}){words}"


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


def connection_problem(error: Exception, url: str) -> Problem:
    """The reason for which there is no connection to an address, or no longer one."""
    causes = tuple(_causes(error))
    address = _bare(url)
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                why = cause.verify_message or "it cannot be verified"
                return Problem(f"the certificate of {address} is not trusted: {why}", lost=True)
            case ssl.SSLError():
                return Problem(f"there is no secure connection to {address} ({cause.reason or 'TLS error'})", lost=True)
            case socket.gaierror():
                return Problem(f"{address} cannot be found: its name does not resolve{by_proxy(url)}", lost=True)
            case ConnectionRefusedError():
                what = f"{by_proxy(url)}; correct or unset it" if proxy_variable(url) else "; start the server"
                return Problem(f"nothing answers at {address}: the connection is refused{what}", lost=True)
            case httpx2.ProxyError():
                return Problem(f"the proxy does not lead to {address}: {shown(str(cause))}", lost=True)
            case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
                return Problem(f"{address} is no address of a server", lost=True)
            case httpx2.ConnectTimeout() | httpx2.ConnectError():
                return Problem(f"nothing answers at {address}{by_proxy(url)}", lost=True)
            case httpx2.TimeoutException():
                return Problem(f"{address} does not answer in time{by_proxy(url)}", ExitKind.TIMED_OUT, lost=True)
            case httpx2.DecodingError():
                return Problem("the server sent a compressed answer that cannot be read")
            case httpx2.TransportError():
                return Problem(_broken_off(cause, address), lost=True)
            case _:
                continue
    return Problem(f"the connection to {address} failed ({shown(str(causes[-1]))})", lost=True)


def _broken_off(cause: httpx2.TransportError, address: str) -> str:
    if not isinstance(cause, httpx2.RemoteProtocolError) or _ENDED.search(str(cause)):
        return "the connection broke off in the middle of the answer"
    words = shown(_BYTES.sub(r"\1", str(cause)))
    return (
        f"what answers at {address} does not speak HTTP, or not by its rules ({words}); check the address and its port"
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the innermost first, since that one is the most precise."""
    chain: list[BaseException] = []
    queue: list[BaseException | None] = [error]
    while queue:
        current = queue.pop(0)
        if current is None or current in chain:
            continue
        chain.append(current)
        queue += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            queue += list(cast("BaseExceptionGroup[BaseException]", current).exceptions)
    return reversed(chain)


def _target(response: httpx2.Response) -> str:
    """The address to which a server sends us on, joined with the one that was asked."""
    location = response.headers.get("location", "")
    try:
        return str(response.request.url.join(location)) if location else ""
    except (httpx2.InvalidURL, RuntimeError, ValueError):
        return location


def _advice_on(address: str, response: httpx2.Response) -> str:
    """What to do about an address to which a server sends us on from the one that was asked."""
    if not address:
        return "ask whoever runs it for its address"
    if address == f"{_bare(str(response.request.url))}/":
        return "it wants a slash at the end, which no client of OpenAI's API sends; change that on the server"
    if address.rstrip("/").endswith(_ROUTES):
        return "give that address instead"
    return "it may want a login or a key, or be another server than it seems"


def _bare(url: str) -> str:
    """An address without the parts that may be secret: user, password, query and fragment."""
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "the address"
    return str(parts.copy_with(username="", password="", query=None, fragment=None))


def shown(text: str) -> str:
    """A text of a server on one line, short enough for a message and without control characters."""
    whole = " ".join(secrets.without_secrets(text).split())
    flat = "".join(sign if sign.isprintable() else "\ufffd" for sign in whole)
    return flat if len(flat) <= _SHOWN else f"{flat[:_SHOWN]}..."
