"""Turns the errors of servers and connections into sentences for a person. Only the endpoint's child imports it."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

import httpx2

from tui.engines.endpoint.behaviour.proxies import by_proxy, proxy_variable
from tui.engines.endpoint.behaviour.server_messages import retry_after_s, server_words, shown
from tui.engines.newer_model import advice_on
from tui.lazy import lazy_module
from tui.records import ExitKind

if TYPE_CHECKING:
    import openai
else:
    openai = lazy_module("openai")

_ROUTES: Final = ("/models", "/chat/completions")
"""The ends of the addresses that are asked."""
_ENDED, _BYTES = re.compile(r"(?i)closed connection|disconnected|without sending"), re.compile(r"bytearray\(b(.*)\)")
"""The words for a server that ends the connection, and the form in which an error of the protocol quotes bytes."""


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
