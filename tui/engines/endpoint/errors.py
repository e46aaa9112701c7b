"""What went wrong between us and a server, as a sentence and a verdict. Imported by the endpoint's child alone."""

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
"""Characters of a server's own words."""
KEY_SIGN: Final = "***"
_MOST_TOKENS: Final = 1_000_000_000
"""More than any model answers or reads: what a server says is unchecked, and has to fit into the history."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a request failed."""

    words: str
    kind: ExitKind = ExitKind.REFUSED
    lost: bool = False
    """The server could not be reached, or the connection broke: it may be gone."""


class UnusableServer(Exception):
    """The server has answered, but with nothing that can be measured; the message says what."""


class Silent(Exception):
    """The server has said nothing for longer than it may."""


EXPECTED: Final = (UnusableServer, Silent, openai.OpenAIError, httpx2.HTTPError, httpx2.InvalidURL, ValueError)
"""What servers and networks do; anything else is a mistake of ours."""


def problem_of(error: Exception, url: str) -> Problem:
    """What an error of the client, of the connection or of the answer's text means."""
    match error:
        case UnusableServer():
            return Problem(str(error))
        case Silent():
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
    """A sentence for an answer that is no success."""
    status, said = response.status_code, server_words(response) or _short(message)
    words = f"; the server says: {said}" if said else ""
    match status:
        case 401 | 403:
            return f"the server wants a key, or another one ({status}); api_key_env names its variable{words}"
        case 404:
            return f"the server does not know the model or the address (404){words}"
        case 429:
            wait_s = retry_after_s(response)
            told = f" and asks to wait {wait_s:.0f} s" if wait_s is not None else ""
            return f"the server has had too many requests (429){told}{words}"
        case _ if 300 <= status < 400:
            where = _bare(response.headers.get("location", ""))
            return f"the server sends us on ({status}) to {where or 'nowhere'}; give that address instead"
        case _ if status >= 500:
            return f"the server failed ({status}){words}"
        case _:
            return f"the server refused ({status}){words}"


def server_words(response: httpx2.Response) -> str:
    """The server's own message out of the body of an error; empty when there is none or it has not been read."""
    try:
        body = json.loads(response.content)
    except (httpx2.StreamError, ValueError, RecursionError):
        return ""
    return message_in(body)


def message_in(body: object) -> str:
    """The sentence in an error object, in any of the forms that servers have for it."""
    if isinstance(body, str):
        return _short(body)
    if not isinstance(body, dict):
        return ""
    members = cast("dict[str, object]", body)
    return next(
        (words for name in ("error", "message", "detail") if (words := message_in(members.get(name)))),
        "",
    )


def count_in(told: object) -> int | None:
    """A count of tokens, where that is one."""
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= _MOST_TOKENS else None


def retry_after_s(response: httpx2.Response) -> float | None:
    """How long the server asks to wait: seconds, or a date."""
    told = response.headers.get("retry-after", "").strip()
    try:
        wait_s = float(told)
    except ValueError:
        try:
            wait_s = email.utils.parsedate_to_datetime(told).timestamp() - time.time()
        except (ValueError, TypeError, OverflowError):
            return None
    return max(0.0, wait_s) if math.isfinite(wait_s) else None


def connection_problem(error: Exception, url: str) -> Problem:
    """Why there is no connection, or no longer one."""
    causes = tuple(_causes(error))
    place = _bare(url)
    for cause in causes:
        match cause:
            case ssl.SSLCertVerificationError():
                why = cause.verify_message or "it cannot be verified"
                return Problem(f"the certificate of {place} is not trusted: {why}", lost=True)
            case ssl.SSLError():
                return Problem(f"there is no secure connection to {place} ({cause.reason or 'TLS error'})", lost=True)
            case socket.gaierror():
                return Problem(f"{place} cannot be found: its name does not resolve", lost=True)
            case ConnectionRefusedError():
                return Problem(f"nothing answers at {place}: the connection is refused; start the server", lost=True)
            case httpx2.ProxyError():
                return Problem(f"the proxy does not lead to {place}: {_short(str(cause))}", lost=True)
            case httpx2.UnsupportedProtocol() | httpx2.InvalidURL():
                return Problem(f"{place} is no address of a server", lost=True)
            case httpx2.ConnectTimeout() | httpx2.ConnectError():
                return Problem(f"nothing answers at {place}", lost=True)
            case httpx2.TimeoutException():
                return Problem(f"{place} does not answer in time", ExitKind.TIMED_OUT, lost=True)
            case httpx2.DecodingError():
                return Problem("the server sent a compressed answer that cannot be read")
            case httpx2.TransportError():
                return Problem("the connection broke off in the middle of the answer", lost=True)
            case _:
                continue
    return Problem(f"the connection to {place} failed ({_short(str(causes[-1]))})", lost=True)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, the innermost first: that says most."""
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


def without(key: str, text: str) -> str:
    """A text that cannot give away the key: servers quote it in what they say."""
    return text.replace(key, KEY_SIGN) if key else text


def _bare(url: str) -> str:
    """An address without what may be secret in it: user, password and query."""
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL:
        return "the address"
    return str(parts.copy_with(username="", password="", query=None, fragment=None))


def _short(text: str) -> str:
    flat = "".join(sign if sign.isprintable() else "\ufffd" for sign in " ".join(text.split()))
    return flat if len(flat) <= _SHOWN else f"{flat[:_SHOWN]}..."
