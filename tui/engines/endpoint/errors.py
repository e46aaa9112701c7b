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
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import httpx2
import openai

from tui.records import ExitKind
from tui.text import secrets

_SHOWN: Final = 200
"""How many characters of a server's own message are shown."""
_MESSAGE_MEMBERS: Final = ("error", "errors", "message", "msg", "detail", "error_description", "title", "description")
"""The members of an error in which servers send their message."""
_DEPTH: Final = 8
"""More levels than the message of an error lies deep."""
_MESSAGES: Final = 3
"""How many messages of a list are shown."""
_PAGE_START: Final = 200
_UNSEEN: Final = re.compile(r"(?is)<(script|style)\b.*?</\1\s*>|<!--.*?-->")
_TITLE: Final = re.compile(r"(?is)<title[^>]*>(.*?)</title")
_TAG: Final = re.compile(r"<[^>]*>")


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
    openai.OpenAIError,
    httpx2.HTTPError,
    httpx2.InvalidURL,
    ValueError,
    RecursionError,
)
"""The errors that servers and networks cause; anything else is a mistake of ours."""


def problem_of(error: Exception, url: str) -> Problem:
    """The problem behind an error of the client, of the connection or of the text of the answer."""
    match error:
        case UnusableServer():
            return Problem(str(error))
        case ServerSilent():
            return Problem(str(error), ExitKind.TIMED_OUT, lost=True)
        case openai.APIStatusError():
            return Problem(status_words(error.response))
        case UnicodeDecodeError():
            return Problem("the server sent bytes that are not UTF-8 text")
        case RecursionError():
            return Problem("the server sent JSON that is nested too deep to be read")
        case openai.APIConnectionError() | httpx2.HTTPError() | httpx2.InvalidURL():
            unusable = next((cause for cause in _causes(error) if isinstance(cause, UnusableServer)), None)
            return connection_problem(error, url) if unusable is None else Problem(str(unusable))
        case _:
            return Problem(f"the answer could not be read ({type(error).__name__}: {shown(str(error))})")


def status_words(response: httpx2.Response) -> str:
    """A sentence for an answer that is no success, with the words of the server."""
    status, own_words = response.status_code, server_words(response)
    words = f"; the server says: {own_words}" if own_words else ""
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
            return f"the server sends us on ({status}) to {where or 'nowhere'}; give that address instead"
        case _ if status >= 500:
            return f"the server failed ({status}){words}"
        case _:
            return f"the server refused ({status}){words}"


def server_words(response: httpx2.Response) -> str:
    """The server's own message in the body of an error; empty if there is none or the body has not been read."""
    try:
        text = response.text
        return message_in(json.loads(text))
    except httpx2.StreamError:
        return ""
    except (ValueError, LookupError, RecursionError):
        return _plain_words(response.content.decode("utf-8", "replace"))


def message_in(body: object, depth: int = _DEPTH) -> str:
    """The message in an error object, in any of the forms that servers have for it; empty if there is none."""
    if isinstance(body, str):
        return shown(body)
    if depth == 0:
        return ""
    if isinstance(body, list):
        found = [words for each in cast("list[object]", body)[:_MESSAGES] if (words := message_in(each, depth - 1))]
        return shown("; ".join(found))
    if not isinstance(body, dict):
        return ""
    members = cast("dict[str, object]", body)
    words = next((words for name in _MESSAGE_MEMBERS if (words := message_in(members.get(name), depth - 1))), "")
    place = members.get("loc")
    if words and isinstance(place, list):
        # FastAPI tells the member that is wrong as a path in the body.
        names = ".".join(str(part) for part in cast("list[object]", place)[:_DEPTH] if part != "body")
        return shown(f"{names}: {words}" if names else words)
    return words


def _plain_words(text: str) -> str:
    """The words of a body that is plain text, or the title or the text of a page."""
    if "<" not in text[:_PAGE_START]:
        return shown(text)
    page = _UNSEEN.sub(" ", text)
    title = _TITLE.search(page)
    return shown(html.unescape(_TAG.sub(" ", title[1] if title and title[1].strip() else page)))


def retry_after_s(response: httpx2.Response) -> float | None:
    """How many seconds the server asks to wait, from a number or a date; ``None`` if it does not ask."""
    written = response.headers.get("retry-after", "").strip()
    try:
        wait_s = float(written)
    except ValueError:
        try:
            wait_s = email.utils.parsedate_to_datetime(written).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, wait_s) if math.isfinite(wait_s) else None


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
                return Problem(f"{address} cannot be found: its name does not resolve", lost=True)
            case ConnectionRefusedError():
                return Problem(f"nothing answers at {address}: the connection is refused; start the server", lost=True)
            case httpx2.ProxyError():
                return Problem(f"the proxy does not lead to {address}: {shown(str(cause))}", lost=True)
            case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
                return Problem(f"{address} is no address of a server", lost=True)
            case httpx2.ConnectTimeout() | httpx2.ConnectError():
                return Problem(f"nothing answers at {address}", lost=True)
            case httpx2.TimeoutException():
                return Problem(f"{address} does not answer in time", ExitKind.TIMED_OUT, lost=True)
            case httpx2.DecodingError():
                return Problem("the server sent a compressed answer that cannot be read")
            case httpx2.TransportError():
                return Problem("the connection broke off in the middle of the answer", lost=True)
            case _:
                continue
    return Problem(f"the connection to {address} failed ({shown(str(causes[-1]))})", lost=True)


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
