"""Turns the errors of servers and connections into sentences for a person. Only the endpoint's child imports it."""

from __future__ import annotations

import email.utils
import json
import math
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, cast

import httpx2
import openai

from tui.records import ExitKind

_SHOWN: Final = 200
"""How many characters of a server's own message are shown."""
KEY_SIGN: Final = "***"
"""Stands in a text in place of the key."""


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


EXPECTED: Final = (UnusableServer, ServerSilent, openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError)
"""The errors that servers and networks cause; anything else is a mistake of ours."""


def problem_of(error: Exception, url: str) -> Problem:
    """The problem behind an error of the client, of the connection or of the text of the answer."""
    match error:
        case UnusableServer():
            return Problem(str(error))
        case ServerSilent():
            return Problem(str(error), ExitKind.TIMED_OUT, lost=True)
        case openai.APIStatusError():
            return Problem(status_words(error.response, error.message))
        case UnicodeDecodeError():
            return Problem("the server sent bytes that are not UTF-8 text")
        case json.JSONDecodeError():
            return Problem("the server sent an event that is not JSON")
        case openai.APIConnectionError() | httpx2.HTTPError() | httpx2.InvalidURL():
            return connection_problem(error, url)
        case openai.APIError():
            return Problem(f"the server failed while it answered: {message_in(error.body) or _short(error.message)}")
        case _:
            return Problem(f"the answer could not be read ({type(error).__name__}: {_short(str(error))})")


def status_words(response: httpx2.Response, message: str = "") -> str:
    """A sentence for an answer that is no success; ``message`` is used if the server sends no message of its own."""
    status, own_words = response.status_code, server_words(response) or _short(message)
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
            where = _bare(response.headers.get("location", ""))
            return f"the server sends us on ({status}) to {where or 'nowhere'}; give that address instead"
        case _ if status >= 500:
            return f"the server failed ({status}){words}"
        case _:
            return f"the server refused ({status}){words}"


def server_words(response: httpx2.Response) -> str:
    """The server's own message in the body of an error; empty if there is none or the body has not been read."""
    try:
        body = json.loads(response.content)
    except (httpx2.StreamError, ValueError, RecursionError):
        return ""
    return message_in(body)


def message_in(body: object) -> str:
    """The message in an error object, in any of the forms that servers have for it; empty if there is none."""
    if isinstance(body, str):
        return _short(body)
    if not isinstance(body, dict):
        return ""
    members = cast("dict[str, object]", body)
    return next(
        (words for name in ("error", "message", "detail") if (words := message_in(members.get(name)))),
        "",
    )


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
                return Problem(f"the proxy does not lead to {address}: {_short(str(cause))}", lost=True)
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
    return Problem(f"the connection to {address} failed ({_short(str(causes[-1]))})", lost=True)


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


def without_key(key: str, text: str) -> str:
    """The text with the key made unreadable, since servers quote it in their messages."""
    return text.replace(key, KEY_SIGN) if key else text


def _bare(url: str) -> str:
    """An address without the parts that may be secret: user, password, query and fragment."""
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "the address"
    return str(parts.copy_with(username="", password="", query=None, fragment=None))


def _short(text: str) -> str:
    flat = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(text.split()))
    return flat if len(flat) <= _SHOWN else f"{flat[:_SHOWN]}..."
